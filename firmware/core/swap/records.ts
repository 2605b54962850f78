/**
 * The records of the swap log: one compressed page each, appended at the head, checked whenever they are read.
 *
 *   record:  magic u16 | length u16 | owner u16 | form u16 | epoch u32 | crc u32 of the 12 bytes before and the data
 *            | data, padded to 16 B
 *
 * A slot is the number of the granule (16 bytes) at which a record begins, counted from the start of the swap area. A
 * record is live while its owner's entry names its slot.
 *
 * S2  Every slot that an entry names begins a record whose owner is that entry and whose length is the entry's.
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

export const RECORD_MAGIC: i32 = 0x7a52;
export const RECORD_HEADER_BYTES: i32 = 16;

/** Granules that a record of `lengthBytes` takes. */
export function recordGranules(lengthBytes: i32): i32 { return RECORD_HEADER_BYTES + lengthBytes + GRANULE_BYTES - 1 >> GRANULE_SHIFT; }

/** Builds the header of a record in its buffer, its checksum over the data at `from` included. */
export function buildRecordHeader(owner: i32, form: i32, from: i32, lengthBytes: i32): void {
  const at: i32 = Header.RecordAt;
  write16(at, RECORD_MAGIC);
  write16(at + 2, lengthBytes);
  write16(at + 4, owner);
  write16(at + 6, form);
  write32(at + 8, read32(Header.SwapEpoch));
  write32(at + 12, crc32(from, lengthBytes, crc32(at, 12, 0)));
}

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

/**
 * Programs the record whose header is built at the head of the log: header, then data, from the arena (`from` >= 0) or
 * from the record at slot `source`. Returns its slot or Flash.
 */
function programRecord(from: i32, source: i32): i32 {
  const lengthBytes: i32 = read16(Header.RecordAt + 2);
  const slot: i32 = read32(Header.SwapHead) * sectorGranules() + read32(Header.SwapHeadGranule);
  const data: i32 = addressOfSlot(slot) + RECORD_HEADER_BYTES;
  write32(Header.SwapHeadGranule, read32(Header.SwapHeadGranule) + recordGranules(lengthBytes));
  countBy(Counter.FlashBytesProgrammed, RECORD_HEADER_BYTES + lengthBytes);
  let code: i32 = flashProgram(addressOfSlot(slot), Header.RecordAt, RECORD_HEADER_BYTES);
  if (code == Err.Ok && from >= 0) code = flashProgram(data, from, lengthBytes);
  if (code == Err.Ok && from < 0) code = copyOnFlash(addressOfSlot(source) + RECORD_HEADER_BYTES, data, lengthBytes);
  if (code == Err.Ok) return slot;
  count(Counter.FailedWrites);
  return Err.Flash;
}

/** Appends the record whose header is built, taking a new head when the old one is full or fails. Slot, SwapFull or Flash. */
export function append(from: i32, source: i32): i32 {
  const granules: i32 = recordGranules(read16(Header.RecordAt + 2));
  for (let tries: i32 = 0; tries < 2; tries++) {
    if (!headHasRoom(granules)) {
      const code: i32 = takeHead();
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

export function isLive(owner: i32, slot: i32): boolean {
  return owner < knob(Knob.PagesMax) && hasSlot(owner) && slotOf(owner) == slot;
}

/** Is the record at `slot`, whose header is in its buffer, whole? Its data are read by way of the codec's table. Ok, Corrupt, Flash. */
export function checkOnFlash(slot: i32, owner: i32): i32 {
  const lengthBytes: i32 = lengthOf(owner);
  if (read16(Header.RecordAt + 2) != lengthBytes) return Err.Corrupt;
  const data: i32 = addressOfSlot(slot) + RECORD_HEADER_BYTES;
  let crc: i32 = crc32(Header.RecordAt, 12, 0);
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
  const at: i32 = Header.RecordAt;
  let code: i32 = flashRead(addressOfSlot(slot), at, RECORD_HEADER_BYTES);
  if (code == Err.Ok) code = flashRead(addressOfSlot(slot) + RECORD_HEADER_BYTES, to, lengthBytes);
  if (code < 0) return code;
  countBy(Counter.FlashBytesRead, RECORD_HEADER_BYTES + lengthBytes);
  if (read16(at) != RECORD_MAGIC || read16(at + 2) != lengthBytes || read16(at + 4) != owner) return Err.Corrupt;
  return read32(at + 12) == crc32(to, lengthBytes, crc32(at, 12, 0)) ? Err.Ok : Err.Corrupt;
}

/** The record that `owner` names is dead from now on; the caller changes the entry. Costs no flash operation. */
export function killRecord(owner: i32): void {
  countLive(slotOf(owner), -recordGranules(lengthOf(owner)));
  countBy(Counter.BdCount, -1);
  if (formOf(owner) == Form.Raw) countBy(Counter.HugePages, -1);
}
