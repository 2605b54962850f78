/** `zcache bench`: instructions of codec, door, app and boot on the emulated board, beside what is promised. */
import { readFileSync, writeFileSync } from "node:fs";
import { benchApp } from "../bench/app-bench";
import { benchCodec, checkPageFiles } from "../bench/codec-bench";
import { appTable, codecTable, targetTable } from "../bench/tables";
import { judge, type Target } from "../bench/targets";
import { loadBoard, type BoardFile } from "../board-file";
import { buildBench, buildImage } from "../build/image";
import { inRoot } from "../build/paths";
import { pageFiles, startFiles } from "../corpus";
import { ExitCode } from "../failure";
import { Report } from "../report";

export async function benchCommand(options: { board: string; json?: boolean; pages: string[]; record?: boolean }): Promise<number> {
  const board = loadBoard(options.board);
  const report = new Report(Boolean(options.json));
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
  if (options.record) writeFileSync(inRoot("BENCHMARKS.md"), page(board, tables));
  return verdict(targets, report);
}

function verdict(targets: Target[], report: Report): ExitCode {
  const missed = targets.filter((target) => !target.met);
  report.line();
  report.line(missed.length === 0 ? `all ${targets.length} targets are met` : `missed: ${missed.map((target) => target.name).join("; ")}`);
  return missed.length === 0 ? ExitCode.Ok : ExitCode.Threshold;
}

function page(board: BoardFile, [targets, codec, app]: string[][]): string {
  return `# Benchmarks

Made by \`zcache bench --record\` on ${board.title}, emulated by QEMU with \`-icount shift=0\`: figures are instructions, exact and
repeatable to the timer's tick of ten. They are not cycles: there are no wait states and every instruction counts one.
Pages have ${board.knobs.pageBytes} bytes. The reference is LZ4 1.9.4 in C (Debian's source, the same compiler and options, -O2, a table
of 1 KB; -O3 changes it by less than 3 %). Both codecs decode each other's output on every page measured. "Beyond" is a whole store or load through the frontswap
door less the codec's own work: mean, and the worst page.

## Targets

${targets.join("\n")}

## Codec and door, instructions a page

${codec.join("\n")}

## App and boot

A line of JavaScript reads 32 bytes of an area; the read is one call of the app's API (\`area.read\`).

${app.join("\n")}
`;
}
