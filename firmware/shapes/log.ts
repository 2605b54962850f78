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
 *
 * Byte by byte: FORMAT.md. Cost: two touches to append, and one for each entry that has to go.
 */
import { fillBytes, read16, read32, write16, write32 } from "../core/memory";
import { Err } from "../core/errors";
import { pageBytes, pageShift } from "../core/layout";
import { areaDiscard } from "../core/store/paging";
import { answer } from "../core/gate";
import { ShapeErr, figuresOf, hold, mayBe, setCursor, shapeTouch } from "./stage";

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

/** Page 0 of a log, to be read; Invalid for an area that is none, or another Err. */
function logAt(area: i32): i32 { return figuresOf(area, Log.Magic, MAGIC); }

/** Makes an area of `pages` pages (2 or more) a log, unless it is one already (durable areas come back). Ok or an Err. */
export function logOpen(area: i32, pages: i32): i32 {
  let at: i32 = mayBe(area, pages, 2);
  if (at == Err.Ok) at = shapeTouch(area, 0, 0);
  if (at < 0) return at;
  if (read32(at) == MAGIC && read16(at + Log.Pages) == pages) return Err.Ok;
  at = shapeTouch(area, 0, 1);
  if (at < 0) return at;
  fillBytes(at, 0, Log.End);
  write32(at, MAGIC);
  write16(at + Log.Pages, pages);
  return Err.Ok;
}

/** Forgets every entry; the pages are given up at once. Ok or an Err. */
export function logClear(area: i32): i32 {
  let at: i32 = logAt(area);
  if (at >= 0) at = shapeTouch(area, 0, 1);
  if (at < 0) return at;
  const pages: i32 = read16(at + Log.Pages);
  const stamp: i32 = read32(at + Log.Stamp);
  fillBytes(at, 0, Log.End);
  write32(at, MAGIC);
  write16(at + Log.Pages, pages);
  write32(at + Log.Stamp, stamp + 1);
  for (let page: i32 = 1; page < pages; page++) areaDiscard(area, page);
  return Err.Ok;
}

/** Entries in a log, or an Err. */
export function logEntries(area: i32): i32 { return figure(area, Log.Entries); }
/** A number (28 bits) that changes whenever an entry comes or goes, or an Err. */
export function logStamp(area: i32): i32 { return figure(area, Log.Stamp); }

function figure(area: i32, which: i32): i32 {
  const at: i32 = logAt(area);
  return at < 0 ? at : read32(at + which) & 0xfffffff;
}

/** The half word at a position, or an Err. */
function markAt(area: i32, position: i32): i32 {
  const place: i32 = placeOf(position);
  const at: i32 = shapeTouch(area, place >> 12, 0);
  return at < 0 ? at : read16(at + (place & 4095));
}

/**
 * Makes room for an entry of `length` bytes by letting the oldest go, and sets the cursor on it, for the binding to fill;
 * logCommit() makes it count. Ok, TooLong (above 32 767 or more than the ring holds), or an Err.
 */
export function logReserve(area: i32, length: i32): i32 {
  const need: i32 = bytesFor(length);
  let at: i32 = length < 0 ? answer(Err.Invalid) : logAt(area);
  if (at < 0) return at;
  const ring: i32 = ringBytes(at);
  if (length > LENGTH_MAX || need > ring) return ShapeErr.TooLong;
  while (ring - read32(at + Log.Used) < need) {
    const code: i32 = dropOldest(area, ring);
    at = code < 0 ? code : shapeTouch(area, 0, 0);
    if (at < 0) return at;
  }
  setCursor(area, placeOf(wrapped(read32(at + Log.Head) + 2, ring)), length, 0, read16(at + Log.Pages) - 1);
  return Err.Ok;
}

function dropOldest(area: i32, ring: i32): i32 {
  const figures: i32 = shapeTouch(area, 0, 0);
  if (figures < 0) return figures;
  const mark: i32 = markAt(area, read32(figures + Log.Tail));
  const at: i32 = mark < 0 ? mark : shapeTouch(area, 0, 1);
  if (at < 0) return at;
  const size: i32 = bytesFor(lengthIn(mark));
  write32(at + Log.Tail, wrapped(read32(at + Log.Tail) + size, ring));
  write32(at + Log.Used, read32(at + Log.Used) - size);
  write32(at + Log.Entries, read32(at + Log.Entries) - 1);
  write32(at + Log.Stamp, read32(at + Log.Stamp) + 1);
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
  let mark: i32 = markAt(area, back != 0 ? wrapped(position - 2, ring) : position);
  if (mark < 0) return mark;
  if (back != 0) position = wrapped(position - bytesFor(lengthIn(mark)), ring);
  setCursor(area, placeOf(wrapped(position + 2, ring)), lengthIn(mark), mark >> 15, pages);
  return back != 0 ? position : wrapped(position + bytesFor(lengthIn(mark)), ring);
}
