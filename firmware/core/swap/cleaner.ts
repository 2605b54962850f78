/**
 * Cleaning: when only one sector without live records is left, the sector with the fewest live granules is emptied. Its
 * live records move to the head, and only their owners' slots change. One sector is always held back for that, so the
 * log is full before it is stuck. A record that is found damaged on the way is given up: its owner names no slot any
 * more, and a later load reports Corrupt.
 */
import { read16, read32 } from "../memory";
import { Counter, count } from "../counters";
import { Knob, knob } from "../config";
import { Err } from "../errors";
import { GRANULE_SHIFT, Header } from "../layout";
import { flashRead } from "../ports";
import { hasSlot, lengthOf, noSlot, slotOf } from "../entries";
import { NO_SECTOR, SECTOR_HEADER_BYTES, addressOfSlot, countLive, headHasRoom, sectorGranules, sectorLive, sectorOfSlot, sectors, spareSectors } from "./sectors";
import { RECORD_HEADER_BYTES, RECORD_MAGIC, append, checkOnFlash, isLive, killRecord, recordGranules } from "./records";
import { moveSlot } from "./swap-map";

/** A sector with more live granules than this many eighths is not worth cleaning. */
const CLEAN_EIGHTHS: i32 = 7;

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

/** A damaged record is lost: its owner names no slot any more, so a later load reports Corrupt (a resident page is just dirty). */
function giveUp(owner: i32): void {
  count(Counter.SwapCorrupt);
  killRecord(owner);
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

/** Cleans until a record of `granules` has room without touching the spare sector. Ok, or why not. */
export function makeRoom(granules: i32): i32 {
  for (let tries: i32 = 0; tries < 3; tries++) {
    if (headHasRoom(granules) || spareSectors() >= 2) return Err.Ok;
    const code: i32 = clean();
    if (code < 0) return code;
  }
  return headHasRoom(granules) || spareSectors() >= 2 ? Err.Ok : Err.SwapFull;
}
