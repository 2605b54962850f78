/**
 * Runs the bench image over pages of real files and reads its figures back. The pages travel through one file of the
 * host (all files one after the other, each padded to whole pages), the figures through another.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { inBuild } from "../build/paths";
import type { BoardFile } from "../board-file";
import { beforeExit } from "../cleanup";
import { ExitCode, Failure, usage } from "../failure";
import { machineFor } from "../qemu/machine";
import { scratchNor } from "../qemu/nor-image";
import { Qemu } from "../qemu/qemu";
import { parseRecords, summarize, type PageRecord, type Summary } from "./records";

export interface CodecFigures {
  /** Over all pages. */
  total: Summary;
  /** One for each kind of content (the file's folder, or its name). */
  kinds: { kind: string; summary: Summary }[];
}

interface PageSource { kind: string; pages: number; }

const TIMEOUT_MS = 300_000;
/** Exit codes of main.c, from FAILED_ARGUMENTS on. */
const STEPS = ["reading its arguments", "opening its files", "opening the store", "the reference's round trip", "our codec's round trip", "loading a stored page", "writing its figures"];

export async function benchCodec(board: BoardFile, image: string, files: string[]): Promise<CodecFigures> {
  const folder = mkdtempSync(join(tmpdir(), "zcache-bench-"));
  const forget = beforeExit(() => rmSync(folder, { recursive: true, force: true }));
  try {
    const { bytes, sources } = gather(files, board.knobs.pageBytes);
    writeFileSync(join(folder, "pages"), bytes);
    await run(board, image, folder);
    return figures(parseRecords(readFileSync(join(folder, "records"))), sources, board.knobs.pageBytes);
  } finally {
    forget();
    rmSync(folder, { recursive: true, force: true });
  }
}

function gather(files: string[], pageBytes: number): { bytes: Buffer; sources: PageSource[] } {
  const parts: Buffer[] = [];
  const sources: PageSource[] = [];
  for (const file of files) {
    const data = readPages(file);
    const pages = Math.ceil(data.length / pageBytes);
    parts.push(data, Buffer.alloc(pages * pageBytes - data.length));
    sources.push({ kind: kindOf(file), pages });
  }
  return { bytes: Buffer.concat(parts), sources };
}

/** Throws one sentence about the first file that no pages can be taken from. */
export function checkPageFiles(files: string[]): void { for (const file of files) readPages(file); }

function readPages(file: string): Buffer {
  let data: Buffer;
  try {
    data = readFileSync(file);
  } catch (error) {
    throw usage(`${file} cannot be read (${(error as NodeJS.ErrnoException).code}): name a file of pages after --pages`);
  }
  if (data.length === 0) throw usage(`${file} is empty: name a file of pages after --pages`);
  return data;
}

/** In the corpus a folder is a kind of content; elsewhere each file is one. */
function kindOf(file: string): string {
  const folder = basename(dirname(file));
  return basename(dirname(dirname(file))) === "corpus" ? folder : basename(file);
}

async function run(board: BoardFile, image: string, folder: string): Promise<void> {
  const nor = board.flash ? scratchNor(board.flash.imageBytes) : undefined;
  const qemu = Qemu.start({
    ...machineFor(board, nor?.path, [join(folder, "pages"), join(folder, "records")]), image, icount: true,
    log: inBuild(board.name, "qemu-bench.log"),
  });
  const forget = beforeExit(() => { void qemu.stop(); nor?.discard(); });
  try {
    const end = await qemu.wait(TIMEOUT_MS, "the bench image");
    if (end.code !== 0) {
      const step = STEPS[(end.code ?? 0) - 2];
      throw new Failure(ExitCode.Threshold, step ? `the bench image failed at ${step}` : qemu.obituary(end));
    }
  } finally {
    forget();
    nor?.discard();
  }
}

function figures(records: PageRecord[], sources: PageSource[], pageBytes: number): CodecFigures {
  const expected = sources.reduce((sum, source) => sum + source.pages, 0);
  if (records.length !== expected) throw new Failure(ExitCode.Failed, `the bench image measured ${records.length} of ${expected} pages`);
  const byKind = new Map<string, PageRecord[]>();
  let at = 0;
  for (const { kind, pages } of sources) {
    byKind.set(kind, [...byKind.get(kind) ?? [], ...records.slice(at, at += pages)]);
  }
  return {
    total: summarize(records, pageBytes),
    kinds: [...byKind].map(([kind, some]) => ({ kind, summary: summarize(some, pageBytes) })),
  };
}
