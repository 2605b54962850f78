import { readFileSync } from "node:fs";
import test from "ava";
import { Knob } from "../../firmware/core/config";
import { Err } from "../../firmware/core/errors";
import { PoolKind } from "../../firmware/core/store/tmem";
import { Names, PAGE_BYTES, withFlash } from "../helpers/board";
import { Core, CoreOptions, bothBuilds } from "../helpers/cores";
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

type Open = (options?: CoreOptions) => Core;
interface Reason { readonly name: string; readonly code: Err; readonly counter: string; readonly refuse: (open: Open) => { core: Core; refused: () => number }; }

const noise = (seed: number): Uint8Array => makePage("random", PAGE_BYTES, new Random(seed));
const half = (seed: number): Uint8Array => pageOfDensity(60, PAGE_BYTES, new Random(seed));

/** A store with a persistent pool, the current tenant's. */
function persistent(open: Open, knobs: CoreOptions["knobs"], arenaBytes = 65536): { core: Core; names: Names } {
  const core = open({ arenaBytes, knobs: { [Knob.PagesMax]: 128, ...knobs } });
  return { core, names: new Names(core, core.poolOpen(PoolKind.Persistent)) };
}

/** Stores pages until one is refused; the next one is the one that counts. */
function fillUp(names: Names, page: (seed: number) => Uint8Array): void { for (let i = 0; names.store(i, page(i)) === Err.Ok; i++) continue; }

const REASONS: readonly Reason[] = [
  { name: "RejectDisabled", code: Err.RejectDisabled, counter: "zcache_mcu.store_disabled", refuse: (open) => {
    const { core, names } = persistent(open, { [Knob.StoreEnabled]: 0 });
    return { core, refused: () => names.store(1, half(1)) };
  } },
  { name: "RejectPoolLimit", code: Err.RejectPoolLimit, counter: "zswap.pool_limit_hit", refuse: (open) => {
    const { core, names } = persistent(open, { [Knob.PoolLimitPercent]: 20 });
    fillUp(names, half);
    return { core, refused: () => names.store(100, half(100)) };
  } },
  { name: "RejectCompressPoor", code: Err.RejectCompressPoor, counter: "zswap.reject_compress_poor", refuse: (open) => {
    const { core, names } = persistent(open, { [Knob.RawStorage]: 0 });
    return { core, refused: () => names.store(1, noise(1)) };
  } },
  { name: "RejectMeanPoor", code: Err.RejectMeanPoor, counter: "zcache.mean_compress_poor", refuse: (open) => {
    const { core, names } = persistent(open, { [Knob.MeanGateEighths]: 5 });
    for (let i = 0; i < 2; i++) names.store(i, pageOfDensity(70, PAGE_BYTES, new Random(i)));
    return { core, refused: () => names.store(9, pageOfDensity(70, PAGE_BYTES, new Random(9))) };
  } },
  { name: "RejectReclaimFail", code: Err.RejectReclaimFail, counter: "zswap.reject_reclaim_fail", refuse: (open) => {
    const { core, names } = persistent(open, {}, 24_576);
    fillUp(names, half);
    return { core, refused: () => names.store(100, half(100)) };
  } },
  // Ephemeral zpages hold all frames that they may, one each, and belong to nobody: what comes free is a persistent one's.
  { name: "RejectAllocFail", code: Err.RejectAllocFail, counter: "zswap.reject_alloc_fail", refuse: (open) => {
    const core = withFlash(open, { [Knob.EphemeralPercent]: 10, [Knob.ReclaimRetries]: 64 });
    const names = new Names(core, core.poolOpen(PoolKind.Persistent));
    const ephemeral = new Names(core, core.poolOpen(PoolKind.Ephemeral));
    for (let i = 0; i < 4; i++) names.store(i, half(i));
    while (core.zpoolAlloc(1, 700, 0xffff) >= 0) continue;
    return { core, refused: () => ephemeral.put(1, half(1)) };
  } },
  { name: "RejectPoorRun", code: Err.RejectPoorRun, counter: "zcache_mcu.poor_run_skipped", refuse: (open) => {
    const { core, names } = persistent(open, { [Knob.RawStorage]: 0, [Knob.PoorRun]: 1 });
    names.store(1, noise(1));
    return { core, refused: () => names.store(2, half(2)) };
  } },
  { name: "RejectFrozen", code: Err.RejectFrozen, counter: "zcache.put_to_flush", refuse: (open) => {
    const { core, names } = persistent(open, {});
    core.poolFreeze(names.pool, 1);
    return { core, refused: () => names.store(1, half(1)) };
  } },
  { name: "RejectQuota", code: Err.RejectQuota, counter: "zcache_mcu.reject_quota", refuse: (open) => {
    const { core } = persistent(open, { [Knob.TenantsMax]: 2 });
    core.tenantUse(1);
    const names = new Names(core, core.poolOpen(PoolKind.Persistent));
    core.tenantSetQuota(1, 2 * PAGE_BYTES);
    fillUp(names, half);
    return { core, refused: () => names.store(100, half(100)) };
  } },
  { name: "RejectBudget", code: Err.RejectBudget, counter: "zcache_mcu.reject_budget", refuse: (open) => {
    const core = withFlash(open, { [Knob.WritebackLimitEnable]: 1, [Knob.WritebackLimit]: 0 });
    const area = core.areaOpen(4);
    core.bytes.set(half(1), core.areaTouch(area, 0, 1));
    core.coreSet(Knob.StoreEnabled, 0);
    return { core, refused: () => core.areaPageOut(area, 0) };
  } },
];

for (const { name, code, counter, refuse } of REASONS) {
  bothBuilds(`a page is refused for ${name}, and ${counter} alone of the reasons' counters moves, by one`, (t, open) => {
    const { core, refused } = refuse(open);
    // What the store's switch adds in front of the budget is its own reason.
    const others = REASONS.filter((other) => other.counter !== counter && !(name === "RejectBudget" && other.name === "RejectDisabled"));
    const before = new Map(REASONS.map((one) => [one.counter, core.counterOf(one.counter)]));
    t.is(refused(), code);
    t.is(core.counterOf(counter), before.get(counter)! + 1);
    for (const other of others) t.is(core.counterOf(other.counter), before.get(other.counter)!, other.counter);
  });
}

test("every reason to refuse a page has a test that reaches it", (t) => {
  const reasons = [...readFileSync("firmware/core/errors.ts", "utf8").matchAll(/^ {2}(Reject\w+) = /gm)].map(([, name]) => name);
  t.true(reasons.length > 8);
  t.deepEqual(reasons, REASONS.map(({ name }) => name));
});
