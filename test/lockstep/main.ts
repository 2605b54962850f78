/**
 * `npm run test:lockstep -- [--operations N] [--seed N] [--life N]`: acceptance 40 in full, a million operations unless
 * told otherwise, spread evenly over every combination of board, allocator, dense codec, raw storage, tenants and durable
 * areas (life.ts), half of the lives in each of two processes. Life i has seed N + i, so `--life i` with the same numbers
 * shows a failure again. Exit code 5 when the builds differ or anything else broke.
 */
import { buildCore } from "../../tools/build/core";
import { Random } from "../../hal/sim/random";
import { SHARDS, type Work, readWork, reporter, runShards } from "../helpers/shards";
import { BOARDS, VARIANTS, describe, liveInLockstep } from "./life";

const LIVES = BOARDS.length * VARIANTS.length;

interface Settings extends Work { life?: number; shard?: number; }
interface Sums { lives: number; operations: number; calls: number; erases: number; }

process.exitCode = await main();

async function main(): Promise<number> {
  const settings = readSettings();
  if (typeof settings === "string") {
    console.error(`test:lockstep: ${settings}`);
    return 2;
  }
  if (settings.shard !== undefined) return runShard(settings, settings.shard);
  await buildCore();
  const { seed, operations, life } = settings;
  const each = Math.ceil(operations / LIVES);
  console.log(`seed ${seed}: ${LIVES} lives of ${each} operations, with seeds ${seed} to ${seed + LIVES - 1}`);
  return life === undefined ? runBoth(settings) : report(run(settings, [life]), Date.now());
}

/** The settings, or what is wrong with the command line. */
function readSettings(): Settings | string {
  const work = readWork(1_000_000, "life");
  if (typeof work === "string") return work;
  const { given, ...rest } = work;
  const life = Number(given ?? 0);
  if (!Number.isInteger(life) || life < 0 || life >= LIVES) return `--life takes a whole number from 0 to ${LIVES - 1}.`;
  return given === undefined ? rest : { ...rest, life };
}

/** Lives these lives. Their sums, or what broke. */
function run({ seed, operations }: Work, lives: readonly number[], who = ""): Sums | string {
  const each = Math.ceil(operations / LIVES);
  const sums: Sums = { lives: 0, operations: 0, calls: 0, erases: 0 };
  const say = reporter();
  for (const n of lives) {
    const [board, variant] = [BOARDS[n % BOARDS.length], VARIANTS[Math.floor(n / BOARDS.length)]];
    const progress = { step: 0 };
    try {
      const { calls, erases } = liveInLockstep(board, variant, new Random(seed + n), each, progress);
      Object.assign(sums, { lives: sums.lives + 1, operations: sums.operations + each, calls: sums.calls + calls, erases: sums.erases + erases });
    } catch (error) {
      return `life ${n} (${board.name}; ${describe(variant)}) broke at operation ${progress.step}; it shows again with --seed ${seed} --operations ${operations} --life ${n}:\n${(error as Error).message}`;
    }
    say(`lockstep${who}: ${sums.operations} operations`);
  }
  return sums;
}

/** One process's part; its sums are its last line, as JSON. */
function runShard(settings: Work, shard: number): number {
  const lives = Array.from({ length: LIVES }, (_, n) => n).filter((n) => Math.floor(n / BOARDS.length) % SHARDS === shard);
  const result = run(settings, lives, `, process ${shard + 1}`);
  console.log(typeof result === "string" ? result : JSON.stringify(result));
  return typeof result === "string" ? 5 : 0;
}

async function runBoth(work: Work): Promise<number> {
  const began = Date.now();
  const parts = await runShards<Sums>(work);
  if (typeof parts === "string") return report(parts, began);
  const sum = (field: keyof Sums): number => parts.reduce((all, part) => all + part[field], 0);
  return report({ lives: sum("lives"), operations: sum("operations"), calls: sum("calls"), erases: sum("erases") }, began);
}

function report(result: Sums | string, began: number): number {
  if (typeof result === "string") {
    console.log(result);
    return 5;
  }
  const { lives, operations, calls, erases } = result;
  console.log(`${operations} operations in ${lives} lives, ${calls} calls, ${erases} erases: both builds gave the same results and the same bytes at every step, ${Math.round((Date.now() - began) / 1000)} s`);
  return 0;
}
