/**
 * The records of the swap log: one compressed page each, appended at the head, checked whenever they are read.
 *
 *   record:  check u16 | length - 1 (12 bits), form (2), kind (2) u16 | owner u16 | 0 u16 | epoch u32      | crc u32 of the data | data, padded to 16 B
 *   durable: check u16 | length - 1 (12 bits), form (2), kind (2) u16 | page (12), copy (4) u16 | instance u16 | generation u32 | crc u32 of the data | data, padded
 *   commit:  check u16 | more check (14 bits), kind (2) u16 | epoch u32 | generation u32 | digest u32
 *
 * A slot is the number of the granule (16 bytes) at which a record begins, counted from the start of the swap area. A
 * record is live while its owner's entry names its slot, or the durable table does (durable.ts).
 *
 * `check` is a CRC over the other 14 bytes that begins with the slot: a header is trusted by itself, so the log can be
 * read hop by hop after a reset, and only where it was written, so nothing inside a page is ever taken for a record. A
 * durable record whose check and generation were overwritten with zeros is *struck out*: it never counts after a reset,
 * and while the entry that names it lives it is read as any volatile record.
 *
 * Header and data go to the chip in one piece, by way of the codec's table, which no compression uses meanwhile: a program
 * command costs a chip the same for 16 bytes as for 256. The header comes first, so whatever a cut leaves of the data has
 * an owner and a generation, and whatever it leaves of a header has no data.
 *
 * S2  Every slot that an entry names begins a record of the entry's length: the entry's own, or a durable one.
 */
import { copyBytes, read16, read32, write16, write32 } from "../memory";
import { Counter, count, countBy } from "../counters";
import { Knob, knob } from "../config";
import { Err } from "../errors";
import { CODEC_TABLE_BYTES, GRANULE_BYTES, GRANULE_SHIFT, Header, codecTableAt } from "../layout";
import { flashProgram } from "../ports";
import { Form, formOf, hasSlot, lengthOf, slotOf } from "../entries";
import { crc32 } from "./crc32";
import { flippedBit, mendBytes, turnBit } from "./mend";
import { READ_TRIES, addressOfSlot, countLive, countProgrammed, headHasRoom, readFlash, retireSector, sectorGranules, sectorOfSlot, stampSector, takeHead } from "./sectors";

export const RECORD_HEADER_BYTES: i32 = 16;
/** Sectors that a record may fail to be appended to before the flash is said to have failed. */
const APPEND_TRIES: i32 = 3;

/** What a record is. 3 is what erased cells say. */
export const enum Kind { Volatile = 0, Durable = 1, Commit = 2, None = 3 }

/** What a look at a granule finds: erased cells, nothing that is a header, a record struck out, or a header. */
export const enum Found { Erased = 0, Damage = 1, Struck = 2, Record = 3 }

/** Granules that a record of `lengthBytes` takes. */
export function recordGranules(lengthBytes: i32): i32 { return RECORD_HEADER_BYTES + lengthBytes + GRANULE_BYTES - 1 >> GRANULE_SHIFT; }

// The fields of the header in its buffer
export function headerKind(): i32 { return read16(Header.RecordAt + 2) >> 14; }
export function headerForm(): i32 { return read16(Header.RecordAt + 2) >> 12 & 3; }
export function headerLength(): i32 { return (read16(Header.RecordAt + 2) & 4095) + 1; }
/** Entry of a volatile record. */
export function headerOwner(): i32 { return read16(Header.RecordAt + 4); }
/** Page of a durable record, and how often it was copied by cleaning, modulo 16. */
export function headerPage(): i32 { return read16(Header.RecordAt + 4) & 4095; }
export function headerCopy(): i32 { return read16(Header.RecordAt + 4) >> 12; }
export function headerInstance(): i32 { return read16(Header.RecordAt + 6); }
export function headerGeneration(): i32 { return read32(Header.RecordAt + 8); }
/** Granules of the record in the buffer: a commit has no data. */
export function headerGranules(): i32 { return headerKind() == Kind.Commit ? 1 : recordGranules(headerLength()); }

/** Is the record in the header's buffer a stone? No page is one byte of LZ4. */
export function isStone(): boolean { return headerForm() == Form.Lz4 && headerLength() == 1; }

/** The check of the header in the buffer if it lies at `slot`. */
function checkFor(slot: i32): i32 { return crc32(Header.RecordAt + 2, 14, slot) & 0xffff; }

/** The further check of a commit: what follows its first four bytes is covered by 30 bits. */
export function commitCheck(slot: i32): i32 { return crc32(Header.RecordAt + 4, 12, slot) >>> 18; }

function isErased(): boolean {
  const at: i32 = Header.RecordAt;
  return (read32(at) & read32(at + 4) & read32(at + 8) & read32(at + 12)) == -1;
}

/** What the bytes in the header's buffer are if they lie at `slot`. */
function classOf(slot: i32): i32 {
  const at: i32 = Header.RecordAt;
  if (headerKind() == Kind.None) return isErased() ? Found.Erased : Found.Damage;
  if (headerKind() == Kind.Durable && read16(at) == 0 && headerGeneration() == 0) return Found.Struck;
  if (read16(at) != checkFor(slot)) return Found.Damage;
  return headerKind() != Kind.Commit || (read16(at + 2) & 0x3fff) == commitCheck(slot) ? Found.Record : Found.Damage;
}

function least(one: i32, other: i32): i32 { return one < other ? one : other; }

/** Do the data at `slot` match the header in its buffer? Read in pieces, by way of the sector header's buffer. */
function dataMatch(slot: i32): boolean {
  const end: i32 = addressOfSlot(slot) + RECORD_HEADER_BYTES + headerLength();
  let crc: i32 = 0;
  if (slot % sectorGranules() + headerGranules() > sectorGranules()) return false;
  for (let from: i32 = end - headerLength(); from < end; from += 48) {
    if (readFlash(from, Header.SectorAt, least(end - from, 48)) < 0) return false;
    crc = crc32(Header.SectorAt, least(end - from, 48), crc);
  }
  return crc == read32(Header.RecordAt + 12);
}

/**
 * What the header at `slot`, in its buffer and damaged, is with one bit mended: a commit, or a durable record whose data are
 * as it says; else Damage. Cost: 128 checks, and a read of the data where one fits.
 */
export function mend(slot: i32): i32 {
  for (let bit: i32 = 0; bit < RECORD_HEADER_BYTES << 3; bit++) {
    turnBit(Header.RecordAt, bit);
    const found: i32 = classOf(slot);
    if (found >= Found.Struck && (headerKind() == Kind.Commit || headerKind() == Kind.Durable && dataMatch(slot))) return found;
    turnBit(Header.RecordAt, bit);
  }
  return Found.Damage;
}

/**
 * As look(), but damage is left as it is: for every granule but the first where nothing checks. A record struck out has no check
 * of its own, so its length is believed only if the data behind it match.
 */
export function peek(slot: i32): i32 {
  const code: i32 = readFlash(addressOfSlot(slot), Header.RecordAt, RECORD_HEADER_BYTES);
  if (code < 0) return code;
  countBy(Counter.FlashBytesRead, RECORD_HEADER_BYTES);
  const found: i32 = classOf(slot);
  return found == Found.Struck && !dataMatch(slot) ? Found.Damage : found;
}

/** Reads the 16 bytes at `slot` into the header's buffer, one flipped bit mended. What they are (Found), or the flash's error. */
export function look(slot: i32): i32 {
  const found: i32 = peek(slot);
  return found == Found.Damage ? mend(slot) : found;
}

/**
 * Builds the header of a record in its buffer; its check follows with its slot. `names`: the entry of a volatile record,
 * page | instance << 16 of a durable one, which is of the generation last begun. `shape`: form | kind << 2.
 */
function buildHeader(names: i32, shape: i32, from: i32, lengthBytes: i32): void {
  const at: i32 = Header.RecordAt;
  write16(at + 2, lengthBytes - 1 | shape << 12);
  write32(at + 4, names);
  write32(at + 8, read32(shape >> 2 == Kind.Durable ? Header.LastGeneration : Header.SwapEpoch));
  write32(at + 12, crc32(from, lengthBytes, 0));
}

/**
 * Makes the header of the record at `source` that of a copy, in its buffer: a durable one has the next copy number; one
 * that was struck out is no more than the copy of its entry `owner` and goes on as a volatile one. Ok, or the flash's error.
 */
function buildCopyHeader(source: i32, owner: i32): i32 {
  const at: i32 = Header.RecordAt;
  const found: i32 = look(source);
  if (found < 0) return found;
  if (found == Found.Struck) {
    write16(at + 2, read16(at + 2) & 0x3fff);
    write32(at + 4, owner);
    write32(at + 8, read32(Header.SwapEpoch));
  } else if (headerKind() == Kind.Durable) write16(at + 4, headerPage() | (headerCopy() + 1 & 15) << 12);
  return Err.Ok;
}

/** Programs the header in the buffer at `slot`, with its check: all of a commit. Ok or Flash. */
export function programHeader(slot: i32): i32 {
  write16(Header.RecordAt, checkFor(slot));
  countProgrammed(RECORD_HEADER_BYTES);
  return flashProgram(addressOfSlot(slot), Header.RecordAt, RECORD_HEADER_BYTES);
}

/** Where the log goes on at the head at header word `head`. */
export function headSlot(head: i32): i32 { return read32(head) * sectorGranules() + read32(head + 4); }

/** Programs the header in its buffer and the data at `from` behind it at flash address `to`. Ok or Flash. */
function programFromArena(to: i32, from: i32, lengthBytes: i32): i32 {
  const first: i32 = least(lengthBytes, CODEC_TABLE_BYTES - RECORD_HEADER_BYTES);
  copyBytes(codecTableAt, Header.RecordAt, RECORD_HEADER_BYTES);
  copyBytes(codecTableAt + RECORD_HEADER_BYTES, from, first);
  const code: i32 = flashProgram(to, codecTableAt, RECORD_HEADER_BYTES + first);
  if (code < 0 || first == lengthBytes) return code;
  return flashProgram(to + RECORD_HEADER_BYTES + first, from + first, lengthBytes - first);
}

/** Copies a record from flash to flash: the header in its buffer, and the data. Ok or Flash. */
function programFromFlash(to: i32, from: i32, lengthBytes: i32): i32 {
  const all: i32 = RECORD_HEADER_BYTES + lengthBytes;
  let code: i32 = Err.Ok;
  for (let done: i32 = 0; done < all && code == Err.Ok; done += CODEC_TABLE_BYTES) {
    const part: i32 = least(all - done, CODEC_TABLE_BYTES);
    code = readFlash(from + done, codecTableAt, part);
    if (done == 0) copyBytes(codecTableAt, Header.RecordAt, RECORD_HEADER_BYTES);
    if (code == Err.Ok) code = flashProgram(to + done, codecTableAt, part);
  }
  return code;
}

/**
 * Programs a record of `lengthBytes` of data at slot `slot`: from the header in its buffer and the arena (`from` >= 0), or
 * from the record at slot `source`. With VerifyPrograms it is read back. Ok, or Flash when it is not there.
 */
function programRecord(slot: i32, from: i32, source: i32, lengthBytes: i32): i32 {
  const to: i32 = addressOfSlot(slot);
  write16(Header.RecordAt, checkFor(slot));
  countProgrammed(RECORD_HEADER_BYTES + lengthBytes);
  if (from < 0) countBy(Counter.FlashBytesCleaned, RECORD_HEADER_BYTES + lengthBytes);
  const code: i32 = from >= 0 ? programFromArena(to, from, lengthBytes) : programFromFlash(to, addressOfSlot(source), lengthBytes);
  return code == Err.Ok && knob(Knob.VerifyPrograms) == 1 ? checkRecord(slot, lengthBytes) : code;
}

/**
 * Appends a record of `lengthBytes` at the head at header word `head`, taking a new sector when that is full, and another
 * when it fails: the one that failed is retired. The data are at `from` and get a header with `names` and `shape`
 * (buildHeader); or, with `from` -1, they are in the record at slot `source`, which is copied. Slot, SwapFull or Flash.
 */
export function append(head: i32, names: i32, shape: i32, from: i32, source: i32, lengthBytes: i32): i32 {
  const granules: i32 = recordGranules(lengthBytes);
  for (let tries: i32 = 0; tries < APPEND_TRIES; tries++) {
    const code: i32 = headHasRoom(head, granules) ? Err.Ok : takeHead(head);
    if (code < 0) return code;
    const slot: i32 = headSlot(head);
    write32(head + 4, read32(head + 4) + granules);
    stampSector(read32(head));
    if (from >= 0) buildHeader(names, shape, from, lengthBytes);
    else if (buildCopyHeader(source, names) < 0) return Err.Flash;
    if (programRecord(slot, from, source, lengthBytes) == Err.Ok) {
      countLive(slot, granules);
      return slot;
    }
    count(Counter.FailedWrites);
    retireSector(read32(head));
  }
  return Err.Flash;
}

export function isLive(owner: i32, slot: i32): boolean {
  return owner < knob(Knob.PagesMax) && hasSlot(owner) && slotOf(owner) == slot;
}

/** The entry that names `slot`, or NotFound. Cost: a look at every entry. */
export function ownerOfSlot(slot: i32): i32 {
  for (let owner: i32 = 0; owner < knob(Knob.PagesMax); owner++) if (isLive(owner, slot)) return owner;
  return Err.NotFound;
}

/** Reads the record at `slot` by way of the codec's table, its header to the buffer: is it whole? Ok, Corrupt or Flash. */
function checkOnce(slot: i32, lengthBytes: i32): i32 {
  const data: i32 = addressOfSlot(slot) + RECORD_HEADER_BYTES;
  const found: i32 = look(slot);
  let code: i32 = found < 0 ? found : Err.Ok;
  let crc: i32 = 0;
  for (let done: i32 = 0; done < lengthBytes && code == Err.Ok; done += CODEC_TABLE_BYTES) {
    const part: i32 = least(lengthBytes - done, CODEC_TABLE_BYTES);
    code = readFlash(data + done, codecTableAt, part);
    crc = crc32(codecTableAt, part, crc);
  }
  if (code < 0) return code;
  if (found < Found.Struck || headerLength() != lengthBytes) return Err.Corrupt;
  const syndrome: i32 = crc ^ read32(Header.RecordAt + 12);
  return syndrome == 0 || isDirectory() && flippedBit(syndrome, lengthBytes) >= 0 ? Err.Ok : Err.Corrupt;
}

/** Is the record in the buffer one of the directory's, which names everything and is mended if one bit of it has flipped? */
function isDirectory(): boolean { return headerKind() == Kind.Durable && headerInstance() == 0; }

/** Is the record at `slot`, of `lengthBytes` of data, whole? A read that fails is tried again. Ok, Corrupt or Flash. */
export function checkRecord(slot: i32, lengthBytes: i32): i32 {
  let code: i32 = Err.Corrupt;
  for (let tries: i32 = 0; tries < READ_TRIES && code == Err.Corrupt; tries++) code = checkOnce(slot, lengthBytes);
  return code;
}

/** Reads a record's data to `to` and checks everything it claims. Ok, Corrupt, or Flash. */
function readOnce(slot: i32, owner: i32, lengthBytes: i32, to: i32): i32 {
  const found: i32 = look(slot);
  const code: i32 = found < 0 ? found : readFlash(addressOfSlot(slot) + RECORD_HEADER_BYTES, to, lengthBytes);
  if (code < 0) return code;
  countBy(Counter.FlashBytesRead, lengthBytes);
  if (found < Found.Struck || headerLength() != lengthBytes) return Err.Corrupt;
  if (headerKind() != Kind.Durable && headerOwner() != owner) return Err.Corrupt;
  const syndrome: i32 = read32(Header.RecordAt + 12) ^ crc32(to, lengthBytes, 0);
  if (syndrome == 0) return Err.Ok;
  if (!isDirectory() || !mendBytes(to, lengthBytes, syndrome)) return Err.Corrupt;
  count(Counter.SwapRepaired);
  return Err.Ok;
}

/**
 * Reads the record of `owner` at `slot` to `to`. A read that fails or does not match is tried again; a record that stays
 * wrong retires its sector. Ok, Corrupt, or Flash.
 */
export function readRecord(slot: i32, owner: i32, lengthBytes: i32, to: i32): i32 {
  let code: i32 = Err.Corrupt;
  for (let tries: i32 = 0; tries < READ_TRIES && code == Err.Corrupt; tries++) code = readOnce(slot, owner, lengthBytes, to);
  if (code == Err.Corrupt) retireSector(sectorOfSlot(slot));
  return code;
}

/** The record that `owner` names is dead from now on; the caller changes the entry. Costs no flash operation. */
export function killRecord(owner: i32): void {
  countLive(slotOf(owner), -recordGranules(lengthOf(owner)));
  countBy(Counter.BdCount, -1);
  if (formOf(owner) == Form.Raw) countBy(Counter.HugePages, -1);
}
