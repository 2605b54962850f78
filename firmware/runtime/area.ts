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
    const count = native(Native.AreaRead, this.handle, this.length, offset, into);
    if (count < 0) refuse(count, this.name);
    return count;
  }

  /** Writes a byte array, or text of one byte a character. All of it must fit. Returns the bytes written. */
  write(offset: number, bytes: Uint8Array | string): number {
    const count = native(Native.AreaWrite, this.handle, this.length, offset, bytes);
    if (count < 0) refuse(count, this.name);
    return count;
  }

  /** The byte at `index`. */
  at(index: number): number {
    const byte = native(Native.AreaAt, this.handle, this.length, index);
    if (byte < 0) refuse(byte, this.name);
    return byte;
  }

  /** Sets the byte at `index`. */
  set(index: number, value: number): void {
    const code = native(Native.AreaSet, this.handle, this.length, index, value);
    if (code < 0) refuse(code, this.name);
  }

  /** Sets every byte. Pages of one repeated byte cost no frame. */
  fill(value: number): void {
    const code = native(Native.AreaFill, this.handle, this.length, value);
    if (code < 0) refuse(code, this.name);
  }

  /** Gives the area up: its name, and everything in it. */
  free(): void { z.free(this.handle); }
}
