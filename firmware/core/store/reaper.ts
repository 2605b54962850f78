/**
 * The reaper: gets whole pageframes back from the allocators, oldest first. A frame of ephemeral zpages is dropped; a
 * persistent zpage is written to the swap log as it is (compressed, nothing is decompressed to be written). Single
 * zpages are never the unit, because half a frame helps nobody.
 *
 * Linux's zcache2 calls this the backdoor exit: it runs outside the store path, in tick(), in steps of one frame. A
 * store that finds no room may call it for one frame, which costs at most as many writes as a frame has zpages.
 *
 * R1  A frame that refuses keeps all of its data and counts as youngest, so that the next try meets another frame.
 * R2  Reclaiming a frame writes at most zpoolLimit() records: 2 for zbud, FoldLimit for zfold, 17 for zsmalloc and tlsf.
 */
import { Counter, count } from "../counters";
import { Knob, knob } from "../config";
import { Err } from "../errors";
import { Place, formOf, lengthOf, payloadOf, setEntry, setSwapped } from "../entries";
import { List, listLength } from "../frames";
import { Zpool, zpoolCompactBegin, zpoolHandleAt, zpoolLimit, zpoolMove, zpoolRead, zpoolReclaimBegin, zpoolReclaimEnd } from "../zpool/zpool";
import { swapTakes, swapWrite } from "../swap/swap-log";
import { isEphemeral, leaveZpage, zpageEntry } from "./places";
import { victimToTail } from "./quota";
import { TenantWord, countTenant, hasTenants, tenantOf } from "./tenants";
import { forgetEntry } from "./tmem";

/** Takes one zpage out of RAM: dropped if it is ephemeral, else written back. Ok, or why it has to stay. */
export function evict(entry: i32): i32 {
  if (isEphemeral(entry)) {
    if (hasTenants()) countTenant(tenantOf(entry), TenantWord.Dropped);
    leaveZpage(entry);
    forgetEntry(entry);
    return Err.Ok;
  }
  if (knob(Knob.WritebackEnabled) == 0) return Err.Refused;
  const slot: i32 = swapWrite(entry, formOf(entry), zpoolRead(payloadOf(entry)), lengthOf(entry));
  if (slot < 0) return slot;
  leaveZpage(entry);
  setSwapped(entry, formOf(entry), lengthOf(entry), slot);
  count(Counter.Zswpwb);
  count(Counter.WrittenBackPages);
  return Err.Ok;
}

/** Evicts the zpages of a frame under reclaim until one refuses. */
function evictFrame(frame: i32): void {
  for (let which: i32 = 0, most: i32 = zpoolLimit(frame); which < most; which++) {
    const handle: i32 = zpoolHandleAt(frame, which);
    const entry: i32 = handle < 0 ? handle : zpageEntry(handle);
    if (entry >= 0 && evict(entry) < 0) return;
  }
}

/**
 * Frees one frame of `zpool`, trying at most `retries` victims, oldest first. Ok when a frame came free; NotFound when
 * the zpool has none; Refused when every frame was tried and kept; RetriesUsed when the tries ran out before; Invalid
 * for retries below 1.
 */
export function reclaimFrame(zpool: i32, retries: i32): i32 {
  if (retries < 1 || zpool < 0 || zpool > 1) return Err.Invalid;
  const candidates: i32 = listLength(zpool == Zpool.Persistent ? List.ZpagesAnon : List.ZpagesFile);
  for (let tries: i32 = 0; tries < retries; tries++) {
    if (tries > 0 && tries >= candidates) return Err.Refused;
    if (!victimToTail(zpool == Zpool.Persistent ? List.ZpagesAnon : List.ZpagesFile)) return Err.Refused;
    const frame: i32 = zpoolReclaimBegin(zpool);
    if (frame < 0) return Err.NotFound;
    count(Counter.ReaperAttempts);
    evictFrame(frame);
    if (zpoolReclaimEnd(frame) == 1) {
      count(Counter.ReaperFramesFreed);
      count(Counter.EvictedPageframes);
      return Err.Ok;
    }
  }
  return retries >= candidates ? Err.Refused : Err.RetriesUsed;
}

/** Moves the zpages of a frame into free objects of others and tells their entries. Ok when the frame came free. */
function compactIn(zpool: i32): i32 {
  const frame: i32 = zpoolCompactBegin(zpool);
  if (frame < 0) return frame;
  for (let which: i32 = 0, most: i32 = zpoolLimit(frame); which < most; which++) {
    const handle: i32 = zpoolHandleAt(frame, which);
    if (handle < 0) continue;
    const entry: i32 = zpageEntry(handle);
    if (entry < 0) continue;
    const moved: i32 = zpoolMove(handle);
    if (moved < 0) break;
    setEntry(entry, Place.Zpage, formOf(entry), lengthOf(entry), moved);
    count(Counter.PagesCompacted);
  }
  return zpoolReclaimEnd(frame) == 1 ? Err.Ok : Err.Refused;
}

/** Frees one frame by compaction: nothing leaves RAM. Ok, or NotFound when no allocator can. */
export function compactFrame(): i32 {
  const code: i32 = compactIn(Zpool.Persistent);
  return code == Err.Ok ? code : compactIn(Zpool.Ephemeral);
}

/**
 * Frees one frame: by compaction if that can, else of ephemeral zpages if there is one, else by write-back if there is
 * flash. As reclaimFrame().
 */
export function reclaimAnyFrame(): i32 {
  if (compactFrame() == Err.Ok) return Err.Ok;
  if (reclaimFrame(Zpool.Ephemeral, 1) == Err.Ok) {
    count(Counter.PersAteEph);
    return Err.Ok;
  }
  if (!swapTakes() || knob(Knob.WritebackEnabled) == 0) return Err.Refused;
  return reclaimFrame(Zpool.Persistent, knob(Knob.ReclaimRetries));
}

/** Frees up to `wanted` frames. Returns how many, or the reason when there was none. */
export function reaperRun(wanted: i32): i32 {
  if (wanted < 0) return Err.Invalid;
  for (let freed: i32 = 0; freed < wanted; freed++) {
    const code: i32 = reclaimAnyFrame();
    if (code < 0) return freed > 0 ? freed : code;
  }
  return wanted;
}
