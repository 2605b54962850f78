/**
 * While flash has room nothing is refused for want of it, however few pages RAM can show at the same time: an entry that
 * begins in one page and ends in another needs both and the log's figures.
 */
import { Knob } from "../../firmware/core/config";
import { Err } from "../../firmware/core/errors";
import { Random } from "../../hal/sim/random";
import { openSimFlash } from "../../hal/sim/flash";
import type { Core, CoreOptions } from "../helpers/core";
import { bothBuilds } from "../helpers/cores";
import { LINK_BYTES, appendLog, setMap } from "./driver";

const AREA_PAGES = 150;
const SHAPE_PAGES = 60;

/** A store of few frames over flash that is nearly empty. */
function overFlash(pageBytes: number, frames: number): CoreOptions {
  return {
    arenaBytes: frames * pageBytes + 15_000, flash: openSimFlash("w25q16").flash,
    knobs: { [Knob.PageBytes]: pageBytes, [Knob.PagesMax]: 512, [Knob.LinkBytes]: LINK_BYTES, [Knob.SectorBytes]: 4096, [Knob.SwapSectors]: 256 },
  };
}

/** Noise in every third byte: LZ4 makes nothing of it. */
function writeNoise(core: Core, area: number, random: Random): number {
  const at = core.areaTouch(area, random.below(AREA_PAGES), 1);
  const pageBytes = core.coreGet(Knob.PageBytes);
  for (let i = 0; at >= 0 && i < pageBytes; i += 3) core.bytes[at + i] = random.below(256);
  return at;
}

for (const [pageBytes, frames] of [[1024, 5], [1024, 20], [512, 9]] as const) {
  bothBuilds(`an append or a set() that needs three pages is taken at the first try while flash has room (pages of ${pageBytes}, ${frames} frames at least)`, (t, open) => {
    const core = open(overFlash(pageBytes, frames));
    const random = new Random(4711);
    const area = core.areaOpen(AREA_PAGES);
    const [log, map] = [core.areaOpen(SHAPE_PAGES), core.areaOpen(SHAPE_PAGES)];
    t.is(core.logOpen(log, SHAPE_PAGES), Err.Ok);
    t.is(core.mapOpen(map, SHAPE_PAGES), Err.Ok);
    for (let i = 0; i < 400; i++) {
      t.true(writeNoise(core, area, random) >= 0, `write ${i}`);
      t.is(appendLog(core, log, new Uint8Array(1 + random.below(3 * pageBytes)), 0), Err.Ok, `append ${i}`);
      t.is(setMap(core, map, Buffer.from(`key ${random.below(8)}`), new Uint8Array(random.below(3 * pageBytes)), 0), Err.Ok, `set() ${i}`);
    }
  });
}
