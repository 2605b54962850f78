/**
 * An area: a row of bytes far longer than RAM, for an app. Its pages move between pageframes, compressed RAM and flash
 * by themselves; the app sees offsets. Everything is zero until it is written.
 *
 * Each method is one call into the core per piece, whatever the piece's length: read and write whole records, not bytes.
 * What the core answers with a negative code becomes one thrown sentence here, at the edge (cold/store-error).
 */
import { Native } from "./native";

/** Throws the sentence for the core's `code` (an Err) about area `name`. */
export function refuse(code: number, name: string): void {
  throw native(Native.Cold, "store-error", code + " " + name);
}

export class Area {
  constructor(readonly name: string, readonly length: number, public handle: number) {}

  /** Reads from `offset` on into a byte array. Returns the bytes read: fewer than it holds at the area's end. */
  read(offset: number, into: Uint8Array): number {
    const left = this.reach(offset, 0);
    return this.check(native(Native.AreaRead, this.handle, offset, into.length > left ? into.subarray(0, left) : into));
  }

  /** Writes a byte array, or text of one byte a character. All of it must fit. Returns the bytes written. */
  write(offset: number, bytes: Uint8Array | string): number {
    this.reach(offset, bytes.length);
    return this.check(native(Native.AreaWrite, this.handle, offset, bytes));
  }

  /** The byte at `index`. */
  at(index: number): number {
    this.reach(index, 1);
    return this.check(native(Native.AreaAt, this.handle, index));
  }

  /** Sets the byte at `index`. */
  set(index: number, value: number): void {
    this.reach(index, 1);
    this.check(native(Native.AreaSet, this.handle, index, value));
  }

  /** Sets every byte. Pages of one repeated byte cost no frame. */
  fill(value: number): void { this.check(native(Native.AreaFill, this.handle, 0, this.length, value)); }

  /** Gives the area up: its name, and everything in it. */
  free(): void { z.free(this.handle); }

  /** Bytes from `offset` to the end; throws unless `needed` of them are there. */
  private reach(offset: number, needed: number): number {
    const left = this.length - offset;
    if (!(offset >= 0 && left >= needed)) refuse(-100, this.name);
    return left;
  }

  private check(result: number): number {
    if (result < 0) refuse(result, this.name);
    return result;
  }
}
