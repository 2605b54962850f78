/**
 * `npm run test:soak -- [--seed N] [--operations N] [--only LIFE]`: the API beside an oracle, two million calls unless told
 * otherwise, spread evenly over every board (boards.ts), half of the lives in each of two processes. Life i has seed N + i, so
 * `--only i` with the same numbers shows a failure again. A life ends at its first failure and the next one begins; the end
 * tells all of them. Exit code 5 when anything was wrong.
 */
import { pathToFileURL } from "node:url";
import { join } from "node:path";
import { buildPackage, packageFolder } from "../../tools/build/package";
import { SHARDS, type Work, readWork, reporter, runShards } from "../helpers/shards";
import { BOARD_COUNT, type PackageOpen, boardOf } from "./boards";
import { type Contract, readContract } from "./contract";
import { Wrong } from "./judge";
import { type LifeReport, type Progress, live } from "./life";

interface Settings extends Work { life?: number; shard?: number; }
interface Failure { sort: string; sentence: string; }
interface Sums { lives: number; operations: number; refusals: number; retries: number; retriesTaken: number; openings: number; codes: Record<string, number>; failures: Failure[]; }

const NOTHING: Sums = { lives: 0, operations: 0, refusals: 0, retries: 0, retriesTaken: 0, openings: 0, codes: {}, failures: [] };
const FIGURES = ["lives", "operations", "refusals", "retries", "retriesTaken", "openings"] as const;
/** Of each sort; the others are counted. */
const FAILURES_SHOWN = 3;

process.exitCode = await main();

async function main(): Promise<number> {
  const settings = readSettings();
  if (typeof settings === "string") {
    console.error(`test:soak: ${settings}`);
    return 2;
  }
  if (settings.shard === undefined) await buildPackage();
  const { open } = await import(pathToFileURL(join(packageFolder, "index.mjs")).href) as { open: PackageOpen };
  const contract = readContract();
  if (settings.shard !== undefined) return runShard(settings, settings.shard, contract, open);
  const { seed, operations, life } = settings;
  console.log(`seed ${seed}: ${BOARD_COUNT} lives of ${Math.ceil(operations / BOARD_COUNT)} calls, with seeds ${seed} to ${seed + BOARD_COUNT - 1}`);
  const began = Date.now();
  return report(life === undefined ? await runBoth(settings) : run(settings, [life], contract, open), settings, began);
}

/** The settings, or what is wrong with the command line. */
function readSettings(): Settings | string {
  const work = readWork(2_000_000, "only");
  if (typeof work === "string") return work;
  const { given, ...rest } = work;
  const life = Number(given ?? 0);
  if (!Number.isInteger(life) || life < 0 || life >= BOARD_COUNT) return `--only takes a whole number from 0 to ${BOARD_COUNT - 1}.`;
  return given === undefined ? rest : { ...rest, life };
}

/** Lives these lives; what came of them. */
function run({ seed, operations }: Work, lives: readonly number[], contract: Contract, open: PackageOpen, who = ""): Sums {
  const each = Math.ceil(operations / BOARD_COUNT);
  const say = reporter();
  let sums = NOTHING;
  for (const n of lives) {
    sums = plus(sums, liveOne(n, seed, each, operations, contract, open));
    say(`soak${who}: ${sums.operations} calls, ${sums.failures.length} lives broke`);
  }
  return sums;
}

function liveOne(n: number, seed: number, each: number, operations: number, contract: Contract, open: PackageOpen): Sums {
  const board = boardOf(n, open);
  const progress: Progress = { operations: 0, opening: 0 };
  try {
    return sumsOf(live(board, contract, seed + n, each, progress));
  } catch (error) {
    const where = `life ${n} (${board.title}) broke at call ${progress.operations}, opening ${progress.opening}; it shows again with --seed ${seed} --operations ${operations} --only ${n}`;
    const sentence = error instanceof Wrong ? error.message : (error as Error).stack ?? String(error);
    return { ...NOTHING, lives: 1, operations: progress.operations, failures: [{ sort: error instanceof Wrong ? error.sort : "trap", sentence: `${where}:\n  ${sentence}` }] };
  }
}

function sumsOf({ tally, refusals, openings }: LifeReport): Sums { return { ...NOTHING, ...tally, lives: 1, openings, codes: Object.fromEntries(refusals) }; }

function plus(one: Sums, other: Sums): Sums {
  const codes = { ...one.codes };
  for (const [name, count] of Object.entries(other.codes)) codes[name] = (codes[name] ?? 0) + count;
  const sum = { ...one, codes, failures: [...one.failures, ...other.failures] };
  for (const figure of FIGURES) sum[figure] += other[figure];
  return sum;
}

/** One process's part; its sums are its last line, as JSON. */
function runShard(work: Work, shard: number, contract: Contract, open: PackageOpen): number {
  const lives = Array.from({ length: BOARD_COUNT }, (_, n) => n).filter((n) => n % SHARDS === shard);
  console.log(JSON.stringify(run(work, lives, contract, open, `, process ${shard + 1}`)));
  return 0;
}

async function runBoth(work: Work): Promise<Sums | string> {
  const parts = await runShards<Sums>(work);
  return typeof parts === "string" ? parts : parts.reduce(plus, NOTHING);
}

function report(result: Sums | string, { seed }: Work, began: number): number {
  if (typeof result === "string") {
    console.log(result);
    return 5;
  }
  const { lives, operations, refusals, retries, retriesTaken, openings, codes, failures } = result;
  tell(failures);
  for (const [name, count] of Object.entries(codes).sort()) console.log(`  ${name}: ${count} times`);
  const lost = failures.filter(({ sort }) => sort.startsWith("lost, after")).length;
  console.log(`${operations} calls in ${lives} lives from seed ${seed} and ${openings} openings, ${refusals} of them refused (${retriesTaken} of ${retries} retries were taken): `
    + `${failures.length - lost} wrong, ${lost} lost by a refusal, ${Math.round((Date.now() - began) / 1000)} s`);
  return failures.length > 0 ? 5 : 0;
}

/** The first failures of each sort, and how many there are. */
function tell(failures: readonly Failure[]): void {
  for (const sort of new Set(failures.map((one) => one.sort))) {
    const same = failures.filter((one) => one.sort === sort);
    console.log(`${same.length} lives broke by "${sort}"; the first are`);
    for (const { sentence } of same.slice(0, FAILURES_SHOWN)) console.log(sentence);
  }
}
