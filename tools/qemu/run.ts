/**
 * One run of a board: boot, feed, read back, ask how it was done. What is found goes into one document, whose words are
 * those of the console; the human report is written from it.
 */
import type { BoardFile } from "../board-file";
import { ExitCode, Failure } from "../failure";
import { feedFiles, verifyFiles, type Verified } from "../feed/feed";
import type { Feed } from "../feed/plan";
import type { Report } from "../report";
import {
  bootInstructions, placesIn, readCounters, readMemory, readVersion, wearIn, type Counters, type Memory, type Places, type Version, type Wear,
} from "./board-state";
import { checkRam } from "./ram-check";
import type { Session } from "./session";

/** The document of `zcache qemu --json` and of `zcache feed --json`. Sizes are bytes unless the name says otherwise. */
export interface RunDocument {
  command: string;
  board: string;
  version: string;
  page_bytes: number;
  icount: boolean;
  files: { path: string; bytes: number; area: string }[];
  verified: Verified;
  ram: Record<string, number>;
  /** Where the pages were when everything was fed, and after everything was read back. */
  pages: { fed: Places; verified: Places };
  counters: Counters;
  flash: { part: string | null; id: string; bytes: number; programmed_bytes: number; sector_erases: number } & Wear;
  link: { packets: number; retries: number; damaged: number };
  /** Clock ticks by phase; the instructions are only known when they are counted (--icount). */
  boot: { ticks: Record<string, number>; micros: number; instructions: number | null };
  ram_check?: string[];
  verdict: "ok" | "mismatch" | "ram";
}

export interface RunOptions {
  /** Who asks: the document says it. */
  command: string;
  board: BoardFile;
  feeds: Feed[];
  icount: boolean;
  ramCheck: boolean;
}

/** A board that has been greeted. */
type Talk = Pick<Session, "link" | "greeting">;

/** Feeds a booted board and asks it everything. */
export async function runFeeds(session: Talk, options: RunOptions, report: Report): Promise<RunDocument> {
  const { link, greeting } = session;
  checkGreeting(session, options.board);
  const version = await readVersion(link);
  const atBoot = await readMemory(link);
  const progress = report.progress.bind(report);
  const fed = await feedFiles(link, greeting, options.feeds, progress);
  const places = placesIn(await readCounters(link), greeting.pageBytes);
  const verified = await verifyFiles(link, greeting, fed, progress);
  const counters = await readCounters(link);
  const memory = await readMemory(link);
  const ramFaults = checkRam(memory, options.board, atBoot.engine_heap.free);
  return {
    command: options.command,
    board: greeting.board,
    version: greeting.version,
    page_bytes: greeting.pageBytes,
    icount: options.icount,
    files: options.feeds.map((feed) => ({ path: feed.path, bytes: feed.data.length, area: feed.area })),
    verified,
    ram: flatten(memory, atBoot),
    pages: { fed: places, verified: placesIn(counters, greeting.pageBytes) },
    counters,
    flash: flashOf(version, counters),
    link: { packets: link.counters.packets, retries: link.counters.retries, damaged: link.counters.damaged },
    boot: bootOf(version, options),
    ...options.ramCheck ? { ram_check: ramFaults } : {},
    verdict: verified.mismatches > 0 ? "mismatch" : options.ramCheck && ramFaults.length > 0 ? "ram" : "ok",
  };
}

function checkGreeting({ greeting }: Talk, board: BoardFile): void {
  if (greeting.board !== board.name) throw new Failure(ExitCode.Failed, `the image says it was built for ${greeting.board} and this is ${board.name}: build it again`);
}

function flatten(memory: Memory, atBoot: Memory): Record<string, number> {
  return {
    total: memory.total,
    stack: memory.stack.bytes,
    stack_peak: memory.stack.peak,
    engine_heap: memory.engine_heap.bytes,
    engine_heap_free: memory.engine_heap.free,
    engine_heap_free_at_boot: atBoot.engine_heap.free,
    engine_heap_peak: memory.engine_heap.peak,
    core_tables: memory.core_tables.bytes,
    frames: memory.frames.bytes,
    frame_count: memory.frame_count,
    rest: memory.rest.bytes,
  };
}

function flashOf(version: Version, counters: Counters): RunDocument["flash"] {
  const { flash_bytes_programmed: programmed, sector_erases: erases } = counters.zcache_mcu;
  return { part: version.flash, id: version.flash_id, bytes: version.flash_bytes, programmed_bytes: programmed, sector_erases: erases, ...wearIn(counters) };
}

function bootOf(version: Version, { board, icount }: RunOptions): RunDocument["boot"] {
  const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);
  const micros = Math.round(sum(Object.values(version.boot_ticks)) / version.ticks_per_micro);
  return { ticks: version.boot_ticks, micros, instructions: icount ? sum(Object.values(bootInstructions(version, board))) : null };
}

/** The exit code that belongs to a verdict. */
export function verdictCode(document: RunDocument): ExitCode { return document.verdict === "ok" ? ExitCode.Ok : ExitCode.Threshold; }
