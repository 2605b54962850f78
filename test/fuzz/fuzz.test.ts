/** A short run of the fuzzer, and that a life is its seed's alone. */
import test from "ava";
import { CASES_PER_LIFE, live } from "./lives";
import { seedOr } from "../helpers/random";

const LIVES = 30;

test(`${LIVES * CASES_PER_LIFE} random calls on stores of every shape leave every invariant whole`, (t) => {
  const seed = seedOr(4000);
  const sorts = new Set<string>();
  for (let life = seed; life < seed + LIVES; life++) {
    try {
      sorts.add(live(life, CASES_PER_LIFE).sort);
    } catch (error) {
      t.fail(`SEED=${life}: ${(error as Error).message}`);
    }
  }
  t.true(sorts.size >= 3, [...sorts].join("; "));
});

// A zpage of an allocator that was current before, packed past its end; a bit flipped on the wire where a head writes next.
const BROKE_ONCE = [33008695, 55004448];

test("lives that broke once stay whole", (t) => {
  for (const seed of BROKE_ONCE) t.notThrows(() => live(seed, CASES_PER_LIFE), `SEED=${seed}`);
});

test("a life ends after the cases it is given", (t) => {
  t.is(live(1, 7).cases, 7);
});
