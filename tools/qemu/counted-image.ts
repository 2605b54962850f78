/**
 * The image that counts instructions: a copy of the board's ELF file in which one word differs. board_asks_host, a constant
 * of hal/cortex-m/start.c, is 1 in it: the board then asks the host for bytes where it would sleep, and the emulator stands
 * still until they come.
 *
 * Guarantee: virtual time is the instructions executed and nothing else. What the host does meanwhile, and for how long, is
 * seen nowhere, so the same packets make the same run, to the instruction.
 * Price: 102 bytes of code flash that a board on hardware never runs, and received bytes cost no interrupt: what the UART's
 * driver takes is not in any figure. While timers of an app are set the board does not wait, and hears nothing.
 *
 * Not taken: bytes through the UART. Under -icount an emulator jumps over sleep to the clock's next interrupt, as often as the
 * host gives it time, and bytes fall into its FIFO between any two instructions. A debugger's breakpoint at the sleep stops
 * the machine too late: the jump comes first.
 */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { ExitCode, Failure } from "../failure";

const SYMBOL = "board_asks_host";

/** Makes the copy beside `image` and returns its path. */
export function countedImage(image: string): string {
  const path = image.replace(/(\.elf)?$/, ".counted.elf");
  const bytes = readFileSync(image);
  const at = fileOffset(bytes, SYMBOL);
  if (at === undefined) throw new Failure(ExitCode.Failed, `${image} has no ${SYMBOL} and cannot be run with --icount: build it again`);
  bytes.writeUInt32LE(1, at);
  const fresh = `${path}.${process.pid}`;
  writeFileSync(fresh, bytes);
  renameSync(fresh, path);
  return path;
}

interface Section { type: number; address: number; offset: number; bytes: number; link: number; }

const SECTION_BYTES = 40;
const SYMBOL_BYTES = 16;
const SYMBOL_TABLE = 2;

/** Where the content of a symbol lies in an ELF file of 32 bits, little-endian; undefined if it has no such symbol. */
export function fileOffset(elf: Buffer, name: string): number | undefined {
  const sections = sectionsOf(elf);
  const table = sections.find(({ type }) => type === SYMBOL_TABLE);
  if (table === undefined) return undefined;
  const names = sections[table.link];
  for (let at = table.offset; at < table.offset + table.bytes; at += SYMBOL_BYTES) {
    const start = names.offset + elf.readUInt32LE(at);
    if (elf.toString("latin1", start, start + name.length + 1) !== `${name}\0`) continue;
    const home = sections[elf.readUInt16LE(at + 14)];
    if (home !== undefined) return home.offset + elf.readUInt32LE(at + 4) - home.address;
  }
  return undefined;
}

function sectionsOf(elf: Buffer): Section[] {
  const isElf = elf.length > 52 && elf.readUInt32BE(0) === 0x7f454c46;
  const from = isElf ? elf.readUInt32LE(32) : 0;
  return Array.from({ length: isElf ? elf.readUInt16LE(48) : 0 }, (_, i) => {
    const word = (n: number): number => elf.readUInt32LE(from + SECTION_BYTES * i + 4 * n);
    return { type: word(1), address: word(3), offset: word(4), bytes: word(5), link: word(6) };
  });
}
