/**
 * The npm package: the store in Node, on a simulated board. The API is the board's own source (firmware/api) over the very
 * core that runs on boards, as wasm or, if asked for, as the ES5 that other engines get; behind it a simulated NOR chip with a
 * real one's rules. So an app is written and tested on a desk, and what it may do there it may do on the board.
 *
 * The chip can be kept, in a file or in a byte array of the caller's: then what was synced is there when it is opened
 * again, and whatever else happened to the process was a power cut. One store has a file: a second is refused until the
 * first is closed. What the operating system refuses (a full disk, a file that is gone) is an error of sync(), in one
 * sentence, and sync() succeeds again when it is mended. Between two events of Node's loop the store does its idle work,
 * as the board does between two events of its line.
 */
import { readFileSync } from "node:fs";
import { Knob } from "../../firmware/core/config";
import type { Core } from "../../firmware/api/core";
import { type Store, openStore } from "../../firmware/api/store";
import { FlashResult } from "../flash";
import { SimBoard } from "../sim/board";
import { type NodeFlash, openFlash } from "./flash";
import type { KeptCells } from "./kept-cells";

/** As zcache.d.ts describes them. */
export interface OpenOptions {
  arenaBytes?: number;
  pageBytes?: number;
  pagesMax?: number;
  objectsMax?: number;
  durablePagesMax?: number;
  flash?: string | Uint8Array | false;
  part?: string;
  format?: boolean;
  writeBudgetKiB?: number;
  core?: "wasm" | "script";
}

type Calls = Core["calls"];
type ScriptCalls = Calls & { attachMemory(buffer: ArrayBuffer): void; attachPorts(ports: SimBoard): void };

/** Err.NotOpen and Err.Invalid. */
const NOT_OPEN = -13;
const INVALID = -1;
const PORTS = ["flashRead", "flashProgram", "flashErase", "serialPut", "clockTicks"] as const;
const WASM_PAGE_BYTES = 65536;
/** The region that stage and cursor lie in, without a line (firmware/shapes/stage.ts). */
const LINK_BYTES = 1080;
/** The least memory a store can be asked to live in, and the most. */
const ARENA_LEAST = 16384;
const ARENA_MOST = 64 * 1024 * 1024;
/** Flash given to swap: 4 MB as on the boards, if the chip has it. */
const SWAP_BYTES = 4 * 1024 * 1024;
const SWAP_SECTORS_MOST = 1024;

/** Where the core's two forms lie: beside the bundle. */
function text(name: string): Buffer { return readFileSync(new URL(name, import.meta.url)); }

function wasmCalls(board: SimBoard, arenaBytes: number): { calls: Calls; bytes: () => Uint8Array } {
  const env = Object.fromEntries(PORTS.map((name) => [name, (...args: number[]) => (board[name] as (...given: number[]) => unknown)(...args)]));
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(text("./zcache-core.wasm"))), { env: env as WebAssembly.ModuleImports });
  const memory = exports["memory"] as WebAssembly.Memory;
  const missing = arenaBytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / WASM_PAGE_BYTES));
  const bytes = new Uint8Array(memory.buffer, 0, arenaBytes);
  return { calls: exports as unknown as Calls, bytes: () => bytes };
}

function scriptCalls(board: SimBoard, arenaBytes: number): { calls: Calls; bytes: () => Uint8Array } {
  const calls = new Function(`${text("./zcache-core.js").toString()}\nreturn zcacheCore;`)() as ScriptCalls;
  const buffer = new ArrayBuffer(arenaBytes);
  calls.attachMemory(buffer);
  calls.attachPorts(board);
  const bytes = new Uint8Array(buffer);
  return { calls, bytes: () => bytes };
}

function checked(name: string, value: number, low: number, high: number): number {
  if (Number.isInteger(value) && value >= low && value <= high) return value;
  throw new RangeError(`open: ${name} is ${value}; expected a whole number from ${low} to ${high}.`);
}

/** A core whose store can be closed, and that works while the event loop is idle. */
interface NodeCore extends Core { idle: () => void; close(): void }

/** Has the store do its idle work before the event loop goes on, whenever an app has called it. */
function withIdleWork(core: Core): NodeCore {
  const { calls } = core;
  let isDue = false;
  let isClosed = false;
  return {
    idle: () => {},
    close: () => { isClosed = true; },
    bytes: core.bytes,
    get calls() {
      if (isClosed) throw Object.assign(new Error("the store was closed: open another."), { code: NOT_OPEN });
      if (!isDue) {
        isDue = true;
        setImmediate(() => {
          try {
            if (!isClosed) this.idle();
          } finally {
            isDue = false;
          }
        });
      }
      return calls;
    },
  };
}

/** The core, whose syncs succeed only when the cells are kept: asked before, so that a refusal changes nothing, and behind it. */
function keeping(core: Core, kept: KeptCells): Core {
  const { calls } = core;
  const afterwards = (sync: () => number): number => {
    if (kept.catchUp() !== "") return FlashResult.Failed;
    const code = sync();
    return kept.catchUp() === "" ? code : FlashResult.Failed;
  };
  const kinder = { ...calls, coreSync: () => afterwards(() => calls.coreSync()), areaSync: (area: number) => afterwards(() => calls.areaSync(area)) };
  return { bytes: core.bytes, calls: kinder };
}

/** A refusal of the flash whose cells cannot be kept says why. */
function tellWhy(store: Store, kept: KeptCells): void {
  const refuse = store.refuse.bind(store);
  const tell = (code: number, what: string, keptBytes?: number): never => {
    const why = code === FlashResult.Failed ? kept.catchUp() : "";
    if (why === "") return refuse(code, what, keptBytes);
    throw Object.assign(new Error(`${what}: ${why}.`), { code });
  };
  Object.defineProperty(store, "refuse", { value: tell });
}

/**
 * Opens a store on a board of its own. Each call makes another board. Throws one sentence, whose `code` is -6 when the flash
 * file is refused and -1 when an option is.
 */
export function open(options: OpenOptions = {}): unknown {
  try {
    return opened(options);
  } catch (error) {
    throw typeof (error as { code?: unknown }).code === "number" ? error : Object.assign(error as Error, { code: INVALID });
  }
}

function opened(options: OpenOptions): Store {
  const arenaBytes = checked("arenaBytes", options.arenaBytes ?? 36864, ARENA_LEAST, ARENA_MOST) & -4;
  const pageBytes = checked("pageBytes", options.pageBytes ?? 1024, 256, 1024);
  const flash = openFlash(options.flash, options.part);
  try {
    return storeOn(flash, arenaBytes, pageBytes, options);
  } catch (error) {
    flash?.kept?.close();
    throw error;
  }
}

function storeOn(flash: NodeFlash | undefined, arenaBytes: number, pageBytes: number, options: OpenOptions): Store {
  const board = new SimBoard(flash?.flash);
  const bare = (options.core === "script" ? scriptCalls : wasmCalls)(board, arenaBytes);
  board.block = { arenaBytes, clientBytes: 0, bytes: bare.bytes() };
  openCore(bare, board, arenaBytes, pageBytes, options);
  const kept = flash?.kept;
  const core = withIdleWork(kept === undefined ? bare : keeping(bare, kept));
  const store = openStore(core);
  core.idle = () => store.idle();
  if (kept !== undefined) tellWhy(store, kept);
  Object.defineProperty(store, "close", { value: () => { core.close(); kept?.close(); } });
  return store;
}

/** Turns the knobs and opens the core's store. */
function openCore({ calls }: Core, { flash }: SimBoard, arenaBytes: number, pageBytes: number, options: OpenOptions): void {
  const knobs: [Knob, number][] = [[Knob.PageBytes, pageBytes], [Knob.PagesMax, options.pagesMax ?? 1024],
    [Knob.ObjectsMax, options.objectsMax ?? 16], [Knob.LinkBytes, LINK_BYTES]];
  if (flash !== undefined) {
    const { sizeBytes, sectorBytes } = flash.geometry;
    knobs.push([Knob.DurablePagesMax, options.durablePagesMax ?? 64]);
    if (options.writeBudgetKiB !== undefined) knobs.push([Knob.WritebackLimitEnable, 1], [Knob.WritebackLimit, options.writeBudgetKiB]);
    knobs.push([Knob.SectorBytes, sectorBytes], [Knob.SwapSectors, Math.min(SWAP_SECTORS_MOST, Math.floor(Math.min(sizeBytes, SWAP_BYTES) / sectorBytes))]);
  }
  calls.coreDefaults();
  for (const [knob, value] of knobs) {
    if (calls.coreSet(knob, value) < 0) throw new RangeError(`open: a figure is out of range: knob ${knob} takes ${calls.coreLow(knob)} to ${calls.coreHigh(knob)}, not ${value}.`);
  }
  if (calls.coreOpen(arenaBytes) < 0) throw new RangeError(`open: ${arenaBytes} bytes do not hold the tables and four frames: give more arenaBytes, or fewer pagesMax.`);
  if (options.format === true && calls.coreSwapIsOpen() === 0) calls.swapFormat();
}
