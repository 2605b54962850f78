/**
 * What a client does with the store: byte areas, pages by name, pools, tenants, and the work that is done for it. Each
 * function here goes through the gate (gate.ts), checks what the gate can, and calls the part of the store that does it;
 * what the parts return is told here once more, for who calls from outside.
 *
 * Every one of them returns NotOpen before coreOpen(), Busy from inside a port, and Invalid for arguments out of range.
 */
import { Header, State, pageBytes } from "./layout";
import { read32, write32 } from "./memory";
import { Counter, counterValue } from "./counters";
import { Knob, knob } from "./config";
import { Err } from "./errors";
import { List, framesInUse, freeFrames, listLength } from "./frames";
import { answer, enter, isClients, isPage, leave } from "./gate";
import { areaClose as closeArea, areaDiscard as discard, areaOpen as openArea, areaPageOut as pageOutByHand, areaPlace as placeOfPage, areaTouch as touch } from "./store/paging";
import { areaDelete as deleteArea, areaOpenDurable as openDurableArea, areaSync as sync, swapFormat as format } from "./store/durable";
import { cleancacheGet as get, cleancacheInvalidatePage as flushPage, cleancachePut as put, dropPool, freezePool, frontswapInvalidateArea as invalidateObject, frontswapInvalidatePage as invalidatePage, frontswapLoad as load, frontswapStore as store } from "./store/frontswap";
import { governorIdle, governorLent as lent, governorSetTarget as setTarget, governorTick } from "./store/governor";
import { compactFrame as compact, reaperRun as reap, reclaimFrame as reclaim } from "./store/reaper";
import { packForRoom, recompressIdle, recompressStep } from "./store/recompress";
import { setQuota } from "./store/quota";
import { writebackClass as writeClass, writebackMark as mark } from "./store/writeback";
import { swapTakes, swapTick } from "./swap/swap-log";
import { zpageFrames } from "./store/places";
import { Asker, TenantWord, askFor, hasTenants, isTenant, tenantWord } from "./store/tenants";
import { PoolKind, isObject, objectPool, objectStored, openPool, poolIsFrozen, poolIsShared, poolKind, poolObjects, poolTenant } from "./store/tmem";

// Areas

/**
 * Opens an area of `pages` pages (1..65520), all zero, for the current tenant. Its handle; TooBig when it exceeds PagesMax; NoEntry
 * when other areas leave too few pages, or ObjectsMax objects exist; Invalid.
 */
export function areaOpen(pages: i32): i32 {
  const code: i32 = enter();
  if (code < 0) return code;
  return leave(openArea(pages));
}

/** Closes an area: every page is forgotten at once. Ok or Invalid. */
export function areaClose(area: i32): i32 {
  const code: i32 = enter();
  if (code < 0) return code;
  return leave(closeArea(area));
}

/**
 * Makes page `page` of an area resident. The offset of its bytes, good until the next call; `use` 0 says they will not
 * change, 1 that they will, 2 that all of them will. Invalid; NoFrame when no frame can be had, or the tenant's quota has no
 * room; RejectBudget when the write budget is why; Corrupt or Flash when the page cannot be read (0 and 1). Cost: paging.ts.
 */
/* for speed */ export function areaTouch(area: i32, page: i32, use: i32): i32 {
  const code: i32 = enter();
  if (code < 0) return code;
  return leave(touch(area, page, use));
}

/**
 * Free notify: the page reads as zeros from now on, and what held it is free at once. Ok, Invalid; or NoEntry when a page
 * of a durable area is only on flash and the tables have no room to note that it is zeros: it stays as it is.
 */
export function areaDiscard(area: i32, page: i32): i32 {
  const code: i32 = enter();
  if (code < 0) return code;
  return leave(discard(area, page));
}

/** Pages out one page by hand. Ok (also when it is not resident), Invalid, or why it stays. */
export function areaPageOut(area: i32, page: i32): i32 {
  const code: i32 = enter();
  if (code < 0) return code;
  return leave(pageOutByHand(area, page));
}

/** Where a page of an area is: 0 nowhere (zeros), 1 zpage, 2 flash, 3 resident, 4 one repeated word; or Invalid. */
export function areaPlace(area: i32, page: i32): i32 { return read32(Header.Open) == State.None ? Err.NotOpen : answer(placeOfPage(area, page)); }

// Durable areas

/**
 * Opens the durable area whose name is the `nameLength` (1..24) bytes at `nameAt` (a client's), of `pages` pages. It holds
 * what was last synced; one that does not exist is made, all zeros, and exists after the next sync. Its handle, the same
 * while it stays open. Invalid; NoFlash without a swap area that is open or without DurablePagesMax; TooBig above that;
 * WrongSize when it exists with other pages; NoEntry when the tables are full; or why the directory cannot be read.
 */
export function areaOpenDurable(nameAt: i32, nameLength: i32, pages: i32): i32 {
  const code: i32 = enter();
  if (code < 0) return code;
  if (nameLength < 1 || !isClients(nameAt, nameLength)) return leave(Err.Invalid);
  return leave(openDurableArea(nameAt, nameLength, pages));
}

/**
 * Deletes an open durable area: its handle is gone at once, what was synced goes with the next sync. Ok, Invalid, or why
 * the directory cannot be written, and then the area stays.
 */
export function areaDelete(area: i32): i32 {
  const code: i32 = enter();
  if (code < 0) return code;
  return leave(deleteArea(area));
}

/**
 * Makes what was written to a durable area (-1: to all of them) survive: Ok, and it does, whatever happens to the power. Any
 * other answer (SwapFull, Flash, NoFlash, Invalid) leaves on flash what the last sync left, and nothing in RAM is lost.
 * A page that is damaged does not stop the others: it stays Corrupt, after a reset too, until it is written whole or discarded.
 * Corrupt only when the directory of areas is what is damaged.
 */
export function areaSync(area: i32): i32 {
  const code: i32 = enter();
  if (code < 0) return code;
  return leave(sync(area));
}

/** Syncs every durable area; as areaSync(). */
export function coreSync(): i32 { return areaSync(-1); }

/**
 * Makes the swap area ours, whatever is on it: for a chip that boot would not touch (swapFound()), or an empty one. Ok;
 * Refused while pages or durable areas are on it; NoFlash, or Flash. Cost: an erase for each sector.
 */
export function swapFormat(): i32 {
  const code: i32 = enter();
  if (code < 0) return code;
  return leave(format());
}

// Pages by name

/**
 * Stores the page at `from` (a client's, 4-aligned) under (pool, object, index) of a persistent pool; index 0..65535. Ok; a
 * refusal (Reject...) after which nothing is stored under the name; NoEntry; Invalid.
 */
/* for speed */ export function frontswapStore(pool: i32, object: i32, index: i32, from: i32): i32 {
  const code: i32 = enter();
  if (code < 0) return code;
  if (!isPage(from)) return leave(Err.Invalid);
  return leave(store(pool, object, index, from));
}

/** Copies a stored page to `to` (a client's, 4-aligned). Ok, NotFound, Corrupt, Flash or Invalid. */
/* for speed */ export function frontswapLoad(pool: i32, object: i32, index: i32, to: i32): i32 {
  const code: i32 = enter();
  if (code < 0) return code;
  if (!isPage(to)) return leave(Err.Invalid);
  return leave(load(pool, object, index, to));
}

/** Forgets one page of a persistent pool. Ok, NotFound or Invalid. */
/* for speed */ export function frontswapInvalidatePage(pool: i32, object: i32, index: i32): i32 {
  const code: i32 = enter();
  if (code < 0) return code;
  return leave(invalidatePage(pool, object, index));
}

/** Forgets every page of an object of any kind of pool, and the object. Ok, NotFound or Invalid. */
export function frontswapInvalidateArea(pool: i32, object: i32): i32 {
  const code: i32 = enter();
  if (code < 0) return code;
  return leave(invalidateObject(pool, object));
}

/** Puts a page that can be made again into an ephemeral pool. As frontswapStore(); it may vanish at any time. */
/* for speed */ export function cleancachePut(pool: i32, object: i32, index: i32, from: i32): i32 {
  const code: i32 = enter();
  if (code < 0) return code;
  if (!isPage(from)) return leave(Err.Invalid);
  return leave(put(pool, object, index, from));
}

/**
 * Gets a page from an ephemeral pool, if it is still there: Ok, and it is gone from a private pool, a shared one keeps it;
 * NotFound, Corrupt or Invalid.
 */
/* for speed */ export function cleancacheGet(pool: i32, object: i32, index: i32, to: i32): i32 {
  const code: i32 = enter();
  if (code < 0) return code;
  if (!isPage(to)) return leave(Err.Invalid);
  return leave(get(pool, object, index, to));
}

/** Forgets one page of an ephemeral pool. Ok, NotFound or Invalid. */
/* for speed */ export function cleancacheInvalidatePage(pool: i32, object: i32, index: i32): i32 {
  const code: i32 = enter();
  if (code < 0) return code;
  return leave(flushPage(pool, object, index));
}

// Pools and tenants

/**
 * Opens a pool for the current tenant: kind 1 persistent (a load leaves the page), 2 ephemeral (a get takes it along), 6
 * ephemeral and shared (a get leaves the page). Its number, Invalid, or NoEntry when PoolsMax are open.
 */
export function poolOpen(kind: i32): i32 {
  const code: i32 = enter();
  if (code < 0) return code;
  return leave(openPool(kind));
}

/** Closes a pool and forgets everything in it. Ok or Invalid. */
export function poolClose(pool: i32): i32 {
  const code: i32 = enter();
  if (code < 0) return code;
  return leave(dropPool(pool));
}

/** Freezes (1) or thaws (0) a pool: a put into a frozen pool is refused and drops the old page; gets go on. Ok or Invalid. */
export function poolFreeze(pool: i32, freeze: i32): i32 {
  const code: i32 = enter();
  if (code < 0) return code;
  return leave(freezePool(pool, freeze));
}

/** What poolFigure() tells: kind (1, 2, 6; 0: not open), whether it is frozen, its tenant, objects, pages stored (RAM and flash). */
export const enum PoolFigure { Kind = 0, Frozen = 1, Tenant = 2, Objects = 3, Pages = 4, Count = 5 }

function poolPages(pool: i32): i32 {
  let pages: i32 = 0;
  for (let object: i32 = 0; object < knob(Knob.ObjectsMax); object++) if (isObject(object) && objectPool(object) == pool) pages += objectStored(object);
  return pages;
}

/** A figure of a pool; Invalid for a number that no pool can have, one that is not open (but for its kind, 0), and an unknown figure. Cost of Pages: some instructions for 16 pages. */
export function poolFigure(pool: i32, which: i32): i32 {
  if (read32(Header.Open) == State.None) return Err.NotOpen;
  if (which == PoolFigure.Kind && pool >= 0 && pool < knob(Knob.PoolsMax) && poolKind(pool) == PoolKind.None) return PoolKind.None;
  if (poolKind(pool) == PoolKind.None || which < 0 || which >= PoolFigure.Count) return answer(Err.Invalid);
  if (which == PoolFigure.Kind) return poolKind(pool) + (poolIsShared(pool) ? 4 : 0);
  if (which == PoolFigure.Frozen) return poolIsFrozen(pool) ? 1 : 0;
  if (which == PoolFigure.Tenant) return poolTenant(pool);
  return which == PoolFigure.Objects ? poolObjects(pool) : poolPages(pool);
}

/** Pools and areas opened from now on belong to this tenant (0..TenantsMax - 1; 0 at first). Ok or Invalid. */
export function tenantUse(tenant: i32): i32 {
  const code: i32 = enter();
  if (code < 0) return code;
  if (!isTenant(tenant)) return leave(Err.Invalid);
  write32(Header.CurrentTenant, tenant);
  return leave(Err.Ok);
}

/**
 * Gives a tenant a quota: bytes of RAM that it may hold and that nobody else's need takes from it; 0: none, at least two pages
 * otherwise. If it holds more, its oldest pages go at once. Ok; NoFrame when some of them cannot (the quota stands); TooBig when
 * all quotas would promise more than there are frames, Invalid for other arguments (nothing has changed).
 */
export function tenantSetQuota(tenant: i32, quotaBytes: i32): i32 {
  const code: i32 = enter();
  if (code < 0) return code;
  if (!isTenant(tenant)) return leave(Err.Invalid);
  return leave(setQuota(tenant, quotaBytes));
}

/** The same figure of a store with one tenant. */
function onlyTenant(which: i32): i32 {
  if (which == TenantWord.Held) return counterValue(Counter.PersZbytes) + counterValue(Counter.EphZbytes) + (listLength(List.ActiveAnon) + listLength(List.InactiveAnon)) * pageBytes;
  if (which == TenantWord.Stores) return counterValue(Counter.SuccStores);
  if (which == TenantWord.Loads) return counterValue(Counter.Loads);
  if (which == TenantWord.Rejects) return counterValue(Counter.FailedStores);
  return which == TenantWord.WrittenBack ? counterValue(Counter.WrittenBackPages) : 0;
}

/**
 * A figure of a tenant's: 0 quota and 1 held, bytes; since the counters were reset: 2 stores, 3 loads, 4 rejects, 5 pages that
 * went to flash, 6 ephemeral pages dropped to make room. Invalid for others. With one tenant they are the store's own.
 */
export function tenantFigure(tenant: i32, which: i32): i32 {
  if (read32(Header.Open) == State.None) return Err.NotOpen;
  if (!isTenant(tenant) || which < 0 || which >= TenantWord.Figures) return answer(Err.Invalid);
  return hasTenants() ? tenantWord(tenant, which) : onlyTenant(which);
}

// Work

/** A sixteenth of the frames, and the two that zpages never take (frames.ts), are what idle work keeps from them where there is no flash. */
const FULL_SHIFT: i32 = 4;

/** Have zpages nearly all frames, and is there no flash to send one to? Then idle work packs what there is. */
function isFull(): boolean { return framesInUse() - zpageFrames() <= (framesInUse() >> FULL_SHIFT) + 2 && !swapTakes(); }

/** Idle work in a store that is entered. */
/* for speed */ function tick(budget: i32): i32 {
  swapTick();
  if (budget < 1) return 0;
  askFor(Asker.Nobody);
  if (governorIdle()) return compact() == Err.Ok || isFull() && packForRoom(1) > 0 ? 1 : 0;
  if (knob(Knob.Dense) == 1 && freeFrames() > 0 && recompressStep(knob(Knob.IdleFrames)) == 1) return 1;
  return governorTick(budget);
}

/**
 * Idle work, while frames are still to be lent or no more are free than the reserve: frames are lent; pages of the oldest
 * frames are packed denser if that can be done, and only then does flash take them. When there is none of that, a frame is
 * emptied by compaction, where the allocator has it. Returns the steps done, at most `budget`; 0: there is nothing to do, or nothing that could be done.
 */
/* for speed */ export function coreTick(budget: i32): i32 {
  const code: i32 = enter();
  if (code < 0) return code;
  return leave(tick(budget));
}

/** Recompression in a store that is entered. */
function recompress(maxPages: i32, deep: i32): i32 {
  if (knob(Knob.Dense) == 0 || maxPages < 0 || deep < 0) return Err.Invalid;
  return recompressIdle(maxPages, deep);
}

/**
 * Recompresses up to `maxPages` (0..65520) pages in the `deep` oldest frames with the dense codec. How many became
 * shorter; Invalid without the dense codec or for numbers below 0.
 */
export function coreRecompress(maxPages: i32, deep: i32): i32 {
  const code: i32 = enter();
  if (code < 0) return code;
  return leave(recompress(maxPages, deep));
}

/**
 * The store may use `target` frames from now on. Ok when that is so on return; Invalid below 4 or above all frames; NoFlash,
 * Refused or NoFrame when frames are still to be lent that cannot be had now: the target stands, idle work goes on with it.
 */
export function governorSetTarget(target: i32): i32 {
  const code: i32 = enter();
  if (code < 0) return code;
  return leave(setTarget(target));
}

/** How many frames the store may use. */
export function governorTarget(): i32 { return read32(Header.FramesTarget); }

/** Where the bytes of a lent frame lie, for who asked for it; Invalid for a frame that is not lent. */
export function governorLent(frame: i32): i32 { return read32(Header.Open) == State.None ? Err.NotOpen : answer(lent(frame)); }

/** Frees one frame by compaction: nothing leaves RAM. Ok, or NotFound when no allocator can. */
export function compactFrame(): i32 {
  const code: i32 = enter();
  if (code < 0) return code;
  return leave(compact());
}

/** Frees up to `wanted` frames, whosever pages they hold. Returns how many, or the reason when there was none. */
export function reaperRun(wanted: i32): i32 {
  const code: i32 = enter();
  if (code < 0) return code;
  if (wanted < 0) return leave(Err.Invalid);
  askFor(Asker.Anyone);
  return leave(reap(wanted));
}

/**
 * Frees one frame of `zpool` (0 persistent, 1 ephemeral), trying at most `retries` (from 1) victims, oldest first. Ok; NotFound
 * when there is none; Refused when every frame was tried and kept; RetriesUsed when the tries ran out before; Invalid.
 */
export function reclaimFrame(zpool: i32, retries: i32): i32 {
  const code: i32 = enter();
  if (code < 0) return code;
  if (zpool < 0 || zpool > 1 || retries < 1) return leave(Err.Invalid);
  askFor(Asker.Anyone);
  return leave(reclaim(zpool, retries));
}

/**
 * Lets every zpage of a persistent pool grow older by `marks` (1..3; the age ends at 3). How many there are, or Invalid for
 * another number or without the knob IdleMarks. Cost: one look at every entry.
 */
export function writebackMark(marks: i32): i32 {
  const code: i32 = enter();
  if (code < 0) return code;
  return leave(mark(marks));
}

/**
 * Writes up to `maxPages` zpages of a class to flash: 0 idle (`age` 1..3 marks old), 1 huge, 2 both, 3 incompressible. How
 * many were written; Invalid for a class, age or number that is none, or an idle class without the knob IdleMarks; NoFlash;
 * or why the first one stays: Refused, RejectBudget, SwapFull, Flash. Cost: one look at every entry, and the writes.
 */
export function writebackClass(kind: i32, age: i32, maxPages: i32): i32 {
  const code: i32 = enter();
  if (code < 0) return code;
  return leave(writeClass(kind, age, maxPages));
}
