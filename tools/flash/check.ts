/**
 * Does the image fit the board? Asked before anything is touched, because a chip that was given an image for another
 * one does not answer afterwards. What a Cortex-M reads first decides: the stack pointer and the reset vector.
 *
 * 1 Every byte to write lies in the code flash, and the first at its start.
 * 2 Everything the program occupies when it runs lies in the code flash or in RAM.
 * 3 The initial stack pointer is a multiple of four inside RAM or at its end.
 * 4 The reset vector has the Thumb bit and points into the bytes written.
 */
import type { BoardFile } from "../board-file";
import { ExitCode, Failure } from "../failure";
import type { Segment } from "./elf";
import { flashingOf } from "./flashing";

/** An image that fits. Addresses and bytes. */
export interface ImageFacts {
  origin: number;
  bytes: number;
  stackPointer: number;
  resetHandler: number;
}

/** Throws one sentence on the first thing that does not fit, exit code 5. */
export function checkImage(path: string, segments: Segment[], board: BoardFile): ImageFacts {
  const unfit = (sentence: string): Failure => new Failure(ExitCode.Threshold, `${path} does not fit ${board.name}: ${sentence}`);
  const written = segments.filter((segment) => segment.bytes.length > 0);
  if (written.length === 0) throw unfit("it has no bytes to write");
  const { codeOrigin, codeBytes, ramOrigin, ramBytes } = board.memory;
  const code = { from: codeOrigin, to: codeOrigin + codeBytes };
  const ram = { from: ramOrigin, to: ramOrigin + ramBytes };
  const end = written.reduce((high, { loadAt, bytes }) => Math.max(high, loadAt + bytes.length), 0);
  if (written[0].loadAt !== code.from) throw unfit(`its first byte is for ${hex(written[0].loadAt)} and the code flash begins at ${hex(code.from)}`);
  if (end > code.to) throw unfit(`it ends at ${hex(end)} and the code flash at ${hex(code.to)}, ${end - code.to} bytes before`);
  const outside = segments.find(({ runAt, runBytes }) => runBytes > 0 && !inside(runAt, runBytes, code) && !inside(runAt, runBytes, ram));
  if (outside) throw unfit(`it wants ${outside.runBytes} bytes at ${hex(outside.runAt)}, and RAM is ${hex(ram.from)} to ${hex(ram.to)}`);
  const at = code.from + (flashingOf(board).vectorsOffset ?? 0);
  const [stackPointer, vector] = [word(written, at), word(written, at + 4)];
  if (stackPointer === undefined || vector === undefined) throw unfit(`it has no vector table at ${hex(at)}`);
  if (stackPointer % 4 !== 0 || stackPointer <= ram.from || stackPointer > ram.to) throw unfit(`its first word, the stack pointer, is ${hex(stackPointer)} and RAM is ${hex(ram.from)} to ${hex(ram.to)}`);
  if (vector % 2 === 0) throw unfit(`its reset vector is ${hex(vector)} and has no Thumb bit`);
  const resetHandler = vector - 1;
  if (!written.some(({ loadAt, bytes }) => inside(resetHandler, 2, { from: loadAt, to: loadAt + bytes.length }))) throw unfit(`its reset vector points to ${hex(resetHandler)}, where it has no code`);
  return { origin: code.from, bytes: end - code.from, stackPointer, resetHandler };
}

/** The boot loader that shows as a drive keeps the flash below its origin for itself. */
export function checkForUf2(path: string, facts: ImageFacts, board: BoardFile): void {
  const origin = flashingOf(board).uf2?.origin ?? facts.origin;
  if (facts.origin < origin) {
    throw new Failure(ExitCode.Threshold, `${path} begins at ${hex(facts.origin)} and the UF2 boot loader of ${board.name} lives below ${hex(origin)}: link the image there, or use another runner`);
  }
}

function inside(at: number, bytes: number, { from, to }: { from: number; to: number }): boolean { return at >= from && at + bytes <= to; }

function word(segments: Segment[], at: number): number | undefined {
  const holder = segments.find(({ loadAt, bytes }) => inside(at, 4, { from: loadAt, to: loadAt + bytes.length }));
  return holder && Buffer.from(holder.bytes).readUInt32LE(at - holder.loadAt);
}

/** 0x60000000. */
export function hex(value: number): string { return `0x${value.toString(16).padStart(8, "0")}`; }
