/** `zcache replay`: runs traces of page accesses against the store and says what it cost, alone or beside what else could be done with them. */
import { basename } from "node:path";
import { buildCore } from "../build/core";
import { ALLOCATORS, KNOBS, Setting, parseSetting } from "../core/knobs";
import { ExitCode, usage } from "../failure";
import { Content } from "../replay/content";
import { Comparison, MODELS, Model, compare, summaryOf } from "../replay/compare";
import { ReplayResult, replay } from "../replay/run";
import { Trace, readTrace } from "../replay/trace";
import { Knob } from "../../firmware/core/config";
import { PARTS } from "../../hal/sim/parts";
import { table } from "../bench/tables";
import { Report, grouped } from "../report";

export interface ReplayCommandOptions {
  content: string[];
  ram: string;
  page: string;
  part: string;
  allocator: string;
  set: string[];
  shuffle?: boolean;
  compare?: string;
  seconds: string;
  json?: boolean;
}

/** Files of --content may follow one another, so a trace that stands behind them is told by its name. */
const TRACE_NAME = /\.trace(\.gz)?$/;

export async function replayCommand(given: string[], options: ReplayCommandOptions): Promise<number> {
  const paths = [...given, ...options.content.filter((path) => TRACE_NAME.test(path))];
  const files = options.content.filter((path) => !TRACE_NAME.test(path));
  if (paths.length === 0) throw usage("No trace is given: name one in front of --content, or one that ends in .trace or .trace.gz.");
  const pageBytes = pageOf(options.page);
  if (!(options.part in PARTS)) throw usage(`There is no part "${options.part}": give one of ${Object.keys(PARTS).join(", ")}.`);
  const settings = settingsOf(options);
  const models = options.compare === undefined ? [] : modelsOf(options.compare);
  const seconds = secondsOf(options.seconds);
  const content = files.length > 0 ? Content.fromFiles(files, pageBytes, Boolean(options.shuffle)) : Content.made(pageBytes);
  const traces = paths.map(readTrace);
  const runs = options.ram.split(",").flatMap((ram) => traces.map((trace) => ({ ram, trace, ramBytes: ramOf(ram, trace, pageBytes) })));
  await buildCore();
  const report = new Report(Boolean(options.json));
  const each = <Result>(run: (one: (typeof runs)[number]) => Result): Result[] => runs.map((one, i) => {
    report.progress("replay", i, runs.length);
    return run(one);
  });
  const common = { pageBytes, part: options.part, settings };
  if (models.length > 0) {
    return finishComparison(each(({ ram, trace, ramBytes }) => compare(trace, content, { ...common, ram, ramBytes, models, seconds })), options, report);
  }
  const results = each(({ trace, ramBytes }) => replay(trace, content, { ...common, ramBytes }));
  results.forEach((result) => print(result, report));
  report.document({ command: "replay", page_bytes: pageBytes, part: options.part, traces: results });
  return results.every((result) => result.verified.mismatches === 0) ? ExitCode.Ok : ExitCode.Threshold;
}

function finishComparison(comparisons: Comparison[], options: ReplayCommandOptions, report: Report): number {
  const summary = summaryOf(comparisons);
  comparisonTable(comparisons).forEach((line) => report.line(line));
  for (const [model, { bytes_programmed, erases }] of Object.entries(summary)) {
    report.line(`zcache against ${model}: ${bytes_programmed.mean} times fewer bytes programmed in the geometric mean (least ${bytes_programmed.least}), ${erases.mean} times fewer erases (least ${erases.least})`);
  }
  report.document({ command: "replay", page_bytes: Number(options.page), part: options.part, seconds: Number(options.seconds), comparisons, summary });
  const isSame = comparisons.every(({ models }) => Object.values(models).every(({ mismatches }) => mismatches === 0));
  return isSame ? ExitCode.Ok : ExitCode.Threshold;
}

function comparisonTable(comparisons: Comparison[]): string[] {
  const rows = comparisons.flatMap(({ trace, ram, models, ratios }) => MODELS.flatMap((model) => {
    const one = models[model];
    if (one === undefined) return [];
    const times = ratios[model];
    return [[`${basename(trace).replace(/\.trace(\.gz)?$/, "")}, ${ram}`, model, grouped(one.bytes_programmed), times === undefined ? "" : times.bytes_programmed.toFixed(1),
      grouped(one.erases), times === undefined ? "" : times.erases.toFixed(1), one.write_amplification.toFixed(2), String(one.life_years)]];
  }));
  return table(["trace, RAM", "model", "bytes programmed", "times", "erases", "times", "amplification", "life, years"], rows);
}

function modelsOf(text: string): Model[] {
  const names = text.split(",");
  const stranger = names.find((name) => !(MODELS as readonly string[]).includes(name));
  if (stranger !== undefined) throw usage(`--compare names "${stranger}", expected some of ${MODELS.join(",")}.`);
  return MODELS.filter((model) => names.includes(model));
}

function secondsOf(text: string): number {
  const seconds = Number(text);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > 1e9) throw usage(`--seconds is "${text}", expected a whole number from 1 to 1000000000.`);
  return seconds;
}

function pageOf(text: string): number {
  const bytes = Number(text);
  if (!Number.isInteger(bytes) || bytes < 256 || bytes > 4096 || (bytes & bytes - 1) !== 0) throw usage(`The page size is "${text}", expected a power of two from 256 to 4096.`);
  return bytes;
}

/** What the replay derives itself, and the option that has a say in it. */
const DERIVED: ReadonlyMap<Knob, string> = new Map([
  [Knob.PageBytes, "--page"], [Knob.PagesMax, "the trace"], [Knob.SectorBytes, "--part"], [Knob.SwapStart, "--part"], [Knob.SwapSectors, "--part and the trace"],
  [Knob.Allocator, "--allocator"],
]);

function settingsOf(options: ReplayCommandOptions): Setting[] {
  const given = options.set.map(parseSetting);
  for (const { knob } of given) {
    const by = DERIVED.get(knob.knob);
    if (by !== undefined) throw usage(`${knob.name} cannot be set in a replay: ${by} decides it.`);
  }
  const value = ALLOCATORS.indexOf(options.allocator);
  if (value < 0) throw usage(`There is no allocator "${options.allocator}": give one of ${ALLOCATORS.join(", ")}.`);
  return [{ knob: KNOBS[Knob.Allocator], value }, ...given];
}

/** As many frames of the largest pages as the frame table can number. */
const RAM_MOST = 65534 * 4096;

/** Bytes of pageframes: a number, or a share of the trace's footprint such as 25%. */
function ramOf(text: string, trace: Trace, pageBytes: number): number {
  const parts = /^(\d+)(%?)$/.exec(text);
  if (parts === null) throw usage(`--ram is "${text}", expected bytes such as 65536 or a share of the trace's pages such as 25%.`);
  const bytes = parts[2] === "%" ? Math.floor(trace.footprint * pageBytes * Number(parts[1]) / 100) : Number(parts[1]);
  if (bytes > RAM_MOST) throw usage(`--ram is "${text}", expected at most ${RAM_MOST} bytes, which is more than any trace's pages take.`);
  return bytes;
}

function print(result: ReplayResult, report: Report): void {
  const { counters, peak, flash } = result;
  report.line(`${result.trace}: ${grouped(result.events)} events on ${result.pages} pages, ${result.frames} frames (${grouped(result.ram_bytes)} bytes) of ${result.allocator}`);
  report.line(`  faults ${grouped(counters.zcache_mcu.faults)}, from RAM ${grouped(counters.events.zswpin)}, from flash ${grouped(counters.events.pswpin)}, refused ${grouped(result.refused)}`);
  report.line(`  zpages ${peak.pages_per_frame} a frame at the peak, memory / ideal ${peak.ratio}`);
  report.line(`  flash: ${grouped(flash.bytes_programmed)} bytes programmed, ${flash.erases} erases, ${grouped(flash.bytes_read)} bytes read`);
  report.line(`  ${grouped(result.verified.reads)} reads compared, ${result.verified.mismatches} mismatches`);
}
