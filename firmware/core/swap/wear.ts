/**
 * What the wear ledger comes to: the gauges of erases, and how long the flash lives at the rate seen so far.
 *
 * The rate is all erases by all the time the board was up since the ledger began, both carried by the sector headers. Up
 * time since the last header is lost at a reset, so the rate is too high rather than too low. Levelling keeps the sectors
 * within WearSpread of one another, so the life is what the most worn one has left, at the mean rate of all.
 *
 * A rate needs something to stand on. The log's two heads take a sector each before anything has worn, and a minute says
 * nothing of a year: below ERASES_LEAST and SECONDS_LEAST there is no projection. Everybody who names a life (`.wear`,
 * `.stats`, the report of a run) has it from lifeDays(). No error bar is given instead: the load of tomorrow is not in it.
 */
import { Counter, setCounter } from "../counters";
import { Knob, knob } from "../config";
import { Err } from "../errors";
import { allErases, mostErases, refreshErases, sectors } from "./sectors";
import { uptimeSeconds } from "./budget";

const SECONDS_PER_DAY: i32 = 86400;
/** From so many erases on the two heads' are at most a third of what is seen, */
const ERASES_LEAST: i32 = 8;
/** and from an hour on a burst is not taken for a life. */
const SECONDS_LEAST: i32 = 3600;
/** 9 999 years: what is said when the flash hardly wears. */
const DAYS_MOST: i32 = 3652134;
const I32_MOST: i32 = 0x7fffffff;

/** `times` times `seconds` (above 0), in days, at most DAYS_MOST. */
function daysOf(times: i32, seconds: i32): i32 {
  const most: i32 = (I32_MOST / seconds) | 0;
  let days: i32 = DAYS_MOST;
  if (times <= most) days = (times * seconds / SECONDS_PER_DAY) | 0;
  // A day is 675 * 128 seconds.
  else if (times >> 7 <= most) days = ((times >> 7) * seconds / 675) | 0;
  return days < DAYS_MOST ? days : DAYS_MOST;
}

/** Days that the flash lasts at the rate so far, at most 9 999 years of them; NotFound while a rate has nothing to stand on. */
export function lifeDays(): i32 {
  const all: i32 = sectors() > 0 ? allErases() : 0;
  const seconds: i32 = uptimeSeconds();
  if (all < ERASES_LEAST || seconds < SECONDS_LEAST || knob(Knob.EnduranceErases) == 0) return Err.NotFound;
  const left: i32 = knob(Knob.EnduranceErases) - mostErases();
  // How often the time so far is still to come.
  return left > 0 ? daysOf((left * sectors() / all) | 0, seconds) : 0;
}

/** Brings the gauges of wear up to date: whole years of life, or NotFound. */
export function refreshWear(): void {
  const days: i32 = lifeDays();
  refreshErases();
  setCounter(Counter.FlashLifeYears, days >= 0 ? (days * 100 / 36525) | 0 : days);
}
