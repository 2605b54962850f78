/**
 * What the boot had to mend in the swap area, and what it could not: lines of the banner, of their own so that a boot which finds
 * nothing amiss does not compile them.
 */
import { Counter } from "../../core/counters";
import { Native } from "../native";

export function run(_argument: string): void {
  const mended = native(Native.Counter, Counter.SwapRepaired);
  const lost = native(Native.Counter, Counter.DurablePagesLost);
  if (mended) print("       " + mended + " flipped bits of the swap log were mended");
  if (lost) print("       " + lost + " durable pages are lost until they are written again: reading one throws -5");
}
