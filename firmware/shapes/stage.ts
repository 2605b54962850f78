/**
 * What the shapes (map, log, cache) share: the stage, on which a binding lays a key before it calls, and the cursor, along
 * which it then moves a value to or from pages. Shapes are a layer above the core: they keep everything in pages of areas
 * and pools, reach those by the core's doors only, and are compiled twice as it is, because as JavaScript they would
 * cost the board's engine some 20 KB of heap.
 *
 *     binding: key -> stage; mapGet() sets the cursor; while ((at = shapePiece(0)) > 0) copy shapePieceBytes() from at
 *
 * Stage and cursor lie in the region of the link, where the body of a packet lies otherwise: while a script runs no
 * packet is half received, and the one that brought the script has been compiled already. So they cost no RAM. A binding
 * makes all calls of one operation in a row, with no script and no packet in between.
 *
 *     link region:   0 packet's head   36 cursor, 5 words   56 stage: a key, or a page on its way   1080
 *
 * S1  The cursor names only bytes of the value that was found or reserved, never one beyond.
 * S2  A call that fails leaves the contents of the shape as they were (for one exception see log.ts).
 * S3  A call before the store is open, from inside a port, of an area that is no such shape, or with lengths out of range
 *     is refused and counted by the gate's rules, and changes nothing (mayCall(), answer()).
 */
import { fillBytes, read16, read32, write32 } from "../core/memory";
import { Err } from "../core/errors";
import { Knob, knob } from "../core/config";
import { answer, mayCall } from "../core/gate";
import { linkAt, pageBytes, pageShift, zpageBufferAt } from "../core/layout";
import { Use, areaDiscard, areaPlace, areaTouch, isArea, keepPage, noRoom } from "../core/store/paging";
import { cleancacheGet, frontswapInvalidateArea } from "../core/store/frontswap";
import { PoolKind, Shape, objectPages, objectShape, poolIsShared, poolKind } from "../core/store/tmem";

/** Results of the shapes' own, beside Err: below every Err, above the API's (firmware/api/messages.ts). */
export const enum ShapeErr {
  /** Every page of the shape is used, and the value does not fit. */
  Full = -103,
  /** The value is longer than this shape can ever hold. */
  TooLong = -114,
  /** A durable map as another version laid it out. */
  WrongVersion = -130,
}

/** Longest key of a map or cache, bytes. A record with it and a reference must fit half of the smallest page. */
export const KEY_BYTES_MAX: i32 = 100;
/** Caches that can be open at once; their object ids are 0 to one less. */
export const CACHES_MAX: i32 = 8;

const enum Cursor {
  /** Bytes still to come. */
  Left = 36,
  /** Page << 12 | offset in it. */
  Place = 40,
  Area = 44,
  /** Kind of the value << 24 | data pages of the ring, or LINKED; 0: the value lies in one page. */
  Mode = 48,
  /** Bytes of the piece last given; after mapNext(), of the key on the stage. */
  Piece = 52,
}

/** Where the stage begins in the region of the link. */
export const STAGE_AT: i32 = 56;
/** In the place of a ring: the value goes from page to page, each with the number of the next and how many follow. */
export const LINKED: i32 = 0xffff;
/** Where data begins in a linked page, behind these two half words. */
export const LINKED_DATA: i32 = 4;
/** Stands for the next page in the last one. */
export const LINKED_END: i32 = 0xffff;
/** Linked pages behind the one in which `length` bytes, at least 1, begin. */
export function linkedAfter(length: i32): i32 { return (length - 1) / (pageBytes - LINKED_DATA) | 0; }

/** Where the binding lays a key, or a page for a cache. */
export function shapeStage(): i32 { return linkAt + STAGE_AT; }
/** Kind of the value under the cursor. */
export function shapeKind(): i32 { return read32(linkAt + Cursor.Mode) >>> 24; }
/** Bytes between the cursor and the value's end. */
export function shapeLeft(): i32 { return read32(linkAt + Cursor.Left); }
export function shapePieceBytes(): i32 { return read32(linkAt + Cursor.Piece); }
export function setPieceBytes(length: i32): void { write32(linkAt + Cursor.Piece, length); }

/** The cursor on `length` bytes of `area`, from `place` on; area -1: from an arena offset on, which stays good. `ring`: data pages of a ring that begins with page 1; LINKED; or 0: it is all in one page. */
export function setCursor(area: i32, place: i32, length: i32, kind: i32, ring: i32): void {
  write32(linkAt + Cursor.Left, length);
  write32(linkAt + Cursor.Place, place);
  write32(linkAt + Cursor.Area, area);
  write32(linkAt + Cursor.Mode, kind << 24 | ring);
}

/** The cursor on pages of a cache, from `index` on. */
export function setCacheCursor(cache: i32, index: i32, length: i32, kind: i32): void { setCursor(-2 - cache, index, length, kind, 0); }

/**
 * The next piece of the value under the cursor: its arena offset, good until the next call, its length by
 * shapePieceBytes(); 0 behind the last one; or an Err of touching its page. `forWrite` 1: the binding will fill it.
 */
export function shapePiece(forWrite: i32): i32 {
  const code: i32 = mayCall();
  const left: i32 = code < 0 ? 0 : shapeLeft();
  if (left <= 0) return code;
  const place: i32 = read32(linkAt + Cursor.Place);
  const area: i32 = read32(linkAt + Cursor.Area);
  if (area == -1) {
    step(left, left, 0);
    return place;
  }
  if (area < 0) return cachePiece(-2 - area, place, left);
  if (isLinked() && place >> 12 >= objectPages(area)) return Err.Corrupt;
  const at: i32 = shapeTouch(area, place >> 12, forWrite);
  if (at < 0) return at;
  // Fewer and fewer pages follow, so no chain of pages is a ring.
  if (isLinked() && read16(at + 2) != linkedAfter(left)) return Err.Corrupt;
  const room: i32 = pageBytes - (place & 4095);
  step(left, left < room ? left : room, left > room ? following(place >> 12, at) : 0);
  return at + (place & 4095);
}

function isLinked(): boolean { return (read32(linkAt + Cursor.Mode) & 0xffff) == LINKED; }

function step(left: i32, taken: i32, next: i32): void {
  write32(linkAt + Cursor.Left, left - taken);
  write32(linkAt + Cursor.Place, next);
  setPieceBytes(taken);
}

/** A page of a cache, unpacked where no core call in between disturbs it; NotFound when it is gone. */
function cachePiece(cache: i32, index: i32, left: i32): i32 {
  const code: i32 = cleancacheGet(cachePool(), cache, index, zpageBufferAt);
  if (code < 0) return code;
  step(left, left < pageBytes ? left : pageBytes, index + 1);
  return zpageBufferAt;
}

/** Where the value goes on behind `page`, whose bytes are at `at`. */
function following(page: i32, at: i32): i32 {
  const ring: i32 = read32(linkAt + Cursor.Mode) & 0xffff;
  if (ring == LINKED) return read16(at) << 12 | LINKED_DATA;
  return (page < ring ? page + 1 : 1) << 12;
}

/**
 * areaTouch() for the API. Areas were promised their pages, and caches may vanish: when the tables are full and caches
 * hold some, the caches are emptied and the touch is tried again.
 */
export function shapeTouch(area: i32, page: i32, forWrite: i32): i32 {
  const code: i32 = mayCall();
  const at: i32 = code < 0 ? code : answer(areaTouch(area, page, forWrite));
  return at == Err.NoEntry && letCachesGo() ? areaTouch(area, page, forWrite) : at;
}

/** Page 0 of an area that was opened as `shape`, to be read; Invalid, counted, for an area that was not, or another Err. */
export function figuresOf(area: i32, shape: i32): i32 {
  const at: i32 = shapeTouch(area, 0, 0);
  return at < 0 && at != Err.Corrupt || objectShape(area) == shape ? at : answer(Err.Invalid);
}

/** Page 0 of an area, to be written whole: zeros if it cannot be read. Or an Err. */
export function firstPage(area: i32): i32 {
  const at: i32 = shapeTouch(area, 0, 1);
  if (at != Err.Corrupt) return at;
  const code: i32 = areaDiscard(area, 0);
  return code < 0 ? code : shapeTouch(area, 0, 1);
}

/** May a client write the bytes of this area itself? 1; 0 for a map or a log, whose bytes are its own, and for what is no area. */
export function areaIsPlain(area: i32): i32 { return isArea(area) && objectShape(area) == Shape.None ? 1 : 0; }

/** May an area be made a shape of `pages` pages, at least `least`? Ok, or Invalid, counted. */
export function mayBe(area: i32, pages: i32, least: i32): i32 {
  const code: i32 = mayCall();
  return code < 0 ? code : answer(isArea(area) && pages >= least && pages <= objectPages(area) ? Err.Ok : Err.Invalid);
}

/** The pool of all caches, or -1 while there is none. */
export function cachePool(): i32 {
  for (let pool: i32 = 0; pool < knob(Knob.PoolsMax); pool++) {
    if (poolKind(pool) == PoolKind.Ephemeral && poolIsShared(pool)) return pool;
  }
  return -1;
}

function letCachesGo(): boolean {
  const pool: i32 = cachePool();
  let gone: boolean = false;
  for (let cache: i32 = 0; pool >= 0 && cache < CACHES_MAX; cache++) {
    if (frontswapInvalidateArea(pool, cache) == Err.Ok) gone = true;
  }
  return gone;
}

/** areaDiscard(), with the room of caches where the tables have none. */
function zeroPage(area: i32, page: i32): i32 {
  const code: i32 = areaDiscard(area, page);
  return code == Err.NoEntry && letCachesGo() ? areaDiscard(area, page) : code;
}

/** Is the page resident? */
export function isHeld(area: i32, page: i32): boolean { return areaPlace(area, page) == 3; }

/**
 * Touches a page for writing. From the second try on it is kept as well: pages that come in one after the other would each
 * push out the one before where the store has no more than three residents to spare.
 */
export function holdOne(area: i32, page: i32, tries: i32): i32 {
  const at: i32 = shapeTouch(area, page, 1);
  if (at >= 0 && tries > 0) keepPage(area, page);
  return at;
}

/**
 * Makes up to three pages resident for writing, all at the same time, so that what follows cannot fail half-way. Ok, or
 * the Err of the first that cannot be had. Numbers may be equal.
 */
export function hold(area: i32, first: i32, second: i32, third: i32): i32 {
  for (let tries: i32 = 0; tries < 3; tries++) {
    let at: i32 = holdOne(area, first, tries);
    if (at >= 0) at = holdOne(area, second, tries);
    if (at >= 0) at = holdOne(area, third, tries);
    if (at < 0) return at;
    if (isHeld(area, first) && isHeld(area, second) && isHeld(area, third)) return Err.Ok;
  }
  return noRoom();
}

/** Do `length` bytes from `from` on lie in an area? Ok, or Invalid, counted. */
function isInside(area: i32, from: i32, length: i32): i32 {
  const code: i32 = mayBe(area, 1, 1);
  if (code < 0) return code;
  return from < 0 || length < 0 || from > (objectPages(area) << pageShift) - length ? answer(Err.Invalid) : code;
}

/**
 * Touches a page for a write from `from` to `end`. A damaged page that the write replaces is no hindrance: with `heals` it is
 * zeros from now on, and otherwise as it was. Ok or the arena offset, or an Err.
 */
function touchToWrite(area: i32, page: i32, from: i32, end: i32, heals: boolean): i32 {
  const isWhole: boolean = page << pageShift >= from && page + 1 << pageShift <= end;
  const at: i32 = shapeTouch(area, page, isWhole && heals ? Use.Replace : Use.Change);
  return isWhole && (at == Err.Corrupt || at == Err.Flash) ? Err.Ok : at;
}

/** Touches the pages that areaHold() holds, for a write. Ok, or the Err of the first that cannot be had. */
function touchEnds(area: i32, from: i32, end: i32, middle: i32, heals: boolean): i32 {
  let at: i32 = touchToWrite(area, from >> pageShift, from, end, heals);
  if (at >= 0) at = touchToWrite(area, middle, from, end, heals);
  if (at >= 0) at = touchToWrite(area, end - 1 >> pageShift, from, end, heals);
  return at < 0 ? at : Err.Ok;
}

/** Pages that a full store may still show at the same time, at best. */
const HELD_MOST: i32 = 3;

/**
 * Before `length` bytes from `from` on are written to an area: makes their pages resident, all at the same time, so that the
 * write is not refused half-way; of more than HELD_MOST pages the first and the last. A page that is damaged may be
 * replaced whole. Ok; Invalid; or the Err of a page that cannot be had, and nothing has changed.
 */
export function areaHold(area: i32, from: i32, length: i32): i32 {
  let code: i32 = isInside(area, from, length);
  const first: i32 = from >> pageShift;
  const last: i32 = from + length - 1 >> pageShift;
  if (code < 0 || last <= first) return code;
  const middle: i32 = last - first < HELD_MOST ? first + 1 : last;
  code = hold(area, first, middle, last);
  if (code != Err.Corrupt && code != Err.Flash) return code;
  code = touchEnds(area, from, from + length, middle, false);
  if (code == Err.Ok) code = touchEnds(area, from, from + length, middle, true);
  return code < 0 ? code : hold(area, first, middle, last);
}

/**
 * Zeros in a range of an area: whole pages are given up, parts of pages written. Ok; Invalid, or an Err of a page that is
 * changed in part, and nothing has changed; NoEntry (areaDiscard), and pages before it are zeros.
 */
export function areaZero(area: i32, from: i32, length: i32): i32 {
  let code: i32 = isInside(area, from, length);
  // Only what is changed in part has to be had; where both ends are, both at once.
  if (code == Err.Ok && length > 0) code = holdParts(area, from, from + length);
  if (code < 0) return code;
  let at: i32 = from;
  const end: i32 = from + length;
  while (at < end) {
    const inPage: i32 = at & pageBytes - 1;
    const piece: i32 = pageBytes - inPage < end - at ? pageBytes - inPage : end - at;
    const where: i32 = piece == pageBytes ? zeroPage(area, at >> pageShift) : shapeTouch(area, at >> pageShift, Use.Change);
    if (where < 0) return where;
    if (piece < pageBytes) fillBytes(where + inPage, 0, piece);
    at += piece;
  }
  return Err.Ok;
}

/** Holds the pages in which a range begins and ends, unless the range has all of them. Ok, or an Err. */
function holdParts(area: i32, from: i32, end: i32): i32 {
  const first: i32 = (from & pageBytes - 1) != 0 ? from >> pageShift : end >> pageShift;
  const last: i32 = (end & pageBytes - 1) != 0 ? end >> pageShift : from >> pageShift;
  const isWhole: boolean = ((from | end) & pageBytes - 1) == 0;
  return isWhole ? Err.Ok : hold(area, first, last, last);
}

/** Pages of an area that are at `place` (areaPlace: 0 nowhere, 1 zpage, 2 flash, 3 resident, 4 one word), among the first `pages`; or Invalid. */
export function areaCount(area: i32, pages: i32, place: i32): i32 {
  const code: i32 = mayBe(area, pages, 0);
  if (code < 0) return code;
  let found: i32 = 0;
  for (let page: i32 = 0; page < pages; page++) if (areaPlace(area, page) == place) found++;
  return found;
}
