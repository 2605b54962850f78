/** What happens when there is more to keep than room: scenarios 16, 17, 21, 22 and 32, on both builds. */
import { Knob } from "../../firmware/core/config";
import { Err } from "../../firmware/core/errors";
import { Place } from "../../firmware/core/entries";
import { BadKind } from "../../hal/sim/accidents";
import { Flash, FlashResult } from "../../hal/flash";
import { openSimFlash } from "../../hal/sim/flash";
import { Arena } from "../../tools/check/arena";
import { Area, EPHEMERAL, Names, PAGE_BYTES, PERSISTENT, withFlash } from "../helpers/board";
import { checkInvariants } from "../helpers/check";
import { Core, bothBuilds } from "../helpers/cores";
import { makePage, pageOfDensity } from "../helpers/pages";
import { Random } from "../helpers/random";

/** Writes `pages` pages of one area, each `density` percent dense, and reads them all back. */
function fillAndRead(core: Core, pages: number, density: number): number {
  const area = new Area(core, core.areaOpen(pages));
  const content = (page: number): Uint8Array => pageOfDensity(density, PAGE_BYTES, new Random(page));
  let wrong = 0;
  for (let page = 0; page < pages; page++) if (area.write(page, content(page)) < 0) wrong++;
  for (let page = 0; page < pages; page++) if (Buffer.compare(area.read(page) as Uint8Array, content(page)) !== 0) wrong++;
  checkInvariants(core.bytes);
  return wrong;
}

bothBuilds("16 limit L, touch 4 L: zswpout rises; pool 0: zswpout stays 0; unlimited: every page comes back from RAM.", (t, open) => {
  const limited = withFlash(open);
  t.is(fillAndRead(limited, 4 * limited.frames, 40), 0);
  t.true(limited.counterOf("events.zswpout") > limited.frames);
  t.true(limited.counterOf("events.zswpwb") > 0);

  const none = withFlash(open, { [Knob.PoolLimitPercent]: 1 });
  t.is(fillAndRead(none, 4 * none.frames, 40), 0);
  t.is(none.counterOf("events.zswpout"), 0);
  t.true(none.counterOf("events.pswpout") > none.frames);

  const sim = openSimFlash("w25q16");
  const roomy = open({ arenaBytes: 256 * 1024, flash: sim.flash, knobs: { [Knob.SectorBytes]: 4096, [Knob.SwapSectors]: 64 } });
  t.is(fillAndRead(roomy, 240, 40), 0);
  t.is(roomy.counterOf("events.pswpin"), 0);
  t.is(sim.chip.operations, 0);
});

bothBuilds("17 Pool halved with write-back on: zswpwb > 0, data equal. Off: \"not now\", zswpwb = 0, data equal.", (t, open) => {
  for (const writeback of [1, 0]) {
    const core = withFlash(open, { [Knob.WritebackEnabled]: writeback });
    const names = new Names(core, core.poolOpen(PERSISTENT));
    const page = (index: number): Uint8Array => pageOfDensity(70, PAGE_BYTES, new Random(index));
    const half = core.frames >> 1;
    for (let i = 0; i < half + 4; i++) t.is(names.store(i, page(i)), Err.Ok);
    core.coreSet(Knob.PoolLimitPercent, 50);
    const code = names.store(99, page(99));
    t.is(code, writeback === 1 ? Err.Ok : Err.RejectPoolLimit);
    t.is(core.reaperRun(4), writeback === 1 ? 4 : Err.Refused);
    t.is(core.counterOf("events.zswpwb") > 0, writeback === 1);
    for (let i = 0; i < half + 4; i++) t.deepEqual(names.load(i), page(i));
    t.deepEqual(names.load(99), writeback === 1 ? page(99) : undefined);
    checkInvariants(core.bytes, core.sim.chip.cells);
  }
});

bothBuilds("21 Reaper asked for N frames: N freed or a reason; flash writes <= 2N (zbud); order = LRU of frames; in-flight bound kept.", (t, open) => {
  const sim = openSimFlash("w25q16");
  const flash = new WatchedFlash(sim.flash);
  const core = open({ flash, knobs: { [Knob.SectorBytes]: 4096, [Knob.SwapSectors]: 64 } });
  const names = new Names(core, core.poolOpen(PERSISTENT));
  const page = (index: number): Uint8Array => pageOfDensity(30, PAGE_BYTES, new Random(index));
  for (let i = 0; i < 20; i++) t.is(names.store(i, page(i)), Err.Ok);
  const free = core.coreFreeBytes() / PAGE_BYTES;
  t.is(core.reaperRun(3), 3);
  t.is(core.coreFreeBytes() / PAGE_BYTES, free + 3);
  t.true(core.counterOf("bd_stat.bd_writes") <= 6);
  t.deepEqual(onFlash(core), [0, 1, 2, 3, 4, 5]);
  t.is(core.reaperRun(100), 7);
  t.is(core.reaperRun(1), Err.NotFound);
  t.is(core.reaperRun(-1), Err.Invalid);
  t.is(core.counterOf("zcache_mcu.reaper_frames_freed"), 10);
  for (let i = 0; i < 20; i++) t.deepEqual(names.load(i), page(i));
  t.true(flash.programs >= 20);
  t.is(flash.mostUnderWay, 1, "one write at a time is on its way");
});

/** A flash that counts the writes that are under way at once; a port that calls back finds the store busy. */
class WatchedFlash implements Flash {
  programs = 0;
  mostUnderWay = 0;
  private underWay = 0;
  constructor(private readonly inner: Flash) {}
  get geometry() { return this.inner.geometry; }
  get name() { return this.inner.name; }
  read(address: number, into: Uint8Array): FlashResult { return this.inner.read(address, into); }
  erase(address: number): FlashResult { return this.write(() => this.inner.erase(address)); }

  program(address: number, from: Uint8Array): FlashResult {
    this.programs++;
    return this.write(() => this.inner.program(address, from));
  }

  private write(act: () => FlashResult): FlashResult {
    this.mostUnderWay = Math.max(this.mostUnderWay, ++this.underWay);
    const result = act();
    this.underWay--;
    return result;
  }
}

/** Indexes of the pages that are on flash only, for a store with one object. */
function onFlash(core: Core): number[] {
  const arena = new Arena(core.bytes);
  return Array.from({ length: arena.entries }, (_, i) => i).filter((i) => arena.entry(i).place === Place.Swap)
    .map((i) => arena.leaf(i >> 4).index * 16 + i % 16).sort((a, b) => a - b);
}

bothBuilds("22 Six frame classes under setTarget up and down: sum constant, target met or a reason.", (t, open) => {
  const core = withFlash(open);
  const area = new Area(core, core.areaOpen(120));
  const names = new Names(core, core.poolOpen(PERSISTENT));
  const cache = new Names(core, core.poolOpen(EPHEMERAL));
  const random = new Random(22);
  const pages = new Map<number, Uint8Array>();
  let met = 0;
  for (let round = 0; round < 400; round++) {
    const page = random.below(120);
    const content = makePage(random.chance(70) ? "json" : "random", PAGE_BYTES, random);
    if (area.write(page, content) >= 0) pages.set(page, content);
    if (round % 3 === 0) names.store(round % 20, makePage("csv", PAGE_BYTES, random));
    if (round % 5 === 0) cache.put(round % 20, makePage("csv", PAGE_BYTES, random));
    if (round % 8 === 0) {
      const target = 4 + random.below(core.frames - 3);
      const code = core.governorSetTarget(target);
      t.true(code === Err.Ok || code === Err.NoFrame, `code ${code}`);
      if (code === Err.Ok) met++;
      t.is(code === Err.Ok, core.counterOf("frames.lent") === core.frames - target);
    }
    core.coreTick(1);
    const classes = ["active_file", "inactive_file", "zpages_file", "active_anon", "inactive_anon", "zpages_anon", "free", "lent"];
    t.is(classes.reduce((sum, name) => sum + core.counterOf(`frames.${name}`), 0), core.frames);
    checkInvariants(core.bytes, core.sim.chip.cells);
  }
  t.true(met >= 48, `${met} of 50 targets were met at once`);
  for (const [page, content] of pages) t.deepEqual(area.read(page), content);
});

bothBuilds("32 Sectors that hang when erased or programmed are retired: accepted data stay readable.", (t, open) => {
  const bad = new Map<number, BadKind>([[0, "hangs"], [3, "hangs"], [4, "hangs"], [9, "hangs"]]);
  const sim = openSimFlash("w25q16", { bad });
  const core = open({ flash: sim.flash, knobs: { [Knob.SectorBytes]: 4096, [Knob.SwapSectors]: 24 } });
  const random = new Random(32);
  const area = new Area(core, core.areaOpen(100));
  const pages: Uint8Array[] = [];
  for (let round = 0; round < 600; round++) {
    const page = random.below(90);
    const content = makePage("json", PAGE_BYTES, random);
    t.true(area.write(page, content) >= 0);
    pages[page] = content;
  }
  pages.forEach((content, page) => t.deepEqual(area.read(page), content));
  t.is(core.counterOf("io_stat.failed_writes"), 4);
  for (const sector of bad.keys()) t.true(sim.chip.eraseCounts[sector] <= 1);
  checkInvariants(core.bytes, sim.chip.cells);
});
