/**
 * The store's contracts, each one test with the sentence of its scenario as its title, on both builds. The sources of
 * the sentences are the bugs of the systems we descend from; the numbers are the scenarios'.
 */
import { Knob } from "../../firmware/core/config";
import { Err } from "../../firmware/core/errors";
import { HANDLE_SHIFT } from "../../firmware/core/zpool/handles";
import { Place } from "../../firmware/core/entries";
import { openSimFlash } from "../../hal/sim/flash";
import { Area, EPHEMERAL, FailingFlash, Names, PAGE_BYTES, PERSISTENT, reapEverything, withFlash } from "../helpers/board";
import { checkInvariants } from "../helpers/check";
import { bothBuilds } from "../helpers/cores";
import { anyPage, makePage, pageOfDensity } from "../helpers/pages";
import { Random } from "../helpers/random";

const SHARED = 4;

bothBuilds("1 store v1, then store v2 is refused and goes to flash, reap everything, load: v2. And again with the store disabled in between.", (t, open) => {
  for (const disabled of [false, true]) {
    const core = withFlash(open, { [Knob.RawStorage]: 0 });
    const random = new Random(1);
    const area = new Area(core, core.areaOpen(4));
    const v1 = makePage("csv", PAGE_BYTES, random);
    area.write(0, v1);
    t.is(core.areaPageOut(area.handle, 0), Err.Ok);
    t.is(core.areaPlace(area.handle, 0), Place.Zpage);
    const v2 = makePage(disabled ? "json" : "random", PAGE_BYTES, random);
    area.write(0, v2);
    if (disabled) core.coreSet(Knob.StoreEnabled, 0);
    t.is(core.areaPageOut(area.handle, 0), Err.Ok);
    t.is(core.areaPlace(area.handle, 0), Place.Swap);
    t.is(core.counterOf("frontswap.failed_stores"), 1);
    core.coreSet(Knob.StoreEnabled, 1);
    reapEverything(core);
    t.deepEqual(area.read(0), v2);
    checkInvariants(core.bytes, core.sim.chip.cells);
  }
});

bothBuilds("1 by name: a refused duplicate store leaves nothing to be found, so that the client's own copy on its device is the only one.", (t, open) => {
  for (const disabled of [false, true]) {
    const core = withFlash(open, { [Knob.RawStorage]: 0 });
    const random = new Random(2);
    const names = new Names(core, core.poolOpen(PERSISTENT));
    t.is(names.store(5, makePage("csv", PAGE_BYTES, random)), Err.Ok);
    reapEverything(core);
    if (disabled) core.coreSet(Knob.StoreEnabled, 0);
    const refusal = names.store(5, makePage(disabled ? "json" : "random", PAGE_BYTES, random));
    t.is(refusal, disabled ? Err.RejectDisabled : Err.RejectCompressPoor);
    core.coreSet(Knob.StoreEnabled, 1);
    reapEverything(core);
    t.is(names.load(5), undefined);
    t.is(core.counterOf("zswap.duplicate_entry"), 1);
    t.is(core.counterOf("bd_stat.bd_count"), 0);
    checkInvariants(core.bytes, core.sim.chip.cells);
  }
});

bothBuilds("4 put A, put B, get: never A; a failed get stays failed until the next put.", (t, open) => {
  const core = withFlash(open);
  const random = new Random(4);
  const names = new Names(core, core.poolOpen(EPHEMERAL));
  const [a, b] = [makePage("csv", PAGE_BYTES, random), makePage("json", PAGE_BYTES, random)];
  names.put(1, a);
  t.is(names.put(1, b), Err.Ok);
  t.deepEqual(names.get(1), b);
  t.is(names.get(1), undefined);
  t.is(names.get(1), undefined);
  names.put(1, a);
  t.deepEqual(names.get(1), a);
  // And where B is refused, or where the reaper drops it: nothing, never A.
  names.put(1, a);
  t.is(names.put(1, makePage("random", PAGE_BYTES, random)), Err.RejectCompressPoor);
  t.is(names.get(1), undefined);
  names.put(1, a);
  names.put(1, b);
  reapEverything(core);
  t.is(names.get(1), undefined);
  t.is(names.get(1), undefined);
  names.put(1, b);
  t.deepEqual(names.get(1), b);
  t.is(core.counterOf("cleancache.succ_gets"), 3);
  t.is(core.counterOf("cleancache.failed_gets"), 5);
  checkInvariants(core.bytes);
});

bothBuilds("5 Ephemeral get then get: second fails (exclusive). Persistent get then get: both succeed. Exclusive load removes.", (t, open) => {
  const core = withFlash(open);
  const random = new Random(5);
  const ephemeral = new Names(core, core.poolOpen(EPHEMERAL));
  const persistent = new Names(core, core.poolOpen(PERSISTENT));
  for (const kind of ["csv", "same"] as const) {
    const page = makePage(kind, PAGE_BYTES, random);
    ephemeral.put(3, page);
    t.deepEqual(ephemeral.get(3), page);
    t.is(ephemeral.get(3), undefined);
    persistent.store(3, page);
    t.deepEqual(persistent.load(3), page);
    t.deepEqual(persistent.load(3), page);
    reapEverything(core);
    t.deepEqual(persistent.load(3), page);
    core.coreSet(Knob.ExclusiveLoads, 1);
    t.deepEqual(persistent.load(3), page);
    t.is(persistent.load(3), undefined);
    core.coreSet(Knob.ExclusiveLoads, 0);
    t.is(persistent.load(3), undefined);
  }
  t.is(core.counterOf("bd_stat.bd_count"), 0);
  checkInvariants(core.bytes);
});

bothBuilds("6 Flush object / pool / area: every index of it fails, all others live.", (t, open) => {
  const core = withFlash(open, { [Knob.PoolsMax]: 6 });
  const random = new Random(6);
  const [one, two] = [new Names(core, core.poolOpen(PERSISTENT)), new Names(core, core.poolOpen(PERSISTENT))];
  const page = makePage("csv", PAGE_BYTES, random);
  for (const names of [one, two]) for (const object of [1, 2]) for (const index of [0, 1, 17, 65535]) names.store(index, page, object);
  const living = (): string[] => [one, two].flatMap((names, pool) => [1, 2].flatMap((object) => [0, 1, 17, 65535]
    .filter((index) => names.load(index, object) !== undefined).map((index) => `${pool}/${object}/${index}`)));
  core.reaperRun(2);
  t.is(living().length, 16);
  t.is(core.frontswapInvalidateArea(one.pool, 2), Err.Ok);
  t.deepEqual(living().filter((name) => name.startsWith("0/2/")), []);
  t.is(living().length, 12);
  t.is(core.poolClose(two.pool), Err.Ok);
  t.is(core.frontswapLoad(two.pool, 1, 0, core.client), Err.Invalid);
  t.is([0, 1, 17, 65535].filter((index) => one.load(index, 1) !== undefined).length, 4);
  // One page, and the same of an ephemeral pool; its neighbours in the same leaf, and the same index of another object, live.
  t.is(core.frontswapInvalidatePage(one.pool, 1, 1), Err.Ok);
  t.deepEqual([0, 1, 17, 65535].map((index) => one.load(index, 1) !== undefined), [true, false, true, true]);
  const cache = new Names(core, core.poolOpen(EPHEMERAL));
  for (const object of [1, 2]) for (const index of [0, 1, 17]) t.is(cache.put(index, page, object), Err.Ok);
  t.is(core.cleancacheInvalidatePage(cache.pool, 1, 0), Err.Ok);
  t.is(core.frontswapInvalidateArea(cache.pool, 2), Err.Ok);
  t.deepEqual([0, 1, 17].map((index) => cache.get(index, 2)), [undefined, undefined, undefined]);
  t.deepEqual([0, 1, 17].map((index) => cache.get(index, 1) !== undefined), [false, true, true]);
  // An area of the paging kind: closed, its pages are gone, those of another stay.
  const [kept, closed] = [new Area(core, core.areaOpen(3)), new Area(core, core.areaOpen(3))];
  for (const area of [kept, closed]) area.write(1, page);
  t.is(core.areaClose(closed.handle), Err.Ok);
  t.is(closed.read(1), Err.Invalid);
  t.deepEqual(kept.read(1), page);
  checkInvariants(core.bytes, core.sim.chip.cells);
});

bothBuilds("7 Freeze then put: refused, the old copy gone, put_to_flush counted.", (t, open) => {
  const core = withFlash(open, { [Knob.PoolsMax]: 6 });
  const random = new Random(7);
  const [a, b] = [makePage("csv", PAGE_BYTES, random), makePage("json", PAGE_BYTES, random)];
  const persistent = new Names(core, core.poolOpen(PERSISTENT));
  const ephemeral = new Names(core, core.poolOpen(EPHEMERAL));
  const shared = new Names(core, core.poolOpen(EPHEMERAL + SHARED));
  let refused = 0;
  for (const reaped of [false, true]) {
    for (const index of [1, 2]) {
      t.is(persistent.store(index, a), Err.Ok);
      t.is(ephemeral.put(index, a), Err.Ok);
      t.is(shared.put(index, a), Err.Ok);
    }
    if (reaped) reapEverything(core);
    for (const { pool } of [persistent, ephemeral, shared]) t.is(core.poolFreeze(pool, 1), Err.Ok);
    t.is(persistent.store(1, b), Err.RejectFrozen);
    t.is(ephemeral.put(1, b), Err.RejectFrozen);
    t.is(shared.put(1, b), Err.RejectFrozen);
    refused += 3;
    t.is(core.counterOf("zcache.put_to_flush"), refused);
    for (const gone of [persistent.load(1), ephemeral.get(1), shared.get(1)]) t.is(gone, undefined);
    t.deepEqual(persistent.load(2), a);
    if (!reaped) t.deepEqual([ephemeral.get(2), shared.get(2), shared.get(2)], [a, a, a]);
    for (const { pool } of [persistent, ephemeral, shared]) t.is(core.poolFreeze(pool, 0), Err.Ok);
    t.is(persistent.load(1), undefined);
    t.is(persistent.store(1, b), Err.Ok);
    t.deepEqual(persistent.load(1), b);
  }
  checkInvariants(core.bytes, core.sim.chip.cells);
});

bothBuilds("8 zbud sizes 0, 1, max, max+1: invalid, ok, ok, never. At most 2 zpages a frame, never fewer than 1, under an adversarial order of sizes.", (t, open) => {
  const core = open();
  const max = core.zpoolMaxBytes();
  t.true(max < PAGE_BYTES && max > PAGE_BYTES - 64);
  t.is(core.zpoolAlloc(0, 0, 0), Err.Invalid);
  t.is(core.zpoolAlloc(0, -1, 0), Err.Invalid);
  t.is(core.zpoolAlloc(0, max + 1, 0), Err.TooBig);
  const [least, most] = [core.zpoolAlloc(0, 1, 0), core.zpoolAlloc(0, max, 0)];
  t.true(least >= 0 && most >= 0);
  t.not(least >> HANDLE_SHIFT, most >> HANDLE_SHIFT);
  t.is(core.zpoolFree(least), Err.Ok);
  t.is(core.zpoolFree(most), Err.Ok);
  t.is(core.zpoolFree(most), Err.Invalid);
  t.is(core.coreFreeBytes(), core.frames * PAGE_BYTES);

  const random = new Random(8);
  const sizes = [1, 15, 16, 17, max >> 1, (max >> 1) + 1, max - 16, max - 1, max];
  const live = new Map<number, number>();
  for (let step = 0; step < 4000; step++) {
    const size = random.pick(sizes);
    if (random.chance(55)) {
      const handle = core.zpoolAlloc(random.below(2), size, 0);
      if (handle < 0) t.is(handle, Err.NoFrame);
      else live.set(handle, size);
    } else if (live.size > 0) {
      const handle = random.pick([...live.keys()]);
      t.is(core.zpoolFree(handle), Err.Ok);
      live.delete(handle);
    }
    let zpages = 0;
    for (let frame = 0; frame < core.frames; frame++) {
      const held = core.frameZpages(frame);
      const isFree = core.frameClass(frame) === 6;
      if (isFree ? held !== 0 : held < 1 || held > 2) t.fail(`frame ${frame} of class ${core.frameClass(frame)} holds ${held} zpages at step ${step}`);
      zpages += held;
    }
    if (zpages !== live.size) t.fail(`${zpages} zpages are held, ${live.size} are alive at step ${step}`);
  }
  t.true(disjoint([...live].map(([handle, size]) => [core.zpoolRead(handle), size])));
  for (const handle of live.keys()) core.zpoolFree(handle);
  t.is(core.coreFreeBytes(), core.frames * PAGE_BYTES);
});

/** Do the ranges (offset, length) leave one another alone? */
function disjoint(ranges: number[][]): boolean {
  const sorted = ranges.sort((a, b) => a[0] - b[0]);
  return sorted.every(([at, length], i) => i + 1 === sorted.length || at + length <= sorted[i + 1][0]);
}

bothBuilds("9 zbud reclaim: both evict; first refuses; nothing to reclaim; retries used up: four different answers. Free during reclaim releases the frame once.", (t, open) => {
  const failing = new FailingFlash(openSimFlash("w25q16").flash);
  const core = open({ flash: failing, knobs: { [Knob.SectorBytes]: 4096, [Knob.SwapSectors]: 16 } });
  const names = new Names(core, core.poolOpen(PERSISTENT));
  const page = (index: number): Uint8Array => pageOfDensity(30, PAGE_BYTES, new Random(index));
  const fill = (frames: number): void => { for (let i = 0; i < 2 * frames; i++) t.is(names.store(i, page(i)), Err.Ok); };
  const freed = (): number => core.counterOf("zcache_mcu.reaper_frames_freed");

  t.is(core.reclaimFrame(0, 8), Err.NotFound, "nothing to reclaim");
  fill(1);
  t.is(core.counterOf("zbud.buddied_count"), 1);
  const before = core.coreFreeBytes();
  t.is(core.reclaimFrame(0, 1), Err.Ok, "both evict");
  t.is(core.coreFreeBytes(), before + PAGE_BYTES);
  t.is(freed(), 1);
  t.is(core.counterOf("events.zswpwb"), 2);

  fill(1);
  core.coreSet(Knob.WritebackEnabled, 0);
  t.is(core.reclaimFrame(0, 8), Err.Refused, "first refuses, and there is no other frame");
  fill(5);
  t.is(core.reclaimFrame(0, 3), Err.RetriesUsed, "retries used up");
  t.is(freed(), 1);
  t.is(core.counterOf("events.zswpwb"), 2);

  core.coreSet(Knob.WritebackEnabled, 1);
  failing.fail(1);
  t.true(core.reclaimFrame(0, 1) < 0, "the first buddy is evicted, the second refuses: the frame stays, with one");
  failing.mend();
  checkInvariants(core.bytes);
  for (let i = 0; i < 10; i++) t.deepEqual(names.load(i), page(i));
  reapEverything(core);
  for (let i = 0; i < 10; i++) t.deepEqual(names.load(i), page(i));
  t.is(core.coreFreeBytes(), core.frames * PAGE_BYTES);
  checkInvariants(core.bytes);
});

bothBuilds("D2 R1 R2 whatever is stored, reaped and loaded in whatever order comes back, and reclaiming a frame writes at most two records.", (t, open) => {
  const core = withFlash(open);
  const random = new Random(21);
  const names = new Names(core, core.poolOpen(PERSISTENT));
  const held = new Map<number, Uint8Array>();
  for (let step = 0; step < 1500; step++) {
    const index = random.below(60);
    if (random.chance(40)) {
      const page = anyPage(PAGE_BYTES, random);
      if (names.store(index, page) === Err.Ok) held.set(index, page);
      else held.delete(index);
    } else if (random.chance(20)) {
      const written = core.counterOf("bd_stat.bd_writes");
      const attempts = core.counterOf("zcache_mcu.reaper_attempts");
      core.reclaimFrame(0, 2);
      t.true(core.counterOf("bd_stat.bd_writes") - written <= 2 * (core.counterOf("zcache_mcu.reaper_attempts") - attempts));
    } else t.deepEqual(names.load(index), held.get(index));
  }
  checkInvariants(core.bytes, core.sim.chip.cells);
});
