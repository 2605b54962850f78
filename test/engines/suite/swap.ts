/** The swap log and what a reset leaves: sectors are cleaned and used in turn, damage is told, nothing old is believed. */
import { areaOpen, areaPageOut, areaPlace, areaTouch, swapFormat } from "../../../firmware/core/calls";
import { Knob } from "../../../firmware/core/config";
import { Counter } from "../../../firmware/core/counters";
import { Err } from "../../../firmware/core/errors";
import { coreSwapIsOpen, counter } from "../../../firmware/core/exports";
import { PAGE, Row, fillPage, holdsPage, openStore } from "./bench";
import { equal, part, yes } from "./check";
import { Nor } from "./nor";

const KNOBS = [Knob.PagesMax, 96, Knob.SectorBytes, 4096, Knob.SwapSectors, 4, Knob.RawStorage, 0];

/** Noise, which only flash takes, page by page. */
function noiseOut(area: number, page: number, seed: number): number {
  const at = areaTouch(area, page, 1);
  if (at < 0) return at;
  fillPage(at, PAGE, 4, seed);
  return areaPageOut(area, page);
}

function wrongPages(area: number, seeds: number[]): number {
  let wrong = 0;
  for (let page = 0; page < seeds.length; page++) {
    const at = areaTouch(area, page, 0);
    if (at < 0 || !holdsPage(at, PAGE, 4, seeds[page])) wrong++;
  }
  return wrong;
}

export function swapLog(): void {
  part("swap log");
  const flash = new Nor(4096, 4);
  yes("opens", openStore(flash, 12288, KNOBS) > 8);
  equal("with its log", coreSwapIsOpen(), 1);
  const area = areaOpen(12);
  const seeds: number[] = [];
  const row = new Row(5);
  let refused = 0;
  for (let step = 0; step < 160; step++) {
    const page = step < 12 ? step : row.next() % 4 == 0 ? row.below(12) : row.below(3);
    if (noiseOut(area, page, step) < 0) refused++;
    seeds[page] = step;
  }
  equal("no page was refused", refused, 0);
  equal("a page is on flash", areaPlace(area, 11), 2);
  equal("every page reads as last written", wrongPages(area, seeds), 0);
  yes("the log went round", flash.erases > 8);
  yes("cold records were moved on", counter(Counter.SwapCleanedRecords) > 0);
  equal("the flash was used as flash", flash.misuse, 0);
  damage(flash, area);
  reset(flash);
}

/** Every byte of a page's record flipped in turn would take long; some do. */
function damage(flash: Nor, area: number): void {
  part("damage");
  yes("a page goes to flash", noiseOut(area, 3, 900) == 0 && areaPlace(area, 3) == 2);
  for (let i = 0; i < flash.cells.length; i++) flash.cells[i] = flash.cells[i] ^ ((i & 31) == 5 && (i & 4095) > 255 ? 8 : 0);
  equal("it is told as damage", areaTouch(area, 3, 0), Err.Corrupt);
  yes("and counted", counter(Counter.SwapCorrupt) > 0);
}

function reset(flash: Nor): void {
  part("reset");
  const before = flash.erases;
  yes("the store opens over what it left", openStore(flash, 12288, KNOBS) > 8);
  equal("with its log", coreSwapIsOpen(), 1);
  const area = areaOpen(12);
  yes("an area opens", area >= 0);
  yes("nothing old is believed", holdsPage(areaTouch(area, 3, 0), PAGE, 0, 0));
  const seeds: number[] = [];
  for (let page = 0; page < 12; page++) {
    equal("page " + page + " goes to flash", noiseOut(area, page, 300 + page), Err.Ok);
    seeds[page] = 300 + page;
  }
  equal("every page reads as written", wrongPages(area, seeds), 0);
  yes("sectors were erased before they were used", flash.erases > before);
  equal("the flash was used as flash", flash.misuse, 0);
}

/** A memory full of noise where the log should be. */
export function foreignFlash(): void {
  part("foreign flash");
  const flash = new Nor(4096, 4);
  const row = new Row(99);
  for (let i = 0; i < flash.cells.length; i++) flash.cells[i] = row.below(256);
  yes("the store opens", openStore(flash, 12288, KNOBS) > 8);
  equal("without a log", coreSwapIsOpen(), 0);
  equal("until it is told to make one", swapFormat(), Err.Ok);
  const area = areaOpen(12);
  equal("and uses it", noiseOut(area, 1, 4), Err.Ok);
  yes("rightly", holdsPage(areaTouch(area, 1, 0), PAGE, 4, 4));
  equal("as flash", flash.misuse, 0);
}
