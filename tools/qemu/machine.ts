/** A board as QEMU is told of it: the machine, and where its flash image goes. */
import type { BoardFile } from "../board-file";
import { usage } from "../failure";
import type { QemuOptions } from "./qemu";

/**
 * What to start for `board`. `nor`: its flash image, if it has flash. `words`: arguments for the program, by semihosting.
 *
 * Where QEMU has no flash chip on the machine the image is a file that the program reads and writes through semihosting
 * (hal/devices/nor-semihosting.c), and its path is the arguments' first word.
 */
export function machineFor(board: BoardFile, nor: string | undefined, words: string[] = []): Pick<QemuOptions, "machine" | "nor" | "norIndex" | "semihosting"> {
  const machine = machineOf(board);
  if (board.flash?.onHost) return { machine, semihosting: [`nor=${nor}`, ...words] };
  return { machine, nor, norIndex: board.flash?.driveIndex, semihosting: words.length > 0 ? ["zcache", ...words] : undefined };
}

/** QEMU's name of the board's machine; one sentence of complaint for a board that only exists as hardware. */
export function machineOf({ name, machine, kin }: BoardFile): string {
  if (machine !== undefined) return machine;
  throw usage(`${name} has no machine in QEMU: build its image and flash it, or run ${kin ?? "another board"}, which has the same chip`);
}
