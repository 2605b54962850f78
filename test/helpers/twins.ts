/**
 * The two builds of the core as one: every call goes to both, each on a board and a flash of its own, and after every
 * call their results, all bytes of their memory and what their flash chips have done must be the same.
 */
import { Core, CoreCalls, CoreOptions, openCore } from "./core";
import { Flash } from "../../hal/flash";
import { ChipOptions } from "../../hal/sim/nor-chip";
import { openSimFlash } from "../../hal/sim/flash";
import { PartName } from "../../hal/sim/parts";
import { compare } from "./oracle";

export type CallName = keyof CoreCalls;

/** A simulated flash as it is compared. */
export interface FlashTwin {
  readonly flash: Flash;
  readonly cells: Uint8Array;
  readonly eraseCounts: Uint32Array;
  /** What it has done so far, in words that are equal only if the deeds are. */
  done(): string;
}

/** A serial chip as a twin. */
export function chipTwin(part: PartName, options?: ChipOptions): FlashTwin {
  const { chip, flash } = openSimFlash(part, options);
  const done = (): string => `${chip.operations} operations, ${chip.counters.programBytes} bytes programmed, ${chip.counters.readBytes} read`;
  return { flash, cells: chip.cells, eraseCounts: chip.eraseCounts, done };
}

/** Calls between two comparisons of all cells of the flash. What it has done is compared at each call. */
const CELLS_EVERY = 64;

export class Twins {
  readonly script: Core;
  readonly wasm: Core;
  private readonly flashes: FlashTwin[] = [];
  private calls = 0;
  /** What the last call sent on the line. */
  private sent: number[] = [];
  /** How often each call has given which code; results count as 0. */
  readonly tally = new Map<CallName, Map<number, number>>();
  /** The last calls, for the message of a failure. */
  private readonly recent: string[] = [];

  /** `flash` makes the simulated flash of one twin; both must come out the same. */
  constructor(options: CoreOptions, flash?: () => FlashTwin) {
    const open = (kind: "script" | "wasm"): Core => {
      const twin = flash?.();
      if (twin !== undefined) this.flashes.push(twin);
      return openCore(kind, twin === undefined ? options : { ...options, flash: twin.flash });
    };
    this.script = open("script");
    this.wasm = open("wasm");
    this.compareAll("coreOpen");
  }

  get client(): number { return this.script.client; }
  /** Cells of the flash, absent on a board without; both are the same. */
  get cells(): Uint8Array | undefined { return this.flashes[0]?.cells; }
  /** Erases of all its sectors. */
  get erases(): number { return this.flashes[0]?.eraseCounts.reduce((sum, count) => sum + count, 0) ?? 0; }

  /** Calls both and returns what both returned. */
  call(name: CallName, ...args: number[]): number {
    const what = `${name}(${args.join(", ")})`;
    const [script, wasm] = [this.script, this.wasm].map((core) => Number((core[name] as (...args: number[]) => unknown)(...args) ?? 0));
    this.count(name, script);
    this.recent.push(`${what} = ${script}`);
    if (this.recent.length > 12) this.recent.shift();
    if (script !== wasm) this.fail(`${what} returned ${script} from the JavaScript build and ${wasm} from the wasm build`);
    this.compareAll(what);
    return script;
  }

  /** Writes to the memory of both. */
  write(at: number, bytes: Uint8Array): void {
    this.script.bytes.set(bytes, at);
    this.wasm.bytes.set(bytes, at);
  }

  /** Lets time pass on both boards. */
  pass(micros: number): void {
    this.script.board.clock.pass(micros);
    this.wasm.board.clock.pass(micros);
  }

  read(at: number, length: number): Uint8Array { return this.script.bytes.subarray(at, at + length); }

  private count(name: CallName, code: number): void {
    const tally = this.tally.get(name) ?? new Map<number, number>();
    tally.set(Math.min(code, 0), (tally.get(Math.min(code, 0)) ?? 0) + 1);
    this.tally.set(name, tally);
  }

  /** Fails with the calls that led here. */
  fail(sentence: string): never {
    throw new Error(`${sentence}. The last calls:\n    ${this.recent.join("\n    ")}`);
  }

  /** What the last call sent on the serial line. */
  get lastSent(): number[] { return this.sent; }

  private compareLines(what: string): void {
    const [script, wasm] = [this.script, this.wasm].map((core) => core.board.serial.take());
    if (script.join() !== wasm.join()) this.fail(`After ${what}, the builds have sent different bytes`);
    this.sent = script;
  }

  private compareAll(what: string): void {
    const difference = compare(`after ${what}, the memory`, this.script.bytes, this.wasm.bytes);
    if (difference !== "") this.fail(difference);
    this.compareLines(what);
    if (this.flashes.length === 0) return;
    const [done, same] = this.flashes.map((flash) => flash.done());
    if (done !== same) this.fail(`After ${what}, one flash has done ${done}, the other ${same}`);
    if (++this.calls % CELLS_EVERY !== 0) return;
    const cells = compare(`after ${what}, the flash`, this.flashes[0].cells, this.flashes[1].cells);
    if (cells !== "") this.fail(cells);
  }
}
