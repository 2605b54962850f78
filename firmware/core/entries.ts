/**
 * The entry of a stored page: 6 bytes that say where the page is. Two columns, indexed by the entry's number:
 *
 *   meta     16 bits   place (2) | form (2) | length - 1 (12)
 *   payload  32 bits   Nowhere: 0   Same: the word that fills the page   Zpage: handle of the allocator
 *                      Resident: frame + 1 in the high bits, swap slot in the low slotBits (all ones: no slot)
 *                      Swap: the eviction clock when it went in the high bits, truncated; below it one bit that says it
 *                      was dropped while resident and clean; swap slot in the low slotBits
 *
 * `form` is how the bytes are written (raw or by which codec), `length` how many there are. A resident page whose slot
 * is set is clean: the copy on flash equals it, and evicting it again costs no write. A resident page without a slot is
 * dirty. The entry's number is page 0..15 of a leaf: leaf * 16 + page (tmem.ts).
 *
 * E1  A place has one owner: no two entries name the same handle, slot or resident frame.
 * E2  Only entries whose leaf is in use have a place other than Nowhere.
 */
import { read16, read32, write16, write32 } from "./memory";
import { Header, metasAt, payloadsAt, slotBits } from "./layout";
import { noteEntry } from "./store/tenants";

/** Where a page is. */
export const enum Place { Nowhere = 0, Zpage = 1, Swap = 2, Resident = 3 }

/** How its bytes are written there. */
export const enum Form { Raw = 0, Lz4 = 1, Dense = 2, Same = 3 }

/* for speed */ export function metaOf(entry: i32): i32 { return read16(metasAt + (entry << 1)); }
/* for speed */ export function payloadOf(entry: i32): i32 { return read32(payloadsAt + (entry << 2)); }
/* for speed */ export function placeOf(entry: i32): i32 { return metaOf(entry) >> 14; }
/* for speed */ export function formOf(entry: i32): i32 { return metaOf(entry) >> 12 & 3; }
/* for speed */ export function lengthOf(entry: i32): i32 { return (metaOf(entry) & 4095) + 1; }

/** Is anything stored under this entry? A page of one repeated word has no place but is stored. */
/* for speed */ export function isStored(entry: i32): boolean { return metaOf(entry) != 0; }
/* for speed */ export function isSame(entry: i32): boolean { return metaOf(entry) >> 12 == Form.Same; }

/** Writes an entry. `length` is 1..4096. */
/* for speed */ export function setEntry(entry: i32, place: i32, form: i32, length: i32, payload: i32): void {
  if (read32(Header.TenantsAt) != 0) noteEntry(entry, place, form, length);
  write16(metasAt + (entry << 1), place << 14 | form << 12 | length - 1);
  write32(payloadsAt + (entry << 2), payload);
}

/** Nothing is stored under this entry any more. What it named must have been released. */
/* for speed */ export function resetEntry(entry: i32): void {
  if (read32(Header.TenantsAt) != 0) noteEntry(entry, Place.Nowhere, Form.Raw, 1);
  write16(metasAt + (entry << 1), 0);
  write32(payloadsAt + (entry << 2), 0);
}

/** The slot number that means "no slot". */
/* for speed */ export function noSlot(): i32 { return (1 << slotBits) - 1; }

/* for speed */ export function slotOf(entry: i32): i32 { return payloadOf(entry) & (1 << slotBits) - 1; }
/* for speed */ export function frameOf(entry: i32): i32 { return (payloadOf(entry) >>> slotBits) - 1; }

/** Does this entry hold a copy on flash, resident or not? */
/* for speed */ export function hasSlot(entry: i32): boolean {
  return placeOf(entry) >= Place.Swap && slotBits > 0 && slotOf(entry) != noSlot();
}

/** The page is on flash only, as of now: it carries the eviction clock, which goes on by one, and whether it was clean. */
/* for speed */ function goToFlash(entry: i32, form: i32, length: i32, slot: i32, wasClean: i32): void {
  const clock: i32 = read32(Header.EvictionClock);
  setEntry(entry, Place.Swap, form, length, (clock << 1 | wasClean) << slotBits | slot);
  write32(Header.EvictionClock, clock + 1);
}

/** The page has been written to `slot` and is on flash only. */
export function setSwapped(entry: i32, form: i32, length: i32, slot: i32): void { goToFlash(entry, form, length, slot, 0); }

/** The resident page, which has a copy on flash, is on flash only. */
/* for speed */ export function setDropped(entry: i32): void { goToFlash(entry, formOf(entry), lengthOf(entry), slotOf(entry), 1); }

/** Was the page, which is on flash only, resident until it went, with its copy on flash already? */
/* for speed */ export function wasDropped(entry: i32): boolean { return (payloadOf(entry) >>> slotBits & 1) != 0; }

/** The copy on flash of this entry, which has one, lies at `slot` now. */
/* for speed */ export function setSlot(entry: i32, slot: i32): void {
  write32(payloadsAt + (entry << 2), payloadOf(entry) >>> slotBits << slotBits | slot);
}

/**
 * How many pages have gone to flash since the page of this entry did, itself included; it is on flash only. Modulo 2 to
 * the power of the bits that the slot leaves less one, at least 9: a page that is away for so long seems to have left lately.
 */
/* for speed */ export function refaultDistance(entry: i32): i32 {
  return read32(Header.EvictionClock) - (payloadOf(entry) >>> slotBits >>> 1) & (-1 >>> slotBits >>> 1);
}

/** The page lies in `frame`; `slot` names the equal copy on flash, noSlot() if there is none. */
/* for speed */ export function setResident(entry: i32, frame: i32, form: i32, length: i32, slot: i32): void {
  setEntry(entry, Place.Resident, form, length, frame + 1 << slotBits | slot);
}
