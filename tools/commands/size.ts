/** `zcache size`: what image and bundles take, by part and module, and what has changed since the release. */
import { loadBoard, type BoardFile } from "../board-file";
import { buildImage, type Sizes } from "../build/image";
import { ExitCode } from "../failure";
import { Report, grouped } from "../report";
import { buildBundles, measurable, weigh } from "../size/bundles";
import { heapOfBoard, measureHeap, recordHeap } from "../size/heap-record";
import { arenaTables, imageModules } from "../size/image-modules";
import { differences, figuresOf, moduleDifferences, readReleased, recordRelease } from "../size/released";
import { printSizeDocument } from "../size/tables";

export interface SizeCommandOptions { board: string; json?: boolean; all?: boolean; heap?: boolean; record?: boolean; }

export async function sizeCommand(options: SizeCommandOptions): Promise<number> {
  const board = loadBoard(options.board);
  const report = new Report(Boolean(options.json));
  const sizes = await buildImage(board.name);
  const built = await buildBundles();
  if (options.heap || options.record) await measureHeap(board, sizes, measurable(built));
  const modules = await imageModules(sizes);
  const heap = heapOfBoard(sizes);
  const bundles = built.map(weigh);
  const now = figuresOf(board.name, sizes, modules, heap, bundles);
  if (options.record) {
    recordHeap(sizes, measurable(built));
    recordRelease(board.name, now);
  }
  const released = readReleased();
  const difference = differences(now.figures, released.figures);
  const moduleDifference = moduleDifferences(now.modules, released.modules);
  report.document({ command: "size", ...sizes, modules, arena: await arenaTables(board.name), heap: heap ?? null, bundles, released, difference, module_difference: moduleDifference });
  if (!report.json) printSizeDocument({ board, sizes, modules, heap, bundles, released, difference, moduleDifference }, Boolean(options.all), report);
  return ExitCode.Ok;
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
