/**
 * Apps in flash (firmware/runtime/slots.ts), the board's own source on the simulated chip: A1, the power goes at every operation
 * of a load and the app of before, or the whole new one, is there; A2, damage is not run.
 */
import test from "ava";
import { run as findApp } from "../../firmware/runtime/cold/boot-app";
import { run as appText } from "../../firmware/runtime/cold/app-text";
import { run as loadKeep } from "../../firmware/runtime/cold/load-keep";
import { run as loadLine } from "../../firmware/runtime/cold/load-line";
import { run as load } from "../../firmware/runtime/console/load";
import { run as appCommand } from "../../firmware/runtime/console/app";
import type {} from "../../firmware/runtime/boot";
import { Figure, Native } from "../../firmware/runtime/native";
import { HEADER_BYTES, textOf } from "../../firmware/runtime/slots";
import { CutMoment, PowerCut } from "../../hal/sim/accidents";
import { NorFlash, SimFlash, openSimFlash } from "../../hal/sim/flash";
import { crc32 } from "../../tools/check/crc32";

const SECTOR_BYTES = 4096;
const APP_BYTES = 32768;
const START = 2 * 1024 * 1024 - APP_BYTES;
const MOMENTS: readonly CutMoment[] = ["before", "torn", "after"];
const FIRST = "print('first');\n";
const SECOND = `print('second');\n${"// a line of some length, that there is something to be cut\n".repeat(30)}`;

let printed = "";
const world = globalThis as unknown as { native: unknown; print: unknown; z: typeof z; clearTimeout: unknown };
world.print = (...values: unknown[]) => { printed += `${values.join(" ")}\n`; };

/** Boots: another driver, a fresh engine, the app found. `bytes`: 0 for a board without flash. */
function boot(sim: SimFlash, bytes = APP_BYTES): void {
  if (sim.chip.isOff) sim.chip.powerOn();
  const flash = new NorFlash(sim.chip);
  let ticks = 0;
  const read = (at: number, length: number): Uint8Array => {
    const into = new Uint8Array(length);
    if (flash.read(START + at, into) < 0) throw new Error("a read failed");
    return into;
  };
  const appFlash = (at: number, what?: number | string | Uint8Array): number | Uint8Array => {
    if (what === undefined) return flash.erase(START + at);
    if (typeof what === "number") return read(at, what);
    const data = typeof what === "string" ? Buffer.from(what) : what;
    const code = flash.program(START + at, data);
    return code < 0 ? code : data.length;
  };
  world.native = (operation: Native, first: number, second: never) => {
    switch (operation) {
      case Native.Figure: return first === Figure.AppBytes ? bytes : first === Figure.FlashSectorBytes ? SECTOR_BYTES : 1;
      case Native.Ticks: return ticks += 100_000;
      case Native.AppFlash: return appFlash(first, second);
      case Native.AppCrc: return crc32(read(first, second), 0) >>> 0;
      default: throw new Error(`operation ${operation} is not the apps' business`);
    }
  };
  world.z = { handles: [] };
  findApp("");
}

/** What a person's `.load name`, lines and `.end` lead to. */
function enter(text: string, name = ""): void {
  load(name);
  for (const line of text.replace(/\n$/, "").split("\n")) loadLine(line);
  appText("?");
  loadKeep("");
}

function kept(name = ""): string | undefined {
  const text = textOf(name) as Uint8Array | string | undefined;
  return text === undefined ? undefined : Buffer.from(text).toString();
}

const MODULE = "(function(module,exports,require){exports.n = 1;\n})";

test("what is loaded is there after a boot, and modules stay when another is loaded", (t) => {
  const sim = openSimFlash("w25q16");
  boot(sim);
  t.is(z.app, undefined);
  enter(FIRST);
  enter("exports.n = 1;", "m");
  enter(SECOND);
  boot(sim);
  t.deepEqual([kept(), kept("m"), kept("q")], [SECOND, MODULE, undefined]);
  t.is(z.app!.sequence, 3);
  enter("exports.n = 1;", "m");
  boot(sim);
  t.deepEqual([kept(), kept("m")], [SECOND, MODULE]);
  appCommand("erase");
  boot(sim);
  t.is(z.app, undefined);
});

test("A1: the power goes at every operation of a load: the app of before or the whole new one is there", (t) => {
  let news = 0;
  for (const moment of MOMENTS) {
    for (let operation = 1, wasCut = true; wasCut; operation++) {
      const sim = openSimFlash("w25q16");
      boot(sim);
      enter(FIRST);
      enter("exports.n = 1;", "m");
      sim.chip.planCut({ operation: sim.chip.operations + operation, moment, seed: operation });
      try {
        enter(SECOND);
        wasCut = false;
      } catch (error) {
        if (!(error instanceof PowerCut)) throw error;
      }
      boot(sim);
      const what = `${moment} operation ${operation}`;
      t.true(kept() === FIRST || kept() === SECOND, what);
      if (!wasCut) t.is(kept(), SECOND, what);
      if (kept() === SECOND) news++;
      t.is(kept("m"), MODULE, what);
      enter(FIRST);
      boot(sim);
      t.is(kept(), FIRST, what);
      if (operation > 500) throw new Error("the load does not come to an end");
    }
  }
  t.true(news >= MOMENTS.length && news <= 8, `${news}`);
});

test("A2: of a slot in which a byte differs nothing is taken", (t) => {
  const sim = openSimFlash("w25q16");
  boot(sim);
  enter(FIRST);
  enter(SECOND);
  const slot = z.app!.at;
  for (const at of [0, 4, 8, 12, 16, 20, HEADER_BYTES, HEADER_BYTES + 5, HEADER_BYTES + 64, 900]) {
    const whole = sim.chip.cells[START + slot + at]!;
    sim.chip.cells[START + slot + at] = whole ^ 1;
    boot(sim);
    t.is(kept(), FIRST, `byte ${at}`);
    sim.chip.cells[START + slot + at] = whole;
  }
  boot(sim);
  t.is(kept(), SECOND);
});

test("an app that is too long, one of nothing, and a module of a wrong name are refused, and the app of before stays", (t) => {
  const sim = openSimFlash("w25q16");
  boot(sim);
  enter(FIRST);
  t.throws(() => enter(`// ${"x".repeat(900)}\n`.repeat(30)), { message: /the app is too long: a slot has 16384 bytes/ });
  t.throws(() => { load(""); appText("?"); }, { message: "not a line came" });
  t.throws(() => load("zcache"), { message: /zcache is taken/ });
  t.throws(() => load("x".repeat(24)), { message: /up to 23/ });
  boot(sim);
  t.is(kept(), FIRST);
});

test("modules that do not fit beside the new one are told, and the app of before stays", (t) => {
  const sim = openSimFlash("w25q16");
  boot(sim);
  enter(FIRST);
  enter(`// ${"x".repeat(600)}\n`.repeat(15), "long");
  t.throws(() => enter(`// ${"x".repeat(600)}\n`.repeat(15)), { message: "there is no room for module long beside it" });
  boot(sim);
  t.is(kept(), FIRST);
  t.true(kept("long")!.length > 9000);
});

test("without flash an app is in RAM only and says so; a boot forgets it", (t) => {
  const sim = openSimFlash("w25q16");
  boot(sim, 0);
  printed = "";
  enter(FIRST);
  enter("exports.n = 1;", "m");
  t.regex(printed, /the app is in RAM only, this board has no flash for it/);
  t.deepEqual([kept(), kept("m")], [FIRST, MODULE]);
  boot(sim, 0);
  t.is(kept(), undefined);
  t.is(sim.chip.operations, 0);
});
