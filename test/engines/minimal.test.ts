/**
 * The minimal bundle: it does what the whole core does with the same knobs, call by call; what is stored reads back on every
 * engine, against a plain model; and what is bad is refused with the documented codes, the store as it was.
 */
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { Knob } from "../../firmware/core/config";
import type { PageStore } from "../../hal/script/open";
import { buildBundle } from "../../tools/build/engine-bundle";
import { inRoot } from "../../tools/build/paths";
import { runScript } from "../../tools/engines/engine";
import { findProgram } from "../../tools/programs";
import { type Core, openCore } from "../helpers/core";
import { makePage } from "../helpers/pages";
import { type Random, seedOr, withSeed } from "../helpers/random";
import { Pair, fixedKnobs, openerOf } from "./beside";
import { oracleProgram } from "./oracle-program";
import { PRINT } from "./programs";

type Options = Partial<Record<"arenaBytes" | "clientBytes" | "pageBytes" | "pagesMax", number>>;

function bundle(): Promise<(options?: Options) => PageStore> { return openerOf("minimal"); }

/** The whole core with the knobs that the profile fixes, and as many frames as the bundle has. */
function wholeCore(pageBytes: number, pagesMax: number, frames: number): Core {
  const knobs = { ...fixedKnobs("minimal"), [Knob.PageBytes]: pageBytes, [Knob.PagesMax]: pagesMax };
  for (let arenaBytes = frames * (pageBytes + 8); ; arenaBytes += 4) {
    const core = openCore("wasm", { knobs, arenaBytes, open: false });
    if (core.coreOpen(arenaBytes) === frames) return { ...core, frames };
  }
}

/** Both, and one call after another; where something lies is another place in each. */
class MinimalPair extends Pair {
  /** Where the page touched last lies, in each; until the next call. */
  private shown: [number, number] | undefined;

  constructor(random: Random, small: PageStore, whole: Core, pageBytes: number) { super(random, small, whole, pageBytes, (answer) => Math.min(answer, 0)); }

  step(): void {
    const draw = this.random.below(100);
    if (draw < 25) this.store();
    else if (draw < 45) this.load();
    else if (draw < 52) this.forget();
    else if (draw < 54) this.forgetAll();
    else if (draw < 57) this.openAny();
    else if (draw < 59) this.closeAny();
    else this.touchAny();
  }

  private name(): [number, number, number] {
    const index = this.random.below(50) === 0 ? this.random.pick([-1, 65535, 65536]) : this.random.below(40);
    return [this.random.below(40) === 0 ? this.random.pick([-1, 0, 4, 99]) : 1 + this.random.below(3), this.random.below(8) * 0x1234567, index];
  }

  /** A place for a page in each memory; now and then a bad one, or the area's page that is shown. */
  private place(): [number, number] {
    if (this.shown && this.random.below(4) === 0) {
      const by = this.random.pick([0, 0, 4]);
      return [this.shown[0] + by, this.shown[1] + by];
    }
    const draw = this.random.below(60);
    if (draw === 0) return [this.small.client + 2, this.whole.client + 2];
    const nobodys = draw === 1 ? this.random.pick([-4, 64, 0x7ffffffc]) : undefined;
    const at = this.random.pick([0, 4, this.pageBytes]);
    return nobodys === undefined ? [this.small.client + at, this.whole.client + at] : [nobodys, nobodys];
  }

  private store(): void {
    const [small, whole] = this.place();
    if (small >= this.small.client && small < this.small.bytes.length - this.pageBytes) this.put(small, whole);
    const name = this.name();
    this.same("store", this.small.store(...name, small), this.whole.frontswapStore(...name, whole));
    this.shown = undefined;
  }

  private load(): void {
    const [small, whole] = this.place();
    const name = this.name();
    const code = this.same("load", this.small.load(...name, small), this.whole.frontswapLoad(...name, whole));
    if (code === 0) this.sameBytes("load", small, whole);
    this.shown = undefined;
  }

  private forget(): void {
    const name = this.name();
    this.same("forget", this.small.forget(...name), this.whole.frontswapInvalidatePage(...name));
    this.shown = undefined;
  }

  private forgetAll(): void {
    const [pool, object] = this.name();
    this.same("forgetAll", this.small.forgetAll(pool, object), this.whole.frontswapInvalidateArea(pool, object));
    this.shown = undefined;
  }

  private openAny(): void {
    this.open(this.random.pick([0, -1, 1, 15, 16, 17, 60, 5000, 70000]));
    this.shown = undefined;
  }

  private closeAny(): void {
    this.close([-1, 16, 15]);
    this.shown = undefined;
  }

  private touchAny(): void {
    const area = this.areas.length === 0 || this.random.below(50) === 0 ? this.random.pick([-1, 16, 15]) : this.random.pick(this.areas);
    this.shown = this.touch(area, this.random.below(50) === 0 ? this.random.pick([-1, 65536]) : this.random.below(20));
  }
}

test.serial("the minimal bundle answers every call as the whole core does with the same knobs and frames", async (t) => {
  const open = await bundle();
  for (const [pageBytes, pagesMax, arenaBytes] of [[256, 256, 8192], [512, 128, 16384], [1024, 1024, 49152], [4096, 64, 65536]] as const) {
    const small = open({ arenaBytes, clientBytes: 2 * pageBytes + 4, pageBytes, pagesMax });
    const whole = wholeCore(pageBytes, pagesMax, small.frames);
    withSeed(pageBytes, (random, progress) => {
      const pair = new MinimalPair(random, small, whole, pageBytes);
      for (; progress.step < 12_000; progress.step++) pair.step();
      for (const met of ["store0", "store-1", "store-36", "load0", "load-1", "load-4", "touch0", "touch-1", "area0", "area-1", "area-2", "area-8", "close0", "close-1", "forget-4"]) {
        if (!pair.tally[met]) throw new Error(`${met} never happened: ${JSON.stringify(pair.tally)}`);
      }
    });
  }
  t.pass();
});

const SHELLS: [string, () => string, number][] = [["duk", () => findProgram("duk")!, 12_000], ["qjs", () => inRoot("test", "engines", "shells", "qjs.mjs"), 12_000], ["node", () => process.execPath, 100_000]];

for (const [name, path, steps] of SHELLS) {
  test.serial(`what a minimal bundle stores reads back after random calls, against a plain model on ${name}`, async (t) => {
    const { path: script } = await buildBundle("minimal", "generic");
    const file = join(mkdtempSync(join(tmpdir(), "zcache-oracle-")), "app.js");
    const seed = seedOr(7);
    writeFileSync(file, readFileSync(script, "utf8") + PRINT + oracleProgram(seed, steps));
    const { output } = await runScript(path(), file, 120_000);
    t.regex(output, /^wrong 0, area \d+.*forget \d+.*load \d+.*load-4 \d+.*read \d+.*store \d+.*store-36 \d+.*write \d+.*write-3 \d+/, `SEED=${seed}: ${output}`);
  });
}

test.serial("figures that make no store are told in a sentence, and an open store stays as it was", async (t) => {
  const open = await bundle();
  const z = open({ arenaBytes: 8192, pageBytes: 256, pagesMax: 64 });
  const pool = z.pool(1);
  z.bytes.fill(7, z.client, z.client + 256);
  t.is(z.store(pool, 1, 1, z.client), 0);
  const bad: Options[] = [{ arenaBytes: 1000 }, { arenaBytes: -16384 }, { arenaBytes: 16386 }, { pageBytes: 128 }, { pageBytes: 300 }, { pageBytes: 8192 }, { pagesMax: 0 }, { pagesMax: 20 }, { pagesMax: 65536 },
    { pagesMax: 65520 }, { clientBytes: -4 }, { clientBytes: 3 }, { arenaBytes: NaN }, { pagesMax: "many" as unknown as number }];
  for (const options of bad) t.throws(() => open(options), { message: /^zcache: \S+ bytes with these figures make no store: give more arenaBytes or fewer pagesMax$/ }, JSON.stringify(options));
  t.is(z.load(pool, 1, 1, z.client + 256), 0);
  t.true(z.bytes.subarray(z.client + 256, z.client + 512).every((byte) => byte === 7));
});

test.serial("a minimal store has persistent pools only, three beside the areas' own", async (t) => {
  const z = (await bundle())();
  t.deepEqual([0, 2, 6, 9].map((kind) => z.pool(kind)), [-1, -1, -1, -1]);
  t.deepEqual([1, 2, 3, 4].map(() => z.pool(1)), [1, 2, 3, -8]);
  for (const pool of [-1, 0, 4, NaN]) t.deepEqual([z.store(pool, 1, 1, z.client), z.load(pool, 1, 1, z.client), z.forget(pool, 1, 1), z.forgetAll(pool, 1)], [-1, -1, -1, -1]);
});

test.serial("arguments that are no whole numbers are refused, but for objects, whose number is any word", async (t) => {
  const z = (await bundle())();
  const [pool, area] = [z.pool(1), z.area(20)];
  z.bytes.fill(9, z.client, z.client + 512);
  for (const bad of [undefined, NaN, {}, "x"] as unknown[] as number[]) {
    const answers = [z.pool(bad), z.area(bad), z.store(bad, 1, 1, z.client), z.store(pool, 1, bad, z.client), z.store(pool, 1, 1, bad), z.load(pool, 1, 1, bad), z.forgetAll(bad, 1), z.touch(bad, 0, 0), z.touch(area, bad, 0), z.close(bad)];
    t.true(answers.every((answer) => answer === -1), `${bad}: ${answers}`);
  }
  t.deepEqual([z.store(1.5, 1, 1, z.client), z.touch(0.5, 0, 0), z.close(0.5)], [-1, -1, -1]);
  for (const id of [-1, 0xffffffff, 0x80000000, undefined as unknown as number]) t.deepEqual([z.store(pool, id, 5, z.client), z.load(pool, id, 5, z.client + 512), z.forget(pool, id, 5)], [0, 0, 0], String(id));
});

test.serial("pages that do not compress are stored as they are, until no frame is left", async (t) => {
  const z = (await bundle())({ arenaBytes: 8192, pageBytes: 256, pagesMax: 64 });
  const pool = z.pool(1);
  let stored = 0;
  withSeed(3, (random) => {
    const pages = Array.from({ length: 40 }, () => makePage("random", 256, random));
    for (const [index, page] of pages.entries()) {
      z.bytes.set(page, z.client);
      const code = z.store(pool, 5, index, z.client);
      t.true(code === 0 || code === -34, String(code));
      if (code === 0) stored++;
    }
    for (const [index, page] of pages.entries()) {
      if (z.load(pool, 5, index, z.client) === 0) t.deepEqual(z.bytes.slice(z.client, z.client + 256), page);
    }
  });
  t.is(stored, z.frames - 2);
});
