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
import { areaDiscard, areaPlace } from "../core/store/paging";
import { Shape, objectPages, setObjectShape } from "../core/store/tmem";
import { crc32 } from "../core/swap/crc32";
import { answer } from "../core/gate";
import { KEY_BYTES_MAX, LINKED, LINKED_DATA, LINKED_END, ShapeErr, figuresOf, firstPage, hold, linkedAfter, mayBe, setCursor, setPieceBytes, shapeStage, shapeTouch } from "./stage";

const MAGIC: i32 = 0x32414d5a;
/** Magic of the maps of 0.1, which were laid out otherwise. */
const OLD_MAGIC: i32 = 0x50414d5a;
/** Stands at the start of each page of records. No page has this number, and none that was never written begins so. */
const MARK: i32 = 0xfffe;

/** A page's head. */
const enum Page { Mark = 0, End = 2, Records = 4, Reach = 6, Data = 8 }
/** The map's figures, in page 0. Long: pages of long values. Used: bytes of all records. */
const enum Map { Records = 8, Used = 12, Long = 16, Pages = 18, Magic = 24, Data = 32 }
/** A record: hash (its upper half), lengths, kind; the key and the value, each on an even offset. */
const enum Rec { Hash = 0, KeyBytes = 2, Kind = 3, ValueBytes = 4, Key = 6 }

/** Added to the kind: the value is a length u32 (two halves) and the first of its linked pages u16. */
const LONG_KIND: i32 = 128;
const REFERENCE_BYTES: i32 = 6;
/** A page was made and records have moved: look again. Reaches no caller. */
const MOVED: i32 = -1000;
/** A record has no room where it belongs. Likewise. */
const STAYS: i32 = -1001;

function even(length: i32): i32 { return length + 1 & -2; }
function dataOf(page: i32): i32 { return page == 0 ? Map.Data : Page.Data; }
function recordBytes(at: i32): i32 { return Rec.Key + even(read8(at + Rec.KeyBytes)) + even(read16(at + Rec.ValueBytes)); }
/** Longest record; a longer value goes to pages of its own. Two fit in any page, and one on the stage. */
function recordMost(): i32 { return pageBytes > 1856 ? 912 : pageBytes - Map.Data >> 1; }

/** Can these figures of page 0 be? */
function isSound(area: i32, at: i32): boolean {
  const pages: i32 = read16(at + Map.Pages);
  const used: i32 = read32(at + Map.Used);
  const records: i32 = read32(at + Map.Records);
  return read16(at) == MARK && pages > 0 && pages <= objectPages(area) && read16(at + Map.Long) < pages
    && used >= 0 && used <= pages << pageShift && records >= 0 && records <= used;
}

/** Page 0 of a map, to be read; Invalid for an area that is none, WrongVersion, Corrupt for figures that cannot be, or another Err. */
function mapAt(area: i32): i32 {
  const at: i32 = figuresOf(area, Shape.Map);
  if (at < 0 || read32(at + Map.Magic) == MAGIC && isSound(area, at)) return at;
  return read32(at + Map.Magic) == OLD_MAGIC ? ShapeErr.WrongVersion : Err.Corrupt;
}

/** The same for an entry: Invalid, counted, for a key that is not 1 to 100 bytes long, or a value that is longer than any area. */
function mapFor(area: i32, keyBytes: i32, valueBytes: i32): i32 {
  const at: i32 = mapAt(area);
  return at < 0 || keyBytes > 0 && keyBytes <= KEY_BYTES_MAX && valueBytes >>> 28 == 0 ? at : answer(Err.Invalid);
}

/** Begins a page of records at `at`, which is all zero or has no records that count. */
function begin(at: i32, page: i32, reach: i32): void {
  write16(at, MARK);
  write16(at + Page.End, dataOf(page));
  write16(at + Page.Records, 0);
  write16(at + Page.Reach, reach);
}

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

// --- what a page holds ---

/** A page of an area; Corrupt where it says that it holds records, and its head cannot be. */
function pageAt(area: i32, page: i32, forWrite: i32): i32 {
  const at: i32 = shapeTouch(area, page, forWrite);
  if (at < 0 || read16(at) != MARK) return at;
  const end: i32 = read16(at + Page.End);
  return (end & 1) == 0 && end >= dataOf(page) && end <= pageBytes ? at : Err.Corrupt;
}

/** Does a page hold records? 1: it does, 0: it is free, or a part of a long value; or an Err. A page of one word holds none. */
function holdsRecords(area: i32, page: i32): i32 {
  const place: i32 = areaPlace(area, page);
  if (place == 0 || place == 4) return 0;
  const at: i32 = pageAt(area, page, 0);
  return at < 0 ? at : read16(at) == MARK ? 1 : 0;
}

/** Is a page free? One that cannot be read is not, and with `looks` false neither is one that has to be unpacked to be seen. */
function isFree(area: i32, page: i32, looks: boolean): boolean {
  const place: i32 = areaPlace(area, page);
  if (place == 0 || place < 3 && !looks) return place == 0;
  const at: i32 = shapeTouch(area, page, 0);
  return at >= 0 && read16(at) == 0;
}

/** Makes a page free. Where the tables have no room to note it, it is written. */
function give(area: i32, page: i32): void {
  if (areaDiscard(area, page) == Err.Ok) return;
  const at: i32 = shapeTouch(area, page, 1);
  if (at >= 0) fillBytes(at, 0, pageBytes);
}

/** Where the record at `offset` of a page ends; 0 if none can stand there that ends by `end`. */
function recordEnd(at: i32, offset: i32, end: i32): i32 {
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
function tagOf(keyBytes: i32): i32 { return crc32(shapeStage(), keyBytes, 0) >>> 16; }
/** The page that a hash names. */
function numberOf(tag: i32, pages: i32): i32 { return tag * pages >>> 16; }

/** The page of records that a number belongs to: itself, or the nearest above it; or an Err. */
function homeOf(area: i32, number: i32): i32 {
  let page: i32 = number;
  while (page != 0) {
    const code: i32 = holdsRecords(area, page);
    if (code != 0) return code < 0 ? code : page;
    page &= page - 1;
  }
  return 0;
}

/** page << 12 | offset of the record with the key on the stage; NotFound or an Err. */
function find(area: i32, keyBytes: i32): i32 {
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

/** Takes `size` bytes at `offset` of the page at `at`, a record, out of it. */
function cut(at: i32, offset: i32, size: i32): void {
  const end: i32 = read16(at + Page.End);
  copyBytes(at + offset, at + offset + size, end - offset - size);
  fillBytes(at + end - size, 0, size);
  write16(at + Page.End, end - size);
  write16(at + Page.Records, read16(at + Page.Records) - 1);
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

function grow(at: i32, end: i32): void {
  write16(at + Page.End, end);
  write16(at + Page.Records, read16(at + Page.Records) + 1);
}

// --- dividing a page ---

/** The free page that takes the larger part of what page `home` has, or at least `number`; 0: none can. */
function division(area: i32, home: i32, number: i32, pages: i32): i32 {
  let bit: i32 = home == 0 ? 32768 : (home & -home) >> 1;
  for (; bit > 0; bit >>= 1) if (home + bit < pages && isFree(area, home + bit, false)) return home + bit;
  for (let page: i32 = number; page != home && page != 0; page &= page - 1) if (isFree(area, page, false)) return page;
  return 0;
}

/** Makes the free page `fresh` one of records: what belongs there moves to it from page `from` and its reach. MOVED or an Err, and all is found as before. */
function divide(area: i32, from: i32, fresh: i32, pages: i32): i32 {
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
function divideAbove(area: i32, fresh: i32, pages: i32): i32 {
  const from: i32 = homeOf(area, fresh);
  return from < 0 ? from : divide(area, from, fresh, pages);
}

/** Brings home what belongs to page `home` and stands in the pages home ^ flip ^ d, d up to `reach`; then the reach of `home` is no more than is needed. Ok or an Err. */
function collect(area: i32, home: i32, flip: i32, reach: i32, pages: i32): i32 {
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
