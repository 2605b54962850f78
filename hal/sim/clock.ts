/**
 * The clock of the simulated board (hal/clock.ts): it counts microseconds that somebody lets pass, a delay of the board,
 * a busy flash chip or a test. Nothing depends on the host's time, so a run is the same every time.
 */
import type { Clock } from "../clock";

export class SimClock implements Clock {
  readonly ticksPerMicro = 1;
  private micros = 0;

  ticks(): number { return Math.floor(this.micros); }
  delay(micros: number): void { this.pass(micros); }

  /** Lets time pass; it never goes back. */
  pass(micros: number): void {
    if (micros > 0) this.micros += micros;
  }
}
