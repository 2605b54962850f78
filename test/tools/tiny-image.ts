/** A program of a few words for any board, made by the assembler and linker: right, or wrong in one way. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BoardFile } from "../../tools/board-file";

export interface TinyOptions {
  /** First word of the vector table; the end of RAM when absent. */
  stackPointer?: number;
  /** Second word; the code's address with the Thumb bit when absent. */
  resetVector?: number;
  /** Where it is linked to; the board's code flash when absent. */
  origin?: number;
  /** Bytes behind the code; 1000 when absent. */
  fillBytes?: number;
  /** Bytes of RAM it clears. */
  bssBytes?: number;
}

/** Makes folder/<name>.elf and returns its path. */
export function tinyImage(folder: string, name: string, { memory, flashing }: BoardFile, options: TinyOptions = {}): string {
  const { stackPointer = memory.ramOrigin + memory.ramBytes, resetVector = "start + 1", origin = memory.codeOrigin, fillBytes = 1000, bssBytes = 64 } = options;
  const source = join(folder, `${name}.s`);
  const elf = join(folder, `${name}.elf`);
  writeFileSync(source, `.syntax unified
.thumb
.text
.space ${flashing?.vectorsOffset ?? 0}, 0x5a
.word ${stackPointer}, ${resetVector}
start: b start
.balign 4
.set seed, 1
.rept ${fillBytes / 4}
.word seed * 2654435761
.set seed, seed + 1
.endr
.data
.word 0x11223344, 0x55667788
.bss
.space ${bssBytes}
`);
  const script = join(folder, `${name}.ld`);
  writeFileSync(script, `ENTRY(start) SECTIONS {
  .text ${origin} : { *(.text) }
  .data ${memory.ramOrigin} : AT(LOADADDR(.text) + SIZEOF(.text)) { *(.data) }
  .bss : { *(.bss) }
}\n`);
  run("arm-none-eabi-as", "-mcpu=cortex-m3", "-o", `${elf}.o`, source);
  run("arm-none-eabi-ld", "-T", script, "-o", elf, `${elf}.o`);
  return elf;
}

function run(program: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(program, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} failed: ${stderr}`);
}
