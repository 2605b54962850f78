/** What changes while data are live: scenarios 3 and 26, the second chance of zpages, a flash that fails while a page is repacked, limits by class. */
import { Knob } from "../../firmware/core/config";
import { Err } from "../../firmware/core/errors";
import { Place } from "../../firmware/core/entries";
import { List } from "../../firmware/core/frames";
import { openSimFlash } from "../../hal/sim/flash";
import { Area, EPHEMERAL, FailingFlash, Names, PAGE_BYTES, PERSISTENT, withFlash } from "../helpers/board";
import { checkInvariants } from "../helpers/check";
import { Core, CoreOptions, bothBuilds } from "../helpers/cores";
import { makePage, pageOfDensity } from "../helpers/pages";
import { Random, withSeed } from "../helpers/random";

const ALLOCATORS = ["zbud", "zfold", "zsmalloc", "tlsf"];

/** Frames of zpages by allocator. */
function framesOf(core: Core): number[] {
  const found = [0, 0, 0, 0];
  for (let frame = 0; frame < core.frames; frame++) if (core.frameZpages(frame) > 0) found[core.frameAllocatorOf(frame)]++;
  return found;
}

bothBuilds("3 Codec or allocator changed with live data: every load equal; the old one is gone at its last free.", (t, open) => {
  const core = open({ arenaBytes: 100_000, knobs: { [Knob.PagesMax]: 512, [Knob.Dense]: 1 } });
  const random = new Random(3);
  const names = new Names(core, core.poolOpen(PERSISTENT));
  const held = new Map<number, Uint8Array>();
  for (let round = 0; round < 8; round++) {
    t.is(core.coreSet(Knob.Allocator, round % 4), Err.Ok);
    for (let i = 8 * round; i < 8 * round + 8; i++) {
      held.set(i, makePage(i % 2 === 0 ? "csv" : "struct", PAGE_BYTES, random));
      t.is(names.store(i, held.get(i)!), Err.Ok);
    }
    // The dense codec takes over pages that LZ4 packed, while others stay.
    if (round % 2 === 1) t.true(core.coreRecompress(5, 20) >= 0);
    for (const [i, content] of held) t.deepEqual(names.load(i), content, `page ${i} in round ${round}`);
    checkInvariants(core.bytes.subarray(0, core.arenaBytes));
  }
  t.true(core.counterOf("zcache_mcu.recompressed_pages") > 0);
  t.true(framesOf(core).every((frames) => frames > 0), framesOf(core).join(" "));
  t.is(core.coreSet(Knob.Allocator, 1), Err.Ok);
  for (let i = 100; i < 104; i++) t.is(names.store(i, makePage("csv", PAGE_BYTES, new Random(i))), Err.Ok);
  for (let before = framesOf(core); held.size > 0; before = framesOf(core)) {
    const [i] = random.pick([...held]);
    held.delete(i);
    t.is(names.invalidate(i), Err.Ok);
    t.true(framesOf(core).every((frames, allocator) => frames <= before[allocator]));
    for (const [left, content] of held) t.deepEqual(names.load(left), content);
  }
  t.deepEqual(framesOf(core).map((frames) => frames > 0), [false, true, false, false]);
  for (let i = 100; i < 104; i++) t.deepEqual(names.load(i), makePage("csv", PAGE_BYTES, new Random(i)));
  checkInvariants(core.bytes.subarray(0, core.arenaBytes));
});

/** Replays a trace on an area. How the most memory compares with the bytes that were held then. */
function replay(core: Core, seed: number): number {
  const random = new Random(seed);
  const area = new Area(core, core.areaOpen(120));
  const pages = Array.from({ length: 120 }, () => pageOfDensity(10 + random.below(70), PAGE_BYTES, random));
  let [peak, ideal] = [0, 1];
  for (let event = 0; event < 1500; event++) {
    const page = random.below(random.chance(70) ? 25 : 120);
    if (random.chance(40)) area.write(page, pages[page]);
    else if (random.chance(5)) core.areaDiscard(area.handle, page);
    else area.read(page);
    const used = core.counterOf("mm_stat.mem_used_total");
    if (used > peak) [peak, ideal] = [used, core.counterOf("mm_stat.compr_data_size") + 1];
  }
  return peak / ideal;
}

bothBuilds("26 Trace replay on three allocators: deterministic; peak memory / ideal printed (marks: TLSF 1.017, xvmalloc 1.12).", (t, open) => {
  for (const allocator of [0, 1, 2, 3]) {
    const [once, twice] = [0, 1].map(() => {
      const core = withFlash(open, { [Knob.Allocator]: allocator });
      return { ratio: replay(core, 26), faults: core.counterOf("zcache_mcu.faults"), written: core.counterOf("events.zswpwb"), state: core.state() };
    });
    t.deepEqual(twice, once);
    t.true(once.faults > 100 && once.written > 10);
    t.true(once.ratio >= 1, `${ALLOCATORS[allocator]}: ${once.ratio}`);
    t.log(`${ALLOCATORS[allocator]}: peak memory ${once.ratio.toFixed(3)} of the ideal`);
  }
});

bothBuilds("a frame of zpages that was loaded from since it came has a second chance, and only one", (t, open) => {
  const core = withFlash(open, { [Knob.Dense]: 0 });
  const names = new Names(core, core.poolOpen(PERSISTENT));
  const page = (index: number): Uint8Array => pageOfDensity(70, PAGE_BYTES, new Random(index));
  for (let i = 0; i < 5; i++) t.is(names.store(i, page(i)), Err.Ok);
  t.deepEqual(names.load(0), page(0));
  const gone: number[] = [];
  for (let reaped = 0; reaped < 5; reaped++) {
    const reads = (): number => core.counterOf("bd_stat.bd_reads");
    t.is(core.reaperRun(1), 1);
    if (reaped === 0) {
      const before = reads();
      t.deepEqual(names.load(0), page(0));
      t.is(reads(), before, "the oldest is still in RAM, because it was used");
      t.deepEqual(names.load(1), page(1));
      t.is(reads(), before + 1, "the next one went for it");
    }
    gone.push(core.counterOf("bd_stat.bd_count"));
  }
  t.deepEqual(gone, [1, 2, 3, 4, 5]);
  t.is(core.reaperRun(1), Err.NotFound);
});

bothBuilds("a page that flash refuses while it is packed anew is in RAM as it was, byte by byte", (t, open) => {
  const sim = openSimFlash("w25q16");
  const flash = new FailingFlash(sim.flash);
  const core = open({ flash, knobs: { [Knob.SectorBytes]: 4096, [Knob.SwapSectors]: 16, [Knob.Dense]: 1 } });
  const names = new Names(core, core.poolOpen(PERSISTENT));
  const random = new Random(12);
  const pages = Array.from({ length: 6 }, (_, i) => makePage(i % 2 === 0 ? "csv" : "json", PAGE_BYTES, random));
  pages.forEach((content, i) => t.is(names.store(i, content), Err.Ok));
  flash.fail();
  t.true(core.reaperRun(1) < 0);
  flash.mend();
  t.is(core.counterOf("zcache_mcu.dense_pages_written"), 0);
  pages.forEach((content, i) => t.deepEqual(names.load(i), content, `page ${i}`));
  checkInvariants(core.bytes.subarray(0, core.arenaBytes));
});

/** Frames on these lists. */
function on(core: Core, ...lists: List[]): number {
  let found = 0;
  for (let frame = 0; frame < core.frames; frame++) if (lists.includes(core.frameClass(frame))) found++;
  return found;
}

const LIMITS: readonly { pool: number; ephemeral: number; least: number; most: number }[] = [
  { pool: 100, ephemeral: 100, least: 10, most: 50 }, { pool: 40, ephemeral: 10, least: 25, most: 25 }, { pool: 60, ephemeral: 30, least: 5, most: 80 },
];

bothBuilds("every class keeps to its limit under any load: zpages, ephemeral zpages, and residents once no frame is free", (t, open: (options?: CoreOptions) => Core) => {
  for (const { pool, ephemeral, least, most } of LIMITS) {
    const core = withFlash(open, {
      [Knob.PoolLimitPercent]: pool, [Knob.EphemeralPercent]: ephemeral, [Knob.ResidentPercent]: 25, [Knob.ResidentLeastPercent]: least, [Knob.ResidentMostPercent]: most,
    });
    const area = new Area(core, core.areaOpen(150));
    const [names, cache] = [new Names(core, core.poolOpen(PERSISTENT)), new Names(core, core.poolOpen(EPHEMERAL))];
    withSeed(3, (random, progress) => {
      for (; progress.step < 1500; progress.step++) {
        const content = makePage(random.chance(80) ? "json" : "struct", PAGE_BYTES, random);
        const chance = random.below(10);
        if (chance < 6) area.write(random.below(random.chance(70) ? 30 : 150), content);
        else if (chance < 8) names.store(random.below(30), content);
        else cache.put(random.below(30), content);
        const share = (percent: number): number => Math.max(1, Math.ceil(core.frames * percent / 100));
        t.true(on(core, List.ZpagesAnon, List.ZpagesFile) <= share(pool), "zpages");
        t.true(on(core, List.ZpagesFile) <= share(ephemeral), "ephemeral zpages");
      }
      // A flood of one class: zpages may take what residents leave, and not less.
      for (let page = 0; page < 150; page++) area.write(page, pageOfDensity(45, PAGE_BYTES, new Random(page)));
      const residents = on(core, List.ActiveAnon, List.InactiveAnon);
      if (pool === 100) t.true(residents <= Math.max(3, core.frames * Math.max(most, 25) / 100) + 2, `${residents} residents of ${core.frames} frames`);
      t.true(residents >= Math.floor(core.frames * least / 100), `${residents} residents of ${core.frames} frames`);
    });
    t.is(core.areaPlace(area.handle, 149), Place.Resident);
    checkInvariants(core.bytes.subarray(0, core.arenaBytes), core.sim.chip.cells);
  }
});
