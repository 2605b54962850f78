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
import { read32 } from "../memory";
import { Counter, count } from "../counters";
import { Err } from "../errors";
import { Header } from "../layout";
import { Form, hasSlot, lengthOf, slotOf } from "../entries";
import { makeRoom } from "./cleaner";
import { append, buildRecordHeader, killRecord, readRecord, recordGranules } from "./records";
import { openSectors, refreshWear } from "./sectors";

/** Opens the log on what the chip holds. Ok, NoFlash without a swap area, or why it cannot be read. */
export function openSwapLog(): i32 { return openSectors(); }

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

/** The record that `owner` names is dead from now on; the caller changes the entry. Costs no flash operation. */
export function swapFree(owner: i32): void { killRecord(owner); }

/** Brings the gauges of wear up to date. */
export function swapRefresh(): void { refreshWear(); }
