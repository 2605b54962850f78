/**
 * `zcache size` for a person: tables with the largest first, totals, and beside each figure what it has grown by since the release.
 * A module's column that has nothing to say is left out, so there is none of differences right after a release.
 */
import type { BoardFile } from "../board-file";
import type { Sizes } from "../build/image";
import { type Report, grouped } from "../report";
import type { BundleSizes } from "./bundles";
import type { BoardHeap } from "./heap-record";
import type { ModuleCost, Origin } from "./image-modules";
import type { Figures, ModuleFigures, Released } from "./released";

export interface SizeDocument {
  board: BoardFile;
  sizes: Sizes;
  modules: ModuleCost[];
  heap: BoardHeap | undefined;
  bundles: BundleSizes[];
  released: Released;
  difference: Figures;
  moduleDifference: Record<string, ModuleFigures>;
}

/** A line of a table: figures by column. */
export interface Row { name: string; figures: Figures; since: Figures; }

const NAME_WIDTH = 38;
/** Rows of an origin that are shown without --all. */
const SHOWN = 12;

/** A sign always, for a change; nothing for none. */
export function signed(bytes: number | undefined): string { return !bytes ? "" : bytes > 0 ? `+${grouped(bytes)}` : `-${grouped(-bytes)}`; }

/** A column: the figures' key, what stands above, and whether the figures are of things that are never there at once: then no total. */
export type Column = [key: string, head: string, isAlone?: boolean];

/**
 * Lines of a table: the rows by their first figure, from the largest on, and their total. Of more rows than `most` the small ones become
 * one line. `isSummary`: no column is left out, and an unchanged figure says 0.
 */
export function table(title: string, columns: Column[], rows: Row[], { most = Infinity, isSummary = false } = {}): string[] {
  const weight = ({ figures }: Row): number => columns.reduceRight((sum, [key], i) => sum + (figures[key] ?? 0) * 1e3 ** -i, 0);
  const sorted = rows.filter(({ figures, since }) => columns.some(([key]) => figures[key] || since[key])).sort((a, b) => weight(b) - weight(a) || a.name.localeCompare(b.name));
  const shown = sorted.length > most + 1 ? [...sorted.slice(0, most), total(`${sorted.length - most} smaller ones`, sorted.slice(most))] : sorted;
  const sums = total("total", sorted);
  for (const [key, , isAlone] of columns) if (isAlone) delete sums.figures[key];
  const all = [...shown, ...(sorted.length > 1 ? [sums] : [])];
  const cells = columns.flatMap(([key, head]): { head: string; texts: string[] }[] => [
    { head, texts: all.map(({ figures }) => figures[key] ? grouped(figures[key]) : "") },
    { head: "since", texts: all.map(({ since }) => signed(since[key]) || (isSummary && since[key] === 0 ? "0" : "")) },
  ]).filter(({ texts }) => isSummary || texts.some((text) => text !== ""));
  const widths = cells.map(({ head, texts }) => Math.max(head.length, ...texts.map((text) => text.length)) + 2);
  const line = (name: string, texts: string[]): string => `${name.padEnd(NAME_WIDTH)}${texts.map((text, i) => text.padStart(widths[i]!)).join("")}`.trimEnd();
  return [line(title, cells.map(({ head }) => head)), ...all.map(({ name }, i) => line(`  ${name}`, cells.map(({ texts }) => texts[i]!)))];
}

function total(name: string, rows: Row[]): Row {
  const sum = (pick: (row: Row) => Figures): Figures => {
    const sums: Figures = {};
    for (const row of rows) for (const [key, bytes] of Object.entries(pick(row))) sums[key] = (sums[key] ?? 0) + bytes;
    return sums;
  };
  return { name, figures: sum(({ figures }) => figures), since: sum(({ since }) => since) };
}

const TITLES: [Origin, string][] = [["core", "core, native"], ["javascript", "JavaScript in flash"], ["port", "engine port"], ["board", "board and drivers"],
  ["engine", "engine"], ["library", "libraries"], ["room", "room"]];

/** The image as a whole and by origin: what is known before any bundle is built. */
export function printImage(all: SizeDocument, report: Report): void {
  const image = table("image", IMAGE_COLUMNS, originRows(all), { isSummary: true });
  for (const line of [all.board.title, ...summary(all), "", ...image]) report.line(line);
}

/** Bundles, and everything by module. */
export function printModules(all: SizeDocument, showAll: boolean, report: Report): void {
  const most = showAll ? Infinity : SHOWN;
  const say = (lines: string[]): void => { for (const line of ["", ...lines]) report.line(line); };
  say(bundleLines(all));
  say(table("modules", MODULE_COLUMNS, coreRows(all)));
  for (const [origin, title] of TITLES.slice(1)) {
    const rows = imageRows(all, origin);
    if (rows.length > 0) say(table(title, origin === "javascript" ? [...IMAGE_COLUMNS, ["heap", "heap to run", true]] : IMAGE_COLUMNS, rows, { most: origin === "javascript" ? Infinity : most }));
  }
  say(notes(all, showAll));
}

const IMAGE_COLUMNS: Column[] = [["code", "code"], ["ram", "RAM"]];
const MODULE_COLUMNS: Column[] = [...IMAGE_COLUMNS, ["full", "full"], ["swap", "swap"], ["minimal", "minimal"], ["heap", "heap"]];

function summary({ sizes: { flash, ram }, heap, board, difference }: SizeDocument): string[] {
  const line = (name: string, used: number, capacity: number, free: number, since: number | undefined): string =>
    `${name.padEnd(12)}${grouped(used).padStart(9)} of ${grouped(capacity).padStart(9)} bytes, ${grouped(free)} free${since ? `, ${signed(since)} since the release` : ""}`;
  const { frames, frame_count: count, page_bytes: page } = ram.arena_parts;
  const lines = [line("code flash", flash.total, flash.capacity, flash.free, difference[`${board.name}: code flash`]),
    line("RAM", ram.total, ram.capacity, ram.free, undefined),
    `  of it pageframes ${grouped(frames)} (${count} of ${page}), the rest ${grouped(ram.total - frames)}${sinceWords(difference[`${board.name}: RAM without frames`])}`];
  if (heap) {
    const c = heap.used - heap.engine - heap.boot;
    lines.push(`engine heap ${grouped(heap.used).padStart(9)} of ${grouped(ram.engine_heap).padStart(9)} bytes at the prompt: the engine ${grouped(heap.engine)}, boot.ts ${grouped(heap.boot)}, its port ${grouped(c)} (measured)${sinceWords(difference[`${board.name}: engine heap at the prompt`])}`);
  }
  return lines;
}

function sinceWords(bytes: number | undefined): string { return bytes ? `, ${signed(bytes)} since the release` : ""; }

function imageKey({ origin, name }: { origin: string; name: string }): string { return `${origin}: ${name}`; }

/** The modules of an origin that are, and that were at the release. */
function imageRows({ board, modules, moduleDifference, heap }: SizeDocument, origin: Origin): Row[] {
  const since = moduleDifference[board.name] ?? {};
  const rows = modules.filter((one) => one.origin === origin).map((one): Row => ({ name: one.name, since: since[imageKey(one)] ?? {},
    figures: { code: one.code, ram: one.ram, ...(origin === "javascript" ? { heap: heap?.sources[one.name] ?? 0 } : {}) } }));
  const names = new Set(rows.map(({ name }) => imageKey({ origin, name })));
  const gone = Object.keys(since).filter((key) => key.startsWith(`${origin}: `) && !names.has(key));
  return [...rows, ...gone.map((key): Row => ({ name: key.slice(origin.length + 2), figures: {}, since: since[key]! }))];
}

function originRows(all: SizeDocument): Row[] {
  return TITLES.map(([origin, name]) => ({ ...total(name, imageRows(all, origin).map((row) => ({ ...row, figures: { code: row.figures.code ?? 0, ram: row.figures.ram ?? 0 } }))) }));
}

/** The core's modules with what they cost in bundles, and those that are in bundles only. */
function coreRows(all: SizeDocument): Row[] {
  const rows = new Map(imageRows(all, "core").map((row): [string, Row] => [row.name, { ...row, since: { ...row.since } }]));
  const at = (name: string): Row => {
    const row = rows.get(name) ?? { name, figures: {}, since: {} };
    rows.set(name, row);
    return row;
  };
  for (const [bundle, key] of SHOWN_BUNDLES) {
    const modules = all.bundles.find(({ name }) => name === bundle)?.modules ?? [];
    for (const { name, bytes, heapBytes } of modules) Object.assign(at(name).figures, { [key]: bytes }, key === "full" ? { heap: heapBytes } : {});
    const since = modules.length > 0 ? all.moduleDifference[`bundle ${bundle}`] ?? {} : {};
    for (const [name, { bytes, heap }] of Object.entries(since)) Object.assign(at(name).since, { [key]: bytes }, key === "full" ? { heap } : {});
  }
  return [...rows.values()];
}

const FULL = "full, generic";
/** Bundles that have a column of their modules. */
const SHOWN_BUNDLES = [[FULL, "full"], ["swap, generic", "swap"], ["minimal", "minimal"]] as const;

function bundleLines({ bundles, difference }: SizeDocument): string[] {
  const lines = ["bundle".padEnd(20) + "bytes".padStart(9) + "since".padStart(9) + "target".padStart(9) + "  heap when loaded"];
  for (const { name, bytes, targetBytes, met, heap } of bundles) {
    const verdict = met ? "met" : `${grouped(bytes - targetBytes)} over`;
    const main = heap.filter(({ engine }) => heap.length <= 2 || !engine.includes(" "));
    const words = main.map((one) => `${one.engine} ${grouped(one.bytes)}${one.how === "computed" ? "*" : ""}`);
    lines.push(`  ${name.padEnd(18)}${grouped(bytes).padStart(9)}${(signed(difference[`bundle ${name}`]) || "0").padStart(9)}${grouped(targetBytes).padStart(9)}  ${verdict}; ${words.join(", ")}`);
  }
  return lines;
}

function notes({ bundles, released, heap, board }: SizeDocument, showAll: boolean): string[] {
  const full = bundles.find(({ name }) => name === FULL);
  const how = full?.how === "measured" ? "measured function by function" : full?.how === "apportioned" ? "measured, and by bytes among the modules" : "computed from the bytes";
  return [
    `since: more bytes than at release ${released.version} (tools/size/released.json); nothing where nothing has changed.`,
    "code, RAM: on this board; a function that the compiler put into another counts where it was put.",
    `full, swap, minimal: bytes of the bundles ${SHOWN_BUNDLES.map(([bundle]) => bundle).join("; ")}. heap: of ${FULL} in our engine, ${how}.`,
    "*: computed, heap for each byte as in docs/ENGINES.md; without it measured.",
    ...(heap || board.machine === undefined || board.program === "floor" ? [] : ["The engine heap of this image has not been measured: zcache size --heap."]),
    ...(showAll ? [] : ["Of engine, port, board and libraries the largest; --all shows every one, --json all figures."]),
  ];
}
