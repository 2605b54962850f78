/**
 * zpool: the one interface through which the store keeps zpages, whatever allocator is behind it. (Linux's merge debate
 * ended on this rule: without a modular allocation layer nothing merges.) A zpool hands out handles; a handle has an
 * owner, the entry that the reaper must tell, and bytes that are written once and read in one piece.
 *
 * Where those bytes lie is the allocator's business and may change with every allocation: nobody keeps an offset. So
 * the bytes go in by zpoolWrite() and come out by zpoolRead(), which says where they lie *now*.
 *
 * Reclaim is in three steps, so that no allocator calls back into the store: begin names a victim frame, the oldest;
 * the store evicts every zpage that zpoolHandleAt() names in it, for which = 0 .. zpoolLimit() - 1; end releases it.
 *
 * A page that does not compress may be a zpage too: raw, in a frame of its own (raw.ts).
 *
 * Knob.Allocator says who takes new zpages. It may change at any time: every frame knows its allocator (handles.ts),
 * which serves its zpages until the last is freed.
 *
 * A build may lack allocators (features.ts): the dispatch below asks for each, and what is never called is not in the image.
 *
 * Result classes every allocator keeps: Invalid for a length of 0 or less, TooBig for what can never fit, NoFrame for
 * what cannot fit now; a free of what is not there changes nothing. An allocation takes at most one frame.
 */
import { copyBytes } from "../memory";
import { Err } from "../errors";
import { Knob, knob, setKnob } from "../config";
import { HAS_TLSF, HAS_ZBUD, HAS_ZFOLD, HAS_ZSMALLOC } from "../features";
import { NIL, frames, pageBytes } from "../layout";
import { listTail, zpagesMayGrow } from "../frames";
import { Allocator, frameAllocator, handleFrame, keepOrder, listOf, setUnderReclaim } from "./handles";
import { rawAlloc, rawFree, rawFromResident, rawHandleAt, rawIsHandle, rawOffset, rawOwner, rawReclaimEnd, rawToResident, rawZpages } from "./raw";
import { zbudAlloc, zbudEnlist, zbudFits, zbudFitsInstead, zbudFree, zbudGainBytes, zbudHandleAt, zbudIsHandle, zbudMaxBytes, zbudMove, zbudOffset, zbudOpen, zbudOwner, zbudReclaimBegin, zbudReclaimEnd, zbudRoom, zbudZpages } from "./zbud";
import { zfoldAlloc, zfoldEnlist, zfoldFits, zfoldFitsInstead, zfoldFree, zfoldHandleAt, zfoldIsHandle, zfoldLimit, zfoldMaxBytes, zfoldOffset, zfoldOpen, zfoldOwner, zfoldReclaimBegin, zfoldReclaimEnd, zfoldRoom, zfoldZpages } from "./zfold";
import { zsmallocAlloc, zsmallocCompactBegin, zsmallocDropSpare, zsmallocEnlist, zsmallocFits, zsmallocFitsInstead, zsmallocFree, zsmallocHandleAt, zsmallocIsHandle, zsmallocLimit, zsmallocMaxBytes, zsmallocMove, zsmallocOpen, zsmallocOwner, zsmallocRead, zsmallocReclaimBegin, zsmallocReclaimEnd, zsmallocRoom, zsmallocTakeSpare, zsmallocWrite, zsmallocZpages } from "./zsmalloc";
import { tlsfAlloc, tlsfEnlist, tlsfFits, tlsfFitsInstead, tlsfFree, tlsfHandleAt, tlsfIsHandle, tlsfLimit, tlsfMaxBytes, tlsfOffset, tlsfOpen, tlsfOwner, tlsfReclaimBegin, tlsfReclaimEnd, tlsfRoom, tlsfZpages } from "./tlsf";

/** The two zpools: what may not be lost, and what may be dropped. */
export const enum Zpool { Persistent = 0, Ephemeral = 1 }

/* for speed */ function current(): i32 { return knob(Knob.Allocator); }

/** Enters a frame into the fit table of the allocator it belongs to, which is the current one. */
/* for speed */ function enlist(frame: i32): void {
  if (HAS_ZBUD && current() == Allocator.Zbud) zbudEnlist(frame);
  else if (HAS_ZFOLD && current() == Allocator.Zfold) zfoldEnlist(frame);
  else if (HAS_ZSMALLOC && current() == Allocator.Zsmalloc) zsmallocEnlist(frame);
  else if (HAS_TLSF) tlsfEnlist(frame);
}

/** Fills the fit table for the current allocator, from the frames. Cost: some instructions a frame. */
function fillFitTable(): void {
  if (HAS_ZBUD && current() == Allocator.Zbud) zbudOpen();
  else if (HAS_ZFOLD && current() == Allocator.Zfold) zfoldOpen();
  else if (HAS_ZSMALLOC && current() == Allocator.Zsmalloc) zsmallocOpen();
  else if (HAS_TLSF) tlsfOpen();
  for (let frame: i32 = 0; frame < frames; frame++) if (frameAllocator(frame) == current()) enlist(frame);
}

/** Makes the zpools ready, at coreOpen(). */
export function openZpools(): void {
  if (HAS_ZSMALLOC && current() == Allocator.Zsmalloc) zsmallocTakeSpare();
  fillFitTable();
}

/**
 * While the store is open: new zpages go to `allocator` from now on. Ok; NoFrame when it needs a frame of its own and
 * none is free, LeftOut when this build lacks it, Invalid when there is no such allocator, and nothing has changed. Cost: some instructions a frame.
 */
export function zpoolSwitch(allocator: i32): i32 {
  const code: i32 = HAS_ZSMALLOC && allocator == Allocator.Zsmalloc ? zsmallocTakeSpare() : Err.Ok;
  const turned: i32 = code < 0 ? code : setKnob(Knob.Allocator, allocator);
  if (turned < 0) return turned;
  if (HAS_ZSMALLOC) zsmallocDropSpare();
  fillFitTable();
  return Err.Ok;
}

/** Length of the largest zpage that can be stored. */
/* for speed */ export function zpoolMaxBytes(): i32 {
  if (HAS_ZBUD && current() == Allocator.Zbud) return zbudMaxBytes();
  if (HAS_ZFOLD && current() == Allocator.Zfold) return zfoldMaxBytes();
  if (HAS_ZSMALLOC && current() == Allocator.Zsmalloc) return zsmallocMaxBytes();
  return HAS_TLSF ? tlsfMaxBytes() : 0;
}

/** Room for a zpage of `lengthBytes`, owned by entry `owner`: its handle, or Invalid, TooBig (never), NoFrame (not now). */
/* for speed */ export function zpoolAlloc(zpool: i32, lengthBytes: i32, owner: i32): i32 {
  if (zpool < 0 || zpool > 1) return Err.Invalid;
  if (HAS_ZBUD && current() == Allocator.Zbud) return zbudAlloc(zpool, lengthBytes, owner);
  if (HAS_ZFOLD && current() == Allocator.Zfold) return zfoldAlloc(zpool, lengthBytes, owner);
  if (HAS_ZSMALLOC && current() == Allocator.Zsmalloc) return zsmallocAlloc(zpool, lengthBytes, owner);
  return HAS_TLSF ? tlsfAlloc(zpool, lengthBytes, owner) : Err.Invalid;
}

/** Room for a page as it is, which is a frame, owned by entry `owner`: its handle, Invalid or NoFrame. */
/* for speed */ export function zpoolAllocRaw(zpool: i32, owner: i32): i32 { return zpool < 0 || zpool > 1 ? Err.Invalid : rawAlloc(zpool, owner); }

/** Is this frame a raw zpage? */
/* for speed */ export function zpoolIsRaw(frame: i32): boolean { return frameAllocator(frame) == Allocator.Raw; }
/** As rawFromResident() and rawToResident() in raw.ts. */
/* for speed */ export function zpoolRawFromResident(frame: i32, owner: i32): i32 { return rawFromResident(frame, owner); }
/* for speed */ export function zpoolRawToResident(handle: i32): i32 { return rawToResident(handle); }
/** 1: allocations leave frames in their order, for zpages that are moved and not used; 0: as usual. */
/* for speed */ export function zpoolKeepOrder(keep: i32): void { keepOrder(keep); }

/** Is there room for a zpage of this length without another frame? */
/* for speed */ export function zpoolFits(zpool: i32, lengthBytes: i32): boolean {
  if (HAS_ZBUD && current() == Allocator.Zbud) return zbudFits(zpool, lengthBytes);
  if (HAS_ZFOLD && current() == Allocator.Zfold) return zfoldFits(zpool, lengthBytes);
  if (HAS_ZSMALLOC && current() == Allocator.Zsmalloc) return zsmallocFits(zpool, lengthBytes);
  return HAS_TLSF && tlsfFits(zpool, lengthBytes);
}

/** Would zpoolAlloc() for this length succeed, at most one frame being taken? */
/* for speed */ export function zpoolHasRoom(zpool: i32, lengthBytes: i32): boolean { return zpagesMayGrow() || zpoolFits(zpool, lengthBytes); }

/** Would zpoolAlloc() for this length succeed if the zpage of `handle`, in the same zpool, were freed first? */
export function zpoolFitsInstead(handle: i32, lengthBytes: i32): boolean {
  const allocator: i32 = frameAllocator(handleFrame(handle));
  // A zpage of another allocator makes room only by being the last of its frame.
  if (allocator != current()) return lengthBytes <= zpoolMaxBytes() && zpoolZpages(handleFrame(handle)) == 1;
  if (HAS_ZBUD && allocator == Allocator.Zbud) return zbudFitsInstead(handle, lengthBytes);
  if (HAS_ZFOLD && allocator == Allocator.Zfold) return zfoldFitsInstead(handle, lengthBytes);
  if (HAS_ZSMALLOC && allocator == Allocator.Zsmalloc) return zsmallocFitsInstead(handle, lengthBytes);
  return HAS_TLSF && tlsfFitsInstead(handle, lengthBytes);
}

/**
 * The longest zpage that would free room instead of that of `handle`, whose entry says `lengthBytes`: with zbud one that
 * makes a pair or leaves a larger hole, else any that is shorter.
 */
export function zpoolGainBytes(handle: i32, lengthBytes: i32): i32 {
  const allocator: i32 = frameAllocator(handleFrame(handle));
  if (!HAS_ZBUD || current() != Allocator.Zbud) return lengthBytes - 1;
  if (HAS_ZBUD && allocator == Allocator.Zbud) return zbudGainBytes(handle);
  // A zpage of an allocator that was current before begins a frame of its own.
  return allocator == Allocator.Raw ? zbudMaxBytes() - 1 : zbudMaxBytes() >> 1;
}

/** The allocator of a handle that names a zpage, or Invalid. */
/* for speed */ function allocatorOf(handle: i32): i32 {
  if (handle < 0) return Err.Invalid;
  const allocator: i32 = frameAllocator(handleFrame(handle));
  if (HAS_ZBUD && allocator == Allocator.Zbud) return zbudIsHandle(handle) ? allocator : Err.Invalid;
  if (HAS_ZFOLD && allocator == Allocator.Zfold) return zfoldIsHandle(handle) ? allocator : Err.Invalid;
  if (HAS_ZSMALLOC && allocator == Allocator.Zsmalloc) return zsmallocIsHandle(handle) ? allocator : Err.Invalid;
  if (HAS_TLSF && allocator == Allocator.Tlsf) return tlsfIsHandle(handle) ? allocator : Err.Invalid;
  return allocator >= 0 && rawIsHandle(handle) ? allocator : Err.Invalid;
}

/** Frees a zpage, and its frame with the last one. Ok, or Invalid and nothing has changed. */
/* for speed */ export function zpoolFree(handle: i32): i32 {
  const allocator: i32 = allocatorOf(handle);
  if (allocator < 0) return allocator;
  if (HAS_ZBUD && allocator == Allocator.Zbud) return zbudFree(handle);
  if (HAS_ZFOLD && allocator == Allocator.Zfold) return zfoldFree(handle);
  if (HAS_ZSMALLOC && allocator == Allocator.Zsmalloc) return zsmallocFree(handle);
  if (HAS_TLSF && allocator == Allocator.Tlsf) return tlsfFree(handle);
  return rawFree(handle);
}

/** Where the bytes of a zpage lie in one piece, until the next call that allocates, writes or reads; or Invalid. */
/* for speed */ export function zpoolRead(handle: i32): i32 {
  const allocator: i32 = allocatorOf(handle);
  if (allocator < 0) return allocator;
  if (HAS_ZBUD && allocator == Allocator.Zbud) return zbudOffset(handle);
  if (HAS_ZFOLD && allocator == Allocator.Zfold) return zfoldOffset(handle);
  if (HAS_ZSMALLOC && allocator == Allocator.Zsmalloc) return zsmallocRead(handle);
  if (HAS_TLSF && allocator == Allocator.Tlsf) return tlsfOffset(handle);
  return rawOffset(handle);
}

/** Bytes of room that a zpage has: at least as many as it was allocated with; or Invalid. */
/* for speed */ export function zpoolRoom(handle: i32): i32 {
  const allocator: i32 = allocatorOf(handle);
  if (allocator < 0) return allocator;
  if (HAS_ZBUD && allocator == Allocator.Zbud) return zbudRoom(handle);
  if (HAS_ZFOLD && allocator == Allocator.Zfold) return zfoldRoom(handle);
  if (HAS_ZSMALLOC && allocator == Allocator.Zsmalloc) return zsmallocRoom(handle);
  return HAS_TLSF && allocator == Allocator.Tlsf ? tlsfRoom(handle) : pageBytes;
}

/** Copies `lengthBytes`, as many as were asked for, from arena offset `from` into a zpage. Ok or Invalid. */
/* for speed */ export function zpoolWrite(handle: i32, from: i32, lengthBytes: i32): i32 {
  const allocator: i32 = allocatorOf(handle);
  if (allocator < 0) return allocator;
  if (HAS_ZSMALLOC && allocator == Allocator.Zsmalloc) zsmallocWrite(handle, from, lengthBytes);
  else copyBytes(zpoolRead(handle), from, lengthBytes);
  return Err.Ok;
}

/** The frame in which a zpage begins. */
/* for speed */ export function zpoolFrame(handle: i32): i32 { return handleFrame(handle); }

/** The entry that a zpage belongs to, or Invalid. */
export function zpoolOwner(handle: i32): i32 {
  const allocator: i32 = allocatorOf(handle);
  if (allocator < 0) return allocator;
  if (HAS_ZBUD && allocator == Allocator.Zbud) return zbudOwner(handle);
  if (HAS_ZFOLD && allocator == Allocator.Zfold) return zfoldOwner(handle);
  if (HAS_ZSMALLOC && allocator == Allocator.Zsmalloc) return zsmallocOwner(handle);
  if (HAS_TLSF && allocator == Allocator.Tlsf) return tlsfOwner(handle);
  return rawOwner(handle);
}

/** Zpages that lie in a frame, wholly or in part; 0 for frames that hold none. */
/* for speed */ export function zpoolZpages(frame: i32): i32 {
  const allocator: i32 = frameAllocator(frame);
  if (allocator < 0) return 0;
  if (HAS_ZBUD && allocator == Allocator.Zbud) return zbudZpages(frame);
  if (HAS_ZFOLD && allocator == Allocator.Zfold) return zfoldZpages(frame);
  if (HAS_ZSMALLOC && allocator == Allocator.Zsmalloc) return zsmallocZpages(frame);
  if (HAS_TLSF && allocator == Allocator.Tlsf) return tlsfZpages(frame);
  return rawZpages(frame);
}

/** How many `which` zpoolHandleAt() has to be asked for in this frame; so many evictions reclaiming it costs at most. */
/* for speed */ export function zpoolLimit(frame: i32): i32 {
  const allocator: i32 = frameAllocator(frame);
  if (HAS_ZBUD && allocator == Allocator.Zbud) return 2;
  if (HAS_ZFOLD && allocator == Allocator.Zfold) return zfoldLimit();
  if (HAS_ZSMALLOC && allocator == Allocator.Zsmalloc) return zsmallocLimit();
  if (HAS_TLSF && allocator == Allocator.Tlsf) return tlsfLimit();
  return 1;
}

/** The handle of zpage `which` in a frame, or NotFound when there is none under this number. */
/* for speed */ export function zpoolHandleAt(frame: i32, which: i32): i32 {
  const allocator: i32 = frameAllocator(frame);
  if (allocator < 0 || which < 0 || which >= zpoolLimit(frame)) return Err.NotFound;
  if (HAS_ZBUD && allocator == Allocator.Zbud) return zbudHandleAt(frame, which);
  if (HAS_ZFOLD && allocator == Allocator.Zfold) return zfoldHandleAt(frame, which);
  if (HAS_ZSMALLOC && allocator == Allocator.Zsmalloc) return zsmallocHandleAt(frame, which);
  if (HAS_TLSF && allocator == Allocator.Tlsf) return tlsfHandleAt(frame, which);
  return rawHandleAt(frame);
}

/** Begins to reclaim the oldest frame of `zpool`: until the end nothing is put into it. The frame, or NotFound. */
export function zpoolReclaimBegin(zpool: i32): i32 {
  const frame: i32 = listTail(listOf(zpool));
  if (frame == NIL) return Err.NotFound;
  const allocator: i32 = frameAllocator(frame);
  if (HAS_ZBUD && allocator == Allocator.Zbud) zbudReclaimBegin(frame);
  else if (HAS_ZFOLD && allocator == Allocator.Zfold) zfoldReclaimBegin(frame);
  else if (HAS_ZSMALLOC && allocator == Allocator.Zsmalloc) zsmallocReclaimBegin(frame);
  else if (HAS_TLSF && allocator == Allocator.Tlsf) tlsfReclaimBegin(frame);
  else setUnderReclaim(frame, true);
  return frame;
}

/** Ends it. 1: the frame's zpages are gone and it is free. 0: a zpage stayed, the frame counts as youngest again. */
export function zpoolReclaimEnd(frame: i32): i32 {
  const allocator: i32 = frameAllocator(frame);
  if (HAS_ZBUD && allocator == Allocator.Zbud) return zbudReclaimEnd(frame);
  if (HAS_ZFOLD && allocator == Allocator.Zfold) return zfoldReclaimEnd(frame);
  if (HAS_ZSMALLOC && allocator == Allocator.Zsmalloc) return zsmallocReclaimEnd(frame);
  if (HAS_TLSF && allocator == Allocator.Tlsf) return tlsfReclaimEnd(frame);
  return rawReclaimEnd(frame);
}

/**
 * Begins to empty a frame of `zpool` whose zpages have room in other frames: each is to be moved by zpoolMove(), then
 * zpoolReclaimEnd() gives the frame back. The frame, or NotFound: only zsmalloc compacts.
 */
export function zpoolCompactBegin(zpool: i32): i32 {
  return HAS_ZSMALLOC && current() == Allocator.Zsmalloc ? zsmallocCompactBegin(zpool) : Err.NotFound;
}

/**
 * Moves a zpage: zsmalloc's of a frame that is being emptied, zbud's where a larger hole or a free frame is left. Its new
 * handle, which its owner must be told; NoFrame or Invalid.
 */
export function zpoolMove(handle: i32): i32 {
  const allocator: i32 = allocatorOf(handle);
  if (allocator != current()) return Err.Invalid;
  if (HAS_ZBUD && allocator == Allocator.Zbud) return zbudMove(handle);
  return HAS_ZSMALLOC && allocator == Allocator.Zsmalloc ? zsmallocMove(handle) : Err.Invalid;
}
