import { Err } from "../../firmware/core/errors";
import { EPHEMERAL, Names, PAGE_BYTES, withFlash } from "../helpers/board";
import { checkInvariants } from "../helpers/check";
import { bothBuilds } from "../helpers/cores";
import { makePage } from "../helpers/pages";
import { Random } from "../helpers/random";

const SHARED = 4;
const page = (seed: number): Uint8Array => makePage("csv", PAGE_BYTES, new Random(seed));

bothBuilds("a get from a shared pool leaves the page, a put replaces it; from a private pool the page goes with the get", (t, open) => {
  const core = withFlash(open);
  const shared = new Names(core, core.poolOpen(EPHEMERAL + SHARED));
  const own = new Names(core, core.poolOpen(EPHEMERAL));
  for (const pool of [shared, own]) t.is(pool.put(3, page(1)), Err.Ok);
  t.deepEqual(own.get(3), page(1));
  t.is(own.get(3), undefined);
  for (let client = 0; client < 3; client++) t.deepEqual(shared.get(3), page(1));
  t.is(shared.put(3, page(2)), Err.Ok);
  t.deepEqual(shared.get(3), page(2));
  checkInvariants(core.bytes, core.sim.chip.cells);
});

bothBuilds("a shared pool stays shared when it is frozen and thawed", (t, open) => {
  const core = withFlash(open);
  const shared = new Names(core, core.poolOpen(EPHEMERAL + SHARED));
  t.is(shared.put(0, page(1)), Err.Ok);
  t.is(core.poolFreeze(shared.pool, 1), Err.Ok);
  t.is(shared.put(1, page(1)), Err.RejectFrozen);
  t.is(core.poolFreeze(shared.pool, 0), Err.Ok);
  for (let client = 0; client < 2; client++) t.deepEqual(shared.get(0), page(1));
});

bothBuilds("a frozen pool answers gets and flushes, takes no put, and makes no object for one", (t, open) => {
  const core = withFlash(open);
  const pool = new Names(core, core.poolOpen(EPHEMERAL));
  for (const index of [1, 2, 3]) t.is(pool.put(index, page(index)), Err.Ok);
  core.poolFreeze(pool.pool, 1);
  t.is(pool.put(4, page(4)), Err.RejectFrozen);
  t.is(pool.put(1, page(9), 77), Err.RejectFrozen);
  t.is(core.poolFigure(pool.pool, 3), 1);
  t.is(pool.put(2, page(9)), Err.RejectFrozen);
  t.is(pool.get(2), undefined);
  t.deepEqual(pool.get(1), page(1));
  t.is(core.cleancacheInvalidatePage(pool.pool, 1, 3), Err.Ok);
  t.is(core.poolFigure(pool.pool, 4), 0);
  t.is(core.counterOf("zcache.put_to_flush"), 3);
  checkInvariants(core.bytes);
});

bothBuilds("there is no persistent pool that is shared, nor a pool that is nothing else", (t, open) => {
  const core = withFlash(open);
  for (const kind of [0, 3, SHARED, SHARED + 1, SHARED + 3]) t.is(core.poolOpen(kind), Err.Invalid);
});
