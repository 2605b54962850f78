/**
 * Codecs as JavaScript on the board: runs the engine's bench image (tools/bench/engine) over a few pages of each file.
 * A page takes the board a quarter of a second, so not all are measured; which ones is fixed.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BoardFile } from "../board-file";
import { beforeExit } from "../cleanup";
import { ExitCode, Failure } from "../failure";
import { runBenchImage } from "./codec-bench";
import type { PageFile } from "./page-files";

/** Instructions and bytes, means over the pages. */
export interface EngineFigures {
  pages: number;
  lz4Compress: number;
  lz4Decompress: number;
  lzStringCompress: number;
  lzStringDecompress: number;
  compressTimes: number;
  decompressTimes: number;
  /** A compression and a decompression together. */
  times: number;
  lz4Percent: number;
  lzStringPercent: number;
}

/** About how many pages are measured, at least one of each file. */
const PAGES = 24;
const WORDS = 6;
const STEPS = ["reading its arguments", "opening its files", "starting the engine", "running the codecs' script", "measuring a page", "writing its figures"];

export async function benchEngine(board: BoardFile, image: { elf: string; script: string }, files: PageFile[]): Promise<EngineFigures> {
  const folder = mkdtempSync(join(tmpdir(), "zcache-bench-"));
  const forget = beforeExit(() => rmSync(folder, { recursive: true, force: true }));
  try {
    const pages = samplePages(files);
    const [pagesPath, recordsPath] = ["pages", "records"].map((name) => join(folder, name));
    writeFileSync(pagesPath, Buffer.concat(pages));
    await runBenchImage(board, { image: image.elf, arguments: [image.script, pagesPath, recordsPath], steps: STEPS, log: "qemu-engine-bench.log" });
    const bytes = readFileSync(recordsPath);
    if (bytes.length !== pages.length * WORDS * 4) throw new Failure(ExitCode.Failed, `the engine's bench image measured ${bytes.length / WORDS / 4} of ${pages.length} pages`);
    return figures(bytes, pages.length, board.knobs.pageBytes);
  } finally {
    forget();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** As many pages of each file, evenly spread and none at the very ends. */
export function samplePages(files: PageFile[]): Uint8Array[] {
  const each = Math.max(1, Math.floor(PAGES / files.length));
  return files.flatMap(({ pages }) => {
    const count = Math.min(each, pages.length);
    return Array.from({ length: count }, (_, i) => pages[Math.floor((2 * i + 1) * pages.length / (2 * count))]);
  });
}

function figures(bytes: Buffer, pages: number, pageBytes: number): EngineFigures {
  const sums = Array.from({ length: WORDS }, (_, word) => {
    let sum = 0;
    for (let page = 0; page < pages; page++) sum += bytes.readUInt32LE((page * WORDS + word) * 4);
    return sum;
  });
  const [ourCompress, ourDecompress, theirCompress, theirDecompress, ourBytes, theirBytes] = sums;
  const mean = (sum: number): number => Math.round(sum / pages);
  const times = (theirs: number, ours: number): number => Math.round(100 * theirs / Math.max(1, ours)) / 100;
  const percent = (sum: number): number => Math.round(1000 * sum / pages / pageBytes) / 10;
  return {
    pages, lz4Compress: mean(ourCompress), lz4Decompress: mean(ourDecompress), lzStringCompress: mean(theirCompress), lzStringDecompress: mean(theirDecompress),
    compressTimes: times(theirCompress, ourCompress), decompressTimes: times(theirDecompress, ourDecompress),
    times: times(theirCompress + theirDecompress, ourCompress + ourDecompress), lz4Percent: percent(ourBytes), lzStringPercent: percent(theirBytes),
  };
}
