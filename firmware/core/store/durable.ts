/**
 * Durable areas as the store sees them: found by name, synced, deleted. An app writes to one as to any area; what it has
 * written survives a power cut once areaSync() has returned Ok, all of it or, before that, nothing of it.
 *
 *   directory, a durable page of its own (row 0, instance 0), records of 32 bytes:
 *     first    magic u32 | version u16 | bytes of a page u16 | next instance u16 | 0
 *     others   name, 24 bytes, 0 behind it | pages u16 | instance u16 | 0 u32            instance 0: free
 *
 * Record n of the directory is row n of the durable table (swap/durable.ts). Instances are never used again, so records
 * of a deleted area can never be taken for another's.
 *
 * A durable page is one of four: nowhere (zeros, or its committed record if there is one), clean (its entry names the
 * committed record), or changed: then its entry names anything else, and sync writes it. Pages that are all zero and have
 * no record need none. While a sync runs the entries name the new records and the table still the old ones; the commit
 * makes the table follow.
 *
 * U5  The entry of a durable page names the slot of its committed record only while the page equals it.
 */
import { copyBytes, fillBytes, read16, read32, read8, write16, write32 } from "../memory";
import { Counter, count, countBy } from "../counters";
import { Knob, knob } from "../config";
import { Err } from "../errors";
import { AREA_NAME_BYTES, DIRECTORY_RECORD_BYTES, Header, durableRows, pageBytes, zpageBufferAt } from "../layout";
import { Form, Place, formOf, frameOf, hasSlot, isSame, isStored, lengthOf, payloadOf, placeOf, resetEntry, setResident, setSwapped, slotOf } from "../entries";
import { frameOffset } from "../frames";
import { isSameFilled } from "../codec/same-filled";
import { zpoolRead } from "../zpool/zpool";
import { Chip, RowState, closeSwap, committedSlot, countShared, durableIsOn, forgetCommitted, formatLog, freeRange, giveVerdict, recoverPages, rowFirst, rowInUse, rowInstance, rowObject, rowPages, rowState, setRow, setRowObject, setRowState, swapAdopt, swapBeginSync, swapCommit, swapDigest, swapDigestNow, swapGiveUpSync, swapIsOpen, swapRead, swapShape, swapWriteDurable } from "../swap/swap-log";
import { compressForFlash, compressPage } from "./bouncer";
import { DURABLE_ID, dropSlot, leavePlace, placeSame, rowOf } from "./places";
import { closeArea, makeArea, touchPage } from "./paging";
import { entryIndex, entryObject, findEntry, forgetEntry, makeEntry } from "./tmem";

const DIRECTORY_MAGIC: i32 = 0x5249445a;
const DIRECTORY_VERSION: i32 = 1;

function indexOf(object: i32, page: i32): i32 { return rowFirst(rowOf(object)) + page; }

/** Does the entry of a durable page name its committed record? */
function isClean(entry: i32, index: i32): boolean { return hasSlot(entry) && slotOf(entry) == committedSlot(index); }

// What paging asks

/**
 * The entry of page `page` of a durable area that has none: one that names the committed record, made now. NotFound when
 * there is no record (the page is zeros), Corrupt or Flash when it cannot be read. Cost: one header read.
 */
export function attachCommitted(object: i32, page: i32): i32 {
  const index: i32 = indexOf(object, page);
  if (committedSlot(index) == 0) return Err.NotFound;
  const shape: i32 = swapShape(index);
  const entry: i32 = shape < 0 ? shape : makeEntry(object, page);
  if (entry < 0) {
    if (shape == Err.Corrupt) count(Counter.SwapCorrupt);
    return entry;
  }
  setSwapped(entry, shape >> 16, shape & 0xffff, committedSlot(index));
  countShared(1, formOf(entry) == Form.Raw);
  return entry;
}

/** Has the page a committed record? */
export function hasCommitted(object: i32, page: i32): boolean { return committedSlot(indexOf(object, page)) != 0; }

/**
 * Discards a page of a durable area: zeros from now on, and after the next sync on flash too. Ok; or NoEntry when it is
 * only on flash and the tables have no room to note that it is zeros: it stays as it is.
 */
export function discardDurable(object: i32, page: i32): i32 {
  const index: i32 = indexOf(object, page);
  let entry: i32 = findEntry(object, page);
  if (entry >= 0) leavePlace(entry);
  if (committedSlot(index) == 0) {
    if (entry >= 0) forgetEntry(entry);
    return Err.Ok;
  }
  if (entry >= 0) resetEntry(entry);
  else entry = makeEntry(object, page);
  if (entry < 0) return entry;
  placeSame(entry, 0);
  return Err.Ok;
}

// The directory

function recordAt(page: i32, row: i32): i32 { return page + row * DIRECTORY_RECORD_BYTES; }

/** The directory's page, resident; or why it cannot be. */
function directory(forWrite: i32): i32 { return touchPage(rowObject(0), 0, forWrite); }

/** Is the name in a directory's record the `length` bytes at `nameAt`? */
function isName(nameAt: i32, length: i32, record: i32): boolean {
  for (let i: i32 = 0; i < AREA_NAME_BYTES; i++) if (read8(record + i) != (i < length ? read8(nameAt + i) : 0)) return false;
  return true;
}

/** The row of the area of this name; NotFound, or why the directory cannot be read. */
function findRow(nameAt: i32, length: i32): i32 {
  const page: i32 = directory(0);
  if (page < 0) return page;
  for (let row: i32 = 1; row < durableRows(); row++) {
    if (rowInUse(row) && rowState(row) != RowState.Going && isName(nameAt, length, recordAt(page, row))) return row;
  }
  return Err.NotFound;
}

/** Takes over the rows that the directory has. Ok, or false when they do not fit. */
function readRows(page: i32): boolean {
  for (let row: i32 = 1; row < (pageBytes / DIRECTORY_RECORD_BYTES | 0); row++) {
    const record: i32 = recordAt(page, row);
    const pages: i32 = read16(record + 24);
    if (read16(record + 26) == 0) continue;
    const first: i32 = row < durableRows() && pages > 0 ? freeRange(pages) : -1;
    if (first < 0) return false;
    setRow(row, read16(record + 26), pages, first);
  }
  return true;
}

/** What the directory says fits, and every page it speaks of is found. Durable, or why the area has to be closed. */
function recoverAreas(): i32 {
  const page: i32 = directory(0);
  if (page < 0 || read32(page) != DIRECTORY_MAGIC) return Chip.Incomplete;
  if (read16(page + 4) != DIRECTORY_VERSION) return Chip.OtherVersion;
  if (read16(page + 6) != pageBytes) return Chip.OtherGeometry;
  return readRows(page) ? recoverPages() : Chip.NoRoom;
}

/**
 * Opens the directory's object; with durable data on the chip, finds every page of every area. Where that fails the swap
 * area is closed, with the finding in swapFound().
 */
export function openDurable(): void {
  if (!durableIsOn() || !swapIsOpen()) return;
  setRow(0, 0, 1, 0);
  const object: i32 = makeArea(DURABLE_ID, 1);
  if (object < 0) return closeSwap(Chip.NoRoom);
  setRowObject(0, object);
  const chip: i32 = read32(Header.CommittedGeneration) == 0 ? Chip.Durable : recoverAreas();
  if (chip == Chip.Durable) return giveVerdict();
  closeArea(object);
  closeSwap(chip < 0 ? Chip.Incomplete : chip);
}

/**
 * Makes the swap area ours, whatever is on it: for a chip that boot would not touch (swapFound), or an empty one. Ok;
 * Refused while pages or durable areas are on it; NoFlash, or Flash. Cost: an erase for each sector.
 */
export function swapFormat(): i32 {
  for (let row: i32 = 1; row < durableRows(); row++) if (rowInUse(row)) return Err.Refused;
  if (read32(Header.SwapLiveGranules) != 0) return Err.Refused;
  if (swapIsOpen() && durableIsOn()) closeArea(rowObject(0));
  const code: i32 = formatLog();
  if (code == Err.Ok) openDurable();
  else closeSwap(Chip.None);
  return code;
}

/** Enters a new area into the directory. Its row, NoEntry, or why the directory cannot be written. */
function makeRow(nameAt: i32, length: i32, pages: i32): i32 {
  const first: i32 = freeRange(pages);
  let row: i32 = 1;
  while (row < durableRows() && rowInUse(row)) row++;
  if (row == durableRows() || first < 0) return Err.NoEntry;
  const page: i32 = directory(1);
  if (page < 0) return page;
  if (read32(page) != DIRECTORY_MAGIC) {
    write32(page, DIRECTORY_MAGIC);
    write32(page + 4, DIRECTORY_VERSION | pageBytes << 16);
    write32(page + 8, 1);
  }
  const instance: i32 = read16(page + 8);
  if (instance == 0xffff) return Err.NoEntry;
  write16(page + 8, instance + 1);
  fillBytes(recordAt(page, row), 0, DIRECTORY_RECORD_BYTES);
  copyBytes(recordAt(page, row), nameAt, length);
  write32(recordAt(page, row) + 24, pages | instance << 16);
  setRow(row, instance, pages, first);
  setRowState(row, RowState.New);
  return row;
}

/** Takes back a row that was made just now, so that the directory is resident still. */
function unmakeRow(row: i32): void {
  fillBytes(recordAt(directory(1), row), 0, DIRECTORY_RECORD_BYTES);
  setRow(row, 0, 0, 0);
}

// What an app asks

/**
 * Opens the durable area whose name is the `nameLength` (1..24) bytes at arena offset `nameAt`, of `pages` pages. It holds
 * what was last synced; one that does not exist is made, all zeros, and exists after the next sync. Returns its handle, the
 * same while it stays open. Invalid; NoFlash without a swap area that is open or without DurablePagesMax; TooBig above
 * that; WrongSize when it exists with other pages; NoEntry when the tables are full; or why the directory cannot be read.
 */
export function areaOpenDurable(nameAt: i32, nameLength: i32, pages: i32): i32 {
  if (nameLength < 1 || nameLength > AREA_NAME_BYTES || pages < 1) return Err.Invalid;
  if (!durableIsOn() || !swapIsOpen()) return Err.NoFlash;
  if (pages > knob(Knob.DurablePagesMax)) return Err.TooBig;
  let row: i32 = findRow(nameAt, nameLength);
  if (row >= 0 && rowPages(row) != pages) return Err.WrongSize;
  if (row >= 0 && rowObject(row) >= 0) return rowObject(row);
  const isNew: boolean = row == Err.NotFound;
  if (isNew) row = makeRow(nameAt, nameLength, pages);
  if (row < 0) return row;
  const object: i32 = makeArea(DURABLE_ID + row, pages);
  if (object >= 0) setRowObject(row, object);
  else if (isNew) unmakeRow(row);
  return object;
}

/** Is this the handle of an open durable area, the directory's left out? */
function isDurable(area: i32): boolean {
  for (let row: i32 = 1; durableIsOn() && row < durableRows(); row++) if (rowInUse(row) && rowObject(row) == area) return true;
  return false;
}

/**
 * Deletes an open durable area: its handle is gone at once, what was synced goes with the next sync. Ok, Invalid, or why
 * the directory cannot be written, and then the area stays.
 */
export function areaDelete(area: i32): i32 {
  if (area < 0 || !isDurable(area)) return Err.Invalid;
  const row: i32 = rowOf(area);
  const page: i32 = directory(1);
  if (page < 0) return page;
  fillBytes(recordAt(page, row), 0, DIRECTORY_RECORD_BYTES);
  closeArea(area);
  setRowState(row, RowState.Going);
  return Err.Ok;
}

// Sync

/** The entry's page is in the record at `slot` now, as `form`; what it named before is dead. */
function settle(entry: i32, slot: i32, form: i32, lengthBytes: i32): void {
  if (placeOf(entry) == Place.Resident) {
    if (hasSlot(entry)) dropSlot(entry);
    setResident(entry, frameOf(entry), form, lengthBytes, slot);
    return;
  }
  leavePlace(entry);
  setSwapped(entry, form, lengthBytes, slot);
}

/** Writes the bytes at `from` as the page of `entry`. Ok, or why not. */
function writeAs(entry: i32, form: i32, from: i32, lengthBytes: i32): i32 {
  const row: i32 = rowOf(entryObject(entry));
  const slot: i32 = swapWriteDurable(rowInstance(row), entryIndex(entry), form, from, lengthBytes);
  if (slot < 0) return slot;
  settle(entry, slot, form, lengthBytes);
  return Err.Ok;
}

/** Writes a page of one repeated word. */
function writeSame(entry: i32, word: i32): i32 {
  write32(zpageBufferAt, word);
  return writeAs(entry, Form.Same, zpageBufferAt, 4);
}

/** Writes the resident page of `entry` in the shortest form there is. */
function writeResident(entry: i32): i32 {
  const from: i32 = frameOffset(frameOf(entry));
  if (isSameFilled(from, pageBytes)) return writeSame(entry, read32(from));
  const dense: i32 = compressForFlash(from);
  if (dense >= 0) return writeAs(entry, Form.Dense, zpageBufferAt, dense);
  const lengthBytes: i32 = compressPage(from);
  return lengthBytes < 0 ? writeAs(entry, Form.Raw, from, pageBytes) : writeAs(entry, Form.Lz4, zpageBufferAt, lengthBytes);
}

/**
 * What the page of `entry` was changed to cannot be read: a record that no codec can read is written for it. So the page stays
 * Corrupt, and neither the version before nor zeros come back as if they were the last. Ok, or why not.
 */
function writeStone(entry: i32): i32 {
  // Nothing may be known of areas without their directory.
  return rowOf(entryObject(entry)) == 0 ? Err.Corrupt : writeAs(entry, Form.Lz4, zpageBufferAt, 1);
}

/** Writes the changed page of `entry`, wherever it is. Ok, or why not. */
function writePage(entry: i32): i32 {
  if (isSame(entry)) return writeSame(entry, payloadOf(entry));
  if (placeOf(entry) == Place.Resident) return writeResident(entry);
  if (placeOf(entry) == Place.Zpage) return writeAs(entry, formOf(entry), zpoolRead(payloadOf(entry)), lengthOf(entry));
  const code: i32 = swapRead(entry, zpageBufferAt);
  if (code == Err.Corrupt) return writeStone(entry);
  return code < 0 ? code : writeAs(entry, formOf(entry), zpageBufferAt, lengthOf(entry));
}

/** Is the page all zeros? Pages that left RAM otherwise than as one word are not looked at. */
function isZeros(entry: i32): boolean {
  if (isSame(entry)) return payloadOf(entry) == 0;
  if (placeOf(entry) != Place.Resident) return false;
  const at: i32 = frameOffset(frameOf(entry));
  return read32(at) == 0 && isSameFilled(at, pageBytes);
}

/**
 * Has this page to be written? Zeros without a
 * record need none; but where their entry names a volatile one (SameFilled was off), that may not pass for theirs.
 */
function isChanged(entry: i32, index: i32): boolean {
  if (!isStored(entry) || isClean(entry, index)) return false;
  return committedSlot(index) != 0 || hasSlot(entry) || !isZeros(entry);
}

/** Is what the page was changed to lost: no record of it could be read, and nothing is in its place? */
function isLost(entry: i32): boolean { return placeOf(entry) == Place.Swap && !hasSlot(entry); }

/** Writes every changed page of a row. How many, or why it stopped. */
function writeRow(row: i32): i32 {
  let written: i32 = 0;
  for (let page: i32 = 0, pages: i32 = rowPages(row); page < pages; page++) {
    const index: i32 = rowFirst(row) + page;
    const entry: i32 = findEntry(rowObject(row), page);
    if (entry < 0 || !isLost(entry) && !isChanged(entry, index)) continue;
    const code: i32 = writePage(entry);
    if (code < 0) return code;
    written++;
  }
  return written;
}

/** Is `row` part of a sync of `area` (-1: of all)? The directory always is. */
function isInSync(row: i32, area: i32): boolean { return rowInUse(row) && rowObject(row) >= 0 && (row == 0 || area < 0 || rowObject(row) == area); }

function isGoing(row: i32): boolean { return rowInUse(row) && rowState(row) == RowState.Going; }

/** The entry of `page` if sync has just given it a new record, else -1. */
function renewed(row: i32, page: i32): i32 {
  const entry: i32 = findEntry(rowObject(row), page);
  return entry >= 0 && hasSlot(entry) && slotOf(entry) != committedSlot(rowFirst(row) + page) ? entry : -1;
}

/** The digest that the commit will have. */
function nextDigest(area: i32): i32 {
  let digest: i32 = swapDigestNow();
  for (let row: i32 = 0; row < durableRows(); row++) {
    const inSync: boolean = isInSync(row, area);
    if (!inSync && !isGoing(row)) continue;
    for (let page: i32 = 0; page < rowPages(row); page++) {
      const entry: i32 = inSync ? renewed(row, page) : -1;
      if (inSync && entry < 0) continue;
      const old: i32 = committedSlot(rowFirst(row) + page);
      if (old != 0) digest = swapDigest(digest, old, -1);
      if (entry >= 0) digest = swapDigest(digest, slotOf(entry), 1);
    }
  }
  return digest;
}

/** The table follows the commit: new records are the committed ones, deleted areas are gone. */
function adopt(area: i32): void {
  for (let row: i32 = 0; row < durableRows(); row++) {
    const going: boolean = isGoing(row);
    if (!going && !isInSync(row, area)) continue;
    for (let page: i32 = 0; page < rowPages(row); page++) {
      const entry: i32 = going ? -1 : renewed(row, page);
      if (entry >= 0) swapAdopt(rowFirst(row) + page, slotOf(entry), lengthOf(entry));
      else if (going) forgetCommitted(rowFirst(row) + page);
    }
    if (going) setRow(row, 0, 0, 0);
  }
  for (let row: i32 = 1; row < durableRows(); row++) if (rowState(row) == RowState.New) setRowState(row, RowState.Kept);
}

function writeAll(area: i32): i32 {
  let written: i32 = 0;
  for (let row: i32 = 0; row < durableRows(); row++) {
    const code: i32 = isInSync(row, area) ? writeRow(row) : 0;
    if (code < 0) return code;
    written += code;
  }
  return written;
}

/**
 * Makes what was written to a durable area (-1: to all of them) survive: Ok, and it does, whatever happens to the power.
 * Areas made and deleted before are made and deleted with it. Any other answer (SwapFull, Flash, NoFlash, Invalid; Corrupt when the
 * directory is damaged) leaves on flash what the last sync left, and nothing in RAM is lost. Damaged pages stop no other. Cost: a record for each changed page, a commit of 16
 * bytes, two header reads a changed page; nothing when nothing has changed.
 */
export function areaSync(area: i32): i32 {
  if (!durableIsOn() || !swapIsOpen()) return Err.NoFlash;
  if (area < -1 || area >= 0 && !isDurable(area)) return Err.Invalid;
  let code: i32 = swapBeginSync();
  const written: i32 = code < 0 ? code : writeAll(area);
  if (written == 0) return Err.Ok;
  code = written < 0 ? written : swapCommit(nextDigest(area));
  if (code < 0) return swapGiveUpSync(code);
  adopt(area);
  count(Counter.Syncs);
  countBy(Counter.SyncedPages, written);
  return Err.Ok;
}
