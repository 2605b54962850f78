import { Knob } from "../../firmware/core/config";
import { Err } from "../../firmware/core/errors";
import { PoolKind } from "../../firmware/core/store/tmem";
import { bothBuilds } from "../helpers/cores";
import { makePage, pageOfDensity } from "../helpers/pages";
import { Random, seedOr } from "../helpers/random";

bothBuilds("after a run of poor pages the codec is skipped, and tried again later", (t, open) => {
  const core = open({ knobs: { [Knob.RawStorage]: 0 } });
  const random = new Random(seedOr(61));
  const pool = core.poolOpen(PoolKind.Persistent);
  const noise = (): number => core.put(makePage("random", 1024, random));
  for (let i = 0; i < 8; i++) t.is(core.frontswapStore(pool, 1, i, noise()), Err.RejectCompressPoor);
  for (let i = 0; i < 16; i++) t.is(core.frontswapStore(pool, 1, i, noise()), Err.RejectPoorRun, `skipped page ${i}`);
  t.is(core.counterOf("zcache_mcu.poor_run_skipped"), 16);
  t.is(core.frontswapStore(pool, 1, 0, noise()), Err.RejectCompressPoor, "one page is tried");
  t.is(core.frontswapStore(pool, 1, 0, noise()), Err.RejectPoorRun, "and the codec rests again");
  for (let i = 0; i < 15; i++) core.frontswapStore(pool, 1, 0, noise());
  t.is(core.frontswapStore(pool, 1, 0, core.put(makePage("csv", 1024, random))), Err.Ok);
  t.is(core.frontswapStore(pool, 1, 1, noise()), Err.RejectCompressPoor, "a good page ends the run");
});

bothBuilds("pages of one word pass while the codec rests", (t, open) => {
  const core = open({ knobs: { [Knob.PoorRun]: 1, [Knob.RawStorage]: 0 } });
  const pool = core.poolOpen(PoolKind.Persistent);
  t.is(core.frontswapStore(pool, 1, 0, core.put(makePage("random", 1024, new Random(seedOr(62))))), Err.RejectCompressPoor);
  t.is(core.frontswapStore(pool, 1, 1, core.put(new Uint8Array(1024).fill(7))), Err.Ok);
});

bothBuilds("freeze then put: refused, the old copy gone, put_to_flush counted", (t, open) => {
  const core = open();
  for (const kind of [PoolKind.Persistent, PoolKind.Ephemeral]) {
    const pool = core.poolOpen(kind);
    const put = kind === PoolKind.Persistent ? core.frontswapStore : core.cleancachePut;
    const get = kind === PoolKind.Persistent ? core.frontswapLoad : core.cleancacheGet;
    const page = pageOfDensity(40, 1024, new Random(seedOr(63)));
    const flushed = core.counterOf("zcache.put_to_flush");
    t.is(put(pool, 5, 5, core.put(page)), Err.Ok);
    t.is(core.poolFreeze(pool, 1), Err.Ok);
    t.is(put(pool, 5, 5, core.put(page)), Err.RejectFrozen);
    t.is(get(pool, 5, 5, core.client), Err.NotFound);
    t.is(core.counterOf("zcache.put_to_flush"), flushed + 1);
    t.is(core.poolFreeze(pool, 0), Err.Ok);
    t.is(put(pool, 5, 5, core.put(page)), Err.Ok);
  }
  t.is(core.poolFreeze(9, 1), Err.Invalid);
});
