/**
 * `.stats`: every counter by its name, a group a paragraph. `.stats json`: {"frontswap":{"loads":0,...},...}. Names come
 * from flash one at a time and are printed at once, so that no long text ever lies in the heap. Two gauges may have nothing to
 * say, which is null in JSON: a write budget that is off, and a life that nothing can be said of yet.
 */
import { Native } from "../native";

const COLUMNS = 2;

/** One counter as JSON; `group` is not empty where a group begins. */
function showJson(group: string, name: string, value: number | null, isFirst: boolean): void {
  native(Native.Print, (group ? (isFirst ? "{" : "},") + "\"" + group + "\":{" : ",") + "\"" + name + "\":" + value);
}

/** One counter for people; `column` counts inside its group. wear_budget_left and flash_life_years are the two that may be null. */
function showText(group: string, name: string, value: number | null, isFirst: boolean, column: number): void {
  if (group) native(Native.Print, (isFirst ? "" : "\n") + group);
  native(Native.Print, column % COLUMNS ? "   " : "\n  ");
  native(Native.Column, name, -25);
  native(Native.Column, value === null ? (name[0] == "w" ? "off" : "unknown") : value, 9);
}

export function run(argument: string): void {
  native(Native.Refresh);
  const isJson = argument == "json";
  let column = 0;
  for (let i = 0; ; i++) {
    const full = native(Native.CounterName, i);
    if (!full) break;
    const colon = full.indexOf(":");
    const name = full.slice(colon + 1);
    const group = colon > 0 ? full.slice(0, colon) : "";
    if (group) column = 0;
    if (isJson) showJson(group, name, native(Native.Counter, i), !i);
    else showText(group, name, native(Native.Counter, i), !i, column++);
  }
  print(isJson ? "}}" : "");
}
