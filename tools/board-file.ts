/** The boards there are: one folder below hal/boards each, described by its board.json. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { inRoot } from "./build/paths";
import { nearest } from "./nearest";
import { usage } from "./failure";

/** What the host tools need from board.json. */
export interface BoardFile {
  name: string;
  title: string;
  /** QEMU's name of the machine. */
  machine: string;
  memory: { codeBytes: number; ramBytes: number };
  ram: { stackBytes: number; engineHeapBytes: number; arenaBytes: number };
  clock: { instructionsPerTick: number };
  flash?: { part: string; sectorBytes: number; imageBytes: number };
  knobs: { pageBytes: number; pagesMax: number };
}

export const DEFAULT_BOARD = "emcraft-sf2";

export function boardNames(): string[] {
  return readdirSync(inRoot("hal", "boards")).filter((name) => existsSync(boardPath(name))).sort();
}

export function loadBoard(name: string): BoardFile {
  const names = boardNames();
  if (!names.includes(name)) throw usage(`there is no board "${name}": did you mean ${nearest(name, names)}? The boards are ${names.join(", ")}`);
  return JSON.parse(readFileSync(boardPath(name), "utf8")) as BoardFile;
}

/** Bytes of data that all areas together can hold at once. */
export function capacityBytes(board: BoardFile): number { return board.knobs.pagesMax * board.knobs.pageBytes; }

function boardPath(name: string): string { return inRoot("hal", "boards", name, "board.json"); }
