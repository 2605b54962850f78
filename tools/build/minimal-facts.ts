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
const INVALID = -1;

/** All knobs but PageBytes and PagesMax. */
const KNOBS: Facts["knobs"] = {
  ObjectsMax: 16, PoolsMax: 4, ChunkOrder: 6, SectorBytes: 0, SwapStart: 0, SwapSectors: 0, LinkBytes: 0, FoldLimit: 2, Dense: 0,
  ResidentPercent: 25, ReserveFrames: 1, PageLimitBytes: 0, StoreEnabled: 1, WritebackEnabled: 0, SameFilled: 1, ExclusiveLoads: 0,
  PoolLimitPercent: 100, AcceptPercent: 100, MeanGateEighths: 0, PoorRun: 0, PoorSkip: 1, IdleFrames: 0, ReclaimRetries: 1, Allocator: 0,
  EphemeralPercent: 100, ResidentLeastPercent: 25, ResidentMostPercent: 25, TenantsMax: 1, IdleMarks: 0, RawStorage: 1, DurablePagesMax: 0,
};

/** No flash: no page has a slot, nothing outlives a reset, and nothing that is in RAM can leave it for somebody's need. */
const NO_FLASH_ANSWERS: Facts["answers"] = {
  swapTakes: false, hasSlot: false, swapRead: NO_FLASH, divert: NO_FLASH, wasDropped: false, noteRefault: 0, makeDirty: 0, dropSlot: 0,
  rowOf: INVALID, attachCommitted: NOT_FOUND, reclaimAnyFrame: REFUSED, reclaimForZpage: REFUSED, rebuildZpage: 0,
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
const ONE_ALLOCATOR: Facts["answers"] = { current: 0, isCurrent: true, isFrame: true, zbudIsHandle: true, rawIsHandle: true, setAge: 0, zpoolSwitch: 0 };

/** Only the reaper asks in which order frames of zpages came, which of them were used and who owns a zpage. */
const NO_REAPER: Facts["answers"] = { renew: 0, noteUse: 0, isUnderReclaim: false };

/** Variables of layout.ts that are the same in every arena of the profile's (hal/script/twins-minimal.ts). */
const PLACES: Facts["variables"] = { slotBits: 0, objectsAt: 56, objectHeadsAt: 248, objectHashMask: 15, chunkListsAt: 280, codecTableAt: 412, zpageBufferAt: 1436 };

const PASSAGES: Facts["passages"] = {
  everywhere: {
    // the header's words that are left
    "Header.LastTouched": "0", "Header.ReservedPages": "4", "Header.FreeLeaf": "8", "Header.FreeObject": "12", "Header.Leaves": "16", "Header.ListsAt": "0",
    // no tenants, nothing lent, no ephemeral zpages
    "read32(Header.TenantsAt) != 0": "false", "read32(Header.CurrentTenant)": "0", "objectId(area) != DURABLE_ID": "true", "new Uint8Array(0)": "null", "new Uint16Array(0)": "null", "new Int32Array(0)": "null", "listLength(List.Lent)": "0", "listLength(List.ZpagesFile)": "0",
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
  judge: { "mayRest": "false", "code < 0": "false", "code == Err.Ok": "false", "bouncerAdmit(lengthBytes)": "0", "code < 0 ? code : lengthBytes": "lengthBytes < 0 ? -34 : lengthBytes" },
  storePage: { "isIncompressible(verdict)": "true", "placeOrReclaim(entry, from, verdict)": "placeZpage(entry, 1, verdict) < 0 ? -36 : 0" },
  pageOut: { "mayBeRaw(verdict) && becomeRaw(entry) == Err.Ok": "placeResidentAsRaw(entry) == 0" },
  makeObject: { "write16(poolAt(pool) + 2, read16(poolAt(pool) + 2) + 1)": "0" },
  forgetObject: { "write16(poolAt(pool) + 2, read16(poolAt(pool) + 2) - 1)": "0" },
  freeUp: { "makeRoom(step)": "pageOutOldest()" },
  // areas are no durable ones, and their ids need not differ: they are found by their handles
  makeArea: { "id < 0 ? read32(Header.FreeObject) : id": "read32(12)" },
  // a page is a zpage, one word, or resident
  loadPage: { "place == Place.Zpage": "true", "formOf(entry) == Form.Dense": "false" },
  bringIn: { "placeOf(entry) == Place.Swap": "false", "placeOf(entry) == Place.Zpage": "false" },
  leavePlace: { "isSame(entry)": "false" },
  peek: { "placeOf(entry) != Place.Swap || isRaw(entry)": "true" },
  decode: { "form == Form.Same": "false", "form == Form.Dense": "false" },
  // the one zpool, the one allocator; its zpages come from the codec, which was told how long they may be
  placeRaw: { "isEphemeral(entry) ? Zpool.Ephemeral : Zpool.Persistent": "0" },
  placeZpage: { "isEphemeral(entry) ? Zpool.Ephemeral : Zpool.Persistent": "0" },
  zpoolAlloc: { "zpool < 0 || zpool > 1": "false" },
  zpoolFitsInstead: { "frameAllocator(handleFrame(handle))": "0", "allocator != current()": "false", "allocator == Allocator.Zbud": "true" },
  zbudAlloc: { "lengthBytes <= 0": "false", "lengthBytes > zbudMaxBytes()": "false", "write16(at + 8 + (last << 1), owner)": "0" },
  unbuddiedHead: { "zpool * ((1 << knob(Knob.ChunkOrder)) + 1) + freeChunks": "freeChunks" },
  newFrame: { "write32(at + 4, zpool << 16)": "write32(at + 4, 0)", "write32(at + 8, 0)": "0", "write32(at, -1)": "0" },
  zpoolAllocRaw: { "zpool < 0 || zpool > 1": "false" },
  takeZpageFrame: { "zpool == 1 && ephemeralIsFull()": "false" },
  frameAllocator: { "frameList(frame)": "0", "list != List.ZpagesAnon && list != List.ZpagesFile": "false" },
  enterZpage: { "setFrameFlags(frame, frameFlags(frame) & ~FrameFlag.Recompressed)": "0", "zpageFrames() << pageShift": "0", "used > counterValue(Counter.MemUsedMax)": "false" },
  zpoolFree: { "allocatorOf(handle)": "frameAllocator(handleFrame(handle))", "allocator < 0": "false" },
  zpoolRead: { "allocatorOf(handle)": "frameAllocator(handleFrame(handle))", "allocator < 0": "false" },
  zpoolWrite: { "allocatorOf(handle)": "0" },
};

export const MINIMAL: Facts = {
  knobs: KNOBS,
  allocators: ["Zbud", "Raw"],
  answers: { ...NO_FLASH_ANSWERS, ...ONE_CLIENT, ...NO_COUNTERS, ...NO_LIMITS, ...ONE_ALLOCATOR, ...NO_REAPER },
  variables: PLACES,
  passages: PASSAGES,
  twins: {
    module: "hal/script/twins-minimal",
    of: {
      config: ["knob"],
      layout: ["pageBytes", "pageShift", "chunkShift", "frames", "framesAt", "frameTableAt", "payloadsAt", "metasAt", "leavesAt", "leafHeadsAt", "leafHashMask"],
      "store/tmem": ["poolKind", "openPool"],
      "store/shares": ["residentLimit"],
    },
  },
};
