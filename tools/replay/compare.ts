/**
 * The same trace through three ways to use flash, in one run: what would the flash have to bear without this project?
 *
 *   direct       a page that leaves RAM goes to flash as it is
 *   compressed   it goes to flash as LZ4 makes it; nothing is kept compressed in RAM
 *   zcache       the store as shipped
 *
 * All three are the same core on the same simulated chip: one arena of the same bytes (who needs no work space for a codec
 * has more frames), one order of the last visit, one log, one ledger, and a page that was not changed since it was read
 * leaves without a write in each. The first two are the core with the store switched off (`store_enabled`): every frame
 * holds a page as it is. A page costs direct its full length, whatever is in it, so its pages hold noise here, of which
 * the core writes every byte; a page freed and read again is zeros, which it writes shorter: that is in direct's favour.
 *
 * Ratios are those of direct (or compressed) over zcache. A count of erases of 0 is taken for 1, so a trace that zcache
 * brings through without an erase is not infinitely good. A trace has no clock: its years of life are for one that takes
 * `seconds`, run again and again.
 */
import { Knob } from "../../firmware/core/config";
import { PARTS } from "../../hal/sim/parts";
import { KNOBS, Setting } from "../core/knobs";
import { Content } from "./content";
import { ReplayOptions, ReplayResult, replay } from "./run";
import { Trace } from "./trace";

export const MODELS = ["direct", "compressed", "zcache"] as const;
export type Model = (typeof MODELS)[number];

export interface ModelFigures {
  frames: number;
  bytes_programmed: number;
  erases: number;
  bytes_read: number;
  pages_read: number;
  /** Bytes programmed in all, over those of records of pages that left RAM. */
  write_amplification: number;
  life_years: number;
  refused: number;
  mismatches: number;
}

export interface Comparison {
  trace: string;
  ram: string;
  arena_bytes: number;
  models: Partial<Record<Model, ModelFigures>>;
  /** Of every other model given over zcache; absent without zcache. */
  ratios: Partial<Record<Model, { bytes_programmed: number; erases: number }>>;
}

export interface CompareOptions extends ReplayOptions {
  readonly ram: string;
  readonly models: readonly Model[];
  /** How long the trace takes, for the years of life. */
  readonly seconds: number;
}

const LIFE_MOST = 9999;
const SECONDS_A_YEAR = 365.25 * 86400;
const SECTOR_HEADER_BYTES = 64;

const STORE_OFF: readonly [Knob, number][] = [[Knob.StoreEnabled, 0], [Knob.RawStorage, 0], [Knob.Dense, 0], [Knob.SameFilled, 0]];

function settingsOf(model: Model): Setting[] {
  return model === "zcache" ? [] : STORE_OFF.map(([knob, value]) => ({ knob: KNOBS[knob], value }));
}

/** Replays `trace` in each model. The store as shipped gets `ramBytes` of frames; the others the same arena. */
export function compare(trace: Trace, content: Content, options: CompareOptions): Comparison {
  const shipped = replay(trace, content, options);
  const arenaBytes = shipped.arena_bytes;
  const noise = Content.noise(options.pageBytes);
  const run = (model: Model): ReplayResult => model === "zcache" ? shipped
    : replay(trace, model === "direct" ? noise : content, { ...options, arenaBytes, settings: [...options.settings ?? [], ...settingsOf(model)] });
  const models = Object.fromEntries(options.models.map((model) => [model, figuresOf(run(model), options)])) as Comparison["models"];
  return { trace: trace.path, ram: options.ram, arena_bytes: arenaBytes, models, ratios: ratiosOf(models) };
}

function figuresOf(result: ReplayResult, options: CompareOptions): ModelFigures {
  const { flash, counters } = result;
  const overhead = counters.zcache_mcu.flash_bytes_cleaned + SECTOR_HEADER_BYTES * flash.erases;
  return {
    frames: result.frames, bytes_programmed: flash.bytes_programmed, erases: flash.erases, bytes_read: flash.bytes_read, pages_read: counters.events.pswpin,
    write_amplification: flash.bytes_programmed > 0 ? round(flash.bytes_programmed / Math.max(1, flash.bytes_programmed - overhead)) : 1,
    life_years: lifeOf(flash, options), refused: result.refused, mismatches: result.verified.mismatches,
  };
}

/** Years until every sector has had its erases; before the first erase, by the share of a sector that was filled. */
function lifeOf(flash: ReplayResult["flash"], { part, seconds }: CompareOptions): number {
  const erases = Math.max(flash.erases, flash.bytes_programmed / flash.sector_bytes);
  const endurance = PARTS[part as keyof typeof PARTS].enduranceErases;
  return erases === 0 ? LIFE_MOST : Math.min(LIFE_MOST, round(endurance * flash.sectors / erases * seconds / SECONDS_A_YEAR));
}

function ratiosOf(models: Comparison["models"]): Comparison["ratios"] {
  const ours = models.zcache;
  if (ours === undefined) return {};
  const ratio = (theirs: number, own: number): number => round(Math.max(1, theirs) / Math.max(1, own));
  return Object.fromEntries(Object.entries(models).filter(([model]) => model !== "zcache").map(([model, theirs]) =>
    [model, { bytes_programmed: ratio(theirs.bytes_programmed, ours.bytes_programmed), erases: ratio(theirs.erases, ours.erases) }]));
}

export interface Summary { bytes_programmed: { mean: number; least: number }; erases: { mean: number; least: number }; }

/** Geometric means over all traces, and the worst of them, for each model beside zcache. */
export function summaryOf(comparisons: readonly Comparison[]): Partial<Record<Model, Summary>> {
  const others = MODELS.filter((model) => comparisons.every(({ ratios }) => ratios[model] !== undefined));
  return Object.fromEntries(others.map((model) => {
    const of = (what: "bytes_programmed" | "erases"): Summary["erases"] => {
      const all = comparisons.map(({ ratios }) => ratios[model]![what]);
      return { mean: round(Math.exp(all.reduce((sum, one) => sum + Math.log(one), 0) / all.length)), least: Math.min(...all) };
    };
    return [model, { bytes_programmed: of("bytes_programmed"), erases: of("erases") }];
  }));
}

function round(value: number): number { return Math.round(value * 1000) / 1000; }
