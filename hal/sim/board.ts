/**
 * A simulated board as the core sees it: the five outward calls (firmware/core/ports.ts) over a Flash and a block of
 * memory. Time is the flash chip's when there is one, so latencies show; otherwise it stands still unless a test moves
 * it. Everything the core sends on its line is kept in `line`.
 */
import { ArenaBlock } from "../memory";
import { Flash, FlashResult } from "../flash";

/** The core's outward calls, as ports.ts has them; addresses in RAM are offsets into the block. */
export interface SimPorts {
  flashRead(from: number, to: number, length: number): number;
  flashProgram(to: number, from: number, length: number): number;
  flashErase(at: number): number;
  serialPut(byte: number): void;
  clockTicks(): number;
}

export class SimBoard implements SimPorts {
  /** Bytes the core has sent on its serial line. */
  readonly line: number[] = [];
  /** The block of memory; set it before the core runs (a wasm memory exists only after instantiation). */
  block: ArenaBlock = { arenaBytes: 0, clientBytes: 0, bytes: new Uint8Array(0) };
  /** What clockTicks() answers; the unit is the board's, here microseconds. */
  ticks: () => number = () => 0;

  /** A board without flash answers NoFlash to every flash call. */
  constructor(readonly flash?: Flash) {}

  flashRead(from: number, to: number, length: number): number {
    if (this.flash === undefined) return FlashResult.NoFlash;
    return this.flash.read(from, this.range(to, length));
  }

  /** The core counts in bytes; a range that ends inside a granule is filled up with FF, which leaves the rest erased. */
  flashProgram(to: number, from: number, length: number): number {
    if (this.flash === undefined) return FlashResult.NoFlash;
    const { granuleBytes } = this.flash.geometry;
    const data = this.range(from, length);
    if (length % granuleBytes === 0) return this.flash.program(to, data);
    const padded = new Uint8Array(length + granuleBytes - length % granuleBytes).fill(0xff);
    padded.set(data);
    return this.flash.program(to, padded);
  }

  flashErase(at: number): number {
    return this.flash === undefined ? FlashResult.NoFlash : this.flash.erase(at);
  }

  serialPut(byte: number): void { this.line.push(byte); }
  clockTicks(): number { return this.ticks() | 0; }

  /** A range of the block. One that leaves it is a bug of the core, and is said loudly. */
  private range(at: number, length: number): Uint8Array {
    const bytes = this.block.bytes;
    if (at < 0 || length < 0 || at + length > bytes.length) {
      throw new RangeError(`The core names bytes ${at}..${at + length} of a block of ${bytes.length}.`);
    }
    return bytes.subarray(at, at + length);
  }
}
