/**
 * What can happen to a flash chip, as data: the power going at a chosen operation, sectors that are bad in one of four
 * ways, cells that a cut left half-way, bits that flip on the wire. The chip (nor-chip.ts) asks this file what an
 * accident does to the bytes; the accidents themselves are drawn from a seed, so each can be had again.
 *
 * A cut has a printable id, `cut-<operation>-<moment>-<seed>`, and a failing test prints it: parseCut() turns it back
 * into the plan that replays it. Operations are programs and erases, numbered from 1 in the order the chip executes them.
 */
import { Random } from "./random";

export type CutMoment = "before" | "torn" | "after";

export interface CutPlan {
  /** Number of the program or erase that the power goes at, from 1. */
  readonly operation: number;
  /** Before it begins, in the middle of it, or when it is complete and nobody has been told. */
  readonly moment: CutMoment;
  /** Decides what a torn operation leaves. */
  readonly seed: number;
}

/** Thrown out of the chip when the power goes, and by every access until powerOn(). Hardware does not throw: it stops. */
export class PowerCut extends Error {
  constructor(readonly id: string) {
    super(`The power is off: ${id}.`);
  }
}

/** Thrown when the software breaks a rule of the chip. Silicon would do something else in silence; it is always a bug. */
export class FlashMisuse extends Error {}

export function cutId(plan: CutPlan): string {
  return `cut-${plan.operation}-${plan.moment}-${plan.seed}`;
}

/** The plan of a printed id. */
export function parseCut(id: string): CutPlan {
  const parts = /^cut-(\d+)-(before|torn|after)-(\d+)$/.exec(id);
  if (parts === null) throw new Error(`"${id}" is no cut; expected cut-<operation>-<before|torn|after>-<seed>.`);
  return { operation: Number(parts[1]), moment: parts[2] as CutMoment, seed: Number(parts[3]) };
}

/**
 * Ways a sector can be bad. `hangs`: erase and program never finish. `keeps`: an erase leaves some bits at 0, in
 * silence. `drops`: a program leaves some bits at 1, in silence. `fades`: what was programmed well changes later.
 */
export type BadKind = "hangs" | "keeps" | "drops" | "fades";

/** Share of reads from a fading sector after which one more of its bits has changed, percent. */
export const FADE_PERCENT = 10;

/** Bytes that a faulty operation may get wrong: about one in this many. */
const FAULTY_BYTE_IN = 512;

/** Cells that a cut left between 0 and 1: address to mask. They read at random until their sector is erased in full. */
export type UnstableCells = Map<number, number>;

/**
 * A program that the power cut: a prefix of the new bytes is there, in the next byte only some of its bits, and those
 * that were on their way are unstable.
 */
export function tearProgram(cells: Uint8Array, at: number, data: Uint8Array, random: Random, unstable: UnstableCells): void {
  const whole = random.below(data.length);
  for (let i = 0; i < whole; i++) cells[at + i] &= data[i];
  const moving = cells[at + whole] & ~data[whole] & 0xff;
  cells[at + whole] &= ~(moving & random.mask(50));
  if (moving !== 0) unstable.set(at + whole, moving & random.mask(50));
}

/**
 * An erase that the power cut. The chip first programs everything to 0 and then lets bits rise, in no order that anybody
 * promises: from a random place on, bytes are old, 0, half risen or FF; the half risen ones are unstable.
 */
export function tearErase(cells: Uint8Array, at: number, lengthBytes: number, random: Random, unstable: UnstableCells): void {
  const early = random.chance(50);
  const front = random.below(lengthBytes + 1);
  for (let i = 0; i < lengthBytes; i++) {
    if (early) cells[at + i] = i < front ? 0 : cells[at + i];
    else if (i < front) cells[at + i] = 0xff;
    else tearByte(cells, at + i, random, unstable);
  }
}

function tearByte(cells: Uint8Array, at: number, random: Random, unstable: UnstableCells): void {
  const risen = random.mask(50);
  cells[at] = risen;
  if (random.chance(25)) unstable.set(at, ~risen & random.mask(25));
}

/** After an erase of a sector that keeps bits: some are still 0. */
export function keepBits(cells: Uint8Array, at: number, lengthBytes: number, random: Random): void {
  for (let n = 0; n <= lengthBytes / FAULTY_BYTE_IN; n++) cells[at + random.below(lengthBytes)] &= ~(1 << random.below(8));
}

/** After a program of a sector that drops bits: some that should be 0 are still 1. */
export function dropBits(cells: Uint8Array, at: number, data: Uint8Array, random: Random): void {
  for (let n = 0; n <= data.length / FAULTY_BYTE_IN; n++) {
    const i = random.below(data.length);
    cells[at + i] |= ~data[i] & (1 << random.below(8));
  }
}

/** One bit of a fading sector changes, for good. */
export function fadeBit(cells: Uint8Array, at: number, lengthBytes: number, random: Random): void {
  cells[at + random.below(lengthBytes)] ^= 1 << random.below(8);
}
