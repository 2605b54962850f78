/**
 * Room within a tenant's quota: what a tenant at its cap stores or brings in makes room among its own pages, and only
 * there. Its coldest residents go first while they are more than their share of the quota (ResidentPercent), then its
 * ephemeral zpages, then its oldest persistent ones, to flash.
 *
 * Frames are shared: one may hold zpages of two tenants. So the unit here is the zpage, not the frame; what counts for a
 * quota are bytes, and the hole that a zpage leaves is the next one's room. (Sharing is what keeps density: two tenants
 * with a few pages each would pair among themselves only.)
 *
 * The search for a tenant's oldest page goes from the tail of the list towards its head, past the pages of others, at
 * most LOOKS frames a call; a hand remembers where it stopped. So no call depends on how many frames there are.
 *
 * Q1  Making room for a tenant within its quota moves no page of another tenant.
 */
import { Counter, count } from "../counters";
import { Knob, knob } from "../config";
import { Err } from "../errors";
import { NIL, pageBytes } from "../layout";
import { List, frameList, frameOwner, isFrame, listLength, listMove, listTail, younger } from "../frames";
import { Zpool, zpoolHandleAt, zpoolLimit } from "../zpool/zpool";
import { swapTakes } from "../swap/swap-log";
import { zpageEntry } from "./places";
import { evict } from "./reaper";
import { pageOut } from "./paging";
import { TenantWord, askFor, hasTenants, mayEvict, setTenantHand, tenantHand, tenantOf, tenantResidents, tenantWord, writeQuota } from "./tenants";

/** Frames that one search looks at. */
const LOOKS: i32 = 64;
/** Pages that leave RAM for one that comes in, at most. */
const QUOTA_STEPS: i32 = 8;
const RESIDENT_HAND: i32 = 3;

/** A zpage of the tenant's in this frame: its entry, or NotFound. */
function zpageIn(frame: i32, tenant: i32): i32 {
  for (let which: i32 = 0, most: i32 = zpoolLimit(frame); which < most; which++) {
    const handle: i32 = zpoolHandleAt(frame, which);
    const entry: i32 = handle < 0 ? handle : zpageEntry(handle);
    if (entry >= 0 && tenantOf(entry) == tenant) return entry;
  }
  return Err.NotFound;
}

/** The entry of a tenant's page in this frame, zpage or resident; or NotFound. */
function pageIn(frame: i32, tenant: i32, hand: i32): i32 {
  if (hand != RESIDENT_HAND) return zpageIn(frame, tenant);
  return tenantOf(frameOwner(frame)) == tenant ? frameOwner(frame) : Err.NotFound;
}

/** The entry of the oldest page of a tenant's on `list`, as far as one search sees; or NotFound. */
function oldestOn(list: i32, tenant: i32, hand: i32): i32 {
  const stopped: i32 = tenantHand(tenant, hand);
  let frame: i32 = isFrame(stopped) && frameList(stopped) == list ? stopped : listTail(list);
  for (let left: i32 = LOOKS; left > 0 && frame != NIL; left--) {
    const entry: i32 = pageIn(frame, tenant, hand);
    setTenantHand(tenant, hand, frame);
    if (entry >= 0) return entry;
    frame = younger(frame);
  }
  setTenantHand(tenant, hand, frame);
  return Err.NotFound;
}

/** Pages out the tenant's coldest resident page. Ok, NotFound, or why it stays. */
function residentOut(tenant: i32): i32 {
  let entry: i32 = oldestOn(List.InactiveAnon, tenant, RESIDENT_HAND);
  if (entry < 0) entry = oldestOn(List.ActiveAnon, tenant, RESIDENT_HAND);
  return entry < 0 ? entry : pageOut(entry);
}

/** Takes the tenant's oldest zpage out of RAM, an ephemeral one if there is one. Ok, NotFound, or why it stays. */
export function ownZpageOut(tenant: i32): i32 {
  let entry: i32 = oldestOn(List.ZpagesFile, tenant, Zpool.Ephemeral);
  if (entry < 0 && swapTakes() && knob(Knob.WritebackEnabled) == 1) entry = oldestOn(List.ZpagesAnon, tenant, Zpool.Persistent);
  return entry < 0 ? entry : evict(entry);
}

/** Are the tenant's residents more than their share of its quota? */
function hasManyResidents(tenant: i32): boolean {
  const residents: i32 = tenantResidents(tenant);
  const share: i32 = (tenantWord(tenant, TenantWord.Quota) / 100 | 0) * knob(Knob.ResidentPercent);
  return residents > 2 && residents * pageBytes > share;
}

/** One page of the tenant's leaves RAM, or shrinks to a zpage. Ok, or why none can. */
function shrinkStep(tenant: i32): i32 {
  if (hasManyResidents(tenant) && residentOut(tenant) == Err.Ok) return Err.Ok;
  const code: i32 = ownZpageOut(tenant);
  return code == Err.NotFound ? residentOut(tenant) : code;
}

function fitsQuota(tenant: i32, bytes: i32): boolean {
  const quota: i32 = tenantWord(tenant, TenantWord.Quota);
  return quota == 0 || tenantWord(tenant, TenantWord.Held) + bytes <= quota;
}

/**
 * Room within the quota for `bytes` more. Ok, or RejectQuota, counted. `isZpage`: a zpage waits in the buffer, so no
 * resident page may be compressed meanwhile. Cost: one comparison without tenants; else at most QUOTA_STEPS evictions.
 */
export function quotaRoom(tenant: i32, bytes: i32, isZpage: boolean): i32 {
  if (!hasTenants()) return Err.Ok;
  for (let steps: i32 = 0; !fitsQuota(tenant, bytes); steps++) {
    if (steps < QUOTA_STEPS && (isZpage ? ownZpageOut(tenant) : shrinkStep(tenant)) == Err.Ok) continue;
    count(Counter.RejectQuota);
    return Err.RejectQuota;
  }
  return Err.Ok;
}

/**
 * Gives a tenant a quota of `quotaBytes` (0: none; at least two pages) and makes it hold no more at once. Ok; NoFrame when
 * what is left above it cannot leave RAM now: the quota stands, nothing more comes in, and the tenant's pages have no
 * protection until it is within. Invalid or TooBig, and the old quota stands (writeQuota()).
 */
export function setQuota(tenant: i32, quotaBytes: i32): i32 {
  const code: i32 = writeQuota(tenant, quotaBytes);
  if (code < 0) return code;
  askFor(tenant);
  // A search may stop short of the page it looks for: only twice nothing is nothing.
  for (let failures: i32 = 0; !fitsQuota(tenant, 0);) {
    failures = shrinkStep(tenant) == Err.Ok ? 0 : failures + 1;
    if (failures > 1 + ((listLength(List.ZpagesAnon) + listLength(List.InactiveAnon) + listLength(List.ActiveAnon)) / LOOKS | 0)) return Err.NoFrame;
  }
  return Err.Ok;
}

/** May every zpage in this frame go? */
function frameMayGo(frame: i32): boolean {
  for (let which: i32 = 0, most: i32 = zpoolLimit(frame); which < most; which++) {
    const handle: i32 = zpoolHandleAt(frame, which);
    const entry: i32 = handle < 0 ? handle : zpageEntry(handle);
    if (entry >= 0 && !mayEvict(entry)) return false;
  }
  return true;
}

/** Brings a frame that may go to the tail of `list`; others that stood there count as youngest. Is there one? */
export function victimToTail(list: i32): boolean {
  if (!hasTenants()) return true;
  for (let left: i32 = listLength(list) < LOOKS ? listLength(list) : LOOKS; left > 0; left--) {
    if (frameMayGo(listTail(list))) return true;
    listMove(list, listTail(list));
  }
  return listTail(list) == NIL;
}
