/** The figures that are promised, beside the figures that were measured. */
import type { Sizes } from "../build/image";
import type { AppFigures } from "./app-bench";
import type { CodecFigures } from "./codec-bench";
import type { DensityFigures } from "./density";
import type { EngineFigures } from "./engine-bench";
import type { FilledFigures } from "./filled";
import type { FileSizes } from "./sizes";

export interface Target {
  name: string;
  measured: number;
  /** The promise: at most this, or at least it. */
  bound: number;
  sense: "at most" | "at least";
  unit: string;
  met: boolean;
}

export interface Figures {
  codec: CodecFigures;
  engine: EngineFigures;
  app: AppFigures;
  sizes: Sizes;
  /** Percent of the pages' bytes over all of them, and by file; allocators by the sizes of zpages, and stores filled. */
  density: { total: Omit<FileSizes, "name" | "kind">; files: FileSizes[]; allocators: DensityFigures[]; filled: FilledFigures[] };
  /** Were the pages those of the corpus? Only then is density promised. */
  isCorpus: boolean;
}

/** Kinds of content that are text or a heap of JavaScript, on which the dense codec must beat lz-string. */
const TEXT_OR_HEAP = ["csv", "gps", "heap", "js-npm", "json", "font"];

/** Everything the project promises about speed, density and size on a 64 KB board; on a larger one code and RAM are its own. */
export function judge(figures: Figures): Target[] {
  return [...codecTargets(figures.codec), ...engineTargets(figures.engine), ...densityTargets(figures), ...appTargets(figures)];
}

function codecTargets({ total, flash }: CodecFigures): Target[] {
  const targets = [
    atMost("LZ4 compress, against LZ4 1.9.4 in C", total.compressTimes, 1.5, "times"),
    atMost("LZ4 decompress, against LZ4 1.9.4 in C", total.decompressTimes, 1.5, "times"),
    atMost("store of a page, beyond compressing it", total.storeBeyond, 4000, "instructions"),
    atMost("load of a page from RAM, beyond decompressing it", total.loadBeyond, 2000, "instructions"),
    atMost("invalidate of a page, worst", total.invalidateWorst, 1000, "instructions"),
    atMost("tick with nothing to do, worst", total.tickWorst, 300, "instructions"),
    atMost("dense compress", total.denseCompress, 400_000, "instructions"),
    atMost("dense decompress", total.denseDecompress, 150_000, "instructions"),
  ];
  if (total.giveUps > 0) targets.push(atMost("giving up on an incompressible page", total.giveUp, 8000, "instructions"));
  if (flash.loads > 0) targets.push(atMost("load of a page from flash, beyond its bytes over SPI, worst", flash.beyondWorst, 15_000, "instructions"));
  return targets;
}

function engineTargets(engine: EngineFigures): Target[] {
  return [
    atLeast("JavaScript on the board: LZ4, pack and unpack, faster than lz-string", engine.times, 5, "times"),
  ];
}

function densityTargets({ density, isCorpus }: Figures): Target[] {
  if (!isCorpus) return [];
  const { total, files, filled } = density;
  const find = (allocator: string): FilledFigures => filled.find((one) => one.allocator === allocator)!;
  const rivals = files.filter(({ kind }) => TEXT_OR_HEAP.includes(kind));
  return [
    atMost("dense codec, size of the corpus below zstd -19's", total.dense, total.zstd, "%"),
    atMost("text and heap files that lz-string packs as small as the dense codec", rivals.filter((file) => file.dense >= file.lzString).length, 0, "files"),
    atLeast("zbud with the shipped policy, all pages, raw ones too, measured", find("zbud").pagesPerFrame, 1.9, "pages a frame"),
    ...["zfold", "zsmalloc"].flatMap((allocator) => [
      atLeast(`${allocator} with the shipped policy, measured`, find(allocator).pagesPerFrame, 2.35, "pages a frame"),
      atMost(`${allocator} with the shipped policy, memory over the bytes, measured`, find(allocator).memory, 1.12, "times"),
    ]),
  ];
}

function appTargets({ app, sizes }: Figures): Target[] {
  return [
    atMost("app: read that faults a warm page in from compressed RAM", app.faultingRead, 30_000, "instructions"),
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
