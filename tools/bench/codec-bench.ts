/**
 * Runs the bench image over pages of real files and reads its figures back. The pages travel through one file of the
 * host (all files one after the other, each padded to whole pages), the figures through others.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inBuild } from "../build/paths";
import type { BoardFile } from "../board-file";
import { beforeExit } from "../cleanup";
import { ExitCode, Failure } from "../failure";
import { machineFor } from "../qemu/machine";
import { scratchNor } from "../qemu/nor-image";
import { Qemu } from "../qemu/qemu";
import type { PageFile } from "./page-files";
import { parseFlashRecords, parseRecords, summarize, summarizeFlash, type FlashSummary, type PageRecord, type Summary } from "./records";

export interface CodecFigures {
  /** Over all pages. */
  total: Summary;
  /** One for each kind of content (the file's folder, or its name). */
  kinds: { kind: string; summary: Summary }[];
  flash: FlashSummary;
}

const TIMEOUT_MS = 1_800_000;
/** Exit codes of main.c, from FAILED_ARGUMENTS on. */
const STEPS = ["reading its arguments", "opening its files", "opening the store", "the reference's round trip", "our codec's round trip",
  "the dense codec's round trip", "loading a stored page", "forgetting a page", "loading a page from flash", "writing its figures"];

export async function benchCodec(board: BoardFile, image: string, files: PageFile[]): Promise<CodecFigures> {
  const folder = mkdtempSync(join(tmpdir(), "zcache-bench-"));
  const forget = beforeExit(() => rmSync(folder, { recursive: true, force: true }));
  try {
    writeFileSync(join(folder, "pages"), Buffer.concat(files.flatMap((file) => file.pages)));
    const names = ["pages", "records", "flash"].map((name) => join(folder, name));
    await runBenchImage(board, { image, arguments: names, steps: STEPS, log: "qemu-bench.log" });
    const [records, flash] = names.slice(1).map((path) => readFileSync(path));
    return { ...figures(parseRecords(records), files, board.knobs.pageBytes), flash: summarizeFlash(parseFlashRecords(flash)) };
  } finally {
    forget();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** An image that is run for its figures: what it is told, and the steps its exit codes from 2 on name. */
export interface BenchRun {
  image: string;
  arguments: string[];
  steps: string[];
  log: string;
}

/** Runs such an image to its end; one that ends at a step is a failure in one sentence. */
export async function runBenchImage(board: BoardFile, run: BenchRun): Promise<void> {
  const nor = board.flash ? scratchNor(board.flash.imageBytes) : undefined;
  const qemu = Qemu.start({
    ...machineFor(board, nor?.path, run.arguments), image: run.image, icount: true, log: inBuild(board.name, run.log),
  });
  const forget = beforeExit(() => { void qemu.stop(); nor?.discard(); });
  try {
    const end = await qemu.wait(TIMEOUT_MS, "the bench image");
    if (end.code !== 0) {
      const step = run.steps[(end.code ?? 0) - 2];
      throw new Failure(ExitCode.Threshold, step ? `the bench image failed at ${step}: ${qemu.obituary(end)}` : qemu.obituary(end));
    }
  } finally {
    forget();
    nor?.discard();
  }
}

function figures(records: PageRecord[], files: PageFile[], pageBytes: number): Omit<CodecFigures, "flash"> {
  const expected = files.reduce((sum, file) => sum + file.pages.length, 0);
  if (records.length !== expected) throw new Failure(ExitCode.Failed, `the bench image measured ${records.length} of ${expected} pages`);
  const byKind = new Map<string, PageRecord[]>();
  let at = 0;
  for (const { kind, pages } of files) byKind.set(kind, [...byKind.get(kind) ?? [], ...records.slice(at, at += pages.length)]);
  return {
    total: summarize(records, pageBytes),
    kinds: [...byKind].map(([kind, some]) => ({ kind, summary: summarize(some, pageBytes) })),
  };
}
