/**
 * What to do when an image does not fit its board: the linker's words for it, made a sentence that names which parts grew since
 * the last release and what can be switched off. The linker writes its map even then, so the parts are known.
 */
import { readReleased, type ModuleFigures } from "../size/released";
import { type BoardFacts, leavable, readBoard } from "./board";
import { parseMap } from "./sizes";

/** Parts that are named, at most. */
const NAMED = 4;

/** A sentence for "too large"; undefined when the linker complains of something else. `map` is the text of the linker's map. */
export function overflowOf(message: string, board: string, map: string): string | undefined {
  const [, region, bytes] = /region `(\w+)' overflowed by (\d+) bytes/.exec(message) ?? [];
  if (region === undefined) return undefined;
  const advice = region === "RAM" ? ramAdvice(board, Number(bytes)) : codeAdvice(board, map);
  return `the image does not fit ${board}: ${bytes} bytes too many in ${region === "RAM" ? "RAM" : "code flash"}. ${advice}`;
}

function codeAdvice(board: string, map: string): string {
  const words = leavable(board);
  return [partsOf(board, map), words.length > 0 ? `leaveOut in its board.json may name ${listOf(words, "or")} (docs/PORTING.md says what each saves)` : "everything that may be left out is left out: give the board another part or program"].join("; ");
}

/** Which parts are larger than at the last release; the largest ones, when that has no figures of the board. */
function partsOf(board: string, map: string): string {
  const { version, modules } = readReleased();
  const before = modules[board];
  const now = Object.entries(parseMap(map)).filter(([, bytes]) => bytes > 0);
  if (before === undefined) return `Its largest parts are ${listOf(largest(now), "and")}`;
  const grown = largest(now.map(([part, bytes]) => [part, bytes - sumOf(before, part, "code")]));
  return grown.length > 0 ? `Since release ${version} grew ${listOf(grown.map((one) => one.replace(" ", " by ")), "and")}` : `No part grew since release ${version}, which did not fit either`;
}

/** The largest by name and bytes, largest first: "engine 128 879". */
function largest(parts: [string, number][]): string[] {
  return parts.filter(([, bytes]) => bytes > 0).sort((a, b) => b[1] - a[1]).slice(0, NAMED).map(([part, bytes]) => `${part} ${bytes}`);
}

function sumOf(modules: ModuleFigures, part: string, key: string): number {
  return Object.entries(modules).reduce((sum, [name, figures]) => sum + (name.startsWith(`${part}: `) ? figures[key] ?? 0 : 0), 0);
}

/** RAM is shared out by board.json; what is left over are the drivers' and the engine port's variables. */
function ramAdvice(name: string, over: number): string {
  const { ram, memory } = readBoard(name);
  const variables = memory.ramBytes + over - ram.stackBytes - ram.handlerStackBytes - ram.engineHeapBytes - ram.arenaBytes;
  const parts = largest([["arenaBytes", ram.arenaBytes], ["engineHeapBytes", ram.engineHeapBytes], ["stackBytes", ram.stackBytes], ["variables", variables]]);
  return `It is shared out as ${listOf(parts, "and")}; make ${ways(ram, over)} in its board.json`;
}

function ways({ arenaBytes, engineHeapBytes }: BoardFacts["ram"], over: number): string {
  const less = (bytes: number): number => Math.floor((bytes - over) / 8) * 8;
  const found = [["arenaBytes", less(arenaBytes)], ["engineHeapBytes", less(engineHeapBytes)]].filter(([, bytes]) => Number(bytes) > 0);
  return listOf(found.map(([key, bytes]) => `${key} at most ${bytes}`), "or");
}

function listOf(items: string[], word: string): string {
  return items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} ${word} ${items.at(-1)}`;
}
