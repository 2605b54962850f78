/**
 * The console's line editor: bytes from the keyboard in, echo out through serialPut(), whole lines as events.
 *
 *     "> var a = 1|2 + b"      text        the line, UTF-8, `Length` bytes of `TextRoom`
 *                 ^ cursor                 a byte offset, always at the start of a character or at the end
 *      .stats\0z.stats()\0     history     lines oldest first, each ended by a zero; the unfinished line is parked
 *                                          behind them while one leafs through
 *
 * L1 The text is always whole characters, except for the one being received.
 * L2 A key that cannot be obeyed (no room, nothing there) rings the bell and changes nothing.
 * L3 Two equal lines in a row are one line of history; when room is short the oldest go.
 * L4 What the terminal shows is the text, as long as it fits one row.
 * L5 A line that lacks anything of what was sent is never Done: it had no room, bytes of it were no UTF-8, or lineCut() says that
 *    some were lost. Enter makes it Refused, with its number and the reason. Erasing it whole makes it good again.
 *
 * Keys: arrows, Home, End, Delete, Backspace; Ctrl-A E B F (start, end, back, forth), Ctrl-K U W (erase to the end, to the
 * start, the word before), Ctrl-P N (history), Ctrl-L (clear the screen), Ctrl-C (drop the line), Ctrl-D (delete, or on an
 * empty line the event Reset). Enter is CR, LF or CR LF.
 *
 * It is compiled like the core, so on our image it costs no engine heap and about 200 instructions a key. A character
 * counts as one column; wide ones (CJK) therefore show the cursor off, which edits right and looks wrong.
 */
import { read8, write8, read32, write32, copyBytes } from "../core/memory";
import { serialPut } from "../core/ports";

/** What a key led to. */
export const enum LineEvent {
  None = 0,
  /** A line is complete: lineText(), lineLength(). The screen is on a new row. */
  Done = 1,
  /** Ctrl-C dropped the line; the screen is on a new row and wants a prompt. */
  Cleared = 2,
  /** Ctrl-D on an empty line. */
  Reset = 3,
  /** A line has ended that is not whole: nothing of it may be used. lineNumber(), lineFault(). The screen is on a new row. */
  Refused = 4,
}

/** Why a line is not whole; the highest of several counts. */
export const enum LineFault {
  None = 0,
  /** It holds bytes that are no UTF-8. */
  NotText = 1,
  /** It is longer than lineRoom(). */
  TooLong = 2,
  /** Bytes of it never reached the editor. */
  Lost = 3,
}

/** State region, offsets from its start. */
const enum At {
  Length = 0,
  Cursor = 4,
  /** Bytes of the line that was completed last. */
  DoneLength = 8,
  Mode = 12,
  /** Bytes still to come of the character being received. */
  Pending = 16,
  /** 1 after a CR: a LF that follows belongs to it. */
  AfterReturn = 20,
  TextRoom = 24,
  HistoryRoom = 28,
  /** Bytes of the history in use. */
  HistoryUsed = 32,
  /** Where the shown line of history starts; HistoryUsed: the new line is shown. */
  Leaf = 36,
  /** Bytes of the new line while it is parked behind the history. */
  Parked = 40,
  /** LineFault of the line, and of the one that ended last. */
  Fault = 44,
  DoneFault = 48,
  /** Lines that ended so far, by Enter. */
  Number = 52,
  Text = 56,
}

/** Least bytes for lineOpen(): a line of 40 bytes and as much history. */
export const LINE_STATE_BYTES: i32 = 136;

const enum Mode {
  Plain,
  /** After ESC. */
  Escape,
  /** After ESC [ or ESC O. */
  Sequence,
  /** After ESC [ digit: `Mode.Number + digit`; ends with ~. */
  Number,
}

/** Bytes that act. */
const enum Key {
  Start = 1, Back = 2, Drop = 3, Delete = 4, End = 5, Forth = 6, Bell = 7, Backspace = 8, Feed = 10, KillEnd = 11,
  Clear = 12, Return = 13, Next = 14, Previous = 16, KillStart = 21, KillWord = 23, Escape = 27, Rubout = 127,
}

let lineBase: i32 = 0;

function get(at: i32): i32 { return read32(lineBase + at); }
function set(at: i32, value: i32): void { write32(lineBase + at, value); }

/** Starts with an empty line and no history. `base`: multiple of 4; `lengthBytes`: LINE_STATE_BYTES or more, half of it for the line. */
export function lineOpen(base: i32, lengthBytes: i32): void {
  lineBase = base;
  for (let at: i32 = 0; at < At.Text; at += 4) set(at, 0);
  const textRoom: i32 = (lengthBytes - At.Text) >> 1;
  set(At.TextRoom, textRoom);
  set(At.HistoryRoom, lengthBytes - At.Text - textRoom);
}

/** Goes on with the region at `base`, which lineOpen() prepared earlier. */
export function lineAttach(base: i32): void { lineBase = base; }

/** Where the line completed last lies; valid until the next lineKey(). */
export function lineText(): i32 { return lineBase + At.Text; }
/** Its length in bytes. */
export function lineLength(): i32 { return get(At.DoneLength); }
/** Number of the line that ended last, from 1 at lineOpen() on. */
export function lineNumber(): i32 { return get(At.Number); }
/** Why the line that ended last is refused (LineFault). */
export function lineFault(): i32 { return get(At.DoneFault); }
/** Bytes of the longest line. */
export function lineRoom(): i32 { return get(At.TextRoom); }

/** The line that is being typed is not whole, for the reason `fault` (LineFault). */
export function lineCut(fault: i32): void {
  if (fault > get(At.Fault)) set(At.Fault, fault);
}

/** Takes a byte from the keyboard, echoes, and says what came of it (LineEvent). */
export function lineKey(byte: i32): i32 {
  const afterReturn: boolean = get(At.AfterReturn) == 1;
  set(At.AfterReturn, byte == Key.Return ? 1 : 0);
  if (byte == Key.Feed && afterReturn) return LineEvent.None;
  if (byte == Key.Return || byte == Key.Feed) return finish();
  if (byte == Key.Drop) return drop();
  if (byte == Key.Delete && get(At.Length) == 0) return askReset();
  if (get(At.Mode) != Mode.Plain) continueSequence(byte);
  else if (byte >= 128) receive(byte);
  else pressed(byte);
  return LineEvent.None;
}

/** A key of one byte below 128. */
function pressed(byte: i32): void {
  if (get(At.Pending) != 0) dropBroken();
  if (byte >= 32 && byte != Key.Rubout) insertCharacter(byte, 1);
  else control(byte);
}

function control(byte: i32): void {
  switch (byte) {
    case Key.Start: moveTo(0); break;
    case Key.End: moveTo(get(At.Length)); break;
    case Key.Back: stepBack(); break;
    case Key.Forth: stepForth(); break;
    case Key.Delete: deleteForth(); break;
    case Key.Backspace: case Key.Rubout: deleteBack(before(get(At.Cursor))); break;
    case Key.KillEnd: removeRange(get(At.Cursor), get(At.Length)); break;
    case Key.KillStart: deleteBack(0); break;
    case Key.KillWord: deleteBack(wordBefore()); break;
    case Key.Clear: clearScreen(); break;
    case Key.Previous: leafBack(); break;
    case Key.Next: leafForth(); break;
    case Key.Escape: set(At.Mode, Mode.Escape); break;
    case 9: insertCharacter(32, 1); break;
    default: break;
  }
}

/** ESC [ A, ESC O H, ESC [ 3 ~ and the like; anything else ends quietly. */
function continueSequence(byte: i32): void {
  const mode: i32 = get(At.Mode);
  const opens: boolean = mode == Mode.Escape && (byte == 91 || byte == 79);
  const isDigit: boolean = mode == Mode.Sequence && byte >= 48 && byte <= 57;
  if (opens) set(At.Mode, Mode.Sequence);
  else if (isDigit) set(At.Mode, Mode.Number + byte - 48);
  else if (mode > Mode.Sequence && (byte == 59 || (byte >= 48 && byte <= 57))) return;
  else endSequence(mode, byte);
}

function endSequence(mode: i32, byte: i32): void {
  set(At.Mode, Mode.Plain);
  if (mode == Mode.Sequence) control(keyOfLetter(byte));
  else if (mode >= Mode.Number && byte == 126) control(keyOfNumber(mode - Mode.Number));
  else if (mode >= Mode.Number) control(keyOfLetter(byte));
}

/** ESC [ A ... ; 0: no key of ours. */
function keyOfLetter(byte: i32): i32 {
  switch (byte) {
    case 65: return Key.Previous;
    case 66: return Key.Next;
    case 67: return Key.Forth;
    case 68: return Key.Back;
    case 70: return Key.End;
    case 72: return Key.Start;
    default: return 0;
  }
}

/** ESC [ 1 ~ ... ; 0: no key of ours. The Delete key never asks for a reset, so it is told apart from Ctrl-D before. */
function keyOfNumber(digit: i32): i32 {
  if (digit == 1 || digit == 7) return Key.Start;
  if (digit == 4 || digit == 8) return Key.End;
  return digit == 3 ? Key.Delete : 0;
}

// ---- echo ----

function bell(): void { serialPut(Key.Bell); }

function newRow(): void {
  serialPut(13);
  serialPut(10);
}

/** Sends text from `from` up to `to`, offsets in the line. */
function show(from: i32, to: i32): void {
  for (let i: i32 = from; i < to; i++) serialPut(read8(lineBase + At.Text + i));
}

/** Moves the terminal's cursor left over the characters from `from` up to `to`. */
function backOver(from: i32, to: i32): void {
  for (let i: i32 = from; i < to; i++) if (!isContinuation(i)) serialPut(8);
}

/** ESC [ K: clears the rest of the row. */
function clearRest(): void {
  serialPut(Key.Escape);
  serialPut(91);
  serialPut(75);
}

/** Shows the line behind the cursor anew and comes back. */
function showTail(): void {
  const cursor: i32 = get(At.Cursor);
  show(cursor, get(At.Length));
  clearRest();
  backOver(cursor, get(At.Length));
}

function clearScreen(): void {
  serialPut(Key.Escape);
  serialPut(91);
  serialPut(72);
  serialPut(Key.Escape);
  serialPut(91);
  serialPut(74);
  serialPut(62);
  serialPut(32);
  show(0, get(At.Cursor));
  showTail();
}

// ---- moving ----

/** Is the byte at this offset of the line inside a character? */
function isContinuation(at: i32): boolean { return (read8(lineBase + At.Text + at) & 0xc0) == 0x80; }

/** Start of the character before `at`; 0 at the start. */
function before(at: i32): i32 {
  if (at == 0) return 0;
  let start: i32 = at - 1;
  while (start > 0 && isContinuation(start)) start--;
  return start;
}

/** Start of the character behind the one at `at`; the end at the end. */
function behind(at: i32): i32 {
  const length: i32 = get(At.Length);
  if (at >= length) return length;
  let next: i32 = at + 1;
  while (next < length && isContinuation(next)) next++;
  return next;
}

function wordBefore(): i32 {
  let at: i32 = get(At.Cursor);
  while (at > 0 && read8(lineBase + At.Text + at - 1) == 32) at--;
  while (at > 0 && read8(lineBase + At.Text + at - 1) != 32) at--;
  return at;
}

function moveTo(to: i32): void {
  const from: i32 = get(At.Cursor);
  if (to < from) backOver(to, from);
  else show(from, to);
  set(At.Cursor, to);
}

function stepBack(): void {
  if (get(At.Cursor) == 0) bell();
  else moveTo(before(get(At.Cursor)));
}

function stepForth(): void {
  if (get(At.Cursor) == get(At.Length)) bell();
  else moveTo(behind(get(At.Cursor)));
}

// ---- changing ----

/** Puts a byte at the cursor, no echo. */
function putIn(byte: i32): void {
  const cursor: i32 = get(At.Cursor);
  const at: i32 = lineBase + At.Text + cursor;
  copyBytes(at + 1, at, get(At.Length) - cursor);
  write8(at, byte);
  set(At.Length, get(At.Length) + 1);
  set(At.Cursor, cursor + 1);
}

/** Takes the first byte of a character of `size` bytes, or refuses the whole of it. */
function insertCharacter(byte: i32, size: i32): boolean {
  if (get(At.Length) + size > get(At.TextRoom)) {
    lineCut(LineFault.TooLong);
    bell();
    return false;
  }
  putIn(byte);
  if (size == 1) showInserted(1);
  return true;
}

/** The last `size` bytes before the cursor are new. */
function showInserted(size: i32): void {
  const cursor: i32 = get(At.Cursor);
  show(cursor - size, cursor);
  if (cursor < get(At.Length)) showTail();
}

/** Bytes of the character that begins with this byte; 0: none does. */
function sizeOf(lead: i32): i32 {
  if (lead >= 0xc2 && lead < 0xe0) return 2;
  if (lead >= 0xe0 && lead < 0xf0) return 3;
  return lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
}

/** A byte of a character of several. */
function receive(byte: i32): void {
  const pending: i32 = get(At.Pending);
  if ((byte & 0xc0) == 0x80) {
    if (pending == 0) {
      lineCut(LineFault.NotText);
      return;
    }
    putIn(byte);
    set(At.Pending, pending - 1);
    if (pending == 1) showInserted(get(At.Cursor) - before(get(At.Cursor)));
    return;
  }
  if (pending != 0) dropBroken();
  const size: i32 = sizeOf(byte);
  if (size == 0) lineCut(LineFault.NotText);
  else if (insertCharacter(byte, size)) set(At.Pending, size - 1);
}

/** The character being received will not be completed: takes its bytes out again. Nothing of it was shown. */
function dropBroken(): void {
  set(At.Pending, 0);
  const from: i32 = before(get(At.Cursor));
  takeOut(from, get(At.Cursor));
  set(At.Cursor, from);
  lineCut(LineFault.NotText);
}

function takeOut(from: i32, to: i32): void {
  const text: i32 = lineBase + At.Text;
  copyBytes(text + from, text + to, get(At.Length) - to);
  set(At.Length, get(At.Length) - (to - from));
}

/** Removes from `from`, where the cursor is, up to `to`. */
function removeRange(from: i32, to: i32): void {
  if (from == to) return;
  takeOut(from, to);
  showTail();
  if (get(At.Length) == 0) set(At.Fault, LineFault.None);
}

function deleteForth(): void {
  if (get(At.Cursor) == get(At.Length)) bell();
  else removeRange(get(At.Cursor), behind(get(At.Cursor)));
}

/** Removes what lies between `from` and the cursor. */
function deleteBack(from: i32): void {
  const cursor: i32 = get(At.Cursor);
  if (from == cursor) {
    bell();
    return;
  }
  moveTo(from);
  removeRange(from, cursor);
}

// ---- history ----

function historyAt(): i32 { return lineBase + At.Text + get(At.TextRoom); }

/** Length of the line of history that starts at `leaf`. */
function leafLength(leaf: i32): i32 {
  const from: i32 = historyAt() + leaf;
  let length: i32 = 0;
  while (read8(from + length) != 0) length++;
  return length;
}

/** Where the line of history before `leaf` starts. */
function leafBefore(leaf: i32): i32 {
  let start: i32 = leaf - 1;
  while (start > 0 && read8(historyAt() + start - 1) != 0) start--;
  return start;
}

/** Drops the oldest lines until `length` more bytes fit behind the history. False if they never will. */
function makeRoom(length: i32): boolean {
  if (length > get(At.HistoryRoom)) return false;
  while (get(At.HistoryUsed) + length > get(At.HistoryRoom)) {
    const gone: i32 = leafLength(0) + 1;
    copyBytes(historyAt(), historyAt() + gone, get(At.HistoryUsed) - gone);
    set(At.HistoryUsed, get(At.HistoryUsed) - gone);
  }
  return true;
}

/** Is the line what was remembered last? */
function isRepeated(): boolean {
  const used: i32 = get(At.HistoryUsed);
  if (used == 0) return false;
  const leaf: i32 = leafBefore(used);
  const length: i32 = get(At.Length);
  if (leafLength(leaf) != length) return false;
  let i: i32 = 0;
  while (i < length && read8(historyAt() + leaf + i) == read8(lineBase + At.Text + i)) i++;
  return i == length;
}

function remember(): void {
  const length: i32 = get(At.Length);
  if (length == 0 || isRepeated() || !makeRoom(length + 1)) return;
  const to: i32 = historyAt() + get(At.HistoryUsed);
  copyBytes(to, lineBase + At.Text, length);
  write8(to + length, 0);
  set(At.HistoryUsed, get(At.HistoryUsed) + length + 1);
}

/** Replaces the line on the screen and in the text by `length` bytes at `from`. */
function replaceBy(from: i32, length: i32): void {
  moveTo(0);
  const fitting: i32 = length < get(At.TextRoom) ? length : get(At.TextRoom);
  copyBytes(lineBase + At.Text, from, fitting);
  set(At.Length, fitting);
  clearRest();
  moveTo(fitting);
}

/** Keeps the new line behind the history while others are shown; an over-long one makes the oldest go. */
function park(): void {
  const length: i32 = get(At.Length);
  const fits: boolean = makeRoom(length);
  set(At.Parked, fits ? length : 0);
  if (fits) copyBytes(historyAt() + get(At.HistoryUsed), lineBase + At.Text, length);
  set(At.Leaf, get(At.HistoryUsed));
}

function leafBack(): void {
  if (get(At.Leaf) == get(At.HistoryUsed)) park();
  if (get(At.Leaf) == 0) {
    bell();
    return;
  }
  const leaf: i32 = leafBefore(get(At.Leaf));
  set(At.Leaf, leaf);
  replaceBy(historyAt() + leaf, leafLength(leaf));
}

function leafForth(): void {
  if (get(At.Leaf) == get(At.HistoryUsed)) {
    bell();
    return;
  }
  const leaf: i32 = get(At.Leaf) + leafLength(get(At.Leaf)) + 1;
  set(At.Leaf, leaf);
  const isNew: boolean = leaf == get(At.HistoryUsed);
  replaceBy(historyAt() + leaf, isNew ? get(At.Parked) : leafLength(leaf));
}

// ---- ends of a line ----

function startOver(): void {
  set(At.Length, 0);
  set(At.Cursor, 0);
  set(At.Mode, Mode.Plain);
  set(At.Pending, 0);
  set(At.Parked, 0);
  set(At.Fault, LineFault.None);
  set(At.Leaf, get(At.HistoryUsed));
}

function finish(): i32 {
  if (get(At.Pending) != 0) dropBroken();
  newRow();
  const fault: i32 = get(At.Fault);
  if (fault == LineFault.None) remember();
  set(At.DoneFault, fault);
  set(At.DoneLength, fault == LineFault.None ? get(At.Length) : 0);
  set(At.Number, get(At.Number) + 1);
  startOver();
  return fault == LineFault.None ? LineEvent.Done : LineEvent.Refused;
}

function drop(): i32 {
  if (get(At.Pending) != 0) dropBroken();
  moveTo(get(At.Length));
  serialPut(94);
  serialPut(67);
  newRow();
  startOver();
  return LineEvent.Cleared;
}

function askReset(): i32 {
  newRow();
  startOver();
  return LineEvent.Reset;
}
