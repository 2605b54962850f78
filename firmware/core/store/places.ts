/**
 * What an entry names, taken and given back: the one place where zpages, slots and resident frames change hands, and
 * where the gauges of what is stored are kept. An entry that changes its place goes through leavePlace() first, so an
 * old copy cannot outlive a new one.
 */
import { copyBytes } from "../memory";
import { Counter, count, counterValue, countBy, setCounter } from "../counters";
import { Err } from "../errors";
import { Knob, knob } from "../config";
import { NIL, pageBytes, pageShift, zpageBufferAt } from "../layout";
import { Form, Place, formOf, frameOf, hasSlot, isSame, lengthOf, noSlot, payloadOf, placeOf, setEntry, setResident, slotOf } from "../entries";
import { FrameFlag, List, frameFlags, frameList, frameOffset, listLength, listMoveBehind, older, releaseFrame, setFrameFlags, younger } from "../frames";
import { Zpool, zpoolAlloc, zpoolAllocRaw, zpoolFitsInstead, zpoolFrame, zpoolFree, zpoolKeepOrder, zpoolMove, zpoolOwner, zpoolRawFromResident, zpoolRawToResident, zpoolWrite, zpoolZpages } from "../zpool/zpool";
import { AREA_POOL, PoolKind, entryIndex, entryObject, objectId, objectPool, poolKind } from "./tmem";
import { committedSlot, countShared, durableIsOn, rowFirst, swapFree, swapTakes } from "../swap/swap-log";
import { setAge } from "./idle";

/** Is the page of this entry in an ephemeral pool? */
/* for speed */ export function isEphemeral(entry: i32): boolean { return poolKind(objectPool(entryObject(entry))) == PoolKind.Ephemeral; }

/** Counts a zpage in (`by` 1) or out (-1). */
/* for speed */ function countZpage(entry: i32, by: i32, form: i32, lengthBytes: i32): void {
  const ephemeral: boolean = isEphemeral(entry);
  countBy(ephemeral ? Counter.EphZpages : Counter.PersZpages, by);
  countBy(ephemeral ? Counter.EphZbytes : Counter.PersZbytes, by > 0 ? lengthBytes : -lengthBytes);
  countBy(Counter.StoredPages, by);
  if (form != Form.Raw) return;
  countBy(Counter.StoredIncompressiblePages, by);
  countBy(Counter.HugePages, by);
  if (by > 0) count(Counter.HugePagesSince);
}

/** The entry that names this zpage, or NotFound: it is none, or one that was allocated by hand and belongs to no page. */
/* for speed */ export function zpageEntry(handle: i32): i32 {
  const owner: i32 = zpoolOwner(handle);
  const isOurs: boolean = owner >= 0 && owner < knob(Knob.PagesMax) && placeOf(owner) == Place.Zpage && payloadOf(owner) == handle;
  return isOurs ? owner : Err.NotFound;
}

/** Frames that zpages take now. */
/* for speed */ export function zpageFrames(): i32 { return listLength(List.ZpagesAnon) + listLength(List.ZpagesFile); }

/**
 * Puts the compressed page in the zpage buffer into the allocator as the page of `entry`, which names nothing. Ok, or
 * the allocator's Invalid, TooBig or NoFrame, and then the entry still names nothing.
 */
/* for speed */ export function placeZpage(entry: i32, form: i32, lengthBytes: i32): i32 {
  const handle: i32 = zpoolAlloc(isEphemeral(entry) ? Zpool.Ephemeral : Zpool.Persistent, lengthBytes, entry);
  if (handle < 0) return handle;
  zpoolWrite(handle, zpageBufferAt, lengthBytes);
  enterZpage(entry, form, lengthBytes, handle);
  return Err.Ok;
}

/** The entry, which names nothing, names the zpage of this handle; its frame may gain by recompression again. */
/* for speed */ function enterZpage(entry: i32, form: i32, lengthBytes: i32, handle: i32): void {
  const frame: i32 = zpoolFrame(handle);
  setFrameFlags(frame, frameFlags(frame) & ~FrameFlag.Recompressed);
  setEntry(entry, Place.Zpage, form, lengthBytes, handle);
  setAge(entry, 0);
  countZpage(entry, 1, form, lengthBytes);
  const used: i32 = zpageFrames() << pageShift;
  if (used > counterValue(Counter.MemUsedMax)) setCounter(Counter.MemUsedMax, used);
}

/** Copies the page at `from` into a frame of its own as the raw zpage of `entry`, which names nothing. Ok or NoFrame. */
/* for speed */ export function placeRaw(entry: i32, from: i32): i32 {
  const handle: i32 = zpoolAllocRaw(isEphemeral(entry) ? Zpool.Ephemeral : Zpool.Persistent, entry);
  if (handle < 0) return handle;
  copyBytes(frameOffset(zpoolFrame(handle)), from, pageBytes);
  enterZpage(entry, Form.Raw, pageBytes, handle);
  return Err.Ok;
}

/** The resident page of `entry`, which has no copy on flash, becomes a raw zpage where it lies. Ok or NoFrame. */
/* for speed */ export function placeResidentAsRaw(entry: i32): i32 {
  const handle: i32 = zpoolRawFromResident(frameOf(entry), entry);
  if (handle < 0) return handle;
  enterZpage(entry, Form.Raw, pageBytes, handle);
  return Err.Ok;
}

/** The raw zpage of `entry` becomes a resident page where it lies. */
/* for speed */ export function placeRawAsResident(entry: i32): void {
  countZpage(entry, -1, Form.Raw, pageBytes);
  setResident(entry, zpoolRawToResident(payloadOf(entry)), Form.Raw, pageBytes, noSlot());
}

/** The page of `entry`, which names nothing, is `word` repeated. */
/* for speed */ export function placeSame(entry: i32, word: i32): void {
  setEntry(entry, Place.Nowhere, Form.Same, pageBytes, word);
  countBy(Counter.SameFilledPages, 1);
  countBy(Counter.StoredPages, 1);
}

/** Frees the zpage that `entry` names. The entry must be changed next. */
/* for speed */ export function leaveZpage(entry: i32): void {
  zpoolFree(payloadOf(entry));
  countZpage(entry, -1, formOf(entry), lengthOf(entry));
}

/** The zpage of `entry` was loaded and stays: its frame is passed over once by the reaper. */
/* for speed */ export function noteUse(entry: i32): void {
  if (placeOf(entry) != Place.Zpage) return;
  const frame: i32 = zpoolFrame(payloadOf(entry));
  setFrameFlags(frame, frameFlags(frame) | FrameFlag.Referenced);
}

/** Is this entry's page a raw zpage? */
/* for speed */ export function isRawZpage(entry: i32): boolean { return placeOf(entry) == Place.Zpage && formOf(entry) == Form.Raw; }

/** Is `frame` on the list of `than`, nearer to its tail? Cost: some instructions for each frame between them. */
/* for speed */ function isOlder(frame: i32, than: i32): boolean {
  let at: i32 = older(than);
  while (at != NIL && at != frame) at = older(at);
  return at == frame;
}

/** Puts `frame`, into which a zpage of the frame `than` came that was not used, behind it: if it was taken for it, or is older. */
/* for speed */ function ageLike(frame: i32, than: i32): void {
  // A frame that went with the zpage, as one of tlsf's that it reached into, says nothing.
  if (than == NIL || frame == than || frameList(than) != frameList(frame)) return;
  if (zpoolZpages(frame) == 1 || isOlder(frame, than)) listMoveBehind(frame, than);
}

/** Does flash take the oldest zpages? */
/* for speed */ export function goesToFlash(): boolean { return swapTakes() && knob(Knob.WritebackEnabled) == 1; }

/**
 * The zpage of `entry` is replaced by the compressed page in the zpage buffer. That takes the room of the old one, if it is
 * enough and nothing goes to flash (where warm pages would all become dense that way), or is placed before the old one is
 * freed. It was not used: a frame that is taken for it is as old as the one it leaves, an older one becomes so, and a younger
 * one keeps its place. Ok, or NoFrame and nothing has changed.
 */
/* for speed */ export function replaceZpage(entry: i32, form: i32, lengthBytes: i32): i32 {
  const oldHandle: i32 = payloadOf(entry);
  const oldForm: i32 = formOf(entry);
  const oldLength: i32 = lengthOf(entry);
  const oldFrame: i32 = zpoolFrame(oldHandle);
  const before: i32 = younger(oldFrame);
  const isInstead: boolean = !goesToFlash() && zpoolFitsInstead(oldHandle, lengthBytes);
  if (isInstead) zpoolFree(oldHandle);
  zpoolKeepOrder(1);
  const code: i32 = placeZpage(entry, form, lengthBytes);
  zpoolKeepOrder(0);
  if (code < 0) return code;
  ageLike(zpoolFrame(payloadOf(entry)), isInstead ? before : oldFrame);
  if (!isInstead) zpoolFree(oldHandle);
  countZpage(entry, -1, oldForm, oldLength);
  return Err.Ok;
}

/** Moves the zpage of `entry` as zpoolMove() does, whose answer this is. It was not used. */
/* for speed */ export function moveZpage(entry: i32): i32 {
  zpoolKeepOrder(1);
  const moved: i32 = zpoolMove(payloadOf(entry));
  zpoolKeepOrder(0);
  if (moved >= 0) setEntry(entry, Place.Zpage, formOf(entry), lengthOf(entry), moved);
  return moved;
}

/** Object ids of durable areas: this and the row. Ids of other areas are their handles, which are below it. */
export const DURABLE_ID: i32 = 1 << 16;

/** The row of a durable area's object (swap/durable.ts), -1 for every other object. */
/* for speed */ export function rowOf(object: i32): i32 {
  return objectPool(object) == AREA_POOL && objectId(object) >= DURABLE_ID ? objectId(object) - DURABLE_ID : -1;
}

/** Does the entry, which has a slot, share it with the durable table? Then the record is not its to free. */
/* for speed */ function sharesSlot(entry: i32): boolean {
  const row: i32 = durableIsOn() ? rowOf(entryObject(entry)) : -1;
  return row >= 0 && slotOf(entry) == committedSlot(rowFirst(row) + entryIndex(entry));
}

/** The entry does without its record, which is dead then, unless it is committed. The entry must be changed next. */
/* for speed */ export function dropSlot(entry: i32): void {
  if (sharesSlot(entry)) countShared(-1, isRaw(entry));
  else swapFree(entry);
}

/** Gives back whatever `entry` names: zpage, slot, frame. The entry must be changed next. */
/* for speed */ export function leavePlace(entry: i32): void {
  const place: i32 = placeOf(entry);
  if (place == Place.Zpage) leaveZpage(entry);
  else if (isSame(entry)) {
    countBy(Counter.SameFilledPages, -1);
    countBy(Counter.StoredPages, -1);
  }
  if (hasSlot(entry)) dropSlot(entry);
  if (place == Place.Resident) releaseFrame(frameOf(entry));
}

/** Is the zpage or record of this entry raw bytes? */
/* for speed */ export function isRaw(entry: i32): boolean { return formOf(entry) == Form.Raw; }
