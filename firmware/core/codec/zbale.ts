/**
 * zbale: our dense codec, for pages that lie idle and for pages on their way to flash. A bale is what one presses
 * before putting it away.
 *
 * A page is packed as LZ77 over itself: literals, fresh matches, and matches at one of the two distances used last. What
 * makes it dense is the entropy stage, which on a page of 1 KiB matters more than the window: every decision is one bit
 * for a binary range coder, with a probability that learns from each bit it sees. Nothing is transmitted about
 * statistics, and there is no header but three bits. A probability starts at one half and moves by a quarter of the error
 * at first, by a sixteenth after nine bits, because a page is too short for slow learning.
 *
 * A literal is two trees of four bits. Which tree serves the high half is chosen by the byte at the last match's
 * distance: in text, tables and heaps what stood there is a good guess. Pages of binary samples hardly repeat, but
 * neighbours are close: for those the page's three bits name a stride, and a literal is the difference to the byte that
 * many places before, with the borrow of the little-endian half word taken out.
 *
 * The price against lz4: about 25 times the instructions, for two thirds of the size. See DESIGN.md for the table and
 * FORMAT.md for every bit of the format.
 *
 * Z1  decompress(compress(page)) == page, for every page of 0..4096 bytes.
 * Z2  compress never writes past dst + capacity, decompress never past dst + length; neither reads outside its input.
 * Z3  Damaged input ends in Corrupt or in `length` wrong bytes, after at most `length` symbols: there is no checksum here.
 * Z4  code < range at every step of decompression, whatever the input is; both stay below 2^31.
 * Z5  No probability ever reaches 0 or 1: it moves by at most a quarter of its distance, rounded down.
 */
import { fillBytes, read16, read32, read32u, read8, trailingZeros, write16, write32, write8 } from "../memory";
import { Err } from "../errors";

/**
 * Offsets in the work area. A bit has a model of two bytes; a tree of n leaves takes n of them, of which number 0 is
 * unused, and a flag is a tree of two leaves. A nibble has a model of 20 bytes: 16 counts of a byte, and their sum.
 */
const enum Model {
  /** Match or literal: after a literal, after a match. */
  IsMatch = 0,
  /** Repeated distance or fresh: after a literal, after a match. */
  IsRepeat = 8,
  /** The last distance or the one before. */
  IsSecond = 16,
  /** The three bits below a distance's highest, for each number of bits. */
  DistanceTop = 20,
  /** Nibbles from here on: length of a fresh and of a repeated match, the rest of long ones. */
  Nibbles = 212,
  FreshLength = 212,
  RepeatLength = 232,
  MoreLength = 252,
  /** Number of bits of a distance: of the shortest matches, of others. */
  DistanceBits = 272,
  /** High half of a literal, 16 contexts; low half, for each high half, 2 contexts. */
  High = 312,
  Low = 632,
  End = 1272,
}

/** Bytes of work space: the decompressor needs the models, the compressor also the table of positions. */
export const enum ZbaleWork { Decompress = 1272, Compress = 2296 }

/** A probability of 1/2 that has seen nothing: 12 bits of probability of a 0, 4 bits of how much was seen. */
const FRESH_MODEL: i32 = 0x8000;
/** The count stops here, at the slowest rate: it moves 4 times by a quarter of the error, 4 times by an eighth, then by a sixteenth. */
const COUNT_FULL: i32 = 8;
/** The coder moves a byte when its range falls below this. */
const RANGE_LOW: i32 = 1 << 23;
const RANGE_START: i32 = 0x7fffffff;

const FRESH_MIN: i32 = 3;
const REPEAT_MIN: i32 = 2;
/** Longest match: lengths are a nibble, then a second nibble and 4 plain bits. */
const MATCH_MAX: i32 = 272;
/** Bits of a distance below its highest that have models. */
const DISTANCE_TOP_BITS: i32 = 3;
/** A nibble's model: bytes, where the sum lies, what a count rises by, and the sum above which all counts are halved. */
const NIBBLE_BYTES: i32 = 20;
const SUM: i32 = 16;
const COUNT_STEP: i32 = 3;
const SUM_MAX: i32 = 250;
const MODE_BITS: i32 = 3;
const PAGE_MAX: i32 = 4096;

/** The compressor's table: 128 buckets of the 4 latest positions, by a hash of three bytes. */
const TABLE_BYTES: i32 = 1024;

/** The coder's registers. They mean nothing between two calls of this file. */
let range: i32 = 0;
/** Compressing: the low end of the range. Decompressing: the code's distance from it. */
let code: i32 = 0;
let cursor: i32 = 0;
let cursorEnd: i32 = 0;

function resetModels(work: i32): void {
  for (let at: i32 = work; at < work + Model.Nibbles; at += 4) write32(at, FRESH_MODEL << 16 | FRESH_MODEL);
  for (let at: i32 = work + Model.Nibbles; at < work + Model.End; at += 4) write32(at, 0x1010101);
  for (let at: i32 = work + Model.Nibbles; at < work + Model.End; at += NIBBLE_BYTES) write32(at + SUM, 16);
  startCounts(work + Model.FreshLength, 0x02020303, 0x01010101, 0x01010101, 0x02010101);
  startCounts(work + Model.RepeatLength, 0x02020303, 0x01010101, 0x01010101, 0x02010101);
  startCounts(work + Model.DistanceBits, 0x02010101, 0x03030302, 0x01010102, 0);
  startCounts(work + Model.DistanceBits + NIBBLE_BYTES, 0x02010101, 0x03030302, 0x01010102, 0);
}

/** Lets a nibble's counts begin with what pages of any kind have in common. A count of 0 stays 0: it cannot occur. */
function startCounts(model: i32, a: i32, b: i32, c: i32, d: i32): void {
  write32(model, a);
  write32(model + 4, b);
  write32(model + 8, c);
  write32(model + 12, d);
  write32(model + SUM, sumOf4(a) + sumOf4(b) + sumOf4(c) + sumOf4(d));
}

/** The sum of the four bytes of a word. */
function sumOf4(word: i32): i32 {
  const pairs: i32 = (word & 0xff00ff) + (word >>> 8 & 0xff00ff);
  return pairs + (pairs >>> 16) & 0xffff;
}

/** A count rises; when the sum gets too large, all are halved, rounded up. */
function learn(model: i32, at: i32, count: i32, sum: i32): void {
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

/** The stride of the differences, by mode: 0 means plain bytes. */
function strideOf(mode: i32): i32 { return mode < 5 ? mode : mode < 7 ? (mode << 1) - 4 : 12; }

/** The byte that a literal is the difference to, in a page that began at `start`. `stride` is not 0. */
function predicted(at: i32, start: i32, stride: i32): i32 {
  const index: i32 = at - start;
  if (index < stride) return 0;
  const before: i32 = read8(at - stride);
  if ((stride & 1) != 0 || (index & 1) == 0) return before;
  // The high byte of a half word: the one that is nearest to the sample before, given the low byte.
  const lowBefore: i32 = read8(at - 1 - stride);
  return (before << 8 | lowBefore) + (read8(at - 1) - lowBefore << 24 >> 24) >> 8 & 255;
}

/** Which byte of a sample this is. */
function phaseOf(index: i32, stride: i32): i32 { return stride == 3 ? index % 3 : stride == 1 ? 0 : index & 1; }

/** The context of a literal's high half: its phase, or in plain pages what stood at the last distance. */
function contextOf(at: i32, start: i32, stride: i32, distance: i32): i32 {
  if (stride != 0) return phaseOf(at - start, stride);
  return distance <= at - start ? read8(at - distance) >> 4 : 0;
}

/** The first model for a low half: there is a second set of 16 for the second byte of a sample. */
function lowSetOf(context: i32, stride: i32): i32 { return stride != 0 && context == 1 ? 16 : 0; }

/** Index of the highest set bit of `value`, 1..4095. */
function highestBit(value: i32): i32 {
  let bit: i32 = 0;
  if (value >= 256) { value >>= 8; bit = 8; }
  if (value >= 16) { value >>= 4; bit += 4; }
  if (value >= 4) { value >>= 2; bit += 2; }
  return bit + (value >> 1);
}

// --- the decoder ---

/** Decodes one bit with the model at `at`. */
function decodeBit(at: i32): i32 {
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
function refill(): void {
  range <<= 8;
  code = code << 8 | (cursor < cursorEnd ? read8(cursor) : 0);
  cursor++;
}

/** Decodes one leaf of the tree of `leaves` leaves at `tree`. */
function decodeTree(tree: i32, leaves: i32): i32 {
  let node: i32 = 1;
  while (node < leaves) node = node << 1 | decodeBit(tree + (node << 1));
  return node - leaves;
}

/** Decodes a nibble. */
function decodeNibble(model: i32): i32 {
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
function decodePlain(count: i32): i32 {
  let value: i32 = 0;
  for (; count > 0; count--) {
    range >>= 1;
    value <<= 1;
    if (code >= range) { code -= range; value |= 1; }
  }
  while (range < RANGE_LOW) refill();
  return value;
}

/** The length of a match above the shortest of its kind; `tree` is the tree of that kind. */
function decodeLength(work: i32, tree: i32): i32 {
  const length: i32 = decodeNibble(work + tree);
  if (length < 15) return length;
  const more: i32 = decodeNibble(work + Model.MoreLength);
  return 15 + (more << 4 | decodePlain(4));
}

/** A distance, 1..65535: damaged input may name one that is larger than any page. */
function decodeDistance(work: i32, length: i32): i32 {
  const bits: i32 = decodeNibble(work + Model.DistanceBits + (length == 0 ? 0 : NIBBLE_BYTES));
  const top: i32 = bits < DISTANCE_TOP_BITS ? bits : DISTANCE_TOP_BITS;
  const value: i32 = 1 << top | decodeTree(work + Model.DistanceTop + (bits << 4), 1 << top);
  return value << bits - top | decodePlain(bits - top);
}

/** Takes the first four bytes in. False if they cannot be the start of a page. */
function openDecoder(src: i32, length: i32): boolean {
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

/**
 * Decompresses the `srcLength` bytes at `src` into exactly `length` bytes (0..4096) at `dst`, which they must have been
 * packed from. `work`: ZbaleWork.Decompress bytes, 4-aligned, nothing of them is kept. Returns `length`, or Corrupt; what
 * is at `dst` then means nothing. Damage may also decode to wrong bytes (Z3). Cost: about 30 instructions a decision.
 */
export function zbaleDecompress(src: i32, srcLength: i32, dst: i32, length: i32, work: i32): i32 {
  if (!openDecoder(src, srcLength)) return Err.Corrupt;
  resetModels(work);
  const end: i32 = dst + length;
  const stride: i32 = strideOf(decodePlain(MODE_BITS));
  last = 1;
  second = 2;
  let after: i32 = 0;
  let out: i32 = dst;
  while (out < end) {
    if (decodeBit(work + Model.IsMatch + after) == 0) {
      const context: i32 = contextOf(out, dst, stride, last);
      const high: i32 = decodeNibble(work + Model.High + context * NIBBLE_BYTES);
      const low: i32 = decodeNibble(work + Model.Low + (lowSetOf(context, stride) + high) * NIBBLE_BYTES);
      write8(out, (high << 4 | low) + (stride == 0 ? 0 : predicted(out, dst, stride)));
      out++;
      after = 0;
      continue;
    }
    let left: i32 = 0;
    if (decodeBit(work + Model.IsRepeat + after) == 0) {
      left = decodeLength(work, Model.FreshLength);
      second = last;
      last = decodeDistance(work, left);
      left += FRESH_MIN;
    } else {
      if (decodeBit(work + Model.IsSecond) != 0) {
        const swap: i32 = last;
        last = second;
        second = swap;
      }
      left = decodeLength(work, Model.RepeatLength) + REPEAT_MIN;
    }
    if (last > out - dst || left > end - out) return Err.Corrupt;
    for (; left > 0; left--) { write8(out, read8(out - last)); out++; }
    after = 4;
  }
  return cursor < cursorEnd ? Err.Corrupt : length;
}

// --- the encoder ---

/** Adds one to the number that ends before `at`. It never runs over: the first byte of a page is below 128. */
function carry(at: i32): void {
  at--;
  while (read8(at) == 255) { write8(at, 0); at--; }
  write8(at, read8(at) + 1);
}

/** Raises the low end of the range; a carry goes into the bytes already written, unless they ran out of room. */
function raise(amount: i32): void {
  const sum: i32 = code + amount | 0;
  if (code < 0 && sum >= 0 && cursor <= cursorEnd) carry(cursor);
  code = sum;
}

/** Moves the top byte out, if there is room for it, and counts it. */
function emit(): void {
  range <<= 8;
  if (cursor < cursorEnd) write8(cursor, code >>> 24);
  cursor++;
  code <<= 8;
}

/** Encodes one bit with the model at `at`. */
function encodeBit(at: i32, bit: i32): void {
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
function encodeTree(tree: i32, leaves: i32, value: i32): void {
  let node: i32 = 1;
  while (node < leaves) {
    const bit: i32 = (value & leaves >> 1) == 0 ? 0 : 1;
    encodeBit(tree + (node << 1), bit);
    node = node << 1 | bit;
    value <<= 1;
  }
}

/** Encodes a nibble. */
function encodeNibble(model: i32, value: i32): void {
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
function encodePlain(count: i32, value: i32): void {
  for (let i: i32 = count - 1; i >= 0; i--) {
    range >>= 1;
    if ((value >> i & 1) != 0) raise(range);
  }
  while (range < RANGE_LOW) emit();
}

function encodeLength(work: i32, tree: i32, length: i32): void {
  if (length < 15) {
    encodeNibble(work + tree, length);
    return;
  }
  encodeNibble(work + tree, 15);
  encodeNibble(work + Model.MoreLength, length - 15 >> 4);
  encodePlain(4, length - 15);
}

function encodeDistance(work: i32, distance: i32, length: i32): void {
  const bits: i32 = highestBit(distance);
  const top: i32 = bits < DISTANCE_TOP_BITS ? bits : DISTANCE_TOP_BITS;
  encodeNibble(work + Model.DistanceBits + (length == 0 ? 0 : NIBBLE_BYTES), bits);
  encodeTree(work + Model.DistanceTop + (bits << 4), 1 << top, (distance >> bits - top) - (1 << top));
  encodePlain(bits - top, distance);
}

/** Writes the shortest number within the range, without the zero bytes at its end. Returns where it ends. */
function closeEncoder(dst: i32): i32 {
  const mask: i32 = range > 0xffffff ? 0xffffff : 0xffff;
  raise(mask);
  code &= ~mask;
  emit();
  if (mask == 0xffff) emit();
  while (cursor <= cursorEnd && cursor > dst + 1 && read8(cursor - 1) == 0) cursor--;
  return cursor;
}

// --- finding matches ---

/** The page being compressed, and the two distances used last. */
let pageStart: i32 = 0;
let pageEnd: i32 = 0;
let last: i32 = 0;
let second: i32 = 0;
let table: i32 = 0;
/** The first position that is not in the table yet. */
let nextInsert: i32 = 0;
/** What find() found at a position: the best match, a length of 0 for none, and about how many bits it saves. */
let foundLength: i32 = 0;
let foundDistance: i32 = 0;
let foundGain: i32 = 0;

/** Bits a literal costs, about. Measured: 3, 4, 5 and 6 differ by 0.2 % in size, and 5 is the fastest of the better ones. */
const LITERAL_COST: i32 = 4;
/** Bits a match costs, about: at a repeated distance, at a fresh one besides its bits, more if it is long. */
const REPEAT_COST: i32 = 5;
const FRESH_COST: i32 = 8;
const LONG_MATCH: i32 = 8;
const LONG_COST: i32 = 2;
/** A match this long is taken at once, without a look at the next positions. */
const LAZY_BELOW: i32 = 32;

/** How many bytes at `a` equal those at `b`, up to `limit`. */
function sameLength(a: i32, b: i32, limit: i32): i32 {
  let length: i32 = 0;
  while (length <= limit - 4) {
    const difference: i32 = read32u(a + length) ^ read32u(b + length);
    if (difference != 0) return length + (trailingZeros(difference) >> 3);
    length += 4;
  }
  while (length < limit && read8(a + length) == read8(b + length)) length++;
  return length;
}

/** Keeps a match if it saves more than the best so far. */
function consider(length: i32, distance: i32, cost: i32): void {
  const gain: i32 = length * LITERAL_COST - cost - (length > LONG_MATCH ? LONG_COST : 0);
  if (gain <= foundGain) return;
  foundGain = gain;
  foundLength = length;
  foundDistance = distance;
}

/** A hash of the three bytes at `at`, of as many bits as `shift` leaves; a fourth is read. The product is below 2^53. */
function hashOf(at: i32, shift: i32): i32 { return (read32u(at) & 0xffffff) * 506832829 >>> shift; }

/** Puts a position into its bucket, where the oldest of four falls out. */
function insert(bucket: i32, at: i32): void {
  const latest: i32 = read32(bucket);
  write32(bucket + 4, read32(bucket + 4) << 16 | latest >>> 16);
  write32(bucket, latest << 16 | at - pageStart);
}

/** Puts all positions before `stop` into the table. */
function insertUpTo(stop: i32): void {
  if (stop > pageEnd - 3) stop = pageEnd - 3;
  for (; nextInsert < stop; nextInsert++) insert(table + (hashOf(nextInsert, 25) << 3), nextInsert);
}

/** Looks for the match at `at` that saves most. None is looked for in the last three bytes. */
function find(at: i32): void {
  foundGain = 0;
  foundLength = 0;
  const limit: i32 = pageEnd - at < MATCH_MAX ? pageEnd - at : MATCH_MAX;
  if (limit < 4) return;
  const bytes: i32 = read32u(at);
  const before: i32 = at - pageStart;
  if (last <= before && ((read32u(at - last) ^ bytes) & 0xffff) == 0) {
    consider(sameLength(at, at - last, limit), last, REPEAT_COST);
  }
  if (second <= before && ((read32u(at - second) ^ bytes) & 0xffff) == 0) {
    consider(sameLength(at, at - second, limit), second, REPEAT_COST + 1);
  }
  insertUpTo(at);
  const bucket: i32 = table + (hashOf(at, 25) << 3);
  let longest: i32 = 2;
  for (let i: i32 = 0; i < 8; i += 2) {
    const match: i32 = pageStart + read16(bucket + i);
    if (match >= at || ((read32u(match) ^ bytes) & 0xffffff) != 0) continue;
    const length: i32 = sameLength(at, match, limit);
    if (length <= longest) continue;
    longest = length;
    consider(length, at - match, FRESH_COST + highestBit(at - match));
  }
  if (nextInsert == at) {
    insert(bucket, at);
    nextInsert++;
  }
}

// --- choosing the mode ---

/** Points per byte above which a page is plain, and what a position counts that repeats three earlier bytes. Measured. */
const PLAIN_POINTS: i32 = 19;
const REPEAT_POINTS: i32 = 30;

/** Every fifth difference is looked at: 5 has no factor in common with any stride, so all phases count alike. */
const SAMPLE_STEP: i32 = 5;

/** A rough cost of all differences at a stride: the difference itself if small, growing more slowly above. */
function differencePoints(stride: i32): i32 {
  let points: i32 = 0;
  for (let at: i32 = pageStart + stride; at < pageEnd; at += SAMPLE_STEP) {
    let size: i32 = read8(at) - read8(at - stride) << 24 >> 24;
    if (size < 0) size = -1 - size;
    points += size < 16 ? size : 16 + (size >> 3);
  }
  return points * SAMPLE_STEP;
}

/** The mode for a page: plain if much of it repeats, else the stride with the smallest differences if they are small. */
function chooseMode(): i32 {
  let best: i32 = PLAIN_POINTS * (pageEnd - pageStart);
  for (let at: i32 = pageStart + 1; at <= pageEnd - 4; at++) {
    const slot: i32 = table + (hashOf(at, 23) << 1);
    if (((read32u(at) ^ read32u(pageStart + read16(slot))) & 0xffffff) == 0) best -= REPEAT_POINTS;
    write16(slot, at - pageStart);
    if (best <= 0) return 0;
  }
  let mode: i32 = 0;
  for (let candidate: i32 = 1; candidate < 1 << MODE_BITS; candidate++) {
    const points: i32 = differencePoints(strideOf(candidate));
    if (points < best) { best = points; mode = candidate; }
  }
  return mode;
}

// --- the compressor ---

/** Should the match at `at` give way to a literal, because one that starts a byte or two later saves more? */
function isBetterLater(at: i32): boolean {
  const gain: i32 = foundGain;
  if (foundLength >= LAZY_BELOW || at + 2 >= pageEnd) return false;
  find(at + 1);
  if (foundGain > gain + 1) return true;
  find(at + 2);
  return foundGain > gain + 3;
}

function encodeLiteral(work: i32, at: i32, stride: i32): void {
  const context: i32 = contextOf(at, pageStart, stride, last);
  const value: i32 = read8(at) - (stride == 0 ? 0 : predicted(at, pageStart, stride)) & 255;
  encodeNibble(work + Model.High + context * NIBBLE_BYTES, value >> 4);
  encodeNibble(work + Model.Low + (lowSetOf(context, stride) + (value >> 4)) * NIBBLE_BYTES, value & 15);
}

function encodeMatch(work: i32, after: i32, length: i32, distance: i32): void {
  if (distance == last) {
    encodeBit(work + Model.IsRepeat + after, 1);
    encodeBit(work + Model.IsSecond, 0);
    encodeLength(work, Model.RepeatLength, length - REPEAT_MIN);
    return;
  }
  if (distance == second) {
    encodeBit(work + Model.IsRepeat + after, 1);
    encodeBit(work + Model.IsSecond, 1);
    encodeLength(work, Model.RepeatLength, length - REPEAT_MIN);
  } else {
    encodeBit(work + Model.IsRepeat + after, 0);
    encodeLength(work, Model.FreshLength, length - FRESH_MIN);
    encodeDistance(work, distance, length - FRESH_MIN);
  }
  second = last;
  last = distance;
}

/**
 * Compresses `length` bytes (0..4096) at `src` into at most `capacity` bytes at `dst`. `work`: ZbaleWork.Compress bytes,
 * 4-aligned, nothing of them is kept. Returns the compressed length, 1 or more; or TooBig as soon as the output passes
 * the capacity, also for a page that would fit but for its last two bytes, and for one of more than 4096 bytes.
 */
export function zbaleCompress(src: i32, length: i32, dst: i32, capacity: i32, work: i32): i32 {
  if (length > PAGE_MAX) return Err.TooBig;
  pageStart = src;
  pageEnd = src + length;
  table = work + Model.End;
  fillBytes(table, 0, TABLE_BYTES);
  const mode: i32 = chooseMode();
  const stride: i32 = strideOf(mode);
  fillBytes(table, 0, TABLE_BYTES);
  resetModels(work);
  nextInsert = src;
  last = 1;
  second = 2;
  range = RANGE_START;
  code = 0;
  cursor = dst;
  cursorEnd = dst + capacity;
  encodePlain(MODE_BITS, mode);
  let after: i32 = 0;
  let at: i32 = src;
  while (at < pageEnd) {
    if (cursor > cursorEnd) return Err.TooBig;
    find(at);
    const matched: i32 = foundLength;
    const distance: i32 = foundDistance;
    if (matched == 0 || isBetterLater(at)) {
      encodeBit(work + Model.IsMatch + after, 0);
      encodeLiteral(work, at, stride);
      at++;
      after = 0;
    } else {
      encodeBit(work + Model.IsMatch + after, 1);
      encodeMatch(work, after, matched, distance);
      at += matched;
      after = 4;
    }
  }
  const end: i32 = closeEncoder(dst);
  return end > cursorEnd ? Err.TooBig : end - dst;
}
