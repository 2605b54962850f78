/**
 * What an image takes, from its ELF file and link map: code flash by who wrote it, RAM by what it is for. The arena's
 * parts are asked of the core's own plan (firmware/core/layout.ts), with the board's figures.
 */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { Knob, setDefaults, setKnob } from "../../firmware/core/config";
import { Header, openLayout, tableBytes } from "../../firmware/core/layout";
import { attachMemory, read32 } from "../../firmware/core/memory";
import { type BoardFacts, readBoard } from "./board";
import { isCode, isConstant, readPieces } from "./link-map";
import { runProgram } from "./steps";

export interface Sizes {
  board: string;
  /** The image's files, absolute. */
  files: { elf: string; bin: string; map: string };
  flash: {
    capacity: number;
    /** Everything that lies in code flash: code, constants, and the initial values of data. */
    total: number;
    code: number;
    const: number;
    data: number;
    free: number;
    /** Code and constants by origin. */
    parts: Record<CodePart, number>;
    /** Bytes between the pieces, for their alignment: parts, padding and data are the total. */
    padding: number;
  };
  ram: {
    capacity: number;
    total: number;
    free: number;
    stack: number;
    handler_stack: number;
    data: number;
    bss: number;
    engine_heap: number;
    arena: number;
    arena_parts: { tables: number; link: number; frames: number; frame_count: number; page_bytes: number };
  };
}

export type CodePart = "engine" | "core" | "port" | "board" | "javascript" | "library";

/** Measures an image. Throws if the board's figures do not make a store. */
export async function measureImage(boardName: string, files: Sizes["files"]): Promise<Sizes> {
  const board = readBoard(boardName);
  const sections = parseSections(await runProgram("arm-none-eabi-readelf", ["-S", "-W", files.elf]));
  const size = (name: string): number => sections.get(name) ?? 0;
  const code = size(".text");
  const constants = size(".rodata");
  const flash = code + constants + size(".data");
  const parts = parseMap(readFileSync(files.map, "utf8"));
  const padding = code + constants - Object.values(parts).reduce((sum, bytes) => sum + bytes, 0);
  const { codeBytes, ramBytes } = board.memory;
  if (flash > codeBytes) throw new Error(`the image of ${boardName} has ${flash} bytes and memory.codeBytes in its board.json says ${codeBytes}: correct that, or leave something out (leaveOut)`);
  const ramParts = { stack: size(".stack"), handler_stack: size(".handler_stack"), data: size(".data") + size(".noinit"),
    // The core's variables lie before the arena, in its section (hal/native/dialect.h).
    bss: size(".bss") + size(".arena") - board.ram.arenaBytes, engine_heap: size(".engine_heap"), arena: board.ram.arenaBytes };
  const ram = Object.values(ramParts).reduce((sum, bytes) => sum + bytes, 0);
  return {
    board: boardName,
    files,
    flash: { capacity: codeBytes, total: flash, code, const: constants, data: size(".data"), free: codeBytes - flash, parts, padding },
    ram: { capacity: ramBytes, total: ram, free: ramBytes - ram, ...ramParts, arena_parts: arenaParts(board) },
  };
}

/** Sizes by section name, from `readelf -S -W`. */
export function parseSections(text: string): Map<string, number> {
  const rows = text.matchAll(/^\s*\[\s*\d+\]\s+(\S+)\s+\S+\s+[0-9a-f]+\s+[0-9a-f]+\s+([0-9a-f]+)/gm);
  return new Map([...rows].map(([, name, size]) => [name!, parseInt(size!, 16)]));
}

/** Bytes of code and constants by origin, from the linker's map. */
export function parseMap(map: string): Record<CodePart, number> {
  const parts: Record<CodePart, number> = { engine: 0, core: 0, port: 0, board: 0, javascript: 0, library: 0 };
  for (const piece of readPieces(map)) if (isCode(piece) || isConstant(piece)) parts[partOf(piece.file)] += piece.bytes;
  return parts;
}

/** Who wrote what is in an object file. */
export function partOf(file: string): CodePart {
  const name = basename(file);
  if (name === "duktape.o") return "engine";
  if (name === "core.o") return "core";
  if (name === "cold_sources.o") return "javascript";
  if (file.includes("/obj/board/")) return "board";
  return file.includes("/obj/port/") ? "port" : "library";
}

function arenaParts(board: BoardFacts): Sizes["ram"]["arena_parts"] {
  const { frames, tableBytes } = layOut(board);
  const { pageBytes, linkBytes } = board.knobs;
  return { tables: tableBytes - linkBytes, link: linkBytes, frames: frames * pageBytes, frame_count: frames, page_bytes: pageBytes };
}

export interface Layout {
  /** The arena as it lies when it has just been laid out. */
  arena: DataView;
  frames: number;
  tableBytes: number;
}

/** Lays out a store of the board's figures, by the core's own plan. Throws if they make none. */
export function layOut(board: BoardFacts): Layout {
  const buffer = new ArrayBuffer(board.ram.arenaBytes);
  attachMemory(buffer);
  setDefaults();
  for (const [knob, value] of knobsOf(board)) setKnob(knob, value);
  const frames = openLayout(board.ram.arenaBytes);
  if (frames < 0) throw new Error(`the figures of ${board.name} make no store: relation ${read32(Header.ConfigFault)} of its configuration is broken (firmware/core/layout.ts)`);
  return { arena: new DataView(buffer), frames, tableBytes: tableBytes() };
}

/** What is set at boot: by the runtime (firmware/runtime/cold/boot-open.ts), or by the floor's console (hal/floor/main.c). */
function knobsOf(board: BoardFacts): [Knob, number][] {
  const knobs: [Knob, number][] = [[Knob.PageBytes, board.knobs.pageBytes], [Knob.PagesMax, board.knobs.pagesMax],
    [Knob.ObjectsMax, board.knobs.objectsMax], [Knob.PoolsMax, board.knobs.poolsMax], [Knob.LinkBytes, board.knobs.linkBytes],
    [Knob.TenantsMax, board.knobs.tenantsMax ?? 1]];
  if (board.program === "floor") knobs.push([Knob.Dense, 0]);
  if (board.flash && board.swap.sectors > 0) {
    knobs.push([Knob.SectorBytes, board.flash.sectorBytes], [Knob.SwapStart, board.swap.startBytes], [Knob.SwapSectors, board.swap.sectors],
      [Knob.DurablePagesMax, board.knobs.durablePagesMax ?? 0]);
  }
  return knobs;
}
