/**
 * A simulated board: the contract of hal/board.ts, and the core's five outward calls (firmware/core/ports.ts) over a
 * Flash and a block of memory. Its serial line ends at a test, its clock counts what a test lets pass, and its reset is
 * an exception, since nothing else in JavaScript does not return.
 */
import { ArenaBlock } from "../memory";
import { Board, ResetCause } from "../board";
import { Flash, FlashResult } from "../flash";
import { SimClock } from "./clock";
import { SimSerial } from "./serial";

/** The core's outward calls, as ports.ts has them; addresses in RAM are offsets into the block. */
export interface SimPorts {
  flashRead(from: number, to: number, length: number): number;
  flashProgram(to: number, from: number, length: number): number;
  flashErase(at: number): number;
  serialPut(byte: number): void;
  clockTicks(): number;
}

/** Thrown by reset(): the board starts anew, with whatever survives a reset. */
export class SimReset extends Error {}

export class SimBoard implements Board, SimPorts {
  readonly name = "sim";
  readonly serial = new SimSerial();
  readonly clock = new SimClock();
  readonly flash: Flash | undefined;
  /** The block of memory; set it before the core runs (a wasm memory exists only after instantiation). */
  block: ArenaBlock = { arenaBytes: 0, clientBytes: 0, bytes: new Uint8Array(0) };
  /** The host's stack is not the board's to measure. */
  readonly stackBytes = 0;
  private cause = ResetCause.Power;

  /** A board without flash answers NoFlash to every flash call. */
  constructor(flash?: Flash) { this.flash = flash; }

  stackPeak(): number { return 0; }
  resetCause(): ResetCause { return this.cause; }

  reset(): never {
    this.cause = ResetCause.Requested;
    throw new SimReset("The board resets.");
  }

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

  serialPut(byte: number): void { this.serial.put(byte); }
  clockTicks(): number { return this.clock.ticks() | 0; }

  /** A range of the block. One that leaves it is a bug of the core, and is said loudly. */
  private range(at: number, length: number): Uint8Array {
    const bytes = this.block.bytes;
    if (at < 0 || length < 0 || at + length > bytes.length) {
      throw new RangeError(`The core names bytes ${at}..${at + length} of a block of ${bytes.length}.`);
    }
    return bytes.subarray(at, at + length);
  }
}
