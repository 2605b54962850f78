/**
 * Acceptance 40: 100 000 random operations in all, on six boards, each with every allocator (life.ts). `SEED=n` runs
 * other lives; a failure names its seed, its step and its last calls. `npm run test:lockstep` is the long run: a
 * million operations over every combination.
 */
import test from "ava";
import { seedOr, withSeed } from "../helpers/random";
import { ALLOCATOR_NAMES, BOARDS, LifeReport, VARIANTS, describe, liveInLockstep } from "./life";

const SENTENCE = "random operations on the JS and the wasm build: identical results and byte-identical arenas at every step";
const OPERATIONS = 100_000;

BOARDS.forEach((board, number) => {
  const operations = OPERATIONS * board.share / 100;
  test(`40 Lockstep: ${operations} ${SENTENCE} (${board.name})`, (t) => {
    withSeed(1000 + number, (random, progress) => {
      for (let allocator = 0; allocator < ALLOCATOR_NAMES.length; allocator++) {
        // Allocators in turn; what else differs is drawn.
        const variant = VARIANTS[allocator + 4 * random.below(VARIANTS.length / 4)];
        const report = liveInLockstep(board, variant, random, Math.ceil(operations / ALLOCATOR_NAMES.length), progress);
        t.log(`SEED=${seedOr(1000 + number)}, ${describe(variant)}: ${summary(report)}`);
      }
    });
    t.pass();
  });
});

/** What happened in a life, so that one in which nothing happened is seen. */
function summary({ tally, erases }: LifeReport): string {
  const told = (codes: ReadonlyMap<number, number>): string => [...codes].map(([code, times]) => code === 0 ? times : `${code}:${times}`).join(" ");
  return `${erases} erases; ${[...tally].map(([name, codes]) => `${name} ${told(codes)}`).join(", ")}`;
}
