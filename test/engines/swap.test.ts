/**
 * The swap bundle: it does what the whole core does with the same knobs over a flash of the same size, call by call, byte by byte on
 * the flash and counter by counter; and what it stores reads back on every engine.
 */
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { Knob } from "../../firmware/core/config";
import { Counter } from "../../firmware/core/counters";
import type { SwapStore } from "../../hal/script/surface-swap";
import { buildBundle } from "../../tools/build/engine-bundle";
import { inRoot } from "../../tools/build/paths";
import { runScript } from "../../tools/engines/engine";
import { findProgram } from "../../tools/programs";
import { type Core, openCore } from "../helpers/core";
import { RamFlash } from "../helpers/ram-flash";
import { type Random, withSeed } from "../helpers/random";
import { Pair, fixedKnobs, hostFlash, openerOf } from "./beside";
import { PRINT, SWAP_ANSWER, SWAP_PROGRAM } from "./programs";

const SECTOR = 4096;
/** Too few is met by a run that never left RAM. */
const ERASES_AT_LEAST = 40;

function bundle(): Promise<(options?: object) => SwapStore> { return openerOf("swap"); }

/** The whole core with the knobs that the profile fixes, in an arena of the same size. */
function wholeCore(options: { arenaBytes: number; pageBytes: number; pagesMax: number }, flash: RamFlash): Core {
  const knobs = { ...fixedKnobs("swap"), [Knob.PageBytes]: options.pageBytes, [Knob.PagesMax]: options.pagesMax, [Knob.SectorBytes]: SECTOR, [Knob.SwapSectors]: flash.geometry.sizeBytes / SECTOR };
  return openCore("wasm", { knobs, arenaBytes: options.arenaBytes, flash });
}

/** Both, and one call after another. */
class SwapPair extends Pair {
  constructor(random: Random, protected override readonly small: SwapStore, whole: Core, pageBytes: number) { super(random, small, whole, pageBytes); }

  step(): void {
    const draw = this.random.below(100);
    const { small, whole } = this;
    if (draw < 25) this.store();
    else if (draw < 40) this.load();
    else if (draw < 50) { const name = this.name(); this.same("forget", small.forget(...name), whole.frontswapInvalidatePage(...name)); }
    else if (draw < 52) { const [pool, object] = this.name(); this.same("forgetAll", small.forgetAll(pool, object), whole.frontswapInvalidateArea(pool, object)); }
    else if (draw < 55) this.open(this.random.pick([0, 1, 16, 40, 70000]));
    else if (draw < 57) this.close([-1, 16]);
    else if (draw < 60) this.same("tick", small.tick(3), whole.coreTick(3));
    else this.touch(this.areas.length === 0 ? -1 : this.random.pick(this.areas), this.random.below(60) === 0 ? 65536 : this.random.below(40));
  }

  private name(): [number, number, number] { return [this.random.below(40) === 0 ? 7 : 1 + this.random.below(3), this.random.below(6), this.random.below(30)]; }

  private store(): void {
    this.put(this.small.client, this.whole.client);
    const name = this.name();
    this.same("store", this.small.store(...name, this.small.client), this.whole.frontswapStore(...name, this.whole.client));
  }

  private load(): void {
    const name = this.name();
    if (this.same("load", this.small.load(...name, this.small.client), this.whole.frontswapLoad(...name, this.whole.client)) === 0) this.sameBytes("load", this.small.client, this.whole.client);
  }
}

test.serial("the swap bundle answers every call, and writes every byte of flash and counter, as the whole core does with the same knobs", async (t) => {
  const open = await bundle();
  for (const [pageBytes, pagesMax, arenaBytes, sectors] of [[256, 256, 8192, 8], [512, 512, 24576, 16], [1024, 512, 49152, 40]] as const) {
    const flashes = [new RamFlash(sectors), new RamFlash(sectors)] as const;
    const small = open({ arenaBytes, clientBytes: 2 * pageBytes, pageBytes, pagesMax, flash: hostFlash(flashes[0]) });
    const whole = wholeCore({ arenaBytes, pageBytes, pagesMax }, flashes[1]);
    t.is(small.frames, whole.frames);
    withSeed(pageBytes, (random, progress) => {
      const pair = new SwapPair(random, small, whole, pageBytes);
      for (; progress.step < 12_000; progress.step++) pair.step();
      for (const met of ["store0", "load0", "load-4", "touch0", "touch-1", "area0", "area-1", "area-2", "close0", "close-1", "forget0", "forget-4"]) {
        if (!pair.tally[met]) throw new Error(`${met} never happened: ${JSON.stringify(pair.tally)}`);
      }
    });
    t.is(Buffer.compare(flashes[0].cells, flashes[1].cells), 0, "the flash");
    t.deepEqual(flashes[0].eraseCounts, flashes[1].eraseCounts);
    t.true(flashes[0].eraseCounts.reduce((sum, one) => sum + one, 0) >= ERASES_AT_LEAST, "the run wore the flash");
    t.is(small.refresh(), whole.coreRefresh());
    const counters = (value: (which: number) => number): number[] => Array.from({ length: Counter.Count }, (_, which) => value(which));
    t.deepEqual(counters((which) => small.counter(which)), counters((which) => whole.counter(which)));
  }
});

const SHELLS: [string, () => string][] = [["duk", () => findProgram("duk")!], ["qjs", () => inRoot("test", "engines", "shells", "qjs.mjs")], ["node", () => process.execPath]];

for (const [name, path] of SHELLS) {
  test.serial(`the swap bundle keeps more than RAM holds, and all of it after wear, on ${name}`, async (t) => {
    const script = join(mkdtempSync(join(tmpdir(), "zcache-swap-")), "app.js");
    writeFileSync(script, readFileSync((await buildBundle("swap", "generic")).path, "utf8") + PRINT + SWAP_PROGRAM);
    t.is((await runScript(path(), script, 60_000)).output.trim(), SWAP_ANSWER);
  });
}

test.serial("without a flash the swap bundle refuses what RAM does not hold, and a chip with something else on it is left alone until it is formatted", async (t) => {
  const open = await bundle();
  const without = open({ arenaBytes: 12288, pageBytes: 256, pagesMax: 128 });
  const area = without.area(100);
  withSeed(11, (random) => {
    const answers = Array.from({ length: 100 }, (_, page) => {
      const at = without.touch(area, page, 1);
      if (at >= 0) for (let i = 0; i < 256; i++) without.bytes[at + i] = random.below(256);
      return at;
    });
    t.true(answers[0]! >= 0);
    t.true(answers.includes(-3));
  });
  const foreign = new RamFlash(8);
  foreign.cells.fill(0x5a);
  const left = open({ arenaBytes: 12288, pageBytes: 256, pagesMax: 128, flash: hostFlash(foreign) });
  t.true(left.found() >= 16, String(left.found()));
  t.true(foreign.cells.every((cell) => cell === 0x5a));
  const taken = open({ arenaBytes: 12288, pageBytes: 256, pagesMax: 128, flash: hostFlash(foreign), format: true });
  t.true(taken.found() < 16, String(taken.found()));
  const kept = new Uint8Array(foreign.cells);
  const again = open({ arenaBytes: 12288, pageBytes: 256, pagesMax: 128, flash: hostFlash(foreign), format: true });
  t.true(again.found() < 16);
  t.deepEqual(foreign.cells.subarray(64), kept.subarray(64), "what is the store's is not formatted again");
});
