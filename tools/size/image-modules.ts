/**
 * What each module costs on a board, to the byte: code flash and RAM, from the linker's map and the arena's layout.
 *
 *   core        a function of the core is a section of its name, and the translation to C says whose it is; so it is with a variable,
 *               which lies before the arena. What the compiler put into another function counts there.
 *   arena       its tables belong to the module that keeps them (TABLES below); the frames belong to whoever stores pages.
 *   javascript  the packed text of each source that lies in flash
 *   the rest    by C file; of libraries, by member
 *
 * What has no owner is a row of its own, "shared": so the rows of an origin add up to what the map says, and all rows to the image.
 */
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { Knob } from "../../firmware/core/config";
import { HEADER_BYTES, Header, zpageBufferBytes } from "../../firmware/core/layout";
import { boardSources, programSources, readBoard } from "../build/board";
import type { Sizes } from "../build/image";
import { isCode, isConstant, readPieces, type Piece } from "../build/link-map";
import { nativePaths } from "../build/native";
import { unpackText } from "../build/pack-text";
import { inBuild, inRoot, rootFolder } from "../build/paths";
import { type CodePart, layOut, partOf } from "../build/sizes";
import { filesBelow, runProgram } from "../build/steps";

/** Where a module comes from; "room" is RAM that nobody's code lies in: stacks, engine heap, frames, padding. */
export type Origin = CodePart | "room";

export interface ModuleCost {
  origin: Origin;
  /** Its path without .ts, the path of a C file, or the member of a library. */
  name: string;
  /** Bytes of code flash: code, constants, and the initial values of its variables. */
  code: number;
  /** Bytes of RAM: variables and the tables it keeps in the arena. */
  ram: number;
}

export const SHARED = "shared";

/** What the image consists of; `code` adds up to flash.total, `ram` to ram.total. */
export async function imageModules(sizes: Sizes): Promise<ModuleCost[]> {
  const rows = new Map<string, ModuleCost>();
  const add = (origin: Origin, name: string, code: number, ram: number): void => {
    const row = rows.get(`${origin} ${name}`) ?? { origin, name, code: 0, ram: 0 };
    rows.set(`${origin} ${name}`, { ...row, code: row.code + code, ram: row.ram + ram });
  };
  const pieces = readPieces(readFileSync(sizes.files.map, "utf8"));
  const ownerOf = await owners(sizes.board, pieces);
  for (const piece of pieces) {
    const origin = partOf(piece.file);
    const name = ownerOf(piece, origin);
    if (isCode(piece) || isConstant(piece)) add(origin, name, piece.bytes, 0);
    else if (piece.section.startsWith(".data")) add(origin, name, piece.bytes, piece.bytes);
    else if (!/^\.(arena|engine_heap)/.test(piece.section)) add(origin, name, 0, piece.bytes);
  }
  splitScripts(rows);
  for (const module of readCoreOwners().variables.values()) add("core", module, 0, 4);
  for (const { module, bytes } of arenaTables(sizes.board)) add("core", module, 0, bytes);
  addRoom(sizes, rows, add);
  return [...rows.values()].filter(({ code, ram }) => code > 0 || ram > 0);
}

/** Stacks, heap and frames, and what is left over: padding between the pieces. */
function addRoom({ flash, ram }: Sizes, rows: Map<string, ModuleCost>, add: (origin: Origin, name: string, code: number, bytes: number) => void): void {
  add("room", "stack", 0, ram.stack);
  add("room", "handler stack", 0, ram.handler_stack);
  add("room", "engine heap", 0, ram.engine_heap);
  add("room", "pageframes", 0, ram.arena_parts.frames);
  const sum = (key: "code" | "ram"): number => [...rows.values()].reduce((total, row) => total + row[key], 0);
  add("room", "padding", flash.total - sum("code"), ram.total - sum("ram"));
}

// ---- whose a piece is ----

async function owners(board: string, pieces: Piece[]): Promise<(piece: Piece, origin: CodePart) => string> {
  const { functions } = readCoreOwners();
  const sources = cSources(board);
  const engineFile = await engineOwners(pieces.find(({ file }) => partOf(file) === "engine")?.file);
  return (piece, origin) => {
    const symbol = symbolOf(piece.section);
    if (origin === "core") return functions.get(symbol) ?? SHARED;
    if (origin === "engine") return engineFile(symbol) ?? SHARED;
    const member = /(\w+)\.a\((?:lib_a-)?(.+)\.o\)$/.exec(piece.file);
    if (member) return `${member[1]}: ${member[2]}`;
    return sources.get(basename(piece.file, ".o")) ?? basename(piece.file, ".o");
  };
}

/** .text.frameList.part.0 -> frameList; the strings of a function are its own. */
function symbolOf(section: string): string { return section.replace(/^\.\w+\.?(hot\.|unlikely\.)?/, "").replace(/\.(str\d.*|part\..*|constprop\..*|isra\..*)$/, ""); }

/** What the core's C says of itself: the module of each function and variable, and what stands in the dialect's header. */
export interface CoreOwners {
  functions: Map<string, string>;
  /** Each has a word before the arena. */
  variables: Map<string, string>;
}

const DIALECT = "hal/native/dialect.h";

/** Reads the translation, in which a line names the module that what follows is of; an exported function is that of its inner one. */
export function coreOwners(source: string, dialect: string): CoreOwners {
  const functions = new Map([...dialect.matchAll(/^(?:static )?[\w *]*?\b(\w+)\(.*\)(?: \{.*)?$/gm)].map(([, name]) => [name!, DIALECT]));
  const variables = new Map<string, string>();
  let module = "";
  let isInStruct = false;
  for (const line of source.split("\n")) {
    module = /^ *\/\* ---- (.+)\.ts ---- \*\/$/.exec(line)?.[1] ?? module;
    const [, variable] = /^ {2}\w+ (\w+);$/.exec(line) ?? [];
    const [, name] = /^static \w+ (\w+)\(.*\) \{/.exec(line) ?? [];
    const [, outer, inner] = /^\w+ (core_\w+)\(.*\) \{ (?:return \(\w+\))?(\w+)\(/.exec(line) ?? [];
    if (line === "struct core_variables {" || line === "};") isInStruct = line !== "};";
    if (variable && isInStruct) variables.set(variable, `firmware/${module}`);
    if (name) functions.set(name, `firmware/${module}`);
    if (outer && functions.has(inner!)) functions.set(outer, functions.get(inner!)!);
  }
  return { functions, variables };
}

function readCoreOwners(): CoreOwners { return coreOwners(readFileSync(nativePaths.source, "utf8"), readFileSync(inRoot(DIALECT), "utf8")); }

/**
 * From a symbol of the engine to the file of the release that has it: the combined source's lines by file (duk_source_meta.json),
 * and each symbol's line from the object's debug information.
 */
async function engineOwners(object: string | undefined): Promise<(symbol: string) => string | undefined> {
  if (object === undefined) return () => undefined;
  const places = new Map<string, number>();
  let source = "";
  for (const [, symbol, path, line] of (await runProgram("arm-none-eabi-nm", ["-l", "--defined-only", object])).matchAll(/^\w+ \w ([\w.]+)\t(.+):(\d+)$/gm)) {
    source = path!;
    places.set(symbol!.replace(/\.(part|constprop|isra)\..*$/, ""), Number(line));
  }
  const metaPath = join(rootFolder, dirname(source), "duk_source_meta.json");
  if (!existsSync(metaPath)) return () => undefined;
  const meta = JSON.parse(readFileSync(metaPath, "utf8")) as { line_map: { original_file: string; combined_line: number }[] };
  return (symbol) => {
    const line = places.get(symbol);
    const file = line === undefined ? undefined : meta.line_map.filter(({ combined_line: first }) => first <= line).at(-1)?.original_file;
    return file === undefined ? undefined : `duktape: ${file}`;
  };
}

/** Object name -> path of its source: the board's own first, as image.ts compiles them. */
function cSources(board: string): Map<string, string> {
  const paths = [...boardSources(board), ...programSources(board), ...filesBelow(inRoot("hal", "native"), ".c")];
  return new Map(paths.reverse().map((path) => [basename(path, ".c"), relative(rootFolder, path).replaceAll("\\", "/")]));
}

// ---- JavaScript in flash ----

export const coldTable = inBuild("runtime", "cold_sources.c");

/** The one object with all texts becomes a row for each; what remains is the table and the names in it. */
function splitScripts(rows: Map<string, ModuleCost>): void {
  const all = [...rows.entries()].find(([, { origin }]) => origin === "javascript");
  if (all === undefined) return;
  rows.delete(all[0]);
  const texts = coldTexts(readFileSync(coldTable, "utf8"));
  for (const { name, bytes } of texts) rows.set(`javascript ${name}`, { origin: "javascript", name: moduleOfText(name), code: bytes, ram: 0 });
  const left = all[1].code - texts.reduce((sum, { bytes }) => sum + bytes, 0);
  rows.set(`javascript ${SHARED}`, { origin: "javascript", name: SHARED, code: left, ram: all[1].ram });
}

export interface ColdText {
  name: string;
  /** In flash, the zero at the end included. */
  bytes: number;
  text: string;
}

/** The texts of build/runtime/cold_sources.c. */
export function coldTexts(table: string): ColdText[] {
  const arrays = new Map([...table.matchAll(/^(?:static )?const char (\w+)\[\] = "(.*)";$/gm)].map(([, name, literal]) => [name!, unquote(literal!)]));
  const shared = arrays.get("cold_shared") ?? "";
  return [...table.matchAll(/^ {4}\{"([\w-]+)", (\w+), (\d+)u, (\d+)u?\},$/gm)].map(([, name, array, length, packed]) => {
    const bytes = arrays.get(array!)!;
    const text = Number(packed) > 0 ? unpackText(Buffer.from(bytes, "latin1"), Number(length), shared) : bytes;
    return { name: name!, bytes: bytes.length + 1, text };
  });
}

/** What a C string literal stands for, a character a byte. */
function unquote(literal: string): string {
  return literal.replace(/\\([0-7]{3}|.)/g, (_, code: string) => code.length === 3 ? String.fromCharCode(parseInt(code, 8)) : code === "n" ? "\n" : code);
}

/** A text's module by its name. */
export function moduleOfText(name: string): string {
  const path = ["runtime/cold", "runtime/console", "runtime", "core", "api"].map((folder) => `firmware/${folder}/${name}`)
    .find((one) => filesBelow(inRoot(one.slice(0, one.lastIndexOf("/"))), `/${name}.ts`).includes(inRoot(`${one}.ts`)));
  return path ?? name;
}

// ---- the arena ----

export interface ArenaTable { table: string; module: string; bytes: number; }

/** The arena's tables on a board, as a store of its figures lays them out, and whose they are. They add up to all but frames. */
export function arenaTables(board: string): ArenaTable[] {
  const { arena } = layOut(readBoard(board));
  const word = (at: number): number => arena.getUint32(at, true);
  const knob = (which: Knob): number => word(KNOBS + 4 * which);
  const starts = tableStarts(word, knob);
  const end = word(Header.ZpageBufferAt) + zpageBufferBytes(knob(Knob.PageBytes));
  const tables = starts.map(({ table, module, at }, i) => ({ table, module, bytes: (starts[i + 1]?.at ?? end) - at }));
  return [...tables, { table: "alignment of the frames", module: SHARED, bytes: word(Header.FramesAt) - end }].filter(({ bytes }) => bytes > 0);
}

/** Where the header's parts begin (FORMAT.md). */
const KNOBS = 128;
const COUNTERS = 320;
const STATE = 768;
const CRC_TABLE = 1088;

function tableStarts(word: (at: number) => number, knob: (which: Knob) => number): { table: string; module: string; at: number }[] {
  const ages = word(Header.MetasAt) + 2 * knob(Knob.PagesMax);
  const codec = knob(Knob.Dense) === 0 ? "firmware/core/codec/lz4" : "firmware/core/codec/zbale";
  const tmem = "firmware/core/store/tmem";
  return [
    { table: "header", module: "firmware/core/layout", at: 0 }, { table: "knobs", module: "firmware/core/config", at: KNOBS },
    { table: "counters", module: "firmware/core/counters", at: COUNTERS }, { table: "state", module: "firmware/core/layout", at: STATE },
    { table: "table of the checksum", module: "firmware/core/swap/crc32", at: CRC_TABLE },
    { table: "pools", module: tmem, at: HEADER_BYTES },
    { table: "tenants", module: "firmware/core/store/tenants", at: word(Header.TenantsAt) || word(Header.ObjectsAt) },
    { table: "objects and leaves", module: tmem, at: word(Header.ObjectsAt) },
    { table: "entries", module: "firmware/core/entries", at: word(Header.PayloadsAt) },
    { table: "ages", module: "firmware/core/store/idle", at: ages },
    { table: "frame table", module: "firmware/core/frames", at: word(Header.FrameTableAt) },
    { table: "fit table", module: "firmware/core/zpool/zpool", at: word(Header.ChunkListsAt) },
    { table: "swap sectors", module: "firmware/core/swap/sectors", at: word(Header.ErasesAt) },
    { table: "durable table", module: "firmware/core/swap/durable", at: word(Header.LivesAt) + 2 * knob(Knob.SwapSectors) },
    { table: "link and stage", module: "firmware/link/wire", at: word(Header.LinkAt) },
    { table: "codecs' work space", module: codec, at: word(Header.CodecTableAt) },
    { table: "zpage buffer", module: "firmware/core/store/frontswap", at: word(Header.ZpageBufferAt) },
  ];
}
