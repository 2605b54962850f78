/**
 * The wear ledger is never below the truth: the power goes before, inside and after every program and erase of a life
 * that turns the log several times, then again and again at one of the first operations of the lives that follow. After
 * each start every sector's count in the arena is compared with what the chip has been through.
 */
import test from "ava";
import { Knob } from "../../firmware/core/config";
import { CutMoment, CutPlan, PowerCut, cutId } from "../../hal/sim/accidents";
import { NorFlash, SimFlash, openSimFlash } from "../../hal/sim/flash";
import { Arena } from "../../tools/check/arena";
import { Core, CoreKind, openCore } from "../helpers/cores";
import { makePage } from "../helpers/pages";
import { Random, seedOr } from "../helpers/random";

const SECTORS = 8;
const PAGE_OUTS = 90;
const MOMENTS: readonly CutMoment[] = ["before", "torn", "after"];
/** Lives that follow a cut, each cut soon; the last one is not. */
const LIVES_AFTER = 4;

function boot(kind: CoreKind, sim: SimFlash): Core {
  if (sim.chip.isOff) sim.chip.powerOn();
  const knobs = { [Knob.PagesMax]: 48, [Knob.SectorBytes]: 4096, [Knob.SwapSectors]: SECTORS, [Knob.PoorRun]: 1, [Knob.PoorSkip]: 255, [Knob.RawStorage]: 0, [Knob.Dense]: 0 };
  return openCore(kind, { arenaBytes: 12_000, knobs, flash: new NorFlash(sim.chip) });
}

/** Sectors whose count in the arena is below the chip's, as a sentence; empty when the ledger holds. */
function tooLow(core: Core, sim: SimFlash): string {
  const arena = new Arena(core.bytes);
  const low = Array.from({ length: SECTORS }, (_, sector) => sector).filter((sector) => arena.sectorErases(sector) < sim.chip.eraseCounts[sector]);
  return low.map((sector) => `sector ${sector} was erased ${sim.chip.eraseCounts[sector]} times, the ledger says ${arena.sectorErases(sector)}`).join("; ");
}

/** Sends pages of noise to flash, a few of them far more often than the others, until the power goes. */
function live(core: Core, random: Random, pageOuts: number): void {
  const area = core.areaOpen(40);
  const page = makePage("random", 1024, random);
  try {
    // A chip that is not ours is left alone until it is formatted; that may be cut too.
    if (core.coreSwapIsOpen() === 0) core.swapFormat();
    for (let step = 0; step < pageOuts; step++) {
      const number = random.chance(70) ? random.below(3) : random.below(17);
      const at = core.areaTouch(area, number, 1);
      if (at < 0) throw new Error(`page ${number} cannot be touched: ${at}`);
      core.bytes.set(page, at);
      core.areaPageOut(area, number);
    }
  } catch (error) {
    if (!(error instanceof PowerCut)) throw error;
  }
}

/** A life that the plan cuts, and those after it. Returns what is wrong, or nothing. */
function survive(kind: CoreKind, plan: CutPlan, content?: Uint8Array): string {
  const sim = openSimFlash("w25q16", { cut: plan, content });
  const random = new Random(plan.seed);
  live(boot(kind, sim), new Random(1), PAGE_OUTS);
  for (let life = 1; life <= LIVES_AFTER; life++) {
    const core = boot(kind, sim);
    const wrong = tooLow(core, sim);
    if (wrong !== "") return `at start ${life} after ${cutId(plan)}: ${wrong}`;
    if (life < LIVES_AFTER) sim.chip.planCut({ operation: sim.chip.operations + 1 + random.below(4), moment: random.pick(MOMENTS), seed: random.next() });
    live(core, random, PAGE_OUTS / 3);
  }
  return tooLow(boot(kind, sim), sim);
}

for (const kind of ["script", "wasm"] as const) {
  test(`30 The wear ledger is never below the truth, wherever the power goes, four times in a row. [${kind}]`, (t) => {
    const whole = openSimFlash("w25q16");
    live(boot(kind, whole), new Random(1), PAGE_OUTS);
    const step = kind === "wasm" ? 3 : 23;
    let cuts = 0;
    for (let operation = 1; operation <= whole.chip.operations; operation += step) {
      for (const moment of MOMENTS) {
        const wrong = survive(kind, { operation, moment, seed: seedOr(30) + operation });
        if (wrong !== "") t.fail(wrong);
        cuts += LIVES_AFTER;
      }
    }
    t.true(Math.max(...whole.chip.eraseCounts) > 2, "the log turns");
    t.log(`${cuts} cuts at ${whole.chip.operations} operations`);
  });
}

test("30 The wear ledger is never below the truth on a chip that held something else, cut at each of its first operations.", (t) => {
  const noise = new Uint8Array(2 * 1024 * 1024);
  new Random(seedOr(32)).fill(noise.subarray(0, SECTORS * 4096));
  for (let operation = 1; operation <= 30; operation++) {
    for (const moment of MOMENTS) for (const content of [noise, new Uint8Array(SECTORS * 4096)]) t.is(survive("wasm", { operation, moment, seed: operation }, content), "");
  }
});
