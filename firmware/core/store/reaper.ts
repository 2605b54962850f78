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
import { read32, write32 } from "../memory";
import { Counter, count } from "../counters";
import { Knob, knob } from "../config";
import { Err } from "../errors";
import { Header, codecTableAt, pageBytes, zpageBufferAt } from "../layout";
import { Form, Place, formOf, frameOf, lengthOf, payloadOf, placeOf, setSwapped } from "../entries";
import { FrameFlag, List, frameFlags, freeFrames, listLength, listMove, listTail, releaseFrame, setFrameFlags } from "../frames";
import { Zpool, zpoolCompactBegin, zpoolFrame, zpoolHandleAt, zpoolLimit, zpoolRead, zpoolReclaimBegin, zpoolReclaimEnd } from "../zpool/zpool";
import { lz4Compress, lz4Decompress } from "../codec/lz4";
import { zbaleCompress } from "../codec/zbale";
import { swapTakes, swapWrite } from "../swap/swap-log";
import { compressForFlash, compressPage } from "./bouncer";
import { isEphemeral, leaveZpage, moveZpage, zpageEntry } from "./places";
import { victimToTail } from "./quota";
import { packForRoom } from "./recompress";
import { TenantWord, countTenant, hasTenants, tenantOf } from "./tenants";
import { forgetEntry } from "./tmem";

/** Writes the page of `entry`, resident or a zpage, to flash as `lengthBytes` of `form` at `from`. Ok, or why it stays. */
function writeAs(entry: i32, form: i32, from: i32, lengthBytes: i32): i32 {
  const slot: i32 = swapWrite(entry, form, from, lengthBytes);
  if (slot < 0) return slot;
  if (placeOf(entry) == Place.Zpage) leaveZpage(entry);
  else releaseFrame(frameOf(entry));
  setSwapped(entry, form, lengthBytes, slot);
  return Err.Ok;
}

/**
 * Writes the page of `entry`, which lies at `from` as it is, to flash in the shortest form there is: a byte on flash
 * costs more than the instructions to save it. `lz4Length` is what LZ4 makes of it, in the zpage buffer; negative:
 * nothing; 0: not tried. What was tried is not tried again. Ok, or why it stays. The zpage buffer is used.
 */
export function writeShortest(entry: i32, from: i32, lz4Length: i32): i32 {
  const dense: i32 = compressForFlash(from);
  if (dense >= 0) {
    write32(Header.JudgedLength, 0);
    count(Counter.DensePagesWritten);
    return writeAs(entry, Form.Dense, zpageBufferAt, dense);
  }
  // The attempt has overwritten what LZ4 left in the buffer, unless there was none.
  const lengthBytes: i32 = lz4Length < 0 || lz4Length > 0 && knob(Knob.Dense) == 0 ? lz4Length : compressPage(from);
  // No page that is being stored is in the buffer any more.
  write32(Header.JudgedLength, 0);
  return lengthBytes < 0 ? writeAs(entry, Form.Raw, from, pageBytes) : writeAs(entry, Form.Lz4, zpageBufferAt, lengthBytes);
}

/**
 * Writes the LZ4 page of `entry`, whose zpage lies at `from`, to flash, packed densely if that is shorter and idle work
 * has not tried it. There may be no frame to work in: the page is unpacked into the zpage buffer and packed over its own
 * zpage. Ok, or why it stays, as it was.
 */
function writeRepacked(entry: i32, from: i32): i32 {
  const lengthBytes: i32 = lengthOf(entry);
  if (knob(Knob.Dense) == 0 || read32(Header.DenseRest) > 0 || lz4Decompress(from, lengthBytes, zpageBufferAt, pageBytes) != pageBytes) return writeAs(entry, Form.Lz4, from, lengthBytes);
  write32(Header.JudgedLength, 0);
  const dense: i32 = zbaleCompress(zpageBufferAt, pageBytes, from, lengthBytes - 1, codecTableAt);
  const code: i32 = dense < 0 ? Err.TooBig : writeAs(entry, Form.Dense, from, dense);
  if (code == Err.Ok) {
    count(Counter.DensePagesWritten);
    return code;
  }
  // What the attempt has overwritten comes out the same again: the codec does not depend on what was before.
  lz4Compress(zpageBufferAt, pageBytes, from, lengthBytes, codecTableAt);
  return dense < 0 ? writeAs(entry, Form.Lz4, from, lengthBytes) : code;
}

/** Takes one zpage out of RAM: dropped if it is ephemeral, else written back. Ok, or why it has to stay. */
export function evict(entry: i32): i32 {
  if (isEphemeral(entry)) {
    if (hasTenants()) countTenant(tenantOf(entry), TenantWord.Dropped);
    leaveZpage(entry);
    forgetEntry(entry);
    return Err.Ok;
  }
  if (knob(Knob.WritebackEnabled) == 0) return Err.Refused;
  const from: i32 = zpoolRead(payloadOf(entry));
  const isTried: boolean = (frameFlags(zpoolFrame(payloadOf(entry))) & FrameFlag.Recompressed) != 0;
  const form: i32 = isTried ? Form.Dense : formOf(entry);
  let code: i32 = Err.Ok;
  if (form == Form.Raw) code = writeShortest(entry, from, 0);
  else code = form == Form.Lz4 ? writeRepacked(entry, from) : writeAs(entry, formOf(entry), from, lengthOf(entry));
  if (code < 0) return code;
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

/** Passes over the oldest frames that were loaded from since they came to the list's head: each is given one more round. */
function giveSecondChances(list: i32): void {
  for (let left: i32 = listLength(list); left > 0; left--) {
    const frame: i32 = listTail(list);
    if ((frameFlags(frame) & FrameFlag.Referenced) == 0) return;
    setFrameFlags(frame, frameFlags(frame) & ~FrameFlag.Referenced);
    listMove(list, frame);
  }
}

/**
 * Frees one frame of `zpool`, trying at most `retries` victims, oldest first. Ok when a frame came free; NotFound when
 * the zpool has none; Refused when every frame was tried and kept; RetriesUsed when the tries ran out before; Invalid
 * for retries below 1.
 */
export function reclaimFrame(zpool: i32, retries: i32): i32 {
  if (retries < 1 || zpool < 0 || zpool > 1) return Err.Invalid;
  const list: i32 = zpool == Zpool.Persistent ? List.ZpagesAnon : List.ZpagesFile;
  const candidates: i32 = listLength(list);
  for (let tries: i32 = 0; tries < retries; tries++) {
    if (tries > 0 && tries >= candidates) return Err.Refused;
    giveSecondChances(list);
    if (!victimToTail(list)) return Err.Refused;
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
    if (moveZpage(entry) < 0) break;
  }
  if (zpoolReclaimEnd(frame) != 1) return Err.Refused;
  count(Counter.PagesCompacted);
  return Err.Ok;
}

/** Frees one frame by compaction: nothing leaves RAM. Ok, or NotFound when no allocator can. */
export function compactFrame(): i32 {
  const code: i32 = compactIn(Zpool.Persistent);
  return code == Err.Ok ? code : compactIn(Zpool.Ephemeral);
}

/** Frees one frame by packing pages into pairs, or so that compaction can. Ok or Refused. */
function freeByPacking(): i32 {
  const before: i32 = freeFrames();
  const tried: i32 = packForRoom(read32(Header.PackLeft));
  // Moving zpages frees a frame without a page being tried.
  if (freeFrames() > before) return Err.Ok;
  return tried > 0 && compactFrame() == Err.Ok ? Err.Ok : Err.Refused;
}

/**
 * Frees one frame: by compaction if that can, else of ephemeral zpages if there is one, else by write-back if there is
 * flash, else by packing pages into pairs. As reclaimFrame().
 */
export function reclaimAnyFrame(): i32 {
  if (compactFrame() == Err.Ok) return Err.Ok;
  if (reclaimFrame(Zpool.Ephemeral, 1) == Err.Ok) {
    count(Counter.PersAteEph);
    return Err.Ok;
  }
  if (!swapTakes() || knob(Knob.WritebackEnabled) == 0) return freeByPacking();
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
