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
import { Budget, budgetRefuses, budgetState, budgetTick, fillBudget, refreshBudget } from "./budget";
import { makeRoom } from "./cleaner";
import { append, killRecord, readRecord, recordGranules } from "./records";
import { isHead, isRetired, openSectors, sectorErases, sectorLive, sectors } from "./sectors";
import { lifeDays, refreshWear } from "./wear";

/** Opens the log on what the chip holds. Ok, NoFlash without a swap area, or why it cannot be read. */
export function openSwapLog(): i32 { return openSectors(); }

/** Is there a swap area that works? */
export function swapIsOpen(): boolean { return read32(Header.SwapEpoch) > 0; }

/** Is there one, and does the budget allow a write? */
export function swapTakes(): boolean { return swapIsOpen() && budgetState() < Budget.Exhausted; }

/** Fills the write budget to its limit, which somebody has set anew. */
export function swapFillBudget(): void { fillBudget(); }

/** The state of the write budget, a Budget. */
export function swapBudget(): i32 {
  budgetTick();
  return budgetState();
}

/** What is known of a sector, in one word: erases (bits 0..19), 1 << 28 for a head, 1 << 30 if it is retired; or Invalid. */
export function swapSector(sector: i32): i32 {
  if (sector < 0 || sector >= sectors()) return Err.Invalid;
  return sectorErases(sector) | (isHead(sector) ? 1 << 28 : 0) | (isRetired(sector) ? 1 << 30 : 0);
}

/** Days that the flash lasts at the rate so far, NotFound while there is nothing to tell from. */
export function swapLifeDays(): i32 {
  budgetTick();
  return lifeDays();
}

/** Its live granules, or Invalid. */
export function swapSectorLive(sector: i32): i32 { return sector < 0 || sector >= sectors() ? Err.Invalid : sectorLive(sector); }

/** Lets the write budget's clock go on. Cheap; to be called now and then. */
export function swapTick(): void { budgetTick(); }

/**
 * Writes `lengthBytes` (1..4096) at arena offset `from` to the log as the page of entry `owner`, in `form`. Returns the
 * slot, to be kept in the owner's entry; SwapFull, Flash, NoFlash or RejectBudget otherwise. Entries of other pages may
 * have moved to other slots, their pages have not changed. The codec's table is overwritten.
 */
export function swapWrite(owner: i32, form: i32, from: i32, lengthBytes: i32): i32 {
  if (!swapIsOpen()) return Err.NoFlash;
  if (budgetRefuses()) return Err.RejectBudget;
  const head: i32 = makeRoom(recordGranules(lengthBytes));
  if (head < 0) return head;
  const slot: i32 = append(head, owner, form, from, -1, lengthBytes);
  if (slot >= 0) {
    count(Counter.BdWrites);
    count(Counter.BdCount);
    if (form == Form.Raw) count(Counter.HugePages);
  }
  return slot;
}

/**
 * Reads the page of entry `owner` from its slot to arena offset `to`, in the form it was written in. A read that fails
 * or does not match its checksum is tried again. Ok, Corrupt or Flash, each counted.
 */
export function swapRead(owner: i32, to: i32): i32 {
  if (!hasSlot(owner)) return Err.Corrupt;
  const code: i32 = readRecord(slotOf(owner), owner, lengthOf(owner), to);
  if (code == Err.Ok) count(Counter.BdReads);
  else count(code == Err.Corrupt ? Counter.SwapCorrupt : Counter.FailedReads);
  return code;
}

/** The record that `owner` names is dead from now on; the caller changes the entry. Costs no flash operation. */
export function swapFree(owner: i32): void { killRecord(owner); }

/** Brings the gauges of wear and budget up to date. */
export function swapRefresh(): void {
  refreshBudget();
  refreshWear();
}
