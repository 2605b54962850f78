/**
 * Every limit of the store in one place. A knob is a word in the arena's header: written before coreOpen(), and those
 * marked (live) at any time. Each has a unit, a range and a default, and coreSet() refuses what lies outside; relations
 * between knobs are checked once, by checkConfig() in layout.ts, which names the one that is broken.
 */
import { read32, trailingZeros, write32 } from "./memory";
import { Err } from "./errors";
import { HAS_TLSF, HAS_ZBUD, HAS_ZFOLD, HAS_ZSMALLOC } from "./features";

export const enum Knob {
  /** Bytes of a page and of a pageframe; a power of two, 256..4096. Default 1024: small boards, small reads. */
  PageBytes,
  /** Pages that can be stored at once, resident, compressed and on flash together; 16..65520, a multiple of 16. 6.75 bytes each. */
  PagesMax,
  /** Objects (areas, maps, caches) that can exist at once; 1..2047. 12 bytes each. */
  ObjectsMax,
  /** tmem pools that can exist at once; 1..15. 4 bytes each. */
  PoolsMax,
  /** log2 of the chunks in a frame (zbud's NCHUNKS_ORDER); 2..7. Default 6: 64 chunks of 16 bytes at 1 KiB. */
  ChunkOrder,
  /** Bytes of the swap area's erase sector; 4096..262144, a power of two. 0: there is no flash. */
  SectorBytes,
  /** Flash address where the swap area begins; a multiple of SectorBytes. */
  SwapStart,
  /** Sectors in the swap area; 0 (no swap) or 3..1024: one to write, one to clean into, one to hold. 6 bytes each. */
  SwapSectors,
  /** Bytes kept for the serial line's own state; 0..8192. */
  LinkBytes,
  /** Most zpages of a frame of zfold's (k), so the most evictions that freeing one costs; 2..8. Default 4: more gained under 1 % on measured pages. */
  FoldLimit,
  /** 1: the dense codec (codec/zbale.ts) has its work space, for idle pages and pages on their way to flash; 0: there is none, which saves 1264 bytes. */
  Dense,
  /** (live) Share of the frames in use that may hold resident pages, percent; 5..95. */
  ResidentPercent,
  /** (live) Frames that tick() keeps free, so that a fault need not wait; 0..64. */
  ReserveFrames,
  /** (live) Largest zpage the bouncer admits, bytes; 0: whatever the allocator can hold. */
  PageLimitBytes,
  /** (live) 1: stores are taken; 0: every store is refused (and still drops the old copy). */
  StoreEnabled,
  /** (live) 1: the reaper may write to flash; 0: it may not. */
  WritebackEnabled,
  /** (live) 1: pages filled with one word are kept as that word. */
  SameFilled,
  /** (live) 1: a persistent load removes the zpage; 0: it stays until invalidated. Paging always loads exclusively. */
  ExclusiveLoads,
  /** (live) Share of the frames in use that may hold zpages, percent; 1..100. At the limit stores are refused or make room. */
  PoolLimitPercent,
  /** (live) After a limit hit, stores are taken again below this share of the limit, percent; 1..100. */
  AcceptPercent,
  /** (live) Mean gate in eighths of a page: while the pool's mean zpage is above, larger pages are refused; 0: off. */
  MeanGateEighths,
  /** (live) After this many poorly compressing pages in a row the codec is left alone for a while; 0: never; 0..255. */
  PoorRun,
  /** (live) For how many pages; then one is tried again; 1..255. */
  PoorSkip,
  /** (live) With the dense codec: how many of the oldest frames idle work recompresses when frames are short; 0..255. */
  IdleFrames,
  /** (live) Frames a reclaim tries before it gives up; 1..64. */
  ReclaimRetries,
  /** (live) Who takes new zpages: 0 zbud, 1 zfold, 2 zsmalloc, 3 tlsf; the default is the first that the build has. What is stored stays where it is until it is freed. */
  Allocator,
  /** (live) Share of the frames in use that may hold ephemeral zpages, percent; 1..100. At the limit a put makes room among its own. */
  EphemeralPercent,
  /** (live) Bounds between which the share of residents follows the load, percent; 5..95. Both at ResidentPercent: it stays there. */
  ResidentLeastPercent, ResidentMostPercent,
  /** Tenants, each with pools, areas and a quota of its own; 1..15. 36 bytes each when there are several, nothing when there is one. */
  TenantsMax,
  /** (live) 1: what is programmed to flash is read back, and a sector that does not hold it is retired; 0: it is believed. */
  VerifyPrograms,
  /** (live) Erases by which the sectors of the swap area may differ before cold data are moved; 2..1000. */
  WearSpread,
  /** (live) Erases that a sector of the flash is good for, for the projection of its life; 0: not known. */
  EnduranceErases,
  /** Ticks of the board's clock in a millisecond, up to 1000000; 0: time stands still, so no budget comes in and no life is projected. */
  TicksPerMilli,
  /** (live) 1: writes to flash are budgeted (swap/budget.ts); 0: they are not. */
  WritebackLimitEnable,
  /** (live) KiB that the write budget holds when it is full, and begins with; setting it fills it. 0: none at all. */
  WritebackLimit,
  /** (live) KiB that come into the write budget in a day. */
  WritebackPerDay,
  /** 1: zpages have an age, two bits for each page that can be stored (store/idle.ts); 0: they have none. */
  IdleMarks,
  /** (live) 1: a page that does not compress is kept as a raw zpage while it is warmer than what goes to flash for it; 0: it goes to flash at once. */
  RawStorage,
  /** Pages that durable areas may have in all; 0 (there are none) to 4095. 4 bytes each, 8 for every eighth, 12 more in all. */
  DurablePagesMax,
  /** (live) What reading and writing a record costs, with the policy (store/costs.ts), in thousands of instructions; 0..65535. Boards have their chip's figures. */
  FlashReadCost, FlashWriteCost,
  /** How many there are. */
  Count,
}

/** Where the knobs lie in the arena, one word each. */
export const KNOBS_AT: i32 = 128;

export function knob(which: Knob): i32 { return read32(KNOBS_AT + (which << 2)); }

/** Allocators that there are (zpool/handles.ts). */
const ALLOCATORS: i32 = 4;

/** The allocators that this build has, a bit each by its number. */
function allocators(): i32 { return (HAS_ZBUD ? 1 : 0) | (HAS_ZFOLD ? 2 : 0) | (HAS_ZSMALLOC ? 4 : 0) | (HAS_TLSF ? 8 : 0); }

/** Is this the number of an allocator that there is, but not in this build? */
function isLeftOut(allocator: i32): boolean { return allocator >= 0 && allocator < ALLOCATORS && (allocators() >> allocator & 1) == 0; }

/** Default of a knob. */
export function knobDefault(which: Knob): i32 {
  switch (which) {
    case Knob.PageBytes: return 1024;
    case Knob.PagesMax: return 256;
    case Knob.ObjectsMax: return 16;
    case Knob.PoolsMax: return 4;
    case Knob.ChunkOrder: return 6;
    case Knob.FoldLimit: return 4;
    case Knob.ResidentPercent: return 25;
    case Knob.ResidentLeastPercent: return 10;
    case Knob.ResidentMostPercent: return 50;
    case Knob.ReserveFrames: return 1;
    case Knob.Dense: case Knob.StoreEnabled: case Knob.WritebackEnabled: case Knob.SameFilled: case Knob.RawStorage: return 1;
    case Knob.PoolLimitPercent: case Knob.EphemeralPercent: return 100;
    case Knob.AcceptPercent: return 90;
    case Knob.PoorRun: case Knob.IdleFrames: case Knob.ReclaimRetries: return 8;
    case Knob.PoorSkip: return 16;
    case Knob.TenantsMax: return 1;
    case Knob.WearSpread: return 4;
    case Knob.EnduranceErases: return 100000;
    case Knob.FlashReadCost: return 20;
    case Knob.FlashWriteCost: return 190;
    case Knob.Allocator: return HAS_ZBUD ? 0 : trailingZeros(allocators());
    default: return 0;
  }
}

/** Smallest value of a knob. */
export function knobLow(which: Knob): i32 {
  switch (which) {
    case Knob.PageBytes: return 256;
    case Knob.PagesMax: return 16;
    case Knob.ChunkOrder: case Knob.FoldLimit: case Knob.WearSpread: return 2;
    case Knob.ResidentPercent: case Knob.ResidentLeastPercent: case Knob.ResidentMostPercent: return 5;
    case Knob.ObjectsMax: case Knob.PoolsMax: case Knob.PoolLimitPercent: case Knob.AcceptPercent: case Knob.ReclaimRetries:
    case Knob.PoorSkip: case Knob.EphemeralPercent: case Knob.TenantsMax: return 1;
    default: return 0;
  }
}

/** Largest value of a knob. */
export function knobHigh(which: Knob): i32 {
  switch (which) {
    case Knob.PageBytes: case Knob.PageLimitBytes: return 4096;
    case Knob.PagesMax: return 65520;
    case Knob.DurablePagesMax: return 4095;
    case Knob.FlashReadCost: case Knob.FlashWriteCost: return 65535;
    case Knob.ObjectsMax: return 2047;
    case Knob.PoolsMax: case Knob.TenantsMax: return 15;
    case Knob.ChunkOrder: return 7;
    case Knob.SectorBytes: return 262144;
    case Knob.SwapStart: return 0x3fffffff;
    case Knob.SwapSectors: return 1024;
    case Knob.LinkBytes: return 8192;
    case Knob.ResidentPercent: case Knob.ResidentLeastPercent: case Knob.ResidentMostPercent: return 95;
    case Knob.ReserveFrames: case Knob.ReclaimRetries: return 64;
    case Knob.PoolLimitPercent: case Knob.AcceptPercent: case Knob.EphemeralPercent: return 100;
    case Knob.FoldLimit: case Knob.MeanGateEighths: return 8;
    case Knob.PoorRun: case Knob.PoorSkip: case Knob.IdleFrames: return 255;
    case Knob.Allocator: return HAS_TLSF ? 3 : HAS_ZSMALLOC ? 2 : HAS_ZFOLD ? 1 : 0;
    case Knob.WearSpread: return 1000;
    case Knob.EnduranceErases: case Knob.TicksPerMilli: return 1000000;
    case Knob.WritebackLimit: case Knob.WritebackPerDay: return 0xffffff;
    default: return 1;
  }
}

/** May this knob change while the store is open? */
export function knobIsLive(which: Knob): boolean {
  const isFixed: boolean = which == Knob.TenantsMax || which == Knob.TicksPerMilli || which == Knob.IdleMarks
    || which == Knob.DurablePagesMax;
  return which >= Knob.ResidentPercent && which < Knob.Count && !isFixed;
}

/** Writes the default of every knob. */
export function setDefaults(): void {
  for (let which: i32 = 0; which < Knob.Count; which++) write32(KNOBS_AT + (which << 2), knobDefault(which));
}

/** Sets a knob. Ok; Invalid when there is no such knob or the value is out of its range; LeftOut when this build lacks what it names. */
export function setKnob(which: i32, value: i32): i32 {
  if (which < 0 || which >= Knob.Count) return Err.Invalid;
  if (which == Knob.Allocator && isLeftOut(value)) return Err.LeftOut;
  if (value < knobLow(which) || value > knobHigh(which)) return Err.Invalid;
  write32(KNOBS_AT + (which << 2), value);
  return Err.Ok;
}
