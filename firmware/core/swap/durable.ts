/**
 * Durable areas in the swap log: what of the log survives a reset. A record marked durable names its area's instance, its
 * page and the generation in which it was written; it counts only once a commit of that generation is on flash.
 *
 *   records of generation 7 | records of generation 7 | commit 7 | ...       sync() returns here
 *
 * The durable table in the arena knows where the committed record of each durable page lies, one word a page, so the old
 * version stays live, and is moved by cleaning, until the new one is committed:
 *
 *   word:  slot (slot bits) | granules << slot bits; 0: the page has no committed record and reads as zeros
 *   row:   instance u16 | pages u16 | first word u16 | object + 1 (12 bits), state (4) u16      one an area; row 0 the directory
 *
 * A commit says: epoch, generation, digest of everything that is committed (the sum of a CRC over page, instance and
 * generation of each record). It is written at the end of each sync, again as the first record of each sector that is
 * taken, and once more by the first write after a boot, the *verdict* (evidence.ts). The newest by (epoch, generation) is
 * what counts, and it can never be erased before a newer one stands elsewhere.
 *
 * U1  A durable word names a durable record of its page and instance, of a committed generation.
 * U2  The rows' ranges of words do not overlap.
 * U3  The digest is that of the records named.
 */
import { read16, read32, write16, write32 } from "../memory";
import { Counter, count, countBy } from "../counters";
import { Knob, knob } from "../config";
import { Err } from "../errors";
import { DURABLE_ROW_BYTES, Header, durableRows, durableTableBytes, linkAt, slotBits } from "../layout";
import { crc32 } from "./crc32";
import { wordBehind } from "./mend";
import { addressOfSlot, countLive, readFlash } from "./sectors";
import { Found, Kind, RECORD_HEADER_BYTES, headerGeneration, headerGranules, headerInstance, headerKind, headerPage, isStone, look, recordGranules } from "./records";

/** State of a row: the area is on flash, it is new and not yet synced, it goes with the next sync. */
export const enum RowState { Kept = 0, New = 1, Going = 2 }

function wordAt(index: i32): i32 { return linkAt - durableTableBytes() + (index << 2); }
function rowAt(row: i32): i32 { return linkAt - (durableRows() - row) * DURABLE_ROW_BYTES; }

export function durableIsOn(): boolean { return knob(Knob.DurablePagesMax) > 0; }

export function rowInstance(row: i32): i32 { return read16(rowAt(row)); }
export function rowPages(row: i32): i32 { return read16(rowAt(row) + 2); }
export function rowFirst(row: i32): i32 { return read16(rowAt(row) + 4); }
/** Number of the open area's object, -1 while it is closed. */
export function rowObject(row: i32): i32 { return (read16(rowAt(row) + 6) & 4095) - 1; }
export function rowState(row: i32): i32 { return read16(rowAt(row) + 6) >> 12; }
/** Is this row an area's (row 0, the directory, always is)? */
export function rowInUse(row: i32): boolean { return rowPages(row) != 0; }

export function setRow(row: i32, instance: i32, pages: i32, first: i32): void {
  write16(rowAt(row), instance);
  write16(rowAt(row) + 2, pages);
  write16(rowAt(row) + 4, first);
  write16(rowAt(row) + 6, 0);
}

/** `object` -1: the area is closed. */
export function setRowObject(row: i32, object: i32): void { write16(rowAt(row) + 6, rowState(row) << 12 | object + 1); }
export function setRowState(row: i32, state: i32): void { write16(rowAt(row) + 6, state << 12 | rowObject(row) + 1); }

/** Where `pages` words are free, or -1. Cost: rows squared. */
export function freeRange(pages: i32): i32 {
  let first: i32 = 1;
  for (let row: i32 = 1; row < durableRows(); row++) {
    if (!rowInUse(row) || rowFirst(row) + rowPages(row) <= first || rowFirst(row) >= first + pages) continue;
    first = rowFirst(row) + rowPages(row);
    // An earlier row may reach into the new place.
    row = 0;
  }
  return first + pages <= knob(Knob.DurablePagesMax) + 1 ? first : -1;
}

/** Slot of the committed record of durable page `index`, 0 if there is none; all slot bits: it was lost. */
export function committedSlot(index: i32): i32 { return read32(wordAt(index)) & (1 << slotBits) - 1; }
export function committedGranules(index: i32): i32 { return read32(wordAt(index)) >>> slotBits; }
export function setCommitted(index: i32, slot: i32, granules: i32): void { write32(wordAt(index), slot | granules << slotBits); }

/** The word of page `page` of area `instance`, or -1 when there is no such page. */
export function durableIndex(instance: i32, page: i32): i32 {
  for (let row: i32 = 0; row < durableRows(); row++) {
    if (rowInUse(row) && rowInstance(row) == instance) return page < rowPages(row) ? rowFirst(row) + page : -1;
  }
  return -1;
}

/** The part in the digest of the durable record whose header is in its buffer. */
function digestPart(): i32 {
  write32(Header.SectorAt, headerPage() | headerInstance() << 16);
  write32(Header.SectorAt + 4, headerGeneration());
  return crc32(Header.SectorAt, 8, 0);
}

/** The digest of all that is committed, as the table has it. What cannot be read is left out. Cost: a header read a page. */
export function digestOfTable(): i32 {
  let digest: i32 = 0;
  for (let index: i32 = 0; index <= knob(Knob.DurablePagesMax); index++) {
    if (committedSlot(index) == 0 || look(committedSlot(index)) != Found.Record || headerKind() != Kind.Durable) continue;
    digest = digest + digestPart() | 0;
  }
  return digest;
}

/** Generation of the record at `slot`, -1 when its header cannot be read. Leaves it in the header's buffer. */
export function generationAt(slot: i32): i32 { return look(slot) == Found.Record && headerKind() == Kind.Durable ? headerGeneration() : -1; }

/** What the digest loses with the record at `slot`. */
export function digestAt(slot: i32): i32 { return generationAt(slot) < 0 ? 0 : digestPart(); }

/** The committed record of `index` is the one at `slot`; the old one is dead. Costs no flash operation but one header read. */
export function commitPage(index: i32, slot: i32, granules: i32): void {
  forgetCommitted(index);
  setCommitted(index, slot, granules);
}

/** The committed record of `index` is dead. */
export function forgetCommitted(index: i32): void {
  if (committedGranules(index) > 0) countLive(committedSlot(index), -committedGranules(index));
  setCommitted(index, 0, 0);
}

/** The durable page whose committed record lies at `slot`, where its header was just read; -1: the record is no committed one. */
export function committedAt(slot: i32): i32 {
  const index: i32 = durableIndex(headerInstance(), headerPage());
  return index >= 0 && committedSlot(index) == slot ? index : -1;
}

/** Is `slot` that of a committed record? Cost: a look at every durable page. */
export function isCommittedSlot(slot: i32): boolean {
  for (let index: i32 = 0; durableIsOn() && index <= knob(Knob.DurablePagesMax); index++) if (committedSlot(index) == slot) return true;
  return false;
}

/** Cleaning could not read the committed record of `index`: it is lost, and reading the page is Corrupt from now on. */
export function loseCommitted(index: i32): void {
  countLive(committedSlot(index), -committedGranules(index));
  setCommitted(index, (1 << slotBits) - 1, 0);
  count(Counter.SwapCorrupt);
}

/**
 * The generation of the committed record of page `page` of `row`, if that is the only one which the table has not: the digest
 * `found` of the table tells. -1 where no generation there was makes it right.
 */
function missingGeneration(row: i32, page: i32, found: i32): i32 {
  const slot: i32 = committedSlot(rowFirst(row) + page);
  const held: i32 = slot == 0 || isLost(slot) ? 0 : generationAt(slot);
  const others: i32 = held > 0 ? found - digestPart() | 0 : found;
  write32(Header.SectorAt, page | rowInstance(row) << 16);
  const generation: i32 = wordBehind(Header.SectorAt, read32(Header.DurableDigest) - others | 0);
  return generation > held && generation <= read32(Header.CommittedGeneration) ? generation : -1;
}

/**
 * The digest of the table is not the commit's. If one record is missing, its page is lost from now on, and the record's generation
 * is the answer; Header.SectorAt names page and instance. -1: more is missing, or the directory's. Cost: a header read a page.
 */
export function findMissing(): i32 {
  const found: i32 = digestOfTable();
  for (let row: i32 = 1; row < durableRows(); row++) {
    for (let page: i32 = 0, pages: i32 = rowPages(row); page < pages; page++) {
      const generation: i32 = missingGeneration(row, page, found);
      if (generation < 0) continue;
      setCommitted(rowFirst(row) + page, (1 << slotBits) - 1, 0);
      return generation;
    }
  }
  return -1;
}

/** Is this the slot of a record that was lost? */
export function isLost(slot: i32): boolean { return slot == (1 << slotBits) - 1; }

/** Pages whose committed record was lost and not replaced since. */
export function lostPages(): i32 {
  let lost: i32 = 0;
  for (let index: i32 = 0; durableIsOn() && index <= knob(Knob.DurablePagesMax); index++) if (isLost(committedSlot(index))) lost++;
  return lost;
}

/**
 * Pages that read as Corrupt, as far as headers tell: lost, or a stone stands for them. Cost: a header read for each page whose
 * record is as short as a stone.
 */
export function damagedPages(): i32 {
  let damaged: i32 = lostPages();
  for (let index: i32 = 0; durableIsOn() && index <= knob(Knob.DurablePagesMax); index++) {
    if (committedGranules(index) != recordGranules(1)) continue;
    if (readFlash(addressOfSlot(committedSlot(index)), Header.RecordAt, RECORD_HEADER_BYTES) == Err.Ok && isStone()) damaged++;
  }
  return damaged;
}

/** Counts what the table names as live, after a boot. */
export function countCommitted(): void {
  for (let index: i32 = 0; index <= knob(Knob.DurablePagesMax); index++) {
    if (committedGranules(index) > 0) countLive(committedSlot(index), committedGranules(index));
  }
}

/** Granules of the record whose header is in its buffer, for the table. */
export function granulesInBuffer(): i32 { return headerGranules(); }

/** An entry names the committed record too (1), or no longer (-1): the gauge of pages on flash counts entries. */
export function countShared(by: i32, isRaw: boolean): void {
  countBy(Counter.BdCount, by);
  if (!isRaw) return;
  countBy(Counter.HugePages, by);
  if (by > 0) count(Counter.HugePagesSince);
}
