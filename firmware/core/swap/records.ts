/**
 * The records of the swap log: one compressed page each, appended at a head, checked whenever they are read.
 *
 *   record:  magic u16 | length u16 | owner u16 | form u16 | epoch u32 | crc u32 of the 12 bytes before and the data
 *            | data, padded to 16 B
 *
 * A slot is the number of the granule (16 bytes) at which a record begins, counted from the start of the swap area. A
 * record is live while its owner's entry names its slot. Header and data go to the chip in one piece, by way of the
 * codec's table, which no compression uses meanwhile: a program command costs a chip the same for 16 bytes as for 256.
 *
 * S2  Every slot that an entry names begins a record whose owner is that entry and whose length is the entry's.
 */
import { copyBytes, read16, read32, write16, write32 } from "../memory";
import { Counter, count, countBy } from "../counters";
import { Knob, knob } from "../config";
import { Err } from "../errors";
import { CODEC_TABLE_BYTES, GRANULE_BYTES, GRANULE_SHIFT, Header, codecTableAt } from "../layout";
import { flashProgram } from "../ports";
import { Form, formOf, hasSlot, lengthOf, slotOf } from "../entries";
import { crc32 } from "./crc32";
import { READ_TRIES, addressOfSlot, countLive, countProgrammed, headHasRoom, readFlash, retireSector, sectorGranules, sectorOfSlot, stampSector, takeHead } from "./sectors";

export const RECORD_MAGIC: i32 = 0x7a52;
export const RECORD_HEADER_BYTES: i32 = 16;
/** Sectors that a record may fail to be appended to before the flash is said to have failed. */
const APPEND_TRIES: i32 = 3;

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

function least(one: i32, other: i32): i32 { return one < other ? one : other; }

/** Programs the header in its buffer and the data at `from` behind it at flash address `to`. Ok or Flash. */
function programFromArena(to: i32, from: i32, lengthBytes: i32): i32 {
  const first: i32 = least(lengthBytes, CODEC_TABLE_BYTES - RECORD_HEADER_BYTES);
  copyBytes(codecTableAt, Header.RecordAt, RECORD_HEADER_BYTES);
  copyBytes(codecTableAt + RECORD_HEADER_BYTES, from, first);
  const code: i32 = flashProgram(to, codecTableAt, RECORD_HEADER_BYTES + first);
  if (code < 0 || first == lengthBytes) return code;
  return flashProgram(to + RECORD_HEADER_BYTES + first, from + first, lengthBytes - first);
}

/** Copies a record, header and data, from flash to flash. Ok or Flash. */
function programFromFlash(to: i32, from: i32, lengthBytes: i32): i32 {
  const all: i32 = RECORD_HEADER_BYTES + lengthBytes;
  let code: i32 = Err.Ok;
  for (let done: i32 = 0; done < all && code == Err.Ok; done += CODEC_TABLE_BYTES) {
    const part: i32 = least(all - done, CODEC_TABLE_BYTES);
    code = readFlash(from + done, codecTableAt, part);
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
  countProgrammed(RECORD_HEADER_BYTES + lengthBytes);
  if (from < 0) countBy(Counter.FlashBytesCleaned, RECORD_HEADER_BYTES + lengthBytes);
  const code: i32 = from >= 0 ? programFromArena(to, from, lengthBytes) : programFromFlash(to, addressOfSlot(source), lengthBytes);
  return code == Err.Ok && knob(Knob.VerifyPrograms) == 1 ? checkRecord(slot, lengthBytes) : code;
}

/**
 * Appends a record of `lengthBytes` at the head at header word `head`, taking a new sector when that is full, and another
 * when it fails: the one that failed is retired. The data are at `from` and go to `owner` in `form`; or, with `from` -1,
 * in the record at slot `source`. Slot, SwapFull or Flash.
 */
export function append(head: i32, owner: i32, form: i32, from: i32, source: i32, lengthBytes: i32): i32 {
  const granules: i32 = recordGranules(lengthBytes);
  for (let tries: i32 = 0; tries < APPEND_TRIES; tries++) {
    const code: i32 = headHasRoom(head, granules) ? Err.Ok : takeHead(head);
    if (code < 0) return code;
    const slot: i32 = read32(head) * sectorGranules() + read32(head + 4);
    write32(head + 4, read32(head + 4) + granules);
    stampSector(read32(head));
    if (from >= 0) buildRecordHeader(owner, form, from, lengthBytes);
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

/** Reads the record at `slot` by way of the codec's table, its header to the buffer: is it whole? Ok, Corrupt or Flash. */
function checkOnce(slot: i32, lengthBytes: i32): i32 {
  const at: i32 = Header.RecordAt;
  const data: i32 = addressOfSlot(slot) + RECORD_HEADER_BYTES;
  let code: i32 = readFlash(addressOfSlot(slot), at, RECORD_HEADER_BYTES);
  if (code < 0) return code;
  let crc: i32 = crc32(at, 12, 0);
  for (let done: i32 = 0; done < lengthBytes && code == Err.Ok; done += CODEC_TABLE_BYTES) {
    const part: i32 = least(lengthBytes - done, CODEC_TABLE_BYTES);
    code = readFlash(data + done, codecTableAt, part);
    crc = crc32(codecTableAt, part, crc);
  }
  if (code < 0) return code;
  return read16(at) == RECORD_MAGIC && read16(at + 2) == lengthBytes && crc == read32(at + 12) ? Err.Ok : Err.Corrupt;
}

/** Is the record at `slot`, of `lengthBytes` of data, whole? A read that fails is tried again. Ok, Corrupt or Flash. */
export function checkRecord(slot: i32, lengthBytes: i32): i32 {
  let code: i32 = Err.Corrupt;
  for (let tries: i32 = 0; tries < READ_TRIES && code == Err.Corrupt; tries++) code = checkOnce(slot, lengthBytes);
  return code;
}

/** Reads a record's data to `to` and checks everything it claims. Ok, Corrupt, or Flash. */
function readOnce(slot: i32, owner: i32, lengthBytes: i32, to: i32): i32 {
  const at: i32 = Header.RecordAt;
  let code: i32 = readFlash(addressOfSlot(slot), at, RECORD_HEADER_BYTES);
  if (code == Err.Ok) code = readFlash(addressOfSlot(slot) + RECORD_HEADER_BYTES, to, lengthBytes);
  if (code < 0) return code;
  countBy(Counter.FlashBytesRead, RECORD_HEADER_BYTES + lengthBytes);
  if (read16(at) != RECORD_MAGIC || read16(at + 2) != lengthBytes || read16(at + 4) != owner) return Err.Corrupt;
  return read32(at + 12) == crc32(to, lengthBytes, crc32(at, 12, 0)) ? Err.Ok : Err.Corrupt;
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
