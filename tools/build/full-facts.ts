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

/** Knobs whose limits setKnob() still asks for; all others are FIXED, or of one value in a profile. The numbers are those of config.ts. */
const [PAGE_BYTES, PAGES_MAX, OBJECTS_MAX, SECTOR_BYTES, SWAP_SECTORS, DURABLE_PAGES_MAX] = [0, 1, 2, 5, 7, 39];

/** What follows from FIXED, and from there being one tenant. */
export const COMMON: Required<Pick<Facts, "answers" | "passages">> = {
  answers: {
    hasTenants: false, quotaRoom: 0, placeAmongOwn: -4, mayEvict: true, countTenant: 0, poolTenant: 0, objectTenant: 0,
    isCurrent: true, isMeanPoor: false,
  },
  passages: {
    everywhere: { "read32(Header.TenantsAt) != 0": "false", "read32(Header.CurrentTenant)": "0" },
    poolLimitFrames: { "(framesInUse() * knob(Knob.PoolLimitPercent) / 100) | 0": "framesInUse()" },
    placeTables: { "log2(knob(Knob.ObjectsMax))": "4" },
    // a store that is open is never told another knob
    coreSet: { "read32(Header.Open) == State.None": "true" },
    // of the fixed knobs only one is asked for by its number (Store.sentence)
    setDefaults: { "knobDefault(which)": `which == ${OBJECTS_MAX} ? 16 : 0` },
    setKnob: {
      "which == Knob.Allocator && isLeftOut(value)": "false",
      "value < knobLow(which)": `value < (which == ${PAGE_BYTES} ? 256 : which == ${PAGES_MAX} ? 16 : 0)`,
      "value > knobHigh(which)": `value > (which == ${PAGE_BYTES} ? 4096 : which == ${PAGES_MAX} ? 65520 : which == ${SECTOR_BYTES} ? 262144 : which == ${SWAP_SECTORS} ? 1024 : which == ${DURABLE_PAGES_MAX} ? 4095 : 8192)`,
    },
  },
};

export const FULL: Facts = { knobs: { ...FIXED, LinkBytes: 1080, Dense: 1, IdleFrames: 8 }, allocators: ["Zbud", "Raw"], ...COMMON };
