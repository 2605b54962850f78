import { Knob } from "../../firmware/core/config";
import { Err } from "../../firmware/core/errors";
import { List } from "../../firmware/core/frames";
import { Area, EPHEMERAL, Names, PAGE_BYTES, PERSISTENT, withFlash } from "../helpers/board";
import { checkInvariants } from "../helpers/check";
import { Core, bothBuilds } from "../helpers/cores";
import { makePage, pageOfDensity } from "../helpers/pages";
import { Random } from "../helpers/random";

/** The frames that are lent. */
function lent(core: Core): number[] {
  return Array.from({ length: core.frames }, (_, frame) => frame).filter((frame) => core.frameClass(frame) === List.Lent);
}

bothBuilds("a lent frame's bytes belong to who asked for it, until the target rises again", (t, open) => {
  const core = withFlash(open);
  const area = new Area(core, core.areaOpen(200));
  const content = (page: number): Uint8Array => makePage("json", PAGE_BYTES, new Random(page));
  for (let page = 0; page < 60; page++) area.write(page, content(page));
  t.is(core.governorSetTarget(core.frames - 5), Err.Ok);
  t.is(core.governorTarget(), core.frames - 5);
  t.is(lent(core).length, 5);
  t.is(core.counterOf("frames.lent"), 5);
  for (const frame of lent(core)) core.bytes.fill(frame, core.governorLent(frame), core.governorLent(frame) + PAGE_BYTES);
  const marked = lent(core).map((frame) => core.copy(core.governorLent(frame), PAGE_BYTES));
  for (let page = 0; page < 200; page++) area.write(page, content(page));
  for (let page = 0; page < 200; page++) t.deepEqual(area.read(page), content(page));
  t.deepEqual(lent(core).map((frame) => core.copy(core.governorLent(frame), PAGE_BYTES)), marked);
  t.is(core.governorSetTarget(core.frames), Err.Ok);
  t.deepEqual(lent(core), []);
  t.is(core.governorLent(0), Err.Invalid);
  checkInvariants(core.bytes, core.sim.chip.cells);
});

bothBuilds("a target below four frames or above all is Invalid and changes nothing", (t, open) => {
  const core = withFlash(open);
  const before = core.state();
  for (const target of [-1, 0, 3, core.frames + 1, 0x7fffffff]) t.is(core.governorSetTarget(target), Err.Invalid);
  t.deepEqual(core.state(), before);
  t.is(core.governorSetTarget(4), Err.Ok);
});

bothBuilds("a target that cannot be met says why, and idle work meets it when frames come free", (t, open) => {
  const core = open({ knobs: { [Knob.PagesMax]: 256 }, arenaBytes: 24_000 });
  const area = new Area(core, core.areaOpen(250));
  let pages = 0;
  while (area.write(pages, makePage("random", PAGE_BYTES, new Random(pages))) >= 0) pages++;
  t.is(core.governorSetTarget(core.frames - 4), Err.NoFlash);
  t.is(core.coreTick(8), 0);
  for (let page = 0; page < 6; page++) core.areaDiscard(area.handle, page);
  t.true(core.coreTick(8) > 0);
  while (core.coreTick(8) > 0);
  t.is(lent(core).length, 4);
  t.is(core.coreTick(8), 0);
  for (let page = 6; page < pages; page++) t.deepEqual(area.read(page), makePage("random", PAGE_BYTES, new Random(page)));
  checkInvariants(core.bytes);
});

bothBuilds("with write-back off a smaller target is Refused once RAM holds nothing that can go", (t, open) => {
  const core = withFlash(open, { [Knob.WritebackEnabled]: 0 });
  const names = new Names(core, core.poolOpen(PERSISTENT));
  for (let i = 0; names.store(i, pageOfDensity(70, PAGE_BYTES, new Random(i))) === Err.Ok; i++);
  t.is(core.governorSetTarget(4), Err.Refused);
  t.is(core.coreSet(Knob.WritebackEnabled, 1), Err.Ok);
  while (core.coreTick(4) > 0);
  t.is(lent(core).length, core.frames - 4);
  checkInvariants(core.bytes, core.sim.chip.cells);
});

bothBuilds("ephemeral zpages keep to their share of the frames, and make room among themselves", (t, open) => {
  const core = withFlash(open, { [Knob.EphemeralPercent]: 20 });
  const cache = new Names(core, core.poolOpen(EPHEMERAL));
  const most = Math.ceil(core.frames / 5);
  for (let i = 0; i < 60; i++) {
    t.is(cache.put(i, pageOfDensity(70, PAGE_BYTES, new Random(i))), Err.Ok);
    t.true(core.counterOf("frames.zpages_file") <= most);
  }
  t.deepEqual(cache.get(59), pageOfDensity(70, PAGE_BYTES, new Random(59)));
  t.is(cache.get(0), undefined);
  t.true(core.counterOf("frames.free") > core.frames - most - 1);
});
