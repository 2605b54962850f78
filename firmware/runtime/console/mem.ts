/**
 * `.mem`: where each byte of RAM is: what it is for, free, used, and the most that was ever used. The engine heap is shown
 * as it was before this command was compiled into it; its peak includes garbage that was not yet collected.
 *
 * Written with few functions: each costs some 500 bytes of heap while the command runs, and this is the command one
 * turns to when the heap is short.
 */
import { Counter } from "../../core/counters";
import { Figure, Native } from "../native";

/** Prints one part of RAM, as a row or as a JSON member, and returns its free bytes. */
function show(isJson: boolean, name: string, key: string, bytes: number, used: number, peak: any): number {
  const free = bytes - used;
  if (isJson) native(Native.Print, ",\"" + key + "\":{\"bytes\":" + bytes + ",\"free\":" + free + ",\"used\":" + used + ",\"peak\":" + peak + "}");
  else {
    native(Native.Column, name, -20);
    native(Native.Column, bytes, 8);
    native(Native.Column, free, 8);
    native(Native.Column, used, 8);
    native(Native.Column, peak + "\n", 9);
  }
  return free;
}

export function run(argument: string): void {
  const isJson = argument == "json";
  const total = native(Native.Figure, Figure.RamBytes);
  const tables = native(Native.Figure, Figure.TableBytes);
  const arena = native(Native.Figure, Figure.ArenaBytes);
  const stack = native(Native.Figure, Figure.StackBytes);
  const heap = native(Native.Figure, Figure.HeapBytes);
  const stackPeak = native(Native.Figure, Figure.StackPeak);
  const rest = total - stack - heap - arena;
  const used = arena - tables - native(Native.Figure, Figure.FreeBytes);
  const zpages = native(Native.Counter, Counter.MemUsedMax);
  native(Native.Print, isJson ? "{\"total\":" + total : "                       bytes    free    used    peak\n");
  let free = show(isJson, "stack", "stack", stack, stackPeak, stackPeak);
  free += show(isJson, "engine heap", "engine_heap", heap, native(Native.Figure, Figure.HeapUsed), native(Native.Figure, Figure.HeapPeak));
  show(isJson, "core tables", "core_tables", tables, tables, tables);
  free += show(isJson, "frames", "frames", arena - tables, used, zpages > used ? zpages : used);
  const data = rest - native(Native.Figure, Figure.RamUnused);
  free += show(isJson, "drivers and C data", "rest", rest, data, data);
  const largest = native(Native.Figure, Figure.HeapLargest);
  const page = native(Native.Figure, Figure.PageBytes);
  const frames = native(Native.Figure, Figure.Frames);
  if (isJson) print(",\"heap_largest\":" + largest + ",\"page\":" + page + ",\"frame_count\":" + frames + "}");
  else {
    show(false, "RAM", "", total, total - free, "");
    print("largest free block of the engine heap: " + largest + "; frames: " + frames + " of " + page);
  }
}
