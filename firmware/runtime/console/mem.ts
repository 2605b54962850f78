/** `.mem`: where each byte of RAM is: what it is for, free, used, and the most that was ever used. The engine heap is shown without this command. */
import { Counter } from "../../core/counters";
import { Figure, Native, figure } from "../native";
import { left, right } from "../text";

interface Part { name: string; key: string; bytes: number; used: number; peak: number; }

/** Bytes of frames that were in use at most: what is now, unless zpages alone took more. */
function framesPeak(used: number): number {
  const zpages = native(Native.Counter, Counter.MemUsedMax);
  return zpages > used ? zpages : used;
}

function parts(): Part[] {
  const stack = figure(Figure.StackBytes);
  const heap = figure(Figure.HeapBytes);
  const tables = figure(Figure.TableBytes);
  const frames = figure(Figure.ArenaBytes) - tables;
  const framesUsed = frames - figure(Figure.FreeBytes);
  const rest = figure(Figure.RamBytes) - stack - heap - tables - frames;
  return [
    { name: "stack", key: "stack", bytes: stack, used: figure(Figure.StackPeak), peak: figure(Figure.StackPeak) },
    { name: "engine heap", key: "engine_heap", bytes: heap, used: figure(Figure.HeapUsed), peak: figure(Figure.HeapPeak) },
    { name: "core tables", key: "core_tables", bytes: tables, used: tables, peak: tables },
    { name: "frames", key: "frames", bytes: frames, used: framesUsed, peak: framesPeak(framesUsed) },
    { name: "drivers and C data", key: "rest", bytes: rest, used: rest, peak: rest },
  ];
}

function showJson(all: Part[]): void {
  native(Native.Print, "{\"total\":" + figure(Figure.RamBytes));
  for (let i = 0; i < all.length; i++) {
    const part = all[i];
    native(Native.Print, ",\"" + part.key + "\":{\"bytes\":" + part.bytes + ",\"free\":" + (part.bytes - part.used) + ",\"used\":" + part.used
      + ",\"peak\":" + part.peak + "}");
  }
  print(",\"heap_largest\":" + figure(Figure.HeapLargest) + ",\"page\":" + figure(Figure.PageBytes) + ",\"frame_count\":" + figure(Figure.Frames) + "}");
}

function row(name: string, bytes: any, free: any, used: any, peak: any): void {
  print(left(name, 20) + right(bytes, 8) + right(free, 8) + right(used, 8) + right(peak, 8));
}

export function run(argument: string): void {
  const all = parts();
  if (argument == "json") {
    showJson(all);
    return;
  }
  let free = 0;
  row("", "bytes", "free", "used", "peak");
  for (let i = 0; i < all.length; i++) {
    const part = all[i];
    free += part.bytes - part.used;
    row(part.name, part.bytes, part.bytes - part.used, part.used, part.peak);
  }
  const total = figure(Figure.RamBytes);
  row("RAM", total, free, total - free, "");
  print("largest free block of the engine heap: " + figure(Figure.HeapLargest) + "; frames: " + figure(Figure.Frames) + " of " + figure(Figure.PageBytes));
}
