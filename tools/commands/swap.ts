/** `zcache swap dump|check`: reads the image of a board's NOR chip, says what the swap log holds, and tests all of it. */
import { buildCore } from "../build/core";
import { CODEC_PLACES, coreCodecs, none, sameFilled } from "../codecs/codecs";
import { loadCore } from "../core/wasm-core";
import { table } from "../bench/tables";
import { ExitCode, usage } from "../failure";
import { Report, grouped } from "../report";
import { unpackWith } from "../swap/committed";
import { openImage } from "../swap/open";
import { SwapDocument, describe } from "../swap/report";

export interface SwapCommandOptions {
  board?: string;
  json?: boolean;
}

export async function swapCommand(action: string, path: string, options: SwapCommandOptions): Promise<number> {
  if (action !== "dump" && action !== "check") throw usage(`zcache swap has no "${action}": say dump or check.`);
  const { image, board } = openImage(path, options.board);
  await buildCore();
  const found = describe(image, unpackWith([...coreCodecs(loadCore(CODEC_PLACES.end)), sameFilled, none]));
  const report = new Report(Boolean(options.json));
  const verdict = found.findings.length === 0 ? "ok" : "broken";
  report.line(`${path}: the chip of ${board}, ${image.geometry.sectors} sectors of ${grouped(image.geometry.sectorBytes)} bytes for swap, from byte ${image.geometry.start} on`);
  if (action === "dump") printSectors(found, report);
  printSummary(found, report);
  for (const sentence of found.torn) report.line(`  torn      ${sentence}`);
  for (const sentence of found.findings) report.line(`  broken    ${sentence}`);
  if (action === "check") report.line(`  verdict   ${verdict === "ok" ? "ok: every checksum holds, and all that was committed is there" : `${found.findings.length} findings`}`);
  report.document({ command: `swap ${action}`, file: path, board, ...found, verdict });
  return action === "dump" || verdict === "ok" ? ExitCode.Ok : ExitCode.Threshold;
}

function printSummary(found: SwapDocument, report: Report): void {
  const { records, erases, committed, budget } = found;
  report.line(`  holds     ${found.found === "blank" ? "nothing: blank" : `a log of epoch ${found.epoch}, sequence ${found.sequence}, after ${grouped(found.uptime_seconds)} seconds up`}`);
  report.line(`  erases    ${erases.least} to ${erases.most} a sector, ${grouped(erases.all)} in all; retired: ${found.retired.length === 0 ? "none" : found.retired.join(", ")}`);
  report.line(`  records   ${records.volatile} volatile, ${records.durable} durable, ${records.struck} struck out, ${records.commits} commits, ${records.verdicts} verdicts`);
  report.line(`  budget    ${budget.on ? `${grouped(budget.left_kib)} KiB left` : "off"}`);
  if (committed === null) return report.line("  durable   nothing was committed");
  report.line(`  durable   generation ${committed.generation}, committed in epoch ${committed.epoch}, digest ${committed.digest}`);
  for (const area of committed.areas) report.line(`            ${area.kind} ${area.name}: ${area.pages} pages, ${area.recorded} of them written, the newest in generation ${area.newest}`);
}

function printSectors(found: SwapDocument, report: Report): void {
  const told = found.sectors.filter(({ state, records, retired }) => state === "other" || retired || records > 0);
  const rows = told.map((row) => [
    String(row.sector), `${row.exact ? "" : "<= "}${row.erases}`, String(row.epoch), String(row.sequence), grouped(row.records), grouped(row.filled_bytes), grouped(row.durable_bytes), grouped(row.volatile_bytes),
    grouped(row.dead_bytes), [row.youngest ? "youngest" : "", row.retired ? "retired" : "", row.state === "other" ? "no header" : ""].filter((word) => word !== "").join(", "),
  ]);
  if (rows.length > 0) table(["sector", "erases", "epoch", "sequence", "records", "filled", "durable", "volatile, at most", "dead", ""], rows).forEach((line) => report.line(line));
  const bare = found.sectors.filter((row) => row.state === "ours" && !told.includes(row)).length;
  const blank = found.sectors.filter(({ state }) => state === "blank").length;
  report.line(`  besides   ${bare} sectors with a header and nothing else, ${blank} blank`);
}
