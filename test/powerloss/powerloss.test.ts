/**
 * The quick set of the power-loss runner: a few hundred operations, sampled cuts. `npm run test:powerloss` is the full
 * one. The number of cuts tried is printed.
 */
import test from "ava";
import { seedOr } from "../helpers/random";
import { BEGINNINGS, FirstWritesRunner } from "./first-writes";
import { LossOptions, LossRunner } from "./runner";

const CONFIGURATIONS: readonly (Omit<LossOptions, "seed"> & { own: number })[] = [
  { kind: "wasm", own: 301, length: 500, pageBytes: 256, sectors: 6, oneIn: 1 },
  { kind: "wasm", own: 302, length: 250, pageBytes: 1024, sectors: 24, oneIn: 3 },
  { kind: "script", own: 303, length: 200, pageBytes: 256, sectors: 6, oneIn: 4 },
];

for (const { own, ...rest } of CONFIGURATIONS) {
  test(`30 Power cut before, inside (torn) and after every program and erase of a scripted run, then again during recovery: durable data is the old or the new version, never mixed, never missing after sync; the wear ledger never below the truth. A failure prints one id that replays it. (pages of ${rest.pageBytes}) [${rest.kind}]`, (t) => {
    const report = new LossRunner({ ...rest, seed: seedOr(own) }).run();
    t.true(report.cuts > 50 && report.secondCuts > 10 && report.syncs > 5);
    console.log(`# power loss: ${report.cuts} cuts and ${report.secondCuts} second cuts tried in ${report.operations} operations with ${report.flashOperations} programs and erases`);
    t.log(JSON.stringify(report));
  });
}

for (const beginning of BEGINNINGS) {
  for (const kind of ["script", "wasm"] as const) {
    test(`42 Two power cuts anywhere in a chip's first writes: it opens and takes durable data at the next boot. (${beginning}) [${kind}]`, (t) => {
      const report = new FirstWritesRunner({ kind, seed: seedOr(304), beginning, length: 20, pageBytes: 256, sectors: 6, oneIn: kind === "wasm" ? 4 : 40 }).run();
      t.true(report.secondCuts > 50);
      console.log(`# power loss, ${beginning}: ${report.secondCuts} pairs of cuts in the first ${20} programs and erases`);
    });
  }
}
