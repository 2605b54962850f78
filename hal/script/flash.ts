/**
 * What the ports to other people's firmware share. They give the Flash contract (hal/flash.ts, D1-D7) in the dialect that
 * small engines take; the contract's own file is for the host side, so its shape is repeated here, and a test assigns one
 * to the other.
 *
 * All of them stand on a module that knows three things, read, write and erase, each over a range. RangeFlash does what
 * the contract owes besides: refuses what is out of range or alignment before the module hears of it (D4), and answers
 * Failed where a module throws (D5).
 */
import { Err } from "../../firmware/core/errors";

export interface ScriptGeometry {
  readonly sizeBytes: number;
  readonly sectorBytes: number;
  readonly programBytes: number;
  readonly granuleBytes: number;
  readonly programsPerGranule: number;
  readonly enduranceErases: number;
}

export interface ScriptFlash {
  readonly geometry: ScriptGeometry;
  readonly name: string;
  read(address: number, into: Uint8Array): number;
  program(address: number, from: Uint8Array): number;
  erase(address: number): number;
}

/** What a module of somebody's firmware can do; addresses from 0, the region's beginning. May throw. */
export interface RangeModule {
  read(address: number, into: Uint8Array): void;
  write(address: number, from: Uint8Array): void;
  erase(address: number): void;
}

export class RangeFlash implements ScriptFlash {
  constructor(readonly name: string, readonly geometry: ScriptGeometry, private readonly module: RangeModule) {}

  read(address: number, into: Uint8Array): number {
    if (!this.isInside(address, into.length)) return Err.Invalid;
    if (into.length == 0) return Err.Ok;
    try {
      this.module.read(address, into);
    } catch (readError) {
      return Err.Flash;
    }
    return Err.Ok;
  }

  program(address: number, from: Uint8Array): number {
    const grain = this.geometry.granuleBytes - 1;
    if (!this.isInside(address, from.length) || (address & grain) != 0 || (from.length & grain) != 0) return Err.Invalid;
    if (from.length == 0) return Err.Ok;
    try {
      this.module.write(address, from);
    } catch (writeError) {
      return Err.Flash;
    }
    return Err.Ok;
  }

  erase(address: number): number {
    const sector = this.geometry.sectorBytes;
    if (!this.isInside(address, sector) || (address & (sector - 1)) != 0) return Err.Invalid;
    try {
      this.module.erase(address);
    } catch (eraseError) {
      return Err.Flash;
    }
    return Err.Ok;
  }

  private isInside(address: number, length: number): boolean { return address >= 0 && address + length <= this.geometry.sizeBytes; }
}

/** Calls `page(address, bytes)` for each page of the range, the first and last one filled up with FF, which changes no bit. */
export function wholePages(address: number, from: Uint8Array, pageBytes: number, page: (address: number, bytes: Uint8Array) => void): void {
  for (let done = 0; done < from.length;) {
    const skip = (address + done) % pageBytes;
    const length = from.length - done < pageBytes - skip ? from.length - done : pageBytes - skip;
    const whole = new Uint8Array(pageBytes);
    for (let i = 0; i < pageBytes; i++) whole[i] = 255;
    whole.set(from.subarray(done, done + length), skip);
    page(address + done - skip, whole);
    done += length;
  }
}
