/**
 * What the wear ledger comes to: the gauges of erases, and how long the flash lives at the rate seen so far.
 *
 * The rate is all erases by all the time the board was up since the ledger began, both carried by the sector headers. Up
 * time since the last header is lost at a reset, so the rate is too high rather than too low. Levelling keeps the sectors
 * within WearSpread of one another, so the life is what the most worn one has left, at the mean rate of all.
 */
import { Counter, setCounter } from "../counters";
import { Knob, knob } from "../config";
import { allErases, refreshErases, sectorErases, sectors } from "./sectors";
import { uptimeSeconds } from "./budget";

/** A sixteenth of a year in seconds, and what is said when nothing wears. */
const SIXTEENTHS_OF_YEAR: i32 = 504921600;
const YEARS_MOST: i32 = 9999;

/** Erases a sector of the mean in a year at the rate so far; 0: none yet, or no time has passed. */
function erasesPerYear(): i32 {
  const seconds: i32 = uptimeSeconds();
  const all: i32 = allErases();
  if (seconds == 0 || all == 0) return 0;
  // How often the time so far goes into a year, in sixteenths.
  const times: i32 = (SIXTEENTHS_OF_YEAR / seconds) | 0;
  if (times == 0) return 1;
  const most: i32 = (0x7fffffff / times) | 0;
  const perSector: i32 = all <= most ? (all * times / sectors()) | 0 : ((all / sectors()) | 0) <= most ? ((all / sectors()) | 0) * times : 0x7fffffff;
  return perSector < 16 ? 1 : perSector >> 4;
}

/** Years that the flash lasts at the rate so far, at most 9999; 0: it is worn out, or there is nothing to tell from. */
export function lifeYears(): i32 {
  const perYear: i32 = sectors() > 0 ? erasesPerYear() : 0;
  let most: i32 = 0;
  for (let sector: i32 = 0; sector < sectors(); sector++) if (sectorErases(sector) > most) most = sectorErases(sector);
  const left: i32 = knob(Knob.EnduranceErases) - most;
  if (perYear == 0 || left <= 0) return 0;
  const years: i32 = (left / perYear) | 0;
  return years < YEARS_MOST ? years : YEARS_MOST;
}

/** Brings the gauges of wear up to date. */
export function refreshWear(): void {
  refreshErases();
  setCounter(Counter.FlashLifeYears, lifeYears());
}
