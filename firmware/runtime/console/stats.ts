/** `.stats`: every counter by its name, a group a paragraph. `.stats json`: {"frontswap":{"loads":0,...},...}. */
import { COUNTER_NAMES } from "../../core/counter-names";
import { Native } from "../native";
import { left, right } from "../text";

const COLUMNS = 2;

/** Printed in pieces, so that no long text ever lies in the heap. */
function showJson(groups: string[]): void {
  let which = 0;
  for (let g = 0; g < groups.length; g++) {
    const parts = groups[g].split(":");
    const names = parts[1].split(" ");
    native(Native.Print, (g ? "}," : "{") + "\"" + parts[0] + "\":{");
    for (let n = 0; n < names.length; n++) native(Native.Print, (n ? ",\"" : "\"") + names[n] + "\":" + native(Native.Counter, which++));
  }
  print("}}");
}

function showGroups(groups: string[]): void {
  let which = 0;
  for (let g = 0; g < groups.length; g++) {
    const parts = groups[g].split(":");
    const names = parts[1].split(" ");
    native(Native.Print, parts[0]);
    for (let n = 0; n < names.length; n++) {
      native(Native.Print, (n % COLUMNS ? "   " : "\n  ") + left(names[n], 25) + right(native(Native.Counter, which++), 9));
    }
    native(Native.Print, "\n");
  }
}

export function run(argument: string): void {
  native(Native.Refresh);
  const groups = COUNTER_NAMES.split(";");
  if (argument == "json") showJson(groups);
  else showGroups(groups);
}
