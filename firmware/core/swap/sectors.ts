/**
 * The sectors of the swap area: their headers on flash, their erase counts and live granules in the arena, and which
 * one is the head. One sector is the head, being filled; the others are erased when they are taken, never before. The
 * next head is the emptiest in wear among sectors without live records.
 *
 *   header:  magic u32 | version u16 | 32 u16 | epoch u32 | sequence u32 | erases u32 | 0 u32 | 0 u32 | crc u32
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

const SECTOR_MAGIC: i32 = 0x4c57535a;
const VERSION: i32 = 1;
export const SECTOR_HEADER_BYTES: i32 = 32;
const RETIRED: i32 = 1 << 31;
export const NO_SECTOR: i32 = -1;

export function sectors(): i32 { return knob(Knob.SwapSectors); }
export function sectorGranules(): i32 { return knob(Knob.SectorBytes) >> GRANULE_SHIFT; }
export function sectorOfSlot(slot: i32): i32 { return (slot / sectorGranules()) | 0; }
export function addressOfSlot(slot: i32): i32 { return knob(Knob.SwapStart) + (slot << GRANULE_SHIFT); }
function addressOfSector(sector: i32): i32 { return knob(Knob.SwapStart) + sector * knob(Knob.SectorBytes); }

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
function isSectorHeader(): boolean {
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
export function takeHead(): i32 {
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

export function headHasRoom(granules: i32): boolean {
  return read32(Header.SwapHead) != NO_SECTOR && read32(Header.SwapHeadGranule) + granules <= sectorGranules();
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
