/** `zcache size`: what the image takes, by part, and the bundles, by module; and what has changed since the release. */
import { loadBoard, type BoardFile } from "../board-file";
import { buildImage, type Sizes } from "../build/image";
import { ExitCode } from "../failure";
import { Report, grouped } from "../report";
import { type BundleSizes, differences, keyFigures, readReleased, recordRelease, weighBundles } from "../size/bundles";

export async function sizeCommand(options: { board: string; json?: boolean; record?: boolean }): Promise<number> {
  const board = loadBoard(options.board);
  const report = new Report(Boolean(options.json));
  const sizes = await buildImage(board.name);
  const bundles = await weighBundles();
  const now = keyFigures(board.name, sizes, bundles);
  if (options.record) recordRelease(now);
  const released = readReleased();
  const changed = differences(now, released.figures);
  if (report.json) {
    report.document({ command: "size", ...sizes, bundles, released, difference: changed });
    return ExitCode.Ok;
  }
  printSizes("size", board, sizes, report);
  for (const bundle of bundles) printBundle(bundle, report);
  report.line(`since release ${released.version}:`);
  for (const [name, bytes] of Object.entries(changed)) report.line(`  ${name.padEnd(34)}${signed(bytes).padStart(9)}`);
  return ExitCode.Ok;
}

function signed(bytes: number): string { return bytes > 0 ? `+${grouped(bytes)}` : bytes < 0 ? `-${grouped(-bytes)}` : "0"; }

/** A bundle and its modules: bytes of the file, and of heap where an engine keeps what it compiled in RAM. */
function printBundle(bundle: BundleSizes, report: Report): void {
  report.line(`bundle      ${bundle.name}: ${grouped(bundle.bytes)} bytes, target ${grouped(bundle.targetBytes)}; heap to load ${bundle.heap.map(({ engine, bytes }) => `${engine} ${grouped(bytes)}`).join(", ")}`);
  for (const { name, bytes, heapBytes } of bundle.modules) report.line(`  ${name.padEnd(34)}${grouped(bytes).padStart(9)}  heap about ${grouped(heapBytes)}`);
}

/** Prints the sizes in words or as the command's document. */
export function printSizes(command: string, board: BoardFile, sizes: Sizes, report: Report): number {
  report.document({ command, ...sizes });
  if (report.json) return ExitCode.Ok;
  const { flash, ram } = sizes;
  report.line(`${board.title}`);
  report.line(`code flash  ${grouped(flash.total)} of ${grouped(flash.capacity)} bytes, ${grouped(flash.free)} free`);
  row(report, "code", flash.code);
  row(report, "constants", flash.const);
  row(report, "initial data", flash.data);
  for (const [part, bytes] of Object.entries(flash.parts)) row(report, `of ${part}`, bytes);
  report.line(`RAM         ${grouped(ram.total)} of ${grouped(ram.capacity)} bytes, ${grouped(ram.free)} free`);
  row(report, "stack", ram.stack);
  row(report, "handler stack", ram.handler_stack);
  row(report, "data and bss", ram.data + ram.bss);
  row(report, "engine heap", ram.engine_heap);
  row(report, "core tables", ram.arena_parts.tables);
  row(report, "link", ram.arena_parts.link);
  row(report, "frames", ram.arena_parts.frames, `${ram.arena_parts.frame_count} of ${ram.arena_parts.page_bytes}`);
  report.line(`image       ${sizes.files.elf}`);
  return ExitCode.Ok;
}

function row(report: Report, name: string, bytes: number, note = ""): void {
  report.line(`  ${name.padEnd(14)}${grouped(bytes).padStart(9)}  ${note}`.trimEnd());
}
