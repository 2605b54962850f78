/**
 * The shapes of the API in a random life: a map, a log and two caches, called as a binding calls them (test/shapes/driver.ts)
 * while everything else goes on around them. A map is a Map, a log the newest entries of a list, a cache gives what was put
 * last or nothing. Where the store may refuse a page, a call may say so, and has changed nothing then.
 */
import { Err } from "../../firmware/core/errors";
import { Random } from "../../hal/sim/random";
import { Outcome, appendLog, boundTo, deleteMap, getCache, getMap, putCache, readValue, setMap } from "../shapes/driver";
import type { Bound } from "../shapes/driver";
import type { Store } from "./session";

const FULL = -103;
const TOO_LONG = -114;
const MAP_PAGES = 14;
const LOG_PAGES = 5;
const KEYS = 40;

interface Value { readonly kind: number; readonly bytes: Uint8Array; }

export class Shapes {
  private readonly core: Bound;
  private map = -1;
  private log = -1;
  private readonly entries = new Map<string, Value>();
  private readonly logged: Value[] = [];
  private readonly cached = new Map<string, Value>();
  private readonly hasCaches: boolean;

  constructor(private readonly store: Store, private readonly random: Random, private readonly pageBytes: number) {
    this.core = boundTo(store);
    this.hasCaches = this.core.cacheOpen(0) === Err.Ok && this.core.cacheOpen(1) === Err.Ok;
  }

  /** One action. */
  step(): void {
    const chance = this.random.below(100);
    if (this.map < 0) this.map = this.openShape(MAP_PAGES, "mapOpen");
    if (this.log < 0) this.log = this.openShape(LOG_PAGES, "logOpen");
    if (this.map >= 0 && chance < 45) this.mapStep();
    else if (this.log >= 0 && chance < 70) this.logStep();
    else if (this.hasCaches) this.cacheStep();
  }

  private openShape(pages: number, call: "mapOpen" | "logOpen"): number {
    const area = this.core.areaOpen(pages);
    if (area < 0) return area;
    if (this.core[call](area, pages) === Err.Ok) return area;
    this.core.areaClose(area);
    return -1;
  }

  private key(): string {
    const n = this.random.below(KEYS);
    return `k${n}${"x".repeat(n % 7 === 0 ? 90 : n % 5)}`;
  }

  private value(): Value {
    const bytes = new Uint8Array(this.random.chance(85) ? this.random.below(60) : this.random.below(this.pageBytes * 2));
    this.random.fill(bytes.subarray(0, Math.ceil(bytes.length / 3)));
    return { kind: this.random.below(128), bytes };
  }

  private mapStep(): void {
    const key = this.key();
    const chance = this.random.below(100);
    if (chance < 45) {
      const value = this.value();
      const code = setMap(this.core, this.map, Buffer.from(key), value.bytes, value.kind);
      if (code === Err.Ok) this.entries.set(key, value);
      else this.expect(code, FULL, TOO_LONG, Err.NoFrame, Err.RejectBudget, Err.NoEntry);
    } else if (chance < 60) {
      const code = deleteMap(this.core, this.map, Buffer.from(key));
      if (code === Err.Ok || code === Err.NotFound) this.expect(code, this.entries.delete(key) ? Err.Ok : Err.NotFound);
      else this.expect(code, Err.NoFrame, Err.RejectBudget, Err.NoEntry);
    } else if (chance < 62) this.visit();
    this.same(`key ${key} of the map`, getMap(this.core, this.map, Buffer.from(key)), this.entries.get(key), [Err.NoFrame, Err.NoEntry]);
  }

  /** Every entry once, by the iterator. */
  private visit(): void {
    let found = 0;
    let at = this.core.mapNext(this.map, -1);
    for (; at >= 0; at = this.core.mapNext(this.map, at)) found++;
    this.expect(at, Err.NotFound, Err.NoFrame, Err.NoEntry);
    if (at === Err.NotFound && found !== this.entries.size) this.store.fail(`The map visits ${found} entries of ${this.entries.size}`);
  }

  private logStep(): void {
    const value = { ...this.value(), kind: this.random.below(2) };
    if (this.random.chance(60)) {
      const code = appendLog(this.core, this.log, value.bytes, value.kind);
      if (code === Err.Ok) this.logged.push(value);
      else this.expect(code, TOO_LONG, Err.NoFrame, Err.RejectBudget, Err.NoEntry);
    } else if (this.random.chance(2) && this.core.logClear(this.log) === Err.Ok) this.logged.length = 0;
    this.newest();
  }

  /** The oldest may have gone; the newest five are looked at. */
  private newest(): void {
    const count = this.core.logEntries(this.log);
    if (count < 0) return this.expect(count, Err.NoFrame, Err.NoEntry);
    if (count > this.logged.length) this.store.fail(`The log has ${count} entries of ${this.logged.length}`);
    this.logged.splice(0, this.logged.length - count);
    let from = -1;
    for (let i = count - 1; i >= 0 && i >= count - 5; i--) {
      from = this.core.logNext(this.log, from, 1);
      if (from < 0) return this.expect(from, Err.NoFrame, Err.NoEntry);
      this.same(`entry ${i} of the log`, readValue(this.core), this.logged[i], [Err.NoFrame, Err.NoEntry]);
    }
  }

  private cacheStep(): void {
    const [cache, key] = [this.random.below(2), this.key()];
    const name = `${cache}/${key}`;
    if (this.random.chance(50)) {
      const value = this.value();
      if (putCache(this.core, cache, Buffer.from(key), value.bytes, value.kind) === Err.Ok) this.cached.set(name, value);
      else this.cached.delete(name);
    } else if (this.random.chance(10)) {
      this.store.write(this.core.shapeStage(), Buffer.from(key));
      this.core.cacheDelete(cache, key.length);
      this.cached.delete(name);
    }
    const got = getCache(this.core, cache, Buffer.from(key));
    if (typeof got === "number") this.expect(got, Err.NotFound);
    else this.same(`${key} of cache ${cache}`, got, this.cached.get(name), []);
  }

  /** `got` must be `expected`, NotFound when there is none, or one of the refusals. */
  private same(what: string, got: Outcome, expected: Value | undefined, refusals: number[]): void {
    if (typeof got === "number") return this.expect(got, ...(expected === undefined ? [Err.NotFound] : []), ...refusals);
    if (expected === undefined) this.store.fail(`${what} was found, and nothing can be there`);
    if (got.kind !== expected.kind || Buffer.compare(got.bytes, expected.bytes) !== 0) this.store.fail(`${what} differs from what was put`);
  }

  private expect(code: number, ...allowed: number[]): void {
    if (!allowed.includes(code)) this.store.fail(`The last call returned ${code}, expected ${allowed.join(" or ")}`);
  }
}
