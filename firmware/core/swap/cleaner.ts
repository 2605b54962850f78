/**
 * Cleaning: when only one sector without live records is left, the sector with the fewest live granules is emptied. Its
 * live records move to the head, and only their owners' slots change. One sector is always held back for that, so the
 * log is full before it is stuck. A record that is found damaged on the way is given up: its owner names no slot any
 * more, and a later load reports Corrupt.
 */
import { read32 } from "../memory";
import { Counter, count } from "../counters";
import { Knob, knob } from "../config";
import { Err } from "../errors";
import { GRANULE_SHIFT, Header } from "../layout";
import { Form, formOf, hasSlot, lengthOf, noSlot, slotOf } from "../entries";
import { NO_SECTOR, SECTOR_HEADER_BYTES, countLive, headHasRoom, sectorGranules, sectorLive, sectorOfSlot, sectors, spareSectors } from "./sectors";
import { Found, Kind, append, checkOnFlash, countCopy, headerGeneration, headerGranules, headerKind, headerLength, headerOwner, isLive, killRecord, look, makeVolatile, ownerOfSlot, recordGranules } from "./records";
import { committedAt, committedGranules, committedSlot, countShared, durableIsOn, isCommittedSlot, loseCommitted, setCommitted } from "./durable";
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

/** Gives up what cleaning did not find in `sector`: records whose headers are damaged. Cost: one look at every entry and durable page. */
function giveUpRest(sector: i32): void {
  for (let owner: i32 = 0; owner < knob(Knob.PagesMax) && sectorLive(sector) > 0; owner++) {
    if (!hasSlot(owner) || sectorOfSlot(slotOf(owner)) != sector) continue;
    if (!isCommittedSlot(slotOf(owner))) giveUp(owner);
    else {
      countShared(-1, formOf(owner) == Form.Raw);
      moveSlot(owner, noSlot());
    }
  }
  for (let index: i32 = 0; durableIsOn() && index <= knob(Knob.DurablePagesMax); index++) {
    if (committedGranules(index) > 0 && sectorOfSlot(committedSlot(index)) == sector) loseCommitted(index);
  }
}

/** Moves the volatile record at `slot`, whose header is in its buffer, to the head; a damaged one is given up. Ok, or why not. */
function moveVolatile(slot: i32, owner: i32): i32 {
  let target: i32 = headerLength() == lengthOf(owner) ? checkOnFlash(slot) : Err.Corrupt;
  if (target == Err.Corrupt) {
    giveUp(owner);
    return Err.Ok;
  }
  if (target == Err.Ok && headerKind() == Kind.Durable) countCopy();
  if (target == Err.Ok) target = append(-1, slot);
  if (target < 0) return target;
  countLive(slot, -recordGranules(lengthOf(owner)));
  moveSlot(owner, target);
  count(Counter.SwapCleanedRecords);
  return Err.Ok;
}

/**
 * Moves a committed record, as it is: damaged data stay damaged, and are reported when they are read. The entry that
 * names it too goes with it.
 */
function moveCommitted(slot: i32, index: i32): i32 {
  countCopy();
  const target: i32 = append(-1, slot);
  if (target < 0) return target;
  const owner: i32 = ownerOfSlot(slot);
  countLive(slot, -committedGranules(index));
  setCommitted(index, target, committedGranules(index));
  if (owner >= 0) moveSlot(owner, target);
  count(Counter.SwapCleanedRecords);
  return Err.Ok;
}

/** Entry of the record at `slot`, whose header is in its buffer and which is not committed; NotFound: it is dead. */
function ownerOf(slot: i32, found: i32): i32 {
  if (headerKind() == Kind.Volatile) return isLive(headerOwner(), slot) ? headerOwner() : Err.NotFound;
  const isOld: boolean = found == Found.Record && headerGeneration() <= read32(Header.CommittedGeneration);
  return headerKind() == Kind.Commit || isOld ? Err.NotFound : ownerOfSlot(slot);
}

/** Moves the record at `slot`, whose header is in its buffer, if it is live. Ok, or why it could not be moved. */
function moveIfLive(slot: i32, found: i32): i32 {
  if (found == Found.Record && headerKind() == Kind.Durable) {
    const index: i32 = committedAt(slot);
    if (index >= 0) return moveCommitted(slot, index);
  }
  const owner: i32 = ownerOf(slot, found);
  if (owner < 0) return Err.Ok;
  // A record struck out is no more than the copy of its entry: it goes on as a volatile one.
  if (found == Found.Struck) makeVolatile(owner);
  return moveVolatile(slot, owner);
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
    const found: i32 = look(slot);
    if (found < 0) return found;
    const step: i32 = found >= Found.Struck ? headerGranules() : 1;
    const code: i32 = found >= Found.Struck ? moveIfLive(slot, found) : Err.Ok;
    if (code < 0) return code;
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
