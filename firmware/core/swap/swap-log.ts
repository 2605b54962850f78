/**
 * The swap log: compressed pages on raw NOR flash, appended record by record. It is the last resort of the store and
 * volatile: after a reset nothing in it is trusted, only the erase counts in the sector headers live on.
 *
 *   sector:  header 32 B | record | record | ... | erased
 *
 * This file is its door for the store; behind it are sectors.ts (headers, erase counts, the head), records.ts (append,
 * read, check) and cleaner.ts (room). Who lives is known in RAM alone.
 *
 * Price: a record costs 16 bytes and on average 8 of padding. The alternative, a fixed slot a page, would need no
 * cleaning but an erase for every few rewrites; a log erases once for a whole sector of them.
 */
import { read32, write32 } from "../memory";
import { Counter, count } from "../counters";
import { Err } from "../errors";
import { Header } from "../layout";
import { Form, hasSlot, lengthOf, slotOf } from "../entries";
import { makeRoom } from "./cleaner";
import { commitPage, committedSlot, countShared, digestAt, digestOfTable, isLost, lostPages } from "./durable";
import { appendCommit, strikeVoids } from "./evidence";
import { Chip, closeSwap, formatSectors, recover } from "./recovery";
import { Found, Kind, append, buildDurableHeader, buildRecordHeader, headerForm, headerKind, headerLength, killRecord, look, readRecord, recordGranules } from "./records";
import { headHasRoom, openSectors, refreshWear, sectorGranules, takeHead } from "./sectors";

export { Chip, closeSwap, recoverPages, swapFound } from "./recovery";
export { RowState, committedSlot, countShared, durableIsOn, forgetCommitted, freeRange, rowFirst, rowInUse, rowInstance, rowObject, rowPages, rowState, setRow, setRowObject, setRowState } from "./durable";

/** Opens the log on what the chip holds. What was found (Chip), NoFlash without a swap area, or why it cannot be read. */
export function openSwapLog(): i32 {
  let code: i32 = openSectors();
  if (code == Err.Ok) code = recover();
  if (code < 0) closeSwap(Chip.None);
  return code;
}

/** As recovery.ts has it: the swap area becomes ours, whatever was on it. Nothing may be stored there. */
export function formatLog(): i32 {
  return formatSectors();
}

/** Is there a swap area that works? */
export function swapIsOpen(): boolean { return read32(Header.SwapEpoch) > 0; }

/**
 * Writes `lengthBytes` (1..4096) at arena offset `from` to the log as the page of entry `owner`, in `form`. Returns the
 * slot, to be kept in the owner's entry; SwapFull, Flash or NoFlash otherwise. Entries of other pages may have moved to
 * other slots, their pages have not changed. The codec's table is overwritten if a sector has to be cleaned.
 */
export function swapWrite(owner: i32, form: i32, from: i32, lengthBytes: i32): i32 {
  if (!swapIsOpen()) return Err.NoFlash;
  const code: i32 = makeRoom(recordGranules(lengthBytes));
  if (code < 0) return code;
  buildRecordHeader(owner, form, from, lengthBytes);
  const slot: i32 = append(from, -1);
  if (slot >= 0) {
    count(Counter.BdWrites);
    count(Counter.BdCount);
    if (form == Form.Raw) count(Counter.HugePages);
  }
  return slot;
}

/**
 * Reads the page of entry `owner` from its slot to arena offset `to`, in the form it was written in. A read that fails
 * or does not match its checksum is tried once more. Ok, Corrupt or Flash, each counted.
 */
export function swapRead(owner: i32, to: i32): i32 {
  if (!hasSlot(owner)) return Err.Corrupt;
  let code: i32 = readRecord(slotOf(owner), owner, lengthOf(owner), to);
  if (code < 0) code = readRecord(slotOf(owner), owner, lengthOf(owner), to);
  if (code == Err.Ok) count(Counter.BdReads);
  else count(code == Err.Corrupt ? Counter.SwapCorrupt : Counter.FailedReads);
  return code;
}

/**
 * Writes the page `page` of durable area `instance` as a record of the generation begun last. As swapWrite(), the slot is
 * for the entry; what is committed stays where it is.
 */
export function swapWriteDurable(instance: i32, page: i32, form: i32, from: i32, lengthBytes: i32): i32 {
  const code: i32 = makeRoom(recordGranules(lengthBytes));
  if (code < 0) return code;
  buildDurableHeader(instance, page, form, from, lengthBytes);
  const slot: i32 = append(from, -1);
  if (slot < 0) return slot;
  countShared(1, form == Form.Raw);
  count(Counter.BdWrites);
  return slot;
}

/**
 * Begins a generation: what earlier ones left uncommitted is struck out first. Ok, NoFlash, or the flash's error.
 */
export function swapBeginSync(): i32 {
  if (!swapIsOpen()) return Err.NoFlash;
  const code: i32 = read32(Header.VoidsExist) == 0 ? Err.Ok : strikeVoids();
  if (code < 0) return code;
  write32(Header.LastGeneration, read32(Header.LastGeneration) + 1);
  return Err.Ok;
}

/** The generation begun is given up: its records are struck out before the next one is committed. Returns `code`. */
export function swapGiveUpSync(code: i32): i32 {
  write32(Header.VoidsExist, 1);
  return code;
}

/** Commits the generation begun last, whose records make `digest` of what is committed. Ok, and it survives any cut; or why not. */
export function swapCommit(digest: i32): i32 {
  let code: i32 = makeRoom(1);
  for (let tries: i32 = 0; tries < 2 && code == Err.Ok; tries++) {
    if (!headHasRoom(1)) code = takeHead();
    if (code == Err.Ok && appendCommit(read32(Header.LastGeneration), digest) == Err.Ok) {
      write32(Header.CommittedGeneration, read32(Header.LastGeneration));
      write32(Header.DurableDigest, digest);
      return Err.Ok;
    }
    write32(Header.SwapHeadGranule, sectorGranules());
  }
  return code < 0 ? code : Err.Flash;
}

/** The digest to begin a commit with: the last one; anew when records were lost, each of which counts as one. */
export function swapDigestNow(): i32 {
  const lost: i32 = lostPages();
  return lost == 0 ? read32(Header.DurableDigest) : digestOfTable() + lost | 0;
}

/** The digest when the durable record in `slot` joins what is committed, or with `by` -1 leaves it. */
export function swapDigest(digest: i32, slot: i32, by: i32): i32 { return digest + by * (isLost(slot) ? 1 : digestAt(slot)) | 0; }

/** The committed record of durable page `index` is the one at `slot`, which an entry names too; the old one is dead. */
export function swapAdopt(index: i32, slot: i32, lengthBytes: i32): void { commitPage(index, slot, recordGranules(lengthBytes)); }

/** Looks at the committed record of durable page `index`: its length and its form << 16, or Corrupt or Flash. */
export function swapShape(index: i32): i32 {
  const found: i32 = look(committedSlot(index));
  if (found < 0) return found;
  return found == Found.Record && headerKind() == Kind.Durable ? headerLength() | headerForm() << 16 : Err.Corrupt;
}

/** The record that `owner` names is dead from now on; the caller changes the entry. Costs no flash operation. */
export function swapFree(owner: i32): void { killRecord(owner); }

/** Brings the gauges of wear up to date. */
export function swapRefresh(): void { refreshWear(); }
