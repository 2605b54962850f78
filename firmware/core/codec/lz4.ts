/**
 * LZ4, the block format: a sequence is a token (literal count, match length - 4), literals, a 16-bit distance. The
 * format is the published one (lz4_Block_format.md), so any LZ4 reads what we write and we read what any LZ4 writes.
 *
 * Fast rather than dense: one probe a position in a table of 512 half words, indexed by a hash of four bytes. When
 * nothing matches, the step grows by one every 64 misses, so incompressible data is left quickly. The compressor stops
 * as soon as its output would pass the capacity it was given: that is the early give-up the bouncer relies on. It sees
 * neither a byte before the page nor one behind it, and the decompressor checks every length and distance against both
 * ends, so damaged input gives Corrupt and never a wild write.
 *
 * The price against entropy coding: a typical 1 KiB page of text or heap comes out just over half its size.
 *
 * C1  decompress(compress(page)) == page, for every page of 0..65535 bytes.
 * C2  compress never writes past dst + capacity, decompress never past dst + capacity.
 */
import { copy4, equalBytes, fillBytes, read16, read16u, read32u, read8, same4, write16, write8 } from "../memory";
import { Err } from "../errors";

/** Matches are at least this long. */
const MIN_MATCH: i32 = 4;
/** The format's end rules: the last 5 bytes are literals, and no match starts in the last 12. */
const LAST_LITERALS: i32 = 5;
const MATCH_MARGIN: i32 = 12;
/** Bytes of the table: 512 positions of two bytes. */
const TABLE_BYTES: i32 = 1024;
/** Misses before the step grows: 2^6. */
const SKIP_SHIFT: i32 = 6;

/** Offset in the table for four bytes. The factor keeps the product below 2^47: exact, and an integer to every engine. */
/* inlined */ function slotOf(word: i32): i32 { return (word ^ word >>> 15) * 61069 >>> 13 & 1022; }

/** Copies `length` bytes forward and not one more; the ranges may overlap if they are 4 or more bytes apart. */
/* for speed */ function copyExactly(to: i32, from: i32, length: i32): void {
  let left: i32 = length;
  while (left >= 4) { copy4(to, from); to += 4; from += 4; left -= 4; }
  while (left > 0) { write8(to, read8(from)); to++; from++; left--; }
}

/** Bytes that copyLoosely() may read and write behind the end of its ranges. */
const SLACK: i32 = 7;

/** Copies `length` bytes forward, eight at a time, and up to SLACK more: where what lies behind is yet to be written. */
/* inlined */ function copyLoosely(to: i32, from: i32, length: i32): void {
  const stop: i32 = to + length;
  while (to < stop) {
    copy4(to, from);
    copy4(to + 4, from + 4);
    to += 8;
    from += 8;
  }
}

/** Copies literals: `room` is where the output must end, `end` where the input does. */
/* inlined */ function copyLiterals(to: i32, from: i32, length: i32, room: i32, end: i32): void {
  if (room - to >= length + SLACK && end - from >= length + SLACK) copyLoosely(to, from, length);
  else copyExactly(to, from, length);
}

/** Copies a match: `length` bytes from `distance` before `to`, which may be within the match itself. */
/* for speed */ function copyMatch(to: i32, distance: i32, length: i32, room: i32): void {
  let from: i32 = to - distance;
  let left: i32 = length;
  if (distance < 4) {
    // Four bytes one by one make the pattern long enough to be read from 4 or 6 bytes back.
    for (let i: i32 = 0; i < 4 && left > 0; i++) { write8(to, read8(from)); to++; from++; left--; }
    from = to - (distance == 3 ? 6 : 4);
    if (left <= 0) return;
  }
  if (room - to >= left + SLACK) copyLoosely(to, from, left);
  else copyExactly(to, from, left);
}

/** How many bytes at `a` equal those at `b`, up to the end `limit` of `a`. */
/* for speed */ function matchLength(a: i32, b: i32, limit: i32): i32 {
  const start: i32 = a;
  while (a <= limit - 4) {
    const difference: i32 = read32u(a) ^ read32u(b);
    if (difference != 0) return a - start + equalBytes(difference);
    a += 4;
    b += 4;
  }
  while (a < limit && read8(a) == read8(b)) { a++; b++; }
  return a - start;
}

/** Writes the rest of a length that did not fit its nibble and returns where it ends. */
/* for speed */ function writeRest(out: i32, rest: i32): i32 {
  while (rest >= 255) { write8(out, 255); out++; rest -= 255; }
  write8(out, rest);
  return out + 1;
}

/** Bytes that writeRest() takes for `rest`: rest / 255 + 1, the division done by a factor that is exact below 65535. */
/* for speed */ function restCost(rest: i32): i32 { return rest < 0 ? 0 : 1 + ((rest + 1) * 257 >> 16); }

/** Writes a token's literal part and the literals; the token's match nibble is `matchNibble`. Returns the new end. */
/* for speed */ function writeLiterals(out: i32, from: i32, literals: i32, matchNibble: i32, room: i32, end: i32): i32 {
  if (literals < 15) {
    write8(out, literals << 4 | matchNibble);
    out++;
  } else {
    write8(out, 240 | matchNibble);
    out = writeRest(out + 1, literals - 15);
  }
  copyLiterals(out, from, literals, room, end);
  return out + literals;
}

/**
 * Compresses `length` bytes (0..65535) at `src` into at most `capacity` bytes at `dst`, with `table` as 1 KiB of work
 * space (2-aligned). Returns the compressed length, or TooBig as soon as it is known not to fit. Cost: see BENCHMARKS.
 */
/* for speed */ export function lz4Compress(src: i32, length: i32, dst: i32, capacity: i32, table: i32): i32 {
  const end: i32 = src + length;
  const room: i32 = dst + capacity;
  const matchEnd: i32 = end - LAST_LITERALS;
  const lastStart: i32 = end - MATCH_MARGIN;
  let anchor: i32 = src;
  let out: i32 = dst;
  let at: i32 = src + 1;
  if (at <= lastStart) {
    fillBytes(table, 0, TABLE_BYTES);
    let misses: i32 = 1 << SKIP_SHIFT;
    while (at <= lastStart) {
      const word: i32 = read32u(at);
      const slot: i32 = table + slotOf(word);
      let match: i32 = src + read16(slot);
      write16(slot, at - src);
      if (!same4(match, at)) {
        at += misses >> SKIP_SHIFT;
        misses++;
        continue;
      }
      while (at > anchor && match > src && read8(at - 1) == read8(match - 1)) { at--; match--; }
      const literals: i32 = at - anchor;
      const extra: i32 = matchLength(at + MIN_MATCH, match + MIN_MATCH, matchEnd);
      // What is still to come needs at least 6 bytes: a token and the last literals.
      let most: i32 = room - 9;
      let matchNibble: i32 = extra;
      if (literals >= 15) most -= restCost(literals - 15);
      if (extra >= 15) {
        most -= restCost(extra - 15);
        matchNibble = 15;
      }
      if (out + literals > most) return Err.TooBig;
      out = writeLiterals(out, anchor, literals, matchNibble, room, end);
      write8(out, at - match);
      write8(out + 1, at - match >> 8);
      out += 2;
      if (extra >= 15) out = writeRest(out, extra - 15);
      at += MIN_MATCH + extra;
      anchor = at;
      misses = 1 << SKIP_SHIFT;
      if (at <= lastStart) {
        const before: i32 = read32u(at - 2);
        write16(table + slotOf(before), at - 2 - src);
      }
    }
  }
  const literals: i32 = end - anchor;
  if (out + 1 + restCost(literals - 15) + literals > room) return Err.TooBig;
  return writeLiterals(out, anchor, literals, 0, room, end) - dst;
}

/** Literals and matches below these counts are copied without a loop, if this much room is left at both ends. */
const SHORT_LITERALS: i32 = 15;
const SHORT_LITERALS_SPAN: i32 = 16;
const SHORT_MATCH: i32 = 15 + MIN_MATCH;
const SHORT_MATCH_SPAN: i32 = 20;
/** A match from nearer than this overlaps the words it is copied by. */
const WORD_BYTES: i32 = 4;

/**
 * Decompresses `length` bytes of one block at `src` into at most `capacity` bytes at `dst`. Returns the number of
 * bytes written, or Corrupt if the input is not a whole, well-formed block that fits.
 *
 * Most literals and matches are short and far from both ends: one comparison for each end proves it, and they are copied
 * by words without counting, a few bytes too many, which what comes next overwrites. All others take the careful way.
 */
/* for speed */ export function lz4Decompress(src: i32, length: i32, dst: i32, capacity: i32): i32 {
  const end: i32 = src + length;
  const room: i32 = dst + capacity;
  const lastEasyInput: i32 = end - SHORT_LITERALS_SPAN;
  const lastEasyLiterals: i32 = room - SHORT_LITERALS_SPAN;
  const lastEasyMatch: i32 = room - SHORT_MATCH_SPAN;
  let at: i32 = src;
  let out: i32 = dst;
  while (at < end) {
    const token: i32 = read8(at);
    at++;
    let literals: i32 = token >> 4;
    if (literals < SHORT_LITERALS && at <= lastEasyInput && out <= lastEasyLiterals) {
      // The distance behind them lies in the input too: 14 literals and 2 bytes are SHORT_LITERALS_SPAN.
      copy4(out, at);
      copy4(out + 4, at + 4);
      if (literals > 8) {
        copy4(out + 8, at + 8);
        copy4(out + 12, at + 12);
      }
      out += literals;
      at += literals;
    } else {
      if (literals == 15) {
        let more: i32 = 255;
        while (more == 255) {
          if (at >= end) return Err.Corrupt;
          more = read8(at);
          at++;
          literals += more;
        }
      }
      const spare: i32 = (end - at < room - out ? end - at : room - out) - literals;
      if (spare < 0) return Err.Corrupt;
      if (spare >= SLACK) copyLoosely(out, at, literals);
      else copyExactly(out, at, literals);
      out += literals;
      at += literals;
      if (at == end) return out - dst;
      if (end - at < 2) return Err.Corrupt;
    }
    const distance: i32 = read16u(at);
    const from: i32 = out - distance;
    if (from < dst) return Err.Corrupt;
    at += 2;
    let matched: i32 = (token & 15) + MIN_MATCH;
    if (matched < SHORT_MATCH && distance >= WORD_BYTES && out <= lastEasyMatch) {
      copy4(out, from);
      copy4(out + 4, from + 4);
      if (matched > 8) {
        copy4(out + 8, from + 8);
        copy4(out + 12, from + 12);
        if (matched > 16) copy4(out + 16, from + 16);
      }
    } else {
      if (matched == SHORT_MATCH) {
        let more: i32 = 255;
        while (more == 255) {
          if (at >= end) return Err.Corrupt;
          more = read8(at);
          at++;
          matched += more;
        }
      }
      if (distance == 0 || matched > room - out) return Err.Corrupt;
      copyMatch(out, distance, matched, room);
    }
    out += matched;
  }
  return Err.Corrupt;
}
