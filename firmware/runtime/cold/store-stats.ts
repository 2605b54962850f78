/** The counters as an object of groups, for `z.stats()`. */
import { Native } from "../native";

export function run(_argument: string): any {
  native(Native.Refresh);
  const all: any = {};
  let group: any;
  for (let i = 0; ; i++) {
    const name = native(Native.CounterName, i);
    if (!name) return all;
    const colon = name.indexOf(":");
    if (colon > 0) group = all[name.slice(0, colon)] = {};
    group[name.slice(colon + 1)] = native(Native.Counter, i);
  }
}
