/**
 * What the minimal profile has in the place of parts of the core (tools/build/minimal-facts.ts): the opening of the store with
 * its layout, the gate, and three functions whose answers are simpler than their questions. They know that there is one kind
 * of pool, no flash and nobody who reads a dump, so the header has only what is read, and the tables stand where they stand
 * in every arena as far as that can be:
 *
 *   0      header         56 B             LastTouched, ReservedPages, FreeLeaf, FreeObject, Leaves; from 24 on the lists of frames
 *          objects        12 B each, 16    store/tmem.ts
 *          object heads   2 B each, 16
 *          fit table      130 B            zbud's lists by free chunks
 *          codec table    1024 B           the compressor's
 *          zpage buffer   a page
 *          payloads       4 B a page       entries.ts
 *          metas          2 B a page
 *          leaves         10 B + 2 B of hash heads for 16 pages
 *          frame table    8 B a frame      frames.ts
 *          frames         a page each, at the arena's end
 *
 * Nothing else is kept of a whole core's header, so an arena of the same size has a frame or two more.
 */
import { attachMemory, fillBytes, memoryEnd, write32 } from "../../firmware/core/memory";
import { Err } from "../../firmware/core/errors";
import { List, frameList, listPut } from "../../firmware/core/frames";
import { openTmem } from "../../firmware/core/store/tmem";

const NIL: i32 = 0xffff;
const LEAVES_WORD: i32 = 16;
/** The heads of ActiveAnon to Free. */
const LISTS_FROM: i32 = 24;
const LISTS_TO: i32 = 56;
const FIT_TABLE_AT: i32 = 280;
const FIT_TABLE_BYTES: i32 = 130;
const ZPAGE_BUFFER_AT: i32 = 1436;
const POOLS: i32 = 4;

// layout.ts

export let pageBytes: i32 = 0;
export let pageShift: i32 = 0;
export let chunkShift: i32 = 0;
export let frames: i32 = 0;
export let framesAt: i32 = 0;
export let frameTableAt: i32 = 0;
export let payloadsAt: i32 = 0;
export let metasAt: i32 = 0;
export let leavesAt: i32 = 0;
export let leafHeadsAt: i32 = 0;
export let leafHashMask: i32 = 0;
let pagesMax: i32 = 0;
let pools: i32 = 0;

/** What a page and pages may be: config.ts, and the relations of layout.ts's checkConfig(). */
function isSound(page: i32, pages: i32): boolean {
  return page >= 256 && page <= 4096 && pages >= 16 && pages <= 65520 && (page & page - 1 | pages & 15) == 0;
}

/**
 * Opens a store in an arena of `arenaBytes` with `clientBytes` behind it, both multiples of 4. The memory, all of it taken
 * now; undefined when the figures do not fit together or leave fewer than 4 frames, and an open store stays as it was.
 */
export function openStore(arenaBytes: i32, clientBytes: i32, page: i32, pages: i32): Uint8Array | undefined {
  const leaves: i32 = pages >> 4;
  let heads: i32 = 1;
  while (heads < leaves) heads += heads;
  const tablesEnd: i32 = ZPAGE_BUFFER_AT + page + pages * 6 + leaves * 10 + heads * 2;
  const count: i32 = ((arenaBytes - tablesEnd) / (page + 8)) | 0;
  if (!isSound(page, pages) || (arenaBytes | clientBytes) & 3 || clientBytes < 0 || count < 4 || count >= NIL) return undefined;
  const buffer: ArrayBuffer = new ArrayBuffer(arenaBytes + clientBytes);
  const room: Uint8Array = new Uint8Array(buffer);
  // JerryScript takes a buffer's memory only at the first write, and ends the process when there is none.
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
  openTables(leaves);
  return room;
}

/** Every list and table empty, every frame free. The memory is new, so it is zeros. */
function openTables(leaves: i32): void {
  write32(LEAVES_WORD, leaves);
  fillBytes(FIT_TABLE_AT, 255, FIT_TABLE_BYTES);
  for (let list: i32 = LISTS_FROM; list < LISTS_TO; list += 8) write32(list, -1);
  for (let frame: i32 = frames - 1; frame >= 0; frame--) listPut(List.Free, frame);
  openTmem();
  pools = 1;
}

// config.ts

/** The only knob that is asked for: PagesMax. */
export function knob(): i32 { return pagesMax; }

// gate.ts

/** May a client's page lie here: 4-aligned, behind the arena, or a resident page? */
export function isPage(at: i32): boolean {
  if ((at & 3) != 0 || !(at >= framesAt && at <= memoryEnd() - pageBytes)) return false;
  const within: i32 = at - framesAt;
  const frame: i32 = within >> pageShift;
  if (frame >= frames) return true;
  const list: i32 = frameList(frame);
  return (within & pageBytes - 1) == 0 && (list == List.ActiveAnon || list == List.InactiveAnon);
}

// store/shares.ts

/** A quarter of the frames (ResidentPercent), at least 3. */
export function residentLimit(): i32 { return frames < 12 ? 3 : frames >> 2; }

// store/tmem.ts: pools have nothing but their number, and stay open

/** Persistent (1) for the pools that are open, the areas' own, 0, among them. */
export function poolKind(pool: i32): i32 { return (pool | 0) == pool && pool >= 0 && pool < pools ? 1 : 0; }

/** Opens a pool of `kind` 1: its number, Invalid for another kind, or NoEntry when there are four with the areas' own. */
export function openPool(kind: i32): i32 {
  if (kind != 1) return Err.Invalid;
  return pools < POOLS ? pools++ : Err.NoEntry;
}
