/**
 * The swap log: compressed pages on raw NOR flash, appended record by record. It is the last resort of the store and
 * volatile, except for durable areas: after a reset nothing else in it is trusted but the wear ledger.
 *
 *   sector:  mark and header, 64 B | record | record | ... | erased
 *
 * This file is its door for the store; behind it are sectors.ts (headers, erase counts, the heads), records.ts (append,
 * read, check), cleaner.ts (room), budget.ts and wear.ts; for durable areas durable.ts (what is committed), evidence.ts
 * (commits) and recovery.ts (what a boot finds). Who else lives is known in RAM alone.
 *
 * Price: a record costs 16 bytes and on average 8 of padding. The alternative, a fixed slot a page, would need no
 * cleaning but an erase for every few rewrites; a log erases once for a whole sector of them.
 */
import { read32, write32 } from "../memory";
import { Counter, count, setCounter } from "../counters";
import { Err } from "../errors";
import { Knob, knob } from "../config";
import { Header, pageBytes } from "../layout";
import { Form, Place, formOf, hasSlot, lengthOf, placeOf, slotOf } from "../entries";
import { Budget, budgetRefuses, budgetState, budgetTick, fillBudget, refreshBudget } from "./budget";
import { makeRoom, sealLost } from "./cleaner";
import { commitPage, committedSlot, countShared, damagedPages, digestAt, digestOfTable, isLost, lostPages } from "./durable";
import { appendCommit, strikeVoids } from "./evidence";
import { Chip, closeSwap, formatSectors, recover } from "./recovery";
import { Found, Kind, append, headerForm, headerKind, headerLength, isStone, killRecord, look, readRecord, recordGranules } from "./records";
import { isHead, isRetired, openSectors, sectorErases, sectorGranules, sectorLive, sectors } from "./sectors";
import { lifeDays, refreshWear } from "./wear";

export { giveVerdict } from "./evidence";
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

/** Is there one, and does the budget allow a write? */
export function swapTakes(): boolean { return swapIsOpen() && budgetState() < Budget.Exhausted; }

/** Is there one, and does the budget forbid a write? */
export function swapForbids(): boolean { return swapIsOpen() && budgetState() >= Budget.Exhausted; }

/**
 * Can `pages` pages go to flash one after the other, whatever is in them? Asked for twice their bytes, of the budget and of half the
 * flash, because cleaning copies some and makes room of the rest.
 */
export function swapHasRoom(pages: i32): boolean {
  const granules: i32 = pages * recordGranules(pageBytes) << 1;
  if (!swapTakes() || knob(Knob.WritebackLimitEnable) == 1 && read32(Header.BudgetLeft) < granules) return false;
  return read32(Header.SwapLiveGranules) + granules <= sectors() * sectorGranules() >> 1;
}

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

/** Days that the flash lasts at the rate so far, NotFound while a rate has nothing to stand on. */
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
    if (form == Form.Raw) countHuge(owner);
  }
  return slot;
}

/** A page that nothing makes shorter is on flash; one that came from a raw zpage, which is to be freed, is no new one. */
function countHuge(owner: i32): void {
  count(Counter.HugePages);
  if (placeOf(owner) != Place.Zpage || formOf(owner) != Form.Raw) count(Counter.HugePagesSince);
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

/**
 * Writes the page `page` of durable area `instance` as a record of the generation begun last. As swapWrite(), the slot is
 * for the entry; what is committed stays where it is.
 */
export function swapWriteDurable(instance: i32, page: i32, form: i32, from: i32, lengthBytes: i32): i32 {
  const head: i32 = makeRoom(recordGranules(lengthBytes));
  if (head < 0) return head;
  const slot: i32 = append(head, page | instance << 16, form | Kind.Durable << 2, from, -1, lengthBytes);
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
  let code: i32 = read32(Header.VoidsExist) == 0 ? Err.Ok : strikeVoids();
  if (code == Err.Ok) code = sealLost();
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
  const head: i32 = makeRoom(1);
  if (head < 0) return head;
  const code: i32 = appendCommit(head, read32(Header.LastGeneration), digest);
  if (code < 0) return code;
  write32(Header.CommittedGeneration, read32(Header.LastGeneration));
  write32(Header.DurableDigest, digest);
  return code;
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

/** Looks at the committed record of durable page `index`: its length and its form << 16, or Corrupt (a stone, too) or Flash. */
export function swapShape(index: i32): i32 {
  if (isLost(committedSlot(index))) return Err.Corrupt;
  const found: i32 = look(committedSlot(index));
  if (found < 0) return found;
  const isPage: boolean = found == Found.Record && headerKind() == Kind.Durable && !isStone();
  return isPage ? headerLength() | headerForm() << 16 : Err.Corrupt;
}

/** The record that `owner` names is dead from now on; the caller changes the entry. Costs no flash operation. */
export function swapFree(owner: i32): void { killRecord(owner); }

/** Brings the gauges of wear and budget up to date. */
export function swapRefresh(): void {
  refreshBudget();
  setCounter(Counter.DurablePagesLost, damagedPages());
  refreshWear();
}
