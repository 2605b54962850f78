/** The bench's figures as Markdown, for the terminal and for BENCHMARKS.md alike. */
import { ExitCode, Failure } from "../failure";
import { grouped } from "../report";
import type { AppFigures } from "./app-bench";
import type { CodecFigures } from "./codec-bench";
import type { DensityFigures } from "./density";
import type { EngineFigures } from "./engine-bench";
import type { FilledFigures } from "./filled";
import type { Summary } from "./records";
import type { FileSizes } from "./sizes";
import type { Target } from "./targets";

export function targetTable(targets: Target[]): string[] {
  return table(["what", "measured", "target", "met"],
    targets.map(({ name, measured, bound, sense, unit, met }) => [name, `${number(measured)} ${unit}`, `${sense} ${number(bound)}`, met ? "yes" : "NO"]));
}

export function codecTable({ total, kinds }: CodecFigures): string[] {
  const row = (name: string, one: Summary): string[] => [name, number(one.pages), number(one.theirCompress), number(one.ourCompress), number(one.compressTimes),
    number(one.theirDecompress), number(one.ourDecompress), number(one.decompressTimes), `${one.theirPercent} / ${one.ourPercent} %`,
    `${number(one.storeBeyond)} (${number(one.storeBeyondWorst)})`, `${number(one.loadBeyond)} (${number(one.loadBeyondWorst)})`, number(one.refused)];
  return table(["pages of", "pages", "C compress", "ours", "times", "C decompress", "ours", "times", "size C / ours", "store beyond (worst)", "load beyond (worst)", "refused"],
    [...kinds.map(({ kind, summary }) => row(kind, summary)), row("all", total)]);
}

export function appTable(app: AppFigures): string[] {
  const phases = Object.entries(app.bootPhases).map(([phase, count]) => [`boot: ${phase.replace("_", "-")}`, number(count)]);
  return table(["app and boot", "instructions"], [
    ["read of 32 bytes, page resident", number(app.residentRead)],
    ["area.at() of a resident page, in a loop", number(app.areaAt)],
    ["read of 32 bytes, page compressed in RAM: mean", number(app.faultingRead)],
    ["read of 32 bytes, page compressed in RAM: worst", number(app.faultingReadWorst)],
    ["the same, many in a row without idle time", number(app.faultingReadInRow)],
    ["read of 32 bytes, page idle and densely packed in RAM", app.idleReads > 0 ? number(app.idleRead) : "none"],
    ["read of 32 bytes, page on flash: mean", app.flashReads > 0 ? number(app.flashRead) : "none"],
    ["read of 32 bytes, page on flash: worst", app.flashReads > 0 ? number(app.flashReadWorst) : "none"],
    ...phases,
    ["boot to prompt", number(app.bootInstructions)],
  ]);
}

/** What else a page costs in the native core, and a load from flash. */
export function costTable({ total, flash }: CodecFigures): string[] {
  return table(["cost of a page", "mean", "worst"], [
    ["dense compress", number(total.denseCompress), ""],
    ["dense decompress", number(total.denseDecompress), ""],
    [`giving up on an incompressible page (${total.giveUps} of them)`, number(total.giveUp), number(total.giveUpWorst)],
    ["invalidate", number(total.invalidate), number(total.invalidateWorst)],
    ["tick with nothing to do", number(total.tick), number(total.tickWorst)],
    [`load from flash, ${number(flash.meanBytes)} bytes over SPI (${flash.loads} loads)`, number(flash.mean), ""],
    [`... less its bytes over SPI, at ${flash.instructionsPerByte} instructions a byte`, number(flash.beyond), number(flash.beyondWorst)],
  ]);
}

export function engineTable(engine: EngineFigures): string[] {
  const row = (name: string, ours: number, theirs: number, times: number): string[] => [name, number(ours), number(theirs), times.toFixed(1)];
  return table(["JavaScript on the board", "our LZ4", "lz-string", "times"], [
    row("compress a page, instructions", engine.lz4Compress, engine.lzStringCompress, engine.compressTimes),
    row("decompress it", engine.lz4Decompress, engine.lzStringDecompress, engine.decompressTimes),
    row("both", engine.lz4Compress + engine.lz4Decompress, engine.lzStringCompress + engine.lzStringDecompress, engine.times),
    ["size, percent", String(engine.lz4Percent), String(engine.lzStringPercent), ""],
  ]);
}

export function sizeTable(files: FileSizes[], total: Omit<FileSizes, "name" | "kind">): string[] {
  const row = (name: string, one: Omit<FileSizes, "name" | "kind">): string[] => [name, number(one.pages), ...[one.dense, one.zstd, one.lz4, one.lzString].map((value) => value.toFixed(2))];
  return table(["size by file, percent", "pages", "zbale", "zstd -19", "LZ4", "lz-string"], [...files.map((file) => row(file.name, file)), row("all", total)]);
}

const CODEC_NAMES = { lz4: "LZ4", policy: "as the policy", dense: "dense for all" };

export function densityTable(figures: DensityFigures[]): string[] {
  return table(["computed from sizes: allocator", "codec", "pages a frame", "ideal", "memory / bytes"],
    figures.map((one) => [one.allocator, CODEC_NAMES[one.codec], one.pagesPerFrame.toFixed(2), one.idealPagesPerFrame.toFixed(2), one.memory.toFixed(3)]));
}

/** What a store took before it refused a page, the shipped policy at work. */
export function filledTable(figures: FilledFigures[]): string[] {
  return table(["measured, a store filled: allocator", "pages a frame", "ideal", "without raw pages", "memory / bytes", "pages", "raw", "frames of zpages", "of"],
    figures.map((one) => [one.allocator, ...[one.pagesPerFrame, one.idealPagesPerFrame, one.pagesPerFrameWithoutRaw].map((value) => value.toFixed(2)),
      one.memory.toFixed(3), ...[one.pages, one.rawPages, one.zpageFrames, one.frames].map(grouped)]));
}

/** Replaces each Markdown table in `text` whose first column has the same title as one of `tables`. */
export function replaceTables(text: string, tables: string[][]): string {
  return tables.reduce((page, fresh) => {
    const title = /^\| ([^|]*?) *\|/.exec(fresh[0])![1];
    const old = new RegExp(`^\\| ${title} *\\|.*\\n(?:\\|.*\\n?)*`, "m");
    if (!old.test(page)) throw new Failure(ExitCode.Failed, `BENCHMARKS.md has no table that begins with "${title}": put its header line where the figures belong`);
    return page.replace(old, () => `${fresh.join("\n")}\n`);
  }, text);
}

/** A Markdown table, its columns aligned. */
export function table(head: string[], rows: string[][]): string[] {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column].length)));
  const line = (cells: string[]): string => `| ${cells.map((cell, column) => column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])).join(" | ")} |`;
  return [line(head), `|${widths.map((width, column) => column === 0 ? "-".repeat(width + 2) : `${"-".repeat(width + 1)}:`).join("|")}|`, ...rows.map(line)];
}

function number(value: number): string { return Number.isInteger(value) ? grouped(value) : value.toFixed(2); }
