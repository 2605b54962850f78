/** Tenants: what is charged to whom, quotas as cap and promise, and what one tenant's flood does to another. */
import { Knob } from "../../firmware/core/config";
import { Err } from "../../firmware/core/errors";
import { Place } from "../../firmware/core/entries";
import { TenantWord } from "../../firmware/core/store/tenants";
import { Area, EPHEMERAL, Names, PAGE_BYTES, PERSISTENT, withFlash } from "../helpers/board";
import { checkInvariants } from "../helpers/check";
import { Core, CoreOptions, bothBuilds } from "../helpers/cores";
import { anyPage, pageOfDensity } from "../helpers/pages";
import { Random, withSeed } from "../helpers/random";

type Open = (options?: CoreOptions) => Core;
const TENANTS = { [Knob.TenantsMax]: 3, [Knob.PoolsMax]: 8, [Knob.ObjectsMax]: 32, [Knob.PagesMax]: 512 };
const page = (seed: number, percent = 40): Uint8Array => pageOfDensity(percent, PAGE_BYTES, new Random(seed));

function namesOf(core: Core, tenant: number, kind = PERSISTENT): Names {
  if (core.tenantUse(tenant) !== Err.Ok) throw new Error(`there is no tenant ${tenant}`);
  return new Names(core, core.poolOpen(kind));
}

const held = (core: Core, tenant: number): number => core.tenantFigure(tenant, TenantWord.Held);
const written = (core: Core, tenant: number): number => core.tenantFigure(tenant, TenantWord.WrittenBack);

bothBuilds("18 Two tenants, one over quota: only its pages are written back.", (t, open) => {
  const core = withFlash(open, TENANTS);
  const [one, two] = [namesOf(core, 1), namesOf(core, 2)];
  t.is(core.tenantSetQuota(1, 6 * PAGE_BYTES), Err.Ok);
  t.is(core.tenantSetQuota(2, 6 * PAGE_BYTES), Err.Ok);
  for (let i = 0; i < 10; i++) t.is(one.store(i, page(i)), Err.Ok);
  t.is(written(core, 1), 0);
  for (let i = 0; i < 60; i++) {
    t.is(two.store(i, page(100 + i)), Err.Ok);
    t.true(held(core, 2) <= 6 * PAGE_BYTES);
  }
  t.is(written(core, 1), 0);
  t.true(written(core, 2) >= 40);
  t.is(core.counterOf("zswap.written_back_pages"), written(core, 2));
  for (let i = 0; i < 10; i++) t.deepEqual(one.load(i), page(i));
  for (let i = 0; i < 60; i++) t.deepEqual(two.load(i), page(100 + i));
  t.is(core.tenantFigure(2, TenantWord.Stores), 60);
  t.is(core.tenantFigure(1, TenantWord.Loads), 10);
  checkInvariants(core.bytes, core.sim.chip.cells);
});

bothBuilds("18 and for areas: a tenant that walks through an area far above its quota pages out itself alone, and reads everything back", (t, open) => {
  const core = withFlash(open, TENANTS);
  core.tenantUse(1);
  const small = new Area(core, core.areaOpen(6));
  core.tenantUse(2);
  const large = new Area(core, core.areaOpen(100));
  t.is(core.tenantSetQuota(1, 8 * PAGE_BYTES), Err.Ok);
  t.is(core.tenantSetQuota(2, 8 * PAGE_BYTES), Err.Ok);
  for (let i = 0; i < 6; i++) t.true(small.write(i, page(i)) >= 0);
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 100; i++) {
      if (round === 0) t.true(large.write(i, page(200 + i)) >= 0);
      else t.deepEqual(large.read(i), page(200 + i));
      t.true(held(core, 2) <= 8 * PAGE_BYTES);
      core.coreTick(4);
    }
  }
  t.is(written(core, 1), 0);
  t.true(written(core, 2) > 80);
  for (let i = 0; i < 6; i++) t.not(core.areaPlace(small.handle, i), Place.Swap);
  for (let i = 0; i < 6; i++) t.deepEqual(small.read(i), page(i));
  checkInvariants(core.bytes, core.sim.chip.cells);
});

bothBuilds("one tenant's flood evicts only its own pages, with a quota or without, whichever the allocator", (t, open) => {
  for (const allocator of [0, 1, 2, 3]) {
    for (const quota of [0, 10 * PAGE_BYTES]) {
      const core = withFlash(open, { ...TENANTS, [Knob.Allocator]: allocator });
      const [quiet, loud] = [namesOf(core, 1), namesOf(core, 2)];
      core.tenantSetQuota(1, 8 * PAGE_BYTES);
      core.tenantSetQuota(2, quota);
      // Both store in turns at first, so that they share frames.
      for (let i = 0; i < 12; i++) {
        t.is(quiet.store(i, page(i)), Err.Ok);
        t.is(loud.store(i, page(50 + i)), Err.Ok);
      }
      let refused = 0;
      for (let i = 12; i < 150; i++) {
        if (loud.store(i, page(50 + i)) !== Err.Ok) refused++;
        core.coreTick(4);
      }
      t.is(refused, 0, `allocator ${allocator}, quota ${quota}`);
      t.is(written(core, 1), 0);
      t.true(written(core, 2) > 80);
      for (let i = 0; i < 12; i++) t.deepEqual(quiet.load(i), page(i));
      for (let i = 0; i < 150; i++) t.deepEqual(loud.load(i), page(50 + i));
      checkInvariants(core.bytes, core.sim.chip.cells);
    }
  }
});

bothBuilds("a quota below what is held is obeyed at once: the tenant's pages are written back, ephemeral ones are dropped, everybody else's stay", (t, open) => {
  const core = withFlash(open, TENANTS);
  const [own, cache, other] = [namesOf(core, 1), namesOf(core, 1, EPHEMERAL), namesOf(core, 2)];
  for (let i = 0; i < 8; i++) {
    own.store(i, page(i));
    cache.put(i, page(20 + i));
    other.store(i, page(40 + i));
  }
  t.is(core.tenantSetQuota(1, 2 * PAGE_BYTES), Err.Ok);
  t.true(held(core, 1) <= 2 * PAGE_BYTES);
  t.is(core.tenantFigure(1, TenantWord.Dropped), 8);
  t.true(written(core, 1) > 0);
  t.is(written(core, 2), 0);
  for (let i = 0; i < 8; i++) {
    t.deepEqual(own.load(i), page(i));
    t.is(cache.get(i), undefined);
    t.deepEqual(other.load(i), page(40 + i));
  }
  checkInvariants(core.bytes, core.sim.chip.cells);
});

bothBuilds("a quota that cannot be obeyed now says NoFrame and stands: nothing more comes in, what is stored can be read, and room is made when flash is back", (t, open) => {
  const core = withFlash(open, TENANTS);
  const own = namesOf(core, 1);
  for (let i = 0; i < 10; i++) own.store(i, page(i));
  core.coreSet(Knob.WritebackEnabled, 0);
  t.is(core.tenantSetQuota(1, 2 * PAGE_BYTES), Err.NoFrame);
  t.is(core.tenantFigure(1, TenantWord.Quota), 2 * PAGE_BYTES);
  t.is(own.store(10, page(10)), Err.RejectQuota);
  t.is(own.load(10), undefined);
  t.is(core.tenantFigure(1, TenantWord.Rejects), 1);
  t.is(core.counterOf("zcache_mcu.reject_quota"), 1);
  for (let i = 0; i < 10; i++) t.deepEqual(own.load(i), page(i));
  core.coreSet(Knob.WritebackEnabled, 1);
  t.is(own.store(10, page(10)), Err.Ok);
  t.true(held(core, 1) <= 2 * PAGE_BYTES);
  for (let i = 0; i <= 10; i++) t.deepEqual(own.load(i), page(i));
  checkInvariants(core.bytes, core.sim.chip.cells);
});

bothBuilds("without flash a tenant at its quota is refused, keeps what it has, and can read all of it", (t, open) => {
  const core = open({ knobs: TENANTS });
  core.tenantUse(1);
  const area = new Area(core, core.areaOpen(40));
  t.is(core.tenantSetQuota(1, 6 * PAGE_BYTES), Err.Ok);
  let pages = 0;
  while (area.write(pages, page(pages)) >= 0) pages++;
  t.is(area.write(pages, page(pages)), Err.NoFrame);
  t.true(pages > 6 && pages < 40);
  t.true(held(core, 1) <= 6 * PAGE_BYTES);
  for (let i = 0; i < pages; i++) t.deepEqual(area.read(i), page(i));
  core.tenantUse(2);
  const other = new Area(core, core.areaOpen(8));
  for (let i = 0; i < 8; i++) t.true(other.write(i, page(90 + i)) >= 0);
  checkInvariants(core.bytes);
});

bothBuilds("a quota promises what there is: bad tenants, less than two pages and more than all frames are refused, and the old quota stands", (t, open) => {
  const core = withFlash(open, TENANTS);
  const all = core.frames * PAGE_BYTES;
  t.is(core.tenantSetQuota(1, all - 4096), Err.Ok);
  t.is(core.tenantSetQuota(2, 4097), Err.TooBig);
  t.is(core.tenantSetQuota(2, 4096), Err.Ok);
  t.is(core.tenantSetQuota(1, all), Err.TooBig);
  for (const quota of [-1, 1, 2 * PAGE_BYTES - 1]) t.is(core.tenantSetQuota(1, quota), Err.Invalid);
  t.is(core.tenantSetQuota(3, 4096), Err.Invalid);
  t.is(core.tenantFigure(1, TenantWord.Quota), all - 4096);
  t.is(core.tenantSetQuota(1, 0), Err.Ok);
  checkInvariants(core.bytes);
});

bothBuilds("with one tenant there is no table: quotas are refused, and its figures are the store's", (t, open) => {
  const core = withFlash(open);
  const several = withFlash(open, { [Knob.TenantsMax]: 4 });
  t.true(several.coreTableBytes() - core.coreTableBytes() <= 4 * 36 + PAGE_BYTES);
  t.is(core.tenantUse(1), Err.Invalid);
  t.is(core.tenantSetQuota(0, 8192), Err.Invalid);
  const names = namesOf(core, 0);
  for (let i = 0; i < 4; i++) names.store(i, page(i));
  names.load(1);
  t.deepEqual([TenantWord.Quota, TenantWord.Stores, TenantWord.Loads, TenantWord.Rejects].map((word) => core.tenantFigure(0, word)), [0, 4, 1, 0]);
  t.is(held(core, 0), core.counterOf("zcache.pers_zbytes"));
  t.deepEqual([0, 1, 2, 3, 4].map((which) => core.poolFigure(names.pool, which)), [PERSISTENT, 0, 0, 1, 4]);
});

bothBuilds("a pool's figures are its kind, whether it is frozen, its tenant, its objects and its pages", (t, open) => {
  const core = withFlash(open, TENANTS);
  const shared = namesOf(core, 2, EPHEMERAL + 4);
  for (const object of [1, 2]) for (let i = 0; i < 20; i++) shared.put(i, page(i, 10), object);
  core.poolFreeze(shared.pool, 1);
  t.deepEqual([0, 1, 2, 3, 4].map((which) => core.poolFigure(shared.pool, which)), [6, 1, 2, 2, 40]);
  core.tenantUse(1);
  t.true(core.areaOpen(3) >= 0);
  t.deepEqual([0, 1, 2, 3, 4].map((which) => core.poolFigure(0, which)), [1, 0, 0, 1, 0]);
});

bothBuilds("counters of tenants go back to zero with the others; what they hold is counted on", (t, open) => {
  const core = withFlash(open, TENANTS);
  const names = namesOf(core, 1);
  for (let i = 0; i < 4; i++) names.store(i, page(i));
  const before = held(core, 1);
  core.coreResetCounters();
  t.is(core.tenantFigure(1, TenantWord.Stores), 0);
  t.is(held(core, 1), before);
  checkInvariants(core.bytes);
});

bothBuilds("N1 N2 N3 Q1 whatever tenants do, what they hold is what is charged, caps hold after every call, and within its quota nobody loses a page to another", (t, open) => {
  withSeed(1800, (random, progress) => live(open, random, progress));
  t.pass();
});

interface Party { tenant: number; names: Names; cache: Names; area: Area; quota: number; }

function live(open: Open, random: Random, progress: { step: number }): void {
  const core = withFlash(open, { ...TENANTS, [Knob.Allocator]: random.below(4) });
  const parties = [1, 2].map((tenant): Party => {
    const names = namesOf(core, tenant);
    return { tenant, names, cache: namesOf(core, tenant, EPHEMERAL), area: new Area(core, core.areaOpen(30)), quota: 0 };
  });
  for (; progress.step < 1500; progress.step++) {
    const party = random.pick(parties);
    const [other] = parties.filter((one) => one !== party);
    const lost = (one: Party): number => core.tenantFigure(one.tenant, TenantWord.WrittenBack) + core.tenantFigure(one.tenant, TenantWord.Dropped);
    const before = lost(other);
    const wasWithin = other.quota > 0 && held(core, other.tenant) <= other.quota;
    act(core, party, random);
    if (wasWithin && lost(other) !== before) throw new Error(`tenant ${other.tenant} lost ${lost(other) - before} pages within its quota of ${other.quota}`);
    for (const { tenant, quota } of parties) if (quota > 0 && held(core, tenant) > quota) throw new Error(`tenant ${tenant} holds ${held(core, tenant)} of ${quota}`);
    if (progress.step % 50 === 0) checkInvariants(core.bytes, core.sim.chip.cells);
  }
}

function act(core: Core, party: Party, random: Random): void {
  const index = random.below(30);
  const chance = random.below(100);
  const content = anyPage(PAGE_BYTES, random);
  if (chance < 25) party.names.store(index, content);
  else if (chance < 40) party.cache.put(index, content);
  else if (chance < 50) party.cache.get(index);
  else if (chance < 60) party.names.load(index);
  else if (chance < 80) party.area.write(index, content);
  else if (chance < 90) party.area.read(index);
  else if (chance < 95) core.coreTick(4);
  else if (chance < 97) party.names.invalidate(index);
  else if (core.tenantSetQuota(party.tenant, random.pick([0, 2, 5, 8]) * PAGE_BYTES) === Err.Ok) party.quota = core.tenantFigure(party.tenant, TenantWord.Quota);
  else party.quota = 0;
}
