/**
 * tmem's names: a page is named by three parts, (pool, object, index). This file turns a name into an entry (entries.ts)
 * and keeps the pools and objects; it neither stores nor moves a page.
 *
 *   pool    4 bytes    kind u8 | frozen (bit 0), shared (bit 1), tenant (bits 4..7) u8 | objects u16
 *   object  12 bytes   object id u32 | first leaf u16 | next in hash chain u16 | pool u8 | in use (bit 0), tenant (bits 4..7) u8 | area pages u16
 *   leaf    10 bytes   object (11 bits) and stored pages (5 bits) | leaf index u16 | next in hash chain u16
 *                      | next of the object u16 | previous of the object u16
 *
 * A leaf names 16 consecutive indexes of an object, so a large area pays one leaf for 16 pages and a sparse object one
 * for each cluster. Leaves are found by hash and strung along their object, both ways; dropping an object visits only
 * its own leaves. No step depends on how many pages or pools there are, only on the lengths of hash chains.
 *
 * Kinds of pools, as openPool() takes them, and what each promises:
 *
 *   1  persistent          nothing is lost, only refused; a load leaves the page (Knob.ExclusiveLoads: takes it along)
 *   2  ephemeral, private  what can be made again: may vanish at any time, in LRU order; a get takes the page along, so
 *                          that no page is held twice
 *   6  ephemeral, shared   the same, but a get leaves the page for the next client
 *
 * A shared persistent pool is none: it would promise one client that its page stays and another that it may remove it.
 * In every kind a put replaces the page, and one that is refused removes it; a get after a get, or after a flush, never
 * finds an older page. Flush takes a page, an object or the pool (frontswap.ts). A frozen pool takes no put, and the old
 * page goes, because it would be out of date; gets and flushes go on. Every pool belongs to a tenant, who pays for it.
 *
 * T1  A leaf in use stands once in the hash chain of its object and index, and once in its object's string.
 * T2  A leaf's number of stored pages is that of its entries that are stored; a leaf with none is free.
 * T3  An object in use stands once in the chain of its pool and id; its pool counts it.
 */
import { read16, read32, read8, write16, write32, write8 } from "../memory";
import { Err } from "../errors";
import { Knob, knob } from "../config";
import { Header, LEAF_PAGES, LEAF_SHIFT, NIL, leafHashMask, leafHeadsAt, leavesAt, objectHashMask, objectHeadsAt, objectsAt, poolsAt } from "../layout";
import { isStored, resetEntry } from "../entries";

export const enum PoolKind { None = 0, Persistent = 1, Ephemeral = 2 }

/** Added to PoolKind.Ephemeral at openPool(): a get leaves the page in the pool. */
const SHARED_POOL: i32 = 4;

/* for speed */ function poolAt(pool: i32): i32 { return poolsAt + (pool << 2); }
/* for speed */ function objectAt(object: i32): i32 { return objectsAt + object * 12; }
/* for speed */ function leafAt(leaf: i32): i32 { return leavesAt + leaf * 10; }

/** PoolKind of a pool; None for numbers that name no open pool. */
/* for speed */ export function poolKind(pool: i32): i32 { return pool < 0 || pool >= knob(Knob.PoolsMax) ? PoolKind.None : read8(poolAt(pool)); }

/* for speed */ export function poolIsFrozen(pool: i32): boolean { return (read8(poolAt(pool) + 1) & 1) != 0; }
/** The tenant to whom the pool belongs. */
/* for speed */ export function poolTenant(pool: i32): i32 { return read8(poolAt(pool) + 1) >> 4; }
/* for speed */ export function poolObjects(pool: i32): i32 { return read16(poolAt(pool) + 2); }
/* for speed */ export function poolIsShared(pool: i32): boolean { return (read8(poolAt(pool) + 1) & 2) != 0; }
/* for speed */ export function setPoolFrozen(pool: i32, frozen: boolean): void { write8(poolAt(pool) + 1, read8(poolAt(pool) + 1) & ~1 | (frozen ? 1 : 0)); }

/** Opens a pool of `kind` for the current tenant; an ephemeral one is shared if SHARED_POOL is added. Its number, Invalid, or NoEntry when PoolsMax are open. */
export function openPool(kind: i32): i32 {
  if (kind != PoolKind.Persistent && kind != PoolKind.Ephemeral && kind != (PoolKind.Ephemeral | SHARED_POOL)) return Err.Invalid;
  for (let pool: i32 = 0; pool < knob(Knob.PoolsMax); pool++) {
    if (read8(poolAt(pool)) != PoolKind.None) continue;
    const flags: i32 = ((kind & SHARED_POOL) != 0 ? 2 : 0) | read32(Header.CurrentTenant) << 4;
    write32(poolAt(pool), kind & ~SHARED_POOL | flags << 8);
    return pool;
  }
  return Err.NoEntry;
}

/** The pool that holds the pages of areas; the first one opened. */
export const AREA_POOL: i32 = 0;

/** Forgets a pool whose objects are all dropped. */
export function forgetPool(pool: i32): void { write32(poolAt(pool), 0); }

/* for speed */ function objectHead(pool: i32, id: i32): i32 { return objectHeadsAt + (((id ^ id >>> 8 ^ id >>> 16) + pool * 31 & objectHashMask) << 1); }

/* for speed */ export function isObject(object: i32): boolean { return object >= 0 && object < knob(Knob.ObjectsMax) && read8(objectAt(object) + 9) != 0; }
/* for speed */ export function objectId(object: i32): i32 { return read32(objectAt(object)); }
/** The tenant whose pages an object holds: its pool's, or, for an area, the one who opened it. */
/* for speed */ export function objectTenant(object: i32): i32 { return read8(objectAt(object) + 9) >> 4; }
/** What an area is for (bits 1 and 2 of the byte of the tenant). */
export const enum Shape { None = 0, Map = 1, Log = 2 }
export function objectShape(object: i32): i32 { return read8(objectAt(object) + 9) >> 1 & 3; }
export function setObjectShape(object: i32, shape: i32): void { write8(objectAt(object) + 9, read8(objectAt(object) + 9) & ~6 | shape << 1); }
/* for speed */ export function objectPool(object: i32): i32 { return read8(objectAt(object) + 8); }
/** Pages of an area; 0 for an object that is none. */
/* for speed */ export function objectPages(object: i32): i32 { return read16(objectAt(object) + 10); }
/* for speed */ export function setObjectPages(object: i32, pages: i32): void { write16(objectAt(object) + 10, pages); }
/* for speed */ export function objectFirstLeaf(object: i32): i32 { return read16(objectAt(object) + 4); }

/** The number of the object (pool, id), or NotFound. */
/* for speed */ export function findObject(pool: i32, id: i32): i32 {
  let object: i32 = read16(objectHead(pool, id));
  while (object != NIL) {
    if (objectId(object) == id && objectPool(object) == pool) return object;
    object = read16(objectAt(object) + 6);
  }
  return Err.NotFound;
}

/** Makes the object (pool, id), which does not exist. Its number, or NoEntry when ObjectsMax exist. */
export function makeObject(pool: i32, id: i32): i32 {
  const object: i32 = read32(Header.FreeObject);
  if (object == NIL) return Err.NoEntry;
  const at: i32 = objectAt(object);
  const head: i32 = objectHead(pool, id);
  write32(Header.FreeObject, read16(at + 6));
  write32(at, id);
  write16(at + 4, NIL);
  write16(at + 6, read16(head));
  write8(at + 8, pool);
  write8(at + 9, 1 | (pool == AREA_POOL ? read32(Header.CurrentTenant) : poolTenant(pool)) << 4);
  write16(at + 10, 0);
  write16(head, object);
  write16(poolAt(pool) + 2, read16(poolAt(pool) + 2) + 1);
  return object;
}

/** Forgets an object that has no leaves left. Objects without a page limit (all but areas) go with their last page. */
export function forgetObject(object: i32): void {
  const at: i32 = objectAt(object);
  const pool: i32 = objectPool(object);
  let link: i32 = objectHead(pool, objectId(object));
  while (read16(link) != object) link = objectAt(read16(link)) + 6;
  write16(link, read16(at + 6));
  write8(at + 9, 0);
  write16(at + 6, read32(Header.FreeObject));
  write32(Header.FreeObject, object);
  write16(poolAt(pool) + 2, read16(poolAt(pool) + 2) - 1);
}

/** Empties all tables. */
export function openTmem(): void {
  for (let at: i32 = objectHeadsAt; at <= objectHeadsAt + (objectHashMask << 1); at += 2) write16(at, NIL);
  for (let at: i32 = leafHeadsAt; at <= leafHeadsAt + (leafHashMask << 1); at += 2) write16(at, NIL);
  const objects: i32 = knob(Knob.ObjectsMax);
  for (let object: i32 = 0; object < objects; object++) write16(objectAt(object) + 6, object + 1 < objects ? object + 1 : NIL);
  const leaves: i32 = read32(Header.Leaves);
  for (let leaf: i32 = 0; leaf < leaves; leaf++) write16(leafAt(leaf) + 4, leaf + 1 < leaves ? leaf + 1 : NIL);
  write32(Header.FreeObject, 0);
  write32(Header.FreeLeaf, 0);
}

/* for speed */ function leafHead(object: i32, index: i32): i32 { return leafHeadsAt + ((index + object * 37 & leafHashMask) << 1); }

/** Pages stored in the 16 of a leaf. */
/* for speed */ export function leafStored(leaf: i32): i32 { return read16(leafAt(leaf)) >> 11; }
/** Pages stored of an object. Cost: some instructions a leaf. */
export function objectStored(object: i32): i32 {
  let pages: i32 = 0;
  for (let leaf: i32 = objectFirstLeaf(object); leaf != NIL; leaf = read16(leafAt(leaf) + 6)) pages += leafStored(leaf);
  return pages;
}
/* for speed */ export function entryObject(entry: i32): i32 { return read16(leafAt(entry >> LEAF_SHIFT)) & 2047; }
/** The index under which the page of this entry is stored. */
/* for speed */ export function entryIndex(entry: i32): i32 { return read16(leafAt(entry >> LEAF_SHIFT) + 2) << LEAF_SHIFT | entry & (LEAF_PAGES - 1); }

/* for speed */ function findLeaf(object: i32, index: i32): i32 {
  let leaf: i32 = read16(leafHead(object, index));
  while (leaf != NIL) {
    const at: i32 = leafAt(leaf);
    if (read16(at + 2) == index && (read16(at) & 2047) == object) return leaf;
    leaf = read16(at + 4);
  }
  return NIL;
}

/** The entry of (object, index) if its page is stored, else NotFound. */
/* for speed */ export function findEntry(object: i32, index: i32): i32 {
  const leaf: i32 = findLeaf(object, index >> LEAF_SHIFT);
  if (leaf == NIL) return Err.NotFound;
  const entry: i32 = leaf << LEAF_SHIFT | index & (LEAF_PAGES - 1);
  return isStored(entry) ? entry : Err.NotFound;
}

/* for speed */ function makeLeaf(object: i32, index: i32): i32 {
  const leaf: i32 = read32(Header.FreeLeaf);
  if (leaf == NIL) return NIL;
  const at: i32 = leafAt(leaf);
  const head: i32 = leafHead(object, index);
  const first: i32 = objectFirstLeaf(object);
  write32(Header.FreeLeaf, read16(at + 4));
  write16(at, object);
  write16(at + 2, index);
  write16(at + 4, read16(head));
  write16(at + 6, first);
  write16(at + 8, NIL);
  if (first != NIL) write16(leafAt(first) + 8, leaf);
  write16(objectAt(object) + 4, leaf);
  write16(head, leaf);
  return leaf;
}

/* for speed */ function forgetLeaf(leaf: i32): void {
  const at: i32 = leafAt(leaf);
  const next: i32 = read16(at + 6);
  const previous: i32 = read16(at + 8);
  const object: i32 = read16(at) & 2047;
  let link: i32 = leafHead(object, read16(at + 2));
  while (read16(link) != leaf) link = leafAt(read16(link)) + 4;
  write16(link, read16(at + 4));
  if (previous == NIL) write16(objectAt(object) + 4, next);
  else write16(leafAt(previous) + 6, next);
  if (next != NIL) write16(leafAt(next) + 8, previous);
  write16(at, 0);
  write16(at + 4, read32(Header.FreeLeaf));
  write32(Header.FreeLeaf, leaf);
  if (objectFirstLeaf(object) == NIL && objectPages(object) == 0) forgetObject(object);
}

/**
 * The entry of (object, index), made if there is none. An entry made here counts as stored in its leaf: the caller
 * either stores something under it or calls forgetEntry(). NoEntry when PagesMax allows no further leaf.
 */
/* for speed */ export function makeEntry(object: i32, index: i32): i32 {
  let leaf: i32 = findLeaf(object, index >> LEAF_SHIFT);
  if (leaf == NIL) leaf = makeLeaf(object, index >> LEAF_SHIFT);
  if (leaf == NIL) return Err.NoEntry;
  const entry: i32 = leaf << LEAF_SHIFT | index & (LEAF_PAGES - 1);
  if (!isStored(entry)) write16(leafAt(leaf), read16(leafAt(leaf)) + 2048);
  return entry;
}

/** Nothing is stored under this entry any more; its leaf goes with the last one. What it named must be released. */
/* for speed */ export function forgetEntry(entry: i32): void {
  const leaf: i32 = entry >> LEAF_SHIFT;
  resetEntry(entry);
  write16(leafAt(leaf), read16(leafAt(leaf)) - 2048);
  if (leafStored(leaf) == 0) forgetLeaf(leaf);
}
