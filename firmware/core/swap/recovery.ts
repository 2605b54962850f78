/**
 * What a boot finds on the chip. The sector headers are read first (sectors.ts: erase counts live on); here it is decided
 * whose the content is, which generation is committed, and where the committed record of each durable page lies.
 *
 *   1 a look at each sector: its header and its first record      blank, ours, somebody else's?
 *   2 hop by hop through the records of sectors with evidence      newest evidence, records never committed
 *   3 the same for the directory's record, then, when the directory is known, for every page's
 *
 * Only headers are read, 16 bytes a record. Nothing is written, but for the verdict (evidence.ts) where a commit may be torn. A header that does not check is stepped over granule by
 * granule to the sector's end at most. So a boot costs a bounded number of reads: two a sector, and in sectors that hold
 * durable records up to three a record.
 *
 * Two records of one page and generation are a record and the copy that cleaning made of it. If the power went meanwhile
 * one of them is torn: their data are read, and if both are whole now, the one copied counts, not the copy (each copy has
 * the next copy number), because only the copy can be torn.
 *
 * Where data could be lost by writing, nothing is written until somebody says so (swapFormat): the area stays closed.
 */
import { fillBytes, read16, read32, read8, write32 } from "../memory";
import { Err } from "../errors";
import { Header, durableTableBytes, linkAt } from "../layout";
import { crc32 } from "./crc32";
import { committedSlot, countCommitted, damagedPages, digestOfTable, durableIndex, durableIsOn, findMissing, generationAt, setCommitted, setRow } from "./durable";
import { firstGranule, holdsEvidence } from "./evidence";
import { Counter, count, setCounter } from "../counters";
import { Found, Kind, checkRecord, headerCopy, headerGeneration, headerGranules, headerInstance, headerKind, headerLength, headerPage, look, mend, peek } from "./records";
import { SECTOR_HEADER_BYTES, SECTOR_MAGIC, VERSION, addressOfSector, closeHead, headerShape, isBegunHeader, isBlankAt, isRetired, isSectorHeader, isStuck, makeHead, openSectors, readFlash, retireSector, sectorErases, sectorGranules, sectorOfSlot, sectors, setErases, usableGranules } from "./sectors";

/** What a boot found (swapFound). From Foreign on the swap area is closed until swapFormat(). */
export const enum Chip {
  /** No swap area, or no chip that answers. */
  None = 0,
  /** Erased, or as good as. */
  Blank = 1,
  /** A log of ours in which nothing is durable. */
  Volatile = 2,
  /** A log of ours; the durable areas are as they were at the last commit. */
  Durable = 3,
  /** Something that is not ours. */
  Foreign = 16,
  /** A log of another version of this format. */
  OtherVersion = 17,
  /** A log of ours with sectors of another size. */
  OtherGeometry = 18,
  /** A log of ours from which durable records are missing: half an image, a smaller chip. */
  Incomplete = 19,
  /** More durable areas or pages than DurablePagesMax has room for. */
  NoRoom = 20,
}

const enum Pass { Evidence, Directory, Pages }

export function swapFound(): i32 { return read32(Header.ChipFound); }

/** Nothing is written until swapFormat(). Returns the finding. */
function close(chip: i32): i32 {
  write32(Header.ChipFound, chip);
  write32(Header.SwapEpoch, 0);
  write32(Header.VerdictSlot, 0);
  write32(Header.EvidenceSector, 0);
  fillBytes(linkAt - durableTableBytes(), 0, durableTableBytes());
  return chip;
}

// What the chip is

/** Is at `at` a header of another version, whole: its length is its seventh byte, and its last word the CRC of the others? */
function isOtherVersion(at: i32): boolean {
  const length: i32 = read8(at + 6);
  if (read32(at) != SECTOR_MAGIC || read16(at + 4) == VERSION || length < 16 || length > 48 || (length & 3) != 0) return false;
  return read32(at + length - 4) == crc32(at, length - 4, 0);
}

/**
 * What `sector` begins with: Blank, Volatile (ours), Durable (no header, but evidence of ours), OtherVersion, OtherGeometry,
 * Foreign; or the flash's error. What a cut left of a first header is as good as blank.
 */
function classOf(sector: i32): i32 {
  const code: i32 = readFlash(addressOfSector(sector), Header.RecordAt, SECTOR_HEADER_BYTES);
  if (code < 0) return code;
  if (isOtherVersion(Header.SectorAt) || isOtherVersion(Header.RecordAt)) return Chip.OtherVersion;
  const blank: boolean = isBlankAt(Header.RecordAt, SECTOR_HEADER_BYTES) || isBegunHeader();
  if (isSectorHeader(false)) return read16(Header.SectorAt + 6) == headerShape() ? Chip.Volatile : Chip.OtherGeometry;
  const first: i32 = look(sector * sectorGranules() + firstGranule());
  if (first < 0) return first;
  if (first == Found.Record && headerKind() == Kind.Commit) return Chip.Durable;
  return blank && first == Found.Erased ? Chip.Blank : Chip.Foreign;
}

/**
 * Whose is it? A header of ours was written to a chip that was ours or was being made so, whatever else is on it. One sector
 * that says nothing may be what a cut left of an erase; several, with none of ours among them, are somebody's.
 */
function classify(): i32 {
  let finding: i32 = Chip.Blank;
  let foreign: i32 = 0;
  for (let sector: i32 = 0; sector < sectors(); sector++) {
    const chip: i32 = isStuck(sector) ? Chip.Foreign : classOf(sector);
    if (chip < 0 || chip == Chip.Volatile) return chip;
    if (chip == Chip.Foreign) foreign++;
    else if (chip > finding) finding = chip;
  }
  if (finding == Chip.Durable) return Chip.Volatile;
  return finding == Chip.Blank && foreign > 1 ? Chip.Foreign : finding;
}

// Hop by hop

/** Takes the commit in the header's buffer for the newest if it is. */
function noteCommit(slot: i32): void {
  const epoch: i32 = read32(Header.RecordAt + 4);
  const generation: i32 = headerGeneration();
  const newest: i32 = read32(Header.ChipFound);
  if (epoch < newest || epoch == newest && generation < read32(Header.CommittedGeneration)) return;
  // Until it is known what was found, its word holds the epoch of the newest evidence.
  write32(Header.ChipFound, epoch);
  write32(Header.CommittedGeneration, generation);
  write32(Header.DurableDigest, read32(Header.RecordAt + 12));
  write32(Header.EvidenceSector, sectorOfSlot(slot) + 1);
}

/** Of two records of one page and generation, is it the one at `slot` that counts? 1, 0; or the flash's error. */
function isBetterCopy(slot: i32, held: i32): i32 {
  const lengthBytes: i32 = headerLength();
  const heldCode: i32 = checkRecord(held, lengthBytes);
  const heldCopy: i32 = headerCopy();
  const code: i32 = checkRecord(slot, lengthBytes);
  if (heldCode == Err.Flash || code == Err.Flash) return Err.Flash;
  if (heldCode != code) return code == Err.Ok ? 1 : 0;
  return (headerCopy() - heldCopy & 15) > 8 ? 1 : 0;
}

/** The record at `slot`, of durable page `index`, is the page's committed one if no later one is known. Ok, or the flash's error. */
function notePage(slot: i32, index: i32): i32 {
  const generation: i32 = headerGeneration();
  const granules: i32 = headerGranules();
  const held: i32 = committedSlot(index);
  const heldGeneration: i32 = held == 0 ? -1 : generationAt(held);
  if (generation < heldGeneration) return Err.Ok;
  const better: i32 = generation == heldGeneration ? isBetterCopy(slot, held) : 1;
  if (better == 1) setCommitted(index, slot, granules);
  return better < 0 ? better : Err.Ok;
}

/** One record, its header in the buffer. */
function visit(slot: i32, pass: i32): i32 {
  if (headerKind() == Kind.Commit) {
    if (pass == Pass.Evidence) noteCommit(slot);
    return Err.Ok;
  }
  if (headerKind() != Kind.Durable) return Err.Ok;
  const generation: i32 = headerGeneration();
  if (pass == Pass.Evidence) {
    if (generation > read32(Header.LastGeneration)) write32(Header.LastGeneration, generation);
    return Err.Ok;
  }
  if (generation > read32(Header.CommittedGeneration)) return Err.Ok;
  const isDirectory: boolean = headerInstance() == 0;
  const index: i32 = isDirectory == (pass == Pass.Directory) ? durableIndex(headerInstance(), headerPage()) : -1;
  return index < 0 ? Err.Ok : notePage(slot, index);
}

/** Visits the records of a sector, and in the first pass the verdicts in its tail. Ok, or the flash's error. */
function readSector(sector: i32, pass: i32): i32 {
  const start: i32 = sector * sectorGranules();
  const end: i32 = start + usableGranules();
  let slot: i32 = start + firstGranule();
  let isDamaged: boolean = false;
  while (slot < start + sectorGranules()) {
    let found: i32 = peek(slot);
    if (found == Found.Damage && !isDamaged) {
      found = mend(slot);
      if (found >= Found.Struck && pass == Pass.Evidence) count(Counter.SwapRepaired);
    }
    if (found < 0) return found;
    if (slot < end && found == Found.Erased && !isDamaged) {
      slot = end;
      continue;
    }
    if (found == Found.Damage && slot < end) write32(Header.VoidsExist, 1);
    isDamaged = found < Found.Struck && slot < end;
    const step: i32 = found >= Found.Struck ? headerGranules() : 1;
    const code: i32 = found == Found.Record ? visit(slot, pass) : Err.Ok;
    if (code < 0) return code;
    slot = slot < end && slot + step > end ? end : slot + step;
  }
  return Err.Ok;
}

function readSectors(pass: i32): i32 {
  for (let sector: i32 = 0; sector < sectors(); sector++) {
    let code: i32 = holdsEvidence(sector);
    if (code == 1) code = readSector(sector, pass);
    if (code < 0) return code;
  }
  return Err.Ok;
}

/**
 * May the newest evidence be what a cut has left of a commit? It is the last in its sector, or the records there end with
 * something that does not check, which may be the evidence itself, read once more.
 */
function mayBeTorn(sector: i32): boolean {
  const end: i32 = sector * sectorGranules() + usableGranules();
  let slot: i32 = sector * sectorGranules() + firstGranule();
  let isEvidence: boolean = false;
  while (slot < end) {
    const found: i32 = look(slot);
    if (found == Found.Erased) return isEvidence;
    if (found < Found.Struck) return true;
    isEvidence = headerKind() == Kind.Commit;
    slot += headerGranules();
  }
  return isEvidence;
}

/**
 * Where this boot's verdict goes, if it needs one: the first place in the tail of the sector with the newest evidence behind
 * which all is erased. None is needed behind a verdict that stands there twice, nor where the evidence cannot be torn.
 */
function planVerdict(sector: i32): void {
  const end: i32 = (sector + 1) * sectorGranules();
  const first: i32 = sector * sectorGranules() + usableGranules();
  let place: i32 = end;
  while (place > first && peek(place - 1) == Found.Erased) place--;
  let verdicts: i32 = 0;
  for (let slot: i32 = first; slot < place; slot++) {
    if (look(slot) == Found.Record && read32(Header.RecordAt + 4) == read32(Header.ChipFound)) verdicts++;
  }
  const isOpen: boolean = verdicts < 2 && (verdicts > 0 || read32(Header.VoidsExist) == 1 || mayBeTorn(sector));
  write32(Header.VerdictSlot, place == end ? 0 : isOpen ? place : -place);
  // Each verdict that was begun has an epoch of its own.
  if (read32(Header.ChipFound) >= read32(Header.SwapEpoch)) write32(Header.SwapEpoch, read32(Header.ChipFound) + 1);
  write32(Header.SwapEpoch, read32(Header.SwapEpoch) + place - first);
}

/**
 * Sectors whose own count is lost count as one above the highest that a header names, and as one more for each boot since:
 * the newest evidence tells how many there were that had begun to erase and wrote no header.
 */
function countBoots(): void {
  const boots: i32 = read32(Header.ChipFound) - (read32(Header.SwapEpoch) - 1);
  for (let sector: i32 = 0; boots > 0 && sector < sectors(); sector++) {
    if (sectorErases(sector) > read32(Header.SwapMost)) setErases(sector, sectorErases(sector) + boots);
  }
}

/**
 * Reads what boot has to know, behind openSectors(). Returns the finding, also from swapFound(), or the flash's error.
 * With durable areas on the chip the pages are still to be found: recoverPages(), once the directory is known.
 */
export function recover(): i32 {
  const chip: i32 = classify();
  if (chip < 0) return chip;
  if (chip >= Chip.Foreign) return close(chip);
  let code: i32 = chip == Chip.Volatile ? readSectors(Pass.Evidence) : Err.Ok;
  if (code < 0) return code;
  const sector: i32 = read32(Header.EvidenceSector) - 1;
  const generation: i32 = read32(Header.CommittedGeneration);
  if (read32(Header.LastGeneration) > generation) write32(Header.VoidsExist, 1);
  else write32(Header.LastGeneration, generation);
  countBoots();
  if (sector >= 0 && durableIsOn()) planVerdict(sector);
  write32(Header.ChipFound, generation > 0 ? Chip.Durable : chip);
  if (generation == 0) return chip;
  if (!durableIsOn()) return close(Chip.NoRoom);
  setRow(0, 0, 1, 0);
  code = readSectors(Pass.Directory);
  if (code < 0) return code;
  return committedSlot(0) == 0 ? close(Chip.Incomplete) : Chip.Durable;
}

/** Finds the committed record of every page of the rows. Durable, Incomplete, or the flash's error. */
export function recoverPages(): i32 {
  const code: i32 = readSectors(Pass.Pages);
  if (code < 0) return code;
  // Where nothing is damaged a record is not damaged but missing, with who knows what else.
  const isWhole: boolean = digestOfTable() == read32(Header.DurableDigest);
  if (!isWhole && (read32(Header.VoidsExist) == 0 || findMissing() < 0)) return Chip.Incomplete;
  countCommitted();
  setCounter(Counter.DurablePagesLost, damagedPages());
  return Chip.Durable;
}

/** The directory cannot be read, or does not fit: the area is closed. */
export function closeSwap(chip: i32): void { close(chip); }

/**
 * Makes the swap area ours: every sector is erased and gets its header, so nothing of what was there comes back. Erase
 * counts that are known live on. The store must hold no page on flash. Ok, NoFlash, or Flash when no sector works.
 * Cost: an erase for each sector.
 */
export function formatSectors(): i32 {
  let code: i32 = openSectors();
  write32(Header.ChipFound, 0);
  // Whatever evidence is on the chip must not outlive what it speaks of, wherever the power goes.
  if (code == Err.Ok) code = readSectors(Pass.Evidence);
  if (code < 0) return code;
  if (read32(Header.ChipFound) >= read32(Header.SwapEpoch)) write32(Header.SwapEpoch, read32(Header.ChipFound) + 1);
  write32(Header.CommittedGeneration, 0);
  write32(Header.DurableDigest, 0);
  write32(Header.VoidsExist, 0);
  write32(Header.VerdictSlot, 0);
  return eraseAll();
}

/** Every sector in service becomes a head for a moment. The last one stays it, full. */
function eraseAll(): i32 {
  let working: i32 = 0;
  for (let sector: i32 = 0; sector < sectors(); sector++) {
    if (isRetired(sector)) continue;
    if (makeHead(Header.SwapHead, sector) == Err.Ok) working++;
    else retireSector(sector);
  }
  closeHead(Header.SwapHead);
  write32(Header.ChipFound, Chip.Volatile);
  return working > 2 ? Err.Ok : Err.Flash;
}
