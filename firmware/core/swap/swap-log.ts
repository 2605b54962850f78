/**
 * The swap log: compressed pages on raw NOR flash, appended record by record. It is the last resort of the store and
 * volatile: after a reset nothing in it is trusted, only the erase counts in the sector headers live on.
 *
 *   sector:  header 32 B | record | record | ... | erased
 *   header:  magic u32 | version u16 | 32 u16 | epoch u32 | sequence u32 | erases u32 | 0 u32 | 0 u32 | crc u32
 *   record:  magic u16 | length u16 | owner u16 | form u16 | epoch u32 | crc u32 of the 12 bytes before and the data
 *            | data, padded to 16 B
 *
 * A slot is the number of the granule (16 bytes) at which a record begins, counted from the start of the swap area. One
 * sector is the head, being filled; the others are erased when they are taken, never before. The next head is the
 * emptiest in wear among sectors without live records. When only one such sector is left, the sector with the fewest
 * live granules is cleaned: its live records move to the head, and only their owners' slots change. One sector is
 * always held back for that, so the log is full before it is stuck.
 *
 * Who lives is known in RAM alone: a record is live while its owner's entry names its slot. Two columns in the arena,
 * 6 bytes a sector: live granules (u16) and erases (u32, bit 31: retired).
 *
 * S1  The live granules of a sector are the sum over the entries that name a slot in it.
 * S2  Every slot that an entry names begins a record whose owner is that entry and whose length is the entry's.
 * S3  Only erased bytes of the head sector are programmed; only sectors without live granules are erased.
 *
 * Price: a record costs 16 bytes and on average 8 of padding. The alternative, a fixed slot a page, would need no
 * cleaning but an erase for every few rewrites; a log erases once for a whole sector of them.
 */
import { fillBytes, read16, read32, write16, write32 } from "../memory";
import { Counter, count, countBy, setCounter } from "../counters";
import { Knob, knob } from "../config";
import { Err } from "../errors";
import { CODEC_TABLE_BYTES, GRANULE_BYTES, GRANULE_SHIFT, Header, codecTableAt, erasesAt, livesAt } from "../layout";
import { flashErase, flashProgram, flashRead } from "../ports";
import { Form, formOf, hasSlot, lengthOf, noSlot, slotOf } from "../entries";
import { crc32 } from "./crc32";
import { moveSlot } from "./swap-map";

const SECTOR_MAGIC: i32 = 0x4c57535a;
const RECORD_MAGIC: i32 = 0x7a52;
const VERSION: i32 = 1;
const SECTOR_HEADER_BYTES: i32 = 32;
const RECORD_HEADER_BYTES: i32 = 16;
const RETIRED: i32 = 1 << 31;
const NO_SECTOR: i32 = -1;
/** A sector with more live granules than this many eighths is not worth cleaning. */
const CLEAN_EIGHTHS: i32 = 7;

function sectors(): i32 { return knob(Knob.SwapSectors); }
function sectorGranules(): i32 { return knob(Knob.SectorBytes) >> GRANULE_SHIFT; }
function sectorOfSlot(slot: i32): i32 { return (slot / sectorGranules()) | 0; }
function addressOfSlot(slot: i32): i32 { return knob(Knob.SwapStart) + (slot << GRANULE_SHIFT); }
function addressOfSector(sector: i32): i32 { return knob(Knob.SwapStart) + sector * knob(Knob.SectorBytes); }

export function sectorErases(sector: i32): i32 { return read32(erasesAt + (sector << 2)) & ~RETIRED; }
function isRetired(sector: i32): boolean { return read32(erasesAt + (sector << 2)) < 0; }
export function sectorLive(sector: i32): i32 { return read16(livesAt + (sector << 1)); }
function setErases(sector: i32, erases: i32): void { write32(erasesAt + (sector << 2), erases); }

/** Granules that a record of `lengthBytes` takes. */
function recordGranules(lengthBytes: i32): i32 { return RECORD_HEADER_BYTES + lengthBytes + GRANULE_BYTES - 1 >> GRANULE_SHIFT; }

function countLive(slot: i32, granules: i32): void {
  const at: i32 = livesAt + (sectorOfSlot(slot) << 1);
  write16(at, read16(at) + granules);
  write32(Header.SwapLiveGranules, read32(Header.SwapLiveGranules) + granules);
}

/** Does the 32-byte sector header in its buffer hold what we wrote? */
function isSectorHeader(): boolean {
  const at: i32 = Header.SectorAt;
  return read32(at) == SECTOR_MAGIC && read16(at + 4) == VERSION && read32(at + 28) == crc32(at, 28, 0);
}

/** Reads every sector's header: erase counts live on, and the log goes on behind the youngest sector. */
export function openSwapLog(): i32 {
  write32(Header.SwapHead, NO_SECTOR);
  if (sectors() == 0) return Err.NoFlash;
  let epoch: i32 = 0;
  let sequence: i32 = 0;
  for (let sector: i32 = 0; sector < sectors(); sector++) {
    const code: i32 = flashRead(addressOfSector(sector), Header.SectorAt, SECTOR_HEADER_BYTES);
    if (code < 0) return code;
    if (!isSectorHeader()) continue;
    setErases(sector, read32(Header.SectorAt + 16));
    if (read32(Header.SectorAt + 8) > epoch) epoch = read32(Header.SectorAt + 8);
    if (read32(Header.SectorAt + 12) > sequence) sequence = read32(Header.SectorAt + 12);
  }
  write32(Header.SwapEpoch, epoch + 1);
  write32(Header.SwapSequence, sequence);
  return Err.Ok;
}

/** Is there a swap area that works? */
export function swapIsOpen(): boolean { return read32(Header.SwapEpoch) > 0; }

/** The sector without live records that was erased least, the head left out. */
function emptiestSector(): i32 {
  let best: i32 = NO_SECTOR;
  for (let sector: i32 = 0; sector < sectors(); sector++) {
    if (sectorLive(sector) != 0 || isRetired(sector) || sector == read32(Header.SwapHead)) continue;
    if (best == NO_SECTOR || sectorErases(sector) < sectorErases(best)) best = sector;
  }
  return best;
}

function spareSectors(): i32 {
  let spare: i32 = 0;
  for (let sector: i32 = 0; sector < sectors(); sector++) {
    if (sectorLive(sector) == 0 && !isRetired(sector) && sector != read32(Header.SwapHead)) spare++;
  }
  return spare;
}

/** Builds a sector's header and programs it. */
function programSectorHeader(sector: i32): i32 {
  const at: i32 = Header.SectorAt;
  fillBytes(at, 0, SECTOR_HEADER_BYTES);
  write32(at, SECTOR_MAGIC);
  write16(at + 4, VERSION);
  write16(at + 6, SECTOR_HEADER_BYTES);
  write32(at + 8, read32(Header.SwapEpoch));
  write32(at + 12, read32(Header.SwapSequence));
  write32(at + 16, sectorErases(sector));
  write32(at + 28, crc32(at, 28, 0));
  countBy(Counter.FlashBytesProgrammed, SECTOR_HEADER_BYTES);
  return flashProgram(addressOfSector(sector), at, SECTOR_HEADER_BYTES);
}

/** Takes a sector without live records as the head. Ok, SwapFull, or Flash when several sectors in a row failed. */
function takeHead(): i32 {
  for (let tries: i32 = 0; tries < 4; tries++) {
    const sector: i32 = emptiestSector();
    if (sector == NO_SECTOR) return Err.SwapFull;
    setErases(sector, sectorErases(sector) + 1);
    count(Counter.SectorErases);
    write32(Header.SwapSequence, read32(Header.SwapSequence) + 1);
    if (flashErase(addressOfSector(sector)) == Err.Ok && programSectorHeader(sector) == Err.Ok) {
      write32(Header.SwapHead, sector);
      write32(Header.SwapHeadGranule, SECTOR_HEADER_BYTES >> GRANULE_SHIFT);
      return Err.Ok;
    }
    count(Counter.FailedWrites);
    setErases(sector, sectorErases(sector) | RETIRED);
  }
  return Err.Flash;
}

function headHasRoom(granules: i32): boolean {
  return read32(Header.SwapHead) != NO_SECTOR && read32(Header.SwapHeadGranule) + granules <= sectorGranules();
}

/** Builds the header of a record in its buffer, its checksum over the data at `from` included. */
function buildRecordHeader(owner: i32, form: i32, from: i32, lengthBytes: i32): void {
  const at: i32 = Header.RecordAt;
  write16(at, RECORD_MAGIC);
  write16(at + 2, lengthBytes);
  write16(at + 4, owner);
  write16(at + 6, form);
  write32(at + 8, read32(Header.SwapEpoch));
  write32(at + 12, crc32(from, lengthBytes, crc32(at, 12, 0)));
}

/** Copies the data of a record from flash to flash by way of the codec's table, which no compression uses now. */
function copyOnFlash(from: i32, to: i32, lengthBytes: i32): i32 {
  let code: i32 = Err.Ok;
  for (let done: i32 = 0; done < lengthBytes && code == Err.Ok; done += CODEC_TABLE_BYTES) {
    const part: i32 = lengthBytes - done < CODEC_TABLE_BYTES ? lengthBytes - done : CODEC_TABLE_BYTES;
    code = flashRead(from + done, codecTableAt, part);
    if (code == Err.Ok) code = flashProgram(to + done, codecTableAt, part);
  }
  return code;
}

/**
 * Programs the record whose header is built at the head of the log: header, then data, from the arena (`from` >= 0) or
 * from the record at slot `source`. Returns its slot or Flash.
 */
function programRecord(from: i32, source: i32): i32 {
  const lengthBytes: i32 = read16(Header.RecordAt + 2);
  const slot: i32 = read32(Header.SwapHead) * sectorGranules() + read32(Header.SwapHeadGranule);
  const data: i32 = addressOfSlot(slot) + RECORD_HEADER_BYTES;
  write32(Header.SwapHeadGranule, read32(Header.SwapHeadGranule) + recordGranules(lengthBytes));
  countBy(Counter.FlashBytesProgrammed, RECORD_HEADER_BYTES + lengthBytes);
  let code: i32 = flashProgram(addressOfSlot(slot), Header.RecordAt, RECORD_HEADER_BYTES);
  if (code == Err.Ok && from >= 0) code = flashProgram(data, from, lengthBytes);
  if (code == Err.Ok && from < 0) code = copyOnFlash(addressOfSlot(source) + RECORD_HEADER_BYTES, data, lengthBytes);
  if (code == Err.Ok) return slot;
  count(Counter.FailedWrites);
  return Err.Flash;
}

/** Appends the record whose header is built, taking a new head when the old one is full or fails. Slot, SwapFull or Flash. */
function append(from: i32, source: i32): i32 {
  const granules: i32 = recordGranules(read16(Header.RecordAt + 2));
  for (let tries: i32 = 0; tries < 2; tries++) {
    if (!headHasRoom(granules)) {
      const code: i32 = takeHead();
      if (code < 0) return code;
    }
    const slot: i32 = programRecord(from, source);
    if (slot >= 0) {
      countLive(slot, granules);
      return slot;
    }
    write32(Header.SwapHeadGranule, sectorGranules());
  }
  return Err.Flash;
}

/** The sector with the fewest live granules that is worth cleaning, or NO_SECTOR. */
function dirtiestSector(): i32 {
  let best: i32 = NO_SECTOR;
  for (let sector: i32 = 0; sector < sectors(); sector++) {
    if (sectorLive(sector) == 0 || sector == read32(Header.SwapHead)) continue;
    if (best == NO_SECTOR || sectorLive(sector) < sectorLive(best)) best = sector;
  }
  if (best == NO_SECTOR || sectorLive(best) > sectorGranules() * CLEAN_EIGHTHS >> 3) return NO_SECTOR;
  return best;
}

/** Is the record at `slot`, whose header is in its buffer, whole? Its data are read by way of the codec's table. Ok, Corrupt, Flash. */
function checkOnFlash(slot: i32, owner: i32): i32 {
  const lengthBytes: i32 = lengthOf(owner);
  if (read16(Header.RecordAt + 2) != lengthBytes) return Err.Corrupt;
  const data: i32 = addressOfSlot(slot) + RECORD_HEADER_BYTES;
  let crc: i32 = crc32(Header.RecordAt, 12, 0);
  for (let done: i32 = 0; done < lengthBytes; done += CODEC_TABLE_BYTES) {
    const part: i32 = lengthBytes - done < CODEC_TABLE_BYTES ? lengthBytes - done : CODEC_TABLE_BYTES;
    const code: i32 = flashRead(data + done, codecTableAt, part);
    if (code < 0) return code;
    crc = crc32(codecTableAt, part, crc);
  }
  return crc == read32(Header.RecordAt + 12) ? Err.Ok : Err.Corrupt;
}

/** A damaged record is lost: its owner names no slot any more, so a later load reports Corrupt (a resident page is just dirty). */
function giveUp(owner: i32): void {
  count(Counter.SwapCorrupt);
  swapFree(owner);
  moveSlot(owner, noSlot());
}

/** Gives up what cleaning did not find in `sector`: records whose headers are damaged. Cost: one look at every entry. */
function giveUpRest(sector: i32): void {
  for (let owner: i32 = 0; owner < knob(Knob.PagesMax) && sectorLive(sector) > 0; owner++) {
    if (hasSlot(owner) && sectorOfSlot(slotOf(owner)) == sector) giveUp(owner);
  }
}

/** Moves the live record at `slot`, whose header is in its buffer, to the head; a damaged one is given up. Ok, or why not. */
function moveRecord(slot: i32): i32 {
  const owner: i32 = read16(Header.RecordAt + 4);
  let target: i32 = checkOnFlash(slot, owner);
  if (target == Err.Corrupt) {
    giveUp(owner);
    return Err.Ok;
  }
  if (target == Err.Ok) target = append(-1, slot);
  if (target < 0) return target;
  countLive(slot, -recordGranules(lengthOf(owner)));
  moveSlot(owner, target);
  count(Counter.SwapCleanedRecords);
  return Err.Ok;
}

/**
 * Moves every live record out of the sector with the fewest. Returns Ok when that sector has none left, SwapFull when
 * no sector is worth it, or the error that stopped it. Cost: at most 7/8 of a sector read twice and programmed.
 */
function clean(): i32 {
  const sector: i32 = dirtiestSector();
  if (sector == NO_SECTOR) return Err.SwapFull;
  const end: i32 = (sector + 1) * sectorGranules();
  let slot: i32 = sector * sectorGranules() + (SECTOR_HEADER_BYTES >> GRANULE_SHIFT);
  while (slot < end && sectorLive(sector) > 0) {
    let code: i32 = flashRead(addressOfSlot(slot), Header.RecordAt, RECORD_HEADER_BYTES);
    if (code < 0) return code;
    const owner: i32 = read16(Header.RecordAt + 4);
    const live: boolean = read16(Header.RecordAt) == RECORD_MAGIC && isLive(owner, slot);
    const step: i32 = live ? recordGranules(lengthOf(owner)) : 1;
    if (live) {
      code = moveRecord(slot);
      if (code < 0) return code;
    }
    slot += step;
  }
  giveUpRest(sector);
  return Err.Ok;
}

function isLive(owner: i32, slot: i32): boolean {
  return owner < knob(Knob.PagesMax) && hasSlot(owner) && slotOf(owner) == slot;
}

/** Cleans until a record of `granules` has room without touching the spare sector. Ok, or why not. */
function makeRoom(granules: i32): i32 {
  for (let tries: i32 = 0; tries < 3; tries++) {
    if (headHasRoom(granules) || spareSectors() >= 2) return Err.Ok;
    const code: i32 = clean();
    if (code < 0) return code;
  }
  return headHasRoom(granules) || spareSectors() >= 2 ? Err.Ok : Err.SwapFull;
}

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

/** Reads a record's data to `to` and checks everything it claims. Ok, Corrupt, or Flash. */
function readRecord(slot: i32, owner: i32, lengthBytes: i32, to: i32): i32 {
  const at: i32 = Header.RecordAt;
  let code: i32 = flashRead(addressOfSlot(slot), at, RECORD_HEADER_BYTES);
  if (code == Err.Ok) code = flashRead(addressOfSlot(slot) + RECORD_HEADER_BYTES, to, lengthBytes);
  if (code < 0) return code;
  countBy(Counter.FlashBytesRead, RECORD_HEADER_BYTES + lengthBytes);
  if (read16(at) != RECORD_MAGIC || read16(at + 2) != lengthBytes || read16(at + 4) != owner) return Err.Corrupt;
  return read32(at + 12) == crc32(to, lengthBytes, crc32(at, 12, 0)) ? Err.Ok : Err.Corrupt;
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
export function swapFree(owner: i32): void {
  countLive(slotOf(owner), -recordGranules(lengthOf(owner)));
  countBy(Counter.BdCount, -1);
  if (formOf(owner) == Form.Raw) countBy(Counter.HugePages, -1);
}

/** Brings the gauges of wear up to date. */
export function refreshWear(): void {
  let most: i32 = 0;
  let least: i32 = 0x7fffffff;
  for (let sector: i32 = 0; sector < sectors(); sector++) {
    const erases: i32 = sectorErases(sector);
    if (erases > most) most = erases;
    if (erases < least) least = erases;
  }
  setCounter(Counter.SectorErasesMax, most);
  setCounter(Counter.SectorErasesMin, sectors() > 0 ? least : 0);
}
