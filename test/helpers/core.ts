/**
 * The two builds of the core behind one face. openCore("script") runs the ES5 build as an engine would, openCore("wasm")
 * the other; both give every export of firmware/native.ts, the same block of memory and the same simulated board, so a
 * test is written once and bothBuilds() (cores.ts) runs it twice. Nothing here needs a test runner.
 *
 * Behind the arena lies room for a client's pages (`client`), as hal/memory.ts has it. The block is full of garbage
 * before the store opens: what a board's RAM holds at start is unknown.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as native from "../../firmware/native";
import { COUNTER_NAMES } from "../../firmware/core/counter-names";
import { COUNTERS_AT, Counter } from "../../firmware/core/counters";
import type { Knob } from "../../firmware/core/config";
import type { Ports } from "../../firmware/core/ports";
import type { Flash } from "../../hal/flash";
import { SimBoard } from "../../hal/sim/board";

/** Everything callable that both builds export. */
export type CoreCalls = {
  [Name in keyof typeof native as (typeof native)[Name] extends (...args: never[]) => unknown ? Name : never]: (typeof native)[Name];
};

export type CoreKind = "script" | "wasm";
export const CORE_KINDS: readonly CoreKind[] = ["script", "wasm"];

/** Room behind the arena for pages on their way in and out. */
const CLIENT_BYTES = 16384;
const GARBAGE = 0xa5;
const WASM_PAGE_BYTES = 65536;

export interface CoreOptions {
  /** Knobs that differ from their defaults: { [Knob.PageBytes]: 256 }. */
  readonly knobs?: Partial<Record<Knob, number>>;
  /** 32 KB if absent. */
  readonly arenaBytes?: number;
  /** The swap area's flash. Without one the knobs must name no swap sectors. */
  readonly flash?: Flash;
  /** False: the arena is prepared and the knobs are set, but coreOpen() is left to the test. */
  readonly open?: boolean;
}

export interface Core extends CoreCalls {
  readonly kind: CoreKind;
  readonly board: SimBoard;
  readonly arenaBytes: number;
  /** The arena, and behind it the client's room. */
  readonly bytes: Uint8Array;
  /** Offset of the client's room; 4-aligned, 16 KB long. */
  readonly client: number;
  readonly frames: number;
  /** Value of the counter printed as `group.name`, derived ones brought up to date. */
  counterOf(name: string): number;
  /** Puts a page at `at` in the client's room and returns its offset. */
  put(page: Uint8Array, at?: number): number;
  /** A copy of the arena without its counters: what a refused call must leave as it was. */
  state(): Uint8Array;
  /** A copy of `length` bytes from offset `at`. */
  copy(at: number, length: number): Uint8Array;
}

const counterIndex = new Map(COUNTER_NAMES.split(";").flatMap((group) => {
  const [name, list] = group.split(":");
  return list.split(" ").map((counter) => `${name}.${counter}`);
}).map((name, index) => [name, index]));

/** All printed names, in order, as group.name. */
export const counterNames: readonly string[] = [...counterIndex.keys()];

/** The JavaScript build offers its two variants' attach functions besides. */
type ScriptCalls = CoreCalls & { attachMemory(buffer: ArrayBuffer): void; attachPorts(ports: Ports): void };

interface Build { calls: CoreCalls; buffer: ArrayBuffer; }

/** A fresh instance of the JavaScript build, as an engine evaluates it. */
function openScript(blockBytes: number, ports: Ports): Build {
  scriptSource ??= readFileSync(join(process.cwd(), "build/core/zcache-core.js"), "utf8");
  const calls = new Function(`${scriptSource}\nreturn zcacheCore;`)() as ScriptCalls;
  // As much as a wasm memory has, so that both builds see the same end of memory.
  const buffer = new ArrayBuffer(Math.ceil(blockBytes / WASM_PAGE_BYTES) * WASM_PAGE_BYTES);
  calls.attachMemory(buffer);
  calls.attachPorts(ports);
  return { calls, buffer };
}
let scriptSource: string | undefined;

/** What this file needs of the host's WebAssembly, whose types come only with a browser's. */
interface WasmHost {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: CoreCalls & { memory: { buffer: ArrayBuffer; grow(pages: number): number } } };
}

function openWasm(blockBytes: number, ports: Ports): Build {
  const host = (globalThis as unknown as { WebAssembly: WasmHost }).WebAssembly;
  wasmModule ??= new host.Module(readFileSync(join(process.cwd(), "build/core/zcache-core.wasm")));
  const env = Object.fromEntries((["flashRead", "flashProgram", "flashErase", "serialPut", "clockTicks"] as const)
    .map((name) => [name, (a: number, b: number, c: number) => (ports[name] as (...args: number[]) => unknown)(a, b, c)]));
  const calls = new host.Instance(wasmModule, { env }).exports;
  const missing = blockBytes - calls.memory.buffer.byteLength;
  if (missing > 0) calls.memory.grow(Math.ceil(missing / WASM_PAGE_BYTES));
  return { calls, buffer: calls.memory.buffer };
}
let wasmModule: object | undefined;

/** A store on a simulated board. Throws one sentence when the knobs do not fit together. */
export function openCore(kind: CoreKind, options: CoreOptions = {}): Core {
  const arenaBytes = options.arenaBytes ?? 32768;
  const board = new SimBoard(options.flash);
  const { calls, buffer } = (kind === "script" ? openScript : openWasm)(arenaBytes + CLIENT_BYTES, board);
  const bytes = new Uint8Array(buffer, 0, arenaBytes + CLIENT_BYTES);
  bytes.fill(GARBAGE);
  board.block = { arenaBytes, clientBytes: CLIENT_BYTES, bytes };
  const frames = prepare(calls, options, arenaBytes);
  return {
    ...calls, kind, board, arenaBytes, bytes, client: arenaBytes, frames,
    counterOf(name) {
      const index = counterIndex.get(name);
      if (index === undefined) throw new Error(`No counter is named ${name}; see counter-names.ts.`);
      calls.coreRefresh();
      return calls.counter(index);
    },
    put(page, at = arenaBytes) {
      bytes.set(page, at);
      return at;
    },
    state: () => bytes.slice(0, arenaBytes).fill(0, COUNTERS_AT, COUNTERS_AT + 4 * Counter.Count),
    copy: (at, length) => bytes.slice(at, at + length),
  };
}

function prepare(calls: CoreCalls, options: CoreOptions, arenaBytes: number): number {
  calls.coreDefaults();
  for (const [knob, value] of Object.entries(options.knobs ?? {})) {
    if (calls.coreSet(Number(knob), value) !== 0) throw new Error(`Knob ${knob} does not take ${value}; see its range in config.ts.`);
  }
  if (options.open === false) return 0;
  const frames = calls.coreOpen(arenaBytes);
  if (frames < 0) throw new Error(`The store does not open: code ${frames}, relation ${calls.configFault()} of layout.ts is broken.`);
  return frames;
}
