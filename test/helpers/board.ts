/** Boards that the scenarios run on: a store of 1 KB pages with a simulated flash behind it, or with none. */
import { Knob } from "../../firmware/core/config";
import { Err } from "../../firmware/core/errors";
import { Flash, FlashResult } from "../../hal/flash";
import { SimFlash, openSimFlash } from "../../hal/sim/flash";
import { Core, CoreOptions } from "./cores";

export const PAGE_BYTES = 1024;
export const PERSISTENT = 1;
export const EPHEMERAL = 2;

type Open = (options?: CoreOptions) => Core;

/** A store with 64 swap sectors of 4 KB behind it: room for some 300 zpages of half a page. */
export function withFlash(open: Open, knobs: CoreOptions["knobs"] = {}): Core & { sim: SimFlash } {
  const sim = openSimFlash("w25q16");
  const core = open({ flash: sim.flash, knobs: { [Knob.SectorBytes]: 4096, [Knob.SwapSectors]: 64, ...knobs } });
  return { ...core, sim };
}

/** A flash that fails when told to: every program from the call of `fail()` until `mend()`. */
export class FailingFlash implements Flash {
  private failing = false;
  private left = 0;
  constructor(private readonly inner: Flash) {}
  get geometry() { return this.inner.geometry; }
  get name() { return this.inner.name; }

  /** Programs fail after `well` more that go well. */
  fail(well = 0): void {
    this.failing = true;
    this.left = well;
  }

  mend(): void { this.failing = false; }
  read(address: number, into: Uint8Array): FlashResult { return this.inner.read(address, into); }
  erase(address: number): FlashResult { return this.inner.erase(address); }

  program(address: number, from: Uint8Array): FlashResult {
    if (this.failing && this.left-- <= 0) return FlashResult.Failed;
    return this.inner.program(address, from);
  }
}

/** The client's verbs over pages instead of offsets; a load gives the page or nothing. */
export class Names {
  constructor(private readonly core: Core, readonly pool: number) {}

  store(index: number, page: Uint8Array, object = 1): number { return this.core.frontswapStore(this.pool, object, index, this.core.put(page)); }
  put(index: number, page: Uint8Array, object = 1): number { return this.core.cleancachePut(this.pool, object, index, this.core.put(page)); }
  invalidate(index: number, object = 1): number { return this.core.frontswapInvalidatePage(this.pool, object, index); }

  load(index: number, object = 1): Uint8Array | undefined { return this.fetch((to) => this.core.frontswapLoad(this.pool, object, index, to)); }
  get(index: number, object = 1): Uint8Array | undefined { return this.fetch((to) => this.core.cleancacheGet(this.pool, object, index, to)); }

  private fetch(call: (to: number) => number): Uint8Array | undefined {
    const to = this.core.client + PAGE_BYTES;
    const code = call(to);
    if (code !== Err.Ok && code !== Err.NotFound) throw new Error(`A load returned ${code}, expected Ok or NotFound.`);
    return code === Err.Ok ? this.core.copy(to, PAGE_BYTES) : undefined;
  }
}

/** An area as an app has it: whole pages written and read. */
export class Area {
  constructor(private readonly core: Core, readonly handle: number) {
    if (handle < 0) throw new Error(`An area does not open: ${handle}.`);
  }

  /** Writes a page. The offset where it lies, or the error. */
  write(page: number, content: Uint8Array): number {
    const at = this.core.areaTouch(this.handle, page, 1);
    if (at >= 0) this.core.bytes.set(content, at);
    return at;
  }

  /** The page's bytes, or the error. */
  read(page: number): Uint8Array | number {
    const at = this.core.areaTouch(this.handle, page, 0);
    return at < 0 ? at : this.core.copy(at, PAGE_BYTES);
  }
}

/** Frees every frame of zpages that can be freed: the reaper until it says why there is no more. */
export function reapEverything(core: Core): void {
  for (let rounds = 0; core.reaperRun(8) > 0; rounds++) if (rounds > 1000) throw new Error("The reaper does not come to an end.");
}
