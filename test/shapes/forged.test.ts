import { ExecutionContext } from "ava";
import { Counter } from "../../firmware/core/counters";
import { Knob } from "../../firmware/core/config";
import { Err } from "../../firmware/core/errors";
import { Random } from "../../hal/sim/random";
import type { Core } from "../helpers/core";
import { bothBuilds } from "../helpers/cores";
import { LINK_BYTES, Outcome, appendLog, deleteMap, getCache, getMap, putCache, readValue, setMap } from "./driver";

const SEED = 20261201;
const FORGERIES = 1500;
const PAGE_BYTES = 512;
const MAP_PAGES = 9;
const LOG_PAGES = 4;
/** What a call of a shape whose bytes are not its own may answer: never Invalid, which would mean that the core asked itself for a page that is none. */
const REFUSALS: number[] = [Err.Corrupt, Err.NotFound, Err.NoFrame, -103, -114, -121];
/** Pages that one call may look at: a division looks at each record of the pages it has in reach, a few times. */
const LOOKS_MOST = 4000;
const ENTRIES_MOST = MAP_PAGES * PAGE_BYTES / 8;

interface Scene { core: Core; map: number; log: number; other: number; }

function bytes(length: number, seed: number): Uint8Array { return Uint8Array.from({ length }, (_, i) => i * 7 + seed & 255); }
function key(n: number): Uint8Array { return new TextEncoder().encode(`key ${n}`); }

function scene(t: ExecutionContext, open: (options: object) => Core): Scene {
  const knobs = { [Knob.PageBytes]: PAGE_BYTES, [Knob.PagesMax]: 512, [Knob.LinkBytes]: LINK_BYTES };
  const core = open({ arenaBytes: 40 * PAGE_BYTES + 20000, knobs });
  const [map, log, other] = [core.areaOpen(MAP_PAGES), core.areaOpen(LOG_PAGES), core.areaOpen(4)];
  t.deepEqual([core.mapOpen(map, MAP_PAGES), core.logOpen(log, LOG_PAGES), core.cacheOpen(0)], [Err.Ok, Err.Ok, Err.Ok]);
  for (let page = 0; page < 4; page++) core.bytes.set(bytes(PAGE_BYTES, page), core.areaTouch(other, page, 1));
  return { core, map, log, other };
}

/** Fills the shapes anew, so that each forgery begins with a sound one. */
function fill({ core, map, log }: Scene, random: Random): void {
  core.mapClear(map);
  core.logClear(log);
  const most = 10 + random.below(50);
  for (let n = 0; n < most; n++) setMap(core, map, key(n), bytes(random.chance(90) ? random.below(60) : random.below(1300), n), 1 + n % 3);
  for (let n = 0; n < 60; n++) appendLog(core, log, bytes(random.below(90), n), n & 1);
}

/** Bytes of one page are anything, mostly those of heads, lengths and links. */
function forge(core: Core, area: number, pages: number, random: Random): void {
  for (let left = 1 + random.below(5); left > 0; left--) {
    const at = core.areaTouch(area, random.below(pages), 1);
    const offset = random.chance(70) ? random.below(48) : random.below(PAGE_BYTES);
    const value = random.chance(40) ? 255 : random.chance(50) ? random.below(MAP_PAGES + 1) : random.below(256);
    core.bytes[at + offset] = random.chance(30) ? core.bytes[at + offset]! ^ 1 << random.below(8) : value;
  }
}

/** Calls, and holds the answer and the pages looked at within their bounds. */
function bounded<T extends Outcome>(t: ExecutionContext, core: Core, what: string, call: () => T): T {
  const looks = (): number => core.counter(Counter.ResidentHits) + core.counter(Counter.Faults);
  const before = looks();
  const outcome = call();
  if (looks() - before > LOOKS_MOST) t.fail(`${what} looked at ${looks() - before} pages`);
  if (typeof outcome === "number" && outcome < 0 && !REFUSALS.includes(outcome)) t.fail(`${what} answered ${outcome}`);
  return outcome;
}

function useMap(t: ExecutionContext, { core, map }: Scene, random: Random): void {
  let at = -1;
  for (let count = 0; (at = bounded(t, core, "mapNext", () => core.mapNext(map, at))) >= 0; count++) {
    bounded(t, core, "the value", () => readValue(core));
    if (count > ENTRIES_MOST) return t.fail("the walk does not end");
  }
  for (let i = 0; i < 8; i++) {
    const name = key(random.below(70));
    bounded(t, core, "get", () => getMap(core, map, name));
    bounded(t, core, "set", () => setMap(core, map, name, bytes(random.chance(80) ? random.below(99) : random.below(1500), i), 1));
    if (random.chance(40)) bounded(t, core, "delete", () => deleteMap(core, map, name));
  }
  bounded(t, core, "size", () => core.mapSize(map));
  bounded(t, core, "room", () => core.mapRoom(map));
}

function useLog(t: ExecutionContext, { core, log }: Scene, random: Random): void {
  for (const back of [0, 1]) {
    const count = bounded(t, core, "entries", () => core.logEntries(log));
    for (let i = 0, at = -1; i < count; i++) {
      at = bounded(t, core, "logNext", () => core.logNext(log, at, back));
      if (at < 0) break;
      bounded(t, core, "the entry", () => readValue(core));
    }
  }
  for (let i = 0; i < 4; i++) bounded(t, core, "append", () => appendLog(core, log, bytes(random.below(700), i), 0));
  bounded(t, core, "room", () => core.logRoom(log));
}

/** What the forgery was not made in has its bytes still. */
function isUnharmed({ core, other }: Scene): boolean {
  return [0, 1, 2, 3].every((page) => Buffer.compare(core.copy(core.areaTouch(other, page, 0), PAGE_BYTES), bytes(PAGE_BYTES, page)) === 0);
}

bothBuilds(`forged bytes in the pages of a map or a log: Corrupt, in bounded time, and nothing else is touched, ${FORGERIES} times, seed ${SEED}`, (t, open) => {
  const one = scene(t, open as (options: object) => Core);
  const random = new Random(SEED);
  let corrupt = 0;
  for (let i = 0; i < FORGERIES; i++) {
    fill(one, random);
    const isMap = random.chance(70);
    forge(one.core, isMap ? one.map : one.log, isMap ? MAP_PAGES : LOG_PAGES, random);
    if (isMap) useMap(t, one, random);
    else useLog(t, one, random);
    if (isMap ? one.core.mapSize(one.map) === Err.Corrupt : one.core.logEntries(one.log) === Err.Corrupt) corrupt++;
    if (i % 50 === 49) t.true(isUnharmed(one), `forgery ${i}`);
    t.is(one.core.mapClear(one.map), Err.Ok, "clear() heals");
    t.is(one.core.logClear(one.log), Err.Ok, "clear() heals");
  }
  t.true(corrupt > FORGERIES / 20, `${corrupt} forgeries of the figures`);
});

bothBuilds("a chain of pages that leads back, or out of the map, is Corrupt", (t, open) => {
  const { core, map } = scene(t, open as (options: object) => Core);
  t.is(setMap(core, map, key(1), bytes(1400, 3), 3), Err.Ok);
  const pages = Array.from({ length: MAP_PAGES - 1 }, (_, i) => i + 1).filter((page) => core.areaPlace(map, page) !== 0);
  t.is(pages.length, 3);
  for (const next of [pages[0]!, 0, MAP_PAGES, 0xfffd]) {
    for (const page of pages) {
      const at = core.areaTouch(map, page, 1);
      const old = core.bytes.slice(at, at + 2);
      core.bytes.set([next & 255, next >> 8], at);
      const got = getMap(core, map, key(1));
      t.true(got === Err.Corrupt || (old[0] === 255 || old[0] === next) && typeof got !== "number", `page ${page} to ${next}`);
      core.bytes.set(old, core.areaTouch(map, page, 1));
    }
  }
  t.deepEqual(getMap(core, map, key(1)), { kind: 3, bytes: bytes(1400, 3) });
});

bothBuilds(`forged bytes in a cache's pages are a cache that has forgotten, seed ${SEED}`, (t, open) => {
  const one = scene(t, open as (options: object) => Core);
  const { core } = one;
  const random = new Random(SEED);
  const pool = Array.from({ length: 4 }, (_, i) => i).find((n) => core.cleancacheGet(n, 0, 0, core.shapeStage()) !== Err.Invalid)!;
  for (let i = 0; i < FORGERIES; i++) {
    const name = key(i % 40);
    putCache(core, 0, name, bytes(random.chance(80) ? random.below(100) : 1 + random.below(1500), i), 2);
    const slot = random.below(16);
    if (core.cleancacheGet(pool, 0, slot, core.shapeStage()) !== Err.Ok) continue;
    for (let left = 1 + random.below(4); left > 0; left--) core.bytes[core.shapeStage() + random.below(random.chance(70) ? 24 : PAGE_BYTES)] = random.chance(50) ? 255 : random.below(256);
    core.cleancachePut(pool, 0, slot, core.shapeStage());
    for (let n = 0; n < 40; n += 3) bounded(t, core, "get", () => getCache(core, 0, key(n)));
    bounded(t, core, "put", () => putCache(core, 0, name, bytes(50, i), 2));
    t.deepEqual(getCache(core, 0, name), { kind: 2, bytes: bytes(50, i) });
  }
  t.true(isUnharmed(one));
});
