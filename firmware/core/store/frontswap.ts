/**
 * frontswap and cleancache: the only door to the compressed store. A page is offered by its three-part name; it is
 * admitted or refused, and a refusal is an ordinary, counted result.
 *
 *   store    drops any older copy first, whatever happens next: a refused store must never leave the old bytes to be
 *            found (the bug that corrupted data in Linux twice, ten years apart). Here it cannot be forgotten, because
 *            an entry names one place only and leaves it before it is judged.
 *   load     copies the page out; from a persistent pool it stays (unless ExclusiveLoads), from an ephemeral pool it
 *            goes with the copy: put, get, get finds nothing the second time.
 *
 * Room is made before a page is refused for want of it: at most one frame, at most two write-backs. zswap, when full,
 * sends the incoming page to disk, which is the warmest it has.
 *
 * D1  After a refused or failed store nothing is stored under the name.
 * D2  A load returns the bytes of the last store, or fails.
 */
import { copyBytes, read32, read32u, write32 } from "../memory";
import { Counter, count } from "../counters";
import { Knob, knob } from "../config";
import { Err } from "../errors";
import { Header, NIL, codecTableAt, pageBytes, zpageBufferAt } from "../layout";
import { Form, Place, formOf, frameOf, isSame, isStored, lengthOf, payloadOf, placeOf, resetEntry } from "../entries";
import { frameOffset, freeFrames } from "../frames";
import { fillWords, isSameFilled } from "../codec/same-filled";
import { lz4Decompress } from "../codec/lz4";
import { zbaleDecompress } from "../codec/zbale";
import { zpoolRead } from "../zpool/zpool";
import { swapRead, swapTakes } from "../swap/swap-log";
import { bouncerAdmit, bouncerLimitHit, bouncerOpen, bouncerRests, compressForRoom, compressPage, poolLimitFrames } from "./bouncer";
import { isEphemeral, isRaw, leavePlace, noteUse, placeRaw, placeSame, placeZpage, zpageFrames } from "./places";
import { ownZpageOut, quotaRoom } from "./quota";
import { TenantWord, askFor, countTenant, hasTenants, tenantOf } from "./tenants";
import { AREA_POOL, PoolKind, findEntry, findObject, forgetEntry, forgetObject, forgetPool, isObject, leafStored, makeEntry, makeObject, objectFirstLeaf, objectPool, poolIsFrozen, poolIsShared, poolKind, poolTenant, setPoolFrozen } from "./tmem";
import { freeUp } from "./paging";
import { reclaimAnyFrame } from "./reaper";
import { residentFrames, residentLimit } from "./shares";
import { setAge } from "./idle";

/** Makes room under the pool limit for one more frame. Ok, or RejectPoolLimit. */
/* for speed */ export function roomUnderLimit(): i32 {
  if (zpageFrames() < poolLimitFrames() || reclaimAnyFrame() == Err.Ok) return Err.Ok;
  return bouncerLimitHit();
}

/** A zpage waits in the buffer, of `lengthBytes`, of the page at `from`; a raw one that went to flash meanwhile was packed there. */
/* for speed */ export function rebuildZpage(from: i32, lengthBytes: i32): void {
  if (read32(Header.JudgedLength) != lengthBytes) compressPage(from);
}

/** Reclaims one frame for the zpage in the buffer, of the page at `from`, and leaves it there. As reclaimAnyFrame(). */
/* for speed */ export function reclaimForZpage(from: i32, lengthBytes: i32): i32 {
  const code: i32 = reclaimAnyFrame();
  if (code == Err.Ok) rebuildZpage(from, lengthBytes);
  return code;
}

/** Own zpages that go to make one hole. */
const OWN_ZPAGES: i32 = 2;

/** Where no whole frame may go, a tenant's zpage takes the place of one or two of its own among others'. Ok, or NotFound. */
function placeAmongOwn(entry: i32, from: i32, lengthBytes: i32): i32 {
  for (let left: i32 = hasTenants() ? OWN_ZPAGES : 0; left > 0; left--) {
    if (ownZpageOut(tenantOf(entry)) != Err.Ok) return Err.NotFound;
    rebuildZpage(from, lengthBytes);
    if (placeZpage(entry, Form.Lz4, lengthBytes) == Err.Ok) return Err.Ok;
  }
  return Err.NotFound;
}

/**
 * Where no frame is to be had, the page at `from` is packed densely, which may fit where LZ4's zpage is too long: the
 * codec is spent because it makes a pair. Ok, or NotFound.
 */
/* for speed */ function placeDensely(entry: i32, from: i32): i32 {
  const lengthBytes: i32 = compressForRoom(from);
  return lengthBytes >= 0 && placeZpage(entry, Form.Dense, lengthBytes) == Err.Ok ? Err.Ok : Err.NotFound;
}

/** Puts the zpage in the buffer, of the page at `from`, away; at most one frame is reclaimed. Ok, or the refusal, counted. */
/* for speed */ function placeOrReclaim(entry: i32, from: i32, lengthBytes: i32): i32 {
  let code: i32 = placeZpage(entry, Form.Lz4, lengthBytes);
  if (code != Err.NoFrame) return code;
  code = reclaimForZpage(from, lengthBytes) == Err.Ok ? placeZpage(entry, Form.Lz4, lengthBytes) : placeAmongOwn(entry, from, lengthBytes);
  if (code == Err.Ok || placeDensely(entry, from) == Err.Ok) return Err.Ok;
  count(code == Err.NotFound ? Counter.RejectReclaimFail : Counter.RejectAllocFail);
  return code == Err.NotFound ? Err.RejectReclaimFail : Err.RejectAllocFail;
}

/**
 * Judges the page at `from`. Returns 0 when it is one repeated word, its compressed length (now in the zpage buffer)
 * when it is admitted, or the refusal. `mayRest` says whether the codec may be resting: not for a page that has nowhere
 * else to go.
 */
/* for speed */ export function judge(from: i32, mayRest: boolean): i32 {
  write32(Header.JudgedLength, 0);
  let code: i32 = bouncerOpen();
  if (code < 0) return code;
  if (knob(Knob.SameFilled) == 1 && isSameFilled(from, pageBytes)) return 0;
  if (mayRest) code = bouncerRests();
  if (code == Err.Ok) code = roomUnderLimit();
  if (code < 0) return code;
  const lengthBytes: i32 = compressPage(from);
  code = bouncerAdmit(lengthBytes);
  return code < 0 ? code : lengthBytes;
}

/** Was the page refused because LZ4 can make nothing of it, or because it made nothing of those before? */
/* for speed */ function isIncompressible(refusal: i32): boolean {
  return refusal == Err.RejectPoorRun || refusal == Err.RejectCompressPoor && read32(Header.JudgedLength) < 0;
}

/**
 * Stores the page at `from`, refused for `refusal`, as a raw zpage under an entry that names nothing, if it may not be
 * lost: what can be made again is not worth a frame. At most one frame is reclaimed for it. Ok, or the refusal.
 */
function storeRaw(entry: i32, from: i32, refusal: i32): i32 {
  if (knob(Knob.RawStorage) == 0 || isEphemeral(entry) || roomUnderLimit() != Err.Ok) return refusal;
  const code: i32 = quotaRoom(tenantOf(entry), pageBytes, false);
  if (code < 0) return code;
  if (placeRaw(entry, from) == Err.Ok) return Err.Ok;
  return reclaimAnyFrame() == Err.Ok && placeRaw(entry, from) == Err.Ok ? Err.Ok : refusal;
}

/** Stores the page at `from` under an entry that names nothing. */
/* for speed */ function storePage(entry: i32, from: i32): i32 {
  // Without flash a raw zpage is a frame for ever: the codec does not rest then.
  const verdict: i32 = judge(from, swapTakes() || knob(Knob.RawStorage) == 0);
  if (verdict < 0) return isIncompressible(verdict) ? storeRaw(entry, from, verdict) : verdict;
  if (verdict > 0) {
    const code: i32 = quotaRoom(tenantOf(entry), verdict, true);
    if (code < 0) return code;
    rebuildZpage(from, verdict);
    return placeOrReclaim(entry, from, verdict);
  }
  placeSame(entry, read32(from));
  return Err.Ok;
}

/** Decodes `lengthBytes` at `from` (form as stored) to the page at `to`. Ok or Corrupt. */
/* for speed */ export function decode(form: i32, from: i32, lengthBytes: i32, to: i32): i32 {
  if (form == Form.Raw) {
    if (from != to) copyBytes(to, from, pageBytes);
    return Err.Ok;
  }
  if (form == Form.Same) {
    fillWords(to, pageBytes, read32u(from));
    return Err.Ok;
  }
  // A record of a life with the dense codec, read in one that has no work space for it.
  if (form == Form.Dense && knob(Knob.Dense) == 0) return Err.Corrupt;
  const got: i32 = form == Form.Dense ? zbaleDecompress(from, lengthBytes, to, pageBytes, codecTableAt) : lz4Decompress(from, lengthBytes, to, pageBytes);
  return got == pageBytes ? Err.Ok : Err.Corrupt;
}

/** Copies the page of a stored entry to arena offset `to`. Ok, Corrupt or Flash; the entry is not changed. */
/* for speed */ export function loadPage(entry: i32, to: i32): i32 {
  const place: i32 = placeOf(entry);
  if (isSame(entry)) {
    fillWords(to, pageBytes, payloadOf(entry));
    return Err.Ok;
  }
  if (place == Place.Resident) {
    copyBytes(to, frameOffset(frameOf(entry)), pageBytes);
    return Err.Ok;
  }
  if (place == Place.Zpage) {
    count(Counter.Zswpin);
    setAge(entry, 0);
    if (formOf(entry) == Form.Dense) count(Counter.DenseLoads);
    return decode(formOf(entry), zpoolRead(payloadOf(entry)), lengthOf(entry), to);
  }
  count(Counter.Pswpin);
  const buffer: i32 = isRaw(entry) ? to : zpageBufferAt;
  const code: i32 = swapRead(entry, buffer);
  return code < 0 ? code : decode(formOf(entry), buffer, lengthOf(entry), to);
}

/** Drops the page of a stored entry. */
/* for speed */ export function invalidate(entry: i32): void {
  leavePlace(entry);
  forgetEntry(entry);
}

/** Drops every page of an object; an object that is no area goes with the last. */
export function invalidateAll(object: i32): void {
  let leaf: i32 = objectFirstLeaf(object);
  while (leaf != NIL) {
    const last: i32 = leafStored(leaf);
    for (let left: i32 = last, entry: i32 = leaf << 4; left > 0; entry++) {
      if (!isStored(entry)) continue;
      invalidate(entry);
      left--;
    }
    leaf = objectFirstLeaf(object);
  }
}

/** Does (pool, index) name something a pool of `kind` can hold? Areas are reached through paging.ts only. */
/* for speed */ function isName(pool: i32, index: i32, kind: i32): boolean {
  return pool != AREA_POOL && poolKind(pool) == kind && index >= 0 && index <= 0xffff;
}

/** Stores under a name, as frontswapStore and cleancachePut do. */
/* for speed */ function storeNamed(pool: i32, object: i32, index: i32, from: i32): i32 {
  askFor(poolTenant(pool));
  if (poolIsFrozen(pool)) return putIntoFrozen(pool, object, index);
  // Residents above their share are there because nobody else wanted the frames; now somebody does.
  if (freeFrames() == 0 && residentFrames() > residentLimit()) freeUp(1);
  let node: i32 = findObject(pool, object);
  if (node < 0) node = makeObject(pool, object);
  if (node < 0) return node;
  const entry: i32 = makeEntry(node, index);
  if (entry < 0) {
    if (objectFirstLeaf(node) == NIL) forgetObject(node);
    return entry;
  }
  if (isStored(entry)) {
    count(Counter.DuplicateEntry);
    leavePlace(entry);
    resetEntry(entry);
  }
  const code: i32 = storePage(entry, from);
  if (code >= 0) return code;
  forgetEntry(entry);
  countTenant(poolTenant(pool), TenantWord.Rejects);
  return code;
}

/** A frozen pool takes nothing; what was stored under the name is gone, because it would be out of date. */
function putIntoFrozen(pool: i32, object: i32, index: i32): i32 {
  const entry: i32 = named(pool, object, index);
  if (entry >= 0) {
    count(Counter.DuplicateEntry);
    invalidate(entry);
  }
  count(Counter.PutToFlush);
  countTenant(poolTenant(pool), TenantWord.Rejects);
  return Err.RejectFrozen;
}

/** Freezes (1) or thaws (0) a pool. Ok or Invalid. */
export function freezePool(pool: i32, freeze: i32): i32 {
  if (pool == AREA_POOL || poolKind(pool) == PoolKind.None || freeze < 0 || freeze > 1) return Err.Invalid;
  setPoolFrozen(pool, freeze != 0);
  return Err.Ok;
}

/** The entry stored under a name, or NotFound. */
/* for speed */ function named(pool: i32, object: i32, index: i32): i32 {
  const node: i32 = findObject(pool, object);
  return node < 0 ? node : findEntry(node, index);
}

/**
 * Stores the page at arena offset `from` (4-aligned) under (pool, object, index) of a persistent pool; index is
 * 0..65535. Ok; a refusal (Reject...) after which nothing is stored under the name; NoEntry; Invalid.
 */
/* for speed */ export function frontswapStore(pool: i32, object: i32, index: i32, from: i32): i32 {
  if (!isName(pool, index, PoolKind.Persistent)) return Err.Invalid;
  const code: i32 = storeNamed(pool, object, index, from);
  count(code < 0 ? Counter.FailedStores : Counter.SuccStores);
  count(code < 0 ? Counter.FailedPersPuts : Counter.Zswpout);
  return code;
}

/** Copies a stored page to arena offset `to`. Ok, NotFound, Corrupt, Flash or Invalid. */
/* for speed */ export function frontswapLoad(pool: i32, object: i32, index: i32, to: i32): i32 {
  if (!isName(pool, index, PoolKind.Persistent)) return Err.Invalid;
  const entry: i32 = named(pool, object, index);
  if (entry < 0) return Err.NotFound;
  const code: i32 = loadPage(entry, to);
  if (code < 0) return code;
  count(Counter.Loads);
  countTenant(poolTenant(pool), TenantWord.Loads);
  if (knob(Knob.ExclusiveLoads) == 1) invalidate(entry);
  else noteUse(entry);
  return Err.Ok;
}

/** Forgets one page. Ok, NotFound or Invalid. */
/* for speed */ export function frontswapInvalidatePage(pool: i32, object: i32, index: i32): i32 {
  if (!isName(pool, index, PoolKind.Persistent)) return Err.Invalid;
  const entry: i32 = named(pool, object, index);
  if (entry < 0) return Err.NotFound;
  count(Counter.Invalidates);
  count(Counter.NotifyFree);
  invalidate(entry);
  return Err.Ok;
}

/** Forgets every page of an object, and the object. Ok, NotFound or Invalid. */
/* for speed */ export function frontswapInvalidateArea(pool: i32, object: i32): i32 {
  if (pool == AREA_POOL || poolKind(pool) == PoolKind.None) return Err.Invalid;
  const node: i32 = findObject(pool, object);
  if (node < 0) return Err.NotFound;
  count(poolKind(pool) == PoolKind.Persistent ? Counter.Invalidates : Counter.CleancacheInvalidates);
  invalidateAll(node);
  return Err.Ok;
}

/** Puts a page that can be made again into an ephemeral pool. As frontswapStore(); it may vanish at any time. */
/* for speed */ export function cleancachePut(pool: i32, object: i32, index: i32, from: i32): i32 {
  if (!isName(pool, index, PoolKind.Ephemeral)) return Err.Invalid;
  count(Counter.Puts);
  return storeNamed(pool, object, index, from);
}

/**
 * Gets a page from an ephemeral pool, if it is still there: Ok, and it is gone from a private pool, a shared one keeps it;
 * NotFound, Corrupt or Invalid.
 */
/* for speed */ export function cleancacheGet(pool: i32, object: i32, index: i32, to: i32): i32 {
  if (!isName(pool, index, PoolKind.Ephemeral)) return Err.Invalid;
  const entry: i32 = named(pool, object, index);
  const code: i32 = entry < 0 ? Err.NotFound : loadPage(entry, to);
  count(code < 0 ? Counter.FailedGets : Counter.SuccGets);
  if (code >= 0) countTenant(poolTenant(pool), TenantWord.Loads);
  if (entry >= 0 && (code < 0 || !poolIsShared(pool))) invalidate(entry);
  else if (entry >= 0) noteUse(entry);
  return code;
}

/** Forgets one page of an ephemeral pool. Ok, NotFound or Invalid. */
/* for speed */ export function cleancacheInvalidatePage(pool: i32, object: i32, index: i32): i32 {
  if (!isName(pool, index, PoolKind.Ephemeral)) return Err.Invalid;
  const entry: i32 = named(pool, object, index);
  if (entry < 0) return Err.NotFound;
  count(Counter.CleancacheInvalidates);
  invalidate(entry);
  return Err.Ok;
}

/** Forgets every page and object of a pool, and the pool. Ok or Invalid. */
export function dropPool(pool: i32): i32 {
  if (pool == AREA_POOL || poolKind(pool) == PoolKind.None) return Err.Invalid;
  for (let object: i32 = 0; object < knob(Knob.ObjectsMax); object++) {
    if (isObject(object) && objectPool(object) == pool) invalidateAll(object);
  }
  forgetPool(pool);
  return Err.Ok;
}
