/**
 * zbale: our dense codec, for pages that lie idle and for pages on their way to flash. A bale is what one presses
 * before putting it away.
 *
 * A page is packed as LZ77 over itself: literals, fresh matches, and matches at one of the two distances used last. What
 * makes it dense is the entropy stage (range-coder.ts), which on a page of 1 KiB matters more than the window. Nothing is
 * transmitted about statistics, and there is no header but three bits.
 *
 * A literal is two nibbles. Which model serves the high one is chosen by the byte at the last match's distance: in text,
 * tables and heaps what stood there is a good guess; which serves the low one, by the high one. Pages of binary samples
 * hardly repeat, but neighbours are close: for those the three bits name a stride, a literal is the difference to the byte
 * that many places before, with the borrow of a little-endian half word taken out, and the contexts are the phases.
 *
 * The price against lz4: about 20 times the instructions to compress, 25 to decompress, for six tenths of the size. The
 * table of what was measured is in DESIGN.md, every bit of the format in FORMAT.md.
 *
 * Z1  decompress(compress(page)) == page, for every page of 0..4096 bytes, whatever the work area held.
 * Z2  compress never writes past dst + capacity, decompress never past dst + length; neither reads outside its input.
 * Z3  Damaged input ends in Corrupt or in `length` wrong bytes, after at most `length` symbols: there is no checksum here.
 */
import { read16, read32u, read8, write16, write8 } from "../memory";
import { Err } from "../errors";
import {
  FRESH_MIN, REPEAT_MIN, find, foundDistance, foundGain, foundLength, hashOf, highestBit, openFinder,
} from "./match-finder";
import {
  NIBBLE_BYTES, closeEncoder, decodeBit, decodeNibble, decodePlain, decodeTree, encodeBit, encodeNibble, encodePlain, encodeTree,
  hasInputLeft, isFull, openDecoder, openEncoder, startBits, startCounts, startNibbles,
} from "./range-coder";

/** Offsets in the work area: bits, then nibbles (range-coder.ts). Pairs of bits are: after a literal, after a match. */
const enum Model {
  /** Match or literal. */
  IsMatch = 0,
  /** A repeated distance or a fresh one. */
  IsRepeat = 4,
  /** The distance before the last, or the last. */
  IsSecond = 8,
  /** A tree for the three bits below a distance's highest, for each number of bits. */
  DistanceTop = 12,
  /** From here on nibbles: length of a fresh and of a repeated match, the rest of long ones. */
  Nibbles = 204,
  FreshLength = 204,
  RepeatLength = 224,
  MoreLength = 244,
  /** Number of bits of a distance: of the shortest matches, of others. */
  DistanceBits = 264,
  /** High half of a literal, 16 contexts; low half, for each high half, 2 sets. */
  High = 304,
  Low = 624,
  End = 1264,
}
/** Offset of the second bit of a pair. */
const AFTER_MATCH: i32 = 2;

/** Bytes of work space: the decompressor needs the models, the compressor also the match finder's table. */
export const enum ZbaleWork { Decompress = 1264, Compress = 2288 }

/** Bits of a distance below its highest that have models. */
const DISTANCE_TOP_BITS: i32 = 3;
const MODE_BITS: i32 = 3;
/** Larger pages would need more bits of distance, and a slower learner. */
const PAGE_MAX: i32 = 4096;

/** All models as they are before a page: lengths and distances begin with what pages of any kind have in common. */
/* for speed */ function resetModels(work: i32): void {
  startBits(work, work + Model.Nibbles);
  startNibbles(work + Model.Nibbles, work + Model.End);
  startCounts(work + Model.FreshLength, 0x02020303, 0x01010101, 0x01010101, 0x02010101);
  startCounts(work + Model.RepeatLength, 0x02020303, 0x01010101, 0x01010101, 0x02010101);
  startCounts(work + Model.DistanceBits, 0x02010101, 0x03030302, 0x01010102, 0);
  startCounts(work + Model.DistanceBits + NIBBLE_BYTES, 0x02010101, 0x03030302, 0x01010102, 0);
}

/** The stride of the differences, by mode: 0 means plain bytes. */
/* for speed */ function strideOf(mode: i32): i32 { return mode < 5 ? mode : mode < 7 ? (mode << 1) - 4 : 12; }

/** The byte that a literal is the difference to, in a page that began at `start`. `stride` is not 0. */
/* for speed */ function predicted(at: i32, start: i32, stride: i32): i32 {
  const index: i32 = at - start;
  if (index < stride) return 0;
  const before: i32 = read8(at - stride);
  if ((stride & 1) != 0 || (index & 1) == 0) return before;
  // The high byte of a half word: the one that is nearest to the sample before, given the low byte.
  const lowBefore: i32 = read8(at - 1 - stride);
  return (before << 8 | lowBefore) + (read8(at - 1) - lowBefore << 24 >> 24) >> 8 & 255;
}

/** Which byte of a sample this is. */
/* for speed */ function phaseOf(index: i32, stride: i32): i32 { return stride == 3 ? index % 3 : stride == 1 ? 0 : index & 1; }

/** The context of a literal's high half: its phase, or in plain pages what stood at the last distance. */
/* for speed */ function contextOf(at: i32, start: i32, stride: i32, distance: i32): i32 {
  if (stride != 0) return phaseOf(at - start, stride);
  return distance <= at - start ? read8(at - distance) >> 4 : 0;
}

/** The first model for a low half: there is a second set of 16 for the second byte of a sample. */
/* for speed */ function lowSetOf(context: i32, stride: i32): i32 { return stride != 0 && context == 1 ? 16 : 0; }

// --- the decoder ---

/** The length of a match above the shortest of its kind; `tree` is the tree of that kind. */
/* for speed */ function decodeLength(work: i32, tree: i32): i32 {
  const length: i32 = decodeNibble(work + tree);
  if (length < 15) return length;
  const more: i32 = decodeNibble(work + Model.MoreLength);
  return 15 + (more << 4 | decodePlain(4));
}

/** A distance, 1..4095. */
/* for speed */ function decodeDistance(work: i32, length: i32): i32 {
  const bits: i32 = decodeNibble(work + Model.DistanceBits + (length == 0 ? 0 : NIBBLE_BYTES));
  const top: i32 = bits < DISTANCE_TOP_BITS ? bits : DISTANCE_TOP_BITS;
  const value: i32 = 1 << top | decodeTree(work + Model.DistanceTop + (bits << 4), 1 << top);
  return value << bits - top | decodePlain(bits - top);
}

/**
 * Decompresses the `srcLength` bytes at `src` into exactly `length` bytes (0..4096) at `dst`, which they must have been
 * packed from. `work`: ZbaleWork.Decompress bytes, 4-aligned, nothing of them is kept. Returns `length`, or Corrupt; what
 * is at `dst` then means nothing. Damage may also decode to wrong bytes (Z3). Cost: about 100 instructions a byte.
 */
/* for speed */ export function zbaleDecompress(src: i32, srcLength: i32, dst: i32, length: i32, work: i32): i32 {
  if (!openDecoder(src, srcLength)) return Err.Corrupt;
  resetModels(work);
  const end: i32 = dst + length;
  const stride: i32 = strideOf(decodePlain(MODE_BITS));
  let last: i32 = 1;
  let second: i32 = 2;
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
    after = AFTER_MATCH;
  }
  return hasInputLeft() ? Err.Corrupt : length;
}

// --- the encoder ---

/* for speed */ function encodeLength(work: i32, tree: i32, length: i32): void {
  if (length < 15) {
    encodeNibble(work + tree, length);
    return;
  }
  encodeNibble(work + tree, 15);
  encodeNibble(work + Model.MoreLength, length - 15 >> 4);
  encodePlain(4, length - 15);
}

/* for speed */ function encodeDistance(work: i32, distance: i32, length: i32): void {
  const bits: i32 = highestBit(distance);
  const top: i32 = bits < DISTANCE_TOP_BITS ? bits : DISTANCE_TOP_BITS;
  encodeNibble(work + Model.DistanceBits + (length == 0 ? 0 : NIBBLE_BYTES), bits);
  encodeTree(work + Model.DistanceTop + (bits << 4), 1 << top, (distance >> bits - top) - (1 << top));
  encodePlain(bits - top, distance);
}

// --- choosing the mode ---

/** Points per byte above which a page is plain, and what a position counts that repeats three earlier bytes. Measured. */
const PLAIN_POINTS: i32 = 19;
const REPEAT_POINTS: i32 = 30;

/** Every fifth difference is looked at: 5 has no factor in common with any stride, so all phases count alike. */
const SAMPLE_STEP: i32 = 5;

/** A rough cost of all differences at a stride: the difference itself if small, growing more slowly above. */
/* for speed */ function differencePoints(start: i32, end: i32, stride: i32): i32 {
  let points: i32 = 0;
  for (let at: i32 = start + stride; at < end; at += SAMPLE_STEP) {
    let size: i32 = read8(at) - read8(at - stride) << 24 >> 24;
    if (size < 0) size = -1 - size;
    points += size < 16 ? size : 16 + (size >> 3);
  }
  return points * SAMPLE_STEP;
}

/**
 * The mode for a page: plain if much of it repeats, else the stride with the smallest differences if they are small.
 * `table`: 1 KiB of zeros, which hold the latest position by hash then.
 */
/* for speed */ function chooseMode(start: i32, end: i32, table: i32): i32 {
  let best: i32 = PLAIN_POINTS * (end - start);
  for (let at: i32 = start + 1; at <= end - 4; at++) {
    const slot: i32 = table + (hashOf(at, 23) << 1);
    if (((read32u(at) ^ read32u(start + read16(slot))) & 0xffffff) == 0) best -= REPEAT_POINTS;
    write16(slot, at - start);
    if (best <= 0) return 0;
  }
  let mode: i32 = 0;
  for (let candidate: i32 = 1; candidate < 1 << MODE_BITS; candidate++) {
    const points: i32 = differencePoints(start, end, strideOf(candidate));
    if (points < best) { best = points; mode = candidate; }
  }
  return mode;
}

// --- the compressor ---

/** A match this long is taken at once, without a look at the next positions. */
const LAZY_BELOW: i32 = 32;

/** The page being compressed, and the two distances used last. They mean nothing between two calls. */
let pageStart: i32 = 0;
let pageEnd: i32 = 0;
let last: i32 = 0;
let second: i32 = 0;

/** Should the match at `at` give way to a literal, because one that starts a byte or two later saves more? */
/* for speed */ function isBetterLater(at: i32): boolean {
  const gain: i32 = foundGain;
  if (foundLength >= LAZY_BELOW || at + 2 >= pageEnd) return false;
  find(at + 1, last, second);
  if (foundGain > gain + 1) return true;
  find(at + 2, last, second);
  return foundGain > gain + 3;
}

/* for speed */ function encodeLiteral(work: i32, at: i32, stride: i32): void {
  const context: i32 = contextOf(at, pageStart, stride, last);
  const value: i32 = read8(at) - (stride == 0 ? 0 : predicted(at, pageStart, stride)) & 255;
  encodeNibble(work + Model.High + context * NIBBLE_BYTES, value >> 4);
  encodeNibble(work + Model.Low + (lowSetOf(context, stride) + (value >> 4)) * NIBBLE_BYTES, value & 15);
}

/* for speed */ function encodeMatch(work: i32, after: i32, length: i32, distance: i32): void {
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
/* for speed */ export function zbaleCompress(src: i32, length: i32, dst: i32, capacity: i32, work: i32): i32 {
  if (length > PAGE_MAX) return Err.TooBig;
  pageStart = src;
  pageEnd = src + length;
  last = 1;
  second = 2;
  resetModels(work);
  openEncoder(dst, capacity);
  openFinder(src, pageEnd, work + Model.End);
  const mode: i32 = chooseMode(src, pageEnd, work + Model.End);
  openFinder(src, pageEnd, work + Model.End);
  const stride: i32 = strideOf(mode);
  encodePlain(MODE_BITS, mode);
  let after: i32 = 0;
  let at: i32 = src;
  while (at < pageEnd) {
    if (isFull()) return Err.TooBig;
    find(at, last, second);
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
      after = AFTER_MATCH;
    }
  }
  const end: i32 = closeEncoder(dst);
  return isFull() ? Err.TooBig : end - dst;
}
