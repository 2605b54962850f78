/**
 * The pages of a map (map.ts): what their heads and records may be, which page a key belongs to, and how a page that is full divides.
 * Guarantee: nothing that is read from a page is used before it is checked (M3), and a record that moves is found before and after. The
 * price is some ten instructions a record passed. A checksum for each page would find more damage, but costs a pass over the
 * page at each change; pages on flash have one anyway.
 */
import { copyBytes, fillBytes, read16, read32, read8, write16 } from "../core/memory";
import { Err } from "../core/errors";
import { pageBytes, pageShift } from "../core/layout";
import { areaDiscard, areaPlace } from "../core/store/paging";
import { Shape, objectPages } from "../core/store/tmem";
import { crc32 } from "../core/swap/crc32";
import { answer } from "../core/gate";
import { KEY_BYTES_MAX, ShapeErr, figuresOf, hold, shapeStage, shapeTouch } from "./stage";

export const MAGIC: i32 = 0x32414d5a;
/** Magic of the maps of 0.1, which were laid out otherwise. */
const OLD_MAGIC: i32 = 0x50414d5a;
/** Stands at the start of each page of records. No page has this number, and none that was never written begins so. */
export const MARK: i32 = 0xfffe;

/** A page's head. */
export const enum Page { Mark = 0, End = 2, Records = 4, Reach = 6, Data = 8 }
/** The map's figures, in page 0. Long: pages of long values. Used: bytes of all records. */
export const enum Map { Records = 8, Used = 12, Long = 16, Pages = 18, Magic = 24, Data = 32 }
/** A record: hash (its upper half), lengths, kind; the key and the value, each on an even offset. */
export const enum Rec { Hash = 0, KeyBytes = 2, Kind = 3, ValueBytes = 4, Key = 6 }

/** Added to the kind: the value is a length u32 (two halves) and the first of its linked pages u16. */
export const LONG_KIND: i32 = 128;
export const REFERENCE_BYTES: i32 = 6;
/** A page was made and records have moved: look again. Reaches no caller. */
export const MOVED: i32 = -1000;
/** A record has no room where it belongs. Likewise. */
const STAYS: i32 = -1001;

export function even(length: i32): i32 { return length + 1 & -2; }
export function dataOf(page: i32): i32 { return page == 0 ? Map.Data : Page.Data; }
export function recordBytes(at: i32): i32 { return Rec.Key + even(read8(at + Rec.KeyBytes)) + even(read16(at + Rec.ValueBytes)); }
/** Longest record; a longer value goes to pages of its own. Two fit in any page, and one on the stage. */
export function recordMost(): i32 { return pageBytes > 1856 ? 912 : pageBytes - Map.Data >> 1; }

/** Can these figures of page 0 be? */
function isSound(area: i32, at: i32): boolean {
  const pages: i32 = read16(at + Map.Pages);
  const used: i32 = read32(at + Map.Used);
  const records: i32 = read32(at + Map.Records);
  return read16(at) == MARK && pages > 0 && pages <= objectPages(area) && read16(at + Map.Long) < pages
    && used >= 0 && used <= pages << pageShift && records >= 0 && records <= used;
}

/** Page 0 of a map, to be read; Invalid for an area that is none, WrongVersion, Corrupt for figures that cannot be, or another Err. */
export function mapAt(area: i32): i32 {
  const at: i32 = figuresOf(area, Shape.Map);
  if (at < 0 || read32(at + Map.Magic) == MAGIC && isSound(area, at)) return at;
  return read32(at + Map.Magic) == OLD_MAGIC ? ShapeErr.WrongVersion : Err.Corrupt;
}

/** The same for an entry: Invalid, counted, for a key that is not 1 to 100 bytes long, or a value that is longer than any area. */
export function mapFor(area: i32, keyBytes: i32, valueBytes: i32): i32 {
  const at: i32 = mapAt(area);
  return at < 0 || keyBytes > 0 && keyBytes <= KEY_BYTES_MAX && valueBytes >>> 28 == 0 ? at : answer(Err.Invalid);
}

/** Begins a page of records at `at`, which is all zero or has no records that count. */
export function begin(at: i32, page: i32, reach: i32): void {
  write16(at, MARK);
  write16(at + Page.End, dataOf(page));
  write16(at + Page.Records, 0);
  write16(at + Page.Reach, reach);
}

// --- what a page holds ---

/** A page of an area; Corrupt where it says that it holds records, and its head cannot be. */
export function pageAt(area: i32, page: i32, forWrite: i32): i32 {
  const at: i32 = shapeTouch(area, page, forWrite);
  if (at < 0 || read16(at) != MARK) return at;
  const end: i32 = read16(at + Page.End);
  return (end & 1) == 0 && end >= dataOf(page) && end <= pageBytes ? at : Err.Corrupt;
}

/** Does a page hold records? 1: it does, 0: it is free, or a part of a long value; or an Err. A page of one word holds none. */
export function holdsRecords(area: i32, page: i32): i32 {
  const place: i32 = areaPlace(area, page);
  if (place == 0 || place == 4) return 0;
  const at: i32 = pageAt(area, page, 0);
  return at < 0 ? at : read16(at) == MARK ? 1 : 0;
}

/** Is a page free? One that cannot be read is not, and with `looks` false neither is one that has to be unpacked to be seen. */
export function isFree(area: i32, page: i32, looks: boolean): boolean {
  const place: i32 = areaPlace(area, page);
  if (place == 0 || place < 3 && !looks) return place == 0;
  const at: i32 = shapeTouch(area, page, 0);
  return at >= 0 && read16(at) == 0;
}

/** Makes a page free. Where the tables have no room to note it, it is written. */
export function give(area: i32, page: i32): void {
  if (areaDiscard(area, page) == Err.Ok) return;
  const at: i32 = shapeTouch(area, page, 1);
  if (at >= 0) fillBytes(at, 0, pageBytes);
}

/** Where the record at `offset` of a page ends; 0 if none can stand there that ends by `end`. */
export function recordEnd(at: i32, offset: i32, end: i32): i32 {
  if (offset + Rec.Key > end) return 0;
  const next: i32 = offset + recordBytes(at + offset);
  return next <= end ? next : 0;
}

function sameKey(at: i32, keyBytes: i32): boolean {
  const key: i32 = shapeStage();
  for (let i: i32 = 0; i < keyBytes; i++) if (read8(at + Rec.Key + i) != read8(key + i)) return false;
  return true;
}

/** The offset in the page at `at` of the record with the key on the stage, 0 if none, or Corrupt. */
function scan(at: i32, page: i32, keyBytes: i32, tag: i32): i32 {
  const end: i32 = read16(at + Page.End);
  for (let offset: i32 = dataOf(page), next: i32 = 0; offset < end; offset = next) {
    const rec: i32 = at + offset;
    next = recordEnd(at, offset, end);
    if (next == 0) return Err.Corrupt;
    if (read16(rec) == tag && read8(rec + Rec.KeyBytes) == keyBytes && sameKey(rec, keyBytes)) return offset;
  }
  return 0;
}

// --- where a key belongs ---

/** The upper half of the hash of the key on the stage: all that the map uses of it. */
export function tagOf(keyBytes: i32): i32 { return crc32(shapeStage(), keyBytes, 0) >>> 16; }
/** The page that a hash names. */
export function numberOf(tag: i32, pages: i32): i32 { return tag * pages >>> 16; }

/** The page of records that a number belongs to: itself, or the nearest above it; or an Err. */
export function homeOf(area: i32, number: i32): i32 {
  let page: i32 = number;
  while (page != 0) {
    const code: i32 = holdsRecords(area, page);
    if (code != 0) return code < 0 ? code : page;
    page &= page - 1;
  }
  return 0;
}

/** page << 12 | offset of the record with the key on the stage; NotFound or an Err. */
export function find(area: i32, keyBytes: i32): i32 {
  const map: i32 = mapFor(area, keyBytes, 0);
  if (map < 0) return map;
  const pages: i32 = read16(map + Map.Pages);
  const tag: i32 = tagOf(keyBytes);
  const home: i32 = homeOf(area, numberOf(tag, pages));
  const head: i32 = home < 0 ? home : pageAt(area, home, 0);
  if (head < 0) return head;
  const reach: i32 = read16(head + Page.Reach);
  const found: i32 = scan(head, home, keyBytes, tag);
  if (found != 0) return found < 0 ? found : home << 12 | found;
  return reach == 0 ? Err.NotFound : findBeyond(area, home, reach, pages, keyBytes, tag);
}

/** As find(), in the pages around `home`. */
function findBeyond(area: i32, home: i32, reach: i32, pages: i32, keyBytes: i32, tag: i32): i32 {
  if (reach >= pages << 1) return Err.Corrupt;
  for (let d: i32 = 1; d <= reach; d++) {
    const page: i32 = home ^ d;
    const code: i32 = page < pages ? holdsRecords(area, page) : 0;
    if (code < 0) return code;
    if (code == 0) continue;
    const at: i32 = pageAt(area, page, 0);
    const found: i32 = at < 0 ? at : scan(at, page, keyBytes, tag);
    if (found != 0) return found < 0 ? found : page << 12 | found;
  }
  return Err.NotFound;
}

// --- records ---

/** Takes `size` bytes at `offset` of the page at `at`, a record, out of it. */
export function cut(at: i32, offset: i32, size: i32): void {
  const end: i32 = read16(at + Page.End);
  copyBytes(at + offset, at + offset + size, end - offset - size);
  fillBytes(at + end - size, 0, size);
  write16(at + Page.End, end - size);
  write16(at + Page.Records, read16(at + Page.Records) - 1);
}

export function grow(at: i32, end: i32): void {
  write16(at + Page.End, end);
  write16(at + Page.Records, read16(at + Page.Records) + 1);
}

// --- dividing a page ---

/** The free page that takes the larger part of what page `home` has, or at least `number`; 0: none can. */
export function division(area: i32, home: i32, number: i32, pages: i32): i32 {
  let bit: i32 = home == 0 ? 32768 : (home & -home) >> 1;
  for (; bit > 0; bit >>= 1) if (home + bit < pages && isFree(area, home + bit, false)) return home + bit;
  for (let page: i32 = number; page != home && page != 0; page &= page - 1) if (isFree(area, page, false)) return page;
  return 0;
}

/** Makes the free page `fresh` one of records: what belongs there moves to it from page `from` and its reach. MOVED or an Err, and all is found as before. */
export function divide(area: i32, from: i32, fresh: i32, pages: i32): i32 {
  const head: i32 = pageAt(area, from, 0);
  if (head < 0) return head;
  const reach: i32 = read16(head + Page.Reach);
  if (reach >= pages << 1) return Err.Corrupt;
  const at: i32 = shapeTouch(area, fresh, 1);
  if (at < 0) return at;
  let wide: i32 = reach;
  for (let shift: i32 = 1; shift < 16; shift <<= 1) wide |= wide >> shift;
  begin(at, fresh, wide | from ^ fresh);
  const code: i32 = collect(area, fresh, from ^ fresh, reach, pages);
  if (code == Err.Ok && reach > 0) collect(area, from, 0, reach, pages);
  return code < 0 ? code : MOVED;
}

/** Makes a free page one of records, below whichever page its number belongs to now. As divide(). */
export function divideAbove(area: i32, fresh: i32, pages: i32): i32 {
  const from: i32 = homeOf(area, fresh);
  return from < 0 ? from : divide(area, from, fresh, pages);
}

/** Brings home what belongs to page `home` and stands in the pages home ^ flip ^ d, d up to `reach`; then the reach of `home` is no more than is needed. Ok or an Err. */
export function collect(area: i32, home: i32, flip: i32, reach: i32, pages: i32): i32 {
  let far: i32 = 0;
  for (let d: i32 = 0; d <= reach; d++) {
    const page: i32 = home ^ flip ^ d;
    if (page == home || page >= pages) continue;
    const code: i32 = holdsRecords(area, page);
    const stays: i32 = code <= 0 ? code : gather(area, home, page, pages);
    if (stays < 0) return stays;
    if (stays > 0 && (page ^ home) > far) far = page ^ home;
  }
  const at: i32 = shapeTouch(area, home, 1);
  if (at >= 0) write16(at + Page.Reach, far);
  return at < 0 ? at : Err.Ok;
}

/** Moves the records of page `page` that belong to `home` there. 1: one found no room, 0: none stays; or an Err. */
function gather(area: i32, home: i32, page: i32, pages: i32): i32 {
  let offset: i32 = dataOf(page);
  while (offset > 0) offset = gatherOne(area, home, page, offset, pages);
  return offset == STAYS ? 1 : offset;
}

/** Moves the record at `offset` if it belongs to `home`. The offset of the next one; 0 behind the last; STAYS, or an Err. */
function gatherOne(area: i32, home: i32, page: i32, offset: i32, pages: i32): i32 {
  const at: i32 = pageAt(area, page, 0);
  if (at < 0) return at;
  const end: i32 = read16(at + Page.End);
  if (offset >= end) return 0;
  const next: i32 = recordEnd(at, offset, end);
  if (next == 0) return Err.Corrupt;
  const owner: i32 = ownerOf(area, home, numberOf(read16(at + offset), pages));
  if (owner != home) return owner < 0 ? owner : next;
  const code: i32 = move(area, page, offset, next - offset, home);
  return code < 0 ? code : code == 0 ? STAYS : offset;
}

/** The home of a number; 0 where it cannot be `home`, which is not 0 then; or an Err. */
function ownerOf(area: i32, home: i32, number: i32): i32 {
  const isBelow: boolean = home == 0 || number >= home && number < home + (home & -home);
  return isBelow ? homeOf(area, number) : 0;
}

/** Moves one record behind those of page `home`. 1: it has moved, 0: there is no room; or an Err. */
function move(area: i32, page: i32, offset: i32, size: i32, home: i32): i32 {
  const code: i32 = hold(area, page, home, home);
  if (code < 0) return code;
  const at: i32 = pageAt(area, page, 1);
  const to: i32 = pageAt(area, home, 1);
  if (at < 0 || to < 0) return Err.Corrupt;
  const end: i32 = read16(to + Page.End);
  if (end + size > pageBytes) return 0;
  copyBytes(to + end, at + offset, size);
  grow(to, end + size);
  cut(at, offset, size);
  return 1;
}
