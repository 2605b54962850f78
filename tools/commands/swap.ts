/**
 * `zcache swap`: reads the image of a board's NOR chip. dump says what the swap log holds, check tests all of it, rescue writes what
 * can be read of each durable object into a folder, repair an image that opens. The image itself is never written to.
 */
import { buildCore } from "../build/core";
import { CODEC_PLACES, coreCodecs, none, sameFilled } from "../codecs/codecs";
import { loadCore } from "../core/wasm-core";
import { table } from "../bench/tables";
import { ExitCode, usage } from "../failure";
import { Report, grouped } from "../report";
import { unpackWith, type Unpack } from "../swap/committed";
import { contentsOf } from "../swap/contents";
import type { SwapImage } from "../swap/image";
import { openImage } from "../swap/open";
import { checkNew, repaired, writeImage } from "../swap/repair";
import { SwapDocument, describe } from "../swap/report";
import { checkFolder, describeObject, isWhole as isWholeObject, writeRescue, type ManifestObject } from "../swap/rescue";

export interface SwapCommandOptions {
  board?: string;
  json?: boolean;
  /** Where rescue writes to, a folder; where repair does, a file. */
  to?: string;
  out?: string;
}

/** What each action needs besides the image. */
const NEEDS: Record<string, { option?: "to" | "out"; example?: string }> = { dump: {}, check: {}, rescue: { option: "to", example: "--to FOLDER" }, repair: { option: "out", example: "--out NEW" } };

export async function swapCommand(action: string, path: string, options: SwapCommandOptions): Promise<number> {
  checkOptions(action, options);
  const { image, board } = openImage(path, options.board);
  await buildCore();
  const unpack = unpackWith([...coreCodecs(loadCore(CODEC_PLACES.end)), sameFilled, none]);
  const opened: Opened = { path, board, image, unpack, report: new Report(Boolean(options.json)) };
  if (action === "rescue") return rescue(opened, options.to!);
  if (action === "repair") return repair(opened, options.out!);
  return look(action, opened);
}

function checkOptions(action: string, options: SwapCommandOptions): void {
  if (!Object.hasOwn(NEEDS, action)) throw usage(`zcache swap has no "${action}": say dump, check, rescue or repair.`);
  const { option, example } = NEEDS[action];
  if (option !== undefined && options[option] === undefined) throw usage(`zcache swap ${action} writes something and was not told where: add ${example}.`);
  for (const one of ["to", "out"] as const) if (options[one] !== undefined && option !== one) throw usage(`zcache swap ${action} does not take --${one}: leave it out.`);
  if (options.to !== undefined) checkFolder(options.to);
  if (options.out !== undefined) checkNew(options.out);
}

interface Opened { path: string; board: string; image: SwapImage; unpack: Unpack; report: Report; }

/** Writes what can be read into a folder. 5 when something is lost. */
function rescue({ path, board, image, unpack, report }: Opened, folder: string): number {
  const manifest = writeRescue(folder, path, board, contentsOf(image, unpack), image.geometry.pageBytes);
  report.line(`${path}: ${manifest.objects.length} durable objects of generation ${manifest.generation}, written to ${folder}`);
  printObjects(manifest.objects, manifest.doubts, report);
  report.line(`  verdict   ${manifest.whole ? "ok: nothing is lost" : "something is lost: manifest.json names it"}`);
  report.document({ command: "swap rescue", folder, ...manifest, verdict: manifest.whole ? "ok" : "lost" });
  return manifest.whole ? ExitCode.Ok : ExitCode.Threshold;
}

/** Writes an image that opens. 5 when something is lost. */
function repair({ path, board, image, unpack, report }: Opened, out: string): number {
  const contents = contentsOf(image, unpack);
  const { bytes, left } = repaired(image, contents, describe(image, unpack), unpack);
  writeImage(out, bytes);
  const objects = contents.objects.map((object) => describeObject(object, image.geometry.pageBytes));
  const isWhole = contents.doubts.length === 0 && left.length === 0 && objects.every(isWholeObject);
  report.line(`${path}: ${objects.length - left.length} durable objects, taken over into ${out}, an image for the chip of ${board}`);
  printObjects(objects, contents.doubts, report);
  for (const name of left) report.line(`  left out  ${name}: the new image does not have it, zcache swap rescue writes what can be read of it`);
  report.line(`  verdict   ${isWhole ? "ok: nothing is lost" : "something is lost: see above"}`);
  report.document({ command: "swap repair", file: path, out, board, doubts: contents.doubts, objects, left_out: left, verdict: isWhole ? "ok" : "lost" });
  return isWhole ? ExitCode.Ok : ExitCode.Threshold;
}

function printObjects(objects: readonly ManifestObject[], doubts: readonly string[], report: Report): void {
  for (const object of objects) {
    const { kind, name, bytes, entries, lost_pages: lost, mended_pages: mended, lost_entries: missing } = object;
    const count = entries === undefined ? "" : `, ${grouped(entries)} entries`;
    const loss = [...(lost.length > 0 ? [`page ${lost.join(", ")} cannot be read`] : []), ...(missing === null ? ["the number of its entries is lost"] : missing ? [`${missing} entries are lost`] : []),
      ...(mended.length > 0 ? [`a flipped bit in page ${mended.join(", ")} was mended`] : [])];
    report.line(`  ${isWholeObject(object) ? "whole     " : "damaged   "}${kind} ${name}: ${grouped(bytes)} bytes${count}${loss.map((one) => `; ${one}`).join("")}`);
  }
  for (const sentence of doubts) report.line(`  doubt     ${sentence}`);
}

/** Says what the log holds, and with check whether all of it is sound. */
function look(action: string, { path, board, image, unpack, report }: Opened): number {
  const found = describe(image, unpack);
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
