import { Knob } from "../../firmware/core/config";
import { Err } from "../../firmware/core/errors";
import { Area, PAGE_BYTES, withFlash } from "../helpers/board";
import { checkInvariants } from "../helpers/check";
import { Core, bothBuilds } from "../helpers/cores";
import { makePage } from "../helpers/pages";
import { Random } from "../helpers/random";

const counted = (core: Core, name: string): number => core.counterOf(`zcache_mcu.${name}`);

/** An area whose pages 0 to 3 are active, and whose other pages do not compress. */
function busyArea(core: Core): Area {
  const area = new Area(core, core.areaOpen(200));
  for (let page = 0; page < 4; page++) area.write(page, makePage("random", PAGE_BYTES, new Random(page)));
  for (let round = 0; round < 3; round++) for (let page = 0; page < 4; page++) area.read(page);
  return area;
}

/** Writes a page that does not compress and sends it to flash. */
function sendOut(core: Core, area: Area, page: number): number {
  area.write(page, makePage("random", PAGE_BYTES, new Random(page)));
  return core.areaPageOut(area.handle, page);
}

bothBuilds("a page that is back from flash before as many others went as are active is active at once", (t, open) => {
  const core = withFlash(open, { [Knob.RawStorage]: 0 });
  const area = busyArea(core);
  t.is(core.counterOf("frames.active_anon"), 4);
  for (const page of [20, 21, 22]) t.is(sendOut(core, area, page), Err.Ok);
  t.deepEqual(area.read(20), makePage("random", PAGE_BYTES, new Random(20)));
  t.is(counted(core, "workingset_refaults"), 1);
  t.is(counted(core, "workingset_activates"), 1);
  t.is(core.counterOf("frames.active_anon"), 5);
  checkInvariants(core.bytes, core.sim.chip.cells);
});

bothBuilds("a page that was away while more pages went to flash than RAM holds is a stranger", (t, open) => {
  const core = withFlash(open, { [Knob.RawStorage]: 0 });
  const area = busyArea(core);
  t.is(sendOut(core, area, 20), Err.Ok);
  for (let page = 21; page < 28; page++) t.is(sendOut(core, area, page), Err.Ok);
  area.read(20);
  t.is(counted(core, "flash_pages_refaulted"), 1);
  t.is(counted(core, "workingset_refaults"), 0);
  t.is(core.counterOf("frames.active_anon"), 4);
});

/** Fills RAM with `pages` pages, then visits fourteen of them at random, many times. */
function roam(core: Core, pages: number): void {
  const random = new Random(5);
  const area = new Area(core, core.areaOpen(pages));
  for (let page = 0; page < pages; page++) area.write(page, makePage("json", PAGE_BYTES, new Random(page)));
  for (let visit = 0; visit < 4000; visit++) core.areaTouch(area.handle, random.below(14), 1);
  for (let page = 0; page < pages; page++) if (Buffer.compare(area.read(page) as Uint8Array, makePage("json", PAGE_BYTES, new Random(page))) !== 0) throw new Error(`Page ${page} is wrong.`);
  checkInvariants(core.bytes);
}

bothBuilds("residents gain frames while pages return from zpages that are young, and never more than their bound", (t, open) => {
  const core = withFlash(open, { [Knob.ResidentPercent]: 20, [Knob.ResidentMostPercent]: 40 });
  roam(core, core.frames * 2 - 8);
  t.true(counted(core, "residents_grown") > counted(core, "residents_shrunk"));
  t.true(counted(core, "residents_grown") - counted(core, "residents_shrunk") <= Math.floor(core.frames * 0.4) - Math.floor(core.frames * 0.2));
});

bothBuilds("residents give frames up while pages return from flash that left late", (t, open) => {
  const core = withFlash(open, { [Knob.ResidentPercent]: 60, [Knob.ResidentLeastPercent]: 10, [Knob.ResidentMostPercent]: 60 });
  const area = new Area(core, core.areaOpen(200));
  const random = new Random(7);
  for (let visit = 0; visit < 6000; visit++) {
    const page = random.below(2 * core.frames);
    if (visit < 2 * core.frames) area.write(visit, makePage("json", PAGE_BYTES, random));
    else core.areaTouch(area.handle, page, 1);
  }
  t.true(counted(core, "residents_shrunk") > counted(core, "residents_grown"));
  checkInvariants(core.bytes, core.sim.chip.cells);
});

bothBuilds("with both bounds at the start the share of residents stays", (t, open) => {
  const core = withFlash(open, { [Knob.ResidentPercent]: 30, [Knob.ResidentLeastPercent]: 30, [Knob.ResidentMostPercent]: 30 });
  roam(core, core.frames * 2 - 8);
  t.is(counted(core, "residents_shrunk") + counted(core, "residents_grown"), 0);
});
