/** How the store counts, gives back, and lives without flash: scenarios 2 and 10 to 15, on both builds. */
import { Knob } from "../../firmware/core/config";
import { Err } from "../../firmware/core/errors";
import { Area, Names, PAGE_BYTES, PERSISTENT, reapEverything, withFlash } from "../helpers/board";
import { checkInvariants } from "../helpers/check";
import { Core, bothBuilds, counterNames } from "../helpers/cores";
import { makePage, pageOfDensity } from "../helpers/pages";
import { Random } from "../helpers/random";

/** Frames that zpages never take (frames.ts), so that everything stored stays readable. */
const EMERGENCY_FRAMES = 2;

bothBuilds("10 Mean gate: pages at 0.7 of a page accepted until the mean passes 5/8, then mean_compress_poor counts until good pages lower it.", (t, open) => {
  const core = open({ arenaBytes: 65536, knobs: { [Knob.MeanGateEighths]: 5 } });
  const names = new Names(core, core.poolOpen(PERSISTENT));
  const poor = (index: number): number => names.store(index, pageOfDensity(70, PAGE_BYTES, new Random(index)));
  const good = (index: number): number => names.store(index, pageOfDensity(20, PAGE_BYTES, new Random(index)));
  t.is(good(0), Err.Ok);
  let accepted = 0;
  while (poor(100 + accepted) === Err.Ok) accepted++;
  t.true(accepted > 1 && accepted < 12, `${accepted} poor pages were accepted`);
  t.is(poor(200), Err.RejectMeanPoor);
  t.is(core.counterOf("zcache.mean_compress_poor"), 2);
  for (let i = 1; i <= accepted; i++) t.is(good(i), Err.Ok);
  t.is(poor(201), Err.Ok);
  t.is(core.counterOf("zcache.mean_compress_poor"), 2);
});

bothBuilds("11 Hysteresis 20/90: after a limit hit nothing is accepted until below 90 % of the limit.", (t, open) => {
  const core = open({ arenaBytes: 65536, knobs: { [Knob.PoolLimitPercent]: 20, [Knob.AcceptPercent]: 90 } });
  const names = new Names(core, core.poolOpen(PERSISTENT));
  const store = (index: number): number => names.store(index, pageOfDensity(60, PAGE_BYTES, new Random(index)));
  const limit = Math.floor(core.frames / 5);
  for (let i = 0; i < limit; i++) t.is(store(i), Err.Ok);
  t.is(store(limit), Err.RejectPoolLimit);
  let freed = 0;
  while (store(limit) === Err.RejectPoolLimit) t.is(names.invalidate(freed++), Err.Ok);
  t.true(limit - freed < 0.9 * limit && limit - freed + 1 >= 0.9 * limit, `${freed} of ${limit} frames had to be freed`);
  t.is(core.counterOf("zswap.pool_limit_hit"), freed + 1);
});

bothBuilds("12 The allocator starved at every allocation point: a counter moves, no recursion, no leak, old data gone.", (t, open) => {
  const core = open({ arenaBytes: 16384, knobs: { [Knob.PagesMax]: 64 } });
  const names = new Names(core, core.poolOpen(PERSISTENT));
  const dense = (seed: number): Uint8Array => pageOfDensity(70, PAGE_BYTES, new Random(seed));
  let stored = 0;
  while (names.store(stored, dense(stored)) === Err.Ok) stored++;
  t.is(stored, core.frames - EMERGENCY_FRAMES);
  const [refused, failed] = [core.counterOf("zswap.reject_reclaim_fail"), core.counterOf("frontswap.failed_stores")];
  t.is(names.store(0, pageOfDensity(60, PAGE_BYTES, new Random(99))), Err.Ok, "the old copy's own frame is room enough");
  t.is(names.store(50, dense(50)), Err.RejectReclaimFail);
  t.is(names.load(50), undefined);
  t.is(core.counterOf("zswap.reject_reclaim_fail"), refused + 1);
  t.is(core.counterOf("frontswap.failed_stores"), failed + 1);
  for (let i = 1; i < stored; i++) t.deepEqual(names.load(i), dense(i));
  // Tables: no object, no leaf.
  for (let i = 0; i < stored; i++) names.invalidate(i);
  t.is(core.coreFreeBytes(), core.frames * PAGE_BYTES);
  const zeros = new Uint8Array(PAGE_BYTES);
  for (let leaf = 0; leaf < 4; leaf++) t.is(names.store(16 * leaf, zeros), Err.Ok);
  t.is(names.store(16 * 4, zeros), Err.NoEntry);
  t.is(names.store(0, zeros, 2), Err.NoEntry);
  for (let leaf = 0; leaf < 4; leaf++) t.is(names.invalidate(16 * leaf), Err.Ok);
  for (let object = 0; object < 4; object++) t.is(names.store(0, zeros, object), Err.Ok);
  checkInvariants(core.bytes);
});

bothBuilds("13 Fill with zeros: ratio printed without dividing by zero. Fill with 'a', read all: 0 wrong bytes; reset: all counters zero.", (t, open) => {
  const core = open();
  const area = new Area(core, core.areaOpen(200));
  const letters = new Uint8Array(PAGE_BYTES).fill(0x61);
  const fill = (content: Uint8Array): void => { for (let page = 0; page < 200; page++) t.true(area.write(page, content) >= 0); };
  fill(new Uint8Array(PAGE_BYTES));
  for (let page = 0; page < 200; page++) core.areaPageOut(area.handle, page);
  t.is(core.counterOf("mm_stat.same_pages"), 200);
  t.is(core.counterOf("mm_stat.orig_data_size"), 200 * PAGE_BYTES);
  t.is(core.counterOf("mm_stat.compr_data_size"), 0);
  t.is(core.counterOf("zcache_mcu.compr_percent"), 0);
  t.is(core.counterOf("mm_stat.mem_used_total"), 0);
  t.is(core.coreFreeBytes(), core.frames * PAGE_BYTES);
  fill(letters);
  let wrong = 0;
  for (let page = 0; page < 200; page++) wrong += (area.read(page) as Uint8Array).reduce((sum, byte) => sum + (byte === 0x61 ? 0 : 1), 0);
  t.is(wrong, 0);
  checkInvariants(core.bytes);
  t.is(core.areaClose(area.handle), Err.Ok);
  core.coreResetCounters();
  const limits = ["mm_stat.mem_limit", "frames.free"];
  // There is no flash, so there is nothing left of a budget and no life to tell: unknown, which is no zero.
  const unknown = ["zcache_mcu.wear_budget_left", "zcache_mcu.flash_life_years"];
  t.deepEqual(counterNames.filter((name) => core.counterOf(name) !== 0), [...limits, ...unknown]);
  t.deepEqual(unknown.map((name) => core.counterOf(name)), [Err.NotFound, Err.NotFound]);
});

bothBuilds("13 The same with same-filled pages switched off: they compress instead, and come back all the same.", (t, open) => {
  const core = open({ knobs: { [Knob.SameFilled]: 0 } });
  const area = new Area(core, core.areaOpen(40));
  const letters = new Uint8Array(PAGE_BYTES).fill(0x61);
  for (let page = 0; page < 40; page++) t.true(area.write(page, letters) >= 0);
  t.is(core.counterOf("mm_stat.same_pages"), 0);
  t.true(core.counterOf("zcache.pers_zpages") > 20);
  for (let page = 0; page < 40; page++) t.deepEqual(area.read(page), letters);
});

bothBuilds("14 Free notify: mem_used falls at once on discard.", (t, open) => {
  const core = withFlash(open);
  const random = new Random(14);
  const area = new Area(core, core.areaOpen(20));
  for (let page = 0; page < 6; page++) {
    area.write(page, pageOfDensity(70, PAGE_BYTES, random));
    t.is(core.areaPageOut(area.handle, page), Err.Ok);
  }
  for (let page = 0; page < 6; page++) {
    const used = core.counterOf("mm_stat.mem_used_total");
    t.is(used, (6 - page) * PAGE_BYTES);
    t.is(core.areaDiscard(area.handle, page), Err.Ok);
    t.is(core.counterOf("mm_stat.mem_used_total"), used - PAGE_BYTES);
    t.is(core.counterOf("io_stat.notify_free"), page + 1);
    t.deepEqual(area.read(page), new Uint8Array(PAGE_BYTES));
  }
  // On flash: the record is dead at once, and no flash operation is spent on it.
  area.write(7, makePage("random", PAGE_BYTES, random));
  core.areaPageOut(area.handle, 7);
  reapEverything(core);
  t.is(core.counterOf("bd_stat.bd_count"), 1);
  const operations = core.sim.chip.operations;
  core.areaDiscard(area.handle, 7);
  t.is(core.counterOf("bd_stat.bd_count"), 0);
  t.is(core.sim.chip.operations, operations);
  checkInvariants(core.bytes, core.sim.chip.cells);
});

bothBuilds("15 No flash driver: every store ends definitely; free slots are computed from free frames (never promise what is not there).", (t, open) => {
  const core = open({ arenaBytes: 24576 });
  t.is(core.coreSwapIsOpen(), 0);
  const random = new Random(15);
  const names = new Names(core, core.poolOpen(PERSISTENT));
  const definite = [Err.Ok, Err.RejectCompressPoor, Err.RejectReclaimFail, Err.RejectAllocFail, Err.RejectPoolLimit, Err.NoEntry];
  const held = new Map<number, Uint8Array>();
  for (let step = 0; step < 600; step++) {
    const index = random.below(100);
    const page = pageOfDensity(random.below(110), PAGE_BYTES, random);
    const code = names.store(index, page);
    t.true(definite.includes(code), `a store ended with ${code}`);
    if (code === Err.Ok) held.set(index, page);
    else held.delete(index);
    t.is(core.coreFreeBytes(), freeFrames(core) * PAGE_BYTES);
  }
  for (let index = 0; index < 100; index++) t.deepEqual(names.load(index), held.get(index));
  t.is(core.counterOf("events.pswpout") + core.counterOf("events.zswpwb"), 0);
  t.is(core.reaperRun(1), Err.Refused);
  // What is promised is there: as many pages that do not compress at all as frames are said to be free.
  for (const index of [...held.keys()].slice(0, held.size >> 1)) names.invalidate(index);
  const promised = core.coreFreeBytes() / PAGE_BYTES;
  t.true(promised > 3);
  const area = new Area(core, core.areaOpen(promised));
  const noise = Array.from({ length: promised }, () => makePage("random", PAGE_BYTES, random));
  noise.forEach((page, i) => t.true(area.write(i, page) >= 0));
  t.is(core.coreFreeBytes(), 0);
  noise.forEach((page, i) => t.deepEqual(area.read(i), page));
  checkInvariants(core.bytes);
});

bothBuilds("15 Without flash an area takes pages until it says no, and everything it took can be read, in any order, for ever.", (t, open) => {
  for (const density of [20, 45, 60, 80, 100]) {
    const core = open({ arenaBytes: 24576 });
    const random = new Random(density);
    const area = new Area(core, core.areaOpen(120));
    const pages: Uint8Array[] = [];
    for (let code = 0; pages.length < 120;) {
      const page = pageOfDensity(density, PAGE_BYTES, random);
      code = area.write(pages.length, page);
      if (code < 0) {
        t.is(code, Err.NoFrame);
        break;
      }
      pages.push(page);
    }
    t.true(pages.length >= core.frames * (density > 45 ? 0.9 : 1.2), `${pages.length} pages of density ${density} in ${core.frames} frames`);
    for (let read = 0; read < 400; read++) {
      const page = random.below(pages.length);
      t.deepEqual(area.read(page), pages[page], `page ${page} of ${pages.length} at density ${density}`);
    }
    checkInvariants(core.bytes);
  }
});

bothBuilds("15 Without flash a run of pages that do not compress does not keep those that do from their place.", (t, open) => {
  const core = open({ arenaBytes: 24576 });
  const random = new Random(16);
  const area = new Area(core, core.areaOpen(120));
  const pages = new Map<number, Uint8Array>();
  const write = (page: number, content: Uint8Array): void => {
    t.true(area.write(page, content) >= 0, `page ${page} is refused`);
    pages.set(page, content);
  };
  // All frames but eight hold noise; in the eight there is room for twice as many pages of a third.
  for (let page = 0; page < core.frames - 8; page++) write(page, makePage("random", PAGE_BYTES, random));
  for (let page = 40; page < 50; page++) write(page, pageOfDensity(30, PAGE_BYTES, random));
  for (let round = 0; round < 200; round++) {
    write(40 + random.below(10), pageOfDensity(30, PAGE_BYTES, random));
    for (const [number, content] of pages) if (number % 7 === round % 7) t.deepEqual(area.read(number), content);
  }
  checkInvariants(core.bytes);
});

bothBuilds("A page that was never written reads as zeros, and costs nothing once it is out of RAM.", (t, open) => {
  const core = withFlash(open);
  const area = new Area(core, core.areaOpen(250));
  for (let page = 0; page < 250; page++) t.deepEqual(area.read(page), new Uint8Array(PAGE_BYTES));
  for (let page = 0; page < 250; page++) core.areaPageOut(area.handle, page);
  reapEverything(core);
  t.is(core.coreFreeBytes(), core.frames * PAGE_BYTES);
  t.is(core.sim.chip.operations, 0);
});

function freeFrames(core: Core): number {
  let free = 0;
  for (let frame = 0; frame < core.frames; frame++) if (core.frameClass(frame) === 6) free++;
  return free;
}
