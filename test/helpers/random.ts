/**
 * Random tests that can be had again: `SEED=n npm test` runs every random test with that seed; without it each uses its
 * own fixed default, so the suite is the same every day. A failure names the seed.
 */
import { Random } from "../../hal/sim/random";

export { Random };

/** The seed of this run: the environment's, or the test's own. */
export function seedOr(own: number): number {
  const given = process.env["SEED"];
  if (given === undefined || given === "") return own;
  const seed = Number(given);
  if (!Number.isInteger(seed)) throw new Error(`SEED must be a whole number, not "${given}".`);
  return seed;
}

/** Runs `body` with a generator; an error out of it says which seed shows it again, and after how many steps. */
export function withSeed<T>(own: number, body: (random: Random, progress: { step: number }) => T): T {
  const seed = seedOr(own);
  const progress = { step: 0 };
  try {
    return body(new Random(seed), progress);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`At step ${progress.step}, with SEED=${seed}: ${reason}`, { cause: error });
  }
}
