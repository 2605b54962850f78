/**
 * The parts by themselves: codecs, checksum and the allocator, for benches, tests and tools that want one part and no
 * store around it. They share the store's memory, so they keep off what is the store's: a codec works in a client's bytes
 * and in scratch memory, and a zpage that belongs to a stored page can be looked at and not be freed, moved or written.
 *
 * Zpages that were allocated by hand belong to no page; the reaper passes them by. Reclaiming a frame by hand is in two
 * halves (zpoolReclaimBegin or zpoolCompactBegin, zpoolReclaimEnd), during which only the calls of this file are answered,
 * and can only be begun while the store itself holds no zpage.
 */
import { read32, write32 } from "./memory";
import { Counter, count, counterValue } from "./counters";
import { Err } from "./errors";
import { CODEC_TABLE_BYTES, DENSE_MODEL_BYTES, Header, State } from "./layout";
import { answer, enter, enterCodec, enterRaw, isRange, isScratch, leaveCodec } from "./gate";
import { lz4Compress as compress, lz4Decompress as decompress } from "./codec/lz4";
import { zbaleCompress as compressDensely, zbaleDecompress as decompressDensely } from "./codec/zbale";
import { crc32 as crc } from "./swap/crc32";
import { zpoolAlloc as alloc, zpoolCompactBegin as compactBegin, zpoolFitsInstead as fitsInstead, zpoolFree as free, zpoolHandleAt as handleAt, zpoolHasRoom as hasRoom, zpoolLimit as limit, zpoolMaxBytes as maxBytes, zpoolMove as move, zpoolOwner as ownerOf, zpoolRead as read, zpoolReclaimBegin as reclaimBegin, zpoolReclaimEnd as reclaimEnd, zpoolRoom, zpoolWrite as write } from "./zpool/zpool";
import { frameAllocator } from "./zpool/handles";
import { zpageEntry } from "./store/places";

/** Longest input of a codec, bytes. */
const CODEC_MOST: i32 = 65535;

function isCodecRange(at: i32, length: i32): boolean { return length <= CODEC_MOST && isScratch(at, length); }

/** Is this work space for a codec, 4-aligned, and clear of what is read and written meanwhile? */
function isWork(work: i32, workBytes: i32, from: i32, length: i32, to: i32, capacity: i32): boolean {
  if ((work & 3) != 0 || !isScratch(work, workBytes)) return false;
  return (from + length <= work || from >= work + workBytes) && (to + capacity <= work || to >= work + workBytes);
}

/** LZ4: `length` bytes (0..65535) at `from` into at most `capacity` at `to`; 1 KiB at `table`, 4-aligned. The length, TooBig or Invalid. */
export function lz4Compress(from: i32, length: i32, to: i32, capacity: i32, table: i32): i32 {
  const code: i32 = enterCodec();
  if (code < 0) return code;
  if (!isCodecRange(from, length) || !isCodecRange(to, capacity) || !isWork(table, CODEC_TABLE_BYTES, from, length, to, capacity)) return leaveCodec(Err.Invalid);
  return leaveCodec(compress(from, length, to, capacity, table));
}

/** The reverse. The length, Corrupt or Invalid. */
export function lz4Decompress(from: i32, length: i32, to: i32, capacity: i32): i32 {
  const code: i32 = enterCodec();
  if (code < 0) return code;
  if (!isCodecRange(from, length) || !isCodecRange(to, capacity)) return leaveCodec(Err.Invalid);
  return leaveCodec(decompress(from, length, to, capacity));
}

/** zbale: `length` bytes (up to 4096) at `from` into at most `capacity` at `to`; its models and table, 2288 B, at `work`, 4-aligned. */
export function zbaleCompress(from: i32, length: i32, to: i32, capacity: i32, work: i32): i32 {
  const code: i32 = enterCodec();
  if (code < 0) return code;
  const isSound: boolean = isCodecRange(from, length) && isCodecRange(to, capacity) && isWork(work, DENSE_MODEL_BYTES + CODEC_TABLE_BYTES, from, length, to, capacity);
  return leaveCodec(isSound ? compressDensely(from, length, to, capacity, work) : Err.Invalid);
}

/** The reverse: exactly `length` bytes at `to`, or Corrupt, or Invalid. */
export function zbaleDecompress(from: i32, packedBytes: i32, to: i32, length: i32, work: i32): i32 {
  const code: i32 = enterCodec();
  if (code < 0) return code;
  const isSound: boolean = isCodecRange(from, packedBytes) && isCodecRange(to, length) && isWork(work, DENSE_MODEL_BYTES, from, packedBytes, to, length);
  return leaveCodec(isSound ? decompressDensely(from, packedBytes, to, length, work) : Err.Invalid);
}

/** The CRC of `length` bytes at `at`, continuing from `seed` (0 to start). Of memory that does not exist it is 0, and counted as invalid. */
export function crc32(at: i32, length: i32, seed: i32): i32 {
  if (isRange(at, length)) return crc(at, length, seed);
  count(Counter.InvalidIo);
  return 0;
}

// The allocator

/** Room for a zpage of `lengthBytes` in zpool 0 (persistent) or 1 (ephemeral), owned by 0..65535: its handle, Invalid, TooBig (never) or NoFrame (not now). */
export function zpoolAlloc(zpool: i32, lengthBytes: i32, owner: i32): i32 {
  const code: i32 = enterRaw();
  if (code < 0) return code;
  return answer(owner < 0 || owner > 0xffff ? Err.Invalid : alloc(zpool, lengthBytes, owner));
}

/** Does this handle name a zpage that was allocated by hand? */
function isByHand(handle: i32): boolean { return ownerOf(handle) >= 0 && zpageEntry(handle) < 0; }

/** Frees a zpage, and its frame with the last one. Ok, or Invalid: a handle of nothing, one freed already, or a stored page's. */
export function zpoolFree(handle: i32): i32 {
  const code: i32 = enterRaw();
  if (code < 0) return code;
  return answer(isByHand(handle) ? free(handle) : Err.Invalid);
}

/** Where the bytes of a zpage lie in one piece, until the next call that allocates, writes or reads; or Invalid. */
export function zpoolRead(handle: i32): i32 {
  const code: i32 = enterRaw();
  return code < 0 ? code : answer(read(handle));
}

/** Copies `lengthBytes` (1 to what was asked for) from `from` into a zpage. Ok or Invalid. */
export function zpoolWrite(handle: i32, from: i32, lengthBytes: i32): i32 {
  const code: i32 = enterRaw();
  if (code < 0) return code;
  const isSound: boolean = isByHand(handle) && lengthBytes > 0 && lengthBytes <= zpoolRoom(handle) && isRange(from, lengthBytes);
  return answer(isSound ? write(handle, from, lengthBytes) : Err.Invalid);
}

/** The entry that a zpage belongs to, or Invalid. */
export function zpoolOwner(handle: i32): i32 {
  const code: i32 = enterRaw();
  return code < 0 ? code : answer(ownerOf(handle));
}

/** 1: zpoolAlloc() for this length would succeed now, at most one frame being taken. 0: not. Invalid. */
export function zpoolHasRoom(zpool: i32, lengthBytes: i32): i32 {
  const code: i32 = enterRaw();
  if (code < 0) return code;
  if (zpool < 0 || zpool > 1 || lengthBytes <= 0) return answer(Err.Invalid);
  return lengthBytes <= maxBytes() && hasRoom(zpool, lengthBytes) ? 1 : 0;
}

/** 1: it would succeed if the zpage of `handle`, in the same zpool, were freed first. 0: not. Invalid. */
export function zpoolFitsInstead(handle: i32, lengthBytes: i32): i32 {
  const code: i32 = enterRaw();
  if (code < 0) return code;
  if (ownerOf(handle) < 0 || lengthBytes <= 0) return answer(Err.Invalid);
  return lengthBytes <= maxBytes() && fitsInstead(handle, lengthBytes) ? 1 : 0;
}

/** Length of the largest zpage that can be stored. */
export function zpoolMaxBytes(): i32 {
  const code: i32 = enterRaw();
  return code < 0 ? code : maxBytes();
}

/** How many `which` zpoolHandleAt() has to be asked for in this frame of zpages; Invalid for a frame of others. */
export function zpoolLimit(frame: i32): i32 {
  const code: i32 = enterRaw();
  return code < 0 ? code : answer(frameAllocator(frame) < 0 ? Err.Invalid : limit(frame));
}

/** The handle of zpage `which` in a frame, or NotFound when there is none under this number. */
export function zpoolHandleAt(frame: i32, which: i32): i32 {
  const code: i32 = enterRaw();
  return code < 0 ? code : handleAt(frame, which);
}

/** May a reclaim by hand begin? Ok, Busy in another one, or Refused while the store holds zpages. */
function mayBegin(): i32 {
  if (read32(Header.Open) != State.Idle) return enter();
  return counterValue(Counter.PersZpages) + counterValue(Counter.EphZpages) > 0 ? Err.Refused : Err.Ok;
}

/** `frame` is being reclaimed by hand from now on, unless it is an Err. */
function begun(frame: i32): i32 {
  if (frame < 0) return frame;
  write32(Header.RawFrame, frame);
  write32(Header.Open, State.Reclaiming);
  return frame;
}

/** Begins to reclaim the oldest frame of `zpool`: until the end nothing is put into it. The frame, NotFound, Refused or Invalid. */
export function zpoolReclaimBegin(zpool: i32): i32 {
  const code: i32 = mayBegin();
  if (code < 0) return code;
  return zpool < 0 || zpool > 1 ? answer(Err.Invalid) : begun(reclaimBegin(zpool));
}

/** Begins to empty a frame of `zpool` whose zpages have room in other frames. The frame, or NotFound (only zsmalloc compacts), Refused or Invalid. */
export function zpoolCompactBegin(zpool: i32): i32 {
  const code: i32 = mayBegin();
  if (code < 0) return code;
  return zpool < 0 || zpool > 1 ? answer(Err.Invalid) : begun(compactBegin(zpool));
}

/** Moves a zpage of the frame that is being emptied. Its new handle, NoFrame or Invalid. */
export function zpoolMove(handle: i32): i32 {
  const code: i32 = enterRaw();
  if (code < 0) return code;
  return answer(read32(Header.Open) == State.Reclaiming && isByHand(handle) ? move(handle) : Err.Invalid);
}

/** Ends either. 1: the frame's zpages are gone and it is free; 0: a zpage stayed, the frame counts as youngest; Invalid for a frame that is not being reclaimed. */
export function zpoolReclaimEnd(frame: i32): i32 {
  const code: i32 = enterRaw();
  if (code < 0) return code;
  if (read32(Header.Open) != State.Reclaiming || read32(Header.RawFrame) != frame) return answer(Err.Invalid);
  write32(Header.RawFrame, 0);
  write32(Header.Open, State.Idle);
  return reclaimEnd(frame);
}
