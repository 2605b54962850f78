/**
 * What each allocator makes of the zpages, computed: no page is stored, zpages of these sizes are placed, as if all had been
 * packed at their best beforehand (filled.ts stores the pages). All pages in shuffled order, those of one repeated word left
 * out because they take no room. Each figure stands beside the ideal, which is all bytes of zpages without a gap.
 *
 * Three choices of codec: LZ4 for all; the shipped policy, the dense codec where that makes a pair (an LZ4 zpage of more
 * than half a frame); the dense codec for all. A page that no zpage can hold takes a frame of its own in every row.
 */
import { Knob } from "../../firmware/core/config";
import { Random } from "../../hal/sim/random";
import { ExitCode, Failure } from "../failure";
import { ALLOCATORS } from "../core/knobs";
import { loadCore, setKnobs } from "../core/wasm-core";
import type { PageSizes } from "./sizes";

export interface DensityFigures {
  allocator: string;
  codec: "lz4" | "policy" | "dense";
  pages: number;
  pagesPerFrame: number;
  idealPagesPerFrame: number;
  /** Memory over the bytes of the zpages. */
  memory: number;
}

/** The order is drawn from this; another seed changes the last digit. */
const SEED = 7;

export function measureDensity(sizes: PageSizes[], pageBytes: number): DensityFigures[] {
  const pages = shuffled(sizes.filter((one) => !one.isSame));
  // zbud's header takes a chunk of the frame's 64; each of a pair gets half of the rest.
  const pairBytes = pageBytes / 2 - pageBytes / 64;
  const choices = {
    lz4: pages.map((one) => one.lz4),
    policy: pages.map((one) => one.lz4 <= pairBytes ? one.lz4 : Math.min(one.lz4, one.dense)),
    dense: pages.map((one) => one.dense),
  };
  return (["lz4", "policy", "dense"] as const).flatMap((codec) => ALLOCATORS.map((_, allocator) => fill(allocator, codec, choices[codec], pageBytes)));
}

function fill(allocator: number, codec: DensityFigures["codec"], sizes: number[], pageBytes: number): DensityFigures {
  const arena = Math.ceil(((sizes.length + 16) * (pageBytes + 32) + 32768) / 65536) * 65536;
  const core = loadCore(arena);
  setKnobs(core, { [Knob.PageBytes]: pageBytes, [Knob.PagesMax]: 64, [Knob.Allocator]: allocator });
  const frames = core.calls.coreOpen(arena);
  const largest = core.calls.zpoolMaxBytes();
  let raw = 0;
  for (const size of sizes) {
    if (size > largest) raw++;
    else if (core.calls.zpoolAlloc(0, size, 1) < 0) throw new Failure(ExitCode.Failed, `${ALLOCATORS[allocator]} has no room for a zpage of ${size} bytes in an arena of ${arena}`);
  }
  const used = frames - core.calls.coreFreeBytes() / pageBytes + raw;
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  return {
    allocator: ALLOCATORS[allocator], codec, pages: sizes.length, pagesPerFrame: hundredths(sizes.length / used), idealPagesPerFrame: hundredths(sizes.length * pageBytes / bytes),
    memory: Math.round(1000 * used * pageBytes / bytes) / 1000,
  };
}

/** In an order drawn from a fixed seed. */
export function shuffled<T>(values: T[]): T[] {
  const random = new Random(SEED);
  const result = values.slice();
  for (let i = result.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [result[i], result[j]] = [result[j], result[i]];
  }
  return result;
}

export function hundredths(value: number): number { return Math.round(value * 100) / 100; }
