/**
 * The core's outer surface: what a board, an engine binding, a host tool or a test may call. All arguments and results
 * are 32-bit integers; a negative result is an Err. Pages and buffers are named by their offset in the arena.
 *
 * Order of a life: coreDefaults(), coreSet() for each knob that differs, coreOpen(arena bytes), then everything else.
 * None of these calls may be made from inside a port.
 */
import { read32, write32, fillBytes } from "./memory";
import { Err } from "./errors";
import { COUNTERS_AT, Counter, counterValue } from "./counters";
import { Knob, knob, knobDefault, knobHigh, knobIsLive, knobLow, setDefaults, setKnob } from "./config";
import { HEADER_BYTES, Header, attachLayout, codecTableAt, frames, linkAt, openLayout, pageShift, tableBytes, zpageBufferAt } from "./layout";
import { freeFrames, frameList, isFrame, openFrames } from "./frames";
import { openZpools, zpoolSwitch, zpoolZpages } from "./zpool/zpool";
import { Allocator, frameAllocator } from "./zpool/handles";
import { zbudFreeChunks } from "./zpool/zbud";
import { PoolKind, openPool, openTmem } from "./store/tmem";
import { openSwapLog, swapBudget, swapFillBudget, swapFound as foundOnFlash, swapIsOpen, swapLifeDays, swapSector, swapSectorLive, swapTick } from "./swap/swap-log";
import { areaSync, openDurable } from "./store/durable";
import { dropPool, freezePool } from "./store/frontswap";
import { governorIdle, governorTick, openGovernor } from "./store/governor";
import { recompressIdle, recompressStep } from "./store/recompress";
import { refreshGauges } from "./gauges";

export { lz4Compress, lz4Decompress } from "./codec/lz4";
export { zbaleCompress, zbaleDecompress } from "./codec/zbale";
export { crc32 } from "./swap/crc32";
export { frontswapStore, frontswapLoad, frontswapInvalidatePage, frontswapInvalidateArea, cleancachePut, cleancacheGet, cleancacheInvalidatePage } from "./store/frontswap";
export { areaOpen, areaClose, areaTouch, areaDiscard, areaPageOut, areaPlace } from "./store/paging";
export { areaDelete, areaOpenDurable, areaSync, swapFormat } from "./store/durable";
export { governorLent, governorSetTarget, governorTarget } from "./store/governor";
export { compactFrame, reaperRun, reclaimFrame } from "./store/reaper";
export { writebackClass, writebackMark } from "./store/writeback";
export { zpoolAlloc, zpoolFree, zpoolFitsInstead, zpoolCompactBegin, zpoolHandleAt, zpoolHasRoom, zpoolLimit, zpoolMaxBytes, zpoolMove, zpoolOwner, zpoolRead, zpoolReclaimBegin, zpoolReclaimEnd, zpoolWrite } from "./zpool/zpool";

/** Starts over: an arena without a store, every knob at its default. */
export function coreDefaults(): void {
  fillBytes(0, 0, HEADER_BYTES);
  setDefaults();
}

/**
 * Sets a knob (config.ts). Ok; Invalid for an unknown knob, a value out of range, or one that is fixed while open;
 * NoFrame when an allocator that needs a frame of its own is chosen and none is free.
 */
export function coreSet(which: i32, value: i32): i32 {
  const open: boolean = read32(Header.Open) == 1;
  if (open && !knobIsLive(which)) return Err.Invalid;
  if (open && which == Knob.Allocator) return zpoolSwitch(value);
  const code: i32 = setKnob(which, value);
  if (open && which == Knob.WritebackLimit && code == Err.Ok) swapFillBudget();
  return code;
}

/** Value of a knob, Invalid if there is none of that number. */
export function coreGet(which: i32): i32 { return which < 0 || which >= Knob.Count ? Err.Invalid : knob(which); }
export function coreLow(which: i32): i32 { return knobLow(which); }
export function coreHigh(which: i32): i32 { return knobHigh(which); }
/** Default of a knob, Invalid if there is none of that number. */
export function coreDefault(which: i32): i32 { return which < 0 || which >= Knob.Count ? Err.Invalid : knobDefault(which); }
/** 1: the knob may change while the store is open; 0: not, or there is none of that number. */
export function coreKnobIsLive(which: i32): i32 { return knobIsLive(which) ? 1 : 0; }

/**
 * Opens the store in an arena of `arenaBytes`: lays it out, empties every table, reads the swap area's sector headers.
 * Returns the number of frames, or Config (configFault() has the relation). A swap area that cannot be read leaves the
 * store open without one.
 */
export function coreOpen(arenaBytes: i32): i32 {
  const count: i32 = openLayout(arenaBytes);
  if (count < 0) return count;
  openFrames();
  openGovernor();
  openZpools();
  openTmem();
  openPool(PoolKind.Persistent);
  openSwapLog();
  openDurable();
  write32(Header.Open, 1);
  return count;
}

/** Takes over an arena that holds an open store already (a dump, a snapshot). Ok or NotOpen. */
export function coreAttach(): i32 { return attachLayout(); }

/** The relation (layout.ts) that the last coreOpen() found broken, 0 if none. */
export function configFault(): i32 { return read32(Header.ConfigFault); }

/**
/**
 * Idle work, while frames are still to be lent or no more are free than the reserve: frames are lent; pages of the oldest
 * frames are packed denser if that can be done, and only then does flash take them. Returns the steps done, at most
 * `budget`; 0: there is nothing to do, or nothing that could be done.
 */
export function coreTick(budget: i32): i32 {
  swapTick();
  if (governorIdle() || budget < 1) return 0;
  if (knob(Knob.Dense) == 1 && freeFrames() > 0 && recompressStep(knob(Knob.IdleFrames)) == 1) return 1;
  return governorTick(budget);
}

/**
 * Recompresses up to `maxPages` (0..65520) pages in the `deep` oldest frames with the dense codec. How many became
 * shorter, NoFrame when no frame was free to work in, Invalid without the dense codec or for numbers below 0.
 */
export function coreRecompress(maxPages: i32, deep: i32): i32 {
  if (knob(Knob.Dense) == 0 || maxPages < 0 || deep < 0) return Err.Invalid;
  return recompressIdle(maxPages, deep);
}

/** Opens a tmem pool: kind 1 persistent, 2 ephemeral, 6 ephemeral and shared (a get leaves the page). Its number, Invalid or NoEntry. */
export function poolOpen(kind: i32): i32 { return openPool(kind); }

/** Closes a pool and forgets everything in it. Ok or Invalid. */
export function poolClose(pool: i32): i32 { return dropPool(pool); }

/** Freezes (1) or thaws (0) a pool: a put into a frozen pool is refused and drops the old page. Ok or Invalid. */
export function poolFreeze(pool: i32, freeze: i32): i32 { return freezePool(pool, freeze); }

/** Value of counter `which` (counters.ts); derived ones are as of the last coreRefresh(). */
export function counter(which: i32): i32 { return which < 0 || which >= Counter.Count ? Err.Invalid : counterValue(which); }
export function countersOffset(): i32 { return COUNTERS_AT; }
export function countersCount(): i32 { return Counter.Count; }
export function coreRefresh(): void { refreshGauges(); }

/** Sets every event counter to zero; what is stored is counted on. */
export function coreResetCounters(): void {
  for (let which: i32 = 0; which < Counter.Count; which++) {
    const isGauge: boolean = which == Counter.StoredPages || which == Counter.SameFilledPages || which == Counter.EphZpages
      || which == Counter.EphZbytes || which == Counter.PersZpages || which == Counter.PersZbytes
      || which == Counter.BuddiedCount || which == Counter.UnbuddiedCount || which == Counter.BdCount || which == Counter.HugePages;
    if (!isGauge) write32(COUNTERS_AT + (which << 2), 0);
  }
}

/** Where the region of LinkBytes lies. */
export function linkOffset(): i32 { return linkAt; }
export function codecTableOffset(): i32 { return codecTableAt; }
export function zpageBufferOffset(): i32 { return zpageBufferAt; }
export function coreFrames(): i32 { return frames; }
export function coreTableBytes(): i32 { return tableBytes(); }
/** What boot found on the chip (swap/recovery.ts Chip: 0 none, 1 blank, 2 volatile, 3 durable; 16 and above: closed until swapFormat()). */
export function swapFound(): i32 { return foundOnFlash(); }
/** Syncs every durable area; as areaSync(). */
export function coreSync(): i32 { return areaSync(-1); }
export function coreSwapIsOpen(): i32 { return swapIsOpen() ? 1 : 0; }
/** The write budget (swap/budget.ts): 0 off, 1 something left, 2 exhausted, 3 zero from the start. What is left: wear_budget_left. */
export function coreBudget(): i32 { return swapBudget(); }
/** Days that the flash lasts at the rate so far, at most 9 999 years of them; NotFound while there is nothing to tell from. */
export function coreLifeDays(): i32 { return swapLifeDays(); }
/** What the wear ledger has of a sector of the swap area: erases (bits 0..19), 1 << 28 for a head, 1 << 30 if it is retired; or Invalid. */
export function coreSectorWear(sector: i32): i32 { return swapSector(sector); }
/** Live granules (16 bytes) of a sector of the swap area, Invalid for no sector. */
export function coreSectorLive(sector: i32): i32 { return swapSectorLive(sector); }

/** The list a frame is on (frames.ts List: 0..5 the classes, 6 free, 7 an allocator's own, 8 lent), or Invalid. */
export function frameClass(frame: i32): i32 { return isFrame(frame) ? frameList(frame) : Err.Invalid; }
/** Zpages in a frame, 0 for frames of other classes. */
export function frameZpages(frame: i32): i32 { return zpoolZpages(frame); }
/** The allocator of a frame of zpages (0 zbud, 1 zfold, 2 zsmalloc, 3 tlsf), Invalid for others. */
export function frameAllocatorOf(frame: i32): i32 { return frameAllocator(frame); }
/** Free chunks of a frame of zbud's, 0 for others. */
export function frameFreeChunks(frame: i32): i32 { return frameAllocator(frame) == Allocator.Zbud ? zbudFreeChunks(frame) : 0; }

/** Bytes of pages that could still be stored if none compressed and nothing went to flash: free frames only. */
export function coreFreeBytes(): i32 { return freeFrames() << pageShift; }
