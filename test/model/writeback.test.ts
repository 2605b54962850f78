/** Write-back by class, and the budget that writes are under. */
import { Knob } from "../../firmware/core/config";
import { Err } from "../../firmware/core/errors";
import { Place } from "../../firmware/core/entries";
import { openSimFlash, NorFlash } from "../../hal/sim/flash";
import { Arena } from "../../tools/check/arena";
import { Area, Names, PAGE_BYTES, PERSISTENT, withFlash } from "../helpers/board";
import { checkInvariants } from "../helpers/check";
import { Core, CoreOptions, bothBuilds } from "../helpers/cores";
import { pageOfDensity } from "../helpers/pages";
import { Random } from "../helpers/random";

/** The classes and the states, as writeback.ts and budget.ts number them. */
const [IDLE, HUGE, HUGE_IDLE, INCOMPRESSIBLE] = [0, 1, 2, 3];
const [OFF, LEFT, EXHAUSTED, ZERO] = [0, 1, 2, 3];

/** Stores 20 pages, every fourth of them huge. */
function twenty(core: Core, random: Random): { names: Names; pages: Uint8Array[] } {
  const names = new Names(core, core.poolOpen(PERSISTENT));
  const pages = Array.from({ length: 20 }, (_, i) => pageOfDensity(i % 4 === 0 ? 85 : 30, PAGE_BYTES, random));
  pages.forEach((page, i) => { if (names.store(i, page) !== Err.Ok) throw new Error(`page ${i} is refused`); });
  return { names, pages };
}

/** How many entries' pages are on flash. */
function onFlash(core: Core): number {
  const arena = new Arena(core.bytes);
  return Array.from({ length: arena.entries }, (_, i) => arena.entry(i)).filter((entry) => entry.place === Place.Swap).length;
}

bothBuilds("28 Mark all idle, touch k, write idle: exactly all - k written; huge, huge_idle, incompressible classes exact.", (t, open) => {
  const run = (kind: number, age: number, expected: number, dense = 0): void => {
    const core = withFlash(open, { [Knob.IdleMarks]: 1, [Knob.Dense]: dense });
    const { names, pages } = twenty(core, new Random(28));
    t.is(core.writebackMark(1), 20);
    for (const touched of [0, 1, 2, 5, 7]) t.deepEqual(names.load(touched), pages[touched]);
    const programmed = core.counterOf("bd_stat.bd_writes");
    t.is(core.writebackClass(kind, age, 100), expected, `class ${kind}`);
    t.is(core.counterOf("bd_stat.bd_writes") - programmed, expected);
    t.is(onFlash(core), expected);
    t.is(core.writebackClass(kind, age, 100), 0, "there is nothing left of that class");
    pages.forEach((page, i) => t.deepEqual(names.load(i), page));
    checkInvariants(core.bytes, core.sim.chip.cells);
  };
  run(IDLE, 1, 15);
  run(IDLE, 2, 0);
  run(HUGE, 1, 5);
  run(HUGE_IDLE, 1, 4);
  run(INCOMPRESSIBLE, 1, 5);
  run(INCOMPRESSIBLE, 1, 0, 1);
});

bothBuilds("28 Ages add up to three marks, a page that is used is young again, and max_pages is respected.", (t, open) => {
  const core = withFlash(open, { [Knob.IdleMarks]: 1 });
  const { names, pages } = twenty(core, new Random(29));
  core.writebackMark(1);
  names.load(3);
  core.writebackMark(2);
  names.store(4, pages[4]);
  t.is(core.writebackClass(IDLE, 3, 100), 18, "3 is two marks old, 4 none");
  t.is(core.writebackClass(IDLE, 2, 1), 1);
  t.is(core.writebackClass(IDLE, 1, 100), 0);
  t.is(core.writebackClass(HUGE, 0, 0), 0);
});

bothBuilds("28 A class that is none, an age without marks, and a store that may not write are refused, and nothing is written.", (t, open) => {
  const core = withFlash(open);
  twenty(core, new Random(30));
  t.is(core.writebackMark(1), Err.Invalid, "there are no marks");
  t.is(core.writebackClass(IDLE, 1, 9), Err.Invalid);
  t.is(core.writebackClass(4, 1, 9), Err.Invalid);
  t.is(core.writebackClass(HUGE, 1, -1), Err.Invalid);
  core.coreSet(Knob.WritebackEnabled, 0);
  t.is(core.writebackClass(HUGE, 1, 9), Err.Refused);
  t.is(core.sim.chip.operations, 0);
});

/** Sends pages of noise to flash until that is refused or `most` went. How many went. */
function send(core: Core, most: number, random: Random): number {
  const area = new Area(core, core.areaOpen(12));
  for (let page = 0; page < most; page++) {
    if (area.write(page % 12, pageOfDensity(100, PAGE_BYTES, random)) < 0) return page;
    if (core.areaPageOut(area.handle, page % 12) !== Err.Ok) return page;
  }
  return most;
}

bothBuilds("27 Budget enabled at 0; at n; exhausted; disabled: 0 writes; n writes; no more; unlimited: four distinguishable states, all survive reset.", (t, open) => {
  const random = new Random(27);
  const sectors = 12;
  const sim = openSimFlash("w25q16");
  const boot = (knobs: CoreOptions["knobs"]): Core => open({ flash: new NorFlash(sim.chip), knobs: { [Knob.SectorBytes]: 4096, [Knob.SwapSectors]: sectors, [Knob.RawStorage]: 0, [Knob.Dense]: 0, ...knobs } });
  const limited = (kib: number): CoreOptions["knobs"] => ({ [Knob.WritebackLimitEnable]: 1, [Knob.WritebackLimit]: kib });

  // Zero from the start: nothing is written, and a reset changes nothing about it.
  for (let life = 0; life < 2; life++) {
    const core = boot(limited(0));
    t.is(core.coreBudget(), ZERO);
    t.is(send(core, 3, random), 0);
    t.is(core.counterOf("zcache_mcu.reject_budget") > 0, true);
    t.is(sim.chip.operations, 0);
  }

  // At n: so much and no more. 48 bytes of header for each sector of the blank chip and the one taken, a mark of 16, then
  // 1 040 bytes a page.
  const core = boot(limited(24));
  t.is(core.coreBudget(), LEFT);
  t.is(core.counterOf("zcache_mcu.wear_budget_left"), 24);
  const fits = (kib: number, heads: number): number => Math.floor((kib * 1024 - sectors * 48 - heads * 64) / 1040);
  const written = send(core, 1000, random);
  t.is(written, fits(24, 8), "n writes");
  t.true(core.counterOf("zcache_mcu.flash_bytes_programmed") <= 24 * 1024);
  t.is(core.coreBudget(), EXHAUSTED);
  t.is(send(core, 3, random), 0, "no more");

  // Exhausted stays exhausted.
  const again = boot(limited(24));
  t.is(again.coreBudget(), EXHAUSTED);
  t.is(send(again, 3, random), 0);

  // Disabled: unlimited. Enabling it anew begins with a full bucket, for nothing was counted meanwhile.
  const free = boot({});
  t.is(free.coreBudget(), OFF);
  t.is(free.counterOf("zcache_mcu.wear_budget_left"), Err.NotFound, "nothing is left over of what there is not");
  t.is(send(free, 100, random), 100);
  t.is(boot({}).coreBudget(), OFF);
  const half = boot(limited(200));
  t.is(half.coreBudget(), LEFT);
  send(half, 20, random);
  const left = half.counterOf("zcache_mcu.wear_budget_left");
  const after = boot(limited(200));
  t.is(after.coreBudget(), LEFT);
  const survived = after.counterOf("zcache_mcu.wear_budget_left");
  t.true(survived <= left && survived >= left - 8, `${left} KiB before the reset, ${survived} after it: never more, and less by two sectors at most`);
  t.is(new Set([ZERO, LEFT, EXHAUSTED, OFF]).size, 4);
});

bothBuilds("27 The budget comes in by the clock, up to its burst, and a live limit fills it.", (t, open) => {
  const sim = openSimFlash("w25q16");
  const day = 86_400;
  const core = open({ flash: sim.flash, knobs: {
    [Knob.SectorBytes]: 4096, [Knob.SwapSectors]: 12, [Knob.WritebackLimitEnable]: 1, [Knob.WritebackLimit]: 16,
    [Knob.WritebackPerDay]: 24, [Knob.TicksPerMilli]: 1000, [Knob.RawStorage]: 0, [Knob.Dense]: 0,
  } });
  const random = new Random(7);
  const pass = (seconds: number): void => {
    // The clock wraps after 71 minutes, so somebody has to look at it.
    for (let left = seconds; left > 0; left -= 3600) {
      core.board.clock.pass(Math.min(left, 3600) * 1e6);
      core.coreTick(1);
    }
  };
  const left = (): number => core.counterOf("zcache_mcu.wear_budget_left");
  t.is(left(), 16);
  send(core, 1000, random);
  t.is(core.coreBudget(), EXHAUSTED);
  const rest = left();
  pass(day / 4);
  t.true(left() === rest + 6 || left() === rest + 5, `${rest} KiB, and a quarter of 24 more: ${left()}`);
  t.is(core.coreBudget(), LEFT);
  t.true(send(core, 1000, random) > 2);
  pass(3 * day);
  t.is(left(), 16, "three days bring no more than the bucket holds");
  t.is(core.coreSet(Knob.WritebackLimit, 100), Err.Ok);
  t.is(left(), 100);
});

bothBuilds("27 With the budget exhausted every store ends definitely, and nothing that was accepted is lost.", (t, open) => {
  const core = withFlash(open, { [Knob.WritebackLimitEnable]: 1, [Knob.WritebackLimit]: 24 });
  const random = new Random(72);
  const area = new Area(core, core.areaOpen(120));
  const held = new Map<number, Uint8Array>();
  let refused = 0;
  for (let step = 0; step < 400; step++) {
    const page = random.below(120);
    const content = pageOfDensity(30 + random.below(70), PAGE_BYTES, random);
    const code = area.write(page, content);
    if (code >= 0) held.set(page, content);
    else {
      t.is(code, Err.RejectBudget);
      refused++;
    }
    core.coreTick(1);
  }
  t.true(refused > 0);
  t.is(core.coreBudget(), EXHAUSTED);
  t.true(core.counterOf("zcache_mcu.flash_bytes_programmed") <= 24 * 1024);
  for (const [page, content] of held) t.deepEqual(area.read(page), content);
  checkInvariants(core.bytes, core.sim.chip.cells);
});
