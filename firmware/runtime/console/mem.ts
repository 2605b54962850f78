/**
 * `.mem`: where each byte of RAM is: what it is for, free, used, and the most that was ever used. The engine heap is shown
 * as it was before this command was compiled into it; its peak includes garbage that was not yet collected.
 */
import { Counter } from "../../core/counters";
import { Figure, Native, figure } from "../native";
import { left, right } from "../text";

let isJson: boolean;
let free: number;

/** One part of RAM, as a row or as a JSON member. */
function show(name: string, key: string, bytes: number, used: number, peak: number): void {
  free += bytes - used;
  if (isJson) native(Native.Print, ",\"" + key + "\":{\"bytes\":" + bytes + ",\"free\":" + (bytes - used) + ",\"used\":" + used + ",\"peak\":" + peak + "}");
  else row(name, bytes, bytes - used, used, peak);
}

function row(name: any, bytes: any, free: any, used: any, peak: any): void {
  print(left(name, 20) + right(bytes, 8) + right(free, 8) + right(used, 8) + right(peak, 8));
}

export function run(argument: string): void {
  const total = figure(Figure.RamBytes);
  const tables = figure(Figure.TableBytes);
  const arena = figure(Figure.ArenaBytes);
  const stack = figure(Figure.StackBytes);
  const heap = figure(Figure.HeapBytes);
  const rest = total - stack - heap - arena;
  const used = arena - tables - figure(Figure.FreeBytes);
  const zpages = native(Native.Counter, Counter.MemUsedMax);
  isJson = argument == "json";
  free = 0;
  if (isJson) native(Native.Print, "{\"total\":" + total);
  else row("", "bytes", "free", "used", "peak");
  show("stack", "stack", stack, figure(Figure.StackPeak), figure(Figure.StackPeak));
  show("engine heap", "engine_heap", heap, figure(Figure.HeapUsed), figure(Figure.HeapPeak));
  show("core tables", "core_tables", tables, tables, tables);
  show("frames", "frames", arena - tables, used, zpages > used ? zpages : used);
  show("drivers and C data", "rest", rest, rest, rest);
  if (isJson) print(",\"heap_largest\":" + figure(Figure.HeapLargest) + ",\"page\":" + figure(Figure.PageBytes) + ",\"frame_count\":" + figure(Figure.Frames) + "}");
  else {
    row("RAM", total, free, total - free, "");
    print("largest free block of the engine heap: " + figure(Figure.HeapLargest) + "; frames: " + figure(Figure.Frames) + " of " + figure(Figure.PageBytes));
  }
}
