/**
 * The entropy stage of zbale: a range coder over a page's decisions, each with a model that learns from what it has seen.
 * Compressor and decompressor learn alike, so nothing about statistics is transmitted, and a page needs no tables.
 *
 * There are three kinds of decision. A *bit* has a probability of 12 bits in a half word, and a count in the low four bits
 * that makes it learn fast at first: a page is too short for slow learning. A *nibble* has 16 counts of a byte and their
 * sum; two divisions find it. Four bits in a tree instead made pages 1.6 % smaller and took a fifth more instructions.
 * *Plain* bits are even chances.
 *
 * The range is below 2^31, so that no comparison needs unsigned numbers, and at least 2^23 between decisions; a byte moves
 * when it falls below. A carry runs back into bytes already written. Behind the end of its input the decoder reads zeros,
 * so the encoder drops the zeros at its output's end.
 *
 * E1  code < range at every step of decoding, whatever the input is; both stay below 2^31, and no divisor is ever 0.
 * E2  A bit's probability never reaches 0 or 1: it moves by at most a quarter of its distance, rounded down.
 * E3  A nibble's sum is that of its counts, 16..250; a count that begins as 0 stays 0 and that value cannot be decoded.
 * E4  No byte is written at or behind `cursorEnd` or read there; the cursor still counts them.
 */
import { read16, read32, read8, write16, write32, write8 } from "../memory";

/** A probability of 1/2 that has seen nothing: 12 bits of probability of a 0, 4 bits of how much was seen. */
const FRESH_MODEL: i32 = 0x8000;
/** Where the count stops: a bit moves by a quarter of the error 4 times, by an eighth 4 times, from then on by a sixteenth. */
const COUNT_FULL: i32 = 8;
/** The coder moves a byte when its range falls below this. */
const RANGE_LOW: i32 = 1 << 23;
const RANGE_START: i32 = 0x7fffffff;

/** A nibble's model: where the sum lies, what a count rises by, and the sum above which all counts are halved. */
const SUM: i32 = 16;
const COUNT_STEP: i32 = 3;
const SUM_MAX: i32 = 250;

/** Bytes of a nibble's model: 16 counts and their sum. 4-aligned. */
export const NIBBLE_BYTES: i32 = 20;

/** The coder's registers. They mean nothing between two calls of this file. */
let range: i32 = 0;
/** Compressing: the low end of the range. Decompressing: the code's distance from it. */
let code: i32 = 0;
let cursor: i32 = 0;
let cursorEnd: i32 = 0;

/** Makes everything from `at` to `end` bit models that have seen nothing. Both are multiples of 4. */
/* for speed */ export function startBits(at: i32, end: i32): void {
  for (; at < end; at += 4) write32(at, FRESH_MODEL << 16 | FRESH_MODEL);
}

/** Makes everything from `at` to `end` nibble models with all counts 1. */
/* for speed */ export function startNibbles(at: i32, end: i32): void {
  for (; at < end; at += NIBBLE_BYTES) startCounts(at, 0x1010101, 0x1010101, 0x1010101, 0x1010101);
}

/** Makes a nibble model whose counts begin as the bytes of four words. */
/* for speed */ export function startCounts(model: i32, a: i32, b: i32, c: i32, d: i32): void {
  write32(model, a);
  write32(model + 4, b);
  write32(model + 8, c);
  write32(model + 12, d);
  write32(model + SUM, sumOf4(a) + sumOf4(b) + sumOf4(c) + sumOf4(d));
}

/** The sum of the four bytes of a word. */
/* for speed */ function sumOf4(word: i32): i32 {
  const pairs: i32 = (word & 0xff00ff) + (word >>> 8 & 0xff00ff);
  return pairs + (pairs >>> 16) & 0xffff;
}

/** A count rises; when the sum gets too large, all are halved, rounded up. */
/* for speed */ function learn(model: i32, at: i32, count: i32, sum: i32): void {
  write8(at, count + COUNT_STEP);
  sum += COUNT_STEP;
  if (sum > SUM_MAX) {
    sum = 0;
    for (let i: i32 = 0; i < 16; i += 4) {
      const word: i32 = read32(model + i);
      const half: i32 = (word >>> 1 & 0x7f7f7f7f) + (word & 0x1010101);
      write32(model + i, half);
      sum += sumOf4(half);
    }
  }
  write32(model + SUM, sum);
}

// --- decoding ---

/** Takes the first four bytes in. False if they cannot be the start of a page. */
/* for speed */ export function openDecoder(src: i32, length: i32): boolean {
  cursor = src;
  cursorEnd = src + length;
  range = RANGE_START;
  code = 0;
  for (let i: i32 = 0; i < 4; i++) {
    code = code << 8 | (cursor < cursorEnd ? read8(cursor) : 0);
    cursor++;
  }
  return code >= 0 && code < RANGE_START;
}

/** Decodes one bit with the model at `at`. */
/* for speed */ export function decodeBit(at: i32): i32 {
  const model: i32 = read16(at);
  const chance: i32 = model >> 4;
  const shift: i32 = (model >> 2 & 3) + 2;
  const seen: i32 = (model & COUNT_FULL) == 0 ? model + 1 : model;
  const bound: i32 = (range >>> 12) * chance;
  let bit: i32 = 0;
  if (code < bound) {
    range = bound;
    write16(at, seen + (4096 - chance >> shift << 4));
  } else {
    range -= bound;
    code -= bound;
    bit = 1;
    write16(at, seen - (chance >> shift << 4));
  }
  while (range < RANGE_LOW) refill();
  return bit;
}

/** Takes the next byte in; behind the end of the input there are zeros. */
/* inlined */ function refill(): void {
  range <<= 8;
  code = code << 8 | (cursor < cursorEnd ? read8(cursor) : 0);
  cursor++;
}

/** Decodes one leaf of the tree of `leaves` leaves at `tree`. */
/* for speed */ export function decodeTree(tree: i32, leaves: i32): i32 {
  let node: i32 = 1;
  while (node < leaves) node = node << 1 | decodeBit(tree + (node << 1));
  return node - leaves;
}

/** Decodes a nibble. */
/* for speed */ export function decodeNibble(model: i32): i32 {
  const sum: i32 = read32(model + SUM);
  const unit: i32 = range / sum | 0;
  let rest: i32 = code;
  let target: i32 = rest / unit | 0;
  if (target >= sum) { target = sum - 1; rest = unit * sum - 1; }
  let below: i32 = target;
  let at: i32 = model;
  let four: i32 = sumOf4(read32(at));
  while (target >= four) {
    target -= four;
    at += 4;
    four = sumOf4(read32(at));
  }
  let count: i32 = read8(at);
  while (target >= count) {
    target -= count;
    at++;
    count = read8(at);
  }
  below -= target;
  code = rest - unit * below;
  range = unit * count;
  while (range < RANGE_LOW) refill();
  learn(model, at, count, sum);
  return at - model;
}

/** Decodes `count` bits (0..8) of even chance. */
/* for speed */ export function decodePlain(count: i32): i32 {
  let value: i32 = 0;
  for (; count > 0; count--) {
    range >>= 1;
    value <<= 1;
    if (code >= range) { code -= range; value |= 1; }
  }
  while (range < RANGE_LOW) refill();
  return value;
}

/** Was the input longer than what decoding needed? */
/* for speed */ export function hasInputLeft(): boolean { return cursor < cursorEnd; }

// --- encoding ---

/** Begins to write `capacity` bytes at `dst`. */
/* for speed */ export function openEncoder(dst: i32, capacity: i32): void {
  range = RANGE_START;
  code = 0;
  cursor = dst;
  cursorEnd = dst + capacity;
}

/** Has the output passed its capacity? What was lost cannot be got back. */
/* for speed */ export function isFull(): boolean { return cursor > cursorEnd; }

/** Adds one to the number that ends before `at`. It never runs over: the first byte of a page is below 128. */
/* for speed */ function carry(at: i32): void {
  at--;
  while (read8(at) == 255) { write8(at, 0); at--; }
  write8(at, read8(at) + 1);
}

/** Raises the low end of the range; a carry goes into the bytes already written, unless they ran out of room. */
/* for speed */ function raise(amount: i32): void {
  const sum: i32 = code + amount | 0;
  if (code < 0 && sum >= 0 && cursor <= cursorEnd) carry(cursor);
  code = sum;
}

/** Moves the top byte out, if there is room for it, and counts it. */
/* inlined */ function emit(): void {
  range <<= 8;
  if (cursor < cursorEnd) write8(cursor, code >>> 24);
  cursor++;
  code <<= 8;
}

/** Encodes one bit with the model at `at`. */
/* for speed */ export function encodeBit(at: i32, bit: i32): void {
  const model: i32 = read16(at);
  const chance: i32 = model >> 4;
  const shift: i32 = (model >> 2 & 3) + 2;
  const seen: i32 = (model & COUNT_FULL) == 0 ? model + 1 : model;
  const bound: i32 = (range >>> 12) * chance;
  if (bit == 0) {
    range = bound;
    write16(at, seen + (4096 - chance >> shift << 4));
  } else {
    range -= bound;
    raise(bound);
    write16(at, seen - (chance >> shift << 4));
  }
  while (range < RANGE_LOW) emit();
}

/** Encodes `value`, a leaf of the tree of `leaves` leaves at `tree`. */
/* for speed */ export function encodeTree(tree: i32, leaves: i32, value: i32): void {
  let node: i32 = 1;
  while (node < leaves) {
    const bit: i32 = (value & leaves >> 1) == 0 ? 0 : 1;
    encodeBit(tree + (node << 1), bit);
    node = node << 1 | bit;
    value <<= 1;
  }
}

/** Encodes a nibble. */
/* for speed */ export function encodeNibble(model: i32, value: i32): void {
  const sum: i32 = read32(model + SUM);
  const unit: i32 = range / sum | 0;
  let below: i32 = 0;
  let at: i32 = model;
  while (at < model + (value & 12)) { below += sumOf4(read32(at)); at += 4; }
  while (at < model + value) { below += read8(at); at++; }
  const count: i32 = read8(at);
  range = unit * count;
  raise(unit * below);
  while (range < RANGE_LOW) emit();
  learn(model, at, count, sum);
}

/** Encodes the low `count` bits of `value` at even chance. */
/* for speed */ export function encodePlain(count: i32, value: i32): void {
  for (let i: i32 = count - 1; i >= 0; i--) {
    range >>= 1;
    if ((value >> i & 1) != 0) raise(range);
  }
  while (range < RANGE_LOW) emit();
}

/**
 * Writes the shortest number within the range, without the zero bytes at its end. Returns where it ends; behind the
 * capacity if it did not fit, which may also happen when only one of the zeros to be dropped did not.
 */
/* for speed */ export function closeEncoder(dst: i32): i32 {
  const mask: i32 = range > 0xffffff ? 0xffffff : 0xffff;
  raise(mask);
  code &= ~mask;
  emit();
  if (mask == 0xffff) emit();
  while (cursor <= cursorEnd && cursor > dst + 1 && read8(cursor - 1) == 0) cursor--;
  return cursor;
}
