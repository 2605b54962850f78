/** `zcache size`: what image and bundles take, by part and module, and what has changed since the release. */
import { loadBoard, type BoardFile } from "../board-file";
import { buildImage, planImages, type Sizes } from "../build/image";
import { ExitCode } from "../failure";
import { Report, grouped } from "../report";
import { type BuiltBundle, buildBundles, measurable, planBundles, weigh } from "../size/bundles";
import { heapOfBoard, measureHeap, recordHeap } from "../size/heap-record";
import { arenaTables, imageModules } from "../size/image-modules";
import { differences, figuresOf, moduleDifferences, readReleased, recordRelease } from "../size/released";
import { type SizeDocument, printImage, printModules } from "../size/tables";

export interface SizeCommandOptions { board: string; json?: boolean; all?: boolean; heap?: boolean; record?: boolean; }

export async function sizeCommand(options: SizeCommandOptions): Promise<number> {
  const board = loadBoard(options.board);
  const report = new Report(Boolean(options.json));
  const isMeasured = options.heap || options.record;
  planImages([board.name], ["firmware"]);
  planBundles();
  const sizes = await buildImage(board.name);
  if (isMeasured) await measureHeap(board, sizes, []);
  const modules = await imageModules(sizes);
  // The image's table does not wait for the bundles.
  if (!report.json) printImage(compared({ board, sizes, modules, heap: heapOfBoard(sizes), bundles: [] }), report);
  const built = await buildBundles();
  if (isMeasured) await measureHeap(board, sizes, measurable(built));
  const all = compared({ board, sizes, modules, heap: heapOfBoard(sizes), bundles: built.map(weigh) });
  if (options.record) record(all, built);
  const { heap, bundles, released, difference, moduleDifference } = options.record ? compared(all) : all;
  report.document({ command: "size", ...sizes, modules, arena: await arenaTables(board.name), heap: heap ?? null, bundles, released, difference, module_difference: moduleDifference });
  if (!report.json) printModules({ ...all, released, difference, moduleDifference }, Boolean(options.all), report);
  return ExitCode.Ok;
}

type Measured = Pick<SizeDocument, "board" | "sizes" | "modules" | "heap" | "bundles">;

/** What was measured, beside the last release. */
function compared({ board, sizes, modules, heap, bundles }: Measured): SizeDocument {
  const released = readReleased();
  const now = figuresOf(board.name, sizes, modules, heap, bundles);
  return { board, sizes, modules, heap, bundles, released, difference: differences(now.figures, released.figures),
    moduleDifference: moduleDifferences(now.modules, released.modules) };
}

function record({ board, sizes, modules, heap, bundles }: Measured, built: BuiltBundle[]): void {
  recordHeap(sizes, measurable(built));
  recordRelease(board.name, figuresOf(board.name, sizes, modules, heap, bundles));
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
