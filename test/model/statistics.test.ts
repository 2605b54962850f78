/**
 * Each counter that has a kernel's name means what the kernel's documents say of it. docs/COUNTERS.md is the table, and has the
 * title of the test for each.
 */
import { readFileSync } from "node:fs";
import test from "ava";
import { Knob } from "../../firmware/core/config";
import { Err } from "../../firmware/core/errors";
import { EPHEMERAL, FailingFlash, Names, PAGE_BYTES, PERSISTENT, reapEverything, withFlash } from "../helpers/board";
import { checkInvariants } from "../helpers/check";
import { Core, bothBuilds, counterNames } from "../helpers/cores";
import { anyPage, makePage, pageOfDensity } from "../helpers/pages";
import { Random, seedOr } from "../helpers/random";
import { openSimFlash } from "../../hal/sim/flash";
import { FlashResult } from "../../hal/flash";
import { inRoot } from "../../tools/build/paths";

/** The groups whose names are a kernel's; the others are ours. */
const KERNELS = /^(frontswap|zswap|zcache|zbud|cleancache|mm_stat|io_stat|bd_stat|events)\./;

/** What a step adds to each counter of these groups. */
function added(core: Core, step: () => void): Record<string, number | undefined> {
  const names = counterNames.filter((name) => KERNELS.test(name));
  const before = names.map((name) => core.counterOf(name));
  step();
  const after = names.map((name) => core.counterOf(name));
  return Object.fromEntries(names.map((name, i) => [name, after[i]! - before[i]!] as const).filter(([, more]) => more !== 0));
}

const half = (seed: number): Uint8Array => pageOfDensity(40, PAGE_BYTES, new Random(seed));
const noise = (seed: number): Uint8Array => makePage("random", PAGE_BYTES, new Random(seed));
const word = (value: number): Uint8Array => new Uint8Array(PAGE_BYTES).fill(value);

bothBuilds("frontswap counts stores that were taken and refused, loads that found a page, and pages that were invalidated", (t, open) => {
  const core = withFlash(open);
  const pool = new Names(core, core.poolOpen(PERSISTENT));
  const stored = added(core, () => { pool.store(1, half(1)); });
  t.like(stored, { "frontswap.succ_stores": 1, "zswap.stored_pages": 1, "events.zswpout": 1, "zcache.pers_zpages": 1, "mm_stat.orig_data_size": PAGE_BYTES, "zbud.unbuddied_count": 1 });
  t.is(stored["zcache.pers_zbytes"], stored["mm_stat.compr_data_size"]);
  t.like(added(core, () => { pool.store(2, half(2)); }), { "zbud.unbuddied_count": -1, "zbud.buddied_count": 1 }, "two share a frame");
  t.deepEqual(added(core, () => { pool.load(1); }), { "frontswap.loads": 1, "events.zswpin": 1 });
  t.deepEqual(added(core, () => { pool.load(77); }), {}, "nothing is found");
  const replaced = added(core, () => { pool.store(1, half(3)); });
  t.is(replaced["zswap.duplicate_entry"], 1);
  t.is(replaced["zswap.stored_pages"], undefined);
  core.coreSet(Knob.StoreEnabled, 0);
  const refused = added(core, () => { pool.store(1, half(4)); });
  t.like(refused, { "frontswap.failed_stores": 1, "zcache.failed_pers_puts": 1, "zswap.duplicate_entry": 1, "zswap.stored_pages": -1 });
  t.is(refused["frontswap.succ_stores"], undefined);
  t.like(added(core, () => { pool.invalidate(2); }), { "frontswap.invalidates": 1, "zswap.stored_pages": -1 });
  checkInvariants(core.bytes);
});

bothBuilds("same_pages and same_filled_pages are pages of one element that are stored now, which take no memory", (t, open) => {
  const core = withFlash(open);
  const pool = new Names(core, core.poolOpen(PERSISTENT));
  t.deepEqual(added(core, () => { pool.store(1, word(7)); }), { "frontswap.succ_stores": 1, "zswap.stored_pages": 1, "zswap.same_filled_pages": 1, "mm_stat.same_pages": 1,
    "mm_stat.orig_data_size": PAGE_BYTES, "events.zswpout": 1 });
  t.like(added(core, () => { pool.invalidate(1); }), { "zswap.same_filled_pages": -1, "mm_stat.same_pages": -1 });
});

bothBuilds("huge_pages are the incompressible pages now, huge_pages_since those that were stored since the start: a page that moves on to flash is no new one", (t, open) => {
  const core = withFlash(open);
  const area = core.areaOpen(8);
  const pageOut = (page: number, content: Uint8Array): Record<string, number | undefined> => added(core, () => {
    core.bytes.set(content, core.areaTouch(area, page, 1));
    core.areaPageOut(area, page);
  });
  t.like(pageOut(0, noise(1)), { "mm_stat.huge_pages": 1, "mm_stat.huge_pages_since": 1, "zswap.stored_incompressible_pages": 1 });
  t.like(pageOut(1, noise(2)), { "mm_stat.huge_pages": 1, "mm_stat.huge_pages_since": 1 });
  const moved = added(core, () => { reapEverything(core); });
  t.like(moved, { "zswap.stored_incompressible_pages": -2, "bd_stat.bd_count": 2, "bd_stat.bd_writes": 2, "events.zswpwb": 2, "zswap.written_back_pages": 2 });
  t.deepEqual([moved["mm_stat.huge_pages"], moved["mm_stat.huge_pages_since"]], [undefined, undefined]);
  t.like(added(core, () => { core.areaTouch(area, 0, 0); }), { "bd_stat.bd_reads": 1, "events.pswpin": 1, "frontswap.loads": 1 });
  const gone = added(core, () => { core.areaDiscard(area, 1); });
  t.deepEqual([gone["mm_stat.huge_pages"], gone["mm_stat.huge_pages_since"], gone["io_stat.notify_free"], gone["bd_stat.bd_count"]], [-1, undefined, 1, -1]);
  t.is(core.coreResetCounters(), Err.Ok);
  t.deepEqual([core.counterOf("mm_stat.huge_pages"), core.counterOf("mm_stat.huge_pages_since")], [1, 1], "what there is now has been stored since");
});

bothBuilds("an incompressible page that goes to flash past the store, or is synced, is counted once as it goes", (t, open) => {
  const core = withFlash(open, { [Knob.RawStorage]: 0, [Knob.DurablePagesMax]: 8 });
  const area = core.areaOpen(2);
  const written = added(core, () => {
    core.bytes.set(noise(3), core.areaTouch(area, 0, 1));
    t.is(core.areaPageOut(area, 0), Err.Ok);
  });
  t.like(written, { "mm_stat.huge_pages": 1, "mm_stat.huge_pages_since": 1, "events.pswpout": 1, "zswap.reject_compress_poor": 1, "zcache.compress_poor": 1, "frontswap.failed_stores": 1 });
  const kept = core.areaOpenDurable(core.put(Buffer.from("kept")), 4, 2);
  core.bytes.set(noise(4), core.areaTouch(kept, 0, 1));
  t.like(added(core, () => { t.is(core.coreSync(), Err.Ok); }), { "mm_stat.huge_pages": 1, "mm_stat.huge_pages_since": 1 });
});

bothBuilds("cleancache counts what was put, got, missed and invalidated", (t, open) => {
  const core = withFlash(open);
  const cache = new Names(core, core.poolOpen(EPHEMERAL));
  t.like(added(core, () => { cache.put(1, half(5)); }), { "cleancache.puts": 1, "zcache.eph_zpages": 1, "zcache.eph_pageframes": 1 });
  t.like(added(core, () => { cache.get(1); }), { "cleancache.succ_gets": 1, "zcache.eph_zpages": -1 });
  t.like(added(core, () => { cache.get(1); }), { "cleancache.failed_gets": 1 });
  cache.put(2, half(6));
  t.like(added(core, () => { core.cleancacheInvalidatePage(cache.pool, 1, 2); }), { "cleancache.invalidates": 1, "zcache.eph_zpages": -1 });
  core.poolFreeze(cache.pool, 1);
  t.like(added(core, () => { cache.put(3, half(7)); }), { "zcache.put_to_flush": 1 });
});

bothBuilds("evicted_pageframes are frames emptied by dropping or writing back, pers_ate_eph those that a lasting page took from one that may vanish", (t, open) => {
  const core = withFlash(open);
  const [pool, cache] = [new Names(core, core.poolOpen(PERSISTENT)), new Names(core, core.poolOpen(EPHEMERAL))];
  for (let index = 0; core.counterOf("frames.free") > 2; index++) cache.put(index, half(index));
  const taken = added(core, () => { for (let index = 0; index < 20; index++) pool.store(index, half(100 + index)); });
  t.true(taken["zcache.pers_ate_eph"]! > 2);
  t.is(taken["zcache.evicted_pageframes"], taken["zcache.pers_ate_eph"]);
  const reaped = added(core, () => { reapEverything(core); });
  t.true(reaped["zcache.evicted_pageframes"]! > 5);
  t.is(reaped["zcache.evicted_pageframes"], -(reaped["zcache.pers_pageframes"] ?? 0) - (reaped["zcache.eph_pageframes"] ?? 0));
  t.is(core.counterOf("zswap.reject_compress_fail"), 0, "our codecs have no way to fail");
});

bothBuilds("io_stat counts reads and programs that the flash failed, and calls whose arguments are out of range", (t, open) => {
  const sim = openSimFlash("w25q16");
  const flash = new FailingFlash(sim.flash);
  const core = open({ flash, knobs: { [Knob.SectorBytes]: 4096, [Knob.SwapSectors]: 64 } });
  const area = core.areaOpen(4);
  for (const page of [0, 1]) core.bytes.set(noise(page), core.areaTouch(area, page, 1));
  core.areaPageOut(area, 0);
  t.is(core.reaperRun(1), 1);
  core.areaPageOut(area, 1);
  flash.fail();
  t.true(added(core, () => { core.reaperRun(1); })["io_stat.failed_writes"]! > 0);
  flash.mend();
  flash.read = () => FlashResult.Failed;
  t.is(added(core, () => { t.is(core.areaTouch(area, 0, 0), Err.Flash); })["io_stat.failed_reads"], 1);
  t.deepEqual(added(core, () => { core.areaTouch(area, 4, 0); }), { "io_stat.invalid_io": 1 });
});

bothBuilds("pages_compacted are the frames that compaction freed, not the zpages it moved", (t, open) => {
  const core = withFlash(open, { [Knob.PagesMax]: 256, [Knob.Allocator]: 2 });
  const pool = new Names(core, core.poolOpen(PERSISTENT));
  for (let index = 0; index < 60; index++) pool.store(index, pageOfDensity(15, PAGE_BYTES, new Random(index)));
  for (let index = 0; index < 60; index++) if (index % 4 !== 0) pool.invalidate(index);
  const frames = core.counterOf("zcache.pers_pageframes");
  let freed = 0;
  const step = added(core, () => { while (core.compactFrame() === Err.Ok) freed++; });
  t.true(freed > 0);
  t.is(step["mm_stat.pages_compacted"], freed);
  t.true(frames - core.counterOf("zcache.pers_pageframes") >= freed - 1, "one may be kept to copy in");
});

bothBuilds("mem_used_total is what zpages take, mem_limit what they may, mem_used_max the most they took: never below what they take now", (t, open) => {
  for (const allocator of [0, 1, 2, 3]) {
    const core = withFlash(open, { [Knob.Allocator]: allocator });
    const pool = new Names(core, core.poolOpen(PERSISTENT));
    for (let index = 0; index < 100; index++) {
      pool.store(index % 40, pageOfDensity(10 + index % 50, PAGE_BYTES, new Random(index)));
      if (index % 30 === 29) core.coreResetCounters();
      const [total, most, limit] = ["mem_used_total", "mem_used_max", "mem_limit"].map((name) => core.counterOf(`mm_stat.${name}`)) as [number, number, number];
      t.true(total > 0 && total <= most && total <= limit && total === core.counterOf("zswap.pool_total_size"), `allocator ${allocator}: ${total} of ${most} of ${limit}`);
    }
  }
});

bothBuilds("no total since the start is below the count there is now, whatever is stored, moved, dropped and reset", (t, open) => {
  const core = withFlash(open, { [Knob.DurablePagesMax]: 8 });
  const random = new Random(seedOr(1801));
  const [area, kept] = [core.areaOpen(60), core.areaOpenDurable(core.put(Buffer.from("kept")), 4, 6)];
  for (let step = 0; step < 1500; step++) {
    const [which, pages] = random.chance(15) ? [kept, 6] : [area, 60];
    const page = random.below(pages);
    if (random.chance(60)) {
      const at = core.areaTouch(which, page, 1);
      if (at >= 0) core.bytes.set(random.chance(50) ? noise(step) : anyPage(PAGE_BYTES, random), at);
    } else if (random.chance(40)) core.areaPageOut(which, page);
    else if (random.chance(30)) core.areaDiscard(which, page);
    else if (random.chance(20)) core.coreSync();
    else if (random.chance(5)) core.coreResetCounters();
    else core.areaTouch(which, page, 0);
    t.true(core.counterOf("mm_stat.huge_pages_since") >= core.counterOf("mm_stat.huge_pages"), `step ${step}`);
    t.true(core.counterOf("mm_stat.mem_used_max") >= core.counterOf("mm_stat.mem_used_total"), `step ${step}`);
  }
  checkInvariants(core.bytes, core.sim.chip.cells);
});

bothBuilds("a read of what was never written raises no counter", (t, open) => {
  const core = withFlash(open, { [Knob.DurablePagesMax]: 8 });
  const areas = [core.areaOpen(40), core.areaOpenDurable(core.put(Buffer.from("kept")), 4, 6)];
  t.deepEqual(added(core, () => { for (const area of areas) for (let page = 0; page < 6; page++) t.deepEqual(core.copy(core.areaTouch(area, page, 0), PAGE_BYTES), word(0)); }), {});
});

test("the table of counters has every counter with a kernel's name, and the test it names exists", (t) => {
  const rows = readFileSync(inRoot("docs", "COUNTERS.md"), "utf8").split("\n").filter((line) => line.startsWith("| `"));
  const named = rows.flatMap((row) => [...row.split("|")[1]!.matchAll(/`([a-z_.]+)`/g)].map(([, name]) => name));
  t.deepEqual(counterNames.filter((name) => KERNELS.test(name) && !named.includes(name)), []);
  t.deepEqual(named.filter((name) => !counterNames.includes(name!)), []);
  const tests = new Map<string, string>();
  for (const row of rows) {
    const cell = row.split("|").at(-2)!;
    const [, path, words] = /^ `(test\/[a-z/-]+\.test\.ts)`: (.+?) $/.exec(cell) ?? [];
    t.true(path !== undefined && words !== undefined, row);
    const text = tests.get(path!) ?? readFileSync(inRoot(path!), "utf8");
    tests.set(path!, text);
    t.true(text.includes(words!), `${path} has no test that says "${words}"`);
  }
});
