/**
 * `npm run test:powerloss -- [--seed N] [--operations N] [--id ID]`: power loss as a mode of the test runner, in full. A script
 * of 10 000 operations is cut before, inside and after every program and erase that it does, and again soon after each boot
 * (runner.ts); half of the cuts in each of two processes. A shorter script with pages of 1 KiB follows, then every pair of cuts in
 * the first writes of a chip that begins erased, formatted, or with another version's log (first-writes.ts). The last line is
 * the number of cuts tried. `--id` shows one cut again. Exit code 5 when something broke.
 */
import { buildCore } from "../../tools/build/core";
import { SHARDS, type Work, readWork, reporter, runShards } from "../helpers/shards";
import { BEGINNINGS, type FirstOptions, FirstWritesRunner, parseFirst } from "./first-writes";
import { LossOptions, LossReport, LossRunner, parseLoss } from "./runner";

/** What is run, the long script first. A failure's id has the length in it, which tells them apart. */
function configurations({ seed, operations }: Work): LossOptions[] {
  return [
    { kind: "wasm", seed, length: operations, pageBytes: 256, sectors: 6 },
    { kind: "wasm", seed, length: Math.ceil(operations / 10) + 1, pageBytes: 1024, sectors: 24 },
  ];
}

/** Flash operations in which each of two cuts falls. */
const FIRST_WRITES = 48;

function beginnings(seed: number): FirstOptions[] {
  return BEGINNINGS.map((beginning) => ({ kind: "wasm", seed, beginning, length: FIRST_WRITES, pageBytes: 256, sectors: 6 }));
}

process.exitCode = await main();

async function main(): Promise<number> {
  const settings = readWork(10_000, "id");
  if (typeof settings === "string") {
    console.error(`test:powerloss: ${settings}`);
    return 2;
  }
  if (settings.shard === undefined) await buildCore();
  if (settings.given !== undefined) return replay(settings.given);
  return settings.shard === undefined ? runBoth(settings) : runShard(settings, settings.shard);
}

function replay(id: string): number {
  try {
    if (id.startsWith("first-")) return replayFirst(id);
    // The first number is the seed, the second the length, which is the long script's or a tenth of it.
    const length = Number(id.split("-")[2]);
    const others = length % 10 === 1 ? { kind: "wasm", pageBytes: 1024, sectors: 24 } as const : { kind: "wasm", pageBytes: 256, sectors: 6 } as const;
    const { options, loss } = parseLoss(id, others);
    new LossRunner(options).replay(loss);
    console.log(`${id}: sound.`);
    return 0;
  } catch (error) {
    console.log((error as Error).message);
    return 5;
  }
}

function replayFirst(id: string): number {
  const { seed, beginning, loss } = parseFirst(id);
  new FirstWritesRunner(beginnings(seed).find((options) => options.beginning === beginning)!).replay(loss);
  console.log(`${id}: sound.`);
  return 0;
}

/** One process's part; what it found is its last line, as JSON. */
function runShard(settings: Work, shard: number): number {
  const sums: LossReport[] = [];
  const say = reporter();
  try {
    for (const options of configurations(settings)) {
      sums.push(new LossRunner({ ...options, shard, shards: SHARDS }, (report) => {
        say(`power loss, process ${shard + 1}: ${report.cuts} cuts, operation ${report.operations} of ${options.length}`);
      }).run());
    }
    for (const options of beginnings(settings.seed)) {
      sums.push(new FirstWritesRunner({ ...options, shard, shards: SHARDS }, (report) => {
        say(`power loss, process ${shard + 1}: ${report.secondCuts} pairs of cuts, ${options.beginning}`);
      }).run());
    }
  } catch (error) {
    console.log((error as Error).message);
    return 5;
  }
  console.log(JSON.stringify(sums));
  return 0;
}

async function runBoth(settings: Work): Promise<number> {
  const began = Date.now();
  const reports = await runShards<LossReport[]>(settings);
  if (typeof reports === "string") {
    console.log(reports);
    return 5;
  }
  configurations(settings).forEach(({ pageBytes, length }, n) => {
    const sum = (field: "cuts" | "secondCuts"): number => reports.reduce((all, shard) => all + shard[n][field], 0);
    const { flashOperations, syncs } = reports[0][n];
    console.log(`pages of ${pageBytes}: ${sum("cuts")} cuts and ${sum("secondCuts")} second cuts in ${length} operations (${flashOperations} programs and erases, ${syncs} syncs)`);
  });
  BEGINNINGS.forEach((beginning, i) => {
    const pairs = reports.reduce((all, shard) => all + shard[configurations(settings).length + i].secondCuts, 0);
    console.log(`a chip that begins ${beginning === "other version" ? "with another version's log" : beginning}: ${pairs} pairs of cuts in its first ${FIRST_WRITES} programs and erases`);
  });
  const all = reports.flat().reduce((sum, { cuts, secondCuts }) => sum + cuts + secondCuts, 0);
  console.log(`${all} power cuts tried with seed ${settings.seed}, no violation, ${Math.round((Date.now() - began) / 1000)} s`);
  return 0;
}
