/**
 * Clock: ticks since start-up. The store orders pages by use, not by time, so the clock serves people (how long did the
 * boot take) and drivers (a bound for every wait).
 *
 * What the driver owes:
 *   K1  ticks() never goes backwards and never wraps in a device's life: 64 bits, or 53 in JavaScript.
 *   K2  It costs at most some dozen instructions and may be called in an interrupt.
 *   K3  ticksPerMicro is exact enough for a bound (5 %); no more is promised.
 *   K4  It starts before anything else that is measured.
 *
 * In the emulator with -icount the ticks are a count of instructions in disguise; board.json's
 * `clock.instructionsPerTick` says how many a tick is (shift 0). Without -icount they are host time.
 */
export interface Clock {
  readonly ticksPerMicro: number;
  /** Ticks since start-up, a whole number. */
  ticks(): number;
  /** Waits at least so many microseconds, doing nothing. */
  delay(micros: number): void;
}
