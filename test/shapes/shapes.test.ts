import { ExecutionContext } from "ava";
import { Knob } from "../../firmware/core/config";
import { Err } from "../../firmware/core/errors";
import { Random } from "../../hal/sim/random";
import type { Core, CoreOptions } from "../helpers/core";
import { bothBuilds } from "../helpers/cores";
import { LINK_BYTES, appendLog, deleteMap, getCache, getMap, putCache, readValue, setMap } from "./driver";

const FULL = -103;
const TOO_LONG = -114;
const SEED = 20261121;
const PAGE_SIZES = [256, 1024, 4096];

function options(pageBytes: number, arenaBytes = 40 * pageBytes + 20000): CoreOptions {
  return { arenaBytes, knobs: { [Knob.PageBytes]: pageBytes, [Knob.PagesMax]: 512, [Knob.LinkBytes]: LINK_BYTES } };
}

function text(value: string): Uint8Array { return new TextEncoder().encode(value); }
function key(random: Random, names: number): string { const n = random.below(names); return `k${n}${"x".repeat(n % 7 === 0 ? 90 : n % 5)}`; }

/** Mostly short, some longer than a page, some empty. */
function value(random: Random, pageBytes: number): Uint8Array {
  const bytes = new Uint8Array(random.chance(85) ? random.below(60) : random.below(pageBytes * 3));
  random.fill(bytes.subarray(0, Math.ceil(bytes.length / 3)));
  return bytes;
}

function openMap(t: ExecutionContext, core: Core, pages: number): number {
  const area = core.areaOpen(pages);
  t.is(core.mapOpen(area, pages), Err.Ok);
  return area;
}

/** Everything in a map by iterating over it. */
function contents(t: ExecutionContext, core: Core, area: number): Map<string, { kind: number; bytes: Uint8Array }> {
  const found = new Map<string, { kind: number; bytes: Uint8Array }>();
  for (let at = core.mapNext(area, -1); at !== Err.NotFound; at = core.mapNext(area, at)) {
    if (at < 0) throw new Error(`mapNext: ${at}`);
    const name = new TextDecoder().decode(core.bytes.slice(core.shapeStage(), core.shapeStage() + core.shapePieceBytes()));
    t.false(found.has(name), `${name} is visited once`);
    found.set(name, readValue(core) as { kind: number; bytes: Uint8Array });
  }
  return found;
}

for (const pageBytes of PAGE_SIZES) {
  bothBuilds(`a map of pages of ${pageBytes} does what a Map does, and is unchanged by what it refuses, seed ${SEED}`, (t, open) => {
    const core = open(options(pageBytes));
    const random = new Random(SEED + pageBytes);
    const area = openMap(t, core, 40);
    const oracle = new Map<string, { kind: number; bytes: Uint8Array }>();
    let refused = 0;
    for (let i = 0; i < 3000; i++) {
      const name = key(random, 20 + pageBytes / 4);
      if (random.chance(60)) {
        const bytes = value(random, pageBytes);
        const kind = random.below(128);
        const code = setMap(core, area, text(name), bytes, kind);
        if (code === Err.Ok) oracle.set(name, { kind, bytes });
        else if (code === FULL || code === Err.NoFrame || code === TOO_LONG) refused++;
        else t.fail(`set answered ${code} at step ${i}`);
      } else if (random.chance(50)) {
        t.is(deleteMap(core, area, text(name)), oracle.delete(name) ? Err.Ok : Err.NotFound);
      }
      t.deepEqual(getMap(core, area, text(name)), oracle.get(name) ?? Err.NotFound, `step ${i}`);
      if (i % 250 === 249) sameEntries(t, contents(t, core, area), oracle);
    }
    t.is(core.mapSize(area), oracle.size);
    t.true(oracle.size > 10 && refused < 2500, `${oracle.size} entries, ${refused} refused`);
    t.is(core.mapClear(area), Err.Ok);
    t.is(core.mapNext(area, -1), Err.NotFound);
    t.is(setMap(core, area, text("again"), text("value"), 1), Err.Ok);
  });
}

function sameEntries<V>(t: ExecutionContext, found: Map<string, V>, oracle: Map<string, V>): void {
  t.deepEqual([...found.keys()].sort(), [...oracle.keys()].sort());
  for (const [name, entry] of found) t.deepEqual(entry, oracle.get(name)!);
}

bothBuilds("a map that is full says so, keeps every entry, and takes new ones when some are gone", (t, open) => {
  const core = open(options(256, 60000));
  const area = openMap(t, core, 6);
  let count = 0;
  while (setMap(core, area, text(`key ${count}`), text(`value ${count}`), 2) === Err.Ok) count++;
  t.true(count > 40, `${count}`);
  t.is(setMap(core, area, text("one more"), text("value 99999"), 2), FULL);
  t.is(setMap(core, area, text("key 0"), new Uint8Array(900), 2), FULL);
  t.is(setMap(core, area, text("key 0"), new Uint8Array(9000), 2), TOO_LONG);
  for (let i = 0; i < count; i++) t.deepEqual(getMap(core, area, text(`key ${i}`)), { kind: 2, bytes: text(`value ${i}`) });
  t.is(core.mapSize(area), count);
  for (let i = 0; i < count; i += 2) t.is(deleteMap(core, area, text(`key ${i}`)), Err.Ok);
  for (let i = 0; i < count; i += 2) t.is(setMap(core, area, text(`key ${i}`), text(`value ${i}`), 2), Err.Ok);
  t.is(core.mapSize(area), count);
});

bothBuilds(`a map whose pages run out while a bucket is split keeps every entry, seed ${SEED}`, (t, open) => {
  for (let seed = SEED; seed < SEED + 40; seed++) {
    const core = open(options(256, 30000));
    const random = new Random(seed);
    const area = openMap(t, core, 14);
    const oracle = new Map<string, Uint8Array>();
    let full = 0;
    for (let i = 0; i < 120; i++) {
      const name = key(random, 40);
      const bytes = new Uint8Array(random.chance(85) ? random.below(60) : random.below(512)).fill(i);
      const code = setMap(core, area, text(name), bytes, 1);
      if (code === Err.Ok) oracle.set(name, bytes);
      else if (code === FULL) full++;
      else t.is(code, TOO_LONG);
      if (random.chance(20)) t.is(deleteMap(core, area, text(name)), oracle.delete(name) ? Err.Ok : Err.NotFound);
    }
    t.true(full > 0);
    for (const [name, bytes] of oracle) t.deepEqual(getMap(core, area, text(name)), { kind: 1, bytes });
    t.is(core.mapSize(area), oracle.size);
  }
});

bothBuilds("values of a map that were longer than a page give all their pages back", (t, open) => {
  const core = open(options(256, 60000));
  const area = openMap(t, core, 12);
  for (let i = 0; i < 40; i++) {
    t.is(setMap(core, area, text("long"), new Uint8Array(1000 + i).fill(i), 3), Err.Ok);
    t.deepEqual(getMap(core, area, text("long")), { kind: 3, bytes: new Uint8Array(1000 + i).fill(i) });
  }
  t.is(deleteMap(core, area, text("long")), Err.Ok);
  t.is(setMap(core, area, text("longer"), new Uint8Array(2400), 3), Err.Ok);
});

for (const pageBytes of PAGE_SIZES) {
  bothBuilds(`a log of pages of ${pageBytes} keeps the newest entries whole, from either end, seed ${SEED}`, (t, open) => {
    const core = open(options(pageBytes));
    const random = new Random(SEED);
    const area = core.areaOpen(6);
    t.is(core.logOpen(area, 6), Err.Ok);
    const oracle: Uint8Array[] = [];
    for (let i = 0; i < 800; i++) {
      const bytes = new Uint8Array(random.chance(95) ? random.below(80) : random.below(3 * pageBytes));
      random.fill(bytes);
      t.is(appendLog(core, area, bytes, i & 1), Err.Ok);
      oracle.push(bytes);
      const count = core.logEntries(area);
      oracle.splice(0, oracle.length - count);
      const size = oracle.reduce((sum, entry) => sum + 4 + (entry.length + 1 & -2), 0);
      t.true(size <= 5 * pageBytes && count > 0);
      if (i % 40 === 0) compareLog(t, core, area, oracle, i & 1);
    }
    compareLog(t, core, area, oracle, 1);
    t.is(appendLog(core, area, new Uint8Array(Math.min(32768, 5 * pageBytes)), 0), TOO_LONG);
    compareLog(t, core, area, oracle, 1);
    const stamp = core.logStamp(area);
    t.is(core.logClear(area), Err.Ok);
    t.not(core.logStamp(area), stamp);
    t.is(core.logEntries(area), 0);
    t.is(appendLog(core, area, text("x"), 0), Err.Ok);
  });
}

function compareLog(t: ExecutionContext, core: Core, area: number, oracle: Uint8Array[], newest: number): void {
  let from = -1;
  for (let i = 0; i < oracle.length; i++) {
    from = core.logNext(area, from, 0);
    t.deepEqual(readValue(core), { kind: (oracle.length - 1 - i + newest) & 1, bytes: oracle[i]! });
  }
  from = -1;
  for (let i = oracle.length - 1; i >= 0; i--) {
    from = core.logNext(area, from, 1);
    t.deepEqual(readValue(core), { kind: (oracle.length - 1 - i + newest) & 1, bytes: oracle[i]! });
  }
}

bothBuilds(`a cache gives what was put last or nothing, whatever goes, seed ${SEED}`, (t, open) => {
  const core = open(options(1024, 26000));
  const random = new Random(SEED);
  t.is(core.cacheOpen(0), Err.Ok);
  t.is(core.cacheOpen(1), Err.Ok);
  t.is(core.cacheOpen(8), Err.Invalid);
  const oracle = new Map<string, { kind: number; bytes: Uint8Array }>();
  let hits = 0;
  for (let i = 0; i < 3000; i++) {
    const cache = random.below(2);
    const name = key(random, 60);
    const bytes = value(random, 1024);
    const roll = random.below(100);
    if (roll < 45) {
      const code = putCache(core, cache, text(name), bytes, roll);
      if (code === Err.Ok) oracle.set(cache + name, { kind: roll, bytes });
      else oracle.delete(cache + name);
    } else if (roll < 50) {
      stageKey(core, name);
      core.cacheDelete(cache, text(name).length);
      oracle.delete(cache + name);
    } else if (roll < 51) {
      core.cacheClear(cache);
      for (const known of [...oracle.keys()]) if (known.startsWith(String(cache))) oracle.delete(known);
    }
    const got = getCache(core, cache, text(name));
    if (typeof got === "number") t.is(got, Err.NotFound);
    else {
      hits++;
      t.deepEqual(got, oracle.get(cache + name), `step ${i}`);
    }
  }
  t.true(hits > 500, `${hits} hits`);
});

function stageKey(core: Core, name: string): void { core.bytes.set(text(name), core.shapeStage()); }

bothBuilds("an area gets the pages it was promised, though caches hold them", (t, open) => {
  const core = open({ arenaBytes: 60000, knobs: { [Knob.PagesMax]: 64, [Knob.LinkBytes]: LINK_BYTES } });
  const area = core.areaOpen(64);
  core.cacheOpen(0);
  for (let i = 0; i < 4; i++) putCache(core, 0, text(`tile ${i * 5}`), new Uint8Array(3000).fill(i), 3);
  t.true(core.areaTouch(area, 63, 1) >= 0 || core.areaTouch(area, 63, 1) === Err.NoEntry);
  for (let page = 0; page < 64; page += 16) t.true(core.shapeTouch(area, page, 1) >= 0);
});

bothBuilds("a range is zeroed: whole pages are given up, the rest of what is around stays", (t, open) => {
  const core = open(options(256));
  const area = core.areaOpen(4);
  for (let page = 0; page < 4; page++) core.bytes.fill(7, core.areaTouch(area, page, 1), core.areaTouch(area, page, 1) + 256);
  t.is(core.areaZero(area, 100, 700), Err.Ok);
  t.is(core.areaPlace(area, 1), 0);
  t.is(core.areaCount(area, 4, 0), 2);
  const all = new Uint8Array(1024);
  for (let page = 0; page < 4; page++) all.set(core.copy(core.areaTouch(area, page, 0), 256), page * 256);
  t.deepEqual([...all], Array.from({ length: 1024 }, (_, i) => i >= 100 && i < 800 ? 0 : 7));
});
