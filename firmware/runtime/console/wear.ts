/**
 * `.wear`: what the flash has been through: erases of the sectors with a histogram, bytes programmed and by what, the
 * write budget, and the years it lives at the rate so far. `.wear json`: the same figures by their names.
 */
import { Counter } from "../../core/counters";
import { Figure, Native, Text, figure } from "../native";

const ERASES = 0xfffff;
const BARS = 8;
const BAR_WIDTH = 40;
const NAMES = "sectors,erases_min,erases_mean,erases_max,endurance_erases,part,retired,bytes_programmed,bytes_cleaned,write_amplification,budget,"
  + "wear_budget_left,flash_life_years";
const STATES = "off,left,exhausted,zero";

function counter(which: Counter): number { return native(Native.Counter, which); }

/** A row for people. */
function row(name: string, text: string): void {
  native(Native.Column, name, -11);
  print(text);
}

function lifeWords(days: number): string {
  return days < 0 ? "too early to tell" : (days / 365.25).toFixed(2) + " years at the rate so far";
}

function budgetWords(state: number, left: number | null): string {
  const name = STATES.split(",")[state];
  return state ? name + ", " + left + " KiB left" : name;
}

/**
 * The JSON object up to its histogram. In a loop: the minifier joins statements by commas, and the engine compiles each
 * comma one recursion deeper.
 */
function showMembers(values: any[]): void {
  const names = NAMES.split(",");
  for (let i = 0; i < names.length; i++) native(Native.Print, (i ? ",\"" : "{\"") + names[i] + "\":" + values[i]);
  native(Native.Print, ",\"histogram\":[");
}

function showBar(from: number, found: number, length: number): void {
  native(Native.Column, from, 13);
  native(Native.Column, found, 5);
  native(Native.Print, "  ");
  for (let i = 0; i < length; i++) native(Native.Print, "#");
  print("");
}

/** How many sectors have been erased so often or up to the next bar: at most BARS bars from `least` to `most`, empty ones too. */
function histogram(sectors: number, least: number, most: number, isJson: boolean): void {
  const wide = Math.floor((most - least) / BARS) + 1;
  for (let from = least; from <= most; from += wide) {
    let found = 0;
    for (let sector = 0; sector < sectors; sector++) {
      const erases = native(Native.Sector, sector) & ERASES;
      if (erases >= from && erases < from + wide) found++;
    }
    if (isJson) native(Native.Print, (from == least ? "" : ",") + "[" + from + "," + found + "]");
    else showBar(from, found, found * BAR_WIDTH / sectors);
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
    const years = days < 0 ? null : Math.round(days / 3.6525) / 100;
    showMembers([sectors, least, mean, most, endurance, "\"" + part + "\"", retired, programmed, cleaned, amplification, "\"" + STATES.split(",")[state] + "\"", left, years]);
    histogram(sectors, least, most, true);
    print("]}");
    return;
  }
  row("part", part + ", good for " + endurance + " erases a sector");
  row("sectors", sectors + ", " + retired + " retired");
  row("written", programmed + " bytes since boot, " + cleaned + " of them by cleaning: amplification " + amplification);
  row("budget", budgetWords(state, left));
  row("life", lifeWords(days));
  row("erases", "min " + least + ", mean " + mean + ", max " + most + "; sectors by their erases:");
  histogram(sectors, least, most, false);
}
