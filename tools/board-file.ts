/** The boards there are: one folder below hal/boards each, described by its board.json. */
import { existsSync, readdirSync } from "node:fs";
import { boardFacts, boardFile } from "./build/board";
import { inRoot } from "./build/paths";
import type { Flashing } from "./flash/flashing";
import { nearest } from "./nearest";
import { TEXT_MOST, readBounded } from "./bounded-file";
import { Failure, messageOf, usage } from "./failure";

/** What the host tools need from board.json. */
export interface BoardFile {
  name: string;
  title: string;
  /** QEMU's name of the machine; absent where there is none. */
  machine?: string;
  /** A board with the same chip that has a machine. */
  kin?: string;
  /** What runs on it: an engine with the runtime, or the floor's console in C. */
  program?: "duktape" | "floor";
  /** What its image lacks (tools/build/board.ts, LEAVABLE). */
  leaveOut?: string[];
  memory: { codeOrigin: number; codeBytes: number; ramOrigin: number; ramBytes: number };
  ram: { stackBytes: number; engineHeapBytes: number; arenaBytes: number };
  clock: { instructionsPerTick: number };
  /** `driveIndex`: which of the machine's flash chips it is; `onHost`: it is a file of the host, by semihosting. */
  flash?: { part: string; sectorBytes: number; imageBytes: number; driveIndex?: number; onHost?: boolean };
  knobs: { pageBytes: number; pagesMax: number; durablePagesMax?: number };
  /** How an image gets onto it; without this only QEMU can run it. */
  flashing?: Flashing;
}

export const DEFAULT_BOARD = "emcraft-sf2";

export function boardNames(): string[] {
  return readdirSync(inRoot("hal", "boards")).filter((name) => existsSync(boardFile(name))).sort();
}

/** A board of hal/boards by its name, or one described by a board.json anywhere else. */
export function loadBoard(name: string): BoardFile {
  if (name.endsWith(".json")) return readBoardFile(name);
  const names = boardNames();
  if (!names.includes(name)) throw usage(`there is no board "${name}": did you mean ${nearest(name, names)}? The boards are ${names.join(", ")}`);
  return checked(boardFacts(name) as unknown as BoardFile);
}

function checked(board: BoardFile): BoardFile {
  checkBoard(board);
  return board;
}

function readBoardFile(path: string): BoardFile {
  if (!existsSync(path)) throw usage(`there is no file ${path}: name a board, or the board.json of one`);
  try {
    return checked(JSON.parse(Buffer.from(readBounded(path, "the board", TEXT_MOST)).toString()) as BoardFile);
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw usage(`${path} does not describe a board (${messageOf(error)}): correct it`);
  }
}

/** Throws one sentence about the first figure that no store can be made of; the core itself judges the finer ones. */
export function checkBoard({ name, memory, ram, knobs }: BoardFile): void {
  const { pageBytes, pagesMax } = knobs;
  const isPowerOfTwo = Number.isInteger(pageBytes) && (pageBytes & pageBytes - 1) === 0;
  if (!isPowerOfTwo || pageBytes < 256 || pageBytes > 4096) throw usage(`the pages of ${name} have ${pageBytes} bytes and a power of two from 256 to 4096 is needed: change knobs.pageBytes in its board.json`);
  if (!Number.isInteger(pagesMax) || pagesMax < 16 || pagesMax % 16 !== 0) throw usage(`the board ${name} wants tables for ${pagesMax} pages and a multiple of 16 is needed: change knobs.pagesMax in its board.json`);
  const parts = ram.stackBytes + ram.engineHeapBytes + ram.arenaBytes;
  const least = ram.arenaBytes - (parts - memory.ramBytes);
  if (parts > memory.ramBytes) {
    const advice = least > 0 ? `make ram.arenaBytes smaller than ${least}` : "make ram.stackBytes or ram.engineHeapBytes smaller";
    throw usage(`stack, engine heap and arena of ${name} need ${parts} bytes and its RAM has ${memory.ramBytes}: ${advice} in its board.json`);
  }
}

/** Bytes of data that all areas together can hold at once. */
export function capacityBytes(board: BoardFile): number { return capacityPages(board) * board.knobs.pageBytes; }

/** Pages for areas: where things can be durable, their directory has a leaf of 16. */
export function capacityPages({ knobs }: BoardFile): number { return knobs.pagesMax - (knobs.durablePagesMax ? 16 : 0); }
