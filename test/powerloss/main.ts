/**
 * `npm run test:powerloss -- [--seed N] [--operations N] [--id ID]`: power loss as a mode of the test runner, in full. A script
 * of 10 000 operations is cut before, inside and after every program and erase that it does, and again soon after each boot
 * (runner.ts); half of the cuts in each of two processes. A shorter script with pages of 1 KiB follows. The last line is the
 * number of cuts tried. `--id` shows one cut again. Exit code 5 when something broke.
 */
import { spawn } from "node:child_process";
import { parseArgs } from "node:util";
import { buildCore } from "../../tools/build/core";
import { LossOptions, LossReport, LossRunner, parseLoss } from "./runner";

const SHARDS = 2;
const REPORT_MS = 10_000;

interface Settings { seed: number; operations: number; shard?: number; id?: string; }

/** What is run, the long script first. A failure's id has the length in it, which tells them apart. */
function configurations({ seed, operations }: Settings): LossOptions[] {
  return [
    { kind: "wasm", seed, length: operations, pageBytes: 256, sectors: 6 },
    { kind: "wasm", seed, length: Math.ceil(operations / 10) + 1, pageBytes: 1024, sectors: 24 },
  ];
}

process.exitCode = await main();

async function main(): Promise<number> {
  const settings = readSettings();
  if (typeof settings === "string") {
    console.error(`test:powerloss: ${settings}`);
    return 2;
  }
  if (settings.shard === undefined) await buildCore();
  if (settings.id !== undefined) return replay(settings.id);
  return settings.shard === undefined ? runShards(settings) : runShard(settings, settings.shard);
}

/** The settings, or what is wrong with the command line. */
function readSettings(): Settings | string {
  const options = { seed: { type: "string" }, operations: { type: "string" }, shard: { type: "string" }, id: { type: "string" } } as const;
  try {
    const { values } = parseArgs({ options });
    const [seed, operations] = [Number(values.seed ?? 1), Number(values.operations ?? 10_000)];
    if (![seed, operations].every((value) => Number.isInteger(value) && value > 0 && value < 2 ** 31)) return "--seed and --operations take whole numbers from 1.";
    return { seed, operations, ...(values.shard === undefined ? {} : { shard: Number(values.shard) }), ...(values.id === undefined ? {} : { id: values.id }) };
  } catch (error) {
    return (error as Error).message;
  }
}

function replay(id: string): number {
  try {
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

/** One process's part; what it found is its last line, as JSON. */
function runShard(settings: Settings, shard: number): number {
  const sums: LossReport[] = [];
  let reportedMs = Date.now();
  try {
    for (const options of configurations(settings)) {
      sums.push(new LossRunner({ ...options, shard, shards: SHARDS }, (report) => {
        if (Date.now() - reportedMs < REPORT_MS) return;
        reportedMs = Date.now();
        console.error(`power loss, process ${shard + 1}: ${report.cuts} cuts, operation ${report.operations} of ${options.length}`);
      }).run());
    }
  } catch (error) {
    console.log((error as Error).message);
    return 5;
  }
  console.log(JSON.stringify(sums));
  return 0;
}

async function runShards(settings: Settings): Promise<number> {
  const began = Date.now();
  const results = await Promise.all(Array.from({ length: SHARDS }, (_, shard) => startShard(settings, shard)));
  const broken = results.filter(({ code }) => code !== 0);
  for (const { output } of broken) console.log(output.trimEnd());
  if (broken.length > 0) return 5;
  const reports = results.map(({ output }) => JSON.parse(output) as LossReport[]);
  configurations(settings).forEach(({ pageBytes, length }, n) => {
    const sum = (field: "cuts" | "secondCuts"): number => reports.reduce((all, shard) => all + shard[n][field], 0);
    const { flashOperations, syncs } = reports[0][n];
    console.log(`pages of ${pageBytes}: ${sum("cuts")} cuts and ${sum("secondCuts")} second cuts in ${length} operations (${flashOperations} programs and erases, ${syncs} syncs)`);
  });
  const all = reports.flat().reduce((sum, { cuts, secondCuts }) => sum + cuts + secondCuts, 0);
  console.log(`${all} power cuts tried with seed ${settings.seed}, no violation, ${Math.round((Date.now() - began) / 1000)} s`);
  return 0;
}

function startShard({ seed, operations }: Settings, shard: number): Promise<{ code: number; output: string }> {
  const args = [process.argv[1], "--seed", String(seed), "--operations", String(operations), "--shard", String(shard)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.on("data", (part: Buffer) => { output += part.toString(); });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => { resolve({ code: code ?? 5, output }); });
  });
}
