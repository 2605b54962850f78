/**
 * Paging: areas far larger than RAM. An area is an object of AREA_POOL; its pages are resident (in a frame, where the
 * app reads and writes them), compressed in RAM, on flash, or one repeated word. A touch brings the page in; somebody
 * else's page goes out to make room.
 *
 *        touch                     page out (coldest resident)          reap (oldest frame of zpages)
 *   app -------> resident frame ------------------------------> zpage ------------------------------> swap log
 *                     ^            incompressible: the frame changes lists    |                             |
 *                     +------------------------------------------------------+-----------------------------+
 *
 * A page that does not compress becomes a raw zpage: its frame goes to the head of the zpages' list as it is, and ages
 * there, so nothing overtakes colder pages on its way to flash. It frees no frame; the oldest frame of zpages does.
 *
 * A page loaded from flash keeps its slot until it is written to: paging it out again costs nothing. A page loaded from
 * RAM leaves the allocator, so no byte is held twice.
 *
 * Nothing is lost for want of room, and everything stored stays readable: a page that cannot go anywhere stays
 * resident; when no frame can be freed, a compressed page changes places with a resident one whose zpage fits where it
 * was; and a page that is only read is shown in the zpage buffer. What remains is a write that fails with NoFrame, or with
 * RejectBudget where the write budget is what keeps pages from flash. What was never written takes no room to be read.
 *
 * P1  A resident frame's owner is an entry that names this frame.
 * P2  The pages promised to areas never exceed PagesMax.
 */
import { fillBytes, read32, write32 } from "../memory";
import { Counter, count } from "../counters";
import { Knob, knob } from "../config";
import { Err } from "../errors";
import { DENSE_MODEL_BYTES, Header, LEAF_PAGES, NIL, codecTableAt, pageBytes, zpageBufferAt, zpageBufferBytes } from "../layout";
import { Form, Place, formOf, frameOf, hasSlot, isStored, lengthOf, noSlot, payloadOf, placeOf, refaultDistance, setDropped, setResident, slotOf, wasDropped } from "../entries";
import { List, frameOffset, frameOwner, freeFrames, listLength, listMove, listMoveBehind, listTail, releaseFrame, setFrameFlags, setFrameOwner, takeFreeFrame } from "../frames";
import { lz4Decompress } from "../codec/lz4";
import { Zpool, zpoolFits, zpoolFitsInstead, zpoolFrame, zpoolHasRoom, zpoolIsRaw } from "../zpool/zpool";
import { setRowObject, swapForbids, swapHasRoom, swapRead, swapTakes } from "../swap/swap-log";
import { compressForRoom, compressPage } from "./bouncer";
import { decode, invalidate, invalidateAll, judge, loadPage, reclaimForZpage, roomUnderLimit } from "./frontswap";
import { oldestResident, touchFrame } from "./lru";
import { attachCommitted, discardDurable, hasCommitted } from "./durable";
import { DURABLE_ID, dropSlot, isRaw, isRawZpage, leavePlace, placeRawAsResident, placeResidentAsRaw, placeSame, placeZpage, rowOf, zpageFrames } from "./places";
import { reclaimAnyFrame, writeShortest } from "./reaper";
import { DENSE_LOAD, LZ4_LOAD } from "./costs";
import { quotaRoom } from "./quota";
import { noteFlashFault, noteZpageFault, pagesInRam, residentFrames, residentLimit } from "./shares";
import { TenantWord, askFor, countTenant, hasTenants, mayEvict, tenantOf } from "./tenants";
import { AREA_POOL, findEntry, forgetObject, isObject, makeEntry, makeObject, objectId, objectPages, objectPool, objectTenant, setObjectPages } from "./tmem";

/**
 * Sends the page of `entry`, which can be no zpage, from its resident frame to flash. It goes past every zpage there is,
 * each of which is colder: this is counted as StoresDivertedHot. It happens with RawStorage off, with the store switched
 * off, or when the pool is at its limit and write-back is off or fails.
 */
/* for speed */ function divert(entry: i32, frame: i32): i32 {
  const code: i32 = writeShortest(entry, frameOffset(frame), read32(Header.JudgedLength));
  if (code < 0) return code;
  count(Counter.Pswpout);
  if (zpageFrames() > 0) count(Counter.StoresDivertedHot);
  return Err.Ok;
}

/** May a page that was refused for this reason be a raw zpage instead, the pool's limit kept? */
/* for speed */ function mayBeRaw(refusal: i32): boolean {
  if (knob(Knob.RawStorage) == 0 || refusal == Err.RejectDisabled || refusal == Err.RejectPoolLimit) return false;
  return roomUnderLimit() == Err.Ok;
}

/** Is there room for the zpage in the buffer, of the page at `from`, if need be after one frame was reclaimed? */
/* for speed */ function hasRoomFor(from: i32, lengthBytes: i32): boolean {
  return zpoolHasRoom(Zpool.Persistent, lengthBytes) || reclaimForZpage(from, lengthBytes) == Err.Ok;
}

/** Pages out the resident page of `entry` where only a densely packed zpage has room. Ok or NoFrame. */
/* for speed */ function pageOutDensely(entry: i32, frame: i32): i32 {
  const lengthBytes: i32 = compressForRoom(frameOffset(frame));
  if (lengthBytes < 0 || !zpoolFits(Zpool.Persistent, lengthBytes)) return Err.NoFrame;
  releaseFrame(frame);
  placeZpage(entry, Form.Dense, lengthBytes);
  return stored();
}

/** The resident page becomes a raw zpage; where zpages may have no more frames the oldest of theirs goes first. Ok, or why not. */
/* for speed */ function becomeRaw(entry: i32): i32 {
  if (placeResidentAsRaw(entry) == Err.Ok) return Err.Ok;
  const code: i32 = reclaimAnyFrame();
  return code < 0 ? code : placeResidentAsRaw(entry);
}

/** Counts a page that went from a resident frame into the store. */
/* for speed */ function stored(): i32 {
  count(Counter.SuccStores);
  count(Counter.Zswpout);
  return Err.Ok;
}

/**
 * Pages out the resident page of `entry`. Ok, and its frame is free, holds zpages already or is a raw one; otherwise the page is
 * still resident and the code says why: NoFlash, SwapFull, Flash, or the bouncer's refusal.
 */
export function pageOut(entry: i32): i32 {
  const frame: i32 = frameOf(entry);
  if (hasSlot(entry)) {
    setDropped(entry);
    releaseFrame(frame);
    return Err.Ok;
  }
  const verdict: i32 = judge(frameOffset(frame), swapTakes());
  if (verdict < 0) {
    if (mayBeRaw(verdict) && becomeRaw(entry) == Err.Ok) return stored();
    count(Counter.FailedStores);
    if (hasTenants()) countTenant(tenantOf(entry), TenantWord.Rejects);
    return divert(entry, frame);
  }
  if (verdict > 0 && !hasRoomFor(frameOffset(frame), verdict)) return pageOutDensely(entry, frame);
  const word: i32 = read32(frameOffset(frame));
  // From here the page's bytes are the zpage buffer or the word. Its own frame is free now, so the allocator has room.
  releaseFrame(frame);
  if (verdict > 0) placeZpage(entry, Form.Lz4, verdict);
  else placeSame(entry, word);
  return stored();
}

/** Resident pages that are tried for one that can go out, where there is flash. */
const PAGE_OUT_TRIES: i32 = 4;

/**
 * Pages out the coldest resident page that can go; one that cannot counts as active, so that the next try meets
 * another. Ok, NotFound when none is resident, or the last refusal. Without flash a raw page is a frame for ever, so
 * there all are tried until one compresses.
 */
function pageOutOldest(): i32 {
  const most: i32 = swapTakes() ? PAGE_OUT_TRIES : residentFrames();
  let code: i32 = Err.NotFound;
  for (let tries: i32 = 0; tries < most; tries++) {
    const frame: i32 = oldestResident();
    if (frame < 0) return code;
    code = mayEvict(frameOwner(frame)) ? pageOut(frameOwner(frame)) : Err.Refused;
    if (code < 0) listMove(List.ActiveAnon, frame);
    else if (swapTakes() || !zpoolIsRaw(frame)) return code;
  }
  return code;
}

/** Steps of makeRoom() that one fault may cost. */
const ROOM_STEPS: i32 = 6;

/**
 * Works towards a free frame, by one step. While residents are at their limit the coldest one goes out, which frees a
 * frame as soon as a zpage finds a buddy; below the limit, and in the last step, the oldest frame of zpages goes. If the
 * chosen way is closed the other is tried. Ok, or NoFrame when both are.
 */
/* for speed */ function makeRoom(step: i32): i32 {
  const pageFirst: boolean = step < ROOM_STEPS - 1 && residentFrames() >= residentLimit() || zpageFrames() == 0;
  if (pageFirst && pageOutOldest() == Err.Ok) return Err.Ok;
  if (reclaimAnyFrame() == Err.Ok) return Err.Ok;
  return !pageFirst && pageOutOldest() == Err.Ok ? Err.Ok : Err.NoFrame;
}

/** Makes room until `wanted` frames are free, in at most ROOM_STEPS steps. Are they? */
/* for speed */ export function freeUp(wanted: i32): boolean {
  for (let step: i32 = 0; step < ROOM_STEPS && freeFrames() < wanted; step++) {
    if (makeRoom(step) < 0) return false;
  }
  return freeFrames() >= wanted;
}

/** A frame for a resident page, on the inactive list, or NoFrame. */
/* for speed */ function takeFrame(): i32 { return freeUp(1) ? takeFreeFrame(List.InactiveAnon) : Err.NoFrame; }

/**
 * A frame for the page of `entry`, which is stored; not at the price of the page itself, which would go to flash only to
 * be read back: if its zpage lies in the oldest frame, that one is not the next to go. As takeFrame().
 */
/* for speed */ function takeFrameFor(entry: i32): i32 {
  const held: i32 = placeOf(entry) == Place.Zpage ? zpoolFrame(payloadOf(entry)) : NIL;
  if (held == NIL || held != listTail(List.ZpagesAnon)) return takeFrame();
  listMove(List.ZpagesAnon, held);
  const frame: i32 = takeFrame();
  const tail: i32 = listTail(List.ZpagesAnon);
  if (placeOf(entry) == Place.Zpage && zpoolFrame(payloadOf(entry)) == held && tail != held) listMoveBehind(held, tail);
  return frame;
}

/** Is this the handle of an open area? */
/* for speed */ export function isArea(area: i32): boolean { return isObject(area) && objectPool(area) == AREA_POOL && objectId(area) != DURABLE_ID; }

/* for speed */ function roundedPages(pages: i32): i32 { return pages + LEAF_PAGES - 1 & -LEAF_PAGES; }

/**
 * Opens an area of `pages` pages (1..65520), all zero. Returns its handle; Invalid; TooBig when it exceeds PagesMax;
 * NoEntry when other areas leave too few pages, or ObjectsMax objects exist.
 */
/* for speed */ export function areaOpen(pages: i32): i32 { return pages < 1 ? Err.Invalid : makeArea(-1, pages); }

/** Makes an area whose object has the number `id`, or its handle for -1. As areaOpen(). */
export function makeArea(id: i32, pages: i32): i32 {
  // PagesMax is a multiple of a leaf, so rounding up changes nothing here, and might overflow.
  if (pages > knob(Knob.PagesMax)) return Err.TooBig;
  if (read32(Header.ReservedPages) + roundedPages(pages) > knob(Knob.PagesMax)) return Err.NoEntry;
  // An area's object id is its handle; ids of areas need only differ from one another.
  const area: i32 = makeObject(AREA_POOL, id < 0 ? read32(Header.FreeObject) : id);
  if (area < 0) return area;
  setObjectPages(area, pages);
  write32(Header.ReservedPages, read32(Header.ReservedPages) + roundedPages(pages));
  return area;
}

/** Closes an area: every page is forgotten at once; of a durable one, what was not synced. Ok or Invalid. */
/* for speed */ export function areaClose(area: i32): i32 {
  if (!isArea(area)) return Err.Invalid;
  closeArea(area);
  return Err.Ok;
}

/** Closes an area that exists. */
export function closeArea(area: i32): void {
  const row: i32 = rowOf(area);
  write32(Header.ReservedPages, read32(Header.ReservedPages) - roundedPages(objectPages(area)));
  setObjectPages(area, 1);
  invalidateAll(area);
  forgetObject(area);
  if (row >= 0) setRowObject(row, -1);
  write32(Header.LastTouched, 0);
}

/** Gives up the copy on flash of a resident page that is about to change. */
/* for speed */ function makeDirty(entry: i32): void {
  dropSlot(entry);
  setResident(entry, frameOf(entry), Form.Raw, pageBytes, noSlot());
}

/**
 * A page has come back from flash into `frame`; its entry says still when it went. Was it away for fewer evictions than
 * there are pages in RAM, it belongs to the working set, and is counted. Were they no more than there are active pages,
 * it competes with those: it goes on the active list at once.
 */
/* for speed */ function noteRefault(entry: i32, frame: i32): void {
  const distance: i32 = refaultDistance(entry);
  count(Counter.FlashPagesRefaulted);
  noteFlashFault(distance, formOf(entry) == Form.Dense ? DENSE_LOAD : LZ4_LOAD, wasDropped(entry));
  if (distance > pagesInRam()) return;
  count(Counter.WorkingsetRefaults);
  if (distance > listLength(List.ActiveAnon)) return;
  count(Counter.WorkingsetActivates);
  listMove(List.ActiveAnon, frame);
}

/** What a touched page is for: to be read, changed, or written whole, which a damaged page does not mind. */
export const enum Use { Read = 0, Change = 1, Replace = 2 }

/**
 * Fills `frame` with the page of `entry` and makes it resident. Ok, or Corrupt or Flash with the frame given back; what is
 * replaced is zeros where it cannot be read.
 */
/* for speed */ function bringIn(entry: i32, frame: i32, use: i32): i32 {
  if (!isStored(entry)) {
    fillBytes(frameOffset(frame), 0, pageBytes);
    setResident(entry, frame, Form.Raw, pageBytes, noSlot());
    return Err.Ok;
  }
  const code: i32 = loadPage(entry, frameOffset(frame));
  if (code < 0 && use != Use.Replace) {
    releaseFrame(frame);
    return code;
  }
  if (code < 0) fillBytes(frameOffset(frame), 0, pageBytes);
  count(Counter.Loads);
  if (code == Err.Ok && placeOf(entry) == Place.Swap) {
    noteRefault(entry, frame);
    setResident(entry, frame, formOf(entry), lengthOf(entry), slotOf(entry));
    return Err.Ok;
  }
  if (placeOf(entry) == Place.Zpage) noteZpageFault(zpoolFrame(payloadOf(entry)));
  leavePlace(entry);
  setResident(entry, frame, Form.Raw, pageBytes, noSlot());
  return Err.Ok;
}

/**
 * The compressed page of `entry` changes places with the coldest resident page, whose zpage must fit where the other
 * one was: for a store that is full to the last frame. Ok, or NoFrame (or Corrupt) and nothing has changed.
 */
function exchange(entry: i32): i32 {
  const frame: i32 = oldestResident();
  if (frame < 0 || placeOf(entry) != Place.Zpage) return Err.NoFrame;
  const other: i32 = frameOwner(frame);
  const lengthBytes: i32 = hasSlot(other) ? -1 : compressPage(frameOffset(frame));
  if (lengthBytes < 0 || !zpoolFitsInstead(payloadOf(entry), lengthBytes)) return Err.NoFrame;
  const code: i32 = loadPage(entry, frameOffset(frame));
  if (code < 0) {
    lz4Decompress(zpageBufferAt, lengthBytes, frameOffset(frame), pageBytes);
    return code;
  }
  leavePlace(entry);
  placeZpage(other, Form.Lz4, lengthBytes);
  setResident(entry, frame, Form.Raw, pageBytes, noSlot());
  setFrameOwner(frame, entry);
  setFrameFlags(frame, 0);
  listMove(List.InactiveAnon, frame);
  count(Counter.Loads);
  return Err.Ok;
}

/**
 * Shows the page of a stored entry in the zpage buffer, for reading only: no frame can be had. A compressed record is
 * read to the buffer's end and decompressed in place, a dense one behind the models. Its offset, or Corrupt or Flash.
 */
function peek(entry: i32): i32 {
  let code: i32 = Err.Ok;
  if (placeOf(entry) != Place.Swap || isRaw(entry)) code = loadPage(entry, zpageBufferAt);
  else {
    const isDense: boolean = formOf(entry) == Form.Dense;
    const from: i32 = isDense ? codecTableAt + DENSE_MODEL_BYTES : zpageBufferAt + zpageBufferBytes(pageBytes) - lengthOf(entry);
    code = swapRead(entry, from);
    if (code == Err.Ok) code = decode(formOf(entry), from, lengthOf(entry), zpageBufferAt);
  }
  return code < 0 ? code : zpageBufferAt;
}

/** A raw zpage becomes resident where it lies, which takes no frame. Its entry. */
/* for speed */ function bringRawIn(entry: i32): i32 {
  count(Counter.Loads);
  count(Counter.Zswpin);
  placeRawAsResident(entry);
  return entry;
}

/** Shows a page that was never written: zeros in the zpage buffer. Reading it takes no frame and pages nothing out. */
function showZeros(): i32 {
  fillBytes(zpageBufferAt, 0, pageBytes);
  return zpageBufferAt;
}

/** Brings page `page` of `area` in. Returns its entry, or the error; nothing is lost either way. */
/* for speed */ function fault(area: i32, page: i32, use: i32): i32 {
  count(Counter.Faults);
  askFor(objectTenant(area));
  const found: i32 = findEntry(area, page);
  if (found >= 0 && isRawZpage(found)) return bringRawIn(found);
  if (quotaRoom(objectTenant(area), pageBytes, false) < 0) return Err.NoFrame;
  const frame: i32 = found < 0 ? takeFrame() : takeFrameFor(found);
  if (frame < 0) {
    const code: i32 = found < 0 ? Err.NoFrame : exchange(found);
    return code < 0 ? code : found;
  }
  const entry: i32 = makeEntry(area, page);
  if (entry < 0) {
    releaseFrame(frame);
    return entry;
  }
  const code: i32 = bringIn(entry, frame, use);
  if (code < 0) return code;
  setFrameOwner(frame, entry);
  return entry;
}

/** Why a page that is to change cannot be had: the write budget, where that keeps pages from flash, or that no frame is free. */
export function noRoom(): i32 { return swapForbids() ? Err.RejectBudget : Err.NoFrame; }

/** Can `pages` pages, changed to whatever, leave RAM for flash one after the other? */
export function flashHasRoom(pages: i32): boolean { return swapHasRoom(pages); }

/**
 * Makes page `page` of an area resident. Returns the arena offset of its bytes, good until the next call of the core;
 * `use` says whether they will change (Use). Invalid; NoFrame when no frame can be freed, RejectBudget when the write budget
 * is why; Corrupt or Flash when the page cannot be read and is not replaced. Cost: a few hundred instructions when it is
 * resident, a decompression and perhaps a compression otherwise.
 */
/* for speed */ export function areaTouch(area: i32, page: i32, use: i32): i32 {
  if (!isArea(area) || page < 0 || page >= objectPages(area)) return Err.Invalid;
  return touchPage(area, page, use);
}

/** As areaTouch(), of a page that exists; the directory's (durable.ts) too. */
/* for speed */ export function touchPage(area: i32, page: i32, use: i32): i32 {
  let entry: i32 = findEntry(area, page);
  if (entry < 0 && rowOf(area) >= 0) {
    entry = attachCommitted(area, page);
    if (entry < 0 && entry != Err.NotFound && (use != Use.Replace || entry == Err.NoEntry)) return entry;
  }
  if (entry < 0 && use == Use.Read) return showZeros();
  const isHit: boolean = entry >= 0 && placeOf(entry) == Place.Resident;
  if (isHit) count(Counter.ResidentHits);
  else {
    const stored: i32 = entry;
    entry = fault(area, page, use);
    if (entry == Err.NoFrame) return use == Use.Read ? peek(stored) : noRoom();
  }
  if (entry < 0) return entry;
  if (use != Use.Read && hasSlot(entry)) makeDirty(entry);
  touchFrame(frameOf(entry), entry, !isHit);
  return frameOffset(frameOf(entry));
}

/** The resident page `page` of an area goes after every page that was not kept so since: it counts as visited once more. */
export function keepPage(area: i32, page: i32): void {
  listMove(List.ActiveAnon, frameOf(findEntry(area, page)));
}

/** Free notify: page `page` reads as zeros from now on, and what held it is free at once. Ok, Invalid, or NoEntry (durable.ts). */
export function areaDiscard(area: i32, page: i32): i32 {
  if (!isArea(area) || page < 0 || page >= objectPages(area)) return Err.Invalid;
  count(Counter.NotifyFree);
  const entry: i32 = findEntry(area, page);
  if (rowOf(area) >= 0) return discardDurable(area, page);
  if (entry >= 0) invalidate(entry);
  return Err.Ok;
}

/** Pages out one page by hand. Ok (also when it is not resident), Invalid, or why it stays. */
export function areaPageOut(area: i32, page: i32): i32 {
  if (!isArea(area) || page < 0 || page >= objectPages(area)) return Err.Invalid;
  const entry: i32 = findEntry(area, page);
  askFor(objectTenant(area));
  return entry >= 0 && placeOf(entry) == Place.Resident ? pageOut(entry) : Err.Ok;
}

/** Where a page of an area is: 0 nowhere (zeros), 1 zpage, 2 flash, 3 resident, 4 one repeated word; or Invalid. */
/* for speed */ export function areaPlace(area: i32, page: i32): i32 {
  if (!isArea(area) || page < 0 || page >= objectPages(area)) return Err.Invalid;
  const entry: i32 = findEntry(area, page);
  if (entry < 0) return rowOf(area) >= 0 && hasCommitted(area, page) ? Place.Swap : 0;
  return placeOf(entry) == Place.Nowhere ? 4 : placeOf(entry);
}

/** Frees one frame after another until `reserve` are free, at most `budget`. Returns how many it freed. */
export function fillReserve(reserve: i32, budget: i32): i32 {
  let freed: i32 = 0;
  while (freed < budget && freeFrames() < reserve && freeUp(freeFrames() + 1)) freed++;
  return freed;
}
