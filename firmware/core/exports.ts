/**
 * The core's outer surface: what a board, an engine binding, a host tool or a test may call. All arguments and results
 * are 32-bit integers; a negative result is an Err. Pages and buffers are named by their offset in the arena.
 *
 *   exports.ts   the store's life, knobs, counters, what is asked about frames, pools and tenants
 *   calls.ts     what a client does: areas, pages by name, pools, tenants, work
 *   raw.ts       the parts by themselves: codecs, checksum, the allocator
 *
 * Order of a life: coreDefaults(), coreSet() for each knob that differs, coreOpen(arena bytes), then everything else.
 * No call that changes the store may be made from inside a port: it is answered with Busy (gate.ts). An argument that is
 * out of range, or names what does not exist, is answered with Invalid and counted (io_stat invalid_io); either way
 * nothing has changed. The one call without an answer is coreDefaults(): it believes nothing it finds.
 */
import { memoryEnd, read32, write32, fillBytes } from "./memory";
import { Err } from "./errors";
import { HAS_ZBUD } from "./features";
import { COUNTERS_AT, Counter, counterValue, setCounter } from "./counters";
import { Knob, knob, knobDefault, knobHigh, knobIsLive, knobLow, setDefaults, setKnob } from "./config";
import { HEADER_BYTES, Header, State, attachLayout, codecTableAt, frames, linkAt, openLayout, pageShift, tableBytes, zpageBufferAt } from "./layout";
import { freeFrames, frameList, isFrame, openFrames } from "./frames";
import { answer, enter, leave } from "./gate";
import { openZpools, zpoolSwitch, zpoolZpages } from "./zpool/zpool";
import { Allocator, frameAllocator } from "./zpool/handles";
import { zbudFreeChunks } from "./zpool/zbud";
import { PoolKind, openPool, openTmem } from "./store/tmem";
import { openSwapLog, swapBudget, swapFillBudget, swapFound as foundOnFlash, swapIsOpen, swapLifeDays, swapSector, swapSectorLive } from "./swap/swap-log";
import { openDurable } from "./store/durable";
import { openGovernor } from "./store/governor";
import { resetTenants } from "./store/tenants";
import { refreshGauges } from "./gauges";

export * from "./calls";
export * from "./raw";

/** Starts over, whatever the memory holds: an arena without a store, every knob at its default. Never from inside a port. */
export function coreDefaults(): void {
  fillBytes(0, 0, HEADER_BYTES);
  setDefaults();
}

/** Sets a knob of an open store; a new size of the write budget fills it. */
function setLive(which: i32, value: i32): i32 {
  const code: i32 = setKnob(which, value);
  if (which == Knob.WritebackLimit && code == Err.Ok) swapFillBudget();
  return code;
}

/**
 * Sets a knob (config.ts). Ok; Invalid for an unknown knob, a value out of range, or one that is fixed while open; LeftOut
 * for an allocator that this build lacks (features.ts);
 * NoFrame when an allocator that needs a frame of its own is chosen and none is free.
 */
export function coreSet(which: i32, value: i32): i32 {
  if (read32(Header.Open) == State.None) return answer(setKnob(which, value));
  const code: i32 = enter();
  if (code < 0) return code;
  if (!knobIsLive(which)) return leave(Err.Invalid);
  return leave(which == Knob.Allocator ? zpoolSwitch(value) : setLive(which, value));
}

function isKnob(which: i32): boolean { return which >= 0 && which < Knob.Count; }

/** Value of a knob, Invalid if there is none of that number. */
export function coreGet(which: i32): i32 { return answer(isKnob(which) ? knob(which) : Err.Invalid); }
/** Smallest and largest value of a knob; Invalid if there is none of that number. */
export function coreLow(which: i32): i32 { return answer(isKnob(which) ? knobLow(which) : Err.Invalid); }
export function coreHigh(which: i32): i32 { return answer(isKnob(which) ? knobHigh(which) : Err.Invalid); }
/** Default of a knob, Invalid if there is none of that number. */
export function coreDefault(which: i32): i32 { return answer(isKnob(which) ? knobDefault(which) : Err.Invalid); }
/** 1: the knob may change while the store is open; 0: not, or there is none of that number. */
export function coreKnobIsLive(which: i32): i32 { return knobIsLive(which) ? 1 : 0; }

/**
 * Opens the store in an arena of `arenaBytes` (no more than the memory there is): lays it out, empties
 * every table, reads the swap area's sector headers. Returns the number of frames; Invalid for more, and for a
 * store that is open already (coreDefaults() first); Busy; or Config (configFault() has the relation). A swap area that
 * cannot be read leaves the store open without one.
 */
export function coreOpen(arenaBytes: i32): i32 {
  if (read32(Header.Open) > State.Idle) return enter();
  if (read32(Header.Open) == State.Idle || arenaBytes < 0 || arenaBytes > memoryEnd()) return answer(Err.Invalid);
  write32(Header.Open, State.Opening);
  const count: i32 = openLayout(arenaBytes);
  if (count < 0) {
    write32(Header.Open, State.None);
    return count;
  }
  openFrames();
  openGovernor();
  openZpools();
  openTmem();
  openPool(PoolKind.Persistent);
  openSwapLog();
  openDurable();
  return leave(count);
}

/** Takes over an arena that holds an open store already (a dump, a snapshot). Ok or NotOpen. */
export function coreAttach(): i32 { return read32(Header.Open) == State.None ? Err.NotOpen : attachLayout(); }

/** The relation (layout.ts) that the last coreOpen() found broken, 0 if none. */
export function configFault(): i32 { return read32(Header.ConfigFault); }

/** Value of counter `which` (counters.ts); derived ones are as of the last coreRefresh(). */
export function counter(which: i32): i32 { return answer(which < 0 || which >= Counter.Count ? Err.Invalid : counterValue(which)); }
export function countersOffset(): i32 { return COUNTERS_AT; }
export function countersCount(): i32 { return Counter.Count; }
/** Brings the derived counters up to date. Ok, NotOpen or Busy. */
export function coreRefresh(): i32 {
  const code: i32 = enter();
  if (code < 0) return code;
  refreshGauges();
  return leave(Err.Ok);
}

/** Sets every event counter to zero, those of the tenants too; what is stored is counted on. Ok, NotOpen or Busy. */
export function coreResetCounters(): i32 {
  const code: i32 = enter();
  if (code < 0) return code;
  for (let which: i32 = 0; which < Counter.Count; which++) {
    const isGauge: boolean = which == Counter.StoredPages || which == Counter.SameFilledPages || which == Counter.EphZpages
      || which == Counter.EphZbytes || which == Counter.PersZpages || which == Counter.PersZbytes
      || which == Counter.BuddiedCount || which == Counter.UnbuddiedCount || which == Counter.BdCount || which == Counter.HugePages
      || which == Counter.StoredIncompressiblePages;
    if (!isGauge) write32(COUNTERS_AT + (which << 2), 0);
  }
  // What there is now has been stored since.
  setCounter(Counter.HugePagesSince, counterValue(Counter.HugePages));
  resetTenants();
  return leave(Err.Ok);
}

/** Where the region of LinkBytes lies. */
export function linkOffset(): i32 { return linkAt; }
export function codecTableOffset(): i32 { return codecTableAt; }
export function zpageBufferOffset(): i32 { return zpageBufferAt; }
export function coreFrames(): i32 { return frames; }
export function coreTableBytes(): i32 { return tableBytes(); }
/** What boot found on the chip (swap/recovery.ts Chip: 0 none, 1 blank, 2 volatile, 3 durable; 16 and above: closed until swapFormat()). */
export function swapFound(): i32 { return foundOnFlash(); }
export function coreSwapIsOpen(): i32 { return swapIsOpen() ? 1 : 0; }
/** The write budget (swap/budget.ts): 0 off, 1 something left, 2 exhausted, 3 zero from the start. What is left: wear_budget_left. */
export function coreBudget(): i32 {
  const code: i32 = enter();
  return code < 0 ? code : leave(swapBudget());
}

/** Days that the flash lasts at the rate so far, at most 9 999 years of them; NotFound while there is nothing to tell from. */
export function coreLifeDays(): i32 {
  const code: i32 = enter();
  return code < 0 ? code : leave(swapLifeDays());
}

/** What the wear ledger has of a sector of the swap area: erases (bits 0..19), 1 << 28 for a head, 1 << 30 if it is retired; or Invalid. */
export function coreSectorWear(sector: i32): i32 { return answer(swapSector(sector)); }
/** Live granules (16 bytes) of a sector of the swap area, Invalid for no sector. */
export function coreSectorLive(sector: i32): i32 { return answer(swapSectorLive(sector)); }

/** The list a frame is on (frames.ts List: 0..5 the classes, 6 free, 7 an allocator's own, 8 lent), or Invalid. */
export function frameClass(frame: i32): i32 { return answer(isFrame(frame) ? frameList(frame) : Err.Invalid); }
/** Zpages in a frame, 0 for frames of other classes. */
export function frameZpages(frame: i32): i32 { return zpoolZpages(frame); }
/** The allocator of a frame of zpages (0 zbud, 1 zfold, 2 zsmalloc, 3 tlsf), Invalid for others. */
export function frameAllocatorOf(frame: i32): i32 { return answer(frameAllocator(frame)); }
/** Free chunks of a frame of zbud's, 0 for others. */
export function frameFreeChunks(frame: i32): i32 { return HAS_ZBUD && frameAllocator(frame) == Allocator.Zbud ? zbudFreeChunks(frame) : 0; }

/** Bytes of pages that could still be stored if none compressed and nothing went to flash: free frames only. */
export function coreFreeBytes(): i32 { return freeFrames() << pageShift; }
