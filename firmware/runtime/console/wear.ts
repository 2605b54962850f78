/**
 * `.wear`: what the flash has been through: erases of the sectors with a histogram, bytes programmed and by what, the
 * write budget, and the years it lives at the rate so far. `.wear json`: the same figures by their names.
 */
import { Counter } from "../../core/counters";
import { Figure, Native, Text, figure } from "../native";

const ERASES = 0xfffff;
const BARS = 8;
const BAR_WIDTH = 40;
const STATES = "off,left,exhausted,zero";

function counter(which: Counter): number { return native(Native.Counter, which); }

/** A row for people. */
function row(name: string, text: string): void {
  native(Native.Column, name, -11);
  print(text);
}

/** How many sectors have been erased so often: at most BARS bars from `least` to `most`, empty ones too. */
function histogram(sectors: number, least: number, most: number, isJson: boolean): void {
  const wide = Math.floor((most - least) / BARS) + 1;
  for (let from = least; from <= most; from += wide) {
    let found = 0;
    for (let sector = 0; sector < sectors; sector++) {
      const erases = native(Native.Sector, sector) & ERASES;
      if (erases >= from && erases < from + wide) found++;
    }
    if (isJson) native(Native.Print, (from == least ? "" : ",") + "[" + from + "," + found + "]");
    else {
      let bar = "";
      for (let i = 0; i < found * BAR_WIDTH; i += sectors) bar += "#";
      native(Native.Column, wide > 1 ? from + ".." + (from + wide - 1) : from, 13);
      native(Native.Column, found, 5);
      print("  " + bar);
    }
  }
}

export function run(argument: string): void {
  native(Native.Refresh);
  const isJson = argument == "json";
  const sectors = figure(Figure.SwapSectors);
  let sum = 0;
  let least = ERASES;
  for (let sector = 0; sector < sectors; sector++) {
    const erases = native(Native.Sector, sector) & ERASES;
    sum += erases;
    if (erases < least) least = erases;
  }
  if (!sectors || !figure(Figure.SwapIsOpen)) {
    print(isJson ? "{\"sectors\":0}" : "no flash: nothing wears");
    return;
  }
  const most = counter(Counter.SectorErasesMax);
  const mean = (sum / sectors).toFixed(2);
  const programmed = counter(Counter.FlashBytesProgrammed);
  const cleaned = counter(Counter.FlashBytesCleaned);
  const amplification = programmed > cleaned ? (programmed / (programmed - cleaned)).toFixed(3) : "1";
  const state = figure(Figure.Budget);
  const left = counter(Counter.WearBudgetLeft);
  // A negative Err comes as a number of 32 bits without a sign.
  const days = figure(Figure.LifeDays) | 0;
  const endurance = figure(Figure.FlashEndurance);
  const part = native(Native.Text, Text.Flash);
  const retired = counter(Counter.SectorsRetired);
  if (isJson) {
    native(Native.Print, "{\"sectors\":" + sectors + ",\"erases_min\":" + least + ",\"erases_mean\":" + mean + ",\"erases_max\":" + most + ",\"endurance_erases\":" + endurance
      + ",\"part\":\"" + part + "\",\"retired\":" + retired + ",\"bytes_programmed\":" + programmed + ",\"bytes_cleaned\":" + cleaned + ",\"write_amplification\":" + amplification
      + ",\"budget\":\"" + STATES.split(",")[state] + "\",\"wear_budget_left\":" + left + ",\"flash_life_years\":" + (days < 0 ? null : (days / 365.25).toFixed(2)) + ",\"histogram\":[");
    histogram(sectors, least, most, true);
    print("]}");
    return;
  }
  row("part", part + ", good for " + endurance + " erases a sector");
  row("sectors", sectors + ", " + retired + " retired");
  row("written", programmed + " bytes since boot, " + cleaned + " of them by cleaning: amplification " + amplification);
  row("budget", state == 0 ? "off" : STATES.split(",")[state] + ", " + left + " KiB left");
  row("life", days < 0 ? "nothing to tell from yet" : (days < 731 ? days + " days" : Math.floor(days / 365.25) + " years") + " at the rate so far");
  row("erases", "min " + least + ", mean " + mean + ", max " + most + "; sectors by their erases:");
  histogram(sectors, least, most, false);
}
