/**
 * The match finder of zbale: where in the page did these bytes stand before? A table has 128 buckets, chosen by a hash of
 * three bytes, of the four latest positions each. That is half the memory of chains,
 * and a bounded cost: at most four candidates and the two distances used last. Of all it takes the match that
 * saves most bits by a rough price list, so a far match has to be longer than a near one.
 */
import { fillBytes, read16, read32, read32u, read8, trailingZeros, write32 } from "../memory";

/** Bytes of the table. */
export const FINDER_BYTES: i32 = 1024;

/** Shortest match at a fresh and at a repeated distance, and the longest. */
export const FRESH_MIN: i32 = 3;
export const REPEAT_MIN: i32 = 2;
const MATCH_MAX: i32 = 272;

/** The page being compressed, and the table. */
let pageStart: i32 = 0;
let pageEnd: i32 = 0;
let table: i32 = 0;
/** The first position that is not in the table yet. */
let nextInsert: i32 = 0;
/** What find() found at a position: the best match, a length of 0 for none, and about how many bits it saves. */
export let foundLength: i32 = 0;
export let foundDistance: i32 = 0;
export let foundGain: i32 = 0;

/** Bits a literal costs, about. Measured: 4 gives the smallest pages. */
const LITERAL_COST: i32 = 4;
/** Bits a match costs, about: at a repeated distance, at a fresh one besides its bits, more if it is long. */
const REPEAT_COST: i32 = 5;
const FRESH_COST: i32 = 8;
const LONG_MATCH: i32 = 8;
const LONG_COST: i32 = 2;

/** Begins a page, with an empty table of FINDER_BYTES at `tableAt`. */
/* for speed */ export function openFinder(start: i32, end: i32, tableAt: i32): void {
  pageStart = start;
  pageEnd = end;
  table = tableAt;
  nextInsert = start;
  fillBytes(table, 0, FINDER_BYTES);
}

/** How many bytes at `a` equal those at `b`, up to `limit`. */
/* for speed */ function sameLength(a: i32, b: i32, limit: i32): i32 {
  let length: i32 = 0;
  while (length <= limit - 4) {
    const difference: i32 = read32u(a + length) ^ read32u(b + length);
    if (difference != 0) return length + (trailingZeros(difference) >> 3);
    length += 4;
  }
  while (length < limit && read8(a + length) == read8(b + length)) length++;
  return length;
}

/** Index of the highest set bit of `value`, 1..4095. */
/* for speed */ export function highestBit(value: i32): i32 {
  let bit: i32 = 0;
  if (value >= 256) { value >>= 8; bit = 8; }
  if (value >= 16) { value >>= 4; bit += 4; }
  if (value >= 4) { value >>= 2; bit += 2; }
  return bit + (value >> 1);
}

/** Keeps a match if it saves more than the best so far. */
/* for speed */ function consider(length: i32, distance: i32, cost: i32): void {
  const gain: i32 = length * LITERAL_COST - cost - (length > LONG_MATCH ? LONG_COST : 0);
  if (gain <= foundGain) return;
  foundGain = gain;
  foundLength = length;
  foundDistance = distance;
}

/** A hash of the three bytes at `at`, of as many bits as `shift` leaves; a fourth is read. The product is below 2^53. */
/* for speed */ export function hashOf(at: i32, shift: i32): i32 { return (read32u(at) & 0xffffff) * 506832829 >>> shift; }

/** Puts a position into its bucket, where the oldest of four falls out. */
/* for speed */ function insert(bucket: i32, at: i32): void {
  const latest: i32 = read32(bucket);
  write32(bucket + 4, read32(bucket + 4) << 16 | latest >>> 16);
  write32(bucket, latest << 16 | at - pageStart);
}

/** Puts all positions before `stop` into the table. */
/* for speed */ function insertUpTo(stop: i32): void {
  if (stop > pageEnd - 3) stop = pageEnd - 3;
  for (; nextInsert < stop; nextInsert++) insert(table + (hashOf(nextInsert, 25) << 3), nextInsert);
}

/**
 * Looks for the match at `at` that saves most, with `last` and `second` as the distances that are cheap. None is looked
 * for in the last three bytes. The answer is in foundLength, foundDistance and foundGain.
 */
/* for speed */ export function find(at: i32, last: i32, second: i32): void {
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
