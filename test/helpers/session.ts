/**
 * A random life of a store, checked against the oracle: areas that are written, read, discarded and closed, names that
 * are stored, loaded and flushed, knobs that turn meanwhile. Each step draws one action; the same seed draws the same
 * life. The store may refuse whatever it likes, but what it accepted it must have, and what it refused it must not.
 */
import { Err } from "../../firmware/core/errors";
import { Knob } from "../../firmware/core/config";
import { COUNTERS_AT, Counter } from "../../firmware/core/counters";
import { Random } from "../../hal/sim/random";
import { CallName } from "./twins";
import { FINE, Oracle, compare } from "./oracle";
import { anyPage } from "./pages";

/** What a session needs of the store under test. */
export interface Store {
  readonly client: number;
  call(name: CallName, ...args: number[]): number;
  write(at: number, bytes: Uint8Array): void;
  read(at: number, length: number): Uint8Array;
  fail(sentence: string): never;
  /** Lets time pass on the board's clock, where the store has one. */
  pass?(micros: number): void;
}

export interface SessionOptions {
  readonly pageBytes: number;
  /** Pages of each area. */
  readonly areaPages: number;
  /** The flash may lose pages: a load may say Corrupt or Flash, but never give wrong bytes. */
  readonly flashIsBad?: boolean;
  /** The allocators that there are, by number; all four without this. */
  readonly allocators?: readonly number[];
}

const PERSISTENT = 1;
const EPHEMERAL = 2;
const AREAS_MOST = 3;
const OBJECTS = 3;
const INDEXES = 30;

/** Live knobs, so that nothing is refused for a knob's sake. */
const OPEN_KNOBS: readonly (readonly [Knob, number])[] = [
  [Knob.StoreEnabled, 1], [Knob.WritebackEnabled, 1], [Knob.ExclusiveLoads, 0], [Knob.PoolLimitPercent, 100],
  [Knob.PageLimitBytes, 0], [Knob.MeanGateEighths, 0], [Knob.ResidentPercent, 25], [Knob.EphemeralPercent, 100],
];

/** Live knobs, and what they are turned to. */
const TURNS: readonly (readonly [Knob, readonly number[]])[] = [
  [Knob.StoreEnabled, [1, 0]], [Knob.WritebackEnabled, [1, 0]], [Knob.SameFilled, [1, 0]], [Knob.ExclusiveLoads, [0, 0, 1]],
  [Knob.PoolLimitPercent, [100, 80, 40, 10]], [Knob.AcceptPercent, [90, 50, 100]], [Knob.MeanGateEighths, [0, 5]],
  [Knob.PageLimitBytes, [0, 128, 512]], [Knob.ResidentPercent, [25, 50, 10, 90]], [Knob.ReserveFrames, [1, 0, 3]],
  [Knob.ReclaimRetries, [8, 1, 2]], [Knob.PoorRun, [8, 0, 2]], [Knob.PoorSkip, [16, 1, 3]],
  [Knob.Allocator, [0, 1, 2, 3]], [Knob.Allocator, [0, 1, 2, 3]],
  [Knob.EphemeralPercent, [100, 20, 1]], [Knob.ResidentLeastPercent, [10, 25, 5]], [Knob.ResidentMostPercent, [50, 25, 95]],
];

type Action = () => void;

/** A page's three-part name, and the oracle's key for it. */
interface Named { key: string; name: [number, number, number]; }

export class Session {
  private readonly oracle: Oracle;
  private readonly areas: { area: number; pages: number }[] = [];
  /** The ephemeral page that was put last, which is the likeliest to be there still. */
  private lastPut: Named | undefined;
  private readonly weighted: Action[] = [];
  private persistentPool: number;
  private ephemeralPool: number;
  private readonly from: number;
  private readonly to: number;

  constructor(private readonly store: Store, private readonly random: Random, private readonly options: SessionOptions) {
    this.oracle = new Oracle(options.pageBytes);
    this.from = store.client;
    this.to = store.client + options.pageBytes;
    this.persistentPool = this.mustOpen(PERSISTENT);
    this.ephemeralPool = this.mustOpen(EPHEMERAL);
    this.weigh(24, () => this.writeArea()).weigh(24, () => this.readArea()).weigh(3, () => this.discard()).weigh(4, () => this.pageOut())
      .weigh(1, () => this.openArea()).weigh(10, () => this.storePage()).weigh(8, () => this.loadPage()).weigh(3, () => this.invalidatePage())
      .weigh(7, () => this.putPage()).weigh(5, () => this.getPage()).weigh(2, () => this.flushPage()).weigh(4, () => this.work())
      .weigh(2, () => this.turnKnob()).weigh(1, () => this.nonsense()).weigh(1, () => this.rare());
  }

  /** One action. */
  step(): void { this.random.pick(this.weighted)(); }

  /** Reads everything that must be there, and finds nothing that must not. */
  finish(): void {
    this.settle();
    for (const { area, page } of [...this.oracle.writtenPages()]) this.mustRead(area, page);
    for (const key of [...this.oracle.persistentKeys()]) this.loadNamed(key);
  }

  /** Knobs as after opening, so that nothing is refused for a knob's sake. */
  private settle(): void {
    for (const [knob, value] of OPEN_KNOBS) this.store.call("coreSet", knob, value);
    this.expect(this.store.call("governorSetTarget", this.store.call("coreFrames")), Err.Ok);
    for (const pool of [this.persistentPool, this.ephemeralPool]) this.expect(this.store.call("poolFreeze", pool, 0), Err.Ok);
  }

  private weigh(weight: number, action: Action): this {
    for (let i = 0; i < weight; i++) this.weighted.push(action);
    return this;
  }

  // Areas

  private openArea(): void {
    if (this.areas.length >= AREAS_MOST) return;
    const pages = 1 + this.random.below(this.options.areaPages);
    const area = this.store.call("areaOpen", pages);
    if (area < 0) return this.expect(area, Err.NoEntry, Err.TooBig);
    this.areas.push({ area, pages });
    this.oracle.openArea(area);
  }

  private closeArea(): void {
    if (this.areas.length === 0) return;
    const [{ area }] = this.areas.splice(this.random.below(this.areas.length), 1);
    this.expect(this.store.call("areaClose", area), Err.Ok);
    this.oracle.closeArea(area);
  }

  /** An area and one of its pages, more often a low one. */
  private somePage(): [number, number] | undefined {
    if (this.areas.length === 0) return undefined;
    const { area, pages } = this.random.pick(this.areas);
    return [area, this.random.below(this.random.chance(60) ? Math.ceil(pages / 5) : pages)];
  }

  private touch(area: number, page: number, forWrite: boolean): number {
    const at = this.store.call("areaTouch", area, page, forWrite ? 1 : 0);
    if (at < 0) this.expect(at, Err.NoFrame, Err.RejectBudget, Err.NoEntry, ...this.losses());
    return at;
  }

  private writeArea(): void {
    const where = this.somePage();
    if (where === undefined) return;
    const at = this.touch(...where, true);
    if (at < 0) return;
    this.checkPage(...where, at);
    const content = this.changed(this.store.read(at, this.options.pageBytes));
    this.store.write(at, content);
    this.oracle.writePage(...where, content);
  }

  /** A new page, or the old one with some bytes changed. */
  private changed(old: Uint8Array): Uint8Array {
    if (this.random.chance(60)) return anyPage(this.options.pageBytes, this.random);
    const content = old.slice();
    this.random.fill(content.subarray(this.random.below(content.length)).subarray(0, 1 + this.random.below(40)));
    return content;
  }

  private readArea(): void {
    const where = this.somePage();
    if (where === undefined) return;
    const at = this.touch(...where, false);
    if (at >= 0) this.checkPage(...where, at);
  }

  /** What was accepted can be read, whatever room there is; only a bad flash may have lost it. */
  private mustRead(area: number, page: number): void {
    const at = this.touch(area, page, false);
    if (at >= 0) this.checkPage(area, page, at);
    else this.expect(at, ...this.losses());
  }

  private checkPage(area: number, page: number, at: number): void {
    this.complain(this.oracle.checkArea(area, page, this.store.read(at, this.options.pageBytes)));
  }

  private discard(): void {
    const where = this.somePage();
    if (where === undefined) return;
    this.expect(this.store.call("areaDiscard", ...where), Err.Ok);
    this.oracle.discardPage(...where);
  }

  private pageOut(): void {
    const where = this.somePage();
    if (where !== undefined) this.store.call("areaPageOut", ...where);
  }

  // Names

  private someName(pool: number): Named {
    const object = this.random.below(OBJECTS) * 0x10001;
    const index = this.random.chance(95) ? this.random.below(INDEXES) : 65535 - this.random.below(3);
    return { key: `${pool}/${object}/${index}`, name: [pool, object, index] };
  }

  private offer(): Uint8Array {
    const page = anyPage(this.options.pageBytes, this.random);
    this.store.write(this.from, page);
    return page;
  }

  private storePage(): void {
    const { key, name } = this.someName(this.persistentPool);
    const page = this.offer();
    if (this.store.call("frontswapStore", ...name, this.from) === Err.Ok) this.oracle.stored(key, page);
    else this.oracle.gone(key);
  }

  private loadPage(): void { this.loadNamed(this.someName(this.persistentPool).key); }

  private loadNamed(key: string): void {
    const exclusive = this.store.call("coreGet", Knob.ExclusiveLoads) === 1;
    const code = this.store.call("frontswapLoad", ...(key.split("/").map(Number) as [number, number, number]), this.to);
    if (code !== Err.Ok && code !== Err.NotFound) return this.expect(code, ...this.losses());
    this.complain(this.oracle.checkLoad(key, code === Err.Ok ? this.store.read(this.to, this.options.pageBytes) : undefined));
    if (exclusive) this.oracle.gone(key);
  }

  private invalidatePage(): void {
    const { key, name } = this.someName(this.persistentPool);
    this.expect(this.store.call("frontswapInvalidatePage", ...name), this.oracle.hasPersistent(key) ? Err.Ok : Err.NotFound);
    this.oracle.gone(key);
  }

  private putPage(): void {
    const named = this.someName(this.ephemeralPool);
    const page = this.offer();
    this.lastPut = named;
    if (this.store.call("cleancachePut", ...named.name, this.from) === Err.Ok) this.oracle.put(named.key, page);
    else this.oracle.flushed(named.key);
  }

  private getPage(): void {
    const { key, name } = this.lastPut !== undefined && this.random.chance(60) ? this.lastPut : this.someName(this.ephemeralPool);
    const code = this.store.call("cleancacheGet", ...name, this.to);
    if (code !== Err.Ok) this.expect(code, Err.NotFound, Err.Invalid);
    this.complain(this.oracle.checkGet(key, code === Err.Ok ? this.store.read(this.to, this.options.pageBytes) : undefined));
  }

  private flushPage(): void {
    const { key, name } = this.someName(this.ephemeralPool);
    this.store.call("cleancacheInvalidatePage", ...name);
    this.oracle.flushed(key);
  }

  // Everything else

  private work(): void {
    const amount = this.random.below(4);
    const call = this.random.pick<CallName>(["coreTick", "coreTick", "reaperRun", "compactFrame"]);
    this.store.call(call, amount);
  }

  /** Half of the turns go back to where everything is allowed, so that most of a life is not spent being refused. */
  private turnKnob(): void {
    if (this.random.chance(50)) return this.settle();
    if (this.random.chance(15)) return this.setTarget();
    const [knob, values] = this.random.pick(TURNS);
    const value = this.random.pick(knob === Knob.Allocator ? this.options.allocators ?? values : values);
    this.expect(this.store.call("coreSet", knob, value), Err.Ok, ...(knob === Knob.Allocator ? [Err.NoFrame] : []));
  }

  /** The store is to do with some part of its frames. */
  private setTarget(): void {
    const target = 4 + this.random.below(this.store.call("coreFrames") - 3);
    const code = this.store.call("governorSetTarget", target);
    this.expect(code, Err.Ok, Err.NoFrame, Err.NoFlash, Err.Refused);
    this.expect(this.store.call("governorTarget"), target);
  }

  /** Calls that must be refused and change nothing but a counter. */
  private nonsense(): void {
    const before = this.store.read(0, this.store.client).slice();
    const [name, ...args] = this.random.pick(this.refusedCalls());
    const code = this.store.call(name, ...args);
    if (code >= 0) this.store.fail(`${name}(${args.join(", ")}) was not refused`);
    const after = this.store.read(0, this.store.client).slice();
    for (const arena of [before, after]) arena.fill(0, COUNTERS_AT, COUNTERS_AT + 4 * Counter.Count);
    this.complain(compare(`the arena after the refused ${name}`, before, after));
  }

  /** Arguments out of range, names of nothing, pools of another kind, knobs that are fixed. */
  private refusedCalls(): [CallName, ...number[]][] {
    const { persistentPool: pool, from, to } = this;
    return [
      ["areaTouch", 9999, 0, 0], ["areaTouch", -1, 0, 1], ["areaDiscard", 0, 70000], ["areaPageOut", 0, -1], ["areaPlace", 7777, 0],
      ["areaOpen", 0], ["areaOpen", 65535], ["areaClose", -5],
      ["frontswapStore", 0, 0, 0, from], ["frontswapStore", pool, 0, 65536, from], ["frontswapLoad", 99, 0, 0, to],
      ["frontswapLoad", pool, 0, -1, to], ["frontswapInvalidateArea", 0, 0], ["cleancachePut", pool, 0, 0, from], ["cleancacheGet", pool, 0, 0, to],
      ["poolOpen", 3], ["poolOpen", 4], ["poolOpen", 5], ["poolClose", 0], ["poolClose", 77], ["poolFreeze", 0, 1], ["poolFreeze", 88, 1],
      ["coreSet", Knob.PageBytes, 512], ["coreSet", Knob.AcceptPercent, 101], ["coreSet", 999, 1],
      ["governorSetTarget", 3], ["governorSetTarget", 65535], ["governorLent", -1], ["governorLent", 65535],
      ["reclaimFrame", 2, 1], ["reclaimFrame", 0, 0],
      ["zpoolFree", -1], ["zpoolFree", 0x7fffffff], ["zpoolAlloc", 0, 0, 0], ["zpoolAlloc", 0, 99999, 0],
    ];
  }

  private rare(): void {
    const chance = this.random.below(100);
    if (chance < 25) this.closeArea();
    else if (chance < 45) this.dropObject();
    else if (chance < 55) this.reopenPool();
    else if (chance < 60) this.store.call("poolFreeze", this.random.pick([this.persistentPool, this.ephemeralPool]), 1);
    else if (chance < 70) this.store.call("coreRefresh");
    else if (chance < 75) this.store.call("coreResetCounters");
    else if (chance < 85) this.recompress();
    else this.reclaim();
  }

  private recompress(): void {
    const done = this.store.call("coreRecompress", this.random.below(6), this.random.below(20));
    if (done < 0) this.expect(done, Err.Invalid, Err.NoFrame);
  }

  private reclaim(): void {
    this.expect(this.store.call("reclaimFrame", this.random.below(2), 1 + this.random.below(4)), Err.Ok, Err.NotFound, Err.Refused, Err.RetriesUsed);
  }

  private dropObject(): void {
    const pool = this.random.chance(50) ? this.persistentPool : this.ephemeralPool;
    const object = this.random.below(OBJECTS) * 0x10001;
    this.expect(this.store.call("frontswapInvalidateArea", pool, object), Err.Ok, Err.NotFound);
    this.oracle.goneWithPrefix(`${pool}/${object}/`);
    this.oracle.flushedWithPrefix(`${pool}/${object}/`);
  }

  private reopenPool(): void {
    const persistent = this.random.chance(50);
    const pool = persistent ? this.persistentPool : this.ephemeralPool;
    this.expect(this.store.call("poolClose", pool), Err.Ok);
    this.oracle.goneWithPrefix(`${pool}/`);
    this.oracle.flushedWithPrefix(`${pool}/`);
    if (persistent) this.persistentPool = this.mustOpen(PERSISTENT);
    else this.ephemeralPool = this.mustOpen(EPHEMERAL);
  }

  private mustOpen(kind: number): number {
    const pool = this.store.call("poolOpen", kind);
    if (pool < 0) this.store.fail(`A pool of kind ${kind} does not open: ${pool}`);
    return pool;
  }

  /** Codes that say the flash lost a page; none where it may not. */
  private losses(): number[] { return this.options.flashIsBad === true ? [Err.Corrupt, Err.Flash] : []; }

  private expect(code: number, ...allowed: number[]): void {
    if (!allowed.includes(code)) this.store.fail(`The last call returned ${code}, expected ${allowed.join(" or ")}`);
  }

  private complain(verdict: string): void {
    if (verdict !== FINE) this.store.fail(verdict);
  }
}
