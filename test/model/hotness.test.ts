/** Which page goes, and what is made of pages that do not compress: scenarios 2, 19, 20, 23 and 24, on both builds. */
import { Knob } from "../../firmware/core/config";
import { Err } from "../../firmware/core/errors";
import { Form, Place } from "../../firmware/core/entries";
import { openSimFlash } from "../../hal/sim/flash";
import { Arena } from "../../tools/check/arena";
import { Area, EPHEMERAL, Names, PAGE_BYTES, PERSISTENT, reapEverything, withFlash } from "../helpers/board";
import { checkInvariants } from "../helpers/check";
import { Core, CoreOptions, bothBuilds } from "../helpers/cores";
import { Hotness } from "../helpers/hotness";
import { PageKind, makePage, pageOfDensity } from "../helpers/pages";
import { Random, withSeed } from "../helpers/random";

const diverted = (core: Core): number => core.counterOf("zcache_mcu.stores_diverted_hot");

/** A store with flash for many times its RAM. */
function roomy(open: (options?: CoreOptions) => Core, knobs: CoreOptions["knobs"] = {}): Core {
  return withFlash(open, { [Knob.SwapSectors]: 128, ...knobs });
}

bothBuilds("2 A raw (incompressible) page stored, the raw-storage knob toggled, load: identical bytes. Decided per entry.", (t, open) => {
  const core = withFlash(open);
  const random = new Random(2);
  const names = new Names(core, core.poolOpen(PERSISTENT));
  const area = new Area(core, core.areaOpen(8));
  const noise = Array.from({ length: 4 }, () => makePage("random", PAGE_BYTES, random));
  t.is(names.store(1, noise[1]), Err.Ok);
  area.write(0, noise[0]);
  t.is(core.areaPageOut(area.handle, 0), Err.Ok);
  t.is(core.areaPlace(area.handle, 0), Place.Zpage);
  t.is(core.counterOf("zswap.stored_incompressible_pages"), 2);
  t.is(core.coreSet(Knob.RawStorage, 0), Err.Ok);
  t.is(names.store(2, noise[2]), Err.RejectCompressPoor);
  checkInvariants(core.bytes, core.sim.chip.cells);
  t.deepEqual(names.load(1), noise[1]);
  t.deepEqual(area.read(0), noise[0]);
  t.is(core.counterOf("zswap.stored_incompressible_pages"), 1);
  t.is(core.coreSet(Knob.RawStorage, 1), Err.Ok);
  t.is(names.store(3, noise[3]), Err.Ok);
  t.is(core.coreSet(Knob.RawStorage, 0), Err.Ok);
  reapEverything(core);
  t.is(core.counterOf("zswap.stored_incompressible_pages"), 0);
  t.deepEqual(names.load(1), noise[1]);
  t.deepEqual(names.load(3), noise[3]);
  t.is(names.load(2), undefined);
  checkInvariants(core.bytes, core.sim.chip.cells);
});

bothBuilds("a raw page comes back without a frame, a codec or flash, and what can be made again is not kept raw", (t, open) => {
  const core = withFlash(open);
  const random = new Random(3);
  const cache = new Names(core, core.poolOpen(EPHEMERAL));
  t.is(cache.put(1, makePage("random", PAGE_BYTES, random)), Err.RejectCompressPoor);
  const area = new Area(core, core.areaOpen(4));
  const at = area.write(0, makePage("random", PAGE_BYTES, random));
  core.areaPageOut(area.handle, 0);
  const free = core.coreFreeBytes();
  t.is(core.areaTouch(area.handle, 0, 0), at, "the same bytes at the same place");
  t.is(core.coreFreeBytes(), free);
  t.is(core.sim.chip.operations, 0);
});

bothBuilds("19 Cold set then hot set: no hot page on flash while a colder one is in RAM (stores_diverted_hot = 0); refault rate printed.", (t, open) => {
  const core = roomy(open);
  const area = new Area(core, core.areaOpen(240));
  const content = (page: number): Uint8Array => pageOfDensity(55, PAGE_BYTES, new Random(page));
  const oracle = new Hotness(core);
  const cold = 3 * core.frames;
  for (let page = 0; page < cold; page++) oracle.step(page, () => area.write(page, content(page)));
  // The hot set is half of what RAM holds compressed; it is used again and again, with some new cold pages meanwhile.
  const hot = Array.from({ length: core.frames >> 1 }, (_, i) => cold + i);
  let [visits, refaults] = [0, 0];
  for (let round = 0; round < 30; round++) {
    for (const page of hot) {
      visits++;
      if (round > 0 && core.areaPlace(area.handle, page) === Place.Swap) refaults++;
      oracle.step(page, () => area.write(page, content(page + round)));
    }
    oracle.step(round % cold, () => area.read(round % cold));
  }
  t.log(`${refaults} of ${visits} visits to the hot set came from flash, ${oracle.written} pages were written`);
  t.deepEqual(hot.filter((page) => core.areaPlace(area.handle, page) === Place.Swap), []);
  t.is(refaults, 0);
  t.true(oracle.written > 0);
  t.deepEqual(oracle.diverted, []);
  t.is(diverted(core), 0);
  for (const page of hot) t.deepEqual(area.read(page), content(page + 29));
});

/** How an app visits its pages, of which there are `pages`. */
const LOADS: Record<string, (step: number, pages: number, random: Random) => number> = {
  "a scan": (step, pages) => step % pages,
  "mostly few": (_, pages, random) => Math.floor(pages * (random.below(1000) / 1000) ** 3),
  "cold, then hot": (step, pages, random) => step < pages / 2 ? step : random.chance(80) ? pages / 2 + random.below(20) : random.below(pages),
};

function visitAtRandom(core: Core, load: string, kinds: PageKind[], steps: number): Hotness {
  const area = new Area(core, core.areaOpen(160));
  const oracle = new Hotness(core);
  withSeed(19, (random, progress) => {
    for (let step = 0; step < steps; step++) {
      progress.step = step;
      const page = LOADS[load](step, 160, random);
      oracle.step(page, () => random.chance(50) || step < 160 ? area.write(page, makePage(random.pick(kinds), PAGE_BYTES, random)) : area.read(page));
      if (random.chance(30)) oracle.idle(() => core.coreTick(2));
    }
  });
  checkInvariants(core.bytes);
  return oracle;
}

for (const dense of [0, 1]) {
  bothBuilds(`19 the same for any load and any content, ${dense ? "packed densely" : "LZ4"}: the oracle finds no page on flash that was warmer than one kept`, (t, open) => {
    for (const load of Object.keys(LOADS)) {
      for (const kinds of [["csv"], ["random"], ["json", "random", "csv"]] as PageKind[][]) {
        const core = roomy(open, { [Knob.Dense]: dense });
        const oracle = visitAtRandom(core, load, kinds, dense ? 450 : 700);
        t.true(oracle.written > 30, `${load} of ${kinds}: ${oracle.written} pages written`);
        t.deepEqual(oracle.diverted.slice(0, 3), [], `${load} of ${kinds}: ${oracle.diverted.length} of ${oracle.written}`);
        t.is(diverted(core), 0);
      }
    }
  });
}

bothBuilds("stores_diverted_hot says what the oracle says: with raw storage off pages that do not compress go past colder ones", (t, open) => {
  const core = roomy(open, { [Knob.RawStorage]: 0, [Knob.Dense]: 0 });
  const oracle = visitAtRandom(core, "cold, then hot", ["json", "random", "csv"], 700);
  t.true(oracle.diverted.length > 50);
  t.is(diverted(core), oracle.diverted.length);
});

bothBuilds("20 Small pool (1 %), accept 50 %, random fill, steady new pages: published reject rate of the kernel 24-36 %; ours 0 diverted.", (t, open) => {
  const sim = openSimFlash("w25q16");
  const core = open({
    arenaBytes: 450 * 1024, flash: sim.flash,
    knobs: { [Knob.PagesMax]: 1024, [Knob.SectorBytes]: 4096, [Knob.SwapSectors]: 400, [Knob.PoolLimitPercent]: 1, [Knob.AcceptPercent]: 50 },
  });
  const area = new Area(core, core.areaOpen(900));
  const random = new Random(20);
  const pages = Array.from({ length: 900 }, (_, page) => makePage(page % 3 > 0 ? "random" : "json", PAGE_BYTES, random));
  const oracle = new Hotness(core);
  const watched = core.kind === "wasm" ? 900 : 500;
  pages.forEach((content, page) => page < 400 || page >= watched ? area.write(page, content) : oracle.step(page, () => area.write(page, content)));
  const stores = core.counterOf("frontswap.succ_stores") + core.counterOf("frontswap.failed_stores");
  t.log(`${core.frames} frames, at most ${Math.floor(core.frames / 100)} of zpages: ${stores} stores, ${core.counterOf("frontswap.failed_stores")} refused, ${core.counterOf("events.zswpwb")} written back`);
  t.true(core.counterOf("frames.zpages_anon") <= Math.floor(core.frames / 100));
  t.true(core.counterOf("events.zswpwb") > 400);
  t.is(core.counterOf("frontswap.failed_stores"), 0);
  t.is(core.counterOf("zswap.pool_limit_hit"), 0);
  t.is(diverted(core), 0);
  t.deepEqual(oracle.diverted.filter(({ byWay }) => byWay === "direct"), []);
  for (let page = 0; page < 900; page += 7) t.deepEqual(area.read(page), pages[page]);
});

bothBuilds("23 Random data: no compression attempt runs away; after a run of poor pages the codec is skipped and tried again later.", (t, open) => {
  const core = roomy(open);
  const random = new Random(23);
  const area = new Area(core, core.areaOpen(200));
  const noise = Array.from({ length: 160 }, () => makePage("random", PAGE_BYTES, random));
  noise.forEach((page, i) => t.true(area.write(i, page) >= 0));
  const tried = core.counterOf("zcache.compress_poor");
  const skipped = core.counterOf("zcache_mcu.poor_run_skipped");
  t.log(`${tried} attempts, ${skipped} skipped`);
  t.true(tried >= 9 && skipped >= 3 * tried, `${tried} attempts, ${skipped} skipped`);
  // A codec that ran away would have left the zpage buffer; the margin behind it is untouched.
  t.is(core.lz4Compress(core.put(noise[0]), PAGE_BYTES, core.zpageBufferOffset(), 1008, core.codecTableOffset()), Err.TooBig);
  // Text again: after at most PoorSkip pages it is compressed as before.
  for (let i = 160; i < 200; i++) t.true(area.write(i, makePage("csv", PAGE_BYTES, random)) >= 0);
  for (let i = 160; i < 200; i++) core.areaPageOut(area.handle, i);
  t.true(lz4Zpages(core) >= 10, `${lz4Zpages(core)} zpages of LZ4`);
  noise.forEach((page, i) => t.deepEqual(area.read(i), page));
  checkInvariants(core.bytes);
});

function lz4Zpages(core: Core): number {
  const arena = new Arena(core.bytes);
  return Array.from({ length: arena.entries }, (_, i) => arena.entry(i)).filter(({ place, form }) => place === Place.Zpage && form === Form.Lz4).length;
}

/** Pages of a plain cache of `frames` pages in LRU order that these visits miss. */
function lruMisses(visits: number[], frames: number): number {
  const cache = new Set<number>();
  let misses = 0;
  for (const page of visits) {
    if (!cache.delete(page)) misses++;
    else misses += 0;
    cache.add(page);
    if (cache.size > frames) cache.delete(cache.values().next().value!);
  }
  return misses;
}

bothBuilds("24 File-cache-like workload (clean pages re-read): our loss against no store at all is printed and bounded (ramzswap lost 25 %).", (t, open) => {
  for (const kind of ["random", "csv"] as const) {
    const core = roomy(open);
    const random = new Random(24);
    const pages = 2 * core.frames;
    const area = new Area(core, core.areaOpen(pages));
    for (let page = 0; page < pages; page++) area.write(page, makePage(kind, PAGE_BYTES, random));
    for (let page = 0; page < pages; page++) core.areaPageOut(area.handle, page);
    reapEverything(core);
    const visits = Array.from({ length: 4000 }, () => Math.floor(pages * (random.below(1000) / 1000) ** 2));
    const before = core.counterOf("bd_stat.bd_reads");
    for (const page of visits) area.read(page);
    const ours = core.counterOf("bd_stat.bd_reads") - before;
    const without = lruMisses(visits, core.frames);
    t.log(`${kind}: ${ours} pages read from flash, without a store ${without}: ${(100 * (ours - without) / without).toFixed(1)} % more`);
    t.true(ours <= without * 1.1, `${kind}: ${ours} reads, ${without} without a store`);
    t.is(core.counterOf("bd_stat.bd_writes"), pages, "a clean page is never written again");
  }
});
