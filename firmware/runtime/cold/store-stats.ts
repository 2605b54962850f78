/**
 * The counters as an object of groups, for `z.stats()`; with an argument, the group of that name alone. A gauge that has
 * nothing to say is null.
 */
import { Native } from "../native";

export function run(argument: string): any {
  native(Native.Refresh);
  const all: any = {};
  let group: any = {};
  for (let i = 0; ; i++) {
    const name = native(Native.CounterName, i);
    if (!name) return argument ? all[argument] : all;
    const colon = name.indexOf(":");
    if (colon > 0) {
      const title = name.slice(0, colon);
      group = !argument || title == argument ? all[title] = {} : undefined;
    }
    if (group) group[name.slice(colon + 1)] = native(Native.Counter, i);
  }
}
