/** The counters as an object of groups, for `z.stats()`. */
import { COUNTER_NAMES } from "../../core/counter-names";
import { Native } from "../native";

export function run(_argument: string): any {
  native(Native.Refresh);
  const all: any = {};
  let which = 0;
  const groups = COUNTER_NAMES.split(";");
  for (let g = 0; g < groups.length; g++) {
    const colon = groups[g].indexOf(":");
    const names = groups[g].slice(colon + 1).split(" ");
    const group: any = all[groups[g].slice(0, colon)] = {};
    for (let n = 0; n < names.length; n++) group[names[n]] = native(Native.Counter, which++);
  }
  return all;
}
