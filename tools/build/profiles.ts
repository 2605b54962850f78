/**
 * The profiles of a bundle for other engines: what each knows beforehand (profile-facts.ts). `full` is everything an app can
 * ask for over the core as JavaScript; `minimal` is pages by name and areas in compressed RAM, packed by lz4 into zbud, and
 * nothing else: no flash, no ephemeral pools, no tenants, no dense codec.
 */
import type { Facts } from "./profile-facts";

export const PROFILES = ["full", "minimal"] as const;
export type Profile = typeof PROFILES[number];

export const ENGINES = ["espruino", "jerryscript", "mquickjs", "generic"] as const;
export type Engine = typeof ENGINES[number];

/** Results of the core, for facts (firmware/core/errors.ts). */
const NO_FLASH = -9;
const REFUSED = -11;
const NOT_FOUND = -4;
const TOO_BIG = -2;
const CORRUPT = -5;
const INVALID = -1;

export const FACTS: Record<Profile, Facts> = {
  full: {
    // what open() has no option for stays at its default (firmware/core/config.ts) for good
    knobs: {
      ObjectsMax: 16, PoolsMax: 4, ChunkOrder: 6, SwapStart: 0, LinkBytes: 1080, FoldLimit: 4, Dense: 1, ResidentPercent: 25, ReserveFrames: 1,
      PageLimitBytes: 0, StoreEnabled: 1, WritebackEnabled: 1, SameFilled: 1, ExclusiveLoads: 0, PoolLimitPercent: 100, AcceptPercent: 90,
      MeanGateEighths: 0, PoorRun: 8, PoorSkip: 16, IdleFrames: 8, ReclaimRetries: 8, Allocator: 0, EphemeralPercent: 100,
      ResidentLeastPercent: 10, ResidentMostPercent: 50, TenantsMax: 1, VerifyPrograms: 0, WearSpread: 4, EnduranceErases: 100000, TicksPerMilli: 0,
      WritebackLimitEnable: 0, WritebackLimit: 0, WritebackPerDay: 0, IdleMarks: 0, RawStorage: 1, FlashReadCost: 20, FlashWriteCost: 190,
    },
    allocators: ["Zbud", "Raw"],
    answers: { hasTenants: false },
  },
  minimal: {
    knobs: {
      ChunkOrder: 6, SectorBytes: 0, SwapStart: 0, SwapSectors: 0, LinkBytes: 0, FoldLimit: 2, Dense: 0, ResidentPercent: 25, ReserveFrames: 1,
      PageLimitBytes: 0, StoreEnabled: 1, WritebackEnabled: 0, SameFilled: 1, ExclusiveLoads: 0, PoolLimitPercent: 100, AcceptPercent: 100,
      MeanGateEighths: 0, PoorRun: 0, PoorSkip: 1, IdleFrames: 0, ReclaimRetries: 1, Allocator: 0, EphemeralPercent: 100,
      ResidentLeastPercent: 25, ResidentMostPercent: 25, TenantsMax: 1, DurablePagesMax: 0, IdleMarks: 0,
    },
    allocators: ["Zbud"],
    answers: {
      // no flash
      swapIsOpen: false, hasSlot: false, swapRead: NO_FLASH, swapWrite: NO_FLASH, swapFree: 0, setSwapped: 0, openSwapLog: 0, swapTakes: false, swapTick: 0,
      // so nothing outlives a reset
      durableIsOn: false, rowOf: INVALID, attachCommitted: NOT_FOUND, discardDurable: 0, hasCommitted: false, durableRows: 0, durableTableBytes: 0,
      // nothing leaves RAM, so nothing is reclaimed
      reclaimAnyFrame: REFUSED, reclaimFrame: REFUSED, reaperRun: REFUSED, compactFrame: NOT_FOUND,
      // no ephemeral or frozen pools, one tenant
      isEphemeral: false, poolIsFrozen: false, poolIsShared: false, hasTenants: false, noteEntry: 0, countTenant: 0, askFor: 0, mayEvict: true, tenantOf: 0, resetTenants: 0,
      // one codec, one allocator
      zbaleDecompress: CORRUPT, zbaleCompress: TOO_BIG, recompressStep: 0, isCurrent: true, zpoolSwitch: INVALID,
      // counters that count refusals and events cost more code than they tell here
      count: 0,
    },
  },
};
