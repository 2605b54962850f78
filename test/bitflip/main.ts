/**
 * `npm run test:bitflip -- [--seed N] [--operations N] [--id ID]`: every bit of every header, commit and directory of five lives'
 * images is flipped, and as many bits of data as --operations says (10 000); runner.ts says what must hold. Half of the flips
 * in each of two processes. Prints how many flips of each part came to what; the last line is their number. `--id` shows one
 * flip again. Exit code 5 when something broke.
 */
import { buildCore } from "../../tools/build/core";
import { SHARDS, type Work, readWork, reporter, runShards } from "../helpers/shards";
import { FlipOptions, FlipReport, FlipRunner, LIVES, addReport, parseFlip } from "./runner";

function optionsOf({ seed, operations }: Work): FlipOptions[] {
  return LIVES.map((_, life) => ({ kind: "wasm", seed, life, data: Math.ceil(operations / LIVES.length) }));
}

process.exitCode = await main();

async function main(): Promise<number> {
  const settings = readWork(10_000, "id");
  if (typeof settings === "string") {
    console.error(`test:bitflip: ${settings}`);
    return 2;
  }
  if (settings.shard === undefined) await buildCore();
  if (settings.given !== undefined) return replay(settings.given);
  return settings.shard === undefined ? runBoth(settings) : runShard(settings, settings.shard);
}

function replay(id: string): number {
  try {
    const { bit, ...rest } = parseFlip(id);
    const runner = new FlipRunner({ kind: "wasm", data: 1, ...rest });
    runner.replay(bit);
    console.log(`${id}: ${JSON.stringify(runner.report)}`);
    return 0;
  } catch (error) {
    console.log((error as Error).message);
    return 5;
  }
}

/** One process's part; what it found is its last line, as JSON. */
function runShard(settings: Work, shard: number): number {
  const sum: FlipReport = {};
  const say = reporter();
  try {
    for (const options of optionsOf(settings)) {
      addReport(sum, new FlipRunner({ ...options, shard, shards: SHARDS }, (flips) => {
        say(`bit flips, process ${shard + 1}: ${flips} of life ${options.life + 1} of ${LIVES.length}`);
      }).run());
    }
  } catch (error) {
    console.log((error as Error).message);
    return 5;
  }
  console.log(JSON.stringify(sum));
  return 0;
}

async function runBoth(settings: Work): Promise<number> {
  const began = Date.now();
  const reports = await runShards<FlipReport>(settings);
  if (typeof reports === "string") {
    console.log(reports);
    return 5;
  }
  const sum: FlipReport = {};
  for (const report of reports) addReport(sum, report);
  let all = 0;
  for (const [part, row] of Object.entries(sum)) {
    const counts = Object.entries(row);
    all += counts.reduce((flips, [, count]) => flips + count, 0);
    console.log(`${part}: ${counts.map(([outcome, count]) => `${count} ${outcome}`).join(", ")}`);
  }
  console.log(`${all} flips tried with seed ${settings.seed}, nothing closed, wrong or silent, ${Math.round((Date.now() - began) / 1000)} s`);
  return 0;
}
