/** A board as the build sees it: board.json's figures, and the same as C macros. */
import { existsSync, readFileSync } from "node:fs";
import { inRoot } from "./paths";
import { filesBelow } from "./steps";

/** The part of board.json that the build itself uses; the whole of it becomes macros. */
export interface BoardFacts {
  name: string;
  cpu: { flags: string[] };
  /** Shared C files that it is made of besides its own, relative to hal. */
  drivers: string[];
  /** What its image lacks that larger boards keep: words of LEAVABLE. */
  leaveOut?: string[];
  /** What runs on it: the engine's port, or the small console of boards that have no room for an engine. */
  program?: "duktape" | "floor";
  memory: { codeBytes: number; ramBytes: number };
  ram: { stackBytes: number; handlerStackBytes: number; engineHeapBytes: number; arenaBytes: number };
  flash?: { sectorBytes: number };
  swap: { startBytes: number; sectors: number };
  knobs: { pageBytes: number; pagesMax: number; objectsMax: number; poolsMax: number; linkBytes: number; tenantsMax?: number; durablePagesMax?: number };
}

export function boardFile(name: string): string { return inRoot("hal", "boards", name, "board.json"); }

type Facts = Record<string, unknown>;

/**
 * A board's facts: its board.json, laid over that of its `base` where it has one, object by object; null takes a fact of
 * the base away. Throws one sentence when there is no such board or its file is not JSON.
 */
export function boardFacts(name: string): Facts {
  const path = boardFile(name);
  if (!existsSync(path)) throw new Error(`there is no board "${name}": hal/boards has no folder of that name with a board.json`);
  const own = parseFacts(name, readFileSync(path, "utf8"));
  return typeof own.base === "string" ? overlay(boardFacts(own.base), own) : own;
}

function parseFacts(name: string, text: string): Facts {
  try {
    return JSON.parse(text) as Facts;
  } catch (error) {
    throw new Error(`hal/boards/${name}/board.json is not JSON (${(error as Error).message}): mend it`);
  }
}

function isFacts(value: unknown): value is Facts { return typeof value === "object" && value !== null && !Array.isArray(value); }

function overlay(below: Facts, above: Facts): Facts {
  const all = { ...below };
  for (const [key, value] of Object.entries(above)) {
    if (value === null) delete all[key];
    else all[key] = isFacts(value) && isFacts(all[key]) ? overlay(all[key], value) : value;
  }
  return all;
}

/** A board, its base, the base's base: the folders that its own files are looked for in. */
export function boardLine(name: string): string[] {
  const { base } = parseFacts(name, readFileSync(boardFile(name), "utf8"));
  return typeof base === "string" ? [name, ...boardLine(base)] : [name];
}

/** The C files of a board: those in its own folders, and the shared ones that board.json names. Absolute. */
export function boardSources(name: string): string[] {
  const own = boardLine(name).flatMap((one) => filesBelow(inRoot("hal", "boards", one), ".c"));
  return [...own, ...readBoard(name).drivers.map((path) => inRoot("hal", path))];
}

/** What the console without an engine shares with the engine's port. */
const SHARED = ["areas.c", "ports.c", "wire.c"];

/** The C files of a board's program: the engine's port, or the console without one. Absolute. */
export function programSources(name: string): string[] {
  if (readBoard(name).program !== "floor") return filesBelow(inRoot("hal", "duktape"), ".c");
  return [...filesBelow(inRoot("hal", "floor"), ".c"), ...SHARED.map((file) => inRoot("hal", "duktape", file))];
}

/** Where a board's C files find headers, its own before the shared ones. */
export function boardIncludes(name: string): string[] {
  return [...boardLine(name).map((one) => inRoot("hal", "boards", one)), inRoot("hal", "cortex-m"), inRoot("hal", "devices")];
}

/** The linker script: the board's own, or that of its base. */
export function linkerScript(name: string): string {
  const scripts = boardLine(name).map((one) => inRoot("hal", "boards", one, "link.ld"));
  return scripts.find((path) => existsSync(path)) ?? scripts[0]!;
}

/**
 * What a board may leave out, and whose it is: the core's (firmware/core/features.ts has the constant HAS_<WORD>), the
 * engine's (hal/duktape/engine/declarations.h), or the port's (LEAVES_OUT_<WORD>): control is what SECURITY.md calls a closed line.
 */
type Owner = "core" | "engine" | "port";
const LEAVABLE: Record<string, Owner> = { zbud: "core", zfold: "core", zsmalloc: "core", tlsf: "core", trigonometry: "engine", control: "port" };
const ALLOCATORS = ["zbud", "zfold", "zsmalloc", "tlsf"];

/** The words of a board's `leaveOut`, and of `more`, that are one owner's. Throws one sentence about a word that nobody knows. */
export function leftOut(name: string, whose: Owner, more: string[] = []): string[] {
  return [...knownWords(name, readBoard(name).leaveOut ?? []), ...knownWords(name, more)].filter((word) => LEAVABLE[word] === whose);
}

/** The same words, which all are known and leave an allocator. */
export function knownWords(name: string, words: string[]): string[] {
  if (!Array.isArray(words)) throw new Error(`leaveOut in hal/boards/${name}/board.json is no list: write ["zfold", "tlsf"]`);
  const unknown = words.find((word) => !Object.hasOwn(LEAVABLE, word));
  if (unknown !== undefined) {
    throw new Error(`hal/boards/${name}/board.json leaves out "${unknown}", which is not known: it may leave out ${Object.keys(LEAVABLE).join(", ")}`);
  }
  if (ALLOCATORS.every((word) => words.includes(word))) throw new Error(`hal/boards/${name}/board.json leaves out every allocator: keep one of ${ALLOCATORS.join(", ")}`);
  return words;
}

/** The words that a board's `leaveOut` may have besides those it has, and that save room. */
export function leavable(name: string): string[] {
  const { program, leaveOut = [] } = readBoard(name);
  const left = Object.keys(LEAVABLE).filter((word) => !leaveOut.includes(word) && LEAVABLE[word] !== "port" && !(program === "floor" && LEAVABLE[word] === "engine"));
  const allocators = left.filter((word) => ALLOCATORS.includes(word));
  return allocators.length > 1 ? left : left.filter((word) => !ALLOCATORS.includes(word));
}

/** What the compiler of a board's core is told of it. */
export function coreDefines(name: string, more?: string[]): string[] { return leftOut(name, "core", more).map((word) => `-DHAS_${word.toUpperCase()}=0`); }

/** What the compiler of a board's engine is told of it (hal/duktape/engine/declarations.h). */
export function engineDefines(name: string, more?: string[]): string[] { return leftOut(name, "engine", more).map((word) => `-DENGINE_LEAVES_OUT_${word.toUpperCase()}`); }

/** What the compiler of a board's port, or of its console in C, is told of it. */
export function portDefines(name: string, more?: string[]): string[] { return leftOut(name, "port", more).map((word) => `-DLEAVES_OUT_${word.toUpperCase()}`); }

export function readBoard(name: string): BoardFacts { return boardFacts(name) as unknown as BoardFacts; }

/** A record on flash of the pages there are, on the mean. */
const RECORD_BYTES = 450;

/** What costs.ts takes flash for, in thousands of instructions of the board's core, from its chip's times; empty without a chip. */
export function flashCosts(name: string): { readCost: number; writeCost: number } | Record<string, never> {
  const { cpu, flash } = boardFacts(name) as { cpu: { hertz: number }; flash?: Record<string, number> };
  if (flash === undefined) return {};
  const kilo = (micros: number): number => Math.min(65535, Math.round(micros * cpu.hertz / 1e9));
  const writeMicros = RECORD_BYTES * (flash.programTypicalMicros / flash.programBytes + flash.eraseTypicalMicros / flash.sectorBytes);
  return { readCost: kilo(RECORD_BYTES * 8 / flash.busMegahertz), writeCost: kilo(writeMicros) };
}

/**
 * board-config.h: each figure of board.json as BOARD_<PATH>, so ram.stackBytes is BOARD_RAM_STACK_BYTES; texts are quoted,
 * lists and what only the host reads (flashing) left out. Also the project's version.
 */
export function boardConfigHeader(name: string): string {
  const { flashing: _hostOnly, ...facts } = boardFacts(name);
  const version = (JSON.parse(readFileSync(inRoot("package.json"), "utf8")) as { version: string }).version;
  return [
    `/* Generated from hal/boards/${name}/board.json. */`,
    "#ifndef BOARD_CONFIG_H",
    "#define BOARD_CONFIG_H",
    `#define ZCACHE_VERSION ${JSON.stringify(version)}`,
    ...macrosOf(facts, "BOARD"),
    ...macrosOf(flashCosts(name), "BOARD_FLASH"),
    "#endif",
    "",
  ].join("\n");
}

function macrosOf(value: unknown, name: string): string[] {
  if (typeof value === "string") return [`#define ${name} ${JSON.stringify(value)}`];
  if (typeof value === "number") return [`#define ${name} ${value}${value >= 0 && Number.isInteger(value) ? "u" : ""}`];
  if (typeof value === "boolean") return [`#define ${name} ${value ? 1 : 0}`];
  if (value === null || typeof value !== "object" || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => macrosOf(inner, `${name}_${key.replace(/[A-Z]/g, "_$&").toUpperCase()}`));
}
