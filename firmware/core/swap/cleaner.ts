/**
 * Cleaning: what is live in a sector moves to a head, only its owners' slots change, and the sector is spare again. There
 * are four reasons to clean, looked at whenever the head is full:
 *
 *   a sector was retired        its records are moved while they can be read
 *   fewer than two are spare    one is always held back for cleaning itself, so the log is full before it is stuck
 *   the wear differs too much   by WearSpread less one: the least worn sector, if it holds data, gives them away and joins
 *                               the rotation. Without that, a sector of cold data would never be erased (static levelling)
 *   nothing else                the least worn spare sector is next (dynamic levelling, in sectors.ts)
 *
 * Which sector? The one with the most to gain for its price, and that has been left alone for long: (1 - u) * age / (1 + u)
 * for a share u of live granules (Rosenblum and Ousterhout's cost-benefit). The emptiest one would be the hot one, whose
 * records are about to die by themselves. And where to? Not to the head that new pages go to: what survived until it was
 * moved is cold, and cold records among hot ones are moved again and again. Both together bring 2.2 bytes programmed for
 * one that came down to 1.22 on a log 80 % full of which 2 % get 98 % of the writes. An area of fewer than
 * TWO_HEADS_FROM sectors has no room for two heads.
 *
 * A record that is found damaged on the way is given up: its owner names no slot any more, and a later load reports
 * Corrupt. A sector that cannot be read is retired with what is in it and not tried again.
 */
import { read32, write32 } from "../memory";
import { Counter, count } from "../counters";
import { Knob, knob } from "../config";
import { Err } from "../errors";
import { GRANULE_SHIFT, Header } from "../layout";
import { Form, Place, formOf, hasSlot, lengthOf, noSlot, placeOf, setSwapped, slotOf } from "../entries";
import { committedAt, committedGranules, committedSlot, countShared, durableIndex, durableIsOn, findMissing, isCommittedSlot, loseCommitted, lostPages, setCommitted } from "./durable";
import { NO_SECTOR, SECTOR_HEADER_BYTES, countLive, emptiestSector, giveUpSector, headHasRoom, isHead, isRetired, isStuck, leastErases, retireSector, sectorAge, sectorErases, sectorGranules, sectorLive, sectorOfSlot, sectors, spareSectors } from "./sectors";
import { Found, Kind, append, checkRecord, headerGeneration, headerGranules, headerInstance, headerKind, headerLength, headerOwner, headerPage, isLive, killRecord, look, ownerOfSlot, peek, recordGranules } from "./records";
import { moveSlot } from "./swap-map";

/** A sector with more live granules than this many eighths is not worth cleaning. */
const CLEAN_EIGHTHS: i32 = 7;
/** Sectors that are cleaned to gain one: at seven eighths live each, eight are needed. */
const CLEAN_TRIES: i32 = 12;
const TWO_HEADS_FROM: i32 = 8;

/** The head that moved records go to. */
function headForMoved(): i32 { return sectors() < TWO_HEADS_FROM ? Header.SwapHead : Header.ColdHead; }

/** Could `sector` be cleaned? */
function isCleanable(sector: i32): boolean { return sectorLive(sector) > 0 && !isHead(sector) && !isStuck(sector); }

/** What cleaning a sector is worth; 0 when it is too full. */
function worthOf(sector: i32): i32 {
  const live: i32 = sectorLive(sector);
  const all: i32 = sectorGranules();
  if (live > all * CLEAN_EIGHTHS >> 3) return 0;
  return ((all - live) * (sectorAge(sector) + 1) * 64 / (all + live)) | 0;
}

/** The sector that is most worth cleaning, or NO_SECTOR. */
function dirtiestSector(): i32 {
  let best: i32 = NO_SECTOR;
  for (let sector: i32 = 0; sector < sectors(); sector++) {
    if (!isCleanable(sector) || worthOf(sector) == 0) continue;
    if (best == NO_SECTOR || worthOf(sector) > worthOf(best)) best = sector;
  }
  return best;
}

/** A retired sector that still holds data, or NO_SECTOR. */
function retiredWithData(): i32 {
  for (let sector: i32 = 0; sector < sectors(); sector++) if (isRetired(sector) && isCleanable(sector)) return sector;
  return NO_SECTOR;
}

/** The sector in service with `erases` erases and live data that has been left alone the longest, or NO_SECTOR. */
function coldestSector(erases: i32): i32 {
  let best: i32 = NO_SECTOR;
  for (let sector: i32 = 0; sector < sectors(); sector++) {
    if (!isCleanable(sector) || isRetired(sector) || sectorErases(sector) != erases) continue;
    if (best == NO_SECTOR || sectorAge(sector) > sectorAge(best)) best = sector;
  }
  return best;
}

/** A damaged record is lost: its owner names no slot any more, so a later load reports Corrupt (a resident page is just dirty). */
function giveUp(owner: i32): void {
  count(Counter.SwapCorrupt);
  retireSector(sectorOfSlot(slotOf(owner)));
  killRecord(owner);
  moveSlot(owner, noSlot());
}

/** Gives up what cleaning did not find in `sector`: records whose headers are damaged. Cost: one look at every entry and durable page. */
function giveUpRest(sector: i32): void {
  for (let owner: i32 = 0; owner < knob(Knob.PagesMax) && sectorLive(sector) > 0; owner++) {
    if (!hasSlot(owner) || sectorOfSlot(slotOf(owner)) != sector) continue;
    if (!isCommittedSlot(slotOf(owner))) giveUp(owner);
    else loseEntry(owner, slotOf(owner));
  }
  for (let index: i32 = 0; durableIsOn() && index <= knob(Knob.DurablePagesMax); index++) {
    if (committedGranules(index) == 0 || sectorOfSlot(committedSlot(index)) != sector) continue;
    retireSector(sector);
    loseCommitted(index);
  }
}

/** Moves the live record at `slot` to a head; a damaged one is given up, an unreadable one gives its sector up. Ok, or why not. */
function moveRecord(slot: i32, owner: i32): i32 {
  const lengthBytes: i32 = lengthOf(owner);
  const code: i32 = checkRecord(slot, lengthBytes);
  if (code == Err.Corrupt) giveUp(owner);
  if (code == Err.Flash) giveUpSector(sectorOfSlot(slot));
  if (code < 0) return Err.Ok;
  const target: i32 = append(headForMoved(), owner, 0, -1, slot, lengthBytes);
  if (target < 0) return target;
  countLive(slot, -recordGranules(lengthBytes));
  moveSlot(owner, target);
  count(Counter.SwapCleanedRecords);
  return Err.Ok;
}

/**
 * The committed record of one durable page was lost: a stone of the record's generation stands for it from now on, for later boots
 * too. Where more than one is lost nothing can be said of either: they stay lost, and a boot finds the log incomplete.
 */
export function sealLost(): i32 {
  if (lostPages() != 1) return Err.Ok;
  const head: i32 = makeRoom(recordGranules(1));
  const generation: i32 = head < 0 || lostPages() != 1 ? -1 : findMissing();
  if (generation < 0) return Err.Ok;
  const names: i32 = read32(Header.SectorAt);
  const slot: i32 = stoneAt(head, names, generation);
  if (slot < 0) return slot;
  setCommitted(durableIndex(names >>> 16, names & 4095), slot, recordGranules(1));
  return Err.Ok;
}

/** Appends a record of one byte that no codec can read, of page and instance `names`. Its slot, or why not. */
function stoneAt(head: i32, names: i32, generation: i32): i32 {
  const last: i32 = read32(Header.LastGeneration);
  write32(Header.LastGeneration, generation);
  const slot: i32 = append(head, names, Form.Lz4 | Kind.Durable << 2, Header.SectorAt, -1, 1);
  write32(Header.LastGeneration, last);
  return slot;
}

/**
 * The committed record of durable page `index` is damaged: one of the same page and generation takes its place that no
 * codec can read, so the page is Corrupt until it is written again, after a reset too. The slot, or why not.
 */
function appendStone(index: i32): i32 {
  const slot: i32 = stoneAt(headForMoved(), headerPage() | headerInstance() << 16, headerGeneration());
  if (slot >= 0) setCommitted(index, slot, recordGranules(1));
  return slot;
}

/** The damaged record at `slot` has left a stone at `target`, which an entry that named it names now. One that is resident is whole, and changed. */
function nameStone(owner: i32, slot: i32, target: i32): void {
  const isAway: boolean = owner >= 0 && placeOf(owner) == Place.Swap;
  loseEntry(owner, slot);
  if (!isAway) return;
  setSwapped(owner, Form.Lz4, 1, target);
  countShared(1, false);
}

/** Moves the committed record of durable page `index`, and an entry that names it too; a damaged one leaves a stone. Ok, or why not. */
function moveCommitted(slot: i32, index: i32): i32 {
  const granules: i32 = committedGranules(index);
  const owner: i32 = ownerOfSlot(slot);
  const code: i32 = checkRecord(slot, headerLength());
  if (code == Err.Flash) giveUpSector(sectorOfSlot(slot));
  if (code == Err.Flash) return Err.Ok;
  const target: i32 = code == Err.Ok ? append(headForMoved(), 0, 0, -1, slot, headerLength()) : appendStone(index);
  if (target < 0) return target;
  countLive(slot, -granules);
  count(Counter.SwapCleanedRecords);
  if (code == Err.Ok) setCommitted(index, target, granules);
  else nameStone(owner, slot, target);
  if (code == Err.Ok && owner >= 0) moveSlot(owner, target);
  return Err.Ok;
}

/** The committed record at `slot` was damaged: an entry that named it has no record any more. */
function loseEntry(owner: i32, slot: i32): void {
  count(Counter.SwapCorrupt);
  retireSector(sectorOfSlot(slot));
  if (owner < 0) return;
  countShared(-1, formOf(owner) == Form.Raw);
  moveSlot(owner, noSlot());
}

/** Entry of the record at `slot`, whose header is in its buffer and which is not committed; NotFound: it is dead. */
function ownerOf(slot: i32, found: i32): i32 {
  if (headerKind() == Kind.Volatile) return isLive(headerOwner(), slot) ? headerOwner() : Err.NotFound;
  const isOld: boolean = found == Found.Record && headerGeneration() <= read32(Header.CommittedGeneration);
  return headerKind() == Kind.Commit || isOld ? Err.NotFound : ownerOfSlot(slot);
}

/** Moves the record that begins at `slot`, if a live one does. Returns the granules to the next (0: none begins), or why it stays. */
function cleanAt(slot: i32, isDamaged: boolean): i32 {
  const found: i32 = isDamaged ? peek(slot) : look(slot);
  if (found < 0) giveUpSector(sectorOfSlot(slot));
  if (found < Found.Struck) return 0;
  const granules: i32 = headerGranules();
  const index: i32 = found == Found.Record && headerKind() == Kind.Durable ? committedAt(slot) : -1;
  const owner: i32 = index >= 0 ? -1 : ownerOf(slot, found);
  let code: i32 = Err.Ok;
  if (index >= 0) code = moveCommitted(slot, index);
  else if (owner >= 0) code = moveRecord(slot, owner);
  return code < 0 ? code : granules;
}

/**
 * Moves every live record out of `sector`. Ok when there is nothing left to move: it has no live record any more, or it
 * was given up. Otherwise SwapFull or Flash: there is no head to move to. Cost: a sector read twice and programmed.
 */
function clean(sector: i32): i32 {
  const end: i32 = (sector + 1) * sectorGranules();
  let slot: i32 = sector * sectorGranules() + (SECTOR_HEADER_BYTES >> GRANULE_SHIFT);
  let isDamaged: boolean = false;
  while (slot < end && sectorLive(sector) > 0 && !isStuck(sector)) {
    const step: i32 = cleanAt(slot, isDamaged);
    if (step < 0) return step;
    isDamaged = step == 0;
    slot += isDamaged ? 1 : step;
  }
  if (!isStuck(sector)) giveUpRest(sector);
  return Err.Ok;
}

/** Cleans until two sectors are spare. Ok, SwapFull when no sector is worth it, or the error that stopped it. */
function cleanUntilSpare(): i32 {
  for (let tries: i32 = 0; tries < CLEAN_TRIES && spareSectors() < 2; tries++) {
    const sector: i32 = dirtiestSector();
    const code: i32 = sector == NO_SECTOR ? Err.SwapFull : clean(sector);
    if (code < 0) return code;
  }
  return Err.Ok;
}

/** Static levelling: the least worn sector with data is cleaned, if the next head would be WearSpread less one above it. */
function level(): void {
  const least: i32 = leastErases();
  const next: i32 = emptiestSector();
  if (next == NO_SECTOR || sectorErases(next) + 1 - least < knob(Knob.WearSpread)) return;
  if (read32(Header.ColdHead) != NO_SECTOR && sectorErases(read32(Header.ColdHead)) == least) write32(Header.ColdHead, NO_SECTOR);
  const sector: i32 = coldestSector(least);
  if (sector == NO_SECTOR) return;
  count(Counter.SectorsLevelled);
  clean(sector);
}

/**
 * Makes room for a record of `granules` at one of the heads. Returns the header word of that head, or SwapFull, or Flash.
 * The codec's table is overwritten. Cost: nothing while the head has room; otherwise at most CLEAN_TRIES + 2 sectors moved.
 */
export function makeRoom(granules: i32): i32 {
  if (headHasRoom(Header.SwapHead, granules)) return Header.SwapHead;
  const retired: i32 = retiredWithData();
  if (retired != NO_SECTOR && spareSectors() > 0) clean(retired);
  const code: i32 = cleanUntilSpare();
  if (spareSectors() >= 2) level();
  if (headHasRoom(Header.SwapHead, granules) || spareSectors() >= 2) return Header.SwapHead;
  if (headHasRoom(Header.ColdHead, granules)) return Header.ColdHead;
  return code < 0 ? code : Err.SwapFull;
}
