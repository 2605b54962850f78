/** `zcache replay`: runs traces of page accesses against the store and says what it cost. */
import { buildCore } from "../build/core";
import { ALLOCATORS, KNOBS, Setting, parseSetting } from "../core/knobs";
import { usage } from "../failure";
import { Content } from "../replay/content";
import { ReplayResult, replay } from "../replay/run";
import { Trace, readTrace } from "../replay/trace";
import { Knob } from "../../firmware/core/config";
import { PARTS } from "../../hal/sim/parts";
import { Report, grouped } from "../report";

export interface ReplayCommandOptions {
  content: string[];
  ram: string;
  page: string;
  part: string;
  allocator: string;
  set: string[];
  json?: boolean;
}

export async function replayCommand(paths: string[], options: ReplayCommandOptions): Promise<number> {
  const pageBytes = pageOf(options.page);
  if (!(options.part in PARTS)) throw usage(`There is no part "${options.part}": give one of ${Object.keys(PARTS).join(", ")}.`);
  const settings = settingsOf(options);
  const content = options.content.length > 0 ? Content.fromFiles(options.content, pageBytes) : Content.made(pageBytes);
  const traces = paths.map(readTrace);
  await buildCore();
  const report = new Report(Boolean(options.json));
  const results = traces.map((trace, i) => {
    report.progress("replay", i, traces.length);
    return replay(trace, content, { pageBytes, ramBytes: ramOf(options.ram, trace, pageBytes), part: options.part, settings });
  });
  results.forEach((result) => print(result, report));
  report.document({ command: "replay", page_bytes: pageBytes, part: options.part, traces: results });
  return results.every((result) => result.verified.mismatches === 0) ? 0 : 5;
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

/** Bytes of pageframes: a number, or a share of the trace's footprint such as 25%. */
function ramOf(text: string, trace: Trace, pageBytes: number): number {
  const parts = /^(\d+)(%?)$/.exec(text);
  if (parts === null) throw usage(`--ram is "${text}", expected bytes such as 65536 or a share of the trace's pages such as 25%.`);
  return parts[2] === "%" ? Math.floor(trace.footprint * pageBytes * Number(parts[1]) / 100) : Number(parts[1]);
}

function print(result: ReplayResult, report: Report): void {
  const { counters, peak, flash } = result;
  report.line(`${result.trace}: ${grouped(result.events)} events on ${result.pages} pages, ${result.frames} frames (${grouped(result.ram_bytes)} bytes) of ${result.allocator}`);
  report.line(`  faults ${grouped(counters.zcache_mcu.faults)}, from RAM ${grouped(counters.events.zswpin)}, from flash ${grouped(counters.events.pswpin)}, refused ${grouped(result.refused)}`);
  report.line(`  zpages ${peak.pages_per_frame} a frame at the peak, memory / ideal ${peak.ratio}`);
  report.line(`  flash: ${grouped(flash.bytes_programmed)} bytes programmed, ${flash.erases} erases, ${grouped(flash.bytes_read)} bytes read`);
  report.line(`  ${grouped(result.verified.reads)} reads compared, ${result.verified.mismatches} mismatches`);
}
