/**
 * The sectors of the swap area and their wear ledger: headers on flash, erase counts and live granules in the arena, and
 * which sectors are heads. Two sectors are heads, being filled: one with pages that come, one with records that cleaning
 * moves (cleaner.ts says why). The others are erased when they are taken, never before; the one with the fewest erases
 * among those without live records is next.
 *
 *   sector:  mark 16 B | header 48 B | records
 *   header:  magic u32 | version u16 | 48 u8 | log2 of the sector's bytes u8 | epoch u32 | sequence u32 | erases u32 | most u32 | budget left u32
 *            | flags u16 | a retired sector + 1 u16 | uptime u32 | 0 u32 | 0 u32 | crc u32
 *
 * The ledger is never below the truth, wherever the power goes. An erase destroys the count that the sector carries, so
 * before it the mark is programmed, and every header carries `most`, the highest count of any sector at that time. A
 * sector whose mark is programmed or whose header does not check may have been erased once more than anybody knows: it
 * counts as one above the highest count on flash. That is enough, because between two headers a sector is erased once at
 * most, and because the youngest header is never erased before the next one is written. What it costs: 16 bytes
 * programmed for an erase, and after a cut one sector that rests until the others have caught up with it.
 *
 * A sector that bears nothing at all (a new chip, or a cut right behind an erase) gets a header with what it counts as
 * before the first erase after a start, so that the next start knows. A chip without any header of ours that is not blank
 * has been through nobody knows what: it begins at FOREIGN_ERASES.
 *
 * Columns in the arena, 6 bytes a sector: live granules (u16); erases (20 bits), when it was last appended to (10 bits),
 * stuck (bit 30: its records cannot be read, cleaning leaves it alone), retired (bit 31: never erased or written again).
 *
 * S1  The live granules of a sector are the sum over the slots in it that entries or the durable table name.
 * S3  Only erased bytes of a head sector are programmed; only sectors without live granules are erased.
 * S4  No sector was erased more often than its count in the arena says.
 */
import { fillBytes, read16, read32, read8, write16, write32 } from "../memory";
import { Counter, count, countBy, setCounter } from "../counters";
import { Knob, knob } from "../config";
import { Err } from "../errors";
import { GRANULE_SHIFT, Header, codecTableAt, erasesAt, livesAt } from "../layout";
import { flashErase, flashProgram, flashRead } from "../ports";
import { budgetCharge, budgetPrepaid, openBudget, uptimeSeconds } from "./budget";
import { crc32 } from "./crc32";
import { durableIsOn } from "./durable";
import { carryEvidence, giveEpoch } from "./evidence";
import { mendBytes } from "./mend";

export const SECTOR_MAGIC: i32 = 0x4c57535a;
export const VERSION: i32 = 2;
const MARK_BYTES: i32 = 16;
const HEADER_BYTES: i32 = 48;
/** Mark and header: where records begin. */
export const SECTOR_HEADER_BYTES: i32 = MARK_BYTES + HEADER_BYTES;
/** Flag of a header: the write budget was on. */
const BUDGETED: i32 = 1;
/** What the scan found besides headers: sectors that bear nothing, sectors that bear something else. */
const BLANK: i32 = 1;
const FOREIGN: i32 = 2;

const ERASES_MASK: i32 = 0xfffff;
const STAMP_SHIFT: i32 = 20;
const STAMP_MASK: i32 = 1023;
const STUCK: i32 = 1 << 30;
const RETIRED: i32 = 1 << 31;
export const NO_SECTOR: i32 = -1;
/** Granules at a sector's end that only a boot's verdict is written to, where there are durable areas. */
export const VERDICT_PLACES: i32 = 4;

/** What a sector of a chip that others have used counts as. */
const FOREIGN_ERASES: i32 = 16;
/** Sectors that a head may fail to be before the flash is said to have failed. */
const HEAD_TRIES: i32 = 4;
/** Times a read is tried. */
export const READ_TRIES: i32 = 3;

export function sectors(): i32 { return knob(Knob.SwapSectors); }
export function sectorGranules(): i32 { return knob(Knob.SectorBytes) >> GRANULE_SHIFT; }
/** Granules up to which a sector takes records; behind them are the places for verdicts (evidence.ts). */
export function usableGranules(): i32 { return durableIsOn() ? sectorGranules() - VERDICT_PLACES : sectorGranules(); }
export function sectorOfSlot(slot: i32): i32 { return (slot / sectorGranules()) | 0; }
export function addressOfSlot(slot: i32): i32 { return knob(Knob.SwapStart) + (slot << GRANULE_SHIFT); }
export function addressOfSector(sector: i32): i32 { return knob(Knob.SwapStart) + sector * knob(Knob.SectorBytes); }

function ledgerOf(sector: i32): i32 { return read32(erasesAt + (sector << 2)); }
function setLedger(sector: i32, word: i32): void { write32(erasesAt + (sector << 2), word); }
/** Erases of a sector: exact, or too many. */
export function sectorErases(sector: i32): i32 { return ledgerOf(sector) & ERASES_MASK; }
export function isRetired(sector: i32): boolean { return ledgerOf(sector) < 0; }
export function isStuck(sector: i32): boolean { return (ledgerOf(sector) & STUCK) != 0; }
export function sectorLive(sector: i32): i32 { return read16(livesAt + (sector << 1)); }

export function setErases(sector: i32, erases: i32): void {
  setLedger(sector, ledgerOf(sector) & ~ERASES_MASK | (erases < ERASES_MASK ? erases : ERASES_MASK));
}

export function countLive(slot: i32, granules: i32): void {
  const at: i32 = livesAt + (sectorOfSlot(slot) << 1);
  write16(at, read16(at) + granules);
  write32(Header.SwapLiveGranules, read32(Header.SwapLiveGranules) + granules);
}

/** Is this sector one of the two that are being filled? */
export function isHead(sector: i32): boolean { return sector == read32(Header.SwapHead) || sector == read32(Header.ColdHead); }

/** May it be erased and taken as a head? */
export function isSpare(sector: i32): boolean { return sectorLive(sector) == 0 && !isRetired(sector) && !isHead(sector) && sector + 1 != read32(Header.EvidenceSector); }

/** The clock of ages: heads taken, in steps that let 1024 of them span many turns of the log. */
function stampNow(): i32 {
  let shift: i32 = 0;
  while (sectors() >> shift > 16) shift++;
  return read32(Header.SwapSequence) >> shift & STAMP_MASK;
}

/** Notes that a record was appended to `sector` now. */
export function stampSector(sector: i32): void {
  setLedger(sector, ledgerOf(sector) & ~(STAMP_MASK << STAMP_SHIFT) | stampNow() << STAMP_SHIFT);
}

/** How long ago that was. */
export function sectorAge(sector: i32): i32 { return stampNow() - (ledgerOf(sector) >> STAMP_SHIFT) & STAMP_MASK; }

/** Closes the head at header word `head`: what room it has left is lost until it is erased. */
export function closeHead(head: i32): void { write32(head + 4, sectorGranules()); }

/**
 * Takes a sector out of service for good: it is neither erased nor programmed any more. What is live in it stays readable
 * as long as it can be read, and cleaning moves it elsewhere.
 */
export function retireSector(sector: i32): void {
  setLedger(sector, ledgerOf(sector) | RETIRED);
  if (sector == read32(Header.SwapHead)) closeHead(Header.SwapHead);
  if (sector == read32(Header.ColdHead)) closeHead(Header.ColdHead);
}

/** Retires a sector whose records cannot even be moved. */
export function giveUpSector(sector: i32): void {
  retireSector(sector);
  setLedger(sector, ledgerOf(sector) | STUCK);
}

/** Reads flash to the arena, with retries. Ok, or the last error. */
export function readFlash(from: i32, to: i32, lengthBytes: i32): i32 {
  let code: i32 = Err.Ok;
  for (let tries: i32 = 0; tries < READ_TRIES; tries++) {
    code = flashRead(from, to, lengthBytes);
    if (code == Err.Ok || code == Err.NoFlash) return code;
  }
  return code;
}

/** Are `lengthBytes` (a multiple of 4) of the arena from `at` on as erased flash reads? */
export function isBlankAt(at: i32, lengthBytes: i32): boolean {
  for (let from: i32 = at; from < at + lengthBytes; from += 4) if (read32(from) != -1) return false;
  return true;
}

/** By how much the CRC of the sector header in its buffer is off. */
function headerSyndrome(): i32 { return crc32(Header.SectorAt, HEADER_BYTES - 4, 0) ^ read32(Header.SectorAt + HEADER_BYTES - 4); }

/** Does the sector header in its buffer hold what we wrote? One flipped bit is mended there, and counted if `counts`. */
export function isSectorHeader(counts: boolean): boolean {
  const at: i32 = Header.SectorAt;
  // Blank sectors and strangers cost no checksum.
  const off: i32 = read32(at) ^ SECTOR_MAGIC;
  if ((off & off - 1) != 0) return false;
  const syndrome: i32 = headerSyndrome();
  if (syndrome != 0 && !mendBytes(at, HEADER_BYTES - 4, syndrome)) return false;
  const isOurs: boolean = read32(at) == SECTOR_MAGIC && read16(at + 4) == VERSION && (read32(at + 16) & ~ERASES_MASK) == 0;
  if (isOurs && syndrome != 0 && counts) count(Counter.SwapRepaired);
  return isOurs;
}

/**
 * May what the sector's first bytes hold be what a cut left of a header of ours: erased cells behind the first byte that is
 * not as it should be, in which bits may be missing? Of the header's own bytes only the first eight are known beforehand.
 */
export function isBegunHeader(): boolean {
  if (!isBlankAt(Header.RecordAt, MARK_BYTES)) return false;
  let at: i32 = Header.SectorAt;
  for (let i: i32 = 0; i < 8; i++) {
    const word: i32 = i < 4 ? SECTOR_MAGIC : VERSION | headerShape() << 16;
    const byte: i32 = word >>> ((i & 3) << 3) & 255;
    if (read8(at) != byte) {
      if ((read8(at) & byte) != byte) return false;
      i = 8;
    }
    at++;
  }
  // What was written whole is ours, whatever became of the rest.
  if (at == Header.SectorAt + 8 && read8(at - 1) == headerShape() >> 8) return true;
  while (at < Header.SectorAt + HEADER_BYTES) {
    if (read8(at) != 255) return false;
    at++;
  }
  return true;
}

/** In the ledger during the scan: the sector's own count is lost. */
const UNKNOWN: i32 = ERASES_MASK;

/** Takes over what the header in its buffer says. A count whose mark is programmed is not to be trusted. */
function adoptHeader(sector: i32): void {
  const at: i32 = Header.SectorAt;
  if (read32(at + 16) > read32(Header.SwapMost)) write32(Header.SwapMost, read32(at + 16));
  if (read32(at + 20) > read32(Header.SwapMost)) write32(Header.SwapMost, read32(at + 20));
  if (read32(at + 8) > read32(Header.SwapEpoch)) write32(Header.SwapEpoch, read32(at + 8));
  if (isBlankAt(Header.RecordAt, MARK_BYTES)) setErases(sector, read32(at + 16));
  const retired: i32 = read16(at + 30);
  if (retired > 0 && retired <= sectors()) setLedger(retired - 1, ledgerOf(retired - 1) | RETIRED);
  if (read32(at + 12) <= read32(Header.SwapSequence)) return;
  write32(Header.SwapSequence, read32(at + 12));
  write32(Header.SwapHead, sector);
  openBudget((read16(at + 28) & BUDGETED) != 0 ? read32(at + 24) : -1, read32(at + 32));
}

/** Reads the header of every sector into the ledger. Returns how many can be read, or NoFlash. */
function scanHeaders(): i32 {
  let readable: i32 = 0;
  for (let sector: i32 = 0; sector < sectors(); sector++) {
    setErases(sector, UNKNOWN);
    const code: i32 = readFlash(addressOfSector(sector), Header.RecordAt, SECTOR_HEADER_BYTES);
    if (code == Err.NoFlash) return code;
    if (code < 0) {
      giveUpSector(sector);
      continue;
    }
    readable++;
    if (isSectorHeader(true)) adoptHeader(sector);
    else write32(Header.SwapFound, read32(Header.SwapFound) | (isBlankAt(Header.RecordAt, SECTOR_HEADER_BYTES) ? BLANK : FOREIGN));
  }
  return readable;
}

/** What a sector counts as whose own count is lost. */
function unknownErases(): i32 {
  const others: boolean = read32(Header.SwapMost) < 0 && (read32(Header.SwapFound) & FOREIGN) != 0;
  return others ? FOREIGN_ERASES : read32(Header.SwapMost) + 1;
}

/**
 * Reads every sector's header: erase counts and retirements live on, and so does the budget. The youngest sector is the
 * head, full: its header has the highest count, so it is not erased before the next header is written. Ok, NoFlash, or
 * Flash when no sector can be read.
 */
export function openSectors(): i32 {
  write32(Header.SwapHead, NO_SECTOR);
  write32(Header.ColdHead, NO_SECTOR);
  write32(Header.SwapMost, -1);
  if (sectors() == 0) return Err.NoFlash;
  openBudget(-1, 0);
  const readable: i32 = scanHeaders();
  if (readable <= 0) {
    write32(Header.SwapEpoch, 0);
    return readable < 0 ? readable : Err.Flash;
  }
  for (let sector: i32 = 0; sector < sectors(); sector++) if (sectorErases(sector) == UNKNOWN) setErases(sector, unknownErases());
  closeHead(Header.SwapHead);
  write32(Header.SwapEpoch, read32(Header.SwapEpoch) + 1);
  return Err.Ok;
}

/** The spare sector with the fewest erases, or NO_SECTOR. */
export function emptiestSector(): i32 {
  let best: i32 = NO_SECTOR;
  for (let sector: i32 = 0; sector < sectors(); sector++) {
    if (isSpare(sector) && (best == NO_SECTOR || sectorErases(sector) < sectorErases(best))) best = sector;
  }
  return best;
}

export function spareSectors(): i32 {
  let spare: i32 = 0;
  for (let sector: i32 = 0; sector < sectors(); sector++) if (isSpare(sector)) spare++;
  return spare;
}

/** The highest count of all. */
export function mostErases(): i32 {
  let most: i32 = 0;
  for (let sector: i32 = 0; sector < sectors(); sector++) if (sectorErases(sector) > most) most = sectorErases(sector);
  return most;
}

/** One of the retired sectors plus 1, another each time a head is taken, so that in the end headers name them all; 0: none. */
function retiredToName(): i32 {
  const retired: i32 = retiredSectors();
  if (retired == 0) return 0;
  let skip: i32 = read32(Header.SwapSequence) % retired;
  for (let sector: i32 = 0; sector < sectors(); sector++) {
    if (!isRetired(sector)) continue;
    if (skip == 0) return sector + 1;
    skip--;
  }
  return 0;
}

/** Counts what is programmed, in the counters and against the budget. */
export function countProgrammed(lengthBytes: i32): void {
  countBy(Counter.FlashBytesProgrammed, lengthBytes);
  budgetCharge(lengthBytes + 15 >> GRANULE_SHIFT);
}

/** Bytes of the header, and log2 of the sector's bytes in the high byte: another geometry is not ours to read. */
export function headerShape(): i32 {
  let log2: i32 = 12;
  while ((1 << log2) < knob(Knob.SectorBytes)) log2++;
  return HEADER_BYTES | log2 << 8;
}

/** Builds a sector's header and programs it; with VerifyPrograms it is read back. Ok or Flash. */
function programSectorHeader(sector: i32): i32 {
  const at: i32 = Header.SectorAt;
  fillBytes(at, 0, HEADER_BYTES);
  write32(at, SECTOR_MAGIC);
  write16(at + 4, VERSION);
  write16(at + 6, headerShape());
  write32(at + 8, read32(Header.SwapEpoch));
  write32(at + 12, read32(Header.SwapSequence));
  write32(at + 16, sectorErases(sector));
  write32(at + 20, mostErases());
  write32(at + 24, budgetPrepaid(2 * sectorGranules()));
  write16(at + 28, knob(Knob.WritebackLimitEnable) == 1 ? BUDGETED : 0);
  write16(at + 30, retiredToName());
  write32(at + 32, uptimeSeconds());
  write32(at + HEADER_BYTES - 4, crc32(at, HEADER_BYTES - 4, 0));
  countProgrammed(HEADER_BYTES);
  const code: i32 = flashProgram(addressOfSector(sector) + MARK_BYTES, at, HEADER_BYTES);
  return code == Err.Ok && knob(Knob.VerifyPrograms) == 1 ? sameOnFlash(addressOfSector(sector) + MARK_BYTES, at, HEADER_BYTES) : code;
}

/** Do the cells from `address` on hold the bytes at arena offset `at`? At most a codec's table of them. Ok or Flash. */
export function sameOnFlash(address: i32, at: i32, lengthBytes: i32): i32 {
  const code: i32 = readFlash(address, codecTableAt, lengthBytes);
  if (code < 0) return code;
  for (let i: i32 = 0; i < lengthBytes; i += 4) if (read32(codecTableAt + i) != read32(at + i)) return Err.Flash;
  return Err.Ok;
}

/** Gives every sector that bears nothing a header, so that its count is known; one that does not take it is retired. */
function labelSectors(): void {
  if ((read32(Header.SwapFound) & BLANK) == 0) return;
  for (let sector: i32 = 0; sector < sectors(); sector++) {
    const code: i32 = readFlash(addressOfSector(sector), Header.RecordAt, SECTOR_HEADER_BYTES);
    if (isRetired(sector) || code < 0 || !isBlankAt(Header.RecordAt, SECTOR_HEADER_BYTES)) continue;
    if (programSectorHeader(sector) == Err.Ok) continue;
    count(Counter.FailedWrites);
    retireSector(sector);
  }
  write32(Header.SwapFound, read32(Header.SwapFound) & ~BLANK);
}

/**
 * Says on flash that the count of `sector` is about to be too low. It is programmed even where it seems to be: a mark that
 * a cut has torn may read as programmed now and as blank the next time. (Zeros over anything are no misuse of NOR.)
 */
function programMark(sector: i32): i32 {
  const at: i32 = Header.RecordAt;
  fillBytes(at, 0, MARK_BYTES);
  countProgrammed(MARK_BYTES);
  return flashProgram(addressOfSector(sector), at, MARK_BYTES);
}

/** Erases a spare sector. The count is one up before the erase begins. Ok or Flash. */
function eraseSector(sector: i32): i32 {
  const code: i32 = programMark(sector);
  if (code < 0) return code;
  setErases(sector, sectorErases(sector) + 1);
  count(Counter.SectorErases);
  return flashErase(addressOfSector(sector));
}

/** Erases a sector and makes it the head at header word `head`, with the evidence as its first record. Ok, or Flash. */
export function makeHead(head: i32, sector: i32): i32 {
  let code: i32 = eraseSector(sector);
  if (code < 0) return code;
  write32(Header.SwapSequence, read32(Header.SwapSequence) + 1);
  code = programSectorHeader(sector);
  if (code < 0) return code;
  write32(head, sector);
  write32(head + 4, SECTOR_HEADER_BYTES >> GRANULE_SHIFT);
  stampSector(sector);
  return carryEvidence(head);
}

/**
 * Takes a spare sector as the head at header word `head`; one that cannot be erased or programmed is retired. The record
 * header in its buffer is overwritten. Ok, SwapFull, or Flash when several sectors in a row failed.
 */
export function takeHead(head: i32): i32 {
  giveEpoch();
  labelSectors();
  for (let tries: i32 = 0; tries < HEAD_TRIES; tries++) {
    const sector: i32 = emptiestSector();
    if (sector == NO_SECTOR) return Err.SwapFull;
    if (makeHead(head, sector) == Err.Ok) return Err.Ok;
    count(Counter.FailedWrites);
    retireSector(sector);
  }
  return Err.Flash;
}

export function headHasRoom(head: i32, granules: i32): boolean {
  return read32(head) != NO_SECTOR && read32(head + 4) + granules <= usableGranules();
}

export function retiredSectors(): i32 {
  let retired: i32 = 0;
  for (let sector: i32 = 0; sector < sectors(); sector++) if (isRetired(sector)) retired++;
  return retired;
}

/** The fewest erases of any sector in service. */
export function leastErases(): i32 {
  let least: i32 = ERASES_MASK;
  for (let sector: i32 = 0; sector < sectors(); sector++) {
    if (!isRetired(sector) && sectorErases(sector) < least) least = sectorErases(sector);
  }
  return least;
}

/** Erases of all sectors together. */
export function allErases(): i32 {
  let sum: i32 = 0;
  for (let sector: i32 = 0; sector < sectors(); sector++) sum += sectorErases(sector);
  return sum;
}

/** Brings the gauges of erases up to date. */
export function refreshErases(): void {
  const least: i32 = leastErases();
  setCounter(Counter.SectorErasesMax, mostErases());
  setCounter(Counter.SectorErasesMin, least < ERASES_MASK ? least : 0);
  setCounter(Counter.SectorsRetired, retiredSectors());
}
