/** The figures that are promised, beside the figures that were measured. */
import type { Sizes } from "../build/image";
import type { AppFigures } from "./app-bench";
import type { CodecFigures } from "./codec-bench";

export interface Target {
  name: string;
  measured: number;
  /** The promise: at most this, or at least it. */
  bound: number;
  sense: "at most" | "at least";
  unit: string;
  met: boolean;
}

/** Everything the project promises about speed and size on a 64 KB board; on a larger one code and RAM are its own. */
export function judge(codec: CodecFigures, app: AppFigures, sizes: Sizes): Target[] {
  const { total } = codec;
  return [
    atMost("LZ4 compress, against LZ4 1.9.4 in C", total.compressTimes, 2.5, "times"),
    atMost("LZ4 decompress, against LZ4 1.9.4 in C", total.decompressTimes, 2.5, "times"),
    atMost("store of a page, beyond compressing it", total.storeBeyond, 8000, "instructions"),
    atMost("load of a page from RAM, beyond decompressing it", total.loadBeyond, 4000, "instructions"),
    atMost("app: read that faults a page in from compressed RAM", app.faultingRead, 30_000, "instructions"),
    atMost("app: read of a resident page", app.residentRead, 8000, "instructions"),
    atMost("boot to prompt", app.bootInstructions, 20_000_000, "instructions"),
    atMost("code and constants", sizes.flash.total, sizes.flash.capacity, "bytes"),
    atMost("RAM", sizes.ram.total, sizes.ram.capacity, "bytes"),
    atLeast("pageframes", sizes.ram.arena_parts.frames, 20_480, "bytes"),
    atLeast("engine heap free for the app after boot", app.heapFreeAtBoot, 8192, "bytes"),
  ];
}

function atMost(name: string, measured: number, bound: number, unit: string): Target {
  return { name, measured, bound, sense: "at most", unit, met: measured <= bound };
}

function atLeast(name: string, measured: number, bound: number, unit: string): Target {
  return { name, measured, bound, sense: "at least", unit, met: measured >= bound };
}
