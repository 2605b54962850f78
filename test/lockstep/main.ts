/**
 * `npm run test:lockstep -- [--operations N] [--seed N] [--life N]`: acceptance 40 in full, a million operations unless
 * told otherwise, spread evenly over every combination of board, allocator, dense codec, raw storage, tenants and durable
 * areas (life.ts). Life i has seed N + i, so `--life i` with the same numbers shows a failure again. Exit code 5 when the
 * builds differ or anything else broke.
 */
import { parseArgs } from "node:util";
import { buildCore } from "../../tools/build/core";
import { Random } from "../../hal/sim/random";
import { BOARDS, VARIANTS, describe, liveInLockstep } from "./life";

const REPORT_MS = 10_000;
const LIVES = BOARDS.length * VARIANTS.length;

interface Settings { seed: number; operations: number; life?: number; }

process.exitCode = await main();

async function main(): Promise<number> {
  const settings = readSettings();
  if (typeof settings === "string") {
    console.error(`test:lockstep: ${settings}`);
    return 2;
  }
  await buildCore();
  return run(settings);
}

/** The settings, or what is wrong with the command line. */
function readSettings(): Settings | string {
  const options = { seed: { type: "string" }, operations: { type: "string" }, life: { type: "string" } } as const;
  try {
    const { values } = parseArgs({ options });
    const [seed, operations, life] = [Number(values.seed ?? 1), Number(values.operations ?? 1_000_000), Number(values.life ?? 0)];
    if (![seed, operations].every((value) => Number.isInteger(value) && value > 0 && value < 2 ** 31)) return "--seed and --operations take whole numbers from 1.";
    if (!Number.isInteger(life) || life < 0 || life >= LIVES) return `--life takes a whole number from 0 to ${LIVES - 1}.`;
    return { seed, operations, ...(values.life === undefined ? {} : { life }) };
  } catch (error) {
    return (error as Error).message;
  }
}

function run({ seed, operations, life }: Settings): number {
  const each = Math.ceil(operations / LIVES);
  const began = Date.now();
  const sums = { operations: 0, calls: 0, erases: 0 };
  let reportedMs = began;
  console.log(`seed ${seed}: ${LIVES} lives of ${each} operations, with seeds ${seed} to ${seed + LIVES - 1}`);
  for (let n = life ?? 0; n < (life === undefined ? LIVES : life + 1); n++) {
    const [board, variant] = [BOARDS[n % BOARDS.length], VARIANTS[Math.floor(n / BOARDS.length)]];
    const progress = { step: 0 };
    try {
      const report = liveInLockstep(board, variant, new Random(seed + n), each, progress);
      sums.operations += each;
      sums.calls += report.calls;
      sums.erases += report.erases;
    } catch (error) {
      console.log(`life ${n} (${board.name}; ${describe(variant)}) broke at operation ${progress.step}; it shows again with --seed ${seed} --operations ${operations} --life ${n}:\n${(error as Error).message}`);
      return 5;
    }
    if (Date.now() - reportedMs < REPORT_MS) continue;
    reportedMs = Date.now();
    console.error(`lockstep: ${sums.operations} operations`);
  }
  console.log(`${sums.operations} operations in ${life === undefined ? LIVES : 1} lives, ${sums.calls} calls, ${sums.erases} erases: both builds gave the same results and the same bytes at every step, ${Math.round((Date.now() - began) / 1000)} s`);
  return 0;
}
