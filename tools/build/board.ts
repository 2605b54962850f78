/** A board as the build sees it: board.json's figures, and the same as C macros. */
import { existsSync, readFileSync } from "node:fs";
import { inRoot } from "./paths";

/** The part of board.json that the build itself uses; the whole of it becomes macros. */
export interface BoardFacts {
  name: string;
  cpu: { flags: string[] };
  memory: { codeBytes: number; ramBytes: number };
  ram: { stackBytes: number; handlerStackBytes: number; engineHeapBytes: number; arenaBytes: number };
  flash?: { sectorBytes: number };
  swap: { startBytes: number; sectors: number };
  knobs: { pageBytes: number; pagesMax: number; objectsMax: number; poolsMax: number; linkBytes: number; tenantsMax?: number };
}

export function boardFile(name: string): string { return inRoot("hal", "boards", name, "board.json"); }

export function readBoard(name: string): BoardFacts {
  const path = boardFile(name);
  if (!existsSync(path)) throw new Error(`there is no board "${name}": hal/boards has no folder of that name with a board.json`);
  return JSON.parse(readFileSync(path, "utf8")) as BoardFacts;
}

/**
 * board-config.h: each figure of board.json as BOARD_<PATH>, so ram.stackBytes is BOARD_RAM_STACK_BYTES; texts are quoted,
 * lists and what only the host reads (flashing) left out. Also the project's version.
 */
export function boardConfigHeader(name: string): string {
  const { flashing: _hostOnly, ...facts } = JSON.parse(readFileSync(boardFile(name), "utf8")) as Record<string, unknown>;
  const version = (JSON.parse(readFileSync(inRoot("package.json"), "utf8")) as { version: string }).version;
  return [
    `/* Generated from hal/boards/${name}/board.json. */`,
    "#ifndef BOARD_CONFIG_H",
    "#define BOARD_CONFIG_H",
    `#define ZCACHE_VERSION ${JSON.stringify(version)}`,
    ...macrosOf(facts, "BOARD"),
    "#endif",
    "",
  ].join("\n");
}

function macrosOf(value: unknown, name: string): string[] {
  if (typeof value === "string") return [`#define ${name} ${JSON.stringify(value)}`];
  if (typeof value === "number") return [`#define ${name} ${value}${value >= 0 ? "u" : ""}`];
  if (typeof value === "boolean") return [`#define ${name} ${value ? 1 : 0}`];
  if (value === null || typeof value !== "object" || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => macrosOf(inner, `${name}_${key.replace(/[A-Z]/g, "_$&").toUpperCase()}`));
}
