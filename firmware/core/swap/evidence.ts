/**
 * The evidence of what is committed: commit records (records.ts), and the order in which they may be written so that a
 * cut at any byte leaves no doubt. Cells that a cut left half-way may read as one thing now and as another later, so no
 * decision of a boot may rest on them for longer than until the first write.
 *
 *   sector:  header | carry | records, commits ... | 4 places for verdicts
 *
 * commit    behind the records of its generation: a program of 16 bytes that makes them count, or does not.
 * carry     the same evidence again, the first record of each sector. The head is the youngest sector and is never erased
 *           while it is the head, so the newest evidence always lies outside of what is erased.
 * verdict   what a boot decided, where the newest commit may be one that was cut: nothing lies behind it, or something that
 *           does not check. Written by that boot, in the tail of the sector with the newest evidence, under the boot's own
 *           epoch: the next boot may read the commit differently, and by then an app has seen this decision, and the records
 *           of the other may be gone. Twice, because the first place may hold cells of a verdict that was itself cut; one
 *           that stands there twice is never written again.
 * strike    before the first commit after a cut, records of generations that were begun and never committed are struck out
 *           (check and generation overwritten with zeros), and headers that do not check are overwritten: no later
 *           generation can make them count.
 *
 * U4  The newest evidence by (epoch, generation) is that of the last commit or of this boot's decision.
 */
import { fillBytes, read32, write16, write32 } from "../memory";
import { Counter, count } from "../counters";
import { Err } from "../errors";
import { Header } from "../layout";
import { flashProgram } from "../ports";
import { Found, Kind, RECORD_HEADER_BYTES, commitCheck, headSlot, headerGeneration, headerGranules, headerKind, look, peek, programHeader } from "./records";
import { durableIsOn } from "./durable";
import { SECTOR_HEADER_BYTES, addressOfSlot, countProgrammed, headHasRoom, readFlash, retireSector, sectorGranules, sectors, takeHead, usableGranules } from "./sectors";

const COMMIT_TRIES: i32 = 3;

/** Programs a commit of `generation` at `slot`. Ok or Flash. */
function programCommit(slot: i32, generation: i32, digest: i32): i32 {
  const at: i32 = Header.RecordAt;
  write32(at + 4, read32(Header.SwapEpoch));
  write32(at + 8, generation);
  write32(at + 12, digest);
  write16(at + 2, commitCheck(slot) | Kind.Commit << 14);
  const code: i32 = programHeader(slot);
  if (code < 0) count(Counter.FailedWrites);
  return code;
}

/**
 * Appends the commit of `generation` at the head at header word `head`, taking another sector when that is full or fails.
 * Ok, SwapFull or Flash.
 */
export function appendCommit(head: i32, generation: i32, digest: i32): i32 {
  for (let tries: i32 = 0; tries < COMMIT_TRIES; tries++) {
    const code: i32 = headHasRoom(head, 1) ? Err.Ok : takeHead(head);
    if (code < 0) return code;
    if (commitAt(head, generation, digest) == Err.Ok) return Err.Ok;
    retireSector(read32(head));
  }
  return Err.Flash;
}

/** The same where there is room, and no other try. */
function commitAt(head: i32, generation: i32, digest: i32): i32 {
  const slot: i32 = headSlot(head);
  write32(head + 4, read32(head + 4) + 1);
  const code: i32 = programCommit(slot, generation, digest);
  if (code == Err.Ok) write32(Header.EvidenceSector, read32(head) + 1);
  return code;
}

/** The first record of a head that was just taken says what is committed. Ok or Flash. */
export function carryEvidence(head: i32): i32 {
  return durableIsOn() ? commitAt(head, read32(Header.CommittedGeneration), read32(Header.DurableDigest)) : Err.Ok;
}

/** Writes the verdict of this boot, if it needs one (planVerdict in recovery.ts), where nothing can be lost by it. */
export function giveVerdict(): void {
  const slot: i32 = read32(Header.VerdictSlot);
  if (slot <= 0) return;
  write32(Header.VerdictSlot, 0);
  const end: i32 = (((slot / sectorGranules()) | 0) + 1) * sectorGranules();
  for (let place: i32 = slot; place < end && place < slot + 2; place++) {
    programCommit(place, read32(Header.CommittedGeneration), read32(Header.DurableDigest));
  }
}

/**
 * Before the first erase of a boot its epoch has to be on flash, even where no verdict was needed: a sector that a cut
 * erase left without a count may be erased once more in each boot that comes no farther than that (countBoots).
 */
export function giveEpoch(): void {
  if (read32(Header.VerdictSlot) < 0) write32(Header.VerdictSlot, -read32(Header.VerdictSlot));
  giveVerdict();
}

/** First granule of a sector that may hold a record. */
export function firstGranule(): i32 { return SECTOR_HEADER_BYTES >> 4; }

/** Does `sector` hold records that may count: is its first one evidence? 1, 0, or the flash's error. */
export function holdsEvidence(sector: i32): i32 {
  const found: i32 = look(sector * sectorGranules() + firstGranule());
  if (found < 0) return found;
  return found == Found.Record && headerKind() == Kind.Commit ? 1 : 0;
}

/** Overwrites `length` bytes at `offset` of the header at `slot` with zeros. */
function zero(slot: i32, offset: i32, length: i32): i32 {
  fillBytes(Header.RecordAt, 0, length);
  countProgrammed(length);
  return flashProgram(addressOfSlot(slot) + offset, Header.RecordAt, length);
}

/**
 * Strikes the durable record at `slot`: its data stay readable. Whole words, which any flash takes; what is not zeroed is written
 * as it is in the cells, since a bit that look() has mended cannot be set there.
 */
function strikeRecord(slot: i32): i32 {
  let code: i32 = readFlash(addressOfSlot(slot), Header.RecordAt, 4);
  write16(Header.RecordAt, 0);
  countProgrammed(4);
  if (code == Err.Ok) code = flashProgram(addressOfSlot(slot), Header.RecordAt, 4);
  return code < 0 ? code : zero(slot, 8, 4);
}

/** As look(), and after damage as peek(); what does not check is read once more: a bit that flipped on the wire must not cost a good record. */
function lookTwice(slot: i32, wasDamaged: boolean): i32 {
  const found: i32 = peek(slot);
  return found == Found.Damage ? wasDamaged ? peek(slot) : look(slot) : found;
}

/** Where what may have to be struck ends in `sector`: at its end, or where a head writes next, which is this boot's to write. */
function strikeEnd(sector: i32): i32 {
  if (sector == read32(Header.SwapHead)) return headSlot(Header.SwapHead);
  if (sector == read32(Header.ColdHead)) return headSlot(Header.ColdHead);
  return sector * sectorGranules() + usableGranules();
}

/** Strikes what is in the way in one sector: commits (pass 0), records (pass 1), damaged headers whenever they are seen. */
function strikeSector(sector: i32, pass: i32): i32 {
  const end: i32 = strikeEnd(sector);
  let slot: i32 = sector * sectorGranules() + firstGranule();
  let wasDamaged: boolean = false;
  while (slot < end) {
    const found: i32 = lookTwice(slot, wasDamaged);
    if (found < 0) return found;
    if (found == Found.Erased && !wasDamaged) return Err.Ok;
    const step: i32 = found >= Found.Struck ? headerGranules() : 1;
    const isLate: boolean = found == Found.Record && headerGeneration() > read32(Header.CommittedGeneration);
    let code: i32 = Err.Ok;
    // Cells that a cut left half-way may let a record check in one pass and not in the other.
    if (found == Found.Damage && !wasDamaged || pass == 0 && isLate && headerKind() == Kind.Commit) code = zero(slot, 0, RECORD_HEADER_BYTES);
    if (pass == 1 && isLate && headerKind() == Kind.Durable) code = strikeRecord(slot);
    if (code < 0) return code;
    wasDamaged = found < Found.Struck;
    slot += step;
  }
  return Err.Ok;
}

/**
 * Strikes out everything of generations that were begun and never committed: commits first, then records. (The verdict
 * stands by then: a commit that this boot counts may be one of the headers that do not check when they are read again.) Ok, or the
 * flash's error, and then it has to be done again. Cost: a look at every record's header, twice.
 */
export function strikeVoids(): i32 {
  for (let pass: i32 = 0; pass < 2; pass++) {
    for (let sector: i32 = 0; sector < sectors(); sector++) {
      let code: i32 = holdsEvidence(sector);
      if (code == 1) code = strikeSector(sector, pass);
      if (code < 0) return code;
    }
  }
  write32(Header.VoidsExist, 0);
  return Err.Ok;
}
