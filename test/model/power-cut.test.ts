/**
 * The power goes at every program and erase of a busy life: before it, in the middle of it, and when it is done but
 * nobody was told. Swap is volatile, so nothing has to be there afterwards; but the store must open on whatever the chip
 * holds now, work, and keep to the chip's rules (the simulated chip throws at a program over bits that are not erased).
 * A failure names the cut; `parseCut` of its id replays it.
 */
import test from "ava";
import { Knob } from "../../firmware/core/config";
import { CutMoment, CutPlan, PowerCut, cutId } from "../../hal/sim/accidents";
import { NorFlash, SimFlash, openSimFlash } from "../../hal/sim/flash";
import { checkInvariants } from "../helpers/check";
import { Core, CoreKind, CoreOptions, openCore } from "../helpers/cores";
import { Random, seedOr } from "../helpers/random";
import { Session, Store } from "../helpers/session";

const STEPS = 800;
const MOMENTS: readonly CutMoment[] = ["before", "torn", "after"];
const KNOBS: CoreOptions["knobs"] = { [Knob.PagesMax]: 160, [Knob.SectorBytes]: 4096, [Knob.SwapSectors]: 5 };

/** One build as a session wants it. */
function storeOf(core: Core): Store {
  return {
    client: core.client,
    call: (name, ...args) => Number((core[name] as (...args: number[]) => unknown)(...args) ?? 0),
    write: (at, bytes) => { core.bytes.set(bytes, at); },
    read: (at, length) => core.bytes.subarray(at, at + length),
    fail: (sentence) => { throw new Error(sentence); },
  };
}

/** Opens the store on what the chip holds, as after a reset: another driver, RAM full of garbage. */
function boot(kind: CoreKind, sim: SimFlash): Core {
  if (sim.chip.isOff) sim.chip.powerOn();
  return openCore(kind, { arenaBytes: 16_000, knobs: KNOBS, flash: new NorFlash(sim.chip) });
}

/** Lives until the power goes, or for STEPS. True if it went. */
function live(core: Core, seed: number): boolean {
  const session = new Session(storeOf(core), new Random(seed), { pageBytes: 1024, areaPages: 48 });
  try {
    for (let step = 0; step < STEPS; step++) session.step();
    session.finish();
    return false;
  } catch (error) {
    if (error instanceof PowerCut) return true;
    throw error;
  }
}

/** A life that the plan cuts, a second one that is cut soon after boot, and a third that is not. */
function survive(kind: CoreKind, plan: CutPlan): void {
  const sim = openSimFlash("w25q16", { cut: plan });
  if (!live(boot(kind, sim), 1)) throw new Error("The power was to go and did not.");
  sim.chip.planCut({ ...plan, operation: sim.chip.operations + 1 + plan.seed % 7 });
  live(boot(kind, sim), 2);
  const core = boot(kind, sim);
  if (core.coreSwapIsOpen() !== 1) throw new Error("The swap area does not open.");
  live(core, 3);
  checkInvariants(core.bytes.subarray(0, core.arenaBytes), sim.chip.cells);
}

function operationsOfALife(kind: CoreKind): number {
  const sim = openSimFlash("w25q16");
  live(boot(kind, sim), 1);
  return sim.chip.operations;
}

for (const kind of ["script", "wasm"] as const) {
  test(`30 A power cut at any program or erase, and a second one soon after: the store opens and works [${kind}]`, (t) => {
    const operations = operationsOfALife(kind);
    const step = kind === "wasm" ? 2 : 10;
    let cuts = 0;
    for (let operation = 1; operation <= operations; operation += step) {
      for (const moment of MOMENTS) {
        const plan = { operation, moment, seed: seedOr(30) + operation };
        try {
          survive(kind, plan);
        } catch (error) {
          t.fail(`${cutId(plan)}: ${(error as Error).message}`);
        }
        cuts++;
      }
    }
    t.true(operations > 100, `only ${operations} operations`);
    t.log(`${cuts} cuts at ${operations} operations`);
  });
}

test("a chip that holds anything at all boots; what is not ours is left alone until it is formatted", (t) => {
  const random = new Random(seedOr(31));
  const noise = new Uint8Array(2 * 1024 * 1024);
  random.fill(noise);
  for (const content of [new Uint8Array(noise.length), noise, new Uint8Array(noise.length).fill(0x5a)]) {
    for (const kind of ["script", "wasm"] as const) {
      const sim = openSimFlash("w25q16", { content });
      const core = boot(kind, sim);
      t.is(core.coreSwapIsOpen(), 0);
      t.is(core.swapFound(), 16);
      t.false(live(core, 4));
      t.is(sim.chip.operations, 0, "nothing was written");
      t.is(core.swapFormat(), 0);
      t.is(core.coreSwapIsOpen(), 1);
      const formatted = boot(kind, sim);
      t.false(live(formatted, 4));
      t.true(formatted.counterOf("bd_stat.bd_writes") > 0);
      checkInvariants(formatted.bytes.subarray(0, formatted.arenaBytes), sim.chip.cells);
    }
  }
});
