/**
 * zfold: up to k zpages a frame (k is FoldLimit, 2..8), folded to close the gaps. zbud's guarantee with more than two:
 * getting a frame back costs at most k evictions, known beforehand; no zpage lies in two frames, and none ever moves to
 * another frame.
 *
 *   | header | zpage | zpage | (dead) | zpage ->      tail      <- slot 2 | slot 1 | slot 0 |
 *
 * A frame is a slotted page, as databases have it: zpages grow from the left, their slots (owner, length) from the
 * right, so a frame pays for the slots it uses and no others. A zpage that goes leaves dead bytes, at no cost; when a
 * new one does not fit the tail, the frame is folded: the zpages behind the dead bytes slide left. So a frame never
 * fragments for good, its free bytes are all usable, and offsets may change with every allocation: a handle's offset is
 * asked for each time (zpoolRead).
 *
 * Frames with fewer than k zpages stand on the list of their room (free bytes, less a slot if one is needed) in 64ths
 * of a page, and a map of 64 bits says which lists have members. An allocation looks at the first frame of the list
 * where a fit is possible and then takes the first frame of the next list that has one, where a fit is certain: best
 * fit within 1/64 of a page, a bounded number of steps.
 *
 *   header, 8 bytes:  next u16 | previous u16 | free bytes u16 | slots u8 | zpages u8
 *   slot, 4 bytes:    owner u16 | state (2 bits: 0 unused, 1 dead, 2 live) rank (3) words - 1 (10)
 *   rank: the how-manieth piece from the left it is, dead ones counted. A zpage's length is rounded up to 4 bytes.
 *   handle = frame << 8 | slot
 *   fit table: heads of the lists u16, 64 for each zpool | maps of 64 bits, one for each zpool
 *
 * The price against zsmalloc: what is left in a frame that fits nobody; sizes all just over half a page, or just over a
 * third, stay alone or in pairs. The price against zbud: a slide of at most a page, and up to k flash writes to free a
 * frame instead of two. The alternative not taken, offsets in the slots and no sliding, fragments inside each frame.
 *
 * K1  A frame holds 1..k zpages; a frame with none is free. Its header counts them.
 * K2  8 + 4 * slots + 4 * words of live zpages + free bytes = bytes of a page.
 * K3  Ranks of live and dead slots are 0, 1, ... without a gap, the highest rank is live, and the last slot is not unused.
 * K4  While zfold is the current allocator, a frame is on the list of its room if and only if it has fewer than k
 *     zpages and is not under reclaim; a bit of the map is set if and only if its list has members.
 */
import { read16, read32, read8, trailingZeros, write16, write32, write8 } from "../memory";
import { Knob, knob } from "../config";
import { Err } from "../errors";
import { NIL, chunkListsAt, pageBytes, pageShift } from "../layout";
import { frameList, frameOffset, listMove, releaseFrame } from "../frames";
import { Allocator, HANDLE_SHIFT, handleFrame, handleSlot, isCurrent, isUnderReclaim, renew, setUnderReclaim, takeZpageFrame, zpoolOfFrame } from "./handles";

const HEADER_BYTES: i32 = 8;
const SLOT_BYTES: i32 = 4;
/** Lists of a zpool: one for each 64th of a page that can be free. */
const CLASSES_SHIFT: i32 = 6;
const MAPS_AT: i32 = 256;
/** What zfold needs of the fit table. */
export const ZFOLD_TABLE_BYTES: i32 = 272;
/** Above every rank, which has three bits. */
const ALL_RANKS: i32 = 8;

const enum State { Unused = 0, Dead = 1, Live = 2 }

function freeBytes(frame: i32): i32 { return read16(frameOffset(frame) + 4); }
function slots(frame: i32): i32 { return read8(frameOffset(frame) + 6); }
/** Bytes that the next zpage could have: a slot is taken from the free bytes if all are in use. */
function room(frame: i32): i32 {
  const free: i32 = freeBytes(frame);
  if (slots(frame) > zfoldZpages(frame)) return free;
  return free > SLOT_BYTES ? free - SLOT_BYTES : 0;
}
/** Zpages in a frame of zfold's: 1..k. */
export function zfoldZpages(frame: i32): i32 { return read8(frameOffset(frame) + 7); }

function slotAt(frame: i32, slot: i32): i32 { return frameOffset(frame) + pageBytes - (slot + 1 << 2); }
function stateOf(meta: i32): i32 { return meta >> 13; }
function rankOf(meta: i32): i32 { return meta >> 10 & 7; }
/** Bytes of a slot's piece; 0 if it has none. */
function bytesOf(meta: i32): i32 { return meta == 0 ? 0 : (meta & 1023) + 1 << 2; }
function rounded(lengthBytes: i32): i32 { return lengthBytes + 3 & -4; }

function listHead(zpool: i32, fit: i32): i32 { return chunkListsAt + ((zpool << CLASSES_SHIFT) + fit << 1); }
function mapAt(zpool: i32, fit: i32): i32 { return chunkListsAt + MAPS_AT + (zpool << 3) + (fit >> 5 << 2); }
function classOf(free: i32): i32 { return free >> pageShift - CLASSES_SHIFT; }

function listPut(frame: i32): void {
  const at: i32 = frameOffset(frame);
  const zpool: i32 = zpoolOfFrame(frame);
  const fit: i32 = classOf(room(frame));
  const head: i32 = listHead(zpool, fit);
  const first: i32 = read16(head);
  write16(at, first);
  write16(at + 2, NIL);
  if (first != NIL) write16(frameOffset(first) + 2, frame);
  else write32(mapAt(zpool, fit), read32(mapAt(zpool, fit)) | 1 << (fit & 31));
  write16(head, frame);
}

function listTake(frame: i32): void {
  const at: i32 = frameOffset(frame);
  const zpool: i32 = zpoolOfFrame(frame);
  const fit: i32 = classOf(room(frame));
  const next: i32 = read16(at);
  const previous: i32 = read16(at + 2);
  if (next != NIL) write16(frameOffset(next) + 2, previous);
  if (previous != NIL) write16(frameOffset(previous), next);
  else {
    write16(listHead(zpool, fit), next);
    if (next == NIL) write32(mapAt(zpool, fit), read32(mapAt(zpool, fit)) & ~(1 << (fit & 31)));
  }
}

/** Is this a frame that may stand on a list? */
function isListed(frame: i32): boolean { return isCurrent(Allocator.Zfold) && zfoldZpages(frame) < knob(Knob.FoldLimit); }

function settle(frame: i32): void { if (isListed(frame)) listPut(frame); }
function unsettle(frame: i32): void { if (isListed(frame)) listTake(frame); }

/** Empties the fit table. */
export function zfoldOpen(): void {
  for (let zpool: i32 = 0; zpool < 2; zpool++) {
    for (let fit: i32 = 0; fit < 1 << CLASSES_SHIFT; fit++) write16(listHead(zpool, fit), NIL);
    write32(mapAt(zpool, 0), 0);
    write32(mapAt(zpool, 32), 0);
  }
}

/** Enters a frame of zfold's into the empty fit table. */
export function zfoldEnlist(frame: i32): void { settle(frame); }

/** Length of the largest zpage that fits: a frame less header and slot. */
export function zfoldMaxBytes(): i32 { return pageBytes - HEADER_BYTES - SLOT_BYTES; }

/** The first list from `fit` on that has members, or NotFound. */
function nextList(zpool: i32, fit: i32): i32 {
  if (fit >= 1 << CLASSES_SHIFT) return Err.NotFound;
  const low: i32 = read32(mapAt(zpool, fit)) & -1 << (fit & 31);
  if (low != 0) return (fit & 32) + trailingZeros(low);
  const high: i32 = fit < 32 ? read32(mapAt(zpool, 32)) : 0;
  return high != 0 ? 32 + trailingZeros(high) : Err.NotFound;
}

/** A frame with little more room than `length` and fewer than k zpages, or NIL. */
function bestFit(zpool: i32, length: i32): i32 {
  const fit: i32 = classOf(length);
  const likely: i32 = read16(listHead(zpool, fit));
  if (likely != NIL && room(likely) >= length) return likely;
  const certain: i32 = nextList(zpool, fit + 1);
  return certain < 0 ? NIL : read16(listHead(zpool, certain));
}

function newFrame(zpool: i32): i32 {
  const frame: i32 = takeZpageFrame(zpool, Allocator.Zfold);
  if (frame < 0) return frame;
  const at: i32 = frameOffset(frame);
  write32(at, -1);
  write32(at + 4, pageBytes - HEADER_BYTES);
  return frame;
}

/** Bytes of pieces with a rank below `rank`. */
function bytesBefore(frame: i32, rank: i32): i32 {
  let sum: i32 = 0;
  for (let at: i32 = slotAt(frame, slots(frame) - 1) + 2, end: i32 = frameOffset(frame) + pageBytes; at < end; at += SLOT_BYTES) {
    const meta: i32 = read16(at);
    if (rankOf(meta) < rank) sum += bytesOf(meta);
  }
  return sum;
}

/** The slot whose piece has this rank, or NotFound. */
function slotOfRank(frame: i32, rank: i32): i32 {
  for (let slot: i32 = slots(frame) - 1; slot >= 0; slot--) {
    const meta: i32 = read16(slotAt(frame, slot) + 2);
    if (meta != 0 && rankOf(meta) == rank) return slot;
  }
  return Err.NotFound;
}

/** Moves `length` bytes to the left; both offsets and the length are multiples of 4. */
function slide(to: i32, from: i32, length: i32): void {
  const end: i32 = to + length;
  const by: i32 = from - to;
  for (let at: i32 = to; at < end; at += 4) write32(at, read32(at + by));
}

/** Takes unused slots off the directory's end. */
function trim(frame: i32): void {
  let count: i32 = slots(frame);
  const before: i32 = count;
  while (count > 0 && read16(slotAt(frame, count - 1) + 2) == 0) count--;
  write8(frameOffset(frame) + 6, count);
  write16(frameOffset(frame) + 4, freeBytes(frame) + (before - count << 2));
}

/** Closes the gaps: every live piece slides left over the dead ones. Cost: at most a page moved. */
function fold(frame: i32): void {
  let to: i32 = frameOffset(frame) + HEADER_BYTES;
  let from: i32 = to;
  let rank: i32 = 0;
  for (let old: i32 = 0; old < ALL_RANKS; old++) {
    const slot: i32 = slotOfRank(frame, old);
    if (slot < 0) break;
    const at: i32 = slotAt(frame, slot) + 2;
    const meta: i32 = read16(at);
    const length: i32 = bytesOf(meta);
    if (stateOf(meta) == State.Dead) write16(at, 0);
    else {
      if (from != to) slide(to, from, length);
      write16(at, meta & ~(7 << 10) | rank << 10);
      to += length;
      rank++;
    }
    from += length;
  }
  trim(frame);
}

/** Number of pieces, live and dead: the rank of the next one. */
function pieces(frame: i32): i32 {
  let count: i32 = 0;
  for (let slot: i32 = slots(frame) - 1; slot >= 0; slot--) if (read16(slotAt(frame, slot) + 2) != 0) count++;
  return count;
}

/** A slot that is unused, if need be a new one at the directory's end; NotFound when all are used. */
function unusedSlot(frame: i32): i32 {
  const count: i32 = slots(frame);
  for (let slot: i32 = 0; slot < count; slot++) if (read16(slotAt(frame, slot) + 2) == 0) return slot;
  return count < knob(Knob.FoldLimit) ? count : Err.NotFound;
}

/** Is there room between the last piece and the directory for a piece of this length under `slot`? */
function fitsTail(frame: i32, slot: i32, length: i32): boolean {
  const directory: i32 = slot < slots(frame) ? slots(frame) : slot + 1;
  return HEADER_BYTES + bytesBefore(frame, ALL_RANKS) + length + (directory << 2) <= pageBytes;
}

/** Puts a piece of `length` bytes (a multiple of 4) into a frame that has room for it. Returns its slot. */
function addPiece(frame: i32, length: i32, owner: i32): i32 {
  let slot: i32 = unusedSlot(frame);
  if (slot < 0 || !fitsTail(frame, slot, length)) {
    fold(frame);
    slot = unusedSlot(frame);
  }
  const at: i32 = frameOffset(frame);
  const rank: i32 = pieces(frame);
  let free: i32 = freeBytes(frame) - length;
  if (slot >= slots(frame)) {
    write8(at + 6, slot + 1);
    free -= SLOT_BYTES;
  }
  write16(at + 4, free);
  write8(at + 7, zfoldZpages(frame) + 1);
  write16(slotAt(frame, slot), owner);
  write16(slotAt(frame, slot) + 2, State.Live << 13 | rank << 10 | (length >> 2) - 1);
  return slot;
}

/**
 * Room for a zpage of `lengthBytes`, owned by entry `owner`. Returns its handle; Invalid for a length of 0 or less,
 * TooBig above zfoldMaxBytes() (never), NoFrame when no frame is left (not now). Other zpages of the frame may slide.
 */
export function zfoldAlloc(zpool: i32, lengthBytes: i32, owner: i32): i32 {
  if (lengthBytes <= 0) return Err.Invalid;
  if (lengthBytes > zfoldMaxBytes()) return Err.TooBig;
  const length: i32 = rounded(lengthBytes);
  let frame: i32 = bestFit(zpool, length);
  if (frame != NIL) {
    unsettle(frame);
    renew(frame);
  } else {
    frame = newFrame(zpool);
    if (frame < 0) return frame;
  }
  const slot: i32 = addPiece(frame, length, owner);
  settle(frame);
  return frame << HANDLE_SHIFT | slot;
}

/** Is there room for a zpage of this length in a frame that holds one already? */
export function zfoldFits(zpool: i32, lengthBytes: i32): boolean { return bestFit(zpool, rounded(lengthBytes)) != NIL; }

/** Would the frame of `handle` have room for a zpage of this length if the zpage of `handle` went? */
export function zfoldFitsInstead(handle: i32, lengthBytes: i32): boolean {
  const frame: i32 = handleFrame(handle);
  if (zfoldZpages(frame) == 1) return lengthBytes <= zfoldMaxBytes();
  return rounded(lengthBytes) <= freeBytes(frame) + bytesOf(read16(slotAt(frame, handleSlot(handle)) + 2));
}

/** Does this handle, whose frame is zfold's, name a zpage? */
export function zfoldIsHandle(handle: i32): boolean {
  const frame: i32 = handleFrame(handle);
  return handleSlot(handle) < slots(frame) && stateOf(read16(slotAt(frame, handleSlot(handle)) + 2)) == State.Live;
}

/** Where the zpage's bytes lie, a multiple of 4, until the next allocation. */
export function zfoldOffset(handle: i32): i32 {
  const frame: i32 = handleFrame(handle);
  return frameOffset(frame) + HEADER_BYTES + bytesBefore(frame, rankOf(read16(slotAt(frame, handleSlot(handle)) + 2)));
}

/** Bytes of room that the zpage has: what it was allocated with, in whole words. */
export function zfoldRoom(handle: i32): i32 { return bytesOf(read16(slotAt(handleFrame(handle), handleSlot(handle)) + 2)); }

export function zfoldOwner(handle: i32): i32 { return read16(slotAt(handleFrame(handle), handleSlot(handle))); }

/** The piece of `slot` is dead. Dead pieces at the right end join the tail at once. */
function bury(frame: i32, slot: i32): void {
  const at: i32 = frameOffset(frame);
  const meta: i32 = read16(slotAt(frame, slot) + 2);
  write16(at + 4, freeBytes(frame) + bytesOf(meta));
  write8(at + 7, zfoldZpages(frame) - 1);
  write16(slotAt(frame, slot) + 2, meta & ~(3 << 13) | State.Dead << 13);
  for (let rank: i32 = pieces(frame) - 1; rank >= 0; rank--) {
    const last: i32 = slotAt(frame, slotOfRank(frame, rank)) + 2;
    if (stateOf(read16(last)) == State.Live) break;
    write16(last, 0);
  }
  trim(frame);
}

/**
 * Frees a zpage, and its frame with the last one. A frame under reclaim keeps its place: the reclaim releases it, once.
 * Ok, or Invalid when the handle names no zpage (a double free changes nothing). Nothing is moved.
 */
export function zfoldFree(handle: i32): i32 {
  if (!zfoldIsHandle(handle)) return Err.Invalid;
  const frame: i32 = handleFrame(handle);
  const reclaimed: boolean = isUnderReclaim(frame);
  if (!reclaimed) unsettle(frame);
  bury(frame, handleSlot(handle));
  if (reclaimed) return Err.Ok;
  if (zfoldZpages(frame) > 0) settle(frame);
  else releaseFrame(frame);
  return Err.Ok;
}

/** The handle of slot `which` (0..k-1) in `frame`, or NotFound. */
export function zfoldHandleAt(frame: i32, which: i32): i32 {
  const handle: i32 = frame << HANDLE_SHIFT | which;
  return zfoldIsHandle(handle) ? handle : Err.NotFound;
}

/** Slots that zfoldHandleAt() has to be asked for. */
export function zfoldLimit(): i32 { return knob(Knob.FoldLimit); }

/** Begins to reclaim a frame of zfold's: until the end nothing is put into it. */
export function zfoldReclaimBegin(frame: i32): void {
  unsettle(frame);
  setUnderReclaim(frame, true);
}

/** Ends it. 1: all zpages are gone and the frame is free. 0: a zpage stayed, the frame counts as youngest again. */
export function zfoldReclaimEnd(frame: i32): i32 {
  setUnderReclaim(frame, false);
  if (zfoldZpages(frame) == 0) {
    releaseFrame(frame);
    return 1;
  }
  settle(frame);
  listMove(frameList(frame), frame);
  return 0;
}
