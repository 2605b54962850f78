/**
 * Sectors that are bad, in each of the four ways the simulated chip knows, and sectors that wear out. What the store
 * accepted it can read, or it says Corrupt: never wrong bytes. The sector is retired, and the count is shown.
 */
import { Knob } from "../../firmware/core/config";
import { Err } from "../../firmware/core/errors";
import { BadKind } from "../../hal/sim/accidents";
import { NorFlash, SimFlash, openSimFlash } from "../../hal/sim/flash";
import { Flash, FlashResult } from "../../hal/flash";
import { Arena } from "../../tools/check/arena";
import { Area, PAGE_BYTES } from "../helpers/board";
import { checkInvariants } from "../helpers/check";
import { Core, CoreOptions, bothBuilds } from "../helpers/cores";
import { pageOfDensity } from "../helpers/pages";
import { Random, seedOr } from "../helpers/random";

const SECTORS = 24;
const KNOBS = { [Knob.SectorBytes]: 4096, [Knob.SwapSectors]: SECTORS, [Knob.RawStorage]: 0, [Knob.Dense]: 0 };

type Open = (options?: CoreOptions) => Core;

function openOn(open: Open, sim: SimFlash, knobs: CoreOptions["knobs"] = {}): Core { return open({ flash: sim.flash, knobs: { ...KNOBS, ...knobs } }); }

/** Rewrites pages of noise, which go to flash as they are. Returns what must be there now. */
function rewrite(core: Core, area: Area, rounds: number, random: Random): Map<number, Uint8Array> {
  const held = new Map<number, Uint8Array>();
  for (let round = 0; round < rounds; round++) {
    const page = random.chance(60) ? random.below(6) : random.below(40);
    const content = pageOfDensity(100, PAGE_BYTES, random);
    if (area.write(page, content) >= 0) held.set(page, content);
    core.areaPageOut(area.handle, page);
  }
  return held;
}

/** Pages that cannot be read; throws at wrong bytes and at any answer but Corrupt. */
function lost(area: Area, held: Map<number, Uint8Array>): number {
  let count = 0;
  for (const [page, content] of held) {
    const got = area.read(page);
    if (typeof got !== "number") {
      if (Buffer.compare(got, content) !== 0) throw new Error(`page ${page} reads as something else`);
    } else if (got === Err.Corrupt) count++;
    else throw new Error(`page ${page} gives ${got}`);
  }
  return count;
}

function retired(core: Core): number[] {
  const arena = new Arena(core.bytes);
  return Array.from({ length: SECTORS }, (_, sector) => sector).filter((sector) => arena.sectorIsRetired(sector));
}

const BEHAVIOURS: readonly (readonly [BadKind, string])[] = [
  ["hangs", "erase and program fail"], ["keeps", "stuck bits after an erase"], ["drops", "bits that do not program"],
];

for (const [kind, words] of BEHAVIOURS) {
  bothBuilds(`32 Bad sectors in every behaviour (erase fails, program fails, stuck bits, reads back wrong later): accepted data readable, sector retired, count shown. (${words}, programs verified)`, (t, open) => {
    const bad = [0, 3, 4, 9];
    const sim = openSimFlash("w25q16", { bad: new Map(bad.map((sector) => [sector, kind])) });
    const core = openOn(open, sim, { [Knob.VerifyPrograms]: 1 });
    const area = new Area(core, core.areaOpen(40));
    const held = rewrite(core, area, 400, new Random(seedOr(32)));
    t.is(lost(area, held), 0);
    const found = retired(core);
    t.true(found.every((sector) => bad.includes(sector)), `retired: ${found.join(", ")}`);
    t.true(found.length >= 3);
    t.is(core.counterOf("zcache_mcu.sectors_retired"), found.length);
    t.true(core.counterOf("io_stat.failed_writes") >= found.length);
    checkInvariants(core.bytes, sim.chip.cells);
    // A reset does not bring them back: headers name them.
    const again = openOn(open, { ...sim, flash: new NorFlash(sim.chip) });
    t.deepEqual(retired(again), found);
  });
}

bothBuilds("32 A sector that reads back wrong later is retired when it is found out; what can be read is moved out of it.", (t, open) => {
  const sim = openSimFlash("w25q16", { bad: new Map<number, BadKind>([[1, "fades"], [2, "fades"]]) });
  const core = openOn(open, sim);
  const random = new Random(seedOr(33));
  const area = new Area(core, core.areaOpen(40));
  let gone = 0;
  for (let round = 0; retired(core).length < 2; round++) {
    if (round > 20) throw new Error("the sectors are not found out");
    gone += lost(area, rewrite(core, area, 60, random));
    for (let page = 0; page < 40; page++) core.areaDiscard(area.handle, page);
  }
  t.true(gone > 0, "what faded is lost, and said to be");
  t.deepEqual(retired(core), [1, 2]);
  t.is(lost(area, rewrite(core, area, 400, random)), 0, "nothing more is");
  t.is(core.counterOf("zcache_mcu.sectors_retired"), retired(core).length);
  checkInvariants(core.bytes, sim.chip.cells);
});

/** A flash of which one sector cannot be read from some time on. */
class DeafSector implements Flash {
  deaf = -1;
  constructor(private readonly inner: Flash) {}
  get geometry() { return this.inner.geometry; }
  get name() { return this.inner.name; }
  read(address: number, into: Uint8Array): FlashResult { return address >> 12 === this.deaf ? FlashResult.Failed : this.inner.read(address, into); }
  program(address: number, from: Uint8Array): FlashResult { return this.inner.program(address, from); }
  erase(address: number): FlashResult { return this.inner.erase(address); }
}

bothBuilds("32 A sector that cannot be read does not stop the cleaning of the others, and what is in it is not lost if it comes back.", (t, open) => {
  const deaf = new DeafSector(openSimFlash("w25q16").flash);
  const core = open({ flash: deaf, knobs: { ...KNOBS, [Knob.SwapSectors]: 12 } });
  const random = new Random(seedOr(34));
  const area = new Area(core, core.areaOpen(40));
  const cold = new Map<number, Uint8Array>();
  const write = (page: number): void => {
    const content = pageOfDensity(100, PAGE_BYTES, random);
    t.true(area.write(page, content) >= 0);
    cold.set(page, content);
    t.is(core.areaPageOut(area.handle, page), Err.Ok, `page ${page}`);
  };
  for (let page = 0; page < 21; page++) write(page);
  deaf.deaf = new Arena(core.bytes).sectorErases(0) === 1 ? 0 : 1;
  for (let round = 0; round < 300; round++) write(9 + random.below(12));
  t.true(core.counterOf("zcache_mcu.swap_cleaned_records") > 0);
  t.is(core.counterOf("zcache_mcu.sectors_retired"), 1);
  deaf.deaf = -1;
  for (const [page, content] of cold) t.deepEqual(area.read(page), content);
});

for (const kind of ["hangs", "keeps"] as const) {
  bothBuilds(`34 Exhaustion at 10 erases a sector: until swap is full everything accepted is readable; then stores are refused cleanly. (${kind})`, (t, open) => {
    const sim = openSimFlash("w25q16", { enduranceErases: 10, wornKind: kind });
    const core = open({ flash: sim.flash, knobs: { ...KNOBS, [Knob.SwapSectors]: 8, [Knob.VerifyPrograms]: 1 } });
    const random = new Random(seedOr(34));
    const area = new Area(core, core.areaOpen(34));
    const held = new Map<number, Uint8Array>();
    let refused = 0;
    for (let step = 0; refused < 40; step++) {
      if (step > 5000) throw new Error("the flash does not wear out");
      const page = random.below(34);
      const content = pageOfDensity(100, PAGE_BYTES, random);
      const code = area.write(page, content);
      if (code >= 0) held.set(page, content);
      else {
        t.is(code, Err.NoFrame);
        refused++;
      }
      if (step % 100 === 0) t.is(lost(area, held), 0, `step ${step}`);
    }
    t.is(lost(area, held), 0);
    t.true(core.counterOf("zcache_mcu.sectors_retired") >= 2, `${core.counterOf("zcache_mcu.sectors_retired")} retired`);
    t.is(Math.max(...sim.chip.eraseCounts), 11, `${sim.chip.eraseCounts.slice(0, 8)}`);
    checkInvariants(core.bytes, sim.chip.cells);
  });
}
