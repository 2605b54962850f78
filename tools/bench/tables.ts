/** The bench's figures as Markdown, for the terminal and for BENCHMARKS.md alike. */
import { ExitCode, Failure } from "../failure";
import { grouped } from "../report";
import type { AppFigures } from "./app-bench";
import type { CodecFigures } from "./codec-bench";
import type { Summary } from "./records";
import type { Target } from "./targets";

export function targetTable(targets: Target[]): string[] {
  return table(["what", "measured", "target", "met"],
    targets.map(({ name, measured, bound, sense, unit, met }) => [name, `${number(measured)} ${unit}`, `${sense} ${number(bound)}`, met ? "yes" : "NO"]));
}

export function codecTable({ total, kinds }: CodecFigures): string[] {
  const row = (name: string, one: Summary): string[] => [name, number(one.pages), number(one.theirCompress), number(one.ourCompress), number(one.compressTimes),
    number(one.theirDecompress), number(one.ourDecompress), number(one.decompressTimes), `${one.theirPercent} / ${one.ourPercent} %`,
    `${number(one.storeBeyond)} (${number(one.storeBeyondWorst)})`, `${number(one.loadBeyond)} (${number(one.loadBeyondWorst)})`, number(one.refused)];
  return table(["pages of", "pages", "C compress", "ours", "times", "C decompress", "ours", "times", "size C / ours", "store beyond (worst)", "load beyond (worst)", "refused"],
    [...kinds.map(({ kind, summary }) => row(kind, summary)), row("all", total)]);
}

export function appTable(app: AppFigures): string[] {
  const phases = Object.entries(app.bootPhases).map(([phase, count]) => [`boot: ${phase.replace("_", "-")}`, number(count)]);
  return table(["app and boot", "instructions"], [
    ["read of 32 bytes, page resident", number(app.residentRead)],
    ["read of 32 bytes, page compressed in RAM: mean", number(app.faultingRead)],
    ["read of 32 bytes, page compressed in RAM: worst", number(app.faultingReadWorst)],
    ["the same, many in a row without idle time", number(app.faultingReadInRow)],
    ...phases,
    ["boot to prompt", number(app.bootInstructions)],
  ]);
}

/** Replaces each Markdown table in `text` whose first column has the same title as one of `tables`. */
export function replaceTables(text: string, tables: string[][]): string {
  return tables.reduce((page, fresh) => {
    const title = /^\| ([^|]*?) *\|/.exec(fresh[0])![1];
    const old = new RegExp(`^\\| ${title} *\\|.*\\n(?:\\|.*\\n?)*`, "m");
    if (!old.test(page)) throw new Failure(ExitCode.Failed, `BENCHMARKS.md has no table that begins with "${title}": put its header line where the figures belong`);
    return page.replace(old, () => `${fresh.join("\n")}\n`);
  }, text);
}

function table(head: string[], rows: string[][]): string[] {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column].length)));
  const line = (cells: string[]): string => `| ${cells.map((cell, column) => column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])).join(" | ")} |`;
  return [line(head), `|${widths.map((width, column) => column === 0 ? "-".repeat(width + 2) : `${"-".repeat(width + 1)}:`).join("|")}|`, ...rows.map(line)];
}

function number(value: number): string { return Number.isInteger(value) ? grouped(value) : value.toFixed(2); }
