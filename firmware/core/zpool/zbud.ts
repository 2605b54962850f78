/**
 * zbud: at most two zpages a frame, so that getting a frame back costs at most two evictions, known beforehand.
 *
 *   | header | first buddy ->            free             <- last buddy |
 *
 * A frame is counted in chunks (1 << ChunkOrder of them). The first buddy starts behind the header, the last one ends
 * at the frame's end, so the free chunks always lie in one piece between them. Frames with one zpage stand on the list
 * of their number of free chunks; an allocation takes the first frame from the smallest number that is enough, which
 * is best fit in a bounded number of steps. Every frame is also on its class's list in LRU order (frames.ts), youngest
 * first; reclaim takes the oldest.
 *
 * The price is density: two zpages just over half a page never share a frame. What is bought for it: no compaction, no
 * search, no fragmentation that grows, and a reclaim whose work is known. (zsmalloc packs tighter and cannot say what
 * freeing a frame will cost.)
 *
 * Only where a page would be refused otherwise are zpages moved, one at a time and only so that a larger hole is left
 * (zbudMove): small ones that share a frame part, and go beside the large ones that lie alone.
 *
 *   header, 12 bytes in the first chunk(s):  next u16 | previous u16 | first chunks u8 | last chunks u8 | zpool u8 | 0
 *                                            | owner of first u16 | owner of last u16
 *   handle = frame << 8 | (1 for the last buddy)
 *   fit table: heads of the unbuddied lists u16, one for each number of free chunks, for each zpool
 *
 * Two zpools share the code: persistent zpages never share a frame with ephemeral ones, which may be dropped at once.
 *
 * Z1  An occupied frame holds one or two zpages; a frame with none is free.
 * Z2  header chunks + first chunks + last chunks <= chunks of a frame.
 * Z3  While zbud is the current allocator, a frame is on the unbuddied list of its number of free chunks if and only if
 *     it holds one zpage (and is not under reclaim); a frame with two is on no such list.
 * Z4  BuddiedCount and UnbuddiedCount are the numbers of frames with two zpages and with one (none under reclaim).
 */
import { copyBytes, read16, read8, write16, write32, write8 } from "../memory";
import { Counter, countBy, counterValue } from "../counters";
import { Knob, knob } from "../config";
import { Err } from "../errors";
import { NIL, chunkListsAt, chunkShift, pageBytes } from "../layout";
import { frameList, frameOffset, listMove, releaseFrame } from "../frames";
import { Allocator, HANDLE_SHIFT, handleFrame, handleSlot, isCurrent, isUnderReclaim, renew, setUnderReclaim, takeZpageFrame } from "./handles";

const HEADER_BYTES: i32 = 12;

/* for speed */ function headerChunks(): i32 { return (HEADER_BYTES + (1 << chunkShift) - 1) >> chunkShift; }
/** Chunks of a frame that zpages can have. */
/* for speed */ function usableChunks(): i32 { return (1 << knob(Knob.ChunkOrder)) - headerChunks(); }
/* for speed */ function chunksFor(lengthBytes: i32): i32 { return (lengthBytes + (1 << chunkShift) - 1) >> chunkShift; }

/* for speed */ function firstChunks(frame: i32): i32 { return read8(frameOffset(frame) + 4); }
/* for speed */ function lastChunks(frame: i32): i32 { return read8(frameOffset(frame) + 5); }
/* for speed */ export function zbudFreeChunks(frame: i32): i32 { return usableChunks() - firstChunks(frame) - lastChunks(frame); }
/** Zpages in an occupied frame: 1 or 2. */
/* for speed */ export function zbudZpages(frame: i32): i32 { return (firstChunks(frame) > 0 ? 1 : 0) + (lastChunks(frame) > 0 ? 1 : 0); }

/* for speed */ function unbuddiedHead(zpool: i32, freeChunks: i32): i32 {
  return chunkListsAt + (zpool * ((1 << knob(Knob.ChunkOrder)) + 1) + freeChunks << 1);
}

/* for speed */ function unbuddiedPut(frame: i32): void {
  const at: i32 = frameOffset(frame);
  const head: i32 = unbuddiedHead(read8(at + 6), zbudFreeChunks(frame));
  const first: i32 = read16(head);
  write16(at, first);
  write16(at + 2, NIL);
  if (first != NIL) write16(frameOffset(first) + 2, frame);
  write16(head, frame);
}

/* for speed */ function unbuddiedTake(frame: i32): void {
  const at: i32 = frameOffset(frame);
  const next: i32 = read16(at);
  const previous: i32 = read16(at + 2);
  if (previous == NIL) write16(unbuddiedHead(read8(at + 6), zbudFreeChunks(frame)), next);
  else write16(frameOffset(previous), next);
  if (next != NIL) write16(frameOffset(next) + 2, previous);
}

/** Enters a frame of zbud's into the fit table, if it has room. */
/* for speed */ export function zbudEnlist(frame: i32): void { if (isCurrent(Allocator.Zbud) && zbudZpages(frame) == 1) unbuddiedPut(frame); }

/** Enters a frame that holds zpages into the counts and, with one zpage, into its unbuddied list. */
/* for speed */ function settle(frame: i32): void {
  if (zbudZpages(frame) == 2) countBy(Counter.BuddiedCount, 1);
  else {
    countBy(Counter.UnbuddiedCount, 1);
    zbudEnlist(frame);
  }
}

/** The reverse of settle(), before a frame's chunks change. */
/* for speed */ function unsettle(frame: i32): void {
  if (zbudZpages(frame) == 2) countBy(Counter.BuddiedCount, -1);
  else {
    countBy(Counter.UnbuddiedCount, -1);
    if (isCurrent(Allocator.Zbud)) unbuddiedTake(frame);
  }
}

/** Empties the fit table. */
export function zbudOpen(): void {
  for (let zpool: i32 = 0; zpool < 2; zpool++) {
    for (let free: i32 = 0; free <= 1 << knob(Knob.ChunkOrder); free++) write16(unbuddiedHead(zpool, free), NIL);
  }
}

/** Length of the largest zpage that fits: a frame less the header. */
/* for speed */ export function zbudMaxBytes(): i32 { return usableChunks() << chunkShift; }

/** The unbuddied frame with the fewest free chunks that are enough, or NIL. */
/* for speed */ function bestFit(zpool: i32, chunks: i32): i32 {
  const most: i32 = usableChunks();
  for (let free: i32 = chunks; free < most; free++) {
    const frame: i32 = read16(unbuddiedHead(zpool, free));
    if (frame != NIL) return frame;
  }
  return NIL;
}

/** Takes a free frame for `zpool` and writes an empty header. Returns the frame or NoFrame. */
/* for speed */ function newFrame(zpool: i32): i32 {
  const frame: i32 = takeZpageFrame(zpool, Allocator.Zbud);
  if (frame < 0) return frame;
  const at: i32 = frameOffset(frame);
  write32(at, -1);
  write32(at + 4, zpool << 16);
  write32(at + 8, 0);
  return frame;
}

/**
 * Room for a zpage of `lengthBytes`, owned by entry `owner`. Returns its handle; Invalid for a length of 0 or less,
 * TooBig above zbudMaxBytes() (never), NoFrame when no frame is left (not now). Cost: at most one look a chunk size.
 */
/* for speed */ export function zbudAlloc(zpool: i32, lengthBytes: i32, owner: i32): i32 {
  if (lengthBytes <= 0) return Err.Invalid;
  if (lengthBytes > zbudMaxBytes()) return Err.TooBig;
  const chunks: i32 = chunksFor(lengthBytes);
  let frame: i32 = bestFit(zpool, chunks);
  if (frame != NIL) {
    unsettle(frame);
    renew(frame);
  } else {
    frame = newFrame(zpool);
    if (frame < 0) return frame;
  }
  const last: i32 = firstChunks(frame) > 0 ? 1 : 0;
  const at: i32 = frameOffset(frame);
  write8(at + 4 + last, chunks);
  write16(at + 8 + (last << 1), owner);
  settle(frame);
  return frame << HANDLE_SHIFT | last;
}

/** Is there room for a zpage of this length in a frame that holds one already? */
/* for speed */ export function zbudFits(zpool: i32, lengthBytes: i32): boolean { return bestFit(zpool, chunksFor(lengthBytes)) != NIL; }

/**
 * The longest zpage that would free room instead of that of `handle`: by a chunk or more. One that is alone widens the hole
 * beside it. One of a pair is worth it only if it has more than half of the frame, where another frame has one zpage: then
 * both of the pair may find other places (zbudMove). 0 for others.
 */
export function zbudGainBytes(handle: i32): i32 {
  const chunks: i32 = zbudRoom(handle) >> chunkShift;
  const isAlone: boolean = zbudZpages(handleFrame(handle)) == 1;
  return isAlone || chunks > usableChunks() >> 1 && counterValue(Counter.UnbuddiedCount) > 0 ? chunks - 1 << chunkShift : 0;
}

/**
 * Moves a zpage into the smallest hole beside another that has room for it, if a larger hole or a free frame is left. Its
 * new handle; NoFrame if there is none. Cost: as zbudAlloc() twice, and the copy.
 */
export function zbudMove(handle: i32): i32 {
  const frame: i32 = handleFrame(handle);
  const zpool: i32 = read8(frameOffset(frame) + 6);
  const room: i32 = zbudRoom(handle);
  let moved: i32 = Err.NoFrame;
  unsettle(frame);
  const to: i32 = bestFit(zpool, room >> chunkShift);
  if (to != NIL && zbudFreeChunks(to) < zbudFreeChunks(frame) + (room >> chunkShift)) {
    moved = zbudAlloc(zpool, room, zbudOwner(handle));
    copyBytes(zbudOffset(moved), zbudOffset(handle), room);
  }
  settle(frame);
  if (moved >= 0) zbudFree(handle);
  return moved;
}

/** Would the frame of `handle` have room for a zpage of this length if the zpage of `handle` went? */
/* for speed */ export function zbudFitsInstead(handle: i32, lengthBytes: i32): boolean {
  const frame: i32 = handleFrame(handle);
  const own: i32 = read8(frameOffset(frame) + 4 + handleSlot(handle));
  return chunksFor(lengthBytes) <= zbudFreeChunks(frame) + own;
}

/** Does this handle, whose frame is zbud's, name a zpage? */
/* for speed */ export function zbudIsHandle(handle: i32): boolean {
  return handleSlot(handle) < 2 && read8(frameOffset(handleFrame(handle)) + 4 + handleSlot(handle)) > 0;
}

/** Where the zpage's bytes lie. They may move only by being freed. */
/* for speed */ export function zbudOffset(handle: i32): i32 {
  const frame: i32 = handleFrame(handle);
  if (handleSlot(handle) == 0) return frameOffset(frame) + (headerChunks() << chunkShift);
  return frameOffset(frame) + pageBytes - (lastChunks(frame) << chunkShift);
}

/** Bytes of room that the zpage has: what it was allocated with, in whole chunks. */
/* for speed */ export function zbudRoom(handle: i32): i32 { return read8(frameOffset(handleFrame(handle)) + 4 + handleSlot(handle)) << chunkShift; }

/* for speed */ export function zbudOwner(handle: i32): i32 { return read16(frameOffset(handleFrame(handle)) + 8 + (handleSlot(handle) << 1)); }

/**
 * Frees a zpage, and its frame with the last one. A frame under reclaim keeps its place: the reclaim releases it, once.
 * Ok, or Invalid when the handle names no zpage (a double free changes nothing).
 */
/* for speed */ export function zbudFree(handle: i32): i32 {
  if (!zbudIsHandle(handle)) return Err.Invalid;
  const frame: i32 = handleFrame(handle);
  const reclaimed: boolean = isUnderReclaim(frame);
  if (!reclaimed) unsettle(frame);
  write8(frameOffset(frame) + 4 + handleSlot(handle), 0);
  if (reclaimed) return Err.Ok;
  if (zbudZpages(frame) > 0) settle(frame);
  else releaseFrame(frame);
  return Err.Ok;
}

/** The handle of zpage `which` (0, 1) in `frame`, or NotFound. */
/* for speed */ export function zbudHandleAt(frame: i32, which: i32): i32 {
  return read8(frameOffset(frame) + 4 + which) > 0 ? frame << HANDLE_SHIFT | which : Err.NotFound;
}

/** Begins to reclaim a frame of zbud's: until the end nothing is put into it. */
/* for speed */ export function zbudReclaimBegin(frame: i32): void {
  unsettle(frame);
  setUnderReclaim(frame, true);
}

/** Ends it. 1: both zpages are gone and the frame is free. 0: a zpage stayed, the frame counts as youngest again. */
/* for speed */ export function zbudReclaimEnd(frame: i32): i32 {
  setUnderReclaim(frame, false);
  if (zbudZpages(frame) == 0) {
    releaseFrame(frame);
    return 1;
  }
  settle(frame);
  listMove(frameList(frame), frame);
  return 0;
}
