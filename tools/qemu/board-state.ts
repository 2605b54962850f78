/** What a board says of itself through its dot commands, as JSON: the same words as on its console. */
import type { BoardFile } from "../board-file";
import { ExitCode, Failure } from "../failure";
import type { Link } from "../link/link";

/** A part of RAM in `.mem json`, bytes. */
export interface RamPart { bytes: number; free: number; used: number; peak: number; }

export interface Memory {
  total: number;
  stack: RamPart;
  engine_heap: RamPart;
  core_tables: RamPart;
  frames: RamPart;
  /** Drivers and the C library's data. */
  rest: RamPart;
  heap_largest: number;
  frame_count: number;
}

export interface Version {
  version: string;
  board: string;
  engine: string;
  flash: string | null;
  flash_id: string;
  flash_bytes: number;
  ticks_per_micro: number;
  boot_ticks: Record<string, number>;
}

/** Groups of counters by their names. Two are null when they have nothing to say, those of `Wear`. */
export type Counters = Record<string, Record<string, number>>;

/** Where the stored pages are. A page that was never written is nowhere and not counted. */
export interface Places {
  /** In frames of their own, as they are. */
  resident: number;
  /** One repeated word: no frame at all. */
  same_filled: number;
  compressed: number;
  /** Mean size of a compressed page, percent of a page; 0 when there is none. */
  compressed_percent: number;
  flash: number;
}

export async function readMemory(link: Link): Promise<Memory> { return ask<Memory>(link, ".mem json"); }
export async function readVersion(link: Link): Promise<Version> { return ask<Version>(link, ".version json"); }
export async function readCounters(link: Link): Promise<Counters> { return ask<Counters>(link, ".stats json"); }

async function ask<Answer>(link: Link, command: string): Promise<Answer> {
  const { status, text } = await link.run(command);
  try {
    if (status === 0) return JSON.parse(text) as Answer;
  } catch {
    // Told below, together with a command that failed.
  }
  throw new Failure(ExitCode.Failed, `the board answered ${command} with something that is not JSON`, text.split(/\r?\n/).slice(-12));
}

export function placesIn(counters: Counters, pageBytes: number): Places {
  const { zswap, zcache, bd_stat: flash, frames } = counters;
  const compressed = zcache.pers_zpages + zcache.eph_zpages;
  const bytes = zcache.pers_zbytes + zcache.eph_zbytes;
  return {
    resident: frames.active_anon + frames.inactive_anon + frames.active_file + frames.inactive_file,
    same_filled: zswap.same_filled_pages,
    compressed,
    compressed_percent: compressed > 0 ? Math.round(1000 * bytes / (compressed * pageBytes)) / 10 : 0,
    flash: flash.bd_count,
  };
}

/** What the flash has been through, by the names of the counters. */
export interface Wear {
  write_amplification: number;
  sector_erases_min: number;
  sector_erases_max: number;
  sectors_retired: number;
  /** KiB that may still be programmed; null while the budget is off. */
  wear_budget_left: number | null;
  /** Whole years at the rate so far; null before 8 erases and an hour. */
  flash_life_years: number | null;
}

export function wearIn({ zcache_mcu: ours }: Counters): Wear {
  const host = ours.flash_bytes_programmed - ours.flash_bytes_cleaned;
  return {
    write_amplification: host > 0 ? Math.round(1000 * ours.flash_bytes_programmed / host) / 1000 : 1,
    sector_erases_min: ours.sector_erases_min,
    sector_erases_max: ours.sector_erases_max,
    sectors_retired: ours.sectors_retired,
    wear_budget_left: ours.wear_budget_left,
    flash_life_years: ours.flash_life_years,
  };
}

/** Instructions of each phase of the boot; true to the instruction's ten under --icount, a matter of time otherwise. */
export function bootInstructions(version: Version, board: BoardFile): Record<string, number> {
  return Object.fromEntries(Object.entries(version.boot_ticks).map(([phase, ticks]) => [phase, ticks * board.clock.instructionsPerTick]));
}
