/**
 * The bouncer: whether a page may come in. Gates stand in order of cost, each refusal has its reason and its counter,
 * and a refusal is final for this store: the page goes elsewhere, the old copy is gone already.
 *
 *   1 the store is switched off                                   RejectDisabled
 *   2 the pool limit was hit and is not yet left (hysteresis)     RejectPoolLimit
 *   3 the pages before were poor, the codec rests for a while     RejectPoorRun
 *   4 the codec gave up: larger than the largest zpage allowed    RejectCompressPoor
 *   5 the pool's mean is poor and this page is poorer             RejectMeanPoor
 *   6 no frame, and none could be reclaimed                       RejectReclaimFail, RejectAllocFail (frontswap.ts)
 *
 * A frozen pool refuses before all of them (RejectFrozen). Same-filled pages pass between 2 and 3: they cost nothing to
 * keep. Gate 3 spares the instructions of hopeless attempts at the door; a page that then goes to flash is tried all the
 * same, because a byte on flash costs more than any attempt.
 */
import { read16, read32, write16, write32 } from "../memory";
import { Counter, count, counterValue } from "../counters";
import { Knob, knob } from "../config";
import { Err } from "../errors";
import { Header, codecTableAt, pageBytes, pageShift, zpageBufferAt } from "../layout";
import { framesInUse } from "../frames";
import { lz4Compress } from "../codec/lz4";
import { zbaleCompress } from "../codec/zbale";
import { zpoolMaxBytes } from "../zpool/zpool";
import { zpageFrames } from "./places";

/** Frames that zpages may take: the pool limit. */
/* for speed */ export function poolLimitFrames(): i32 { return (framesInUse() * knob(Knob.PoolLimitPercent) / 100) | 0; }

/** Gates 1 and 2, before anything is spent on the page. Ok, RejectDisabled or RejectPoolLimit. */
/* for speed */ export function bouncerOpen(): i32 {
  if (knob(Knob.StoreEnabled) == 0) {
    count(Counter.StoreDisabled);
    return Err.RejectDisabled;
  }
  if (read32(Header.LimitReached) == 0) return Err.Ok;
  if (zpageFrames() * 100 >= poolLimitFrames() * knob(Knob.AcceptPercent)) {
    count(Counter.PoolLimitHit);
    return Err.RejectPoolLimit;
  }
  write32(Header.LimitReached, 0);
  return Err.Ok;
}

/** Remembers that the limit was hit: stores are refused until enough of the pool is free again. */
/* for speed */ export function bouncerLimitHit(): i32 {
  write32(Header.LimitReached, 1);
  count(Counter.PoolLimitHit);
  return Err.RejectPoolLimit;
}

/**
 * Compresses the page at `from` into the zpage buffer. Its length, or TooBig when no zpage can be that long; the header
 * remembers which until the next page is judged.
 */
/* for speed */ export function compressPage(from: i32): i32 {
  const lengthBytes: i32 = lz4Compress(from, pageBytes, zpageBufferAt, zpoolMaxBytes(), codecTableAt);
  write32(Header.JudgedLength, lengthBytes);
  return lengthBytes;
}

/**
 * Compresses the page at `from` densely into the zpage buffer, for a board that has the work space. Its length, below
 * `capacity`; or TooBig when it would not be shorter, or there is no dense codec. Cost: 15 to 20 times compressPage().
 */
/* for speed */ export function compressDensely(from: i32, capacity: i32): i32 {
  if (knob(Knob.Dense) == 0) return Err.TooBig;
  return zbaleCompress(from, pageBytes, zpageBufferAt, capacity - 1, codecTableAt);
}

/** The same for a page that has no room as LZ4 packs it, as long as pages may be packed for it (askFor). Its length or TooBig. */
/* for speed */ export function compressForRoom(from: i32): i32 {
  const left: i32 = read32(Header.PackLeft);
  if (left == 0) return Err.TooBig;
  write32(Header.PackLeft, left - 1);
  write32(Header.JudgedLength, 0);
  return compressDensely(from, zpoolMaxBytes() + 1);
}

/** The same for a page on its way to flash. After one that did not shrink, PoorSkip pages are not tried. */
/* for speed */ export function compressForFlash(from: i32): i32 {
  const rest: i32 = read32(Header.DenseRest);
  if (rest > 0) {
    write32(Header.DenseRest, rest - 1);
    return Err.TooBig;
  }
  const lengthBytes: i32 = compressDensely(from, pageBytes);
  if (lengthBytes < 0) write32(Header.DenseRest, knob(Knob.PoorSkip));
  return lengthBytes;
}

/** Is a zpage of this length above the mean gate while the pool's mean is? */
/* for speed */ function isMeanPoor(lengthBytes: i32): boolean {
  const gate: i32 = pageBytes * knob(Knob.MeanGateEighths) >> 3;
  // Raw zpages are no result of compression; they are persistent, all of them.
  const raw: i32 = counterValue(Counter.StoredIncompressiblePages);
  const zpages: i32 = counterValue(Counter.PersZpages) - raw;
  return gate > 0 && lengthBytes > gate && zpages > 0 && counterValue(Counter.PersZbytes) - (raw << pageShift) > gate * zpages;
}

/** Gate 3: does the codec rest? Counts the rest down; when it is over one page is tried, and one poor page rests it anew. */
/* for speed */ export function bouncerRests(): i32 {
  if (read16(Header.PoorRunAt + 2) == 0) return Err.Ok;
  write16(Header.PoorRunAt + 2, read16(Header.PoorRunAt + 2) - 1);
  count(Counter.PoorRunSkipped);
  return Err.RejectPoorRun;
}

/** Remembers whether a page was poor: a run of PoorRun poor pages lets the codec rest for PoorSkip pages. */
/* for speed */ function noteRun(isPoor: boolean): void {
  const longest: i32 = knob(Knob.PoorRun);
  if (!isPoor) {
    write32(Header.PoorRunAt, 0);
    return;
  }
  const run: i32 = read16(Header.PoorRunAt) + 1;
  write16(Header.PoorRunAt, run < longest ? run : longest);
  if (longest > 0 && run >= longest) write16(Header.PoorRunAt + 2, knob(Knob.PoorSkip));
}

/** Gates 4 and 5, for the result of compressPage(). Ok, RejectCompressPoor or RejectMeanPoor. */
/* for speed */ export function bouncerAdmit(lengthBytes: i32): i32 {
  const limit: i32 = knob(Knob.PageLimitBytes);
  noteRun(lengthBytes < 0);
  if (lengthBytes < 0 || limit > 0 && lengthBytes > limit) {
    count(Counter.RejectCompressPoor);
    count(Counter.CompressPoor);
    return Err.RejectCompressPoor;
  }
  if (isMeanPoor(lengthBytes)) {
    count(Counter.MeanCompressPoor);
    return Err.RejectMeanPoor;
  }
  return Err.Ok;
}

/** Bytes of frames that the pool limit allows. */
/* for speed */ export function poolLimitBytes(): i32 { return poolLimitFrames() << pageShift; }
