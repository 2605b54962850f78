/**
 * `.swap`: the swap log: what its sectors hold, and what was read, written, moved and lost. One character a sector: . dead
 * or empty, 1 to 9 live in tenths, H a head, x retired. `.swap json`: the same by its names. Where boot found something on
 * the chip that it would not overwrite (swap/recovery.ts), it says what, and `.swap format` makes the area the store's.
 */
import { Counter } from "../../core/counters";
import { Err } from "../../core/errors";
import { Figure, Native, figure } from "../native";

const HEAD = 1 << 28;
const RETIRED = 1 << 30;
const ROW = 32;
const COUNTERS = "records,read,written,moved,levelled,corrupt,budget_refusals,mended,pages_lost";

/** What boot found, by its number less 16. */
const FOUND = "something that is not ours,another version's log,a log with other sectors,a log with durable pages missing,durable areas that have no room here";

function format(): void {
  const code = native(Native.SwapFormat);
  if (code < 0) throw new Error(code == Err.Refused ? "the swap area is in use: nothing was formatted." : "the swap area cannot be formatted: " + code + ".");
  print("formatted");
}

/** A function of its own, because nesting costs the C stack as it is compiled. */
function letterOf(word: number, share: number): string {
  if (word & RETIRED) return "x";
  if (word & HEAD) return "H";
  return share ? "" + Math.min(9, Math.ceil(9 * share)) : ".";
}

export function run(argument: string): void {
  if (argument == "format") return format();
  const found = figure(Figure.SwapFound);
  native(Native.Refresh);
  const isJson = argument == "json";
  const sectors = figure(Figure.SwapIsOpen) ? figure(Figure.SwapSectors) : 0;
  const granules = figure(Figure.FlashSectorBytes) / 16;
  let map = "";
  let dead = 0;
  let live = 0;
  for (let sector = 0; sector < sectors; sector++) {
    const word = native(Native.Sector, sector);
    const used = native(Native.SectorLive, sector);
    live += used;
    if (!used && word < HEAD) dead++;
    if (sector && sector % ROW == 0 && !isJson) map += "\n";
    map += letterOf(word, used / granules);
  }
  const values = [Counter.BdCount, Counter.BdReads, Counter.BdWrites, Counter.SwapCleanedRecords, Counter.SectorsLevelled, Counter.SwapCorrupt, Counter.RejectBudget,
    Counter.SwapRepaired, Counter.DurablePagesLost];
  const names = COUNTERS.split(",");
  if (isJson) native(Native.Print, "{\"open\":" + (sectors > 0) + ",\"found\":" + found + ",\"sectors\":" + sectors + ",\"dead\":" + dead + ",\"retired\":" + native(Native.Counter, Counter.SectorsRetired)
    + ",\"live_bytes\":" + live * 16 + ",\"map\":\"" + map + "\"");
  else if (sectors) print(map + "\n" + sectors + " sectors: " + dead + " dead, " + native(Native.Counter, Counter.SectorsRetired) + " retired; " + live * 16 + " bytes live");
  else print(found < 16 ? "there is no swap area" : "the swap area is closed, boot found " + FOUND.split(",")[found - 16] + ": .swap format makes it the store's and loses that");
  for (let i = 0; i < names.length; i++) {
    const value = native(Native.Counter, values[i]);
    native(Native.Print, isJson ? ",\"" + names[i] + "\":" + value : (i ? ", " : "") + names[i] + " " + value);
  }
  print(isJson ? "}" : "");
}
