/**
 * What the minimal profile knows: pages by name and areas in compressed RAM, packed by lz4 into zbud, and nothing else.
 * No flash, no ephemeral pools, no tenants, no dense codec, no raw zpages, no counters; one store at a time, whose page
 * size and number of pages are chosen when it is opened and whose other knobs are these.
 *
 * Each group says in one sentence what is known, and its facts follow from that. test/engines/minimal.test.ts compares
 * the bundle with the whole core under the same knobs, call by call.
 */
import type { Facts } from "./profile-facts";

/** Results of the core, for facts (firmware/core/errors.ts). */
const NO_FLASH = -9;
const REFUSED = -11;
const NOT_FOUND = -4;
const TOO_BIG = -2;
const INVALID = -1;

/** All knobs but PageBytes and PagesMax. */
const KNOBS: Facts["knobs"] = {
  ObjectsMax: 16, PoolsMax: 4, ChunkOrder: 6, SectorBytes: 0, SwapStart: 0, SwapSectors: 0, LinkBytes: 0, FoldLimit: 2, Dense: 0,
  ResidentPercent: 25, ReserveFrames: 1, PageLimitBytes: 0, StoreEnabled: 1, WritebackEnabled: 0, SameFilled: 1, ExclusiveLoads: 0,
  PoolLimitPercent: 100, AcceptPercent: 100, MeanGateEighths: 0, PoorRun: 0, PoorSkip: 1, IdleFrames: 0, ReclaimRetries: 1, Allocator: 0,
  EphemeralPercent: 100, ResidentLeastPercent: 25, ResidentMostPercent: 25, TenantsMax: 1, IdleMarks: 0, RawStorage: 0, DurablePagesMax: 0,
};

/** No flash: no page has a slot, nothing outlives a reset, and nothing that is in RAM can leave it for somebody's need. */
const NO_FLASH_ANSWERS: Facts["answers"] = {
  swapTakes: false, hasSlot: false, swapRead: NO_FLASH, divert: NO_FLASH, wasDropped: false, noteRefault: 0, makeDirty: 0, dropSlot: 0,
  rowOf: INVALID, attachCommitted: NOT_FOUND, reclaimAnyFrame: REFUSED, reclaimForZpage: REFUSED,
};

/** One tenant, persistent pools only, and none of them is ever frozen or closed. */
const ONE_CLIENT: Facts["answers"] = {
  isEphemeral: false, poolIsFrozen: false, poolTenant: 0, objectTenant: 0, hasTenants: false, noteEntry: 0, countTenant: 0, askFor: 0, mayEvict: true, tenantOf: 0,
  quotaRoom: 0, placeAmongOwn: NOT_FOUND, ephemeralIsFull: false,
};

/** Nothing asks what has happened or how much there is. */
const NO_COUNTERS: Facts["answers"] = { count: 0, countBy: 0, setCounter: 0, counterValue: 0, countZpage: 0 };

/**
 * Limits that nothing reaches: zpages may have every frame but the two that they never take (frames.ts F4), so the pool's
 * limit of 100 % is never hit; the share of residents stays at 25 %, between bounds of 25 %.
 */
const NO_LIMITS: Facts["answers"] = { bouncerOpen: 0, bouncerRests: 0, roomUnderLimit: 0, noteRun: 0, isMeanPoor: false, noteZpageFault: 0, listMoveBehind: 0 };

/** One codec, one allocator, and a zpage is always one: handles are the entries' own and checked by nobody else. */
const ONE_ALLOCATOR: Facts["answers"] = { isCurrent: true, allocatorOf: 0, frameAllocator: 0, zbudIsHandle: true, setAge: 0, isRaw: false, isRawZpage: false, mayBeRaw: false };

/** Only the reaper asks in which order frames of zpages came, which of them were used and who owns a zpage. */
const NO_REAPER: Facts["answers"] = { renew: 0, noteUse: 0, isUnderReclaim: false, setFrameFlags: 0, frameFlags: 0 };

/** Variables of layout.ts that are the same in every arena of the profile's (hal/script/twins-minimal.ts). */
const PLACES: Facts["variables"] = { slotBits: 0, objectsAt: 40, chunkListsAt: 232, codecTableAt: 364, zpageBufferAt: 1388 };

const PASSAGES: Facts["passages"] = {
  everywhere: {
    // the header's words that are left
    "Header.LastTouched": "0", "Header.ReservedPages": "4", "Header.ListsAt": "-16",
    // no tenants, nothing lent, no ephemeral zpages
    "read32(Header.TenantsAt) != 0": "false", "listLength(List.Lent)": "0", "listLength(List.ZpagesFile)": "0",
    // what the codec found out about a page is in its result
    "write32(Header.JudgedLength, 0)": "0", "write32(Header.JudgedLength, lengthBytes)": "0",
  },
  // a resident entry's payload is its frame: there is no slot to be kept beside it
  frameOf: { "(payloadOf(entry) >>> slotBits) - 1": "payloadOf(entry)" },
  setResident: { "frame + 1 << slotBits | slot": "frame" },
  noSlot: { "(1 << slotBits) - 1": "0" },
  // nothing leaves RAM for a page that comes in, so its own zpage cannot be lost on the way
  fault: { "found < 0 ? takeFrame() : takeFrameFor(found)": "takeFrame()" },
  // room is made by paging out, or not at all
  freeUp: { "makeRoom(step)": "pageOutOldest()" },
  // areas are no durable ones, and their ids need not differ: they are found by their handles
  makeArea: { "id < 0 ? read32(Header.FreeObject) : id": "0" },
  // a page is a zpage, one word, or resident
  loadPage: { "place == Place.Zpage": "true" },
  bringIn: { "placeOf(entry) == Place.Swap": "false" },
  peek: { "placeOf(entry) != Place.Swap || isRaw(entry)": "true" },
  decode: { "form == Form.Raw": "false", "form == Form.Same": "false", "form == Form.Dense": "false" },
  // the one zpool, the one allocator; its zpages come from the codec, which was told how long they may be
  placeZpage: { "isEphemeral(entry) ? Zpool.Ephemeral : Zpool.Persistent": "0" },
  zpoolAlloc: { "zpool < 0 || zpool > 1": "false" },
  zpoolFitsInstead: { "allocator != current()": "false" },
  zbudAlloc: { "lengthBytes <= 0": "false", "lengthBytes > zbudMaxBytes()": "false", "write16(at + 8 + (last << 1), owner)": "0" },
  unbuddiedHead: { "zpool * ((1 << knob(Knob.ChunkOrder)) + 1) + freeChunks": "freeChunks" },
  newFrame: { "write32(at + 4, zpool << 16)": "write32(at + 4, 0)", "write32(at + 8, 0)": "0" },
  takeZpageFrame: { "zpool == 1 && ephemeralIsFull()": "false" },
  zpoolFree: {  "allocator < 0": "false" },
  enterZpage: { "used > counterValue(Counter.MemUsedMax)": "false" },
};

export const MINIMAL: Facts = {
  knobs: KNOBS,
  allocators: ["Zbud"],
  answers: { ...NO_FLASH_ANSWERS, ...ONE_CLIENT, ...NO_COUNTERS, ...NO_LIMITS, ...ONE_ALLOCATOR, ...NO_REAPER },
  variables: PLACES,
  passages: PASSAGES,
  twins: {
    module: "hal/script/twins-minimal",
    of: {
      config: ["knob"],
      layout: ["pageBytes", "pageShift", "chunkShift", "frames", "framesAt", "frameTableAt", "payloadsAt", "metasAt"],
      "store/shares": ["residentLimit"],
      "store/tmem": ["poolKind", "openPool", "objectPages", "setObjectPages", "objectFirstLeaf", "findObject", "makeObject", "forgetObject", "entryObject", "findEntry", "makeEntry", "forgetEntry"],
      "store/paging": ["isArea"],
      "store/frontswap": ["invalidateAll"],
    },
  },
};
