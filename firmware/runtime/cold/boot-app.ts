/**
 * Finds the app that is kept in flash and waits a moment for a Ctrl-C, which leaves it out for this boot. Whatever throws here, the
 * app is not run. `argument`: "safe" when it is not to be run anyway.
 */
import { Figure, Native, figure } from "../native";
import { findKept } from "../slots";

const WAIT_MICROS = 300000;
const AFTER_FAULT = 2;

export function run(argument: string): void {
  z.app = findKept();
  if (!z.app) return;
  if (argument || figure(Figure.ResetCause) == AFTER_FAULT) throw new Error("the app is left out" + (argument ? "" : ", because the board had a fault") + ": .app run runs it");
  print("app    " + z.app.bytes + " bytes: runs now, unless Ctrl-C comes within 0.3 s");
  const end = native(Native.Ticks) + WAIT_MICROS * figure(Figure.TicksPerMicro);
  while (native(Native.Ticks) < end);
}
