/**
 * zpool: the one interface through which the store keeps zpages, whatever allocator is behind it. (Linux's merge debate
 * ended on this rule: without a modular allocation layer nothing merges.) A zpool hands out handles; a handle has an
 * offset while it lives and an owner, the entry that the reaper must tell. Reclaim is in three steps, so that no
 * allocator calls back into the store: begin names a victim frame, the store evicts each zpage in it, end releases it.
 *
 * Result classes every allocator keeps: Invalid for a length of 0, TooBig for what can never fit, NoFrame for what
 * cannot fit now; a free of what is not there changes nothing.
 */
import { openZbud, zbudAlloc, zbudFits, zbudFitsInstead, zbudFree, zbudHandleAt, zbudMaxBytes, zbudOffset, zbudOwner, zbudReclaimBegin, zbudReclaimEnd } from "./zbud";

/** The two zpools: what may not be lost, and what may be dropped. */
export const enum Zpool { Persistent = 0, Ephemeral = 1 }

/** Most zpages a frame can hold, so the most evictions that reclaiming one can cost. */
export const ZPAGES_PER_FRAME: i32 = 2;

export function openZpools(): void { openZbud(); }
export function zpoolMaxBytes(): i32 { return zbudMaxBytes(); }
export function zpoolAlloc(zpool: i32, lengthBytes: i32, owner: i32): i32 { return zbudAlloc(zpool, lengthBytes, owner); }
export function zpoolFits(zpool: i32, lengthBytes: i32): boolean { return zbudFits(zpool, lengthBytes); }
export function zpoolFitsInstead(handle: i32, lengthBytes: i32): boolean { return zbudFitsInstead(handle, lengthBytes); }
export function zpoolFree(handle: i32): i32 { return zbudFree(handle); }
export function zpoolOffset(handle: i32): i32 { return zbudOffset(handle); }
export function zpoolOwner(handle: i32): i32 { return zbudOwner(handle); }
export function zpoolReclaimBegin(zpool: i32): i32 { return zbudReclaimBegin(zpool); }
export function zpoolHandleAt(frame: i32, which: i32): i32 { return zbudHandleAt(frame, which); }
export function zpoolReclaimEnd(frame: i32): i32 { return zbudReclaimEnd(frame); }
