/**
 * Tenants: several apps share one store, each with its pools and areas and, if it is given one, its quota of RAM. (tmem
 * had guests of a hypervisor in mind; here they are the apps of one board.)
 *
 *   A quota is a cap and a promise. Its tenant never holds more; and what it holds nobody else's need evicts.
 *
 * What a tenant holds is counted in bytes: each zpage by its length, each resident page by a whole page. Pages of one
 * repeated word, and pages on flash, cost no RAM and are not counted. A tenant without a quota (0) has neither cap nor
 * promise: its pages are the ones that make room for everybody. So one tenant's flood evicts its own pages: at its cap
 * by quota.ts, and for want of a frame because mayEvict() keeps it away from those of others.
 *
 * Every change of an entry passes through entries.ts, and from there through noteEntry(): there is no second place in
 * which something could be charged or forgotten. With TenantsMax 1, the default, there is no table, and all that is
 * left is one comparison a change.
 *
 * Alternatives: a quota in frames would want frames of one tenant only, that is, a fit table for each (272 bytes and
 * more), and would pair worse; lists of pages by age for each tenant cost 4 bytes a page.
 *
 *   row, 36 bytes a tenant    quota u32 | held u32 | stores u32 | loads u32 | rejects u32 | written back u32 | dropped u32
 *                             | hands u16 u16 | residents u16 | hand of residents u16
 *
 * A hand is the frame at which the search for the tenant's oldest page goes on (quota.ts).
 *
 * N1  What a tenant holds is the sum over its entries: a zpage's length, a page for a resident one.
 * N2  Every object's tenant exists, and an object of a named pool has its pool's tenant.
 * N3  The quotas of all tenants add up to no more than the bytes of all frames.
 */
import { read16, read32, write16, write32 } from "../memory";
import { Err } from "../errors";
import { Knob, knob } from "../config";
import { Header, TENANT_BYTES, frames, pageBytes, pageShift } from "../layout";
import { Form, Place, isSame, isStored, lengthOf, placeOf } from "../entries";
import { entryObject, objectTenant } from "./tmem";

/** Words of a row; the first seven are what tenantFigure() gives. */
export const enum TenantWord { Quota = 0, Held = 1, Stores = 2, Loads = 3, Rejects = 4, WrittenBack = 5, Dropped = 6, Figures = 7, Hands = 7, Residents = 8 }

/** Who asks for room, when it is no tenant: whoever commands the board; and idle work, which has no claim of its own. */
export const enum Asker { Anyone = -1, Nobody = -2 }

/** Is there more than one tenant? */
export function hasTenants(): boolean { return read32(Header.TenantsAt) != 0; }
export function isTenant(tenant: i32): boolean { return tenant >= 0 && tenant < knob(Knob.TenantsMax); }

function wordAt(tenant: i32, word: i32): i32 { return read32(Header.TenantsAt) + tenant * TENANT_BYTES + (word << 2); }
export function tenantWord(tenant: i32, word: i32): i32 { return read32(wordAt(tenant, word)); }
function add(tenant: i32, word: i32, by: i32): void { write32(wordAt(tenant, word), tenantWord(tenant, word) + by); }

/** Counts an event of a tenant's; nothing when there is only one. */
export function countTenant(tenant: i32, word: i32): void { if (hasTenants()) add(tenant, word, 1); }

export function tenantResidents(tenant: i32): i32 { return read16(wordAt(tenant, TenantWord.Residents)); }
/** The frame where the search for the oldest page goes on; `which` 0 persistent zpages, 1 ephemeral ones, 3 residents. */
export function tenantHand(tenant: i32, which: i32): i32 { return read16(wordAt(tenant, TenantWord.Hands) + (which << 1)); }
export function setTenantHand(tenant: i32, which: i32, frame: i32): void { write16(wordAt(tenant, TenantWord.Hands) + (which << 1), frame); }

export function tenantOf(entry: i32): i32 { return objectTenant(entryObject(entry)); }

/** Bytes of RAM that a page costs at this place. */
function cost(place: i32, lengthBytes: i32): i32 {
  if (place == Place.Resident) return pageBytes;
  return place == Place.Zpage ? lengthBytes : 0;
}

/** What a change of place is to its tenant: a word that counts it, or Quota for none. */
function eventOf(entry: i32, place: i32, form: i32): i32 {
  const was: i32 = placeOf(entry);
  if (place == was) return place == Place.Nowhere && form == Form.Same && !isSame(entry) ? TenantWord.Stores : TenantWord.Quota;
  if (place == Place.Swap) return TenantWord.WrittenBack;
  if (place == Place.Resident) return isStored(entry) ? TenantWord.Loads : TenantWord.Quota;
  return place == Place.Zpage || form == Form.Same ? TenantWord.Stores : TenantWord.Quota;
}

/** The entry, which is as it was, is about to become a page of `lengthBytes` at `place`. Only where there are tenants. */
export function noteEntry(entry: i32, place: i32, form: i32, lengthBytes: i32): void {
  const tenant: i32 = tenantOf(entry);
  const was: i32 = placeOf(entry);
  add(tenant, TenantWord.Held, cost(place, lengthBytes) - cost(was, lengthOf(entry)));
  const residents: i32 = (place == Place.Resident ? 1 : 0) - (was == Place.Resident ? 1 : 0);
  if (residents != 0) write16(wordAt(tenant, TenantWord.Residents), tenantResidents(tenant) + residents);
  const event: i32 = eventOf(entry, place, form);
  if (event != TenantWord.Quota) add(tenant, event, 1);
}

/** Pages that may be packed densely to make the room that is asked for: some 2 million instructions at most. */
const PACKED_FOR_ROOM: i32 = 8;

/** From now on room is made for this tenant, or on behalf of an Asker. */
export function askFor(tenant: i32): void {
  write32(Header.PackLeft, PACKED_FOR_ROOM);
  if (hasTenants()) write32(Header.AskingTenant, tenant);
}

function isProtected(tenant: i32): boolean {
  const quota: i32 = tenantWord(tenant, TenantWord.Quota);
  return quota > 0 && tenantWord(tenant, TenantWord.Held) <= quota;
}

/** May the page of this entry go to make room for who asks? Not if its tenant has a quota and is within it. */
export function mayEvict(entry: i32): boolean {
  if (!hasTenants()) return true;
  const asking: i32 = read32(Header.AskingTenant);
  return asking == Asker.Anyone || asking == tenantOf(entry) || !isProtected(tenantOf(entry));
}

/** The quotas of all tenants but one. */
function promisedToOthers(tenant: i32): i32 {
  let sum: i32 = 0;
  for (let other: i32 = 0; other < knob(Knob.TenantsMax); other++) if (other != tenant) sum += tenantWord(other, TenantWord.Quota);
  return sum;
}

/**
 * Writes a tenant's quota, in bytes; 0: none. Ok; Invalid for a tenant that is none, where there is only one, and for less
 * than two pages; TooBig when all quotas together would promise more than there are frames. The old one stands then.
 */
export function writeQuota(tenant: i32, quotaBytes: i32): i32 {
  if (!hasTenants() || !isTenant(tenant) || quotaBytes < 0 || quotaBytes > 0 && quotaBytes < pageBytes << 1) return Err.Invalid;
  if (quotaBytes > (frames << pageShift) - promisedToOthers(tenant)) return Err.TooBig;
  write32(wordAt(tenant, TenantWord.Quota), quotaBytes);
  return Err.Ok;
}

/** Sets the event counters of every tenant to zero. */
export function resetTenants(): void {
  if (!hasTenants()) return;
  for (let tenant: i32 = 0; tenant < knob(Knob.TenantsMax); tenant++) {
    for (let word: i32 = TenantWord.Stores; word < TenantWord.Figures; word++) write32(wordAt(tenant, word), 0);
  }
}
