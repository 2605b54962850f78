/**
 * What the parts of the suite share: a store in a block of memory, pages of bytes that depend on a number alone, and
 * comparing. Everything is a whole number below 2^26, so every engine makes the same pages.
 */
import { coreDefaults, coreOpen, coreSet } from "../../../firmware/core/exports";
import { attachMemory } from "../../../firmware/core/memory";
import { attachPorts } from "../../../firmware/core/ports";
import { Nor } from "./nor";

export const PAGE = 256;
export const PAGE_KNOB = 0;
const ARENA_MOST = 20480;
const CLIENT_BYTES = 8192;

/** The block: the arena from 0 on, a client's room behind it. */
const block: ArrayBuffer = new ArrayBuffer(ARENA_MOST + CLIENT_BYTES);
export const memory: Uint8Array = new Uint8Array(block);
/** Where the client's room begins. */
export const CLIENT = ARENA_MOST;

let nor: Nor = new Nor(4096, 1);

attachMemory(block);
attachPorts({
  flashRead: function (from: number, to: number, length: number): number { return nor.read(from, memory.subarray(to, to + length)); },
  flashProgram: function (to: number, from: number, length: number): number { return nor.program(to, memory.subarray(from, from + length)); },
  flashErase: function (at: number): number { return nor.erase(at); },
  serialPut: function (): void { /* nobody listens */ },
  clockTicks: function (): number { return 0; },
});

/** A fresh store over `flash`; `knobs` are pairs of knob and value. The frames, or a negative code. */
export function openStore(flash: Nor, arenaBytes: number, knobs: number[]): number {
  nor = flash;
  for (let i = 0; i < ARENA_MOST; i++) memory[i] = 165;
  coreDefaults();
  coreSet(PAGE_KNOB, PAGE);
  for (let i = 0; i < knobs.length; i += 2) {
    const code = coreSet(knobs[i], knobs[i + 1]);
    if (code != 0) return code;
  }
  return coreOpen(arenaBytes);
}

/** A row of numbers below 53125 that a seed decides. */
export class Row {
  constructor(private state: number) {}

  next(): number {
    this.state = (this.state * 171 + 11213) % 53125;
    return this.state;
  }

  below(limit: number): number { return this.next() % limit; }
}

const WORDS = "time,temp,21.5,21.6,-0.3,ok,node7,rssi,-71,0;";

/** Kinds of content: 0 zeros, 1 one byte again and again, 2 text, 3 records of counters, 4 noise. */
export const KINDS = 5;

function byteOf(kind: number, row: Row, at: number, seed: number): number {
  if (kind == 0) return 0;
  if (kind == 1) return seed & 255;
  if (kind == 2) return WORDS.charCodeAt((at + (row.next() % 24 == 0 ? row.below(40) : 0)) % WORDS.length);
  if (kind == 3) return (at & 7) < 4 ? (at & 7) * 3 + (seed & 31) : (at & 7) == 7 ? row.below(8) : 0;
  return row.below(256);
}

/** Fills `length` bytes at `at` with content that kind and seed decide. */
export function fillPage(at: number, length: number, kind: number, seed: number): void {
  const row = new Row(seed * 7 + kind);
  for (let i = 0; i < length; i++) memory[at + i] = byteOf(kind, row, i, seed);
}

/** Do `length` bytes at `at` hold what fillPage() makes of kind and seed? */
export function holdsPage(at: number, length: number, kind: number, seed: number): boolean {
  const row = new Row(seed * 7 + kind);
  let differences = 0;
  for (let i = 0; i < length; i++) if (memory[at + i] != byteOf(kind, row, i, seed)) differences++;
  return differences == 0;
}

/** Puts the bytes that a hex text names at `at`; returns how many. */
export function putHex(at: number, hex: string): number {
  for (let i = 0; i < hex.length; i += 2) memory[at + (i >> 1)] = parseInt(hex.substring(i, i + 2), 16);
  return hex.length >> 1;
}

/** Bytes as hex text. */
export function hexOf(at: number, length: number): string {
  let text = "";
  for (let i = 0; i < length; i++) text += (memory[at + i] < 16 ? "0" : "") + memory[at + i].toString(16);
  return text;
}

/** Puts text, one byte a character; returns its length. */
export function putText(at: number, text: string): number {
  for (let i = 0; i < text.length; i++) memory[at + i] = text.charCodeAt(i);
  return text.length;
}
