/** `zcache bench`: instructions of codec, door, app and boot on the emulated board, beside what is promised. */
import { readFileSync, writeFileSync } from "node:fs";
import { benchApp } from "../bench/app-bench";
import { benchCodec, checkPageFiles } from "../bench/codec-bench";
import { appTable, codecTable, replaceTables, targetTable } from "../bench/tables";
import { judge, type Target } from "../bench/targets";
import { loadBoard } from "../board-file";
import { buildBench, buildImage } from "../build/image";
import { inRoot } from "../build/paths";
import { pageFiles, startFiles } from "../corpus";
import { ExitCode, usage } from "../failure";
import { machineOf } from "../qemu/machine";
import { Report } from "../report";

export async function benchCommand(options: { board: string; json?: boolean; pages: string[]; record?: boolean }): Promise<number> {
  const board = loadBoard(options.board);
  const report = new Report(Boolean(options.json));
  machineOf(board);
  if (board.program === "floor") throw usage(`${board.name} runs no engine, and bench measures what an app pays: name another board, or feed this one with zcache qemu --board ${board.name} --feed FILE`);
  const files = options.pages.length > 0 ? options.pages : pageFiles();
  checkPageFiles(files);
  const sizes = await buildImage(board.name);
  const codec = await benchCodec(board, await buildBench(board.name), files);
  report.line(`${codecTable(codec).join("\n")}\n`);
  const app = await benchApp(board, sizes.files.elf, readFileSync(startFiles()[1]));
  const targets = judge(codec, app, sizes);
  const tables = [targetTable(targets), codecTable(codec), appTable(app)];
  report.line(`${tables[2].join("\n")}\n\n${tables[0].join("\n")}`);
  report.document({ command: "bench", board: board.name, page_bytes: board.knobs.pageBytes, targets, codec, app, sizes });
  if (options.record) record(tables);
  return verdict(targets, report);
}

function verdict(targets: Target[], report: Report): ExitCode {
  const missed = targets.filter((target) => !target.met);
  report.line();
  report.line(missed.length === 0 ? `all ${targets.length} targets are met` : `missed: ${missed.map((target) => target.name).join("; ")}`);
  return missed.length === 0 ? ExitCode.Ok : ExitCode.Threshold;
}

/** Puts the fresh tables in place of those in BENCHMARKS.md; the words around them stay. */
function record(tables: string[][]): void {
  const path = inRoot("BENCHMARKS.md");
  writeFileSync(path, replaceTables(readFileSync(path, "utf8"), tables));
}
