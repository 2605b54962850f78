/** The quick set of the bit-flip runner: some of the bits of two lives. `npm run test:bitflip` is the full one. */
import test from "ava";
import { seedOr } from "../helpers/random";
import { FlipOptions, FlipRunner } from "./runner";

const CONFIGURATIONS: readonly (Omit<FlipOptions, "seed"> & { own: number })[] = [
  { kind: "wasm", own: 411, life: 0, data: 60, oneIn: 23 },
  { kind: "wasm", own: 412, life: 4, data: 60, oneIn: 61 },
  { kind: "script", own: 413, life: 2, data: 60, oneIn: 211 },
];

for (const { own, ...rest } of CONFIGURATIONS) {
  test(`41 Any single bit of a flash image flipped: what it belongs to is lost at most; everything else opens, reads, writes, syncs; the loss is said. A failure prints one id that replays it. (life ${rest.life + 1}) [${rest.kind}]`, (t) => {
    const runner = new FlipRunner({ ...rest, seed: seedOr(own) });
    const report = runner.run();
    const flips = Object.values(report).flatMap((row) => Object.values(row)).reduce((sum, count) => sum + count, 0);
    t.true(flips > 50, `${flips} flips`);
    t.true((report["commit"]?.mended ?? 0) + (report["live header"]?.mended ?? 0) + (report["directory"]?.mended ?? 0) > 3);
    console.log(`# bit flips: ${flips} tried in life ${rest.life + 1}: ${JSON.stringify(report)}`);
    t.log(JSON.stringify(report));
  });
}
