/**
 * What the minimal profile has in the place of parts of the core (tools/build/minimal-facts.ts): the same functions under
 * the same names, shorter because they may know that there is one kind of pool, one tenant, no flash and nobody who reads a
 * dump. What their arena looks like:
 *
 *   0      header        40 B              LastTouched, ReservedPages, and from 8 on four lists of frames (frames.ts)
 *          objects       12 B each, 16     id u32 | area pages u16 | leaves u16 | pool and 1 u16, 0: not in use | spare
 *          fit table     132 B             zbud's lists by free chunks
 *          codec table   1024 B            the compressor's
 *          zpage buffer  a page
 *          payloads      4 B a page        entries.ts
 *          metas         2 B a page
 *          leaves        6 B for 16 pages  object (11 bits) and stored pages (5 bits) | leaf index u16 | next of its chain u16
 *          leaf heads    2 B each
 *          frame table   8 B a frame       frames.ts
 *          frames        a page each
 *
 * Objects are few, so they are looked for one after another and need no chains; an object's leaves are found by looking
 * at every entry, which only invalidateAll() does.
 */
import { attachMemory, fillBytes, memoryEnd, write32 } from "../../firmware/core/memory";
import { Err } from "../../firmware/core/errors";
import { List, frameList, listPut } from "../../firmware/core/frames";
import { openTmem } from "../../firmware/core/store/tmem";

const NIL: i32 = 0xffff;
const FIT_TABLE_AT: i32 = 280;
const FIT_TABLE_BYTES: i32 = 130;
const ZPAGE_BUFFER_AT: i32 = 1436;

// layout.ts

export let pageBytes: i32 = 0;
export let pageShift: i32 = 0;
export let chunkShift: i32 = 0;
export let frames: i32 = 0;
export let framesAt: i32 = 0;
export let frameTableAt: i32 = 0;
export let payloadsAt: i32 = 0;
export let metasAt: i32 = 0;
let pagesMax: i32 = 0;
let pools: i32 = 0;
export let leavesAt: i32 = 0;
export let leafHeadsAt: i32 = 0;
export let leafHashMask: i32 = 0;

/**
 * Opens a store in an arena of `arenaBytes` with `clientBytes` behind it, both multiples of 4. The number of frames; or 0 when
 * the figures do not fit together or leave fewer than 4, and an open store stays as it is.
 */
export function openStore(arenaBytes: i32, clientBytes: i32, page: i32, pages: i32): Uint8Array | undefined {
  const leaves: i32 = pages >> 4;
  let heads: i32 = 1;
  while (heads < leaves) heads += heads;
  const tablesEnd: i32 = ZPAGE_BUFFER_AT + page + pages * 6 + leaves * 10 + heads * 2;
  const count: i32 = ((arenaBytes - tablesEnd) / (page + 8)) | 0;
  if ((page & page - 1 | pages & 15 | (arenaBytes | clientBytes) & 3) != 0 || page < 256 || page > 4096 || pages < 16 || pages > 65520 || count < 4 || count >= NIL || clientBytes < 0) return undefined;
  const buffer: ArrayBuffer = new ArrayBuffer(arenaBytes + clientBytes);
  const room: Uint8Array = new Uint8Array(buffer);
  // JerryScript takes a buffer's memory only at the first write and ends the process when there is none.
  room[0] = 0;
  attachMemory(buffer);
  pageBytes = page;
  pageShift = 8;
  while (1 << pageShift < page) pageShift++;
  chunkShift = pageShift - 6;
  pagesMax = pages;
  payloadsAt = ZPAGE_BUFFER_AT + page;
  metasAt = payloadsAt + pages * 4;
  leavesAt = metasAt + pages * 2;
  leafHeadsAt = leavesAt + leaves * 10;
  leafHashMask = heads - 1;
  frameTableAt = tablesEnd;
  frames = count;
  framesAt = arenaBytes - count * page;
  fillBytes(FIT_TABLE_AT, 255, FIT_TABLE_BYTES);
  write32(16, leaves);
  for (let list: i32 = 24; list < 56; list += 8) write32(list, -1);
  for (let frame: i32 = count - 1; frame >= 0; frame--) listPut(List.Free, frame);
  openTmem();
  pools = 1;
  return room;
}

/** The only knob that is asked for: PagesMax. */
export function knob(): i32 { return pagesMax; }

// gate.ts

/** May a client's page lie here: 4-aligned, behind the arena, or a resident page? */
export function isPage(at: i32): boolean {
  if ((at & 3) != 0 || at < framesAt || at > memoryEnd() - pageBytes) return false;
  const within: i32 = at - framesAt;
  const frame: i32 = within >> pageShift;
  if (frame >= frames) return true;
  const list: i32 = frameList(frame);
  return (within & pageBytes - 1) == 0 && (list == List.ActiveAnon || list == List.InactiveAnon);
}

// store/shares.ts

/** A quarter of the frames, at least 3. */
export function residentLimit(): i32 { return frames < 12 ? 3 : frames >> 2; }

// store/tmem.ts

const POOLS: i32 = 4;

/** Persistent (1) for the pools that are open, the areas' own, 0, among them. */
export function poolKind(pool: i32): i32 { return pool >= 0 && pool < pools ? 1 : 0; }

/** Opens a pool of `kind` 1: its number, Invalid for another kind, or NoEntry when there are four with the areas' own. */
export function openPool(kind: i32): i32 {
  if (kind != 1) return Err.Invalid;
  return pools < POOLS ? pools++ : Err.NoEntry;
}
