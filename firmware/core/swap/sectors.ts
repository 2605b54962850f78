/**
 * The sectors of the swap area: their headers on flash, their erase counts and live granules in the arena, and which
 * one is the head. One sector is the head, being filled; the others are erased when they are taken, never before. The
 * next head is the emptiest in wear among sectors without live records.
 *
 *   header:  magic u32 | version u16 | 32 u8 | log2 of the sector's bytes u8 | epoch u32 | sequence u32 | erases u32 | 0 u32 | 0 u32 | crc u32
 *
 * Two columns in the arena, 6 bytes a sector: live granules (u16) and erases (u32, bit 31: retired).
 *
 * S1  The live granules of a sector are the sum over the entries that name a slot in it.
 * S3  Only erased bytes of the head sector are programmed; only sectors without live granules are erased.
 */
import { fillBytes, read16, read32, write16, write32 } from "../memory";
import { Counter, count, countBy, setCounter } from "../counters";
import { Knob, knob } from "../config";
import { Err } from "../errors";
import { GRANULE_SHIFT, Header, erasesAt, livesAt } from "../layout";
import { flashErase, flashProgram, flashRead } from "../ports";
import { crc32 } from "./crc32";
import { durableIsOn } from "./durable";
import { carryEvidence, giveVerdict } from "./evidence";

export const SECTOR_MAGIC: i32 = 0x4c57535a;
export const VERSION: i32 = 2;
export const SECTOR_HEADER_BYTES: i32 = 32;
const RETIRED: i32 = 1 << 31;
export const NO_SECTOR: i32 = -1;
/** Granules at a sector's end that only a boot's verdict is written to, where there are durable areas. */
export const VERDICT_PLACES: i32 = 4;

export function sectors(): i32 { return knob(Knob.SwapSectors); }
export function sectorGranules(): i32 { return knob(Knob.SectorBytes) >> GRANULE_SHIFT; }
/** Granules up to which a sector takes records; behind them are the places for verdicts (evidence.ts). */
export function usableGranules(): i32 { return durableIsOn() ? sectorGranules() - VERDICT_PLACES : sectorGranules(); }
export function sectorOfSlot(slot: i32): i32 { return (slot / sectorGranules()) | 0; }
export function addressOfSlot(slot: i32): i32 { return knob(Knob.SwapStart) + (slot << GRANULE_SHIFT); }
export function addressOfSector(sector: i32): i32 { return knob(Knob.SwapStart) + sector * knob(Knob.SectorBytes); }

export function sectorErases(sector: i32): i32 { return read32(erasesAt + (sector << 2)) & ~RETIRED; }
export function isRetired(sector: i32): boolean { return read32(erasesAt + (sector << 2)) < 0; }
export function sectorLive(sector: i32): i32 { return read16(livesAt + (sector << 1)); }
function setErases(sector: i32, erases: i32): void { write32(erasesAt + (sector << 2), erases); }

export function countLive(slot: i32, granules: i32): void {
  const at: i32 = livesAt + (sectorOfSlot(slot) << 1);
  write16(at, read16(at) + granules);
  write32(Header.SwapLiveGranules, read32(Header.SwapLiveGranules) + granules);
}

/** Does the 32-byte sector header in its buffer hold what we wrote? */
export function isSectorHeader(): boolean {
  const at: i32 = Header.SectorAt;
  return read32(at) == SECTOR_MAGIC && read16(at + 4) == VERSION && read32(at + 28) == crc32(at, 28, 0);
}

/** Reads every sector's header: erase counts live on, and the log goes on behind the youngest sector. */
export function openSectors(): i32 {
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

/** The sector without live records that was erased least, the head left out. */
function emptiestSector(): i32 {
  let best: i32 = NO_SECTOR;
  for (let sector: i32 = 0; sector < sectors(); sector++) {
    if (sectorLive(sector) != 0 || isRetired(sector) || sector == read32(Header.SwapHead)) continue;
    if (best == NO_SECTOR || sectorErases(sector) < sectorErases(best)) best = sector;
  }
  return best;
}

export function spareSectors(): i32 {
  let spare: i32 = 0;
  for (let sector: i32 = 0; sector < sectors(); sector++) {
    if (sectorLive(sector) == 0 && !isRetired(sector) && sector != read32(Header.SwapHead)) spare++;
  }
  return spare;
}

/** Bytes of the header, and log2 of the sector's bytes in the high byte: another geometry is not ours to read. */
export function headerShape(): i32 {
  let log2: i32 = 12;
  while ((1 << log2) < knob(Knob.SectorBytes)) log2++;
  return SECTOR_HEADER_BYTES | log2 << 8;
}

/** Builds a sector's header and programs it. */
function programSectorHeader(sector: i32): i32 {
  const at: i32 = Header.SectorAt;
  fillBytes(at, 0, SECTOR_HEADER_BYTES);
  write32(at, SECTOR_MAGIC);
  write16(at + 4, VERSION);
  write16(at + 6, headerShape());
  write32(at + 8, read32(Header.SwapEpoch));
  write32(at + 12, read32(Header.SwapSequence));
  write32(at + 16, sectorErases(sector));
  write32(at + 28, crc32(at, 28, 0));
  countBy(Counter.FlashBytesProgrammed, SECTOR_HEADER_BYTES);
  return flashProgram(addressOfSector(sector), at, SECTOR_HEADER_BYTES);
}

/** Takes a sector out of service. */
export function retire(sector: i32): void { setErases(sector, sectorErases(sector) | RETIRED); }

/** `sector` counts as the head, and takes nothing: it is neither erased nor cleaned until there is another. */
export function setHead(sector: i32): void {
  write32(Header.SwapHead, sector);
  write32(Header.SwapHeadGranule, sectorGranules());
}

/** Erases a sector, which becomes the head with the evidence of what is durable as its first record. Ok or Flash. */
export function startSector(sector: i32): i32 {
  const before: i32 = read32(Header.SwapHead);
  setErases(sector, sectorErases(sector) + 1);
  count(Counter.SectorErases);
  write32(Header.SwapSequence, read32(Header.SwapSequence) + 1);
  let code: i32 = flashErase(addressOfSector(sector));
  if (code == Err.Ok) code = programSectorHeader(sector);
  write32(Header.SwapHead, sector);
  write32(Header.SwapHeadGranule, SECTOR_HEADER_BYTES >> GRANULE_SHIFT);
  if (code == Err.Ok) code = carryEvidence();
  if (code == Err.Ok) return code;
  setHead(before);
  count(Counter.FailedWrites);
  retire(sector);
  return Err.Flash;
}

/** Takes a sector without live records as the head. Ok, SwapFull, or Flash when several sectors in a row failed. */
export function takeHead(): i32 {
  giveVerdict();
  for (let tries: i32 = 0; tries < 4; tries++) {
    const sector: i32 = emptiestSector();
    if (sector == NO_SECTOR) return Err.SwapFull;
    if (startSector(sector) == Err.Ok) return Err.Ok;
  }
  return Err.Flash;
}

export function headHasRoom(granules: i32): boolean {
  return read32(Header.SwapHead) != NO_SECTOR && read32(Header.SwapHeadGranule) + granules <= usableGranules();
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
