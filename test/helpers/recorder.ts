/** A wasm store whose calls are written down, to be repeated by the native core (replay.ts, host-native.ts). */
import { Knob } from "../../firmware/core/config";
import { Core } from "./core";
import { ReplayLog, hashOf } from "./replay";
import { Store } from "./session";
import { CallName } from "./twins";

/** Its client's pages lie in the link region, inside the arena. */
export class Recorder implements Store {
  readonly log = new ReplayLog();
  readonly client: number;
  private readonly words: Int32Array;

  constructor(private readonly core: Core, knobs: Partial<Record<Knob, number>>) {
    this.words = new Int32Array(core.bytes.buffer, 0, core.arenaBytes / 4);
    this.call("coreDefaults");
    for (const [knob, value] of Object.entries(knobs)) this.call("coreSet", Number(knob), value);
    if (this.call("coreOpen", core.arenaBytes) < 4) this.fail("The store does not open.");
    this.client = this.call("linkOffset");
  }

  call(name: CallName, ...args: number[]): number {
    const result = Number((this.core[name] as (...given: number[]) => unknown)(...args) ?? 0) | 0;
    this.log.core(name, args, result, hashOf(this.words));
    return result;
  }

  /** Writes down a call that this build answers otherwise than the one that repeats it, and that changes nothing. */
  expect(name: CallName, args: number[], result: number): void { this.log.core(name, args, result, hashOf(this.words)); }

  write(at: number, bytes: Uint8Array): void {
    this.log.memory(at, bytes);
    this.core.bytes.set(bytes, at);
  }

  read(at: number, length: number): Uint8Array { return this.core.bytes.subarray(at, at + length); }
  fail(sentence: string): never { throw new Error(sentence); }
}
