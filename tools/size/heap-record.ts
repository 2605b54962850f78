/**
 * Heap that was measured, and of what: a figure is known by the hash of what it was measured on, so that it is shown for nothing
 * else. `zcache size --heap` measures (half a minute) and keeps the figures in build/; --record keeps them in tools/size/heap.json,
 * where a fresh clone has them.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import type { BoardFile } from "../board-file";
import type { EngineBundle } from "../build/engine-bundle";
import type { Sizes } from "../build/image";
import { inBuild, inRoot } from "../build/paths";
import { progress, writeFile } from "../build/steps";
import { readMemory } from "../qemu/board-state";
import { Session } from "../qemu/session";
import { type BundleHeap, type Owned, measureBundle } from "./bundle-heap";
import { Kind, duktapeHeap } from "./heap-gauge";
import { coldTable, coldTexts, moduleOfText } from "./image-modules";

/** A bundle, and whose its characters are where the build says. */
export type OwnedBundle = EngineBundle & { owned?: Owned };

/** The engine's heap on a board, bytes. */
export interface BoardHeap {
  /** In use at the prompt, as `.mem` says. */
  used: number;
  /** Of that: the engine without any script, and what boot.ts leaves. The rest is what C keeps in it. */
  engine: number;
  boot: number;
  /** Each source in flash by its module: its program, while it runs. */
  sources: Record<string, number>;
}

interface HeapRecord {
  /** By hash of the bundle. */
  bundles: Record<string, BundleHeap>;
  /** By hash of the image. */
  boards: Record<string, BoardHeap>;
}

const recorded = (): string => inRoot("tools", "size", "heap.json");
const measured = (): string => inBuild("size", "heap.json");

function read(path: string): HeapRecord {
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) as HeapRecord : { bundles: {}, boards: {} };
}

function hashOf(path: string): string { return createHash("sha256").update(readFileSync(path)).digest("hex").slice(0, 16); }

export function heapOfBundle(bundle: EngineBundle): BundleHeap | undefined {
  const hash = hashOf(bundle.path);
  return read(measured()).bundles[hash] ?? read(recorded()).bundles[hash];
}

export function heapOfBoard(sizes: Sizes): BoardHeap | undefined {
  const hash = hashOf(sizes.files.bin);
  return read(measured()).boards[hash] ?? read(recorded()).boards[hash];
}

/** Measures what is not known yet. */
export async function measureHeap(board: BoardFile, sizes: Sizes, bundles: OwnedBundle[]): Promise<void> {
  for (const bundle of bundles) {
    if (heapOfBundle(bundle)) continue;
    progress(`heap of ${basename(bundle.path)} ...`);
    const heap = await measureBundle(readFileSync(bundle.path, "utf8"), bundle.owned);
    keep(measured(), ({ bundles: known }) => { known[hashOf(bundle.path)] = heap; });
  }
  if (board.machine === undefined || board.program === "floor" || heapOfBoard(sizes)) return;
  progress(`engine heap of ${board.name} ...`);
  const heap = await measureBoard(board, sizes);
  keep(measured(), ({ boards }) => { boards[hashOf(sizes.files.bin)] = heap; });
}

/** Makes what is known of these the only figures in the tree; those of other boards' images go, as nobody could look them up. */
export function recordHeap(sizes: Sizes, bundles: EngineBundle[]): void {
  const board = heapOfBoard(sizes);
  const rows = bundles.flatMap((bundle): [string, BundleHeap][] => {
    const heap = heapOfBundle(bundle);
    return heap ? [[hashOf(bundle.path), heap]] : [];
  });
  const record: HeapRecord = { bundles: Object.fromEntries(rows), boards: board ? { [hashOf(sizes.files.bin)]: board } : {} };
  writeFile(recorded(), `${JSON.stringify(record, null, 1)}\n`);
}

function keep(path: string, change: (record: HeapRecord) => void): void {
  const record = read(path);
  change(record);
  writeFile(path, JSON.stringify(record));
}

/** Boots the board for what its heap holds at the prompt, and compiles what lies in its flash. */
async function measureBoard(board: BoardFile, sizes: Sizes): Promise<BoardHeap> {
  const session = await Session.boot({ board, image: sizes.files.elf });
  const memory = await readMemory(session.link).finally(() => session.end());
  const texts = coldTexts(readFileSync(coldTable, "utf8")).filter(({ text }) => text.startsWith("(function"));
  const [boot, ...others] = [...texts].sort((a, b) => Number(b.name === "boot") - Number(a.name === "boot"));
  const [started, ...compiled] = await duktapeHeap([{ kind: Kind.Run, text: boot!.text }, ...others.map(({ text }) => ({ kind: Kind.Program, text }))]);
  return { used: memory.engine_heap.used, engine: started!.base, boot: started!.kept,
    sources: Object.fromEntries(others.map(({ name }, i) => [moduleOfText(name), compiled[i]!.kept])) };
}
