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
 * S2  Every slot that an entry names begins a record of the entry's length: the entry's own, or a durable one.
 */
import { read16, read32, write16, write32 } from "../memory";
import { Counter, count, countBy } from "../counters";
import { Knob, knob } from "../config";
import { Err } from "../errors";
import { CODEC_TABLE_BYTES, GRANULE_BYTES, GRANULE_SHIFT, Header, codecTableAt } from "../layout";
import { flashProgram, flashRead } from "../ports";
import { Form, formOf, hasSlot, lengthOf, slotOf } from "../entries";
import { crc32 } from "./crc32";
import { addressOfSlot, countLive, headHasRoom, sectorGranules, takeHead } from "./sectors";

export const RECORD_HEADER_BYTES: i32 = 16;

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

/** The check of the header in the buffer if it lies at `slot`. */
function checkFor(slot: i32): i32 { return crc32(Header.RecordAt + 2, 14, slot) & 0xffff; }

/** The further check of a commit: what follows its first four bytes is covered by 30 bits. */
export function commitCheck(slot: i32): i32 { return crc32(Header.RecordAt + 4, 12, slot) >>> 18; }

function isErased(): boolean {
  const at: i32 = Header.RecordAt;
  return (read32(at) & read32(at + 4) & read32(at + 8) & read32(at + 12)) == -1;
}

/** Reads the 16 bytes at `slot` into the header's buffer. What they are (Found), or the flash's error. */
export function look(slot: i32): i32 {
  const at: i32 = Header.RecordAt;
  const code: i32 = flashRead(addressOfSlot(slot), at, RECORD_HEADER_BYTES);
  if (code < 0) return code;
  countBy(Counter.FlashBytesRead, RECORD_HEADER_BYTES);
  if (isErased()) return Found.Erased;
  if (headerKind() == Kind.None) return Found.Damage;
  if (headerKind() == Kind.Durable && read16(at) == 0 && headerGeneration() == 0) return Found.Struck;
  if (read16(at) != checkFor(slot)) return Found.Damage;
  return headerKind() != Kind.Commit || (read16(at + 2) & 0x3fff) == commitCheck(slot) ? Found.Record : Found.Damage;
}

function buildHeader(kind: i32, form: i32, from: i32, lengthBytes: i32): void {
  const at: i32 = Header.RecordAt;
  write16(at + 2, lengthBytes - 1 | form << 12 | kind << 14);
  write32(at + 12, crc32(from, lengthBytes, 0));
}

/** Builds the header of a volatile record of entry `owner` in its buffer; its check follows with its slot. */
export function buildRecordHeader(owner: i32, form: i32, from: i32, lengthBytes: i32): void {
  write32(Header.RecordAt + 4, owner);
  write32(Header.RecordAt + 8, read32(Header.SwapEpoch));
  buildHeader(Kind.Volatile, form, from, lengthBytes);
}

/** Builds the header of a durable record of page `page` of area `instance`, of the generation last begun. */
export function buildDurableHeader(instance: i32, page: i32, form: i32, from: i32, lengthBytes: i32): void {
  write32(Header.RecordAt + 4, page | instance << 16);
  write32(Header.RecordAt + 8, read32(Header.LastGeneration));
  buildHeader(Kind.Durable, form, from, lengthBytes);
}

/** The header in the buffer becomes that of a volatile record of `owner`; length, form and checksum stay. */
export function makeVolatile(owner: i32): void {
  write32(Header.RecordAt + 4, owner);
  write32(Header.RecordAt + 8, read32(Header.SwapEpoch));
  write16(Header.RecordAt + 2, read16(Header.RecordAt + 2) & 0x3fff | Kind.Volatile << 14);
}

/** The header in the buffer becomes that of the next copy of a durable record. */
export function countCopy(): void { write16(Header.RecordAt + 4, headerPage() | (headerCopy() + 1 & 15) << 12); }

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

/** Programs the header in the buffer at `slot`, with its check. */
export function programHeader(slot: i32): i32 {
  write16(Header.RecordAt, checkFor(slot));
  countBy(Counter.FlashBytesProgrammed, RECORD_HEADER_BYTES);
  return flashProgram(addressOfSlot(slot), Header.RecordAt, RECORD_HEADER_BYTES);
}

/** Where the head of the log goes on. */
export function headSlot(): i32 { return read32(Header.SwapHead) * sectorGranules() + read32(Header.SwapHeadGranule); }

/**
 * Programs the record whose header is built at the head of the log: header, then data, from the arena (`from` >= 0) or
 * from the record at slot `source`. Returns its slot or Flash. A header is whole before its data begin: so whatever a
 * cut leaves of the data has an owner and a generation, and whatever it leaves of a header has no data.
 */
function programRecord(from: i32, source: i32): i32 {
  const lengthBytes: i32 = headerLength();
  const slot: i32 = headSlot();
  const data: i32 = addressOfSlot(slot) + RECORD_HEADER_BYTES;
  write32(Header.SwapHeadGranule, read32(Header.SwapHeadGranule) + recordGranules(lengthBytes));
  countBy(Counter.FlashBytesProgrammed, lengthBytes);
  let code: i32 = programHeader(slot);
  if (code == Err.Ok && from >= 0) code = flashProgram(data, from, lengthBytes);
  if (code == Err.Ok && from < 0) code = copyOnFlash(addressOfSlot(source) + RECORD_HEADER_BYTES, data, lengthBytes);
  if (code == Err.Ok) return slot;
  count(Counter.FailedWrites);
  return Err.Flash;
}

/** Takes a new head; the header in its buffer stays, though the head's evidence passes through there. As takeHead(). */
function takeHeadFor(): i32 {
  const at: i32 = Header.RecordAt;
  const fields: i32 = read32(at);
  const names: i32 = read32(at + 4);
  const stamp: i32 = read32(at + 8);
  const crc: i32 = read32(at + 12);
  const code: i32 = takeHead();
  write32(at, fields);
  write32(at + 4, names);
  write32(at + 8, stamp);
  write32(at + 12, crc);
  return code;
}

/** Appends the record whose header is built, taking a new head when the old one is full or fails. Slot, SwapFull or Flash. */
export function append(from: i32, source: i32): i32 {
  const granules: i32 = recordGranules(headerLength());
  for (let tries: i32 = 0; tries < 2; tries++) {
    if (!headHasRoom(granules)) {
      const code: i32 = takeHeadFor();
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

/** Does entry `owner` name `slot`? */
export function isLive(owner: i32, slot: i32): boolean {
  return owner < knob(Knob.PagesMax) && hasSlot(owner) && slotOf(owner) == slot;
}

/** The entry that names `slot`, or NotFound. Cost: a look at every entry. */
export function ownerOfSlot(slot: i32): i32 {
  for (let owner: i32 = 0; owner < knob(Knob.PagesMax); owner++) if (isLive(owner, slot)) return owner;
  return Err.NotFound;
}

/** Are the data of the record at `slot`, whose header is in its buffer, whole? Read by way of the codec's table. Ok, Corrupt, Flash. */
export function checkOnFlash(slot: i32): i32 {
  const lengthBytes: i32 = headerLength();
  const data: i32 = addressOfSlot(slot) + RECORD_HEADER_BYTES;
  let crc: i32 = 0;
  for (let done: i32 = 0; done < lengthBytes; done += CODEC_TABLE_BYTES) {
    const part: i32 = lengthBytes - done < CODEC_TABLE_BYTES ? lengthBytes - done : CODEC_TABLE_BYTES;
    const code: i32 = flashRead(data + done, codecTableAt, part);
    if (code < 0) return code;
    crc = crc32(codecTableAt, part, crc);
  }
  return crc == read32(Header.RecordAt + 12) ? Err.Ok : Err.Corrupt;
}

/** Reads a record's data to `to` and checks everything it claims. Ok, Corrupt, or Flash. */
export function readRecord(slot: i32, owner: i32, lengthBytes: i32, to: i32): i32 {
  const found: i32 = look(slot);
  const code: i32 = found < 0 ? found : flashRead(addressOfSlot(slot) + RECORD_HEADER_BYTES, to, lengthBytes);
  if (code < 0) return code;
  countBy(Counter.FlashBytesRead, lengthBytes);
  if (found < Found.Struck || headerLength() != lengthBytes) return Err.Corrupt;
  if (headerKind() != Kind.Durable && headerOwner() != owner) return Err.Corrupt;
  return read32(Header.RecordAt + 12) == crc32(to, lengthBytes, 0) ? Err.Ok : Err.Corrupt;
}

/** The record that `owner` names is dead from now on; the caller changes the entry. Costs no flash operation. */
export function killRecord(owner: i32): void {
  countLive(slotOf(owner), -recordGranules(lengthOf(owner)));
  countBy(Counter.BdCount, -1);
  if (formOf(owner) == Form.Raw) countBy(Counter.HugePages, -1);
}
