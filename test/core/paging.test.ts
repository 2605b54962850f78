import { Knob } from "../../firmware/core/config";
import { Err } from "../../firmware/core/errors";
import { Core, CoreOptions, bothBuilds } from "../helpers/cores";
import { makePage, pageOfDensity } from "../helpers/pages";
import { Random, seedOr } from "../helpers/random";
import { openSimFlash } from "../../hal/sim/flash";

const PAGE = 1024;

/** Where a page is, as areaPlace() says. */
const enum Where { Zeros = 0, Zpage = 1, Flash = 2, Resident = 3, Same = 4 }

function withFlash(): CoreOptions {
  return { knobs: { [Knob.PagesMax]: 384, [Knob.SectorBytes]: 4096, [Knob.SwapSectors]: 64 }, flash: openSimFlash("w25q16").flash };
}

function write(core: Core, area: number, page: number, content: Uint8Array): number {
  const at = core.areaTouch(area, page, 1);
  if (at >= 0) core.bytes.set(content, at);
  return at;
}

function read(core: Core, area: number, page: number): Uint8Array | number {
  const at = core.areaTouch(area, page, 0);
  return at < 0 ? at : core.copy(at, PAGE);
}

bothBuilds("an area reads as zeros until it is written, and pages keep what was written", (t, open) => {
  const core = open(withFlash());
  const random = new Random(seedOr(41));
  const area = core.areaOpen(200);
  t.deepEqual(read(core, area, 199), new Uint8Array(PAGE));
  const pages = Array.from({ length: 200 }, () => makePage("csv", PAGE, random));
  pages.forEach((page, i) => t.true(write(core, area, i, page) >= 0));
  pages.forEach((_, i) => t.deepEqual(read(core, area, (i * 37) % 200), pages[(i * 37) % 200]));
  t.true(core.counterOf("bd_stat.bd_count") > 0);
});

bothBuilds("a page that came from flash and was not changed goes out again without a write", (t, open) => {
  const core = open(withFlash());
  const area = core.areaOpen(16);
  write(core, area, 3, makePage("random", PAGE, new Random(seedOr(42))));
  t.is(core.coreSet(Knob.RawStorage, 0), Err.Ok);
  t.is(core.areaPageOut(area, 3), Err.Ok);
  t.is(core.areaPlace(area, 3), Where.Flash);
  const writes = core.counterOf("bd_stat.bd_writes");
  for (let round = 0; round < 5; round++) {
    core.areaTouch(area, 3, 0);
    t.is(core.areaPageOut(area, 3), Err.Ok);
  }
  t.is(core.counterOf("bd_stat.bd_writes"), writes);
  t.is(core.counterOf("bd_stat.bd_count"), 1);
  core.areaTouch(area, 3, 1);
  t.is(core.counterOf("bd_stat.bd_count"), 0, "a page about to change gives up its record");
  core.areaPageOut(area, 3);
  t.is(core.counterOf("bd_stat.bd_writes"), writes + 1);
});

bothBuilds("a page of one repeated word takes no frame and no flash", (t, open) => {
  const core = open(withFlash());
  const area = core.areaOpen(300);
  for (let page = 0; page < 300; page++) t.true(write(core, area, page, new Uint8Array(PAGE).fill(page & 255)) >= 0);
  for (let page = 0; page < 300; page++) core.areaPageOut(area, page);
  t.is(core.counterOf("zswap.same_filled_pages"), 300);
  t.is(core.coreFreeBytes(), core.frames * PAGE);
  t.is(core.counterOf("bd_stat.bd_writes"), 0);
  for (let page = 0; page < 300; page++) t.deepEqual(read(core, area, page), new Uint8Array(PAGE).fill(page & 255));
});

bothBuilds("without flash a full store refuses writes, and every page stays readable", (t, open) => {
  for (const kind of ["csv", "random"] as const) {
    const core = open({ knobs: { [Knob.PagesMax]: 256 }, arenaBytes: 24_000 });
    const random = new Random(seedOr(43));
    const area = core.areaOpen(250);
    const kept = new Map<number, Uint8Array>();
    let refused = 0;
    for (let page = 0; page < 250; page++) {
      const content = makePage(kind, PAGE, random);
      const at = write(core, area, page, content);
      if (at >= 0) kept.set(page, content);
      else {
        t.is(at, Err.NoFrame);
        refused++;
      }
    }
    t.true(refused > 0 && kept.size >= core.frames - 2);
    for (const [page, content] of kept) t.deepEqual(read(core, area, page), content, `${kind}, page ${page}`);
  }
});

bothBuilds("a page can still be rewritten when the store is full to the last frame", (t, open) => {
  const core = open({ knobs: { [Knob.PagesMax]: 256 }, arenaBytes: 24_000 });
  const random = new Random(seedOr(44));
  const area = core.areaOpen(250);
  const pages: Uint8Array[] = [];
  for (let page = 0; page < 250; page++) {
    const content = pageOfDensity(60, PAGE, random);
    if (write(core, area, page, content) < 0) break;
    pages.push(content);
  }
  for (let round = 0; round < 200; round++) {
    const page = random.below(pages.length);
    const content = pageOfDensity(60, PAGE, random);
    t.true(write(core, area, page, content) >= 0, `round ${round}`);
    pages[page] = content;
  }
  pages.forEach((content, page) => t.deepEqual(read(core, area, page), content));
});

bothBuilds("areas promise only the pages there are entries for", (t, open) => {
  const core = open({ knobs: { [Knob.PagesMax]: 64 } });
  t.is(core.areaOpen(0), Err.Invalid);
  t.is(core.areaOpen(65), Err.TooBig);
  t.is(core.areaOpen(0x7fffffff), Err.TooBig);
  const area = core.areaOpen(40);
  t.is(core.areaOpen(17), Err.NoEntry);
  t.true(core.areaOpen(16) >= 0);
  t.is(core.areaClose(area), Err.Ok);
  t.true(core.areaOpen(48) >= 0);
});

bothBuilds("handles that are stale or forged, and pages out of range, are Invalid and change nothing", (t, open) => {
  const core = open();
  const area = core.areaOpen(10);
  write(core, area, 0, new Uint8Array(PAGE).fill(9));
  const stale = core.areaOpen(10);
  core.areaClose(stale);
  const before = core.state();
  for (const [handle, page] of [[stale, 0], [-1, 0], [9999, 0], [area, -1], [area, 10], [area, 65535]]) {
    t.is(core.areaTouch(handle, page, 1), Err.Invalid);
    t.is(core.areaDiscard(handle, page), Err.Invalid);
    t.is(core.areaPageOut(handle, page), Err.Invalid);
    t.is(core.areaPlace(handle, page), Err.Invalid);
  }
  t.is(core.areaClose(stale), Err.Invalid);
  t.deepEqual(core.state(), before);
  t.is(core.counterOf("io_stat.invalid_io"), 25);
});

bothBuilds("a scan through cold pages leaves the pages in use where they are", (t, open) => {
  const core = open(withFlash());
  const random = new Random(seedOr(45));
  const area = core.areaOpen(300);
  for (let page = 0; page < 300; page++) write(core, area, page, makePage("json", PAGE, random));
  const hot = [7, 8];
  for (let round = 0; round < 4; round++) for (const page of hot) core.areaTouch(area, page, 0);
  const faults = (): number => core.counterOf("zcache_mcu.faults");
  let hotFaults = 0;
  for (let page = 20; page < 300; page++) {
    core.areaTouch(area, page, 0);
    if (page % 3 > 0) continue;
    const before = faults();
    for (const warm of hot) core.areaTouch(area, warm, 0);
    hotFaults += faults() - before;
  }
  t.is(hotFaults, 0);
});

bothBuilds("idle work frees the reserve and then has nothing to do", (t, open) => {
  const core = open({ ...withFlash(), arenaBytes: 24_000 });
  const random = new Random(seedOr(46));
  const area = core.areaOpen(100);
  for (let page = 0; page < 100; page++) write(core, area, page, makePage("struct", PAGE, random));
  t.is(core.coreSet(Knob.ReserveFrames, 3), Err.Ok);
  while (core.coreTick(1) > 0);
  t.true(core.coreFreeBytes() >= 3 * PAGE);
  t.is(core.coreTick(8), 0);
});
