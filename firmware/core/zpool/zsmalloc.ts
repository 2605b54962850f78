/**
 * zsmalloc: objects of equal size in chains of frames, across their borders. Linux's answer to zbud's waste: a class of
 * 680 bytes puts three objects into two frames of 1 KiB.
 *
 *   | header | object 0 | obj|  | header |ect 1 | object 2 |      a chain of two frames, three objects
 *
 * A zpage takes an object of its size class. A class has a chain length (1..4 frames, in a large store 1..8) and a size chosen so that the
 * objects fill the chain; classes that come out the same are one class. There are few classes (16, 32 from 128
 * frames on, 64 from 512 on), because each leaves part of a frame open: on a small board that costs more than objects that are a little
 * too large. (Linux has 255, for pools of gigabytes.)
 *
 * Two things differ from Linux, both because frames are few. A chain grows frame by frame, as objects need it, and a
 * frame leaves its chain as soon as no object lies in it: so an allocation takes at most one frame, and one frame, not
 * a whole chain, is what is reclaimed. And there is no table of handles: a handle names frame and slot, and compaction
 * tells the store each new handle (zpoolMove), which the store writes into the entry.
 *
 *   header, 12 bytes:  next u16 | previous u16 | following u16 | preceding u16 | used u16 | object bytes u16
 *   used: a bit for each object that begins in this frame; the last of them may end in the following frame
 *   owner field of the frame table:  class (8 bits) | frames of a chain (4) | position in the chain (4)
 *   object: zpage | ... | owner u16 in its last two bytes
 *   handle = frame << 8 | number of the object among those that begin in the frame
 *   fit table: a row a class: object bytes u16 | chain frames u8 | the class it is merged into u8; then for each zpool
 *              and class: ready u16 | open u16 | slack u16
 *   ready: frames with a usable free object, linked by next and previous. open: the end of the chain that grows next.
 *   slack: usable free objects of the ready frames.
 *
 * An object that crosses cannot be read in one piece: it is copied together in a frame that zsmalloc keeps for that
 * (the spare, on a list of its own) as long as it is the current allocator or has frames.
 *
 * The price: up to 17 evictions to free a frame, one frame for the spare, and the free objects of every class, which
 * serve no other class. The guarantee: a bounded number of steps for everything, and compaction (zsmallocCompactBegin)
 * that empties a frame whenever a class has enough free objects elsewhere.
 *
 * M1  Every frame of zsmalloc's holds an object or a part of one, and Header.ZsmallocFrames is how many there are.
 * M2  Following and preceding agree, with positions that differ by one, in one class and zpool; an object that crosses
 *     has a following frame.
 * M3  While zsmalloc is the current allocator, a frame is on its class's ready list if and only if it has a free object
 *     that could be used now and is not under reclaim, and slack is their number.
 * M4  The open frame of a class has no following frame and is not at its chain's end.
 */
import { copyBytes, read16, read32, read8, trailingZeros, write16, write32, write8 } from "../memory";
import { Err } from "../errors";
import { Header, NIL, chunkListsAt, frames, pageBytes, pageShift, sizeClassShift } from "../layout";
import { List, frameList, frameOffset, frameOwner, listMove, releaseFrame, setFrameOwner, takeFreeFrame, zpagesMayGrow } from "../frames";
import { Allocator, HANDLE_SHIFT, handleFrame, handleSlot, isCurrent, isUnderReclaim, renew, setUnderReclaim, takeZpageFrame, zpoolOfFrame } from "./handles";

const HEADER_BYTES: i32 = 12;
const OWNER_BYTES: i32 = 2;
/** Objects that can begin in a frame: the bits of `used`. */
const SLOTS_MOST: i32 = 16;
/** A multiple of every chain length: waste is compared in parts of a byte a frame. */
const PARTS: i32 = 840;

/** Bytes of objects in a frame. */
function room(): i32 { return pageBytes - HEADER_BYTES; }

// --- classes ---

function classes(): i32 { return 1 << sizeClassShift(frames); }
function rowAt(fit: i32): i32 { return chunkListsAt + (fit << 2); }
function headsAt(zpool: i32, fit: i32): i32 { return chunkListsAt + (classes() << 2) + ((zpool << sizeClassShift(frames)) + fit) * 6; }

/** Bytes that every zpage of this class has room for at least, its owner included. */
function nominal(fit: i32): i32 {
  const bytes: i32 = fit + 1 << pageShift - sizeClassShift(frames);
  const least: i32 = pageBytes >> 4;
  if (bytes < least) return least;
  return bytes < room() ? bytes : room();
}

/** Most frames of a chain: 4; in a large store 8, which waste 2 % less there and 5 % more in a small one. */
function chainMost(): i32 { return sizeClassShift(frames) < 6 ? 4 : 8; }

/** The shortest chain that wastes least of a frame for objects of this many bytes. */
function chainFor(bytes: i32): i32 {
  let best: i32 = 1;
  let least: i32 = room() % bytes * PARTS;
  for (let chain: i32 = 2, most: i32 = chainMost(); chain <= most; chain++) {
    const waste: i32 = chain * room() % bytes * ((PARTS / chain) | 0);
    if (waste < least) {
      least = waste;
      best = chain;
    }
  }
  return best;
}

/** Fills in the rows: objects as large as fill the chain, equal classes merged into the largest. */
function makeRows(): void {
  for (let fit: i32 = classes() - 1; fit >= 0; fit--) {
    const chain: i32 = chainFor(nominal(fit));
    const objects: i32 = (chain * room() / nominal(fit)) | 0;
    const bytes: i32 = ((chain * room() / objects) | 0) & -4;
    const next: i32 = rowAt(fit + 1);
    const isSame: boolean = fit + 1 < classes() && read16(next) == bytes && read8(next + 2) == chain;
    write16(rowAt(fit), bytes);
    write8(rowAt(fit) + 2, chain);
    write8(rowAt(fit) + 3, isSame ? read8(next + 3) : fit);
  }
}

/** The class for a zpage of this length: the one its length names, or the one below if its objects are large enough. */
function classFor(lengthBytes: i32): i32 {
  const fit: i32 = lengthBytes + OWNER_BYTES - 1 >> pageShift - sizeClassShift(frames);
  if (fit > 0 && read16(rowAt(fit - 1)) >= lengthBytes + OWNER_BYTES) return read8(rowAt(fit - 1) + 3);
  return read8(rowAt(fit) + 3);
}

// --- geometry of a frame ---

function followingOf(frame: i32): i32 { return read16(frameOffset(frame) + 4); }
function precedingOf(frame: i32): i32 { return read16(frameOffset(frame) + 6); }
function usedOf(frame: i32): i32 { return read16(frameOffset(frame) + 8); }
function objectBytes(frame: i32): i32 { return read16(frameOffset(frame) + 10); }
function fitOf(frame: i32): i32 { return frameOwner(frame) >> 8; }
function chainOf(frame: i32): i32 { return frameOwner(frame) >> 4 & 15; }
function positionOf(frame: i32): i32 { return frameOwner(frame) & 15; }

/** Where in the frame the first object begins; before it ends one that began in the preceding frame. */
function firstBegin(frame: i32): i32 {
  const over: i32 = positionOf(frame) * room() % objectBytes(frame);
  return over == 0 ? 0 : objectBytes(frame) - over;
}

/** How many objects begin in a frame; at a chain's end all of them end in it. */
function beginnings(frame: i32): i32 {
  const bytes: i32 = objectBytes(frame);
  const left: i32 = room() - firstBegin(frame);
  return positionOf(frame) + 1 == chainOf(frame) ? (left / bytes) | 0 : ((left + bytes - 1) / bytes) | 0;
}

function beginOf(frame: i32, slot: i32): i32 { return firstBegin(frame) + slot * objectBytes(frame); }

/** Bytes of an object that lie in the following frame; 0 or less if none do. */
function bytesOver(frame: i32, slot: i32): i32 { return beginOf(frame, slot) + objectBytes(frame) - room(); }

/** Is there an object that begins in the preceding frame and ends in this one? */
function reachedInto(frame: i32): boolean {
  const preceding: i32 = precedingOf(frame);
  if (preceding == NIL) return false;
  const last: i32 = beginnings(preceding) - 1;
  return bytesOver(preceding, last) > 0 && (usedOf(preceding) >> last & 1) != 0;
}

function countBits(bits: i32): i32 {
  let count: i32 = 0;
  for (let left: i32 = bits; left != 0; left &= left - 1) count++;
  return count;
}

/** Zpages that lie in a frame of zsmalloc's, wholly or in part. */
export function zsmallocZpages(frame: i32): i32 { return countBits(usedOf(frame)) + (reachedInto(frame) ? 1 : 0); }

/** The free objects of a frame that could be used now, as bits. One that would cross needs a frame to cross into. */
function usable(frame: i32): i32 {
  if (isUnderReclaim(frame)) return 0;
  let count: i32 = beginnings(frame);
  const following: i32 = followingOf(frame);
  const isOpenEnded: boolean = following == NIL || isUnderReclaim(following);
  if (isOpenEnded && bytesOver(frame, count - 1) > 0) count--;
  return ~usedOf(frame) & (1 << count) - 1;
}

// --- lists ---

function addSlack(at: i32, by: i32): void {
  if (by > 0) write32(Header.NothingToCompact, 0);
  write16(at + 4, read16(at + 4) + by);
}

/** Enters a frame into its ready list if it has a usable object. */
function settle(frame: i32): void {
  if (!isCurrent(Allocator.Zsmalloc) || usable(frame) == 0) return;
  const at: i32 = frameOffset(frame);
  const head: i32 = headsAt(zpoolOfFrame(frame), fitOf(frame));
  const first: i32 = read16(head);
  write16(at, first);
  write16(at + 2, NIL);
  if (first != NIL) write16(frameOffset(first) + 2, frame);
  write16(head, frame);
  addSlack(head, countBits(usable(frame)));
}

/** The reverse of settle(), before anything changes that usable() depends on. */
function unsettle(frame: i32): void {
  if (!isCurrent(Allocator.Zsmalloc) || usable(frame) == 0) return;
  const at: i32 = frameOffset(frame);
  const head: i32 = headsAt(zpoolOfFrame(frame), fitOf(frame));
  const next: i32 = read16(at);
  const previous: i32 = read16(at + 2);
  if (previous == NIL) write16(head, next);
  else write16(frameOffset(previous), next);
  if (next != NIL) write16(frameOffset(next) + 2, previous);
  addSlack(head, -countBits(usable(frame)));
}

/** May the chain go on behind this frame? */
function isOpenEnd(frame: i32): boolean { return followingOf(frame) == NIL && positionOf(frame) + 1 < chainOf(frame); }

/** Makes a frame the one whose chain grows next, if its class has none and it is a chain's open end. */
function offerAsOpen(frame: i32): void {
  if (!isCurrent(Allocator.Zsmalloc) || !isOpenEnd(frame)) return;
  const head: i32 = headsAt(zpoolOfFrame(frame), fitOf(frame));
  if (read16(head + 2) == NIL) write16(head + 2, frame);
}

// --- frames come and go ---

/** Fills in the rows and empties the lists. */
export function zsmallocOpen(): void {
  makeRows();
  for (let zpool: i32 = 0; zpool < 2; zpool++) {
    for (let fit: i32 = 0; fit < classes(); fit++) {
      write16(headsAt(zpool, fit), NIL);
      write16(headsAt(zpool, fit) + 2, NIL);
      write16(headsAt(zpool, fit) + 4, 0);
    }
  }
}

/** Enters a frame of zsmalloc's into the empty fit table. */
export function zsmallocEnlist(frame: i32): void {
  settle(frame);
  offerAsOpen(frame);
}

/** Takes the spare frame, unless it is there. Ok, or NoFrame when none can be spared. */
export function zsmallocTakeSpare(): i32 {
  if (read32(Header.SpareFrame) != 0) return Err.Ok;
  const frame: i32 = zpagesMayGrow() ? takeFreeFrame(List.Spare) : Err.NoFrame;
  if (frame < 0) return frame;
  write32(Header.SpareFrame, frame + 1);
  return Err.Ok;
}

/** Gives the spare frame back when nobody can need it any more. */
export function zsmallocDropSpare(): void {
  const frame: i32 = read32(Header.SpareFrame) - 1;
  if (frame < 0 || isCurrent(Allocator.Zsmalloc) || read32(Header.ZsmallocFrames) > 0) return;
  write32(Header.SpareFrame, 0);
  releaseFrame(frame);
}

function countFrames(by: i32): void { write32(Header.ZsmallocFrames, read32(Header.ZsmallocFrames) + by); }

/** Takes a frame for class `fit`, as the next of the chain that is open or the first of a new one. Ok or NoFrame. */
function grow(zpool: i32, fit: i32): i32 {
  const frame: i32 = takeZpageFrame(zpool, Allocator.Zsmalloc);
  if (frame < 0) return frame;
  countFrames(1);
  const head: i32 = headsAt(zpool, fit);
  const at: i32 = frameOffset(frame);
  let preceding: i32 = read16(head + 2);
  if (preceding != NIL && isUnderReclaim(preceding)) preceding = NIL;
  write32(at, -1);
  write32(at + 4, preceding << 16 | NIL);
  write32(at + 8, read16(rowAt(fit)) << 16);
  setFrameOwner(frame, fit << 8 | read8(rowAt(fit) + 2) << 4 | (preceding == NIL ? 0 : positionOf(preceding) + 1));
  settle(frame);
  if (preceding != NIL) {
    unsettle(preceding);
    write16(frameOffset(preceding) + 4, frame);
    settle(preceding);
  }
  write16(head + 2, NIL);
  offerAsOpen(frame);
  return Err.Ok;
}

/** Takes a frame that holds nothing out of its chain and gives it back. */
function detach(frame: i32): void {
  const following: i32 = followingOf(frame);
  const preceding: i32 = precedingOf(frame);
  unsettle(frame);
  if (isCurrent(Allocator.Zsmalloc)) {
    const head: i32 = headsAt(zpoolOfFrame(frame), fitOf(frame));
    if (read16(head + 2) == frame) write16(head + 2, NIL);
  }
  if (following != NIL) write16(frameOffset(following) + 6, NIL);
  if (preceding != NIL) {
    unsettle(preceding);
    write16(frameOffset(preceding) + 4, NIL);
    settle(preceding);
    offerAsOpen(preceding);
  }
  releaseFrame(frame);
  countFrames(-1);
  zsmallocDropSpare();
}

function detachIfEmpty(frame: i32): void {
  if (zsmallocZpages(frame) == 0 && !isUnderReclaim(frame)) detach(frame);
}

// --- zpages ---

/** Length of the largest zpage that fits: a frame less its header and the owner. */
export function zsmallocMaxBytes(): i32 { return room() - OWNER_BYTES; }

function ownerAt(frame: i32, slot: i32): i32 {
  const over: i32 = bytesOver(frame, slot);
  if (over > 0) return frameOffset(followingOf(frame)) + HEADER_BYTES + over - OWNER_BYTES;
  return frameOffset(frame) + pageBytes + over - OWNER_BYTES;
}

/** Takes the first usable object of a ready frame. Its handle. */
function takeObject(frame: i32, owner: i32): i32 {
  unsettle(frame);
  const slot: i32 = trailingZeros(usable(frame));
  write16(frameOffset(frame) + 8, usedOf(frame) | 1 << slot);
  settle(frame);
  write16(ownerAt(frame, slot), owner);
  renew(frame);
  return frame << HANDLE_SHIFT | slot;
}

/**
 * Room for a zpage of `lengthBytes`, owned by entry `owner`. Returns its handle; Invalid for a length of 0 or less,
 * TooBig above zsmallocMaxBytes() (never), NoFrame when no frame is left (not now).
 */
export function zsmallocAlloc(zpool: i32, lengthBytes: i32, owner: i32): i32 {
  if (lengthBytes <= 0) return Err.Invalid;
  if (lengthBytes > zsmallocMaxBytes()) return Err.TooBig;
  const fit: i32 = classFor(lengthBytes);
  if (read16(headsAt(zpool, fit)) == NIL) {
    const code: i32 = grow(zpool, fit);
    if (code < 0) return code;
  }
  return takeObject(read16(headsAt(zpool, fit)), owner);
}

/** Is there room for a zpage of this length in the frames there are? */
export function zsmallocFits(zpool: i32, lengthBytes: i32): boolean { return read16(headsAt(zpool, classFor(lengthBytes))) != NIL; }

/** Would there be room for a zpage of this length if the zpage of `handle` went? Its object serves its class, a frame all. */
export function zsmallocFitsInstead(handle: i32, lengthBytes: i32): boolean {
  const frame: i32 = handleFrame(handle);
  if (lengthBytes > zsmallocMaxBytes()) return false;
  if (classFor(lengthBytes) == fitOf(frame) || zsmallocZpages(frame) == 1) return true;
  if (zsmallocFits(zpoolOfFrame(frame), lengthBytes)) return true;
  return bytesOver(frame, handleSlot(handle)) > 0 && zsmallocZpages(followingOf(frame)) == 1;
}

/** Does this handle, whose frame is zsmalloc's, name a zpage? */
export function zsmallocIsHandle(handle: i32): boolean {
  return handleSlot(handle) < SLOTS_MOST && (usedOf(handleFrame(handle)) >> handleSlot(handle) & 1) != 0;
}

/** Where the zpage's bytes lie, a multiple of 4: in place, or copied together in the spare frame if it crosses. */
export function zsmallocRead(handle: i32): i32 {
  const frame: i32 = handleFrame(handle);
  const over: i32 = bytesOver(frame, handleSlot(handle));
  const begin: i32 = beginOf(frame, handleSlot(handle));
  const at: i32 = frameOffset(frame) + HEADER_BYTES + begin;
  if (over <= 0) return at;
  const spare: i32 = frameOffset(read32(Header.SpareFrame) - 1);
  copyBytes(spare, at, room() - begin);
  copyBytes(spare + room() - begin, frameOffset(followingOf(frame)) + HEADER_BYTES, over);
  return spare;
}

/** Copies `lengthBytes` from arena offset `from` into the zpage. */
export function zsmallocWrite(handle: i32, from: i32, lengthBytes: i32): void {
  const frame: i32 = handleFrame(handle);
  const begin: i32 = beginOf(frame, handleSlot(handle));
  const here: i32 = lengthBytes < room() - begin ? lengthBytes : room() - begin;
  copyBytes(frameOffset(frame) + HEADER_BYTES + begin, from, here);
  if (here < lengthBytes) copyBytes(frameOffset(followingOf(frame)) + HEADER_BYTES, from + here, lengthBytes - here);
}

/** Bytes of room that the zpage has: those of its size class. */
export function zsmallocRoom(handle: i32): i32 { return objectBytes(handleFrame(handle)) - OWNER_BYTES; }

export function zsmallocOwner(handle: i32): i32 { return read16(ownerAt(handleFrame(handle), handleSlot(handle))); }

/**
 * Frees a zpage, and each frame in which nothing lies any more. A frame under reclaim keeps its place: the reclaim
 * releases it, once. Ok, or Invalid when the handle names no zpage (a double free changes nothing).
 */
export function zsmallocFree(handle: i32): i32 {
  if (!zsmallocIsHandle(handle)) return Err.Invalid;
  const frame: i32 = handleFrame(handle);
  const crosses: boolean = bytesOver(frame, handleSlot(handle)) > 0;
  unsettle(frame);
  write16(frameOffset(frame) + 8, usedOf(frame) & ~(1 << handleSlot(handle)));
  settle(frame);
  if (crosses) detachIfEmpty(followingOf(frame));
  detachIfEmpty(frame);
  return Err.Ok;
}

/** Objects that zsmallocHandleAt() has to be asked for: those that begin in a frame, and one that ends in it. */
export function zsmallocLimit(): i32 { return SLOTS_MOST + 1; }

/** The handle of the zpage that begins in `frame` as its `which`th (0..15), or ends in it (16); NotFound if it is free. */
export function zsmallocHandleAt(frame: i32, which: i32): i32 {
  if (which < SLOTS_MOST) return (usedOf(frame) >> which & 1) != 0 ? frame << HANDLE_SHIFT | which : Err.NotFound;
  if (!reachedInto(frame)) return Err.NotFound;
  const preceding: i32 = precedingOf(frame);
  return preceding << HANDLE_SHIFT | beginnings(preceding) - 1;
}

/** Marks a frame as under reclaim or no longer; its own free objects and the one that crosses into it come or go. */
function mark(frame: i32, reclaimed: boolean): void {
  const preceding: i32 = precedingOf(frame);
  unsettle(frame);
  if (preceding != NIL) unsettle(preceding);
  setUnderReclaim(frame, reclaimed);
  if (preceding != NIL) settle(preceding);
  settle(frame);
}

/** Begins to reclaim a frame of zsmalloc's: until the end nothing is put into it. */
export function zsmallocReclaimBegin(frame: i32): void { mark(frame, true); }

/** Ends it. 1: all zpages are gone and the frame is free. 0: a zpage stayed, the frame counts as youngest again. */
export function zsmallocReclaimEnd(frame: i32): i32 {
  mark(frame, false);
  if (zsmallocZpages(frame) == 0) {
    detach(frame);
    return 1;
  }
  listMove(frameList(frame), frame);
  return 0;
}

// --- compaction ---

/** Frames of a class that are looked at. */
const CANDIDATES: i32 = 4;

/** Begins to empty a ready frame of a class if the class has free objects enough elsewhere. The frame, or NotFound. */
function beginInClass(zpool: i32, fit: i32): i32 {
  const head: i32 = headsAt(zpool, fit);
  let frame: i32 = read16(head);
  for (let tries: i32 = 0; tries < CANDIDATES && frame != NIL && read16(head + 4) > 1; tries++) {
    const next: i32 = read16(frameOffset(frame));
    mark(frame, true);
    if (read16(head + 4) >= zsmallocZpages(frame)) return frame;
    mark(frame, false);
    frame = next;
  }
  return Err.NotFound;
}

/**
 * Begins to empty a frame of `zpool` whose zpages fit into free objects of other frames: each is to be moved, then
 * zsmallocReclaimEnd() gives the frame back. The frame, or NotFound. Cost: a few frames looked at for each class; under 20
 * instructions after a search that found none, until an object comes free.
 */
export function zsmallocCompactBegin(zpool: i32): i32 {
  if ((read32(Header.NothingToCompact) >> zpool & 1) != 0) return Err.NotFound;
  for (let fit: i32 = 0; fit < classes(); fit++) {
    const frame: i32 = read16(headsAt(zpool, fit) + 4) > 1 ? beginInClass(zpool, fit) : Err.NotFound;
    if (frame >= 0) return frame;
  }
  write32(Header.NothingToCompact, read32(Header.NothingToCompact) | 1 << zpool);
  return Err.NotFound;
}

/** Moves a zpage to another frame that has a free object. Its new handle, or NoFrame; the old one is freed. */
export function zsmallocMove(handle: i32): i32 {
  const frame: i32 = handleFrame(handle);
  const ready: i32 = read16(headsAt(zpoolOfFrame(frame), fitOf(frame)));
  if (ready == NIL) return Err.NoFrame;
  const moved: i32 = takeObject(ready, zsmallocOwner(handle));
  zsmallocWrite(moved, zsmallocRead(handle), objectBytes(frame) - OWNER_BYTES);
  zsmallocFree(handle);
  return moved;
}
