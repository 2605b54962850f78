/**
 * The store as an app sees it, for engines that run the core as JavaScript or wasm: `require("zcache")` there is what
 * openStore() returns. Everything an app can call is described in zcache.d.ts; on our own image the same calls are C
 * (hal/duktape/api.c), and one suite runs against all of them (test/api).
 */
import { COUNTER_NAMES } from "../core/counter-names";
import { Err } from "../core/errors";
import { Knob } from "../core/config";
import { Area } from "./area";
import { Cache } from "./cache";
import { Core, hide } from "./core";
import { Device } from "./device";
import { Log } from "./log";
import { ZMap } from "./map";
import { ApiErr, codeOf, eventOf, sentence } from "./messages";
import { Opened, Opener, Shape, freeShape, openShape, pagesMost, titleOf } from "./open";

type Handler = (event: any) => void;

/** Budget.Exhausted and Chip.Foreign: from here on nothing is paged out, and the swap area is closed. */
const EXHAUSTED = 2;
const FOREIGN = 16;
/** More frames than any board has. */
const FRAMES_LEAST_TOO_MANY = 65536;
/** Steps of idle work a call. */
const IDLE_STEPS = 4;

function isEvent(event: any): boolean { return event === "lowmemory" || event === "budget"; }

export class Store implements Opener {
  readonly core!: Core;
  readonly pageBytes: number;
  readonly handles!: Opened[];
  private readonly handlers!: { [event: string]: Handler[] };
  private wasExhausted!: boolean;
  private isTelling!: boolean;

  constructor(core: Core) {
    hide(this, "core", core);
    hide(this, "handles", []);
    hide(this, "handlers", { lowmemory: [], budget: [] });
    hide(this, "wasExhausted", false);
    hide(this, "isTelling", false);
    this.pageBytes = core.calls.coreGet(Knob.PageBytes);
  }

  area(name: string, bytes?: any, options?: any): Area { return this.opened(Shape.Area, name, bytes, options); }
  map(name: string, bytes?: any, options?: any): ZMap { return this.opened(Shape.Map, name, bytes, options); }
  log(name: string, bytes?: any, options?: any): Log { return this.opened(Shape.Log, name, bytes, options); }
  cache(name: string): Cache { return this.opened(Shape.Cache, name); }
  device(number: number, bytes?: number): Device { return this.opened(Shape.Device, number, bytes); }
  free(which: any): void { freeShape(this, which, false); }
  delete(which: any): void { freeShape(this, which, true); }

  sync(): void {
    const code = this.core.calls.coreSync();
    if (code < 0) this.refuse(code, "the store");
  }

  keep(of: Opened): void {
    const code = of.handle < 0 ? ApiErr.Freed : this.core.calls.areaSync(of.handle);
    if (code < 0) this.refuse(code == Err.Invalid ? ApiErr.NotDurable : code, titleOf(of.shape) + of.name);
  }

  make(shape: Shape, name: string, bytes: number, handle: number): any {
    switch (shape) {
      case Shape.Area: return new Area(this, shape, name, bytes, handle);
      case Shape.Map: return new ZMap(this, shape, name, bytes, handle);
      case Shape.Log: return new Log(this, shape, name, bytes, handle);
      case Shape.Cache: return new Cache(this, shape, name, bytes, handle);
      default: return new Device(this, shape, name, bytes, handle);
    }
  }

  stats(group?: string): any {
    const { calls } = this.core;
    calls.coreRefresh();
    const all: any = {};
    const groups = COUNTER_NAMES.split(";");
    for (let i = 0, index = 0; i < groups.length; i++) {
      const colon = groups[i].indexOf(":");
      const names = groups[i].slice(colon + 1).split(" ");
      const counters: any = all[groups[i].slice(0, colon)] = {};
      for (let j = 0; j < names.length; j++) {
        const value = calls.counter(index++);
        counters[names[j]] = value == Err.NotFound ? null : value;
      }
    }
    return group ? all[group] : all;
  }

  frames(count?: number): number {
    if (count !== undefined) {
      const code = typeof count == "number" && count % 1 == 0 ? this.core.calls.governorSetTarget(Math.min(count, FRAMES_LEAST_TOO_MANY)) : Err.Invalid;
      if (code < 0) this.refuse(code == Err.Invalid ? ApiErr.BadFrames : code, "the store");
    }
    return this.core.calls.governorTarget();
  }

  on(event: string, handler: Handler): void {
    if (!isEvent(event) || typeof handler != "function") this.refuse(ApiErr.NoHandler, "");
    this.handlers[event] = this.handlers[event].concat([handler]);
  }

  off(event: string, handler: Handler): void {
    if (isEvent(event)) this.handlers[event] = this.handlers[event].filter((one) => one !== handler);
  }

  /** What the board's own loop does between two events, for hosts that have one: the store's idle work, and the event "budget". */
  idle(): void {
    const { calls } = this.core;
    while (calls.coreTick(IDLE_STEPS) > 0) { /* to its end */ }
    const isExhausted = calls.coreBudget() >= EXHAUSTED;
    if (isExhausted && !this.wasExhausted) this.tell("budget", this.sentence(Err.RejectBudget, ""));
    this.wasExhausted = isExhausted;
  }

  refuse(code: number, what: string, keptBytes = 0): never {
    const why = code == Err.NoFlash && this.core.calls.swapFound() >= FOREIGN ? ApiErr.Closed : code;
    const error: any = new Error(this.sentence(why, what, keptBytes));
    error.code = codeOf(why);
    if (eventOf(why)) this.tell(eventOf(why), error.message);
    throw error;
  }

  private sentence(code: number, what: string, keptBytes = 0): string {
    const { calls } = this.core;
    const pages = calls.coreGet(Knob.PagesMax);
    return sentence(code, what, { bytes: pagesMost(this.core) * this.pageBytes, pages: pages, objects: calls.coreGet(Knob.ObjectsMax),
      durableBytes: calls.coreGet(Knob.DurablePagesMax) * this.pageBytes, keptBytes: keptBytes,
      left: code == ApiErr.Full ? calls.shapePieceBytes() : 0 });
  }

  private tell(event: string, reason: string): void {
    // What is refused to a handler is no event.
    if (this.isTelling) return;
    const handlers = this.handlers[event];
    this.isTelling = true;
    try {
      for (let i = 0; i < handlers.length; i++) handlers[i]({ event: event, reason: reason });
    } finally {
      this.isTelling = false;
    }
  }

  private opened(shape: Shape, name: any, bytes?: any, options?: any): any { return openShape(this, shape, name, bytes, options); }
}

/** The API over a core whose store is open. */
export function openStore(core: Core): Store { return new Store(core); }
