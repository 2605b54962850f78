/**
 * A map: keys of 1 to 100 bytes, values of 0 bytes to what its pages hold, in the pages of one area. A key's hash names one
 * page of the area, its number. The page need not exist: then the key belongs to the nearest page above it in a tree, whose
 * root is page 0 and where the parent of a page is its number without the lowest bit that is set.
 *
 *     page 0                         records, behind the map's own figures
 *     page 40 = 32 + 8               made when page 32 is full: takes its keys with numbers 40 to 47
 *     odd pages, from the top down   values longer than half a page; these take other free pages only when the odd ones are gone
 *
 * So the map has as many pages as its contents need, each page divides when it is full, and no call ever reorganises the
 * whole. A page that cannot divide any more lets records stand in another one: page ^ 1, page ^ 2 and so on, up to its reach.
 * Therefore a map is full only when no page has room. Get touches page 0 and one page, nearly always.
 *
 * Nothing is half done: what changes together is resident before the first of it changes (hold()). A page begins with a reach
 * over all the records that will move to it; then they move one by one, and where that is cut off, each is found.
 *
 * The alternative, linear hashing with overflow pages, was full at 36 to 50 % of its bytes: its pages are uneven
 * while it grows, and an overflow page serves one bucket.
 *
 * M1  A record of the key's home h stands in page h ^ d with d up to the reach of h.
 * M2  A key has one record.
 * M3  What is read from a page is checked before it is used: whoever wrote it, no access leaves the page, every walk ends, and
 *     the answer is Corrupt.
 *
 * Byte by byte: FORMAT.md. Costs: get one or two touches and some 20 instructions a record passed; set about three times that;
 * a division moves the records of one page.
 */
import { copyBytes, fillBytes, read16, read32, read8, write16, write32, write8 } from "../core/memory";
import { Err } from "../core/errors";
import { pageBytes, pageShift } from "../core/layout";
import { Shape, objectPages, setObjectShape } from "../core/store/tmem";
import { answer } from "../core/gate";
import { KEY_BYTES_MAX, LINKED, LINKED_DATA, LINKED_END, ShapeErr, figuresOf, firstPage, hold, linkedAfter, mayBe, setCursor, setPieceBytes, shapeStage, shapeTouch } from "./stage";
import { LONG_KIND, MAGIC, MARK, MOVED, Map, Page, REFERENCE_BYTES } from "./map-pages";
import { Rec, begin, collect, cut, dataOf, divide, divideAbove, division } from "./map-pages";
import { even, find, give, grow, holdsRecords, homeOf, isFree } from "./map-pages";
import { mapAt, mapFor, numberOf, pageAt, recordBytes, recordEnd, recordMost, tagOf } from "./map-pages";

/**
 * Makes an area of `pages` pages a map, unless something is in it already (durable areas come back): whether that is a map, its
 * calls say. Ok or an Err.
 */
export function mapOpen(area: i32, pages: i32): i32 {
  const code: i32 = mayBe(area, pages, 1);
  if (code < 0) return code;
  const at: i32 = shapeTouch(area, 0, 0);
  const isNew: boolean = at >= 0 && read16(at) == 0 && read32(at + Map.Magic) == 0;
  const made: i32 = isNew ? make(area, pages) : at < 0 && at != Err.Corrupt ? at : Err.Ok;
  if (made == Err.Ok) setObjectShape(area, Shape.Map);
  return made;
}

function make(area: i32, pages: i32): i32 {
  const at: i32 = firstPage(area);
  if (at < 0) return at;
  fillBytes(at, 0, Map.Data);
  begin(at, 0, 0);
  write16(at + Map.Pages, pages);
  write32(at + Map.Magic, MAGIC);
  return Err.Ok;
}

/** Empties a map, also one that is damaged; its pages are given up at once. Ok or an Err. */
export function mapClear(area: i32): i32 {
  const at: i32 = figuresOf(area, Shape.Map);
  if (at < 0 && at != Err.Corrupt) return at;
  const kept: i32 = at < 0 ? 0 : read16(at + Map.Pages);
  const pages: i32 = kept == 0 || kept > objectPages(area) ? objectPages(area) : kept;
  const code: i32 = make(area, pages);
  for (let page: i32 = 1; page < objectPages(area) && code == Err.Ok; page++) give(area, page);
  return code;
}

/** Entries in a map, or an Err. */
export function mapSize(area: i32): i32 {
  const at: i32 = mapAt(area);
  return at < 0 ? at : read32(at + Map.Records);
}

/** Bytes that are left for records in the map whose page 0 is at `map`, in all its pages together. */
function roomIn(map: i32): i32 {
  return (read16(map + Map.Pages) - read16(map + Map.Long)) * (pageBytes - Page.Data) - (Map.Data - Page.Data) - read32(map + Map.Used);
}

/** Bytes that a map has left, for records of a key, a value and 6 bytes more; or an Err. */
export function mapRoom(area: i32): i32 {
  const map: i32 = mapAt(area);
  return map < 0 ? map : roomIn(map) < 0 ? 0 : roomIn(map);
}

/** Full; shapePieceBytes() says what is left. */
function full(area: i32): i32 {
  setPieceBytes(mapRoom(area));
  return ShapeErr.Full;
}

// --- get ---

/** Sets the cursor on the value of the record at `offset` of the page at `at`, which ends within it. Ok or Corrupt. */
function openValue(area: i32, page: i32, at: i32, offset: i32): i32 {
  const rec: i32 = at + offset;
  const value: i32 = offset + Rec.Key + even(read8(rec + Rec.KeyBytes));
  const kind: i32 = read8(rec + Rec.Kind);
  if (kind < LONG_KIND) {
    setCursor(area, page << 12 | value, read16(rec + Rec.ValueBytes), kind, 0);
    return Err.Ok;
  }
  const length: i32 = read16(at + value) | read16(at + value + 2) << 16;
  if (read16(rec + Rec.ValueBytes) != REFERENCE_BYTES || length <= 0 || length > objectPages(area) << pageShift) return Err.Corrupt;
  setCursor(area, read16(at + value + 4) << 12 | LINKED_DATA, length, kind - LONG_KIND, LINKED);
  return Err.Ok;
}

/** Finds the key on the stage (1..100 bytes): Ok with the cursor on its value, NotFound, or an Err. */
export function mapGet(area: i32, keyBytes: i32): i32 {
  const found: i32 = find(area, keyBytes);
  if (found < 0) return found;
  const at: i32 = shapeTouch(area, found >> 12, 0);
  return at < 0 ? at : openValue(area, found >> 12, at, found & 4095);
}

/**
 * The entry after `from` (-1: the first), in no order: lays its key on the stage (shapePieceBytes() long), sets the
 * cursor on its value and returns the number to go on with; NotFound behind the last; or an Err. The entry just visited
 * may be deleted meanwhile; others that are added or deleted may or may not be visited.
 */
export function mapNext(area: i32, from: i32): i32 {
  const map: i32 = mapAt(area);
  if (map < 0) return map;
  const pages: i32 = read16(map + Map.Pages);
  if (from >> 12 >= pages) return answer(Err.Invalid);
  let left: i32 = from < 0 ? 4096 : from & 4095;
  for (let page: i32 = from < 0 ? 0 : from >> 12; page < pages; page++) {
    const code: i32 = holdsRecords(area, page);
    const at: i32 = code <= 0 ? code : pageAt(area, page, 0);
    if (at < 0) return at;
    if (code > 0 && left > read16(at + Page.Records)) left = read16(at + Page.Records);
    if (code > 0 && left > 0) return visit(area, page, at, left - 1);
    left = 4096;
  }
  return Err.NotFound;
}

/** Lays key and cursor for record `which` of a page. What mapNext() returns. */
function visit(area: i32, page: i32, at: i32, which: i32): i32 {
  const end: i32 = read16(at + Page.End);
  let offset: i32 = dataOf(page);
  for (let i: i32 = 0; i < which && offset > 0; i++) offset = recordEnd(at, offset, end);
  const keyBytes: i32 = read8(at + offset + Rec.KeyBytes);
  if (offset == 0 || recordEnd(at, offset, end) == 0 || keyBytes < 1 || keyBytes > KEY_BYTES_MAX) return Err.Corrupt;
  setPieceBytes(keyBytes);
  copyBytes(shapeStage(), at + offset + Rec.Key, keyBytes);
  const code: i32 = openValue(area, page, at, offset);
  return code < 0 ? code : page << 12 | which;
}

// --- pages of long values ---

/** The highest page below `pages` whose lowest bit is `bit`; 0: there is none. */
function highest(bit: i32, pages: i32): i32 { return pages <= bit ? 0 : (pages - 1 - bit & -(bit << 1)) + bit; }

/** The page behind `page` in the order in which long values take them; 0 behind the last. */
function takenAfter(page: i32, pages: i32): i32 {
  const bit: i32 = page & -page;
  return page > bit ? page - (bit << 1) : highest(bit << 1, pages);
}

/** The first free page from page `from` on in that order; 0: none. */
function freeFrom(area: i32, pages: i32, from: i32, looks: boolean): i32 {
  let page: i32 = from;
  while (page != 0 && !isFree(area, page, looks)) page = takenAfter(page, pages);
  return page;
}

/** Takes a page that is free and puts it before page `next` of a long value, behind which `after` pages follow. Its number, Full, or an Err. */
function takePage(area: i32, pages: i32, from: i32, next: i32, after: i32): i32 {
  let page: i32 = freeFrom(area, pages, from, false);
  if (page == 0) page = freeFrom(area, pages, highest(1, pages), true);
  if (page == 0) return full(area);
  const code: i32 = hold(area, 0, page, page);
  if (code < 0) return code;
  const at: i32 = shapeTouch(area, page, 1);
  write16(at, next);
  write16(at + 2, after);
  countLong(area, 1);
  return page;
}

/** Counts pages of long values. Page 0 is held, or else they are counted wrong. */
function countLong(area: i32, pages: i32): void {
  const map: i32 = shapeTouch(area, 0, 1);
  if (map >= 0) write16(map + Map.Long, read16(map + Map.Long) + pages);
}

/** Gives pages of a long value back, from `first` along their links, as far as they are what they should be; 0: none. */
function freePages(area: i32, first: i32): void {
  let freed: i32 = 0;
  let after: i32 = -1;
  let page: i32 = first;
  while (page > 0 && page < objectPages(area)) {
    const at: i32 = shapeTouch(area, page, 0);
    if (at < 0 || read16(at) == 0 || read16(at) == MARK || after >= 0 && read16(at + 2) != after) break;
    after = read16(at + 2) - 1;
    const next: i32 = read16(at);
    give(area, page);
    freed++;
    page = after < 0 ? 0 : next;
  }
  if (freed > 0) countFreed(area, freed);
}

function countFreed(area: i32, freed: i32): void {
  const map: i32 = mapAt(area);
  if (map >= 0) countLong(area, read16(map + Map.Long) < freed ? -read16(map + Map.Long) : -freed);
}

// --- set and delete ---

/** Does a value of this length get pages of its own? */
function isLong(keyBytes: i32, valueBytes: i32): boolean { return Rec.Key + even(keyBytes) + even(valueBytes) > recordMost(); }

/**
 * Begins to set a key. 0: the value is short, the binding lays it on the stage, KEY_BYTES_MAX behind its start. Above 0: it has pages of its
 * own and the cursor is on them; the binding fills them with shapePiece(1) and gives the number to mapCommit(), or to
 * mapForget(). Or Full (shapePieceBytes() is what is left), TooLong, or an Err.
 */
export function mapReserve(area: i32, keyBytes: i32, valueBytes: i32): i32 {
  const map: i32 = mapFor(area, keyBytes, valueBytes);
  if (map < 0 || !isLong(keyBytes, valueBytes)) return map < 0 ? map : 0;
  const pages: i32 = read16(map + Map.Pages);
  const last: i32 = linkedAfter(valueBytes);
  if (last + 1 >= pages) return ShapeErr.TooLong;
  let first: i32 = LINKED_END;
  let from: i32 = highest(1, pages);
  for (let after: i32 = 0; after <= last; after++) {
    const page: i32 = takePage(area, pages, from, first, after);
    if (page < 0) {
      if (after > 0) freePages(area, first);
      return page;
    }
    first = page;
    from = takenAfter(page, pages);
  }
  setCursor(area, first << 12 | LINKED_DATA, valueBytes, 0, LINKED);
  return first;
}

/** May this page be the first of a value that mapReserve() made room for? */
function isReserved(area: i32, first: i32, valueBytes: i32): boolean {
  if (first <= 0 || first >= objectPages(area)) return false;
  const at: i32 = shapeTouch(area, first, 0);
  return at >= 0 && read16(at) != 0 && read16(at) != MARK && (valueBytes < 0 || read16(at + 2) == linkedAfter(valueBytes));
}

/** Gives up what mapReserve() took; `first` is what it returned. */
export function mapForget(area: i32, first: i32): void {
  if (mapAt(area) >= 0 && isReserved(area, first, -1)) freePages(area, first);
}

/**
 * Sets the key on the stage to a value of `valueBytes` and `kind` (0..127); `first` is what mapReserve() returned. Ok; or
 * Full or an Err, and then the old value is still there and the new one's pages are given back.
 */
export function mapCommit(area: i32, keyBytes: i32, valueBytes: i32, kind: i32, first: i32): i32 {
  const map: i32 = mapFor(area, keyBytes, valueBytes);
  if (map < 0) return map;
  const isWrong: boolean = first == 0 ? isLong(keyBytes, valueBytes) : !isLong(keyBytes, valueBytes) || !isReserved(area, first, valueBytes);
  if ((kind & -LONG_KIND) != 0 || isWrong) return answer(Err.Invalid);
  const code: i32 = replace(area, keyBytes, valueBytes, first == 0 ? kind : kind | LONG_KIND, first);
  if (code < 0 && first != 0) freePages(area, first);
  return code;
}

/** The record of mapCommit() in the place of the one that is there. Ok; or why not, and that one stays. */
function replace(area: i32, keyBytes: i32, valueBytes: i32, kind: i32, first: i32): i32 {
  const inRecord: i32 = first == 0 ? valueBytes : REFERENCE_BYTES;
  const tag: i32 = tagOf(keyBytes);
  let old: i32 = find(area, keyBytes);
  let page: i32 = roomFor(area, tag, Rec.Key + even(keyBytes) + even(inRecord), old);
  while (page == MOVED) {
    old = find(area, keyBytes);
    page = roomFor(area, tag, Rec.Key + even(keyBytes) + even(inRecord), old);
  }
  if (page < 0) return page;
  const chain: i32 = old < 0 ? 0 : remove(area, old);
  const value: i32 = append(area, page, keyBytes, tag, kind, inRecord);
  if (first == 0) copyBytes(value, shapeStage() + KEY_BYTES_MAX, valueBytes);
  else {
    write16(value, valueBytes);
    write16(value + 2, valueBytes >> 16);
    write16(value + 4, first);
  }
  if (chain != 0) freePages(area, chain);
  return Err.Ok;
}

/** Deletes the key on the stage. Ok, NotFound or an Err. */
export function mapDelete(area: i32, keyBytes: i32): i32 {
  const found: i32 = find(area, keyBytes);
  if (found < 0) return found;
  const page: i32 = found >> 12;
  const code: i32 = hold(area, 0, page, 0);
  if (code < 0) return code;
  const chain: i32 = remove(area, found);
  if (chain != 0) freePages(area, chain);
  tidy(area, page);
  return Err.Ok;
}

/** A page of records lost one: what belongs to it and stands elsewhere comes home, and if nothing is left it is free. */
function tidy(area: i32, page: i32): void {
  const map: i32 = mapAt(area);
  const pages: i32 = map < 0 ? 0 : read16(map + Map.Pages);
  const at: i32 = map < 0 ? map : pageAt(area, page, 0);
  if (at < 0) return;
  const reach: i32 = read16(at + Page.Reach);
  if (reach != 0) collect(area, page, 0, reach, pages);
  else if (page != 0 && read16(at + Page.Records) == 0) give(area, page);
}

/**
 * A page with room for a record of `size` bytes once the record at `old` (or a negative number) is gone. It, the page of `old` and
 * page 0 are held. The page's number; MOVED; Full, or an Err.
 */
function roomFor(area: i32, tag: i32, size: i32, old: i32): i32 {
  if (old < 0 && old != Err.NotFound) return old;
  const map: i32 = mapAt(area);
  if (map < 0) return map;
  const pages: i32 = read16(map + Map.Pages);
  const room: i32 = roomIn(map);
  const number: i32 = numberOf(tag, pages);
  const home: i32 = homeOf(area, number);
  if (home < 0) return home;
  const code: i32 = fits(area, home, size, old);
  if (code != 0) return code < 0 ? code : holdAll(area, home, old);
  if (old < 0 && size > room) return full(area);
  const fresh: i32 = division(area, home, number, pages);
  return fresh != 0 ? divide(area, home, fresh, pages) : roomBeyond(area, home, size, old, pages);
}

/** 1: a page of records has room for `size` bytes once the record at `old` is gone; 0: it has not, or it holds none; or an Err. */
function fits(area: i32, page: i32, size: i32, old: i32): i32 {
  const at: i32 = pageAt(area, page, 0);
  if (at < 0) return at;
  if (read16(at) != MARK) return 0;
  const freed: i32 = old >= 0 && old >> 12 == page ? recordBytes(at + (old & 4095)) : 0;
  return read16(at + Page.End) - freed + size <= pageBytes ? 1 : 0;
}

function holdAll(area: i32, page: i32, old: i32): i32 {
  const code: i32 = hold(area, 0, page, old < 0 ? page : old >> 12);
  return code < 0 ? code : page;
}

/** As roomFor(), in the pages around `home`, which can divide no more. */
function roomBeyond(area: i32, home: i32, size: i32, old: i32, pages: i32): i32 {
  let wide: i32 = 1;
  while (wide < pages) wide <<= 1;
  for (let d: i32 = 1; d < wide; d++) {
    const page: i32 = home ^ d;
    if (page >= pages) continue;
    let code: i32 = isFree(area, page, false) ? divideAbove(area, page, pages) : fits(area, page, size, old);
    if (code == 0 || code == Err.Corrupt) continue;
    if (code > 0) code = extend(area, home, d);
    return code < 0 ? code : holdAll(area, page, old);
  }
  return full(area);
}

/** The reach of a page is `d` at least from now on. Ok or an Err. */
function extend(area: i32, home: i32, d: i32): i32 {
  const at: i32 = shapeTouch(area, home, 1);
  if (at < 0) return at;
  if (read16(at + Page.Reach) < d) write16(at + Page.Reach, d);
  return Err.Ok;
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
  const isRef: boolean = read8(rec + Rec.Kind) >= LONG_KIND && read16(rec + Rec.ValueBytes) == REFERENCE_BYTES;
  const chain: i32 = isRef ? read16(rec + Rec.Key + even(read8(rec + Rec.KeyBytes)) + 4) : 0;
  cut(at, place & 4095, size);
  account(area, -1, -size);
  return chain;
}

/** Adds a record with the key on the stage behind the others of a page; it and page 0 are held. The arena offset for its value. */
function append(area: i32, page: i32, keyBytes: i32, tag: i32, kind: i32, valueBytes: i32): i32 {
  account(area, 1, Rec.Key + even(keyBytes) + even(valueBytes));
  const at: i32 = shapeTouch(area, page, 1);
  const rec: i32 = at + read16(at + Page.End);
  write16(rec + Rec.Hash, tag);
  write8(rec + Rec.KeyBytes, keyBytes);
  write8(rec + Rec.Kind, kind);
  write16(rec + Rec.ValueBytes, valueBytes);
  copyBytes(rec + Rec.Key, shapeStage(), keyBytes);
  grow(at, rec - at + recordBytes(rec));
  return rec + Rec.Key + even(keyBytes);
}
