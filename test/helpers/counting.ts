/**
 * The JavaScript build with its arena under observation: the three views through which it sees memory can be swapped for
 * ones that count every element read or written. So work is counted, not timed, and the count is the same every day.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Knob } from "../../firmware/core/config";
import type { Ports } from "../../firmware/core/ports";
import { SimBoard } from "../../hal/sim/board";
import type { CoreCalls } from "./core";

type View = Uint8Array | Uint16Array | Int32Array;
type ScriptCalls = CoreCalls & { attachMemory(buffer: ArrayBuffer): void; attachPorts(ports: Ports): void };

const CLIENT_BYTES = 16384;

export class CountingCore {
  readonly calls: ScriptCalls;
  readonly bytes: Uint8Array;
  readonly client: number;
  private readonly buffer: ArrayBuffer;
  private isCounting = false;
  private accesses = 0;

  /** A store without flash, with these knobs. */
  constructor(arenaBytes: number, knobs: Partial<Record<Knob, number>>) {
    const source = readFileSync(join(process.cwd(), "build/core/zcache-core.js"), "utf8");
    const make = new Function("Uint8Array", "Uint16Array", "Int32Array", `${source}\nreturn zcacheCore;`);
    this.calls = make(this.maker(Uint8Array), this.maker(Uint16Array), this.maker(Int32Array)) as ScriptCalls;
    this.buffer = new ArrayBuffer(arenaBytes + CLIENT_BYTES);
    this.bytes = new Uint8Array(this.buffer);
    this.client = arenaBytes;
    const board = new SimBoard();
    board.block = { arenaBytes, clientBytes: CLIENT_BYTES, bytes: this.bytes };
    this.calls.attachMemory(this.buffer);
    this.calls.attachPorts(board);
    this.calls.coreDefaults();
    for (const [knob, value] of Object.entries(knobs)) if (this.calls.coreSet(Number(knob), value) !== 0) throw new Error(`Knob ${knob} does not take ${value}.`);
    const frames = this.calls.coreOpen(arenaBytes);
    if (frames < 0) throw new Error(`The store does not open: relation ${this.calls.configFault()}.`);
  }

  /** Elements of the arena read and written while `run` ran; the bytes of a block copy count twice. */
  count(run: () => void): number {
    this.isCounting = true;
    this.calls.attachMemory(this.buffer);
    this.accesses = 0;
    run();
    this.isCounting = false;
    this.calls.attachMemory(this.buffer);
    return this.accesses;
  }

  /** Stands in for a typed array's constructor in the core's source. */
  private maker<T extends View>(Kind: new (buffer: ArrayBuffer) => T): (buffer: ArrayBuffer) => T {
    const core = this;
    return function make(buffer: ArrayBuffer): T {
      const plain = new Kind(buffer);
      return core.isCounting ? core.observed(plain) : plain;
    };
  }

  private observed<T extends View>(plain: T): T {
    const set = (source: View, at: number): void => {
      this.accesses += 2 * source.length;
      (plain as Uint8Array).set(source, at);
    };
    return new Proxy(plain, {
      get: (target, name) => {
        if (name === "set") return set;
        if (name === "subarray") return (from: number, to: number) => target.subarray(from, to);
        this.accesses++;
        return Reflect.get(target, name, target) as unknown;
      },
      set: (target, name, value) => {
        this.accesses++;
        return Reflect.set(target, name, value, target);
      },
    });
  }
}
