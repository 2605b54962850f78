/**
 * The core's wasm build for host tools: an arena of any size on a simulated board. Tools that replay traces or read
 * dumps use the very code that runs on the boards.
 */
import { readFileSync } from "node:fs";
import { corePaths } from "../build/core";
import { Err } from "../../firmware/core/errors";
import { COUNTER_NAMES } from "../../firmware/core/counter-names";
import type * as native from "../../firmware/native";
import type { Knob } from "../../firmware/core/config";
import { SimBoard } from "../../hal/sim/board";
import type { Flash } from "../../hal/flash";
import { Failure, ExitCode } from "../failure";

/** Every function that the wasm exports. */
export type CoreCalls = { [Name in keyof typeof native as (typeof native)[Name] extends (...args: never[]) => unknown ? Name : never]: (typeof native)[Name] };

type Exports = CoreCalls & { memory: { buffer: ArrayBuffer; grow(pages: number): number } };

/** What this file needs of WebAssembly, whose types come only with a browser's. */
interface WasmHost {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: Exports };
}

const WASM_PAGE_BYTES = 65536;
const PORT_NAMES = ["flashRead", "flashProgram", "flashErase", "serialPut", "clockTicks"] as const;

export interface WasmCore {
  readonly calls: CoreCalls;
  /** The arena. */
  readonly bytes: Uint8Array;
  readonly board: SimBoard;
}

/** A core with room for an arena of `arenaBytes`, its knobs at their defaults; the caller sets knobs and opens it. */
export function loadCore(arenaBytes: number, flash?: Flash): WasmCore {
  const host = (globalThis as unknown as { WebAssembly: WasmHost }).WebAssembly;
  const board = new SimBoard(flash);
  const env = Object.fromEntries(PORT_NAMES.map((name) => [name, (...args: number[]) => (board[name] as (...given: number[]) => unknown)(...args)]));
  const { memory, ...calls } = new host.Instance(new host.Module(readFileSync(corePaths.wasm)), { env }).exports;
  const missing = arenaBytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / WASM_PAGE_BYTES));
  const bytes = new Uint8Array(memory.buffer, 0, arenaBytes);
  board.block = { arenaBytes, clientBytes: 0, bytes };
  calls.coreDefaults();
  return { calls, bytes, board };
}

/** Sets knobs; a value out of range is a failure in one sentence. */
export function setKnobs(core: WasmCore, knobs: Partial<Record<Knob, number>>): void {
  for (const [knob, value] of Object.entries(knobs)) {
    if (core.calls.coreSet(Number(knob), value) === 0) continue;
    const [low, high] = [core.calls.coreLow(Number(knob)), core.calls.coreHigh(Number(knob))];
    throw new Failure(ExitCode.Usage, `Knob ${knob} takes ${low} to ${high}, not ${value}; see firmware/core/config.ts.`);
  }
}

/** All counters by group and name, derived ones brought up to date. A gauge that has nothing to say is null. */
export function countersOf(core: WasmCore): Record<string, Record<string, number>> {
  core.calls.coreRefresh();
  const counters: Record<string, Record<string, number>> = {};
  let index = 0;
  for (const group of COUNTER_NAMES.split(";")) {
    const [name, list] = group.split(":");
    counters[name] = Object.fromEntries(list.split(" ").map((counter) => [counter, said(core.calls.counter(index++))]));
  }
  return counters;
}

function said(value: number): number { return value === Err.NotFound ? null as unknown as number : value; }
