/**
 * The gate: nothing that is called at the wrong time, or with arguments that are out of range, changes anything but a
 * counter. The table below has bad arguments for every exported call that takes any, and a test says that it is complete.
 */
import test, { ExecutionContext } from "ava";
import * as native from "../../firmware/native";
import { Knob } from "../../firmware/core/config";
import { Counter } from "../../firmware/core/counters";
import { Err } from "../../firmware/core/errors";
import { Header, State } from "../../firmware/core/layout";
import { Allocator, HANDLE_SHIFT } from "../../firmware/core/zpool/handles";
import { Flash, FlashResult } from "../../hal/flash";
import { openSimFlash } from "../../hal/sim/flash";
import { Area, EPHEMERAL, Names, PAGE_BYTES, PERSISTENT, withFlash } from "../helpers/board";
import { checkInvariants } from "../helpers/check";
import { Core, CoreCalls, bothBuilds } from "../helpers/cores";
import { makePage, pageOfDensity } from "../helpers/pages";
import { Random } from "../helpers/random";
import { LINK_BYTES, appendLog, getCache, getMap, putCache, setMap } from "../shapes/driver";

type Name = keyof CoreCalls;
type Row = readonly [Name, ...number[]];

/** Numbers that name nothing, whatever is asked for. */
const NONSENSE = [-1, -2, -0x80000000, 0x7fffffff, 1 << 20, 0x40000000];
/** Numbers of no pool. 0 is the areas' own: a name there belongs to paging. */
const NO_POOLS = [...NONSENSE, 0, 15, 16, 255, 256];
/** The link stands beside the core, not behind its gate. */
const FROM_LINK = /^(wire|line)/;
/** The shapes, which ask the gate and have a table of their own. */
const FROM_SHAPES = /^(map|log|cache|shape|area(Count|IsPlain|Zero)$)/;
/** They only tell what the last call of a shape left in the link region, or what a length would mean. */
const SHAPE_ANSWERS: readonly Name[] = ["areaIsPlain", "shapeStage", "shapeKind", "shapeLeft", "shapePieceBytes"];
/** Calls without arguments, and those that may be made at any time because they only answer. */
const ANSWERS: readonly Name[] = ["configFault", "countersOffset", "countersCount", "coreAttach", "linkOffset", "codecTableOffset", "zpageBufferOffset", "coreFrames",
  "coreTableBytes", "coreSwapIsOpen", "swapFound", "coreFreeBytes", "governorTarget"];
/** They change the store and take no argument, or none that is bad. coreDefaults() asks nothing. */
const PLAIN: readonly Name[] = ["coreDefaults", "coreRefresh", "coreResetCounters", "compactFrame", "zpoolMaxBytes", "coreBudget", "coreLifeDays", "coreSync", "swapFormat"];

interface Scene { readonly core: Core; readonly persistent: number; readonly ephemeral: number; readonly area: number; readonly stale: number; readonly storedHandle: number; readonly rawHandle: number; }

/** A store in which something of each kind lives. */
function scene(open: Parameters<typeof withFlash>[0], allocator: Allocator): Scene {
  const core = withFlash(open, { [Knob.Dense]: 1, [Knob.PoolsMax]: 6, [Knob.LinkBytes]: 64, [Knob.TenantsMax]: 3, [Knob.Allocator]: allocator });
  const [persistent, ephemeral] = [new Names(core, core.poolOpen(PERSISTENT)), new Names(core, core.poolOpen(EPHEMERAL))];
  const page = (seed: number): Uint8Array => makePage("csv", PAGE_BYTES, new Random(seed));
  for (let i = 0; i < 5; i++) {
    persistent.store(i, page(i));
    ephemeral.put(i, page(10 + i));
  }
  const area = new Area(core, core.areaOpen(20));
  for (let i = 0; i < 4; i++) area.write(i, page(20 + i));
  core.areaPageOut(area.handle, 1);
  const stale = core.areaOpen(3);
  core.areaClose(stale);
  const rawHandle = core.zpoolAlloc(0, 100, 0xffff);
  const storedHandle = storedZpage(core);
  if (rawHandle < 0 || storedHandle < 0) throw new Error(`handles ${rawHandle} and ${storedHandle}`);
  return { core, persistent: persistent.pool, ephemeral: ephemeral.pool, area: area.handle, stale, storedHandle, rawHandle };
}

/** A handle that a stored page has. */
function storedZpage(core: Core): number {
  for (let frame = 0; frame < core.frames; frame++) {
    for (let which = 0; core.frameZpages(frame) > 0 && which < core.zpoolLimit(frame); which++) {
      const handle = core.zpoolHandleAt(frame, which);
      if (handle >= 0 && core.zpoolOwner(handle) !== 0xffff) return handle;
    }
  }
  return -1;
}

/** Offsets at which no page of a client's lies: outside of memory, astride, unaligned, in the header, tables, buffers and frames of the store. */
function badPages({ core }: Scene): number[] {
  const taken = Array.from({ length: core.frames }, (_, frame) => frame).filter((frame) => ![0, 1, 3, 4].includes(core.frameClass(frame)));
  const firstFrame = core.bytes.length === 0 ? 0 : new DataView(core.bytes.buffer).getInt32(Header.FramesAt, true);
  return [...NONSENSE, 0, 4, 128, 1152, core.client + 1, core.client + 2, core.client - 4, core.linkOffset(), core.codecTableOffset(), core.zpageBufferOffset(),
    firstFrame - 4, ...taken.slice(0, 4).map((frame) => firstFrame + frame * PAGE_BYTES), firstFrame + taken[0] * PAGE_BYTES + 512];
}

/** Every exported call, with arguments that it must refuse. */
function table(at: Scene): Row[] {
  const { core, persistent, ephemeral, area, stale, storedHandle, rawHandle } = at;
  const from = core.client;
  const noAreas = [...NONSENSE, stale, 5, 15, 16, 2047, 65535];
  const noPages = [-1, 20, 65535, 0x7fffffff, -0x80000000];
  const noIndexes = [-1, 65536, 0x7fffffff, -0x80000000];
  const free = rawHandle ^ 1;
  const noHandles = [...NONSENSE, core.frames << HANDLE_SHIFT, (core.frames - 1) << HANDLE_SHIFT, rawHandle | 255, 0xffff00, ...(core.zpoolOwner(free) < 0 ? [free] : [])];
  const rows: Row[] = [];
  const add = (name: Name, lists: number[][]): void => { for (const args of lists) rows.push([name, ...args]); };
  for (const name of ["coreGet", "coreLow", "coreHigh", "coreDefault"] as const) add(name, [...NONSENSE, Knob.Count, 999].map((one) => [one]));
  add("coreSet", [...[...NONSENSE, Knob.Count].map((knob) => [knob, 1]), [Knob.PageBytes, 512], [Knob.PagesMax, 16], [Knob.TenantsMax, 2],
    [Knob.AcceptPercent, 101], [Knob.AcceptPercent, -1], [Knob.AcceptPercent, 0x7fffffff], [Knob.Allocator, 4], [Knob.Allocator, -1]]);
  add("coreOpen", [[core.arenaBytes], [0], [-1], [0x7fffffff], [4096]]);
  add("counter", [...NONSENSE, core.countersCount()].map((one) => [one]));
  for (const name of ["frameClass", "frameAllocatorOf", "governorLent", "zpoolLimit"] as const) add(name, [...NONSENSE, core.frames, 65535].map((one) => [one]));
  add("governorLent", [[0], [1]]);
  add("areaOpen", [[0], [-1], [65521], [0x7fffffff], [-0x80000000], [257], [256]]);
  add("areaClose", noAreas.map((one) => [one]));
  add("areaTouch", [...noAreas.flatMap((one) => [[one, 0, 0], [one, 0, 1]]), ...noPages.flatMap((page) => [[area, page, 0], [area, page, 1]])]);
  for (const name of ["areaDiscard", "areaPageOut", "areaPlace"] as const) add(name, [...noAreas.map((one) => [one, 0]), ...noPages.map((page) => [area, page])]);
  for (const [name, pool, other] of [["frontswapStore", persistent, ephemeral], ["frontswapLoad", persistent, ephemeral], ["cleancachePut", ephemeral, persistent], ["cleancacheGet", ephemeral, persistent]] as const) {
    add(name, [...[...NO_POOLS, other].map((one) => [one, 1, 0, from]), ...noIndexes.map((index) => [pool, 1, index, from]), ...badPages(at).map((page) => [pool, 1, 0, page])]);
  }
  add("frontswapInvalidatePage", [...[...NO_POOLS, ephemeral].map((one) => [one, 1, 0]), ...noIndexes.map((index) => [persistent, 1, index]), [persistent, 77, 0], [persistent, 1, 999]]);
  add("cleancacheInvalidatePage", [...[...NO_POOLS, persistent].map((one) => [one, 1, 0]), ...noIndexes.map((index) => [ephemeral, 1, index]), [ephemeral, 1, 999]]);
  add("frontswapInvalidateArea", [...NO_POOLS.map((one) => [one, 1]), [persistent, 77]]);
  add("poolOpen", [...NONSENSE, 0, 3, 4, 5, 7, 8, 258].map((one) => [one]));
  add("poolClose", NO_POOLS.map((one) => [one]));
  add("poolFreeze", [...NO_POOLS.map((one) => [one, 1]), [persistent, 2], [persistent, -1]]);
  add("poolFigure", [...NO_POOLS.filter((pool) => pool !== 0).map((one) => [one, 0]), [persistent, -1], [persistent, 5]]);
  add("tenantUse", [...NONSENSE, 3, 15, 16].map((one) => [one]));
  add("tenantSetQuota", [...[...NONSENSE, 3, 15].map((one) => [one, 8192]), [1, -1], [1, 1], [1, 2 * PAGE_BYTES - 1], [1, core.frames * PAGE_BYTES + 1], [1, 0x7fffffff], [1, -0x80000000]]);
  add("tenantFigure", [...[...NONSENSE, 3, 15].map((one) => [one, 0]), [0, -1], [0, 7], [0, 0x7fffffff]]);
  add("coreRecompress", [[-1, 1], [1, -1], [-0x80000000, 0], [0, -0x80000000]]);
  add("coreSectorWear", [...NONSENSE, 99_999].map((one) => [one]));
  add("coreSectorLive", [...NONSENSE, 99_999].map((one) => [one]));
  add("areaOpenDurable", [[from, 0, 1], [from, -1, 1], [from, 25, 1], [0, 4, 1], [-4, 4, 1], [0x7fffffff, 4, 1], [from, 4, 0], [from, 4, -1], [from, 4, 99], [from, 4, 0x7fffffff]]);
  add("areaDelete", [...noAreas, area].map((one) => [one]));
  add("areaSync", [...noAreas.filter((one) => one !== -1), area].map((one) => [one]));
  add("writebackMark", [...NONSENSE, 0, 4, 1].map((one) => [one]));
  add("writebackClass", [[-1, 1, 1], [4, 1, 1], [1, 1, -1], [0, 0, 1], [0, 1, 1], [2, 4, 1], [0x7fffffff, 1, 1]]);
  add("governorSetTarget", [...NONSENSE, 0, 3, core.frames + 1].map((one) => [one]));
  add("reaperRun", [[-1], [-0x80000000]]);
  add("reclaimFrame", [[2, 1], [-1, 1], [0x7fffffff, 1], [0, 0], [0, -1]]);
  add("lz4Compress", [[-1, 10, from, 10, core.codecTableOffset()], [from, -1, from, 10, core.codecTableOffset()], [from, 65536, from, 10, core.codecTableOffset()], [from, 10, 0, 10, core.codecTableOffset()],
    [from, 10, from, 10, 0], [from, 10, from, 10, core.codecTableOffset() + 1], [from, 10, from, 10, 0x7ffffff0], [0x7fffffff, 10, from, 10, core.codecTableOffset()], [128, 64, from, 99, core.codecTableOffset()]]);
  add("lz4Decompress", [[-1, 10, from, 10], [from, -1, from, 10], [from, 10, from, -5], [from, 10, 0, 1024], [from, 10, 768, 1024], [from, 70000, from, 10], [from, 10, from, 0x7fffffff]]);
  add("zbaleCompress", [[-1, 10, from, 10, core.codecTableOffset()], [from, -1, from, 10, core.codecTableOffset()], [from, 10, 0, 10, core.codecTableOffset()], [from, 10, from, 10, 0], [from, 10, from, 10, core.codecTableOffset() + 2], [from, 10, from, 10, 0x7ffffff0]]);
  add("zbaleDecompress", [[-1, 10, from, 10, core.codecTableOffset()], [from, 10, 0, 10, core.codecTableOffset()], [from, 10, from, 0x7fffffff, core.codecTableOffset()], [from, 10, from, 10, 4], [from, -1, from, 10, core.codecTableOffset()], [from, 10, from + 1024, 1024, from + 1800], [from, 10, from + 1024, 10, from - (from & 3)]]);
  add("zpoolAlloc", [[-1, 10, 0], [2, 10, 0], [0, 0, 0], [0, -1, 0], [0, core.zpoolMaxBytes() + 1, 0], [0, 0x7fffffff, 0], [0, 10, -1], [0, 10, 65536]]);
  add("zpoolFree", [...noHandles, storedHandle].map((one) => [one]));
  add("zpoolRead", noHandles.map((one) => [one]));
  add("zpoolOwner", noHandles.map((one) => [one]));
  add("zpoolMove", [...noHandles, storedHandle, rawHandle].map((one) => [one]));
  add("zpoolWrite", [...[...noHandles, storedHandle].map((one) => [one, from, 1]), [rawHandle, from, 0], [rawHandle, from, -1], [rawHandle, from, 2000], [rawHandle, -4, 4], [rawHandle, 0x7fffffff, 4]]);
  add("zpoolFitsInstead", [...noHandles.map((one) => [one, 10]), [rawHandle, 0], [rawHandle, -1]]);
  add("zpoolHasRoom", [[-1, 10], [2, 10], [0, 0], [0, -1]]);
  add("zpoolHandleAt", [...NONSENSE.map((one) => [one, 0]), [rawHandle >> HANDLE_SHIFT, -1], [rawHandle >> HANDLE_SHIFT, 99], [rawHandle >> HANDLE_SHIFT, 0x7fffffff]]);
  add("zpoolReclaimBegin", [[-1], [2], [0], [1]]);
  add("zpoolCompactBegin", [[-1], [2], [0], [1]]);
  add("zpoolReclaimEnd", [...NONSENSE, 0, 1, rawHandle >> HANDLE_SHIFT].map((one) => [one]));
  return rows;
}

/** Calls whose bad arguments get an answer that is no error, by their contract: there is nothing, so 0. */
const ZEROES: readonly Row[] = [["frameZpages", -1], ["frameZpages", 65535], ["frameFreeChunks", -1], ["coreKnobIsLive", -1], ["coreKnobIsLive", 99], ["coreTick", -1], ["coreTick", -0x80000000],
  ["crc32", -1, 4, 0], ["crc32", 0, -1, 0], ["crc32", 0x7fffffff, 8, 0], ["crc32", 0, 0x7fffffff, 0]];

function call(core: Core, [name, ...args]: Row): number { return Number((core[name] as (...given: number[]) => unknown)(...args) ?? 0); }

for (const allocator of [Allocator.Zbud, Allocator.Zfold, Allocator.Zsmalloc, Allocator.Tlsf]) {
  bothBuilds(`every call refuses arguments that are out of range, stale or forged with a negative code, and nothing has changed (allocator ${allocator})`, (t, open) => {
    const at = scene(open, allocator);
    const { core } = at;
    const rows = table(at);
    let invalid = 0;
    const before = core.state();
    const index = counterIndex(core);
    const counted = core.counter(index);
    for (const row of rows) {
      const code = call(core, row);
      if (code >= 0 || code === Err.Busy) t.fail(`${row.join(" ")} returned ${code}`);
      if (code === Err.Invalid) invalid++;
      if (Buffer.compare(core.state(), before) !== 0) return t.fail(`${row.join(" ")} changed the arena`);
    }
    t.is(core.counter(index) - counted, invalid);
    for (const row of ZEROES) {
      t.is(call(core, row), 0, row.join(" "));
      if (Buffer.compare(core.state(), before) !== 0) return t.fail(`${row.join(" ")} changed the arena`);
    }
    t.true(rows.length > 400);
    t.is(core.zpoolFree(at.rawHandle), Err.Ok);
    checkInvariants(core.bytes, undefined);
  });
}

/** The index of io_stat.invalid_io, found by its moving. */
function counterIndex(core: Core): number {
  const values = (): number[] => Array.from({ length: core.countersCount() }, (_, i) => core.counter(i));
  const before = values();
  core.areaClose(-1);
  return values().findIndex((value, i) => value !== before[i]);
}

/** The names of the exported calls, without the link's. */
function exportedCalls(isShape: boolean): string[] {
  return Object.keys(native).filter((name) => typeof native[name as keyof typeof native] === "function" && !FROM_LINK.test(name) && FROM_SHAPES.test(name) === isShape);
}

test("the table has every call that is exported", (t) => {
  const exported = exportedCalls(false);
  const core = { client: 0, frames: 30, arenaBytes: 1, bytes: new Uint8Array(0), frameClass: () => 6 };
  const fake = new Proxy(core, { get: (target, name) => Reflect.get(target, name) ?? (() => 0) }) as unknown as Core;
  const named = new Set<string>([...table({ core: fake, persistent: 1, ephemeral: 2, area: 0, stale: 1, storedHandle: 1, rawHandle: 2 }), ...ZEROES].map(([name]) => name));
  t.deepEqual(exported.filter((name) => !named.has(name) && !(ANSWERS as readonly string[]).includes(name) && !(PLAIN as readonly string[]).includes(name)), []);
});

test("every exported call is made from inside a port by a test, but for those that only answer", (t) => {
  const named = new Set<string>([...goodCalls({ client: 0, codecTableOffset: () => 0 } as unknown as Core, 1, 2, 0), ...shapeCalls(0)].map(([name]) => name));
  const answering: readonly string[] = [...ANSWERS, ...SHAPE_ANSWERS, ...OPEN_ANSWERS, "coreDefaults"];
  t.deepEqual([...exportedCalls(false), ...exportedCalls(true)].filter((name) => !named.has(name) && !answering.includes(name)), []);
});

/** They read a word or two of the header or a table, and are answered inside a port too. */
const OPEN_ANSWERS: readonly Name[] = ["coreGet", "coreLow", "coreHigh", "coreDefault", "coreKnobIsLive", "counter", "poolFigure", "tenantFigure", "areaPlace", "coreSectorWear", "coreSectorLive", "governorLent",
  "frameClass", "frameZpages", "frameAllocatorOf", "frameFreeChunks", "crc32"];

/** A map, a log and a cache with something in them, in a store where other areas live; and an area that is none of them. */
function shapeScene(open: Parameters<typeof withFlash>[0]): { core: ReturnType<typeof withFlash>; map: number; log: number; plain: number; stale: number } {
  const core = withFlash(open, { [Knob.LinkBytes]: LINK_BYTES, [Knob.PoolsMax]: 4, [Knob.Dense]: 1 });
  const [map, log, plain, stale] = [core.areaOpen(12), core.areaOpen(6), new Area(core, core.areaOpen(4)), core.areaOpen(2)];
  core.areaClose(stale);
  const value = makePage("json", PAGE_BYTES, new Random(3));
  const key = Uint8Array.of(107);
  const codes = [core.mapOpen(map, 12), setMap(core, map, key, value.subarray(0, 40), 1), setMap(core, map, Uint8Array.of(108), value, 2), core.logOpen(log, 6), appendLog(core, log, value.subarray(0, 100), 0),
    core.cacheOpen(0), putCache(core, 0, key, value.subarray(0, 30), 1), plain.write(0, value)];
  if (codes.some((code) => code < 0)) throw new Error(`the shapes did not open: ${codes.join(" ")}`);
  return { core, map, log, plain: plain.handle, stale };
}

/** Every exported call of the shapes, with arguments that it must refuse. */
function shapeTable({ map, log, plain, stale }: { map: number; log: number; plain: number; stale: number }): Row[] {
  const noAreas = [...NONSENSE, stale, 5, 15, 16, 65535];
  const [noMaps, noLogs] = [[...noAreas, plain, log], [...noAreas, plain, map]];
  const noKeys = [0, -1, 101, 256, 70_000, 0x7fffffff, -0x80000000];
  const noLengths = [-1, -0x80000000];
  const noCaches = [...NONSENSE, 8, 99];
  const rows: Row[] = [];
  const add = (name: Name, lists: number[][]): void => { for (const args of lists) rows.push([name, ...args]); };
  add("mapOpen", [...noAreas.map((one) => [one, 2]), [plain, 0], [plain, -1], [plain, 5], [plain, 0x7fffffff]]);
  for (const name of ["mapClear", "mapRoom", "mapSize"] as const) add(name, noMaps.map((one) => [one]));
  for (const name of ["mapGet", "mapDelete"] as const) add(name, [...noMaps.map((one) => [one, 1]), ...noKeys.map((length) => [map, length])]);
  add("mapNext", noMaps.map((one) => [one, -1]));
  add("mapReserve", [...noMaps.map((one) => [one, 1, 5000]), ...noKeys.map((length) => [map, length, 10]), ...noLengths.map((length) => [map, 1, length]), [map, 1, 0x7fffffff], [map, 1, 30_000]]);
  add("mapCommit", [...noMaps.map((one) => [one, 1, 10, 1, 0]), ...noKeys.map((length) => [map, length, 10, 1, 0]), ...noLengths.map((length) => [map, 1, length, 1, 0]), [map, 1, 10, 128, 0], [map, 1, 10, -1, 0],
    [map, 1, 5000, 1, 0], [map, 1, 10, 1, 3], [map, 1, 2000, 1, 1], [map, 1, 2000, 1, 12], [map, 1, 2000, 1, -1], [map, 1, 2000, 1, 65535]]);
  add("logOpen", [...noAreas.map((one) => [one, 2]), [plain, 1], [plain, 0], [plain, -1], [plain, 5]]);
  for (const name of ["logClear", "logEntries", "logRoom", "logStamp"] as const) add(name, noLogs.map((one) => [one]));
  add("logReserve", [...noLogs.map((one) => [one, 10]), ...noLengths.map((length) => [log, length]), [log, 0x7fffffff], [log, 32_768], [log, 5 * PAGE_BYTES]]);
  add("logCommit", [...noLogs.map((one) => [one, 10, 0]), ...noLengths.map((length) => [log, length, 0]), [log, 10, 2], [log, 10, -1], [log, 32_768, 0], [log, 5 * PAGE_BYTES, 0]]);
  add("logNext", [...noLogs.map((one) => [one, -1, 0]), [log, 1, 0], [log, 5 * PAGE_BYTES, 0], [log, 0x7ffffffe, 1]]);
  for (const name of ["cacheOpen", "cacheClear"] as const) add(name, noCaches.map((one) => [one]));
  for (const name of ["cacheGet", "cacheDelete", "cacheBegin"] as const) add(name, [...noCaches.map((one) => [one, 1]), ...noKeys.map((length) => [0, length])]);
  add("cacheIsLong", [...noLengths, 15 * PAGE_BYTES + 1, 0x7fffffff].map((length) => [1, length]));
  add("cachePutShort", [...noCaches.map((one) => [one, 1, 10, 0]), ...noKeys.map((length) => [0, length, 10, 0]), ...noLengths.map((length) => [0, 1, length, 0]), [0, 1, 2000, 0], [0, 1, 0x7fffffff, 0], [0, 1, 10, 128], [0, 1, 10, -1]]);
  add("cachePutPage", [...noCaches.map((one) => [one, 0, 0]), [0, -1, 0], [0, 16, 0], [0, 0, -1], [0, 0, 15], [0, 0x7fffffff, 0], [0, 0, 0x7fffffff]]);
  add("cachePutLong", [...noCaches.map((one) => [one, 1, 2000, 0]), ...noKeys.map((length) => [0, length, 2000, 0]), ...noLengths.map((length) => [0, 1, length, 0]), [0, 1, 15 * PAGE_BYTES + 1, 0], [0, 1, 2000, 128]]);
  add("areaZero", [...noAreas.map((one) => [one, 0, 4]), [plain, -1, 4], [plain, 0, -1], [plain, 0, 4 * PAGE_BYTES + 1], [plain, 4 * PAGE_BYTES, 1], [plain, 0x7fffffff, 1], [plain, 1, 0x7fffffff], [plain, -0x80000000, -0x80000000]]);
  add("areaCount", [...noAreas.map((one) => [one, 1, 0]), [plain, -1, 0], [plain, 5, 0], [plain, 0x7fffffff, 0]]);
  add("shapeTouch", [...noAreas.map((one) => [one, 0, 1]), [plain, -1, 0], [plain, 4, 1], [plain, 0x7fffffff, 0]]);
  return rows;
}

/** They answer with nothing, and so have no code: pages that were never reserved are not given back. */
const shapeSilent = (map: number, plain: number): Row[] => [["mapForget", map, 1], ["mapForget", map, 0], ["mapForget", map, -1], ["mapForget", map, 12], ["mapForget", plain, 1], ["mapForget", -1, 1]];

test("the table of the shapes has every call of theirs that is exported", (t) => {
  const named = new Set<string>([...shapeTable({ map: 0, log: 1, plain: 2, stale: 3 }), ...shapeSilent(0, 2), ["shapePiece"]].map(([name]) => name as string));
  t.deepEqual(exportedCalls(true).filter((name) => !named.has(name) && !(SHAPE_ANSWERS as readonly string[]).includes(name)), []);
});

/** What the shapes hold: the order of pages that were looked at, and what is counted about it, aside. */
function shapeState(t: ExecutionContext, at: ReturnType<typeof shapeScene>): unknown {
  const { core } = at;
  const pages = [at.map, at.log, at.plain].flatMap((area) => Array.from({ length: area === at.map ? 12 : area === at.log ? 6 : 4 }, (_, page) => {
    const where = core.areaTouch(area, page, 0);
    t.true(where >= 0);
    return Buffer.from(core.copy(where, PAGE_BYTES)).toString("latin1");
  }));
  return { pages, map: [getMap(core, at.map, Uint8Array.of(107)), getMap(core, at.map, Uint8Array.of(108)), core.mapSize(at.map)], entries: core.logEntries(at.log), stamp: core.logStamp(at.log), cache: getCache(core, 0, Uint8Array.of(107)) };
}

bothBuilds("S3 every call of a shape refuses an area that is no such shape and lengths out of range, counted, and what the shapes hold has not changed", (t, open) => {
  const at = shapeScene(open);
  const { core } = at;
  const before = shapeState(t, at);
  const rows = shapeTable(at);
  for (const row of rows) {
    const counted = core.counterOf("io_stat.invalid_io");
    const code = call(core, row);
    if (code >= 0 || code === Err.Busy) return t.fail(`${row.join(" ")} returned ${code}`);
    if (code === Err.Invalid && core.counterOf("io_stat.invalid_io") === counted) return t.fail(`${row.join(" ")} was not counted`);
  }
  for (const row of shapeSilent(at.map, at.plain)) call(core, row);
  t.deepEqual(shapeState(t, at), before);
  t.true(rows.length > 300);
  checkInvariants(core.bytes, core.sim.chip.cells);
});

/** Every call of the shapes that reaches the store, with arguments that are good. */
function shapeCalls(area: number): Row[] {
  return [["mapOpen", area, 2], ["mapClear", area], ["mapSize", area], ["mapRoom", area], ["mapGet", area, 1], ["mapNext", area, -1], ["mapReserve", area, 1, 2000], ["mapCommit", area, 1, 10, 0, 0], ["mapDelete", area, 1],
    ["logOpen", area, 2], ["logClear", area], ["logEntries", area], ["logRoom", area], ["logStamp", area], ["logReserve", area, 10], ["logCommit", area, 10, 0], ["logNext", area, -1, 0],
    ["cacheOpen", 0], ["cacheClear", 0], ["cacheGet", 0, 1], ["cacheDelete", 0, 1], ["cacheBegin", 0, 1], ["cachePutShort", 0, 1, 10, 0], ["cachePutPage", 0, 0, 0], ["cachePutLong", 0, 1, 2000, 0],
    ["areaZero", area, 0, 4], ["areaCount", area, 1, 0], ["shapeTouch", area, 0, 1], ["shapePiece", 0], ["mapForget", area, 1], ["cacheIsLong", 1, 10]];
}

/** Without a code, or about lengths alone. */
const CODELESS = ["mapForget", "cacheIsLong"];

bothBuilds("S3 a call of a shape from inside a port is Busy and counted, before the store is open NotOpen, and nothing has changed", (t, open) => {
  const flash = new CallingFlash(openSimFlash("w25q16").flash);
  const core = open({ flash, open: false, knobs: { [Knob.SectorBytes]: 4096, [Knob.SwapSectors]: 8, [Knob.LinkBytes]: LINK_BYTES } });
  const refuse = (expected: number): void => {
    const before = core.state();
    for (const row of shapeCalls(0)) {
      const busy = core.counter(Counter.BusyCalls);
      const code = call(core, row);
      if (!CODELESS.includes(row[0]) && code !== expected) throw new Error(`${row.join(" ")} returned ${code}`);
      if (expected === Err.Busy && row[0] !== "cacheIsLong" && core.counter(Counter.BusyCalls) === busy) throw new Error(`${row.join(" ")} was not counted`);
      if (Buffer.compare(core.state(), before) !== 0) throw new Error(`${row.join(" ")} changed the arena`);
    }
  };
  refuse(Err.NotOpen);
  let nested = 0;
  flash.callBack = () => { refuse(Err.Busy); nested++; };
  t.true(core.coreOpen(core.arenaBytes) > 0);
  const area = new Area(core, core.areaOpen(40));
  const pages = Array.from({ length: 40 }, (_, i) => pageOfDensity(40, PAGE_BYTES, new Random(i)));
  for (const [i, page] of pages.entries()) t.true(area.write(i, page) >= 0);
  for (const [i, page] of pages.entries()) t.deepEqual(area.read(i), page);
  t.true(nested > 10);
});

/** A flash that calls back whenever it is called. */
class CallingFlash implements Flash {
  callBack: ((from: string) => void) | undefined;
  constructor(private readonly inner: Flash) {}
  get geometry() { return this.inner.geometry; }
  get name() { return this.inner.name; }
  read(address: number, into: Uint8Array): FlashResult { this.callBack?.("read"); return this.inner.read(address, into); }
  erase(address: number): FlashResult { this.callBack?.("erase"); return this.inner.erase(address); }
  program(address: number, from: Uint8Array): FlashResult { this.callBack?.("program"); return this.inner.program(address, from); }
}

/** Every call that changes the store, with arguments that are good. */
function goodCalls(core: Core, pool: number, ephemeral: number, area: number): Row[] {
  const [from, to] = [core.client, core.client + 2 * PAGE_BYTES];
  return [["coreSet", Knob.StoreEnabled, 0], ["coreOpen", core.arenaBytes], ["coreRefresh"], ["coreResetCounters"], ["areaOpen", 1], ["areaClose", area], ["areaTouch", area, 0, 1],
    ["areaDiscard", area, 0], ["areaPageOut", area, 0], ["frontswapStore", pool, 1, 1, from], ["frontswapLoad", pool, 1, 0, to], ["frontswapInvalidatePage", pool, 1, 0],
    ["frontswapInvalidateArea", pool, 1], ["cleancachePut", ephemeral, 1, 1, from], ["cleancacheGet", ephemeral, 1, 0, to], ["cleancacheInvalidatePage", ephemeral, 1, 0], ["poolOpen", 1],
    ["poolClose", pool], ["poolFreeze", pool, 1], ["tenantUse", 0], ["tenantSetQuota", 1, 0], ["coreTick", 1], ["coreRecompress", 1, 1], ["governorSetTarget", 5], ["compactFrame"],
    ["coreBudget"], ["coreLifeDays"], ["areaOpenDurable", from, 4, 1], ["areaDelete", area], ["areaSync", -1], ["coreSync"], ["swapFormat"], ["writebackMark", 1], ["writebackClass", 1, 1, 1], ["reaperRun", 1], ["reclaimFrame", 0, 1], ["lz4Compress", from, 10, to, 10, core.codecTableOffset()], ["lz4Decompress", from, 10, to, 10],
    ["zbaleCompress", from, 10, to, 10, core.codecTableOffset()], ["zbaleDecompress", from, 10, to, 10, core.codecTableOffset()], ["zpoolAlloc", 0, 10, 0], ["zpoolFree", 256], ["zpoolRead", 256],
    ["zpoolWrite", 256, from, 1], ["zpoolOwner", 256], ["zpoolMove", 256], ["zpoolFitsInstead", 256, 1], ["zpoolHasRoom", 0, 1], ["zpoolMaxBytes"], ["zpoolLimit", 0], ["zpoolHandleAt", 0, 0],
    ["zpoolReclaimBegin", 0], ["zpoolCompactBegin", 0], ["zpoolReclaimEnd", 0]];
}

bothBuilds("B1 a call of the core from inside a port is Busy and counted, and nothing has changed, whichever the call and the port", (t, open) => {
  const flash = new CallingFlash(openSimFlash("w25q16").flash);
  const core = open({ flash, knobs: { [Knob.SectorBytes]: 4096, [Knob.SwapSectors]: 8, [Knob.TenantsMax]: 2, [Knob.Dense]: 1, [Knob.LinkBytes]: 64 } });
  const names = new Names(core, core.poolOpen(PERSISTENT));
  const ephemeral = core.poolOpen(EPHEMERAL);
  const area = new Area(core, core.areaOpen(40));
  const met = new Map<string, number>();
  let nested = 0;
  flash.callBack = (port) => {
    const before = core.state();
    const busy = core.counterOf("zcache_mcu.busy_calls");
    // counterOf() refreshes, which is such a call itself.
    const calls = goodCalls(core, names.pool, ephemeral, area.handle);
    for (const row of calls) if (call(core, row) !== Err.Busy) throw new Error(`${row.join(" ")} inside flash ${port} did not return Busy`);
    if (core.counterOf("zcache_mcu.busy_calls") !== busy + calls.length + 1) throw new Error("a refused call was not counted");
    if (Buffer.compare(core.state(), before) !== 0) throw new Error(`the arena changed inside flash ${port}`);
    nested += calls.length;
    met.set(port, (met.get(port) ?? 0) + 1);
  };
  const pages = Array.from({ length: 40 }, (_, i) => pageOfDensity(40, PAGE_BYTES, new Random(i)));
  for (let round = 0; round < 3; round++) {
    for (const [i, page] of pages.entries()) t.true(area.write(i, page) >= 0);
    core.reaperRun(4);
    for (const [i, page] of pages.entries()) t.deepEqual(area.read(i), page);
  }
  t.deepEqual([...met.keys()].sort(), ["erase", "program", "read"]);
  t.true(nested > 1000);
  flash.callBack = undefined;
  t.is(core.areaTouch(area.handle, 0, 0) >= 0, true);
  checkInvariants(core.bytes);
});

bothBuilds("B1 while the store is being opened every call is Busy, and before that NotOpen", (t, open) => {
  const flash = new CallingFlash(openSimFlash("w25q16").flash);
  const core = open({ flash, open: false, knobs: { [Knob.SectorBytes]: 4096, [Knob.SwapSectors]: 4 } });
  const calls = (): Row[] => goodCalls(core, 1, 2, 0).filter(([name]) => !["coreSet", "coreOpen"].includes(name) && !/Compress|Decompress/.test(name));
  for (const row of calls()) t.is(call(core, row), Err.NotOpen, row.join(" "));
  for (const row of [["poolFigure", 0, 0], ["tenantFigure", 0, 0], ["areaPlace", 0, 0], ["governorLent", 0]] as const) t.is(call(core, row), Err.NotOpen);
  let nested = 0;
  flash.callBack = () => {
    for (const row of [...calls(), ["coreOpen", core.arenaBytes], ["coreSet", Knob.StoreEnabled, 0]] as Row[]) if (call(core, row) !== Err.Busy) throw new Error(`${row.join(" ")} did not return Busy`);
    nested++;
  };
  t.true(core.coreOpen(core.arenaBytes) > 0);
  t.true(nested > 0);
  t.is(new DataView(core.bytes.buffer).getInt32(Header.Open, true), State.Idle);
});

bothBuilds("a store that is open is not opened again: what it holds stays, until coreDefaults()", (t, open) => {
  const core = withFlash(open);
  const names = new Names(core, core.poolOpen(PERSISTENT));
  const page = makePage("csv", PAGE_BYTES, new Random(1));
  names.store(1, page);
  const before = core.state();
  for (const bytes of [core.arenaBytes, 0, -1, 8192, 0x7fffffff]) t.is(core.coreOpen(bytes), Err.Invalid);
  t.deepEqual(core.state(), before);
  t.deepEqual(names.load(1), page);
  core.coreDefaults();
  t.is(core.coreOpen(0x7fffffff), Err.Invalid);
  t.is(core.coreOpen(-1), Err.Invalid);
  t.true(core.coreOpen(core.arenaBytes) > 0);
});

bothBuilds("pages of a client's may lie behind the arena, in the link region, in a lent frame, and where an area's page is shown", (t, open) => {
  const core = withFlash(open, { [Knob.LinkBytes]: 2048 });
  const names = new Names(core, core.poolOpen(PERSISTENT));
  const area = core.areaOpen(1);
  t.is(core.governorSetTarget(core.frames - 2), Err.Ok);
  const lent = Array.from({ length: core.frames }, (_, frame) => core.governorLent(frame)).find((at) => at >= 0)!;
  const page = makePage("json", PAGE_BYTES, new Random(2));
  for (const at of [core.client, core.linkOffset(), lent, core.areaTouch(area, 0, 1)]) {
    core.bytes.set(page, at);
    t.is(core.frontswapStore(names.pool, 1, 7, at), Err.Ok);
    core.bytes.fill(0, at, at + PAGE_BYTES);
    t.is(core.frontswapLoad(names.pool, 1, 7, at), Err.Ok);
    t.deepEqual(core.copy(at, PAGE_BYTES), page);
  }
});

bothBuilds("zpages that were allocated by hand are passed by: the reaper, idle work and compaction leave them, and the store's pages with them", (t, open) => {
  for (const allocator of [0, 1, 2, 3]) {
    const core = withFlash(open, { [Knob.Allocator]: allocator, [Knob.Dense]: 1 });
    const names = new Names(core, core.poolOpen(PERSISTENT));
    const raw: number[] = [];
    const page = (i: number): Uint8Array => pageOfDensity(30, PAGE_BYTES, new Random(i));
    for (let i = 0; i < 8; i++) {
      names.store(i, page(i));
      raw.push(core.zpoolAlloc(0, 200, [0, 5, 65535][i % 3]));
    }
    for (const handle of raw) t.is(core.zpoolWrite(handle, core.put(new Uint8Array(200).fill(handle & 255)), 200), Err.Ok);
    for (let i = 0; i < 6; i++) {
      core.reaperRun(3);
      core.coreRecompress(4, 20);
      core.compactFrame();
      core.coreTick(4);
    }
    for (const handle of raw) t.true(core.copy(core.zpoolRead(handle), 200).every((byte) => byte === (handle & 255)));
    for (let i = 0; i < 8; i++) t.deepEqual(names.load(i), page(i));
    for (const handle of raw) t.is(core.zpoolFree(handle), Err.Ok);
    checkInvariants(core.bytes);
  }
});

bothBuilds("between the two halves of a reclaim by hand the store is Busy", (t, open) => {
  const core = withFlash(open);
  const pool = core.poolOpen(PERSISTENT);
  const handle = core.zpoolAlloc(0, 100, 3);
  const frame = core.zpoolReclaimBegin(0);
  t.is(frame, handle >> HANDLE_SHIFT);
  t.is(core.zpoolReclaimBegin(0), Err.Busy);
  t.is(core.frontswapStore(pool, 1, 1, core.client), Err.Busy);
  t.is(core.coreTick(1), Err.Busy);
  t.is(core.zpoolReclaimEnd(frame + 1), Err.Invalid);
  t.is(core.zpoolReclaimEnd(frame), 0);
  t.is(core.zpoolReclaimEnd(frame), Err.Invalid);
  t.is(core.zpoolFree(handle), Err.Ok);
  t.is(core.frontswapStore(pool, 1, 1, core.client), Err.Ok);
  t.is(core.zpoolReclaimBegin(0), core.frontswapInvalidateArea(pool, 1) === Err.Ok ? Err.NotFound : 0);
});
