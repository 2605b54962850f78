/**
 * Levelling and write amplification, over loads that differ in what is hot. Pages are 256 bytes of noise, 14 to a sector
 * of 4 KB, and go to flash at once; the flash is without a bus, so that a sector can be erased a thousand times.
 */
import { Knob } from "../../firmware/core/config";
import { Err } from "../../firmware/core/errors";
import { Header } from "../../firmware/core/layout";
import { Arena } from "../../tools/check/arena";
import { Core, bothBuilds } from "../helpers/cores";
import { RamFlash } from "../helpers/ram-flash";
import { Random, seedOr } from "../helpers/random";
import { checkInvariants } from "../helpers/check";

const PAGE = 256;
/** Records of 17 granules in a sector, whose header takes four of its 256. */
const RECORDS_PER_SECTOR = 14;
const GRANULES_PER_SECTOR = 14 * 17;

type Load = (step: number, pages: number, random: Random) => number;

/** Every page is as likely as any other. */
const uniform: Load = (_step, pages, random) => random.below(pages);
/** 98 % of the writes go to 2 % of the pages. */
const skewed: Load = (_step, pages, random) => random.chance(98) ? random.below(Math.ceil(pages / 50)) : random.below(pages);
/** The oldest page is always the next to be written. */
const append: Load = (step, pages) => step % pages;
/** The pages of the first two sectors are written once, the others for ever. */
const coldSector: Load = (step, pages, random) => step < pages ? step : 2 * RECORDS_PER_SECTOR + random.below(pages - 2 * RECORDS_PER_SECTOR);

interface Worn { core: Core; flash: RamFlash; spread: number; amplification: number; }

/** Fills `percent` of the log and runs a load until a sector has been erased `erases` times in the mean. */
function wear(open: (options: object) => Core, load: Load, sectors: number, percent: number, erases: number, knobs: Partial<Record<Knob, number>> = {}): Worn {
  const flash = new RamFlash(sectors);
  const pages = Math.floor(sectors * RECORDS_PER_SECTOR * percent / 100);
  const core = open({
    arenaBytes: 32768, flash,
    knobs: { [Knob.PageBytes]: PAGE, [Knob.PagesMax]: pages + 15 & -16, [Knob.SectorBytes]: 4096, [Knob.SwapSectors]: sectors, [Knob.ReserveFrames]: 0, [Knob.StoreEnabled]: 0, ...knobs },
  });
  const random = new Random(seedOr(31));
  const area = core.areaOpen(pages);
  const write = (page: number, bytes = 8): void => {
    const at = core.areaTouch(area, page, 1);
    if (at < 0) throw new Error(`page ${page} cannot be touched: ${at}`);
    random.fill(core.bytes.subarray(at, at + bytes));
    const code = core.areaPageOut(area, page);
    if (code !== Err.Ok) throw new Error(`page ${page} cannot go to flash: ${code}`);
  };
  for (let page = 0; page < pages; page++) write(page, PAGE);
  const filled = [core.counterOf("zcache_mcu.flash_bytes_programmed"), core.counterOf("zcache_mcu.flash_bytes_cleaned")];
  for (let step = 0; core.counterOf("zcache_mcu.sector_erases") < sectors * erases;) for (let i = 0; i < 50; i++) write(load(step++, pages, random));
  const programmed = core.counterOf("zcache_mcu.flash_bytes_programmed") - filled[0];
  const cleaned = core.counterOf("zcache_mcu.flash_bytes_cleaned") - filled[1];
  const counts = [...flash.eraseCounts];
  const full = 100 * new Arena(core.bytes).header(Header.SwapLiveGranules) / (sectors * GRANULES_PER_SECTOR);
  if (Math.abs(full - percent) > 2) throw new Error(`The log is ${full} % full, expected ${percent}.`);
  checkInvariants(core.bytes, flash.cells);
  return { core, flash, spread: Math.max(...counts) - Math.min(...counts), amplification: programmed / (programmed - cleaned) };
}

const LOADS: readonly (readonly [string, Load, number, number])[] = [
  ["uniform", uniform, 50, 2], ["skewed", skewed, 80, 4], ["append-only", append, 80, 4], ["a sector full of cold data", coldSector, 60, 4],
];

for (const [name, load, percent, most] of LOADS) {
  bothBuilds(`31 Erases spread: max - min within the figure DESIGN.md promises, for uniform, skewed and append-only loads. (${name}: within ${most} after 1 000 erases a sector)`, (t, open) => {
    const { core, flash, spread } = wear(open, load, 16, percent, 1000);
    t.true(spread <= most, `spread ${spread}`);
    t.is(core.counterOf("zcache_mcu.sector_erases_max"), Math.max(...flash.eraseCounts), "the ledger is exact while the power stays");
    t.is(core.counterOf("zcache_mcu.sector_erases_min"), Math.min(...flash.eraseCounts));
    t.log(`spread ${spread}`);
  });
}

bothBuilds("Write amplification is at most 1.3 at 80 % full on skewed overwrites, and at most 1.05 append-only; erases spread by 4 at most.", (t, open) => {
  const hot = wear(open, skewed, 64, 80, 60);
  const oldest = wear(open, append, 64, 80, 60);
  t.log(`skewed ${hot.amplification.toFixed(3)} with a spread of ${hot.spread}, append-only ${oldest.amplification.toFixed(3)} with ${oldest.spread}`);
  t.true(hot.amplification <= 1.3, `skewed ${hot.amplification}`);
  t.true(hot.spread <= 4, `skewed: spread ${hot.spread}`);
  t.true(oldest.amplification <= 1.05, `append-only ${oldest.amplification}`);
});

bothBuilds("The projected life is what the most worn sector has left, at the rate so far; it survives a reset and is never longer after it.", (t, open) => {
  const flash = new RamFlash(16);
  const knobs = { [Knob.PageBytes]: PAGE, [Knob.PagesMax]: 64, [Knob.SectorBytes]: 4096, [Knob.SwapSectors]: 16, [Knob.StoreEnabled]: 0, [Knob.TicksPerMilli]: 1000 };
  const core = open({ arenaBytes: 16384, flash, knobs });
  t.is(core.coreLifeDays(), Err.NotFound);
  const random = new Random(31);
  const area = core.areaOpen(50);
  const write = (page: number): void => {
    const at = core.areaTouch(area, page, 1);
    random.fill(core.bytes.subarray(at, at + PAGE));
    t.is(core.areaPageOut(area, page), Err.Ok);
  };
  // A page a minute: 14 minutes a sector, 224 a round of all sixteen.
  for (let minute = 0; minute < 10 * 224; minute++) {
    core.board.clock.pass(60e6);
    write(minute % 50);
    if (core.coreLifeDays() === Err.NotFound) t.true(core.counterOf("zcache_mcu.sector_erases") < 8 || minute < 60, `minute ${minute}`);
  }
  const expected = 100_000 * 224 / (24 * 60);
  t.true(Math.abs(core.coreLifeDays() / expected - 1) < 0.02, `${core.coreLifeDays()} days, expected about ${expected}`);
  t.is(core.counterOf("zcache_mcu.flash_life_years"), Math.floor(core.coreLifeDays() / 365.25));
  const again = open({ arenaBytes: 16384, flash, knobs });
  t.true(again.coreLifeDays() <= core.coreLifeDays() && again.coreLifeDays() > 0.98 * expected);
});

bothBuilds("Life is unknown before 8 erases and before an hour has passed, and known from then on: neither a burst nor a first sector makes a projection.", (t, open) => {
  const life = (pages: number, minutes: number): { days: number; erases: number; gauge: number } => {
    const flash = new RamFlash(16);
    const core = open({
      arenaBytes: 16384, flash,
      knobs: { [Knob.PageBytes]: PAGE, [Knob.PagesMax]: 64, [Knob.SectorBytes]: 4096, [Knob.SwapSectors]: 16, [Knob.StoreEnabled]: 0, [Knob.TicksPerMilli]: 1000 },
    });
    const random = new Random(5);
    const area = core.areaOpen(50);
    for (let page = 0; page < pages; page++) {
      const at = core.areaTouch(area, page % 50, 1);
      random.fill(core.bytes.subarray(at, at + PAGE));
      t.is(core.areaPageOut(area, page % 50), Err.Ok);
    }
    for (let minute = 0; minute < minutes; minute++) {
      core.board.clock.pass(60e6);
      core.coreTick(1);
    }
    return { days: core.coreLifeDays(), erases: [...flash.eraseCounts].reduce((sum, one) => sum + one, 0), gauge: core.counterOf("zcache_mcu.flash_life_years") };
  };
  const burst = life(1000, 59);
  t.true(burst.erases > 16, `${burst.erases} erases in 59 minutes`);
  t.deepEqual([burst.days, burst.gauge], [Err.NotFound, Err.NotFound]);
  const hour = life(1000, 60);
  t.is(hour.erases, burst.erases);
  t.true(hour.days > 0 && hour.gauge === Math.floor(hour.days / 365.25), `${hour.days} days, ${hour.gauge} years`);
  const slow = life(RECORDS_PER_SECTOR, 6000);
  t.true(slow.erases < 8, `${slow.erases} erases in 100 hours`);
  t.deepEqual([slow.days, slow.gauge], [Err.NotFound, Err.NotFound]);
});
