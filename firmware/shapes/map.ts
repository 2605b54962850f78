/**
 * A map: keys of 1 to 100 bytes, values of 0 bytes to what its pages hold, in the pages of one area. Linear hashing: the
 * map has as many buckets as its contents need, and grows by one at a time, so no call ever reorganises the whole.
 *
 *     page 0           bucket 0, with the map's own figures at its start
 *     page 1 .. n-1    buckets 1 .. n-1; when they are three quarters full, one is split and page n is taken
 *     ..., last page   taken from the end downwards: overflow pages of buckets, and values longer than half a page
 *
 * A page of records: its head, then records without gaps in the order they came; removing one closes the gap. So a bucket
 * is one page, nearly always, and get touches that page alone; set touches page 0 too, and sometimes splits a bucket.
 *
 * Nothing is half done: pages that change together are all resident before the first of them changes (hold()). A split
 * fills the new bucket, then counts it, then empties the old one; where it is cut off, what remains in the old bucket
 * belongs to none (M3) and is never found.
 *
 * The alternative, an index of hashes and a row of records, touches two pages a call and has to be cleaned.
 *
 * M1  A record stands in the bucket its hash names: hash & (2h - 1) if that is below n, else & (h - 1); h, the largest
 *     power of two in n.
 * M2  A key has at most one record that M1 agrees with.
 * M3  Records M1 does not agree with are not found, not visited and not counted.
 *
 * Byte by byte: FORMAT.md. Costs: get one touch and some 20 instructions a record passed; set about three times that; a
 * split moves the records of one bucket.
 */
import { copyBytes, fillBytes, read16, read32, read8, write16, write32, write8 } from "../core/memory";
import { Err } from "../core/errors";
import { pageBytes } from "../core/layout";
import { areaDiscard } from "../core/store/paging";
import { crc32 } from "../core/swap/crc32";
import { answer } from "../core/gate";
import { KEY_BYTES_MAX, LINKED_DATA, ShapeErr, figuresOf, hold, mayBe, setCursor, setPieceBytes, shapeStage, shapeTouch } from "./stage";

const MAGIC: i32 = 0x50414d5a;

/** A page's head. */
const enum Page { Next = 0, End = 2, Records = 4, Bucket = 6, Data = 8 }
/** The map's figures, in page 0. */
const enum Map { Records = 8, Buckets = 12, Top = 14, Free = 16, Pages = 18, Used = 20, Magic = 24, Data = 32 }
/** A record: hash (its upper half), lengths, kind; the key and the value, each on an even offset. */
const enum Rec { Hash = 0, KeyBytes = 2, Kind = 3, ValueBytes = 4, Key = 6 }

/** Added to the kind: the value is a length u32 (two halves) and the first of its linked pages u16. */
const LINKED: i32 = 128;
const REFERENCE_BYTES: i32 = 6;

function even(length: i32): i32 { return length + 1 & -2; }
function dataOf(page: i32): i32 { return page == 0 ? Map.Data : Page.Data; }
function recordBytes(at: i32): i32 { return Rec.Key + even(read8(at + Rec.KeyBytes)) + even(read16(at + Rec.ValueBytes)); }
function endOf(at: i32, page: i32): i32 { return read16(at + Page.End) == 0 ? dataOf(page) : read16(at + Page.End); }
/** Longest record; a longer value goes to pages of its own. Two fit in any page, and one on the stage. */
function recordMost(): i32 { return pageBytes > 1856 ? 912 : pageBytes - Map.Data >> 1; }

/** Page 0 of a map, to be read; Invalid for an area that is none, or another Err. */
function mapAt(area: i32): i32 { return figuresOf(area, Map.Magic, MAGIC); }

/** The same for an entry: Invalid, counted, for a key that is not 1 to 100 bytes long, or a value that is longer than any area. */
function mapFor(area: i32, keyBytes: i32, valueBytes: i32): i32 {
  const at: i32 = mapAt(area);
  return at < 0 || keyBytes > 0 && keyBytes <= KEY_BYTES_MAX && valueBytes >>> 28 == 0 ? at : answer(Err.Invalid);
}

/** Makes an area of `pages` pages a map, unless it is one already (durable areas come back). Ok or an Err. */
export function mapOpen(area: i32, pages: i32): i32 {
  let at: i32 = mayBe(area, pages, 1);
  if (at == Err.Ok) at = shapeTouch(area, 0, 0);
  if (at < 0) return at;
  if (read32(at + Map.Magic) == MAGIC && read16(at + Map.Pages) == pages) return Err.Ok;
  at = shapeTouch(area, 0, 1);
  if (at < 0) return at;
  fillBytes(at, 0, Map.Data);
  write16(at + Map.Buckets, 1);
  write16(at + Map.Top, pages - 1);
  write16(at + Map.Pages, pages);
  write32(at + Map.Magic, MAGIC);
  return Err.Ok;
}

/** Empties a map; its pages are given up at once. Ok or an Err. */
export function mapClear(area: i32): i32 {
  let at: i32 = mapAt(area);
  if (at >= 0) at = shapeTouch(area, 0, 1);
  if (at < 0) return at;
  const pages: i32 = read16(at + Map.Pages);
  write32(at + Map.Magic, 0);
  for (let page: i32 = 1; page < pages; page++) areaDiscard(area, page);
  return mapOpen(area, pages);
}

/** Entries in a map, or an Err. */
export function mapSize(area: i32): i32 {
  const at: i32 = mapAt(area);
  return at < 0 ? at : read32(at + Map.Records);
}

// --- where a key belongs ---

function bucketFor(hash: i32, buckets: i32): i32 {
  let half: i32 = 1;
  while (half << 1 <= buckets) half <<= 1;
  const wide: i32 = hash & (half << 1) - 1;
  return wide < buckets ? wide : hash & half - 1;
}

function hashOf(at: i32): i32 { return crc32(at + Rec.Key, read8(at + Rec.KeyBytes), 0); }

function buckets(area: i32): i32 {
  const at: i32 = mapAt(area);
  return at < 0 ? at : read16(at + Map.Buckets);
}

function sameKey(at: i32, keyBytes: i32): boolean {
  const key: i32 = shapeStage();
  for (let i: i32 = 0; i < keyBytes; i++) if (read8(at + Rec.Key + i) != read8(key + i)) return false;
  return true;
}

/** The offset in the page at `at` of the record with the key on the stage, 0 if none. */
function scan(at: i32, page: i32, keyBytes: i32, hash: i32): i32 {
  const end: i32 = endOf(at, page);
  for (let offset: i32 = dataOf(page); offset < end; offset += recordBytes(at + offset)) {
    const rec: i32 = at + offset;
    if (read16(rec) == hash >>> 16 && read8(rec + Rec.KeyBytes) == keyBytes && sameKey(rec, keyBytes)) return offset;
  }
  return 0;
}

/** page << 12 | offset of the record with the key on the stage; NotFound or an Err. */
function find(area: i32, keyBytes: i32): i32 {
  const map: i32 = mapFor(area, keyBytes, 0);
  if (map < 0) return map;
  const hash: i32 = crc32(shapeStage(), keyBytes, 0);
  let page: i32 = bucketFor(hash, read16(map + Map.Buckets));
  do {
    const at: i32 = shapeTouch(area, page, 0);
    if (at < 0) return at;
    const offset: i32 = scan(at, page, keyBytes, hash);
    if (offset != 0) return page << 12 | offset;
    page = read16(at);
  } while (page != 0);
  return Err.NotFound;
}

// --- get ---

/** Sets the cursor on the value of the record at `offset` of the page at `at`. */
function openValue(area: i32, page: i32, at: i32, offset: i32): void {
  const rec: i32 = at + offset;
  const value: i32 = offset + Rec.Key + even(read8(rec + Rec.KeyBytes));
  const kind: i32 = read8(rec + Rec.Kind);
  if ((kind & LINKED) == 0) {
    setCursor(area, page << 12 | value, read16(rec + Rec.ValueBytes), kind, 0);
    return;
  }
  const length: i32 = read16(at + value) | read16(at + value + 2) << 16;
  setCursor(area, read16(at + value + 4) << 12 | LINKED_DATA, length, kind - LINKED, 0);
}

/** Finds the key on the stage (1..100 bytes): Ok with the cursor on its value, NotFound, or an Err. */
export function mapGet(area: i32, keyBytes: i32): i32 {
  const found: i32 = find(area, keyBytes);
  if (found < 0) return found;
  const at: i32 = shapeTouch(area, found >> 12, 0);
  if (at < 0) return at;
  openValue(area, found >> 12, at, found & 4095);
  return Err.Ok;
}

/**
 * The entry after `from` (-1: the first), in no order: lays its key on the stage (shapePieceBytes() long), sets the
 * cursor on its value and returns the number to go on with; NotFound behind the last; or an Err. The entry just visited
 * may be deleted meanwhile; others that are added or deleted may or may not be visited.
 */
export function mapNext(area: i32, from: i32): i32 {
  const count: i32 = buckets(area);
  if (count < 0) return count;
  let page: i32 = from < 0 ? 0 : from >> 12;
  let left: i32 = from < 0 ? 4096 : from & 4095;
  while (page >= 0) {
    const at: i32 = shapeTouch(area, page, 0);
    if (at < 0) return at;
    if (left > read16(at + Page.Records)) left = read16(at + Page.Records);
    while (left > 0) {
      left--;
      const rec: i32 = nth(at, page, left);
      if (bucketFor(hashOf(at + rec), count) != read16(at + Page.Bucket)) continue;
      setPieceBytes(read8(at + rec + Rec.KeyBytes));
      copyBytes(shapeStage(), at + rec + Rec.Key, read8(at + rec + Rec.KeyBytes));
      openValue(area, page, at, rec);
      return page << 12 | left;
    }
    const bucket: i32 = read16(at + Page.Bucket) + 1;
    page = read16(at) != 0 ? read16(at) : bucket < count ? bucket : -1;
    left = 4096;
  }
  return Err.NotFound;
}

function nth(at: i32, page: i32, which: i32): i32 {
  let offset: i32 = dataOf(page);
  for (let i: i32 = 0; i < which; i++) offset += recordBytes(at + offset);
  return offset;
}

// --- pages beyond the buckets ---

/** Takes a page and links it behind page `tail` (-1: behind none). Its number, or Full, or an Err; it is all zero. */
function takePage(area: i32, tail: i32): i32 {
  const map: i32 = shapeTouch(area, 0, 0);
  if (map < 0) return map;
  const free: i32 = read16(map + Map.Free);
  const top: i32 = read16(map + Map.Top);
  if (free == 0 && top < read16(map + Map.Buckets)) return ShapeErr.Full;
  const page: i32 = free != 0 ? free : top;
  const code: i32 = hold(area, 0, page, tail < 0 ? 0 : tail);
  if (code < 0) return code;
  const at: i32 = shapeTouch(area, page, 1);
  const head: i32 = shapeTouch(area, 0, 1);
  if (free != 0) write16(head + Map.Free, read16(at));
  else write16(head + Map.Top, top - 1);
  fillBytes(at, 0, pageBytes);
  if (tail >= 0) write16(shapeTouch(area, tail, 1), page);
  return page;
}

/** Gives pages back, from `page` along their links. One that cannot be had for it is out of use until the map is cleared. */
function freePages(area: i32, page: i32): void {
  while (page != 0) {
    const at: i32 = shapeTouch(area, page, 0);
    if (at < 0) return;
    const next: i32 = read16(at);
    areaDiscard(area, page);
    if (hold(area, 0, page, 0) < 0) return;
    const head: i32 = shapeTouch(area, 0, 1);
    write16(shapeTouch(area, page, 1), read16(head + Map.Free));
    write16(head + Map.Free, page);
    page = next;
  }
}

// --- set and delete ---

/** Does a value of this length get pages of its own? */
function isLong(keyBytes: i32, valueBytes: i32): boolean { return Rec.Key + even(keyBytes) + even(valueBytes) > recordMost(); }

/**
 * Begins to set a key. 0: the value is short, the binding lays it on the stage, KEY_BYTES_MAX behind its start. Above 0: it has pages of its
 * own and the cursor is on them; the binding fills them with shapePiece(1) and gives the number to mapCommit(), or to
 * mapForget(). Or Full, TooLong, or an Err.
 */
export function mapReserve(area: i32, keyBytes: i32, valueBytes: i32): i32 {
  const map: i32 = mapFor(area, keyBytes, valueBytes);
  if (map < 0 || !isLong(keyBytes, valueBytes)) return map < 0 ? map : 0;
  const room: i32 = pageBytes - LINKED_DATA;
  const pages: i32 = (valueBytes + room - 1) / room | 0;
  if (pages >= read16(map + Map.Pages)) return ShapeErr.TooLong;
  let first: i32 = 0;
  let last: i32 = -1;
  for (let i: i32 = 0; i < pages; i++) {
    last = takePage(area, last);
    if (last < 0) {
      freePages(area, first);
      return last;
    }
    if (first == 0) first = last;
  }
  setCursor(area, first << 12 | LINKED_DATA, valueBytes, 0, 0);
  return first;
}

/** May this page have been taken beyond the buckets of the map whose page 0 is at `map`? */
function isReserved(map: i32, first: i32): boolean { return first > read16(map + Map.Top) && first < read16(map + Map.Pages); }

/** Gives up what mapReserve() took; `first` is what it returned. */
export function mapForget(area: i32, first: i32): void {
  const map: i32 = mapAt(area);
  if (map >= 0 && isReserved(map, first)) freePages(area, first);
}

/**
 * Sets the key on the stage to a value of `valueBytes` and `kind` (0..127); `first` is what mapReserve() returned. Ok; or
 * Full or an Err, and then the old value is still there and the new one's pages are given back.
 */
export function mapCommit(area: i32, keyBytes: i32, valueBytes: i32, kind: i32, first: i32): i32 {
  const map: i32 = mapFor(area, keyBytes, valueBytes);
  if (map < 0) return map;
  if ((kind & -LINKED) != 0 || !isReserved(map, first) && (first != 0 || isLong(keyBytes, valueBytes))) return answer(Err.Invalid);
  const hash: i32 = crc32(shapeStage(), keyBytes, 0);
  const inRecord: i32 = first == 0 ? valueBytes : REFERENCE_BYTES;
  splitIfFull(area);
  const old: i32 = find(area, keyBytes);
  const page: i32 = old < 0 && old != Err.NotFound ? old : roomFor(area, hash, Rec.Key + even(keyBytes) + even(inRecord), old);
  if (page < 0) {
    freePages(area, first);
    return page;
  }
  const chain: i32 = old < 0 ? 0 : remove(area, old);
  const value: i32 = append(area, page, keyBytes, hash, first == 0 ? kind : kind | LINKED, inRecord);
  if (first == 0) copyBytes(value, shapeStage() + KEY_BYTES_MAX, valueBytes);
  else {
    write16(value, valueBytes);
    write16(value + 2, valueBytes >> 16);
    write16(value + 4, first);
  }
  freePages(area, chain);
  return Err.Ok;
}

/** Deletes the key on the stage. Ok, NotFound or an Err. */
export function mapDelete(area: i32, keyBytes: i32): i32 {
  const found: i32 = find(area, keyBytes);
  if (found < 0) return found;
  const code: i32 = hold(area, 0, found >> 12, 0);
  if (code < 0) return code;
  freePages(area, remove(area, found));
  return Err.Ok;
}

/**
 * A page of the bucket for `hash` with room for `size` bytes once the record at `old` (or a negative number) is gone, taken if there is
 * none. It, the page of `old` and page 0 are held. The page's number, Full, or an Err.
 */
function roomFor(area: i32, hash: i32, size: i32, old: i32): i32 {
  const count: i32 = buckets(area);
  if (count < 0) return count;
  const bucket: i32 = bucketFor(hash, count);
  let page: i32 = bucket;
  for (;;) {
    const at: i32 = shapeTouch(area, page, 0);
    if (at < 0) return at;
    const freed: i32 = old >= 0 && old >> 12 == page ? recordBytes(at + (old & 4095)) : 0;
    if (endOf(at, page) - freed + size <= pageBytes) break;
    const next: i32 = read16(at);
    page = next != 0 ? next : takeOverflow(area, page, bucket);
    if (page < 0) return page;
  }
  const code: i32 = hold(area, 0, page, old < 0 ? page : old >> 12);
  return code < 0 ? code : page;
}

function takeOverflow(area: i32, tail: i32, bucket: i32): i32 {
  const page: i32 = takePage(area, tail);
  if (page >= 0) write16(shapeTouch(area, page, 1) + Page.Bucket, bucket);
  return page;
}

/** Counts `records` and `bytes` in. Page 0 is held. */
function account(area: i32, records: i32, bytes: i32): void {
  const map: i32 = shapeTouch(area, 0, 1);
  write32(map + Map.Records, read32(map + Map.Records) + records);
  write32(map + Map.Used, read32(map + Map.Used) + bytes);
}

/** Removes the record at `place`; its page and page 0 are held. The first page of its value, 0 if it was short. */
function remove(area: i32, place: i32): i32 {
  const at: i32 = shapeTouch(area, place >> 12, 1);
  const rec: i32 = at + (place & 4095);
  const size: i32 = recordBytes(rec);
  const end: i32 = at + read16(at + Page.End);
  const chain: i32 = read8(rec + Rec.Kind) < LINKED ? 0 : read16(rec + Rec.Key + even(read8(rec + Rec.KeyBytes)) + 4);
  copyBytes(rec, rec + size, end - rec - size);
  fillBytes(end - size, 0, size);
  write16(at + Page.End, end - at - size);
  write16(at + Page.Records, read16(at + Page.Records) - 1);
  account(area, -1, -size);
  return chain;
}

/** Adds a record with the key on the stage behind the others of a page; it and page 0 are held. The arena offset for its value. */
function append(area: i32, page: i32, keyBytes: i32, hash: i32, kind: i32, valueBytes: i32): i32 {
  account(area, 1, Rec.Key + even(keyBytes) + even(valueBytes));
  const at: i32 = shapeTouch(area, page, 1);
  const rec: i32 = at + endOf(at, page);
  write16(rec + Rec.Hash, hash >>> 16);
  write8(rec + Rec.KeyBytes, keyBytes);
  write8(rec + Rec.Kind, kind);
  write16(rec + Rec.ValueBytes, valueBytes);
  copyBytes(rec + Rec.Key, shapeStage(), keyBytes);
  grow(at, rec - at + recordBytes(rec));
  return rec + Rec.Key + even(keyBytes);
}

function grow(at: i32, end: i32): void {
  write16(at + Page.End, end);
  write16(at + Page.Records, read16(at + Page.Records) + 1);
}

// --- growing by one bucket ---

function splitIfFull(area: i32): void {
  const at: i32 = shapeTouch(area, 0, 0);
  if (at < 0) return;
  const count: i32 = read16(at + Map.Buckets);
  const room: i32 = count * ((pageBytes - Map.Data) >> 2) * 3;
  if (read32(at + Map.Used) > room && count <= read16(at + Map.Top)) split(area, count);
}

/** Splits the bucket whose turn it is: some of its records move to bucket `fresh`, which is new. If that fails, nothing has changed. */
function split(area: i32, fresh: i32): void {
  let half: i32 = 1;
  while (half << 1 <= fresh) half <<= 1;
  if (copyRecords(area, fresh - half, fresh) < 0 || hold(area, 0, 0, 0) < 0) {
    const at: i32 = shapeTouch(area, fresh, 0);
    if (at >= 0) freePages(area, read16(at));
    areaDiscard(area, fresh);
    return;
  }
  write16(shapeTouch(area, 0, 1) + Map.Buckets, fresh + 1);
  purge(area, fresh - half, fresh + 1);
}

/** Copies the records that belong to bucket `fresh` from bucket `from`. Ok or why not. */
function copyRecords(area: i32, from: i32, fresh: i32): i32 {
  let to: i32 = fresh;
  const target: i32 = shapeTouch(area, fresh, 1);
  if (target < 0) return target;
  write16(target + Page.Bucket, fresh);
  let isFirst: boolean = true;
  for (let page: i32 = from; isFirst || page != 0; isFirst = false) {
    let at: i32 = shapeTouch(area, page, 0);
    if (at < 0) return at;
    for (let offset: i32 = dataOf(page); offset < endOf(at, page); offset += recordBytes(at + offset)) {
      if (bucketFor(hashOf(at + offset), fresh + 1) != fresh) continue;
      to = copyRecord(area, page, offset, to, fresh);
      if (to < 0) return to;
      at = shapeTouch(area, page, 0);
      if (at < 0) return at;
    }
    page = read16(at);
  }
  return Err.Ok;
}

/** Is there a page to take besides `fresh`, which is no bucket yet and the lowest of those that are not taken? */
function hasMore(area: i32, fresh: i32): boolean {
  const map: i32 = shapeTouch(area, 0, 0);
  return map >= 0 && (read16(map + Map.Free) != 0 || read16(map + Map.Top) > fresh);
}

/** Copies the record at `offset` of `page` behind those of page `to`, or of one taken behind it. The page it went to, or an Err. */
function copyRecord(area: i32, page: i32, offset: i32, to: i32, bucket: i32): i32 {
  let code: i32 = hold(area, page, to, to);
  if (code < 0) return code;
  const size: i32 = recordBytes(shapeTouch(area, page, 0) + offset);
  if (endOf(shapeTouch(area, to, 1), to) + size > pageBytes) {
    to = hasMore(area, bucket) ? takeOverflow(area, to, bucket) : ShapeErr.Full;
    code = to < 0 ? to : hold(area, page, to, to);
    if (code < 0) return code;
  }
  const from: i32 = shapeTouch(area, page, 1) + offset;
  const at: i32 = shapeTouch(area, to, 1);
  const end: i32 = endOf(at, to);
  copyBytes(at + end, from, size);
  grow(at, end + size);
  return to;
}

/** Takes out of bucket `bucket` what belongs to others, and gives up overflow pages that are empty then. */
function purge(area: i32, bucket: i32, count: i32): void {
  let previous: i32 = bucket;
  let page: i32 = bucket;
  do {
    const at: i32 = shapeTouch(area, page, 1);
    if (at < 0) return;
    const next: i32 = read16(at);
    keepOwn(at, page, bucket, count);
    if (page != bucket && read16(at + Page.Records) == 0) {
      if (hold(area, previous, page, page) < 0) return;
      write16(shapeTouch(area, previous, 1), next);
      write16(shapeTouch(area, page, 1), 0);
      freePages(area, page);
    } else previous = page;
    page = next;
  } while (page != 0);
}

function keepOwn(at: i32, page: i32, bucket: i32, count: i32): void {
  const end: i32 = endOf(at, page);
  let kept: i32 = dataOf(page);
  let records: i32 = 0;
  for (let offset: i32 = kept, size: i32 = 0; offset < end; offset += size) {
    size = recordBytes(at + offset);
    if (bucketFor(hashOf(at + offset), count) != bucket) continue;
    copyBytes(at + kept, at + offset, size);
    kept += size;
    records++;
  }
  fillBytes(at + kept, 0, end - kept);
  write16(at + Page.End, kept);
  write16(at + Page.Records, records);
}
