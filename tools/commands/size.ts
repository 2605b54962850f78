/** `zcache size`: what the image takes, by part. */
import { loadBoard, type BoardFile } from "../board-file";
import { buildImage, type Sizes } from "../build/image";
import { ExitCode } from "../failure";
import { Report, grouped } from "../report";

export async function sizeCommand(options: { board: string; json?: boolean }): Promise<number> {
  const board = loadBoard(options.board);
  return printSizes("size", board, await buildImage(board.name), new Report(Boolean(options.json)));
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
