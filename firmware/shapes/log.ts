/**
 * A log: entries in the order they were appended, in a ring of pages; when it is full the oldest make room, so the newest
 * are always there.
 *
 *     page 0        the log's figures
 *     page 1 ..     the ring; an entry runs on from one page into the next, and from the last into page 1
 *
 * An entry is its length and kind (half word), its bytes, filled up to an even number, and the half word again: so the
 * log can be read from either end. Appending writes where the head is and nowhere else; the page before is done with, and goes
 * wherever the store sends it. An entry counts only when it is complete (logCommit()).
 *
 * G1  The bytes from tail to head, round the ring, are whole entries, as many as are counted.
 * G2  Positions are even, so a half word never runs over a page's end.
 * G3  What is read from a page is checked before it is used: whoever wrote it, the answer is Corrupt and no access leaves the ring.
 * G4  An append that is refused has let no entry go. The exception: the flash fails while an entry is written that has more pages
 *     than RAM shows at once; the oldest, whose place it took, are gone then.
 *
 * Byte by byte: FORMAT.md. Cost: a few touches to append, and one for each entry that has to go.
 */
import { fillBytes, read16, read32, write16, write32 } from "../core/memory";
import { Err } from "../core/errors";
import { frames, pageBytes, pageShift } from "../core/layout";
import { areaDiscard, flashHasRoom, noRoom } from "../core/store/paging";
import { Shape, objectPages, setObjectShape } from "../core/store/tmem";
import { answer } from "../core/gate";
import { ShapeErr, figuresOf, firstPage, hold, holdOne, isHeld, mayBe, setCursor, shapeTouch } from "./stage";

const MAGIC: i32 = 0x474f4c5a;

/** The figures in page 0. Head, Tail: positions in the ring. Stamp: changes whenever an entry comes or goes. */
const enum Log { Magic = 0, Head = 4, Tail = 8, Entries = 12, Used = 16, Pages = 20, Stamp = 24, End = 28 }

/** Two half words around the bytes. */
const FRAME_BYTES: i32 = 4;
const LENGTH_MAX: i32 = 32767;

function bytesFor(length: i32): i32 { return FRAME_BYTES + (length + 1 & -2); }
function ringBytes(at: i32): i32 { return read16(at + Log.Pages) - 1 << pageShift; }
function lengthIn(mark: i32): i32 { return mark & LENGTH_MAX; }
/** Page << 12 | offset of a position. */
function placeOf(position: i32): i32 { return (position >> pageShift) + 1 << 12 | position & pageBytes - 1; }
function wrapped(position: i32, ring: i32): i32 { return position >= ring ? position - ring : position < 0 ? position + ring : position; }

/** Can these figures of page 0 be? */
function isSound(area: i32, at: i32): boolean {
  const pages: i32 = read16(at + Log.Pages);
  if (read32(at) != MAGIC || pages < 2 || pages > objectPages(area)) return false;
  const ring: i32 = ringBytes(at);
  const used: i32 = read32(at + Log.Used);
  const tail: i32 = read32(at + Log.Tail);
  const entries: i32 = read32(at + Log.Entries);
  if (used < 0 || used > ring || tail < 0 || tail >= ring || ((used | tail) & 1) != 0) return false;
  return entries >= 0 && entries <= used >> 2 && read32(at + Log.Head) == wrapped(tail + used, ring);
}

/** Page 0 of a log, to be read; Invalid for an area that is none, Corrupt for figures that cannot be, or another Err. */
function logAt(area: i32): i32 {
  const at: i32 = figuresOf(area, Shape.Log);
  return at < 0 || isSound(area, at) ? at : Err.Corrupt;
}

/**
 * Makes an area of `pages` pages (2 or more) a log, unless something is in it already (durable areas come back): whether that
 * is a log, its calls say. Ok or an Err.
 */
export function logOpen(area: i32, pages: i32): i32 {
  const code: i32 = mayBe(area, pages, 2);
  if (code < 0) return code;
  const at: i32 = shapeTouch(area, 0, 0);
  const isNew: boolean = at >= 0 && read32(at) == 0;
  const made: i32 = isNew ? make(area, pages, 0) : at < 0 && at != Err.Corrupt ? at : Err.Ok;
  if (made == Err.Ok) setObjectShape(area, Shape.Log);
  return made;
}

function make(area: i32, pages: i32, stamp: i32): i32 {
  const at: i32 = firstPage(area);
  if (at < 0) return at;
  fillBytes(at, 0, Log.End);
  write32(at, MAGIC);
  write16(at + Log.Pages, pages);
  write32(at + Log.Stamp, stamp);
  return Err.Ok;
}

/** Forgets every entry, also of a log that is damaged; the pages are given up at once. Ok or an Err. */
export function logClear(area: i32): i32 {
  const at: i32 = figuresOf(area, Shape.Log);
  if (at < 0 && at != Err.Corrupt) return at;
  const kept: i32 = at < 0 ? 0 : read16(at + Log.Pages);
  const pages: i32 = kept < 2 || kept > objectPages(area) ? objectPages(area) : kept;
  const code: i32 = make(area, pages, at < 0 ? 1 : read32(at + Log.Stamp) + 1);
  for (let page: i32 = 1; page < pages && code == Err.Ok; page++) areaDiscard(area, page);
  return code;
}

/** Entries in a log, or an Err. */
export function logEntries(area: i32): i32 { return figure(area, Log.Entries); }
/** A number (28 bits) that changes whenever an entry comes or goes, or an Err. */
export function logStamp(area: i32): i32 { return figure(area, Log.Stamp); }

/** Bytes that an entry can take, its 4 bytes of lengths with it, before the oldest has to go; or an Err. */
export function logRoom(area: i32): i32 {
  const at: i32 = logAt(area);
  return at < 0 ? at : ringBytes(at) - read32(at + Log.Used);
}

function figure(area: i32, which: i32): i32 {
  const at: i32 = logAt(area);
  return at < 0 ? at : read32(at + which) & 0xfffffff;
}

/** Length and kind of an entry that begins or ends with the half word at a position; Corrupt if `used` bytes cannot be so many; or an Err. */
function markAt(area: i32, position: i32, used: i32): i32 {
  const place: i32 = placeOf(position);
  const at: i32 = shapeTouch(area, place >> 12, 0);
  if (at < 0) return at;
  const mark: i32 = read16(at + (place & 4095));
  return bytesFor(lengthIn(mark)) <= used ? mark : Err.Corrupt;
}

/**
 * Makes room for an entry of `length` bytes by letting the oldest go, and sets the cursor on it, for the binding to fill;
 * logCommit() makes it count. Ok, TooLong (above 32 767 or more than the ring holds), or an Err, and nothing has gone.
 */
export function logReserve(area: i32, length: i32): i32 {
  const need: i32 = bytesFor(length);
  const at: i32 = length < 0 ? answer(Err.Invalid) : logAt(area);
  if (at < 0) return at;
  const ring: i32 = ringBytes(at);
  if (length > LENGTH_MAX || need > ring) return ShapeErr.TooLong;
  const head: i32 = read32(at + Log.Head);
  const pages: i32 = read16(at + Log.Pages) - 1;
  const code: i32 = makeRoom(area, head, need, ring, pages);
  if (code == Err.Ok) setCursor(area, placeOf(wrapped(head + 2, ring)), length, 0, pages);
  return code;
}

/** Lets the oldest entries go until `need` bytes are free, once all the pages of those bytes are there to be written. Ok or an Err. */
function makeRoom(area: i32, head: i32, need: i32, ring: i32, pages: i32): i32 {
  const figures: i32 = shapeTouch(area, 0, 0);
  let used: i32 = figures < 0 ? 0 : read32(figures + Log.Used);
  let tail: i32 = figures < 0 ? 0 : read32(figures + Log.Tail);
  let gone: i32 = 0;
  for (; ring - used < need; gone++) {
    const mark: i32 = markAt(area, tail, used);
    if (mark < 0) return mark;
    tail = wrapped(tail + bytesFor(lengthIn(mark)), ring);
    used -= bytesFor(lengthIn(mark));
  }
  // What is behind the head is nobody's: where no entry goes, a refusal later costs nothing.
  if (figures < 0 || gone == 0) return figures < 0 ? figures : Err.Ok;
  const code: i32 = reach(area, head, need, pages);
  return code < 0 ? code : letGo(area, gone, tail, used);
}

/** Touches page 0 and `count` pages of the ring from `first` on, to be written. 1: all are resident now, at the same time; 0: not; or an Err. */
function touchAll(area: i32, first: i32, count: i32, pages: i32, tries: i32): i32 {
  let at: i32 = holdOne(area, 0, tries);
  for (let i: i32 = 0; i < count && at >= 0; i++) at = holdOne(area, ringPage(first + i, pages), tries);
  if (at < 0) return at;
  let held: i32 = isHeld(area, 0) ? 1 : 0;
  for (let i: i32 = 0; i < count && held == 1; i++) if (!isHeld(area, ringPage(first + i, pages))) held = 0;
  return held;
}

/** The page of the ring with this number, which may have gone round once. */
function ringPage(page: i32, pages: i32): i32 { return page > pages ? page - pages : page; }

/**
 * Makes page 0 and every page of the `need` bytes from `head` on resident at the same time: nothing can be refused after that.
 * Where RAM has not so many, flash must have room for them all, so that each can go there when the next comes. Ok, or an Err.
 */
function reach(area: i32, head: i32, need: i32, pages: i32): i32 {
  const first: i32 = placeOf(head) >> 12;
  const span: i32 = (head & pageBytes - 1) + need + pageBytes - 1 >> pageShift;
  const count: i32 = span < pages ? span : pages;
  // More than half of the frames are hardly ever residents of one area: they are touched once.
  for (let tries: i32 = count < frames >> 1 ? 0 : 2; tries < 3; tries++) {
    const held: i32 = touchAll(area, first, count, pages, tries);
    if (held != 0) return held < 0 ? held : Err.Ok;
  }
  return flashHasRoom(count) ? hold(area, 0, first, ringPage(first + count - 1, pages)) : noRoom();
}

/** The `gone` oldest entries do not count any more; page 0 is held. Ok or an Err. */
function letGo(area: i32, gone: i32, tail: i32, used: i32): i32 {
  const at: i32 = shapeTouch(area, 0, 1);
  if (at < 0) return at;
  // The entries that are counted are not those that are there.
  if (read32(at + Log.Entries) < gone) return Err.Corrupt;
  write32(at + Log.Tail, tail);
  write32(at + Log.Used, used);
  write32(at + Log.Entries, read32(at + Log.Entries) - gone);
  write32(at + Log.Stamp, read32(at + Log.Stamp) + gone);
  return Err.Ok;
}

/** Counts the entry that was reserved and filled; `kind` is 0 or 1. Ok or an Err, and then it does not count. */
export function logCommit(area: i32, length: i32, kind: i32): i32 {
  let at: i32 = length < 0 || length > LENGTH_MAX || (kind & -2) != 0 ? answer(Err.Invalid) : logAt(area);
  if (at < 0) return at;
  const ring: i32 = ringBytes(at);
  const size: i32 = bytesFor(length);
  if (read32(at + Log.Used) + size > ring) return answer(Err.Invalid);
  const head: i32 = read32(at + Log.Head);
  const first: i32 = placeOf(head);
  const last: i32 = placeOf(wrapped(head + size - 2, ring));
  const code: i32 = hold(area, 0, first >> 12, last >> 12);
  if (code < 0) return code;
  write16(shapeTouch(area, first >> 12, 1) + (first & 4095), length | kind << 15);
  write16(shapeTouch(area, last >> 12, 1) + (last & 4095), length | kind << 15);
  at = shapeTouch(area, 0, 1);
  write32(at + Log.Head, wrapped(head + size, ring));
  write32(at + Log.Used, read32(at + Log.Used) + size);
  write32(at + Log.Entries, read32(at + Log.Entries) + 1);
  write32(at + Log.Stamp, read32(at + Log.Stamp) + 1);
  return Err.Ok;
}

/**
 * Sets the cursor on an entry and returns the position to go on from, or an Err. Forwards (`back` 0) from -1, the oldest;
 * backwards (`back` 1) from -1, the newest. How many there are is the caller's to count (logEntries()).
 */
export function logNext(area: i32, from: i32, back: i32): i32 {
  const at: i32 = logAt(area);
  if (at < 0) return at;
  const ring: i32 = ringBytes(at);
  if (from >= ring || from > 0 && (from & 1) != 0) return answer(Err.Invalid);
  const pages: i32 = read16(at + Log.Pages) - 1;
  let position: i32 = from >= 0 ? from : read32(at + (back != 0 ? Log.Head : Log.Tail));
  const mark: i32 = markAt(area, back != 0 ? wrapped(position - 2, ring) : position, read32(at + Log.Used));
  if (mark < 0) return mark;
  if (back != 0) position = wrapped(position - bytesFor(lengthIn(mark)), ring);
  setCursor(area, placeOf(wrapped(position + 2, ring)), lengthIn(mark), mark >> 15, pages);
  return back != 0 ? position : wrapped(position + bytesFor(lengthIn(mark)), ring);
}
