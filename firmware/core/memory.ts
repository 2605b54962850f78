/**
 * The arena's accessors, JavaScript variant. The whole state of the store is one flat block of bytes, the arena, and
 * an address is an offset into it. This file and ports.ts are the only two with a second variant (memory.as.ts: wasm
 * loads and stores); everything else in core is compiled twice from the same text.
 *
 * Three views of one buffer serve the three widths. 16-bit and 32-bit accesses are aligned and little-endian, as every
 * target is. The build replaces calls of the one-line accessors by the index expression itself, because one function
 * call costs about 800 instructions on Duktape.
 */
export let bytes: Uint8Array = new Uint8Array(0);
export let halves: Uint16Array = new Uint16Array(0);
export let words: Int32Array = new Int32Array(0);
export let endOfMemory: i32 = 0;

/** Makes `buffer` the arena. Its length is a multiple of 4; it outlives every later call. */
export function attachMemory(buffer: ArrayBuffer): void {
  endOfMemory = buffer.byteLength;
  bytes = new Uint8Array(buffer);
  halves = new Uint16Array(buffer);
  words = new Int32Array(buffer);
}

export function read8(at: i32): i32 { return bytes[at]; }
export function write8(at: i32, value: i32): void { bytes[at] = value; }

/** `at` is a multiple of 2; the value is unsigned. */
export function read16(at: i32): i32 { return halves[at >> 1]; }
export function write16(at: i32, value: i32): void { halves[at >> 1] = value; }

/** `at` is a multiple of 4; the value is signed. */
export function read32(at: i32): i32 { return words[at >> 2]; }
export function write32(at: i32, value: i32): void { words[at >> 2] = value; }

/** A 16-bit little-endian half word at any offset, unsigned. */
export function read16u(at: i32): i32 { return bytes[at] | bytes[at + 1] << 8; }

/** A 32-bit little-endian word at any offset. */
export function read32u(at: i32): i32 {
  return bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16 | bytes[at + 3] << 24;
}

/** Do the four bytes at `a` equal the four at `b`? Any offsets. */
export function same4(a: i32, b: i32): boolean {
  return bytes[a] == bytes[b] && bytes[a + 1] == bytes[b + 1] && bytes[a + 2] == bytes[b + 2] && bytes[a + 3] == bytes[b + 3];
}

/** Copies four bytes between any offsets; the ranges do not overlap. */
export function copy4(to: i32, from: i32): void {
  bytes[to] = bytes[from];
  bytes[to + 1] = bytes[from + 1];
  bytes[to + 2] = bytes[from + 2];
  bytes[to + 3] = bytes[from + 3];
}

/** Copies `length` bytes; overlapping ranges are copied as if through a buffer. */
export function copyBytes(to: i32, from: i32, length: i32): void {
  if (length > 0) bytes.set(bytes.subarray(from, from + length), to);
}

/** The first bytes one by one, then what is filled already is doubled: a loop over all costs such an engine 500 instructions each. */
export function fillBytes(at: i32, value: i32, length: i32): void {
  let done: i32 = length < 16 ? length : 16;
  for (let i: i32 = 0; i < done; i++) bytes[at + i] = value;
  for (; done < length; done += done) copyBytes(at + done, at, done < length - done ? done : length - done);
}

/** How many of the low bytes of `difference`, which is not 0, are 0: so many leading bytes two words have in common. */
export function equalBytes(difference: i32): i32 {
  return (difference & 255) != 0 ? 0 : (difference & 65535) != 0 ? 1 : (difference & 16777215) != 0 ? 2 : 3;
}

/** Bytes of memory there are: the arena, and behind it what belongs to clients. */
export function memoryEnd(): i32 { return endOfMemory; }

/** Number of zero bits below the lowest set bit of `value`, which is not 0. */
export function trailingZeros(value: i32): i32 {
  let count: i32 = 0;
  while ((value >> count & 1) == 0) count++;
  return count;
}
