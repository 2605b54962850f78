/**
 * What an entry names, taken and given back: the one place where zpages, slots and resident frames change hands, and
 * where the gauges of what is stored are kept. An entry that changes its place goes through leavePlace() first, so an
 * old copy cannot outlive a new one.
 */
import { Counter, counterValue, countBy, setCounter } from "../counters";
import { Err } from "../errors";
import { Knob, knob } from "../config";
import { pageBytes, pageShift, zpageBufferAt } from "../layout";
import { Form, Place, formOf, frameOf, hasSlot, isSame, lengthOf, payloadOf, placeOf, setEntry } from "../entries";
import { FrameFlag, List, frameFlags, listLength, releaseFrame, setFrameFlags } from "../frames";
import { Zpool, zpoolAlloc, zpoolFrame, zpoolFree, zpoolOwner, zpoolWrite } from "../zpool/zpool";
import { PoolKind, entryObject, objectPool, poolKind } from "./tmem";
import { swapFree } from "../swap/swap-log";
import { setAge } from "./idle";

/** Is the page of this entry in an ephemeral pool? */
export function isEphemeral(entry: i32): boolean { return poolKind(objectPool(entryObject(entry))) == PoolKind.Ephemeral; }

function countZpage(entry: i32, by: i32, lengthBytes: i32): void {
  const ephemeral: boolean = isEphemeral(entry);
  countBy(ephemeral ? Counter.EphZpages : Counter.PersZpages, by);
  countBy(ephemeral ? Counter.EphZbytes : Counter.PersZbytes, by > 0 ? lengthBytes : -lengthBytes);
  countBy(Counter.StoredPages, by);
}

/** The entry that names this zpage, or NotFound: it is none, or one that was allocated by hand and belongs to no page. */
export function zpageEntry(handle: i32): i32 {
  const owner: i32 = zpoolOwner(handle);
  const isOurs: boolean = owner >= 0 && owner < knob(Knob.PagesMax) && placeOf(owner) == Place.Zpage && payloadOf(owner) == handle;
  return isOurs ? owner : Err.NotFound;
}

/** Frames that zpages take now. */
export function zpageFrames(): i32 { return listLength(List.ZpagesAnon) + listLength(List.ZpagesFile); }

/**
 * Puts the compressed page in the zpage buffer into the allocator as the page of `entry`, which names nothing. Ok, or
 * the allocator's Invalid, TooBig or NoFrame, and then the entry still names nothing.
 */
export function placeZpage(entry: i32, form: i32, lengthBytes: i32): i32 {
  const handle: i32 = zpoolAlloc(isEphemeral(entry) ? Zpool.Ephemeral : Zpool.Persistent, lengthBytes, entry);
  if (handle < 0) return handle;
  zpoolWrite(handle, zpageBufferAt, lengthBytes);
  const frame: i32 = zpoolFrame(handle);
  setFrameFlags(frame, frameFlags(frame) & ~FrameFlag.Recompressed);
  setEntry(entry, Place.Zpage, form, lengthBytes, handle);
  setAge(entry, 0);
  countZpage(entry, 1, lengthBytes);
  const used: i32 = zpageFrames() << pageShift;
  if (used > counterValue(Counter.MemUsedMax)) setCounter(Counter.MemUsedMax, used);
  return Err.Ok;
}

/** The page of `entry`, which names nothing, is `word` repeated. */
export function placeSame(entry: i32, word: i32): void {
  setEntry(entry, Place.Nowhere, Form.Same, pageBytes, word);
  countBy(Counter.SameFilledPages, 1);
  countBy(Counter.StoredPages, 1);
}

/** Frees the zpage that `entry` names. The entry must be changed next. */
export function leaveZpage(entry: i32): void {
  zpoolFree(payloadOf(entry));
  countZpage(entry, -1, lengthOf(entry));
}

/**
 * The zpage of `entry` is replaced by the compressed page in the zpage buffer. The new one is placed before the old one
 * is freed, so a page that finds no room stays as it was. Ok, or NoFrame and nothing has changed.
 */
export function replaceZpage(entry: i32, form: i32, lengthBytes: i32): i32 {
  const oldHandle: i32 = payloadOf(entry);
  const oldLength: i32 = lengthOf(entry);
  const code: i32 = placeZpage(entry, form, lengthBytes);
  if (code < 0) return code;
  zpoolFree(oldHandle);
  countZpage(entry, -1, oldLength);
  return Err.Ok;
}

/** Gives back whatever `entry` names: zpage, slot, frame. The entry must be changed next. */
export function leavePlace(entry: i32): void {
  const place: i32 = placeOf(entry);
  if (place == Place.Zpage) leaveZpage(entry);
  else if (isSame(entry)) {
    countBy(Counter.SameFilledPages, -1);
    countBy(Counter.StoredPages, -1);
  }
  if (hasSlot(entry)) swapFree(entry);
  if (place == Place.Resident) releaseFrame(frameOf(entry));
}

/** Is the zpage or record of this entry raw bytes? */
export function isRaw(entry: i32): boolean { return formOf(entry) == Form.Raw; }
