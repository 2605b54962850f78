/**
 * tlsf: two-level segregated fit (Masmano, Ripoll, Crespo 2004), the real-time allocator that succeeded xvmalloc's idea:
 * blocks of any size in one stretch of memory, free ones on lists by size, neighbours joined as they become free. The
 * stretch is the frames themselves: neighbouring frames of one zpool form a span, in which a block may reach from one
 * frame into the next, in one piece. Nothing is ever moved.
 *
 *        frame 7          |        frame 8          |      (frame 9 is somebody else's: the span ends)
 *   | h used | h   free   | h  used    | h free     |
 *                    used block reaching over ^ is possible too
 *
 * Lists: the first level is the power of two of a block's size, in 16ths of a page; the second divides it by eight. All
 * 32 lists of a zpool fit one map of 32 bits, so a fitting list is found by one mask and one count of zeros. An
 * allocation looks at the first block of the list where a fit is possible, then takes the first block of the next list
 * that has any, where a fit is certain: O(1), as is a free, with at most two joins.
 *
 * A free block that covers a whole frame gives it back at once. So a frame holds a used block or a part of one, and a
 * used block is a 16th of a page at least, so freeing a frame costs at most 17 evictions.
 *
 *   block: meta u16 | owner u16 | zpage ...          meta: grains (10 bits) | free 1024 | previous is free 2048
 *   free block: meta u16 | 0 u16 | next u32 | previous u32 | ... | grains u16 in its last two bytes
 *   grain: 8 bytes, 16 with pages of 4096. Blocks are named by their offset from the first frame.
 *   owner field of the frame table: where the first block begins that begins in the frame, 0xffff if none does
 *   handle = frame << 8 | grain in the frame at which the block begins
 *   fit table: heads of the lists u32, 32 for each zpool | a map of 32 bits for each zpool
 *
 * The price: fragments. What is free lies in pieces between blocks that do not move, and a piece below a 16th of a page
 * serves nobody until a neighbour goes. To say whether a handle names a zpage the blocks of its frame are walked, up to
 * 33. The alternative not taken, blocks that end with their frame, would need no walk into the frame before, and would
 * leave a hole at the end of every frame.
 *
 * B1  The blocks of a span follow one another without a gap; no two free ones are neighbours.
 * B2  A block says that the previous one is free if and only if it is; a free block's last two bytes are its length.
 * B3  Every frame of tlsf's has a used block or a part of one in it, and its owner field says where the first begins.
 * B4  While tlsf is the current allocator, a free block of a 16th of a page or more is on the list of its size if and
 *     only if no part of it is in a frame under reclaim; a bit of the map is set if and only if its list has members.
 */
import { read16, read32, trailingZeros, write16, write32 } from "../memory";
import { Err } from "../errors";
import { NIL, chunkListsAt, framesAt, pageBytes, pageShift } from "../layout";
import { frameList, frameOwner, listMove, releaseFrame, setFrameOwner } from "../frames";
import { Allocator, HANDLE_SHIFT, frameAllocator, handleFrame, handleSlot, isCurrent, renew, isUnderReclaim, setUnderReclaim, takeZpageFrame, zpoolOfFrame } from "./handles";

const HEADER_BYTES: i32 = 4;
const GRAINS: i32 = 1023;
const FREE: i32 = 1024;
const PREVIOUS_FREE: i32 = 2048;
const NO_BLOCK: i32 = -1;
const LISTS_SHIFT: i32 = 5;
const LAST_LIST: i32 = 31;
const MAPS_AT: i32 = 256;
/** Windows of a frame in which at most one used block begins: a 16th of a page is the smallest. */
const WINDOWS_SHIFT: i32 = 4;

function grainShift(): i32 { return pageShift > 11 ? 4 : 3; }
function leastGrains(): i32 { return pageBytes >> WINDOWS_SHIFT + grainShift(); }
function grainsFor(lengthBytes: i32): i32 {
  const grains: i32 = lengthBytes + HEADER_BYTES + (1 << grainShift()) - 1 >> grainShift();
  return grains > leastGrains() ? grains : leastGrains();
}

// --- blocks, named by their offset from the first frame ---

function metaOf(block: i32): i32 { return read16(framesAt + block); }
function setMeta(block: i32, meta: i32): void { write16(framesAt + block, meta); }
function bytesOf(block: i32): i32 { return (metaOf(block) & GRAINS) << grainShift(); }
function endOf(block: i32): i32 { return block + bytesOf(block); }
function isFree(block: i32): boolean { return (metaOf(block) & FREE) != 0; }
function frameOf(block: i32): i32 { return block >> pageShift; }
function startOf(frame: i32): i32 { return frame << pageShift; }

/** Are these two frames of one span, if they are neighbours? */
function areJoined(frame: i32, other: i32): boolean {
  return frameAllocator(other) == Allocator.Tlsf && frameList(frame) == frameList(other);
}

/** Where the block behind one that ends at `end` in a span with `frame` begins: there, or NO_BLOCK at the span's end. */
function following(frame: i32, end: i32): i32 {
  if ((end & pageBytes - 1) != 0) return end;
  return areJoined(frame, frameOf(end)) ? end : NO_BLOCK;
}

/** The first block that begins in a frame, or NO_BLOCK. */
function firstBegin(frame: i32): i32 { return frameOwner(frame) == NIL ? NO_BLOCK : startOf(frame) + frameOwner(frame); }

/** A block begins here now. */
function noteBegin(block: i32): void {
  const within: i32 = block & pageBytes - 1;
  if (within < frameOwner(frameOf(block))) setFrameOwner(frameOf(block), within);
}

/** No block begins at `block` any more; the one it belongs to now ends at `end`. */
function dropBegin(block: i32, end: i32): void {
  const frame: i32 = frameOf(block);
  if (frameOwner(frame) == (block & pageBytes - 1)) setFrameOwner(frame, frameOf(end) == frame ? end & pageBytes - 1 : NIL);
}

/** The block in which the byte at `at` of a span lies. Cost: the blocks of a frame, walked. */
function blockOver(at: i32): i32 {
  let frame: i32 = frameOf(at);
  let block: i32 = firstBegin(frame);
  while (block == NO_BLOCK || block > at) {
    frame--;
    block = firstBegin(frame);
  }
  while (endOf(block) <= at) block = endOf(block);
  return block;
}

/** The first block of which a part lies in a frame. */
function firstIn(frame: i32): i32 { return frameOwner(frame) == 0 ? startOf(frame) : blockOver(startOf(frame)); }

// --- lists of free blocks ---

function headAt(zpool: i32, list: i32): i32 { return chunkListsAt + ((zpool << LISTS_SHIFT) + list << 2); }
function mapAt(zpool: i32): i32 { return chunkListsAt + MAPS_AT + (zpool << 2); }

/** The list for blocks of this many grains, which are a 16th of a page or more; the last is for all from 15 16ths on. */
function listFor(grains: i32): i32 {
  const eighths: i32 = grains << 3 >> pageShift - WINDOWS_SHIFT - grainShift();
  let level: i32 = 0;
  while (eighths >> level > 15) level++;
  return level > 3 ? LAST_LIST : (level << 3) + (eighths >> level) - 8;
}

/** Is this free block one that may be given away? */
function isListed(block: i32): boolean {
  if (!isCurrent(Allocator.Tlsf) || (metaOf(block) & GRAINS) < leastGrains()) return false;
  for (let frame: i32 = frameOf(block), last: i32 = frameOf(endOf(block) - 1); frame <= last; frame++) if (isUnderReclaim(frame)) return false;
  return true;
}

function listPut(block: i32): void {
  if (!isListed(block)) return;
  const zpool: i32 = zpoolOfFrame(frameOf(block));
  const list: i32 = listFor(metaOf(block) & GRAINS);
  const first: i32 = read32(headAt(zpool, list));
  write32(framesAt + block + 4, first);
  write32(framesAt + block + 8, NO_BLOCK);
  if (first != NO_BLOCK) write32(framesAt + first + 8, block);
  else write32(mapAt(zpool), read32(mapAt(zpool)) | 1 << list);
  write32(headAt(zpool, list), block);
}

function listTake(block: i32): void {
  if (!isListed(block)) return;
  const zpool: i32 = zpoolOfFrame(frameOf(block));
  const list: i32 = listFor(metaOf(block) & GRAINS);
  const next: i32 = read32(framesAt + block + 4);
  const previous: i32 = read32(framesAt + block + 8);
  if (next != NO_BLOCK) write32(framesAt + next + 8, previous);
  if (previous != NO_BLOCK) write32(framesAt + previous + 4, next);
  else {
    write32(headAt(zpool, list), next);
    if (next == NO_BLOCK) write32(mapAt(zpool), read32(mapAt(zpool)) & ~(1 << list));
  }
}

/** Empties the fit table. */
export function tlsfOpen(): void {
  for (let zpool: i32 = 0; zpool < 2; zpool++) {
    for (let list: i32 = 0; list <= LAST_LIST; list++) write32(headAt(zpool, list), NO_BLOCK);
    write32(mapAt(zpool), 0);
  }
}

/** Enters the free blocks that begin in a frame of tlsf's into the empty fit table. */
export function tlsfEnlist(frame: i32): void {
  let block: i32 = firstBegin(frame);
  while (block != NO_BLOCK && frameOf(block) == frame) {
    if (isFree(block)) listPut(block);
    block = following(frame, endOf(block));
  }
}

/** A free block of `grains` or a little more, or NO_BLOCK. */
function goodFit(zpool: i32, grains: i32): i32 {
  const list: i32 = listFor(grains);
  const likely: i32 = read32(headAt(zpool, list));
  if (likely != NO_BLOCK && (metaOf(likely) & GRAINS) >= grains) return likely;
  const larger: i32 = list == LAST_LIST ? 0 : read32(mapAt(zpool)) & -2 << list;
  return larger == 0 ? NO_BLOCK : read32(headAt(zpool, trailingZeros(larger)));
}

// --- blocks come and go ---

/** Makes [from, to) of a span with `frame` a free block, whose neighbours are used. */
function makeFree(frame: i32, from: i32, to: i32): void {
  const grains: i32 = to - from >> grainShift();
  setMeta(from, grains | FREE);
  write16(framesAt + from + 2, 0);
  write16(framesAt + to - 2, grains);
  noteBegin(from);
  const next: i32 = following(frame, to);
  if (next != NO_BLOCK) setMeta(next, metaOf(next) | PREVIOUS_FREE);
  listPut(from);
}

/** Gives back a frame of a span, all of which is free and in no block. */
function dropFrame(frame: i32): void {
  const end: i32 = startOf(frame + 1);
  const next: i32 = following(frame, end);
  if (next != NO_BLOCK) setMeta(next, metaOf(next) & ~PREVIOUS_FREE);
  releaseFrame(frame);
}

/** [from, to) of a span, between used blocks, is free: frames in it are given back, the rest becomes free blocks. */
function makeRoom(from: i32, to: i32): void {
  let frame: i32 = from + pageBytes - 1 >> pageShift;
  while (startOf(frame + 1) <= to && isUnderReclaim(frame)) frame++;
  if (startOf(frame + 1) > to) {
    makeFree(frameOf(from), from, to);
    return;
  }
  const rest: i32 = startOf(frame + 1);
  // The right part first: it is a block of its own before the frame goes.
  if (rest < to) {
    setFrameOwner(frame + 1, 0);
    makeRoom(rest, to);
  }
  dropFrame(frame);
  if (from < startOf(frame)) makeFree(frame - 1, from, startOf(frame));
}

/** Takes `grains` from the beginning of [from, to), which is in no block now, for a zpage of `owner`. */
function makeUsed(from: i32, to: i32, grains: i32, owner: i32, previousFree: i32): void {
  const frame: i32 = frameOf(from);
  const end: i32 = from + (grains << grainShift());
  setMeta(from, grains | previousFree);
  write16(framesAt + from + 2, owner);
  noteBegin(from);
  if (end < to) {
    makeRoom(end, to);
    return;
  }
  const next: i32 = following(frame, end);
  if (next != NO_BLOCK) setMeta(next, metaOf(next) & ~PREVIOUS_FREE);
}

/** The end of the free block at `at`, taken off its list and out of its frame's record; `at` itself if none begins there. */
function joinNext(frame: i32, at: i32): i32 {
  const next: i32 = following(frame, at);
  if (next == NO_BLOCK || !isFree(next)) return at;
  listTake(next);
  return endOf(next);
}

/** Takes a frame and puts a zpage of `grains` into it, or into the free end of the frame before and it. Handle or NoFrame. */
function grow(zpool: i32, grains: i32, owner: i32): i32 {
  const frame: i32 = takeZpageFrame(zpool, Allocator.Tlsf);
  if (frame < 0) return frame;
  const start: i32 = startOf(frame);
  setFrameOwner(frame, NIL);
  let from: i32 = start;
  let previousFree: i32 = 0;
  if (frame > 0 && areJoined(frame, frame - 1)) {
    const before: i32 = blockOver(start - 1);
    if (isFree(before) && isUnderReclaim(frame - 1)) previousFree = PREVIOUS_FREE;
    else if (isFree(before)) {
      listTake(before);
      from = before;
    }
  }
  const to: i32 = joinNext(frame, startOf(frame + 1));
  if (to > startOf(frame + 1)) dropBegin(startOf(frame + 1), to);
  makeUsed(from, to, grains, owner, previousFree);
  return handleOf(from);
}

function handleOf(block: i32): i32 { return frameOf(block) << HANDLE_SHIFT | (block & pageBytes - 1) >> grainShift(); }
function blockOf(handle: i32): i32 { return startOf(handleFrame(handle)) + (handleSlot(handle) << grainShift()); }

// --- zpages ---

/** Length of the largest zpage that fits: a frame less the block's header. */
export function tlsfMaxBytes(): i32 { return pageBytes - HEADER_BYTES; }

/**
 * Room for a zpage of `lengthBytes`, owned by entry `owner`. Returns its handle; Invalid for a length of 0 or less,
 * TooBig above tlsfMaxBytes() (never), NoFrame when no frame is left (not now).
 */
export function tlsfAlloc(zpool: i32, lengthBytes: i32, owner: i32): i32 {
  if (lengthBytes <= 0) return Err.Invalid;
  if (lengthBytes > tlsfMaxBytes()) return Err.TooBig;
  const grains: i32 = grainsFor(lengthBytes);
  const block: i32 = goodFit(zpool, grains);
  if (block == NO_BLOCK) return grow(zpool, grains, owner);
  listTake(block);
  makeUsed(block, endOf(block), grains, owner, 0);
  renew(frameOf(block));
  return handleOf(block);
}

/** Is there room for a zpage of this length in the frames there are? */
export function tlsfFits(zpool: i32, lengthBytes: i32): boolean {
  return lengthBytes <= tlsfMaxBytes() && goodFit(zpool, grainsFor(lengthBytes)) != NO_BLOCK;
}

/** Would there be room for a zpage of this length where the zpage of `handle` is and its free neighbours are? */
export function tlsfFitsInstead(handle: i32, lengthBytes: i32): boolean {
  if (lengthBytes > tlsfMaxBytes()) return false;
  const block: i32 = blockOf(handle);
  let bytes: i32 = bytesOf(block);
  if ((metaOf(block) & PREVIOUS_FREE) != 0) bytes += read16(framesAt + block - 2) << grainShift();
  const next: i32 = following(frameOf(block), endOf(block));
  if (next != NO_BLOCK && isFree(next)) bytes += bytesOf(next);
  return bytes >= grainsFor(lengthBytes) << grainShift();
}

/** Does this handle, whose frame is tlsf's, name a zpage? Cost: the blocks of the frame before it, walked. */
export function tlsfIsHandle(handle: i32): boolean {
  const frame: i32 = handleFrame(handle);
  const wanted: i32 = blockOf(handle);
  let block: i32 = firstBegin(frame);
  while (block != NO_BLOCK && block < wanted) block = following(frame, endOf(block));
  return block == wanted && frameOf(block) == frame && !isFree(block);
}

/** Where the zpage's bytes lie, a multiple of 4, until it is freed. */
export function tlsfOffset(handle: i32): i32 { return framesAt + blockOf(handle) + HEADER_BYTES; }

/** Bytes of room that the zpage has: those of its block. */
export function tlsfRoom(handle: i32): i32 { return bytesOf(blockOf(handle)) - HEADER_BYTES; }

export function tlsfOwner(handle: i32): i32 { return read16(framesAt + blockOf(handle) + 2); }

/**
 * Frees a zpage, and each frame in which nothing lies any more. A frame under reclaim keeps its place: the reclaim
 * releases it, once. Ok, or Invalid when the handle names no zpage (a double free changes nothing).
 */
export function tlsfFree(handle: i32): i32 {
  if (!tlsfIsHandle(handle)) return Err.Invalid;
  const block: i32 = blockOf(handle);
  const end: i32 = endOf(block);
  const to: i32 = joinNext(frameOf(block), end);
  let from: i32 = block;
  if ((metaOf(block) & PREVIOUS_FREE) != 0) {
    from = block - (read16(framesAt + block - 2) << grainShift());
    listTake(from);
  }
  if (to > end) dropBegin(end, to);
  if (from < block) dropBegin(block, to);
  makeRoom(from, to);
  return Err.Ok;
}

/** Numbers that tlsfHandleAt() has to be asked for: a block that reaches into a frame, and one for each 16th of it. */
export function tlsfLimit(): i32 { return (1 << WINDOWS_SHIFT) + 1; }

/** The handle of the zpage that reaches into `frame` (0) or begins in its `which`th 16th (1..16), or NotFound. */
export function tlsfHandleAt(frame: i32, which: i32): i32 {
  const start: i32 = startOf(frame);
  if (which == 0) {
    const block: i32 = firstIn(frame);
    return block < start && !isFree(block) ? handleOf(block) : Err.NotFound;
  }
  const low: i32 = start + (which - 1 << pageShift - WINDOWS_SHIFT);
  const high: i32 = start + (which << pageShift - WINDOWS_SHIFT);
  let block: i32 = firstBegin(frame);
  while (block != NO_BLOCK && block < high) {
    if (block >= low && !isFree(block)) return handleOf(block);
    block = following(frame, endOf(block));
  }
  return Err.NotFound;
}

/** Zpages that lie in a frame of tlsf's, wholly or in part. */
export function tlsfZpages(frame: i32): i32 {
  let count: i32 = 0;
  let block: i32 = firstIn(frame);
  while (block != NO_BLOCK && block < startOf(frame + 1)) {
    if (!isFree(block)) count++;
    block = following(frame, endOf(block));
  }
  return count;
}

/** Takes the free blocks in a frame off their lists, marks the frame, and puts them back where they belong then. */
function mark(frame: i32, reclaimed: boolean): void {
  const first: i32 = firstIn(frame);
  let block: i32 = first;
  while (block != NO_BLOCK && block < startOf(frame + 1)) {
    if (isFree(block)) listTake(block);
    block = following(frame, endOf(block));
  }
  setUnderReclaim(frame, reclaimed);
  block = first;
  while (block != NO_BLOCK && block < startOf(frame + 1)) {
    if (isFree(block)) listPut(block);
    block = following(frame, endOf(block));
  }
}

/** Begins to reclaim a frame of tlsf's: until the end nothing is put into it. */
export function tlsfReclaimBegin(frame: i32): void { mark(frame, true); }

/** Ends it. 1: all zpages are gone and the frame is free. 0: a zpage stayed, the frame counts as youngest again. */
export function tlsfReclaimEnd(frame: i32): i32 {
  mark(frame, false);
  const block: i32 = firstIn(frame);
  if (isFree(block) && endOf(block) >= startOf(frame + 1)) {
    const to: i32 = endOf(block);
    listTake(block);
    makeRoom(block, to);
    return 1;
  }
  listMove(frameList(frame), frame);
  return 0;
}
