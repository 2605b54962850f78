/**
 * Opens a store on an engine that runs the core as JavaScript: one block of memory for the arena and a client's pages, the
 * five ports over a flash (or none), the knobs, the store. Everything is allocated here, once, and touched at once, because
 * JerryScript takes a buffer's memory only at the first write and ends the process when there is none.
 */
import { Err } from "../../firmware/core/errors";
import { Knob } from "../../firmware/core/config";
import { coreDefaults, coreOpen, coreSet, swapFormat, swapFound } from "../../firmware/core/exports";
import { attachMemory } from "../../firmware/core/memory";
import { attachPorts } from "../../firmware/core/ports";
import type { ScriptFlash } from "./flash";

/** Sectors of a flash region that swap uses at most (Knob.SwapSectors). */
const SWAP_SECTORS_MOST = 1024;
const SWAP_SECTORS_LEAST = 3;
const DURABLE_PAGES = 64;
/** From this answer of swapFound() on the flash is left alone. */
const FOREIGN = 16;

export interface OpenOptions {
  /** Bytes for the store, tables and frames together; a multiple of 4. Default 16384. */
  arenaBytes?: number;
  /** Bytes behind the arena for pages on their way in and out. Default 2048. */
  clientBytes?: number;
  /** A page: a power of two, 256 to 4096. Default 512. */
  pageBytes?: number;
  /** Pages that can be stored; a multiple of 16. Default 256. */
  pagesMax?: number;
  /** Knob.LinkBytes: the API's stage lies there. Default 0. */
  stageBytes?: number;
  /** Pages of all durable areas, maps and logs together. Default 64 where there is flash, else 0. */
  durablePagesMax?: number;
  /** True: a flash with something else on it is made the store's, which loses that. */
  format?: boolean;
}

/** An open store's memory: the arena from 0, the client's room from `client` on; and how many frames the store has. */
export interface OpenedBlock {
  bytes: Uint8Array;
  client: number;
  frames: number;
}

/** What every surface without classes gives: pages by name and areas of pages, as the core has them. */
export interface PageStore extends OpenedBlock {
  /** Opens a pool of pages by name: pool(1). */
  pool(kind: number): number;
  store(pool: number, object: number, index: number, from: number): number;
  load(pool: number, object: number, index: number, to: number): number;
  forget(pool: number, object: number, index: number): number;
  forgetAll(pool: number, object: number): number;
  /** Opens an area of so many pages; touch() gives the offset of a page's bytes, good until the next call. */
  area(pages: number): number;
  touch(area: number, page: number, forWrite: number): number;
  close(area: number): number;
  /** Frames that hold nothing now; without flash, stores are refused some time after there is none. */
  free(): number;
}

function orElse(value: number | undefined, other: number): number { return value === undefined ? other : value; }

/** Brings in memory and ports. */
function attach(bytes: Uint8Array, buffer: ArrayBuffer, flash: ScriptFlash | undefined): void {
  attachMemory(buffer);
  attachPorts({
    flashRead: function (from: number, to: number, length: number): number { return flash ? flash.read(from, bytes.subarray(to, to + length)) : Err.NoFlash; },
    flashProgram: function (to: number, from: number, length: number): number {
      if (!flash) return Err.NoFlash;
      const odd = length % flash.geometry.granuleBytes;
      if (odd == 0) return flash.program(to, bytes.subarray(from, from + length));
      const filled = new Uint8Array(length + flash.geometry.granuleBytes - odd);
      for (let i = length; i < filled.length; i++) filled[i] = 255;
      filled.set(bytes.subarray(from, from + length));
      return flash.program(to, filled);
    },
    flashErase: function (at: number): number { return flash ? flash.erase(at) : Err.NoFlash; },
    serialPut: function (): void { /* the engine has its own console */ },
    clockTicks: function (): number { return 0; },
  });
}

/** Opens the store. Throws a sentence when the figures do not fit together or the heap has no room. */
export function openBlock(options: OpenOptions, flash: ScriptFlash | undefined): OpenedBlock {
  const arenaBytes = orElse(options.arenaBytes, 16384);
  const buffer = new ArrayBuffer(arenaBytes + orElse(options.clientBytes, 2048));
  const bytes = new Uint8Array(buffer);
  bytes[0] = 0;
  attach(bytes, buffer, flash);
  coreDefaults();
  let sound = coreSet(Knob.PageBytes, orElse(options.pageBytes, 512)) + coreSet(Knob.PagesMax, orElse(options.pagesMax, 256)) + coreSet(Knob.LinkBytes, orElse(options.stageBytes, 0));
  const sectors = flash ? (flash.geometry.sizeBytes / flash.geometry.sectorBytes) | 0 : 0;
  if (flash && sectors >= SWAP_SECTORS_LEAST) {
    sound += coreSet(Knob.SectorBytes, flash.geometry.sectorBytes) + coreSet(Knob.SwapSectors, sectors < SWAP_SECTORS_MOST ? sectors : SWAP_SECTORS_MOST)
      + coreSet(Knob.DurablePagesMax, orElse(options.durablePagesMax, DURABLE_PAGES));
  }
  const frames = sound < 0 ? sound : coreOpen(arenaBytes);
  if (frames < 0) throw new Error("zcache: " + arenaBytes + " bytes with these figures make no store (code " + frames + "): give more arenaBytes or fewer pagesMax");
  if (options.format && swapFound() >= FOREIGN) swapFormat();
  return { bytes: bytes, client: arenaBytes, frames: frames };
}
