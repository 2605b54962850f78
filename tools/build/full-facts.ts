/**
 * What the full profile knows: everything that an app can ask for, over flash or without. There is no option for most knobs,
 * nor a clock, so those stay at their defaults (firmware/core/config.ts) for good.
 */
import type { Facts } from "./profile-facts";

/** Knobs that neither this profile nor swap's opens with anything but the default. */
export const FIXED: Facts["knobs"] = {
  ObjectsMax: 16, PoolsMax: 4, ChunkOrder: 6, SwapStart: 0, FoldLimit: 4, ResidentPercent: 25, ReserveFrames: 1, PageLimitBytes: 0, StoreEnabled: 1,
  WritebackEnabled: 1, SameFilled: 1, ExclusiveLoads: 0, PoolLimitPercent: 100, AcceptPercent: 90, MeanGateEighths: 0, PoorRun: 8, PoorSkip: 16, ReclaimRetries: 8,
  Allocator: 0, EphemeralPercent: 100, ResidentLeastPercent: 10, ResidentMostPercent: 50, TenantsMax: 1, VerifyPrograms: 0, WearSpread: 4, EnduranceErases: 100000,
  TicksPerMilli: 0, WritebackLimitEnable: 0, WritebackLimit: 0, WritebackPerDay: 0, IdleMarks: 0, RawStorage: 1, FlashReadCost: 20, FlashWriteCost: 190,
};

/** One tenant, who has no row of his own. */
export const ONE_TENANT: NonNullable<Facts["passages"]> = {
  everywhere: { "read32(Header.TenantsAt) != 0": "false", "read32(Header.CurrentTenant)": "0" },
};

export const FULL: Facts = {
  knobs: { ...FIXED, LinkBytes: 1080, Dense: 1, IdleFrames: 8 },
  allocators: ["Zbud", "Raw"],
  answers: { hasTenants: false, isCurrent: true },
  passages: ONE_TENANT,
};
