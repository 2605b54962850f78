/**
 * What the minimal profile knows: pages by name and areas in compressed RAM, packed by lz4 into zbud, and nothing else. No
 * flash, no ephemeral pools, no tenants, no dense codec, no counters; one store at a time, whose page size and number of
 * pages are chosen when it is opened and whose other knobs are KNOBS.
 *
 * Each group below is one thing that is known, and what follows from it. docs/ENGINES.md has what each is worth in bytes;
 * test/engines/minimal.test.ts compares the bundle with the whole core under the same knobs, call by call.
 */
import type { Facts } from "./profile-facts";

/** Results of the core, for facts (firmware/core/errors.ts). */
const NO_FLASH = -9;
const REFUSED = -11;
const INVALID = -1;
const NO_FRAME = -3;

interface Group extends Pick<Facts, "variables" | "passages"> {
  /** What is known. */
  what: string;
  answers?: Facts["answers"];
}

/** All knobs but PageBytes and PagesMax; most have their default, and no flash. */
const KNOBS: Facts["knobs"] = {
  ObjectsMax: 16, PoolsMax: 4, ChunkOrder: 6, SectorBytes: 0, SwapStart: 0, SwapSectors: 0, LinkBytes: 0, FoldLimit: 2, Dense: 0,
  ResidentPercent: 25, ReserveFrames: 1, PageLimitBytes: 0, StoreEnabled: 1, WritebackEnabled: 0, SameFilled: 1, ExclusiveLoads: 0,
  PoolLimitPercent: 100, AcceptPercent: 100, MeanGateEighths: 0, PoorRun: 0, PoorSkip: 1, IdleFrames: 0, ReclaimRetries: 1, Allocator: 0,
  EphemeralPercent: 100, ResidentLeastPercent: 25, ResidentMostPercent: 25, TenantsMax: 1, IdleMarks: 0, RawStorage: 1, DurablePagesMax: 0,
};

/** The opening, the layout and the gate are the profile's own (hal/script/twins-minimal.ts has the picture). */
const OPENING: Group = {
  what: "an opening of its own",
  variables: { objectsAt: 56, objectHeadsAt: 248, objectHashMask: 15, chunkListsAt: 280, codecTableAt: 412, zpageBufferAt: 1436 },
  passages: {
    everywhere: {
      // the words of the header that are left
      "Header.LastTouched": "0", "Header.ReservedPages": "4", "Header.FreeLeaf": "8", "Header.FreeObject": "12", "Header.Leaves": "16", "Header.ListsAt": "0",
      // nobody is given the views before they are attached
      "new Uint8Array(0)": "null", "new Uint16Array(0)": "null", "new Int32Array(0)": "null",
    },
    // there is nothing between an app and these, so what is no whole number is refused here (undefined, NaN, a half)
    findObject: { "objectId(object) == id": "objectId(object) == (id | 0)" },
    isObject: { "object >= 0": "(object | 0) == object && object >= 0" },
    areaOpen: { "pages < 1": "!(pages >= 1)" },
    areaTouch: { "!isArea(area) || page < 0 || page >= objectPages(area)": "!isArea(area) || !(page >= 0 && page < objectPages(area))" },
  },
};

const TWINS: Facts["twins"] = {
  module: "hal/script/twins-minimal",
  of: {
    config: ["knob"],
    layout: ["pageBytes", "pageShift", "chunkShift", "frames", "framesAt", "frameTableAt", "payloadsAt", "metasAt", "leavesAt", "leafHeadsAt", "leafHashMask"],
    "store/tmem": ["poolKind", "openPool"],
    "store/shares": ["residentLimit"],
  },
};

export const GROUPS: Group[] = [
  OPENING,
  {
    what: "no flash",
    answers: { swapTakes: false, swapForbids: false, hasSlot: false, swapRead: NO_FLASH, divert: NO_FLASH, rowOf: INVALID, reclaimAnyFrame: REFUSED, reclaimForZpage: REFUSED, rebuildZpage: 0 },
    passages: {
      everywhere: { "objectId(area) != DURABLE_ID": "true" },
      // a resident entry's payload is its frame: there is no slot to be kept beside it
      frameOf: { "(payloadOf(entry) >>> slotBits) - 1": "payloadOf(entry)" },
      setResident: { "frame + 1 << slotBits | slot": "frame" },
      // a stored page is a zpage, one word, or resident
      loadPage: { "place == Place.Zpage": "true" },
      bringIn: { "placeOf(entry) == Place.Swap": "false" },
      peek: { "placeOf(entry) != Place.Swap || isRaw(entry)": "true" },
      // nothing leaves RAM for a page that comes in: its own zpage cannot be lost meanwhile, and room is made by paging out or not at all
      fault: { "found < 0 ? takeFrame() : takeFrameFor(found)": "takeFrame()" },
      freeUp: { "makeRoom(step)": "pageOutOldest()" },
      pageOut: { "mayBeRaw(verdict) && becomeRaw(entry) == Err.Ok": "placeResidentAsRaw(entry) == 0" },
    },
  },
  {
    what: "one tenant, persistent pools that stay",
    answers: { isEphemeral: false, poolIsFrozen: false, poolTenant: 0, hasTenants: false, countTenant: 0, mayEvict: true, quotaRoom: 0 },
    passages: {
      everywhere: { "read32(Header.TenantsAt) != 0": "false", "read32(Header.CurrentTenant)": "0" },
      // nobody asks how many objects a pool has
      makeObject: { "write16(poolAt(pool) + 2, read16(poolAt(pool) + 2) + 1)": "0" },
      forgetObject: { "write16(poolAt(pool) + 2, read16(poolAt(pool) + 2) - 1)": "0" },
      // areas are found by their handles only, so their ids may be the same
      makeArea: { "id < 0 ? read32(Header.FreeObject) : id": "0" },
    },
  },
  {
    what: "no counters, no ages",
    answers: { count: 0, countBy: 0, countZpage: 0, setAge: 0 },
    passages: {
      enterZpage: { "zpageFrames() << pageShift": "0", "used > counterValue(Counter.MemUsedMax)": "false" },
      leavePlace: { "isSame(entry)": "false" },
    },
  },
  {
    // zpages may have every frame but the two that they never take (frames.ts F4): a limit of 100 % is not reached; and the
    // share of residents stays at 25 %, between bounds of 25 %
    what: "limits that nothing reaches",
    answers: { bouncerOpen: 0, roomUnderLimit: 0 },
    passages: {
      judge: { "mayRest": "false", "code < 0": "false", "code == Err.Ok": "false", "bouncerAdmit(lengthBytes)": "0", "code < 0 ? code : lengthBytes": "lengthBytes < 0 ? -34 : lengthBytes" },
      storePage: { "isIncompressible(verdict)": "true", "placeOrReclaim(entry, from, verdict)": "placeZpage(entry, 1, verdict) < 0 ? -36 : 0" },
      bringIn: { "placeOf(entry) == Place.Zpage": "false" },
      everywhere: { "write32(Header.JudgedLength, 0)": "0", "write32(Header.JudgedLength, lengthBytes)": "0" },
    },
  },
  {
    // every handle comes out of an entry, so it names a zpage: zbud's, or a raw one if its frame says so
    what: "zbud and lz4 only",
    answers: { current: 0, isCurrent: true, isFrame: true, zbudIsHandle: true, rawIsHandle: true, pageOutDensely: NO_FRAME, askFor: 0 },
    passages: {
      loadPage: { "formOf(entry) == Form.Dense": "false" },
      decode: { "form == Form.Same": "false", "form == Form.Dense": "false" },
      zpoolAlloc: { "zpool < 0 || zpool > 1": "false" },
      zpoolAllocRaw: { "zpool < 0 || zpool > 1": "false" },
      zpoolFree: { "allocatorOf(handle)": "frameAllocator(handleFrame(handle))", "allocator < 0": "false" },
      zpoolRead: { "allocatorOf(handle)": "frameAllocator(handleFrame(handle))", "allocator < 0": "false" },
      // written are zbud's only, and a raw zpage is brought in where it lies before anybody could exchange it
      zpoolWrite: { "allocatorOf(handle)": "0" },
      zpoolFitsInstead: { "frameAllocator(handleFrame(handle))": "0", "allocator != current()": "false", "allocator == Allocator.Zbud": "true" },
      frameAllocator: { "frameList(frame)": "0", "list != List.ZpagesAnon && list != List.ZpagesFile": "false" },
      takeZpageFrame: { "zpool == 1 && ephemeralIsFull()": "false" },
      // the codec was told how long a zpage may be, and makes none of no length
      zbudAlloc: { "lengthBytes <= 0": "false", "lengthBytes > zbudMaxBytes()": "false" },
      unbuddiedHead: { "zpool * ((1 << knob(Knob.ChunkOrder)) + 1) + freeChunks": "freeChunks" },
    },
  },
  {
    // only the reaper asks in which order frames of zpages came, which were used since, and whose a zpage is
    what: "no reaper",
    answers: { renew: 0, noteUse: 0, isUnderReclaim: false },
    passages: {
      enterZpage: { "setFrameFlags(frame, frameFlags(frame) & ~FrameFlag.Recompressed)": "0" },
      zbudAlloc: { "write16(at + 8 + (last << 1), owner)": "0" },
      newFrame: { "zpool << 16": "0", "write32(at + 8, 0)": "0", "write32(at, -1)": "0" },
    },
  },
];

/** The facts of groups as one. */
export function factsOf(groups: Group[]): Facts {
  const passages: NonNullable<Facts["passages"]> = {};
  for (const group of groups) for (const [name, own] of Object.entries(group.passages ?? {})) passages[name] = { ...passages[name], ...own };
  return {
    knobs: KNOBS, allocators: ["Zbud", "Raw"], passages, twins: TWINS,
    answers: Object.assign({}, ...groups.map((group) => group.answers ?? {})),
    variables: Object.assign({}, ...groups.map((group) => group.variables ?? {})),
  };
}

export const MINIMAL: Facts = factsOf(GROUPS);
