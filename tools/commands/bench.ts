/** `zcache bench`: instructions of codecs, door, app and boot on the emulated board, and densities, beside what is promised. */
import { readFileSync, writeFileSync } from "node:fs";
import { benchApp } from "../bench/app-bench";
import { benchCodec } from "../bench/codec-bench";
import { measureDensity } from "../bench/density";
import { benchEngine } from "../bench/engine-bench";
import { measureFilled } from "../bench/filled";
import { readPageFiles, type PageFile } from "../bench/page-files";
import { measureSizes, percents, sizesByFile } from "../bench/sizes";
import { appTable, codecTable, costTable, densityTable, engineTable, filledTable, replaceTables, sizeTable, targetTable } from "../bench/tables";
import { judge, type Figures, type Target } from "../bench/targets";
import { loadBoard } from "../board-file";
import { buildBench, buildEngineBench, buildImage, planImages } from "../build/image";
import { inRoot } from "../build/paths";
import { planPackages, planSteps } from "../build/steps";
import { pageFiles, startFiles } from "../corpus";
import { ExitCode, usage } from "../failure";
import { machineOf } from "../qemu/machine";
import { Report } from "../report";

export async function benchCommand(options: { board: string; json?: boolean; pages: string[]; record?: boolean }): Promise<number> {
  const board = loadBoard(options.board);
  const report = new Report(Boolean(options.json));
  machineOf(board);
  if (board.program === "floor") throw usage(`${board.name} runs no engine, and bench measures what an app pays: name another board, or feed this one with zcache qemu --board ${board.name} --feed FILE`);
  const files = readPageFiles(options.pages.length > 0 ? options.pages : pageFiles(), board.knobs.pageBytes);
  planImages([board.name], ["firmware", "bench", "engine-bench"]);
  planPackages("measure");
  planSteps(["core-script"]);
  const sizes = await buildImage(board.name);
  const [native, scripted] = [await buildBench(board.name), await buildEngineBench(board.name)];
  // Each is an emulator of its own and counts its own instructions: side by side they disturb nothing but the wall clock.
  const [codec, engine] = await Promise.all([benchCodec(board, native, files), benchEngine(board, scripted, files)]);
  const density = await benchDensity(files, board.knobs.pageBytes);
  const app = await benchApp(board, sizes.files.elf, readFileSync(startFiles()[1]));
  const figures: Figures = { codec, engine, density, app, sizes, isCorpus: files.every((file) => file.isCorpus) };
  const targets = judge(figures);
  const tables = tablesOf(figures, targets);
  report.line(tables.map((table) => table.join("\n")).join("\n\n"));
  report.document({ command: "bench", board: board.name, page_bytes: board.knobs.pageBytes, targets, codec, engine, density, app, sizes });
  if (options.record) record(tables);
  return verdict(targets, report);
}

async function benchDensity(files: PageFile[], pageBytes: number): Promise<Figures["density"]> {
  const sizes = await measureSizes(files);
  const all = sizes.flat();
  const filled = measureFilled(files.flatMap(({ pages }) => pages), pageBytes);
  return { total: { pages: all.length, ...percents(all, pageBytes) }, files: sizesByFile(files, sizes), allocators: measureDensity(all, pageBytes), filled };
}

function tablesOf({ codec, engine, density, app }: Figures, targets: Target[]): string[][] {
  return [codecTable(codec), costTable(codec), engineTable(engine), sizeTable(density.files, density.total), filledTable(density.filled), densityTable(density.allocators), appTable(app), targetTable(targets)];
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
