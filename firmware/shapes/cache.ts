/**
 * A cache: keys and values that can be made again, in ephemeral pages of cleancache's. What was put may be gone at the next
 * moment; what is got is what was put last, or nothing.
 *
 * A cache is one object of the pool that all caches share. A key's hash names one of 16 pages of records, the newest
 * first; the oldest fall off its end. A value that does not fit half a page has pages of its own, up to 15 at indexes the hash
 * names; so there is one such value for each page of records.
 *
 *     index 0 .. 15                    records: h = hash & 15
 *     index 16 (h + 1) + 0 .. 14       the pages of the long value whose record is in page h
 *
 * Record pages are changed in the zpage buffer and put anew from the stage: a put costs a page unpacked and a page packed,
 * a get a page unpacked. A page of its own for each value would be simpler, and zbud would keep two of them in a frame.
 *
 * H1  A get gives the bytes of the last put under its key, all of them, or NotFound.
 * H2  A page of records holds at most one record of a long value, and the pages named by it hold that value or nothing: the record goes
 *     before they change and comes when they are complete.
 * H3  A page of records that is damaged is gone: each is checked when it is fetched, so no length in it leads out of it.
 */
import { copyBytes, fillBytes, read16, read8, write16, write8 } from "../core/memory";
import { Err } from "../core/errors";
import { Knob, knob } from "../core/config";
import { answer, mayCall } from "../core/gate";
import { pageBytes, zpageBufferAt } from "../core/layout";
import { cleancacheGet, cleancacheInvalidatePage, cleancachePut, frontswapInvalidateArea } from "../core/store/frontswap";
import { PoolKind, openPool } from "../core/store/tmem";
import { crc32 } from "../core/swap/crc32";
import { CACHES_MAX, KEY_BYTES_MAX, STAGE_AT, ShapeErr, cachePool, setCacheCursor, setCursor, shapeStage } from "./stage";

/** A page of records: where they end, then records; a long value's is its length in two half words. */
const DATA: i32 = 2;
const enum Rec { KeyBytes = 0, Kind = 1, ValueBytes = 2, Key = 4 }
const LONG: i32 = 128;
const SLOTS: i32 = 16;
const PAGES_MAX: i32 = 15;
/** Added to a pool's kind: a get leaves the page (tmem.ts). */
const SHARED: i32 = 4;

function even(length: i32): i32 { return length + 1 & -2; }
function recordBytes(at: i32): i32 { return Rec.Key + even(read8(at + Rec.KeyBytes)) + even(read16(at + Rec.ValueBytes)); }
function isCache(cache: i32): boolean { return cache >= 0 && cache < CACHES_MAX; }

/** May cache `cache` be asked for something now? Ok, NotOpen, Busy or Invalid, counted. */
function mayAsk(cache: i32): i32 {
  const code: i32 = mayCall();
  return code < 0 ? code : answer(isCache(cache) && cachePool() >= 0 ? Err.Ok : Err.Invalid);
}

/** The page of records for the key on the stage; or why the cache cannot be asked, Invalid for a key of no such length. */
function slotOf(cache: i32, keyBytes: i32): i32 {
  const code: i32 = mayAsk(cache);
  if (code < 0) return code;
  return keyBytes > 0 && keyBytes <= KEY_BYTES_MAX ? crc32(shapeStage(), keyBytes, 0) & SLOTS - 1 : answer(Err.Invalid);
}

/** The same for a put; Invalid for a value that is no `long` one, or not short. */
function slotFor(cache: i32, keyBytes: i32, valueBytes: i32, kind: i32, long: i32): i32 {
  const slot: i32 = slotOf(cache, keyBytes);
  return slot < 0 || cacheIsLong(keyBytes, valueBytes) == long && (kind & -LONG) == 0 ? slot : answer(Err.Invalid);
}

/** Opens cache `cache` (0..7), empty. Ok, Invalid, NoEntry (no pool is free), or Config: the link's region has no room for a page. */
export function cacheOpen(cache: i32): i32 {
  const code: i32 = mayCall();
  if (code < 0) return code;
  if (!isCache(cache)) return answer(Err.Invalid);
  if (knob(Knob.LinkBytes) < STAGE_AT + pageBytes || pageBytes > 1024) return Err.Config;
  const pool: i32 = cachePool() < 0 ? openPool(PoolKind.Ephemeral | SHARED) : cachePool();
  return pool < 0 ? pool : cacheClear(cache);
}

/** Forgets everything in a cache. Ok or Invalid. */
export function cacheClear(cache: i32): i32 {
  const code: i32 = mayAsk(cache);
  if (code < 0) return code;
  frontswapInvalidateArea(cachePool(), cache);
  return Err.Ok;
}

/** Is the zpage buffer a page of records, each of which ends within it? */
function isSound(): boolean {
  const end: i32 = read16(zpageBufferAt);
  let offset: i32 = DATA;
  while (offset + Rec.Key <= end && end <= pageBytes) offset += recordBytes(zpageBufferAt + offset);
  return offset == end;
}

/** Fetches a page of records into the zpage buffer; an empty one if it is gone, or if it is damaged. */
function fetch(cache: i32, slot: i32): void {
  if (cleancacheGet(cachePool(), cache, slot, zpageBufferAt) == Err.Ok && isSound()) return;
  fillBytes(zpageBufferAt, 0, pageBytes);
  write16(zpageBufferAt, DATA);
}

/** Puts the page of records in the zpage buffer. Ok, or why it was refused: then all of it is gone. */
function keep(cache: i32, slot: i32): i32 {
  copyBytes(shapeStage(), zpageBufferAt, pageBytes);
  return cleancachePut(cachePool(), cache, slot, shapeStage());
}

function isKey(rec: i32, keyBytes: i32): boolean {
  if (read8(rec) != keyBytes) return false;
  for (let i: i32 = 0; i < keyBytes; i++) if (read8(rec + Rec.Key + i) != read8(shapeStage() + i)) return false;
  return true;
}

/** The offset in the zpage buffer of the record with the key on the stage, 0 if none. */
function find(keyBytes: i32): i32 {
  const end: i32 = read16(zpageBufferAt);
  for (let offset: i32 = DATA; offset < end; offset += recordBytes(zpageBufferAt + offset)) {
    if (isKey(zpageBufferAt + offset, keyBytes)) return offset;
  }
  return 0;
}

/** Takes the record with the key on the stage out of the zpage buffer, and with `long` the one of a long value. Was there one? */
function drop(keyBytes: i32, long: boolean): boolean {
  const end: i32 = read16(zpageBufferAt);
  let kept: i32 = DATA;
  for (let offset: i32 = DATA, size: i32 = 0; offset < end; offset += size) {
    const rec: i32 = zpageBufferAt + offset;
    size = recordBytes(rec);
    if (isKey(rec, keyBytes) || long && read8(rec + Rec.Kind) >= LONG) continue;
    copyBytes(zpageBufferAt + kept, rec, size);
    kept += size;
  }
  fillBytes(zpageBufferAt + kept, 0, end - kept);
  write16(zpageBufferAt, kept);
  return kept < end;
}

/** Makes room for a record at the front of the zpage buffer; records that do not fit any more fall off. Its offset. */
function makeFirst(keyBytes: i32, kind: i32, valueBytes: i32): i32 {
  const size: i32 = Rec.Key + even(keyBytes) + even(valueBytes);
  const rec: i32 = zpageBufferAt + DATA;
  const end: i32 = read16(zpageBufferAt);
  let kept: i32 = DATA;
  while (kept < end && kept + recordBytes(zpageBufferAt + kept) + size <= pageBytes) kept += recordBytes(zpageBufferAt + kept);
  copyBytes(rec + size, rec, kept - DATA);
  write16(zpageBufferAt, kept + size);
  fillBytes(zpageBufferAt + kept + size, 0, pageBytes - kept - size);
  write8(rec, keyBytes);
  write8(rec + Rec.Kind, kind);
  write16(rec + Rec.ValueBytes, valueBytes);
  copyBytes(rec + Rec.Key, shapeStage(), keyBytes);
  return rec + Rec.Key + even(keyBytes);
}

/** 0: the value is short; 1: it takes pages of its own; TooLong. */
export function cacheIsLong(keyBytes: i32, valueBytes: i32): i32 {
  if (valueBytes < 0 || valueBytes > PAGES_MAX * pageBytes) return ShapeErr.TooLong;
  return Rec.Key + even(keyBytes) + even(valueBytes) > pageBytes >> 1 ? 1 : 0;
}

/** Puts a short value: the key on the stage, the value KEY_BYTES_MAX behind its start. Ok, or why it was refused: nothing is under the key. */
export function cachePutShort(cache: i32, keyBytes: i32, valueBytes: i32, kind: i32): i32 {
  const slot: i32 = slotFor(cache, keyBytes, valueBytes, kind, 0);
  if (slot < 0) return slot;
  fetch(cache, slot);
  drop(keyBytes, false);
  copyBytes(makeFirst(keyBytes, kind, valueBytes), shapeStage() + KEY_BYTES_MAX, valueBytes);
  return keep(cache, slot);
}

/**
 * Begins to put a long value under the key on the stage; what stood there is gone. The slot for cachePutPage(). The
 * binding then lays page after page on the stage, and at last the key again, for cachePutLong().
 */
export function cacheBegin(cache: i32, keyBytes: i32): i32 {
  const slot: i32 = slotOf(cache, keyBytes);
  if (slot < 0) return slot;
  fetch(cache, slot);
  if (drop(keyBytes, true)) keep(cache, slot);
  for (let i: i32 = 0; i < PAGES_MAX; i++) cleancacheInvalidatePage(cachePool(), cache, indexOf(slot, i));
  return slot;
}

function indexOf(slot: i32, page: i32): i32 { return (slot + 1) * SLOTS + page; }

/** Puts page `page` of a long value from the stage. Ok, or why it was refused. */
export function cachePutPage(cache: i32, slot: i32, page: i32): i32 {
  const code: i32 = mayAsk(cache);
  if (code < 0) return code;
  if (slot < 0 || slot >= SLOTS || page < 0 || page >= PAGES_MAX) return answer(Err.Invalid);
  return cleancachePut(cachePool(), cache, indexOf(slot, page), shapeStage());
}

/** Puts the record of a long value whose pages are put. Ok, or why it was refused. */
export function cachePutLong(cache: i32, keyBytes: i32, length: i32, kind: i32): i32 {
  const slot: i32 = slotFor(cache, keyBytes, length, kind, 1);
  if (slot < 0) return slot;
  fetch(cache, slot);
  drop(keyBytes, true);
  const value: i32 = makeFirst(keyBytes, kind | LONG, 4);
  write16(value, length);
  write16(value + 2, length >> 16);
  return keep(cache, slot);
}

/** Finds the key on the stage: Ok with the cursor on the value, or NotFound. A page of a long value may be gone still: shapePiece() says so. */
export function cacheGet(cache: i32, keyBytes: i32): i32 {
  const slot: i32 = slotOf(cache, keyBytes);
  if (slot < 0) return slot;
  fetch(cache, slot);
  const offset: i32 = find(keyBytes);
  if (offset == 0) return Err.NotFound;
  const rec: i32 = zpageBufferAt + offset;
  const value: i32 = rec + Rec.Key + even(keyBytes);
  const kind: i32 = read8(rec + Rec.Kind);
  if (kind < LONG) {
    setCursor(-1, value, read16(rec + Rec.ValueBytes), kind, 0);
    return Err.Ok;
  }
  const length: i32 = read16(value) | read16(value + 2) << 16;
  if (read16(rec + Rec.ValueBytes) != 4 || length <= 0 || length > PAGES_MAX * pageBytes) return Err.NotFound;
  setCacheCursor(cache, indexOf(slot, 0), length, kind - LONG);
  return Err.Ok;
}

/** Forgets the key on the stage. Ok, or NotFound. */
export function cacheDelete(cache: i32, keyBytes: i32): i32 {
  const slot: i32 = slotOf(cache, keyBytes);
  if (slot < 0) return slot;
  fetch(cache, slot);
  if (!drop(keyBytes, false)) return Err.NotFound;
  keep(cache, slot);
  return Err.Ok;
}
