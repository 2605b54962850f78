/**
 * Finds the app that is kept in flash and says that it is about to run; the board then waits a moment for a Ctrl-C, which leaves it
 * out (hal/duktape/main.c). Nothing interrupts the search: what is kept must be known, or the next load would overwrite it. Whatever
 * throws here, the app is not run. `argument`: "safe" when it is not to be run anyway.
 */
import { Figure, figure } from "../native";
import { findKept } from "../slots";

const AFTER_FAULT = 2;

export function run(argument: string): void {
  z.app = findKept();
  if (!z.app) return;
  if (argument || figure(Figure.ResetCause) == AFTER_FAULT) throw new Error("the app is left out" + (argument ? "" : ", because the board had a fault") + ": .app run runs it");
  print("app    " + z.app.bytes + " bytes: runs now, unless Ctrl-C comes within 0.3 s");
}
