/**
 * `npm run fuzz -- [--seed N] [--cases N] [--minutes N]`: random lives until the cases or the time are used up. Life i
 * has seed N + i, so the seed that a failure names shows it again as the first life. Exit code 5 when something broke.
 */
import { parseArgs } from "node:util";
import { buildCore } from "../../tools/build/core";
import { reporter } from "../helpers/shards";
import { CASES_PER_LIFE, live } from "./lives";

const DEFAULT_CASES = 100_000;

interface Limits { seed: number; cases: number; endMs: number; }

process.exitCode = await main();

async function main(): Promise<number> {
  const limits = readLimits();
  if (typeof limits === "string") {
    console.error(`fuzz: ${limits}`);
    return 2;
  }
  await buildCore();
  return fuzz(limits);
}

/** The limits, or what is wrong with the command line. */
function readLimits(): Limits | string {
  const options = { seed: { type: "string" }, cases: { type: "string" }, minutes: { type: "string" } } as const;
  try {
    const { values } = parseArgs({ options });
    const numbers = Object.values(values).map(Number);
    if (!numbers.every((value) => Number.isInteger(value) && value >= 0 && value < 2 ** 31)) return "--seed, --cases and --minutes take whole numbers from 0.";
    const cases = Number(values.cases ?? (values.minutes === undefined ? DEFAULT_CASES : 2 ** 31));
    const endMs = Date.now() + 60_000 * Number(values.minutes ?? 1e6);
    return { seed: Number(values.seed ?? Date.now() % 1e9), cases, endMs };
  } catch (error) {
    return (error as Error).message;
  }
}

function fuzz({ seed, cases, endMs }: Limits): number {
  const sorts = new Map<string, number>();
  let done = 0;
  let lives = 0;
  const say = reporter();
  console.log(`seed ${seed}`);
  for (; done < cases && Date.now() < endMs; lives++) {
    try {
      const life = live(seed + lives, cases - done);
      done += life.cases;
      sorts.set(life.sort, (sorts.get(life.sort) ?? 0) + life.cases);
    } catch (error) {
      console.log(`life ${lives} broke after ${done} sound cases; it shows again with --seed ${seed + lives} --cases ${CASES_PER_LIFE}:\n${(error as Error).message}`);
      return 5;
    }
    say(`fuzz: ${done} cases`);
  }
  for (const [sort, count] of sorts) console.log(`  ${sort}: ${count} cases`);
  console.log(`${done} cases in ${lives} lives from seed ${seed}: no invariant broken`);
  return 0;
}
