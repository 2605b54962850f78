/** `.reset`: resets the chip. What the areas hold is volatile and gone. */
import { Native } from "../native";

export function run(_argument: string): void {
  print("reset");
  native(Native.Reset);
}
