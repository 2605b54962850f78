/**
 * The write budget: how much may still be programmed to flash, so that it lives as long as its owner wants. It is a
 * bucket of tokens, one for each granule (16 bytes) programmed, whether for a page, a sector header or a record that
 * cleaning moves: wear does not ask why. The bucket holds WritebackLimit and fills at WritebackPerDay.
 *
 *   0 off         WritebackLimitEnable is 0: nothing is counted, nothing refused
 *   1 left        there is enough left for any page
 *   2 exhausted   there is not; writes are refused with RejectBudget until the bucket has filled up again
 *   3 zero        WritebackLimit is 0: there never was any
 *
 * (zram has writeback_limit_enable and writeback_limit, and for years 0 meant both "none left" and "no limit". Four
 * states, one function that names them.)
 *
 * A reset does not fill the bucket: each sector header carries what is left, less what its sector and the other head can
 * take before the next header is written. So a reset costs the budget up to two sectors, which is about what the heads
 * that it abandons cost the flash. The time the board was off is not counted either.
 *
 * B1  After a reset there is never more left than before it.
 * B2  What is programmed since the bucket was full is at most its size, what has come in since, and the records that one
 *     round of cleaning moves.
 */
import { read32, write32 } from "../memory";
import { Counter, count, setCounter } from "../counters";
import { Knob, knob } from "../config";
import { Err } from "../errors";
import { GRANULE_SHIFT, Header, pageBytes } from "../layout";
import { clockTicks } from "../ports";

/** What coreBudget() returns. */
export const enum Budget { Off = 0, Left = 1, Exhausted = 2, Zero = 3 }

const GRANULES_PER_KIB: i32 = 64;
const SECONDS_PER_DAY: i32 = 86400;
/** Header and padding of the largest record. */
const RECORD_ROOM: i32 = 31;
/** Seconds that one look at the clock may account for. */
const SECONDS_MOST: i32 = 20000;

function limitGranules(): i32 { return knob(Knob.WritebackLimit) * GRANULES_PER_KIB; }

/** Fills the bucket: at opening, and whenever somebody sets the limit. */
export function fillBudget(): void { write32(Header.BudgetLeft, limitGranules()); }

/** The board's clock; it stands still when nobody has said how fast it goes. */
function ticks(): i32 { return knob(Knob.TicksPerMilli) > 0 ? clockTicks() : 0; }

/** Opens the budget with the `left` granules that a header names, -1 if none does, and its clock at `uptime` seconds. */
export function openBudget(left: i32, uptime: i32): void {
  fillBudget();
  if (left >= 0 && left < limitGranules()) write32(Header.BudgetLeft, left);
  write32(Header.BudgetCredit, 0);
  write32(Header.ClockAt, ticks());
  write32(Header.UptimeSeconds, uptime);
}

/** What is left if `granules` more are programmed: never below 0. */
export function budgetPrepaid(granules: i32): i32 {
  const left: i32 = read32(Header.BudgetLeft) - granules;
  return left > 0 ? left : 0;
}

/** Takes `granules` out of the bucket. */
export function budgetCharge(granules: i32): void {
  if (knob(Knob.WritebackLimitEnable) == 1) write32(Header.BudgetLeft, budgetPrepaid(granules));
}

/** Seconds that the board has been up since the ledger began, as far as headers tell. */
export function uptimeSeconds(): i32 { return read32(Header.UptimeSeconds); }

/** Lets `seconds` (at most SECONDS_MOST) pass. */
function pass(seconds: i32): void {
  const perDay: i32 = knob(Knob.WritebackPerDay) * GRANULES_PER_KIB;
  const whole: i32 = (perDay / SECONDS_PER_DAY) | 0;
  const credit: i32 = read32(Header.BudgetCredit) + (perDay - whole * SECONDS_PER_DAY) * seconds;
  const more: i32 = whole * seconds + ((credit / SECONDS_PER_DAY) | 0);
  const room: i32 = limitGranules() - read32(Header.BudgetLeft);
  write32(Header.BudgetCredit, credit % SECONDS_PER_DAY);
  write32(Header.BudgetLeft, read32(Header.BudgetLeft) + (more < room ? more : room));
  write32(Header.UptimeSeconds, read32(Header.UptimeSeconds) + seconds);
}

/**
 * Looks at the clock and fills the bucket for the time gone by. The clock wraps at 32 bits, so time is lost, to the
 * budget's disadvantage, when nobody calls for that long.
 */
export function budgetTick(): void {
  const second: i32 = knob(Knob.TicksPerMilli) * 1000;
  if (second == 0) return;
  const gone: i32 = ticks() - read32(Header.ClockAt) | 0;
  // The difference is a number of 32 bits without a sign; halves of it have room in one with a sign.
  let seconds: i32 = ((gone >>> 1) / (second >> 1)) | 0;
  if (seconds == 0) return;
  if (seconds > SECONDS_MOST) seconds = SECONDS_MOST;
  write32(Header.ClockAt, read32(Header.ClockAt) + seconds * second | 0);
  pass(seconds);
}

/** Which of the four states the budget is in, as of the last budgetTick(). */
export function budgetState(): i32 {
  if (knob(Knob.WritebackLimitEnable) == 0) return Budget.Off;
  if (knob(Knob.WritebackLimit) == 0) return Budget.Zero;
  return read32(Header.BudgetLeft) >= pageBytes + RECORD_ROOM >> GRANULE_SHIFT ? Budget.Left : Budget.Exhausted;
}

/** Does the budget forbid a write now? Counted if so. */
export function budgetRefuses(): boolean {
  budgetTick();
  if (budgetState() < Budget.Exhausted) return false;
  count(Counter.RejectBudget);
  return true;
}

/** Brings the gauge of the budget up to date: KiB left, NotFound when it is off. */
export function refreshBudget(): void {
  budgetTick();
  setCounter(Counter.WearBudgetLeft, knob(Knob.WritebackLimitEnable) == 1 ? (read32(Header.BudgetLeft) / GRANULES_PER_KIB) | 0 : Err.NotFound);
}
