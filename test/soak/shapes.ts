/**
 * Maps, logs and caches with their oracles. A map is a Map. A log is the newest entries that its ring holds, no fewer and no
 * more. A cache gives what was put last, or nothing, and once it gave nothing it gives nothing until the next put.
 */
import type { Cache, Log, Value, ZMap } from "../../firmware/api/zcache";
import type { Random } from "../../hal/sim/random";
import { BAD_KEYS, BAD_VALUES, brief, isSame, someBytes, someKey, someLength, someText, someValue, textBytes } from "./data";
import { type Judge, REFUSED, Wrong } from "./judge";
import { Tracked } from "./tracked";

const KEYS = 90;

export class MapOracle extends Tracked<Map<string, Value>> {
  readonly shape = "map";
  private content = new Map<string, Value>();

  constructor(judge: Judge, random: Random, name: string, bytes: number, pageBytes: number, readonly handle: ZMap) { super(judge, random, name, bytes, pageBytes); }

  take(content: Map<string, Value> | undefined): void { this.content = new Map(content); }
  copyOut(): Map<string, Value> { return new Map(this.content); }

  check(): void {
    const seen = new Map<string, unknown>();
    this.handle.forEach((value, key) => { seen.set(key, value); });
    for (const [key, value] of this.content) {
      if (!seen.has(key)) throw new Wrong("lost", `${this.title} has lost ${brief(key)}`);
      if (!isSame(value, seen.get(key))) throw new Wrong("wrong", `${this.title} has ${brief(seen.get(key))} under ${brief(key)} where ${brief(value)} was set`);
    }
    if (seen.size !== this.content.size || this.handle.size !== seen.size) throw new Wrong("wrong", `${this.title} has ${this.handle.size} entries and visits ${seen.size} where ${this.content.size} were set`);
  }

  act(): void {
    const chance = this.random.below(100);
    if (chance < 48) this.set();
    else if (chance < 66) this.get();
    else if (chance < 71) this.has();
    else if (chance < 86) this.remove();
    else if (chance < 88) this.keys();
    else if (chance < 92) this.walk();
    else if (chance < 95) this.size();
    else if (chance < 96) this.clear();
    else this.misuse();
  }

  private key(): string { return someKey(this.random, KEYS); }

  private set(): void {
    const key = this.key();
    if (this.random.chance(4)) return this.setMade(key);
    const value = someValue(this.random, this.random.chance(4) ? 2 * this.bytes : 5 * this.pageBytes);
    const end = this.judge.call("map.set", `${this.title}: ${brief(key)}, ${brief(value)}`, this, () => { this.handle.set(key, value); });
    if (end !== REFUSED) this.content.set(key, value);
  }

  /** Sets a value whose toJSON() uses the store. */
  private setMade(key: string): void {
    const made = { by: this.random.below(1000), padding: "p".repeat(this.random.below(200)) };
    const toJSON = (): unknown => {
      this.judge.aside();
      return made;
    };
    const end = this.judge.call("map.set", `${this.title}: ${brief(key)}, made`, this, () => { this.handle.set(key, { toJSON }); });
    if (end !== REFUSED) this.content.set(key, made);
  }

  private get(): void {
    const key = this.key();
    const got: unknown = this.judge.call("map.get", `${this.title}: ${brief(key)}`, this, () => this.handle.get(key) as unknown);
    if (got === REFUSED) return;
    const isRight = this.content.has(key) ? isSame(this.content.get(key)!, got) : got === undefined;
    if (!isRight) this.judge.fail("wrong", `${this.title} gave ${brief(got)} for ${brief(key)} where ${brief(this.content.get(key))} was set`);
  }

  private has(): void {
    const key = this.key();
    this.expect("map.has", this.judge.call("map.has", `${this.title}: ${brief(key)}`, this, () => this.handle.has(key)), this.content.has(key));
  }

  private remove(key = this.key()): void {
    const end = this.judge.call("map.delete", `${this.title}: ${brief(key)}`, this, () => this.handle.delete(key));
    if (end === REFUSED) return;
    this.expect("map.delete", end, this.content.delete(key));
  }

  private keys(): void {
    const keys = this.judge.call("map.keys", this.title, this, () => this.handle.keys());
    if (keys !== REFUSED) this.expect("map.keys", keys.sort().join("\n"), [...this.content.keys()].sort().join("\n"));
  }

  /** Every entry once; now and then the one at hand is deleted, which may be refused. */
  private walk(): void {
    const takesAway = this.random.chance(30);
    this.judge.call("map.forEach", this.title, this, () => {
      const seen = new Set<string>();
      this.handle.forEach((_, key) => {
        if (seen.has(key) || !this.content.has(key) && !takesAway) this.judge.fail("wrong", `map.forEach of ${this.title} visits ${brief(key)} twice, or though it is not there`);
        seen.add(key);
        if (takesAway && key.length % 3 === 0) this.remove(key);
      });
    });
    this.judge.look("after a walk", this);
  }

  private size(): void {
    const left = this.judge.call("map.room", this.title, this, () => this.handle.room);
    if (left !== REFUSED && !(left >= 0 && left < this.bytes + this.pageBytes)) this.judge.fail("wrong", `${this.title} has ${left} bytes of room`);
    this.expect("map.size", this.judge.call("map.size", this.title, this, () => this.handle.size), this.content.size);
  }

  private clear(): void {
    if (this.judge.call("map.clear", this.title, this, () => { this.handle.clear(); }) !== REFUSED) this.content.clear();
  }

  private misuse(): void {
    const { handle, random } = this;
    const key = random.pick(BAD_KEYS) as string;
    const [name, action] = random.pick<[string, () => unknown]>([
      ["map.get", () => handle.get(key) as unknown], ["map.set", () => { handle.set(key, 1); }], ["map.has", () => handle.has(key)], ["map.delete", () => handle.delete(key)],
      ["map.set", () => { handle.set("key1", random.pick(BAD_VALUES) as Value); }], ["map.forEach", () => { handle.forEach(undefined as never); }],
    ]);
    this.judge.refuses(name, `${this.title}: misuse`, this, -1, action);
  }

  private expect(call: string, got: unknown, due: unknown): void {
    if (got !== REFUSED && got !== due) this.judge.fail("wrong", `${call} of ${this.title} answered ${brief(got)} where ${brief(due)} is due`);
  }
}

type Entry = string | Uint8Array;

/** What an entry takes of the ring: two half words around its bytes, which are filled up to an even number. */
function ringBytes(entry: Entry): number { return 4 + (typeof entry === "string" ? textBytes(entry) : entry.length) + 1 & -2; }

export class LogOracle extends Tracked<Entry[]> {
  readonly shape = "log";
  private content: Entry[] = [];
  private readonly ring = Math.ceil(this.bytes / this.pageBytes) * this.pageBytes;

  constructor(judge: Judge, random: Random, name: string, bytes: number, pageBytes: number, readonly handle: Log) { super(judge, random, name, bytes, pageBytes); }

  take(content: Entry[] | undefined): void { this.content = content?.slice() ?? []; }
  copyOut(): Entry[] { return this.content.slice(); }

  check(): void {
    const seen: Entry[] = [];
    this.handle.forEach((entry) => { seen.push(entry); });
    this.compare(this.content, seen);
    if (this.handle.length !== seen.length) throw new Wrong("wrong", `${this.title} counts ${this.handle.length} entries and visits ${seen.length}`);
  }

  private compare(due: Entry[], got: Entry[]): void {
    if (due.length !== got.length) throw new Wrong(got.length < due.length ? "lost" : "wrong", `${this.title} gives ${got.length} entries where ${due.length} are due`);
    const at = due.findIndex((entry, i) => !isSame(entry, got[i]));
    if (at >= 0) throw new Wrong("wrong", `${this.title} has ${brief(got[at])} as entry ${at} where ${brief(due[at])} was appended`);
  }

  act(): void {
    const chance = this.random.below(100);
    if (chance < 62) this.append();
    else if (chance < 78) this.tail();
    else if (chance < 84) this.walk();
    else if (chance < 92) this.count();
    else if (chance < 93) this.clear();
    else if (chance < 96) this.judge.look("at a look", this);
    else this.misuse();
  }

  private append(): void {
    const entry = this.random.chance(60) ? someText(this.random) : someBytes(this.random, someLength(this.random, this.random.chance(5) ? this.ring + 64 : Math.min(3000, this.ring >> 1)));
    const call = (): void => { this.handle.append(entry); };
    const words = `${this.title}: ${brief(entry)}`;
    if (ringBytes(entry) > this.ring || ringBytes(entry) > 32771) return this.judge.refuses("log.append", words, this, -2, call);
    if (this.judge.call("log.append", words, this, call) === REFUSED) return;
    this.content.push(entry);
    let used = this.content.reduce((sum, one) => sum + ringBytes(one), 0);
    while (used > this.ring) used -= ringBytes(this.content.shift()!);
  }

  private tail(): void {
    const count = this.random.below(14);
    const got = this.judge.call("log.tail", `${this.title}: ${count}`, this, () => this.handle.tail(count));
    if (got !== REFUSED) this.compare(this.content.slice(this.content.length - Math.min(count, this.content.length)), got);
  }

  private walk(): void {
    const seen: Entry[] = [];
    const fromNewest = this.random.chance(50);
    const end = this.judge.call("log.forEach", `${this.title}: ${fromNewest}`, this, () => {
      seen.length = 0;
      this.handle.forEach((entry) => { seen.push(entry); }, fromNewest);
    });
    if (end !== REFUSED) this.compare(this.content, fromNewest ? seen.reverse() : seen);
  }

  private count(): void {
    const left = this.judge.call("log.room", this.title, this, () => this.handle.room);
    const used = this.content.reduce((sum, entry) => sum + ringBytes(entry), 0);
    if (left !== REFUSED && left !== this.ring - used) this.judge.fail("wrong", `${this.title} has ${brief(left)} bytes of room where ${this.ring - used} are left`);
    const got = this.judge.call("log.length", this.title, this, () => this.handle.length);
    if (got !== REFUSED && got !== this.content.length) this.judge.fail("wrong", `${this.title} counts ${got} entries where ${this.content.length} are due`);
  }

  private clear(): void {
    if (this.judge.call("log.clear", this.title, this, () => { this.handle.clear(); }) !== REFUSED) this.content.length = 0;
  }

  private misuse(): void {
    const { handle, random } = this;
    const [name, action] = random.pick<[string, () => unknown]>([
      ["log.append", () => { handle.append(5 as never); }], ["log.append", () => { handle.append(new Uint16Array(2) as never); }],
      ["log.forEach", () => { handle.forEach(4 as never); }],
    ]);
    this.judge.refuses(name, `${this.title}: misuse`, this, -1, action);
  }
}

export class CacheOracle extends Tracked<Map<string, Value>> {
  readonly shape = "cache";
  private content = new Map<string, Value>();
  /** Keys whose value has vanished; what named it may still be there to be deleted. */
  private readonly vanished = new Set<string>();

  constructor(judge: Judge, random: Random, name: string, bytes: number, pageBytes: number, readonly handle: Cache) { super(judge, random, name, bytes, pageBytes); }

  take(content: Map<string, Value> | undefined): void { this.content = new Map(content); }
  copyOut(): Map<string, Value> { return new Map(this.content); }

  /** What is there may be gone, and is never wrong. */
  check(): void { for (const key of [...this.content.keys()]) this.judged(key, this.handle.get(key) as unknown); }

  private judged(key: string, got: unknown): void {
    if (got === undefined) this.vanish(key);
    else if (!this.content.has(key)) throw new Wrong("wrong", `${this.title} gave ${brief(got)} for ${brief(key)}, under which nothing can be`);
    else if (!isSame(this.content.get(key)!, got)) throw new Wrong("wrong", `${this.title} gave ${brief(got)} for ${brief(key)} where ${brief(this.content.get(key))} was put`);
  }

  private vanish(key: string): void { if (this.content.delete(key)) this.vanished.add(key); }

  act(): void {
    const chance = this.random.below(100);
    const key = someKey(this.random, KEYS);
    if (chance < 50) this.put(key);
    else if (chance < 85) this.get(key);
    else if (chance < 94) this.remove(key);
    else if (chance < 95) this.clear();
    else this.misuse();
  }

  private put(key: string): void {
    const value = someValue(this.random, this.random.chance(3) ? 18 * this.pageBytes : 3 * this.pageBytes);
    const end = this.judge.call("cache.put", `${this.title}: ${brief(key)}, ${brief(value)}`, this, () => this.handle.put(key, value));
    if (end === REFUSED) return;
    this.forget(key);
    if (end) this.content.set(key, value);
  }

  private get(key: string): void {
    const got: unknown = this.judge.call("cache.get", `${this.title}: ${brief(key)}`, this, () => this.handle.get(key) as unknown);
    if (got !== REFUSED) this.judged(key, got);
  }

  private remove(key: string): void {
    const was = this.judge.call("cache.delete", `${this.title}: ${brief(key)}`, this, () => this.handle.delete(key));
    if (was === true && !this.content.has(key) && !this.vanished.has(key)) this.judge.fail("wrong", `${this.title} had something under ${brief(key)}, where nothing can be`);
    if (was !== REFUSED) this.forget(key);
  }

  private forget(key: string): void {
    this.content.delete(key);
    this.vanished.delete(key);
  }

  private clear(): void {
    this.judge.call("cache.clear", this.title, this, () => { this.handle.clear(); });
    this.content.clear();
    this.vanished.clear();
  }

  private misuse(): void {
    const { handle, random } = this;
    const key = random.pick(BAD_KEYS) as string;
    const [name, action] = random.pick<[string, () => unknown]>([
      ["cache.get", () => handle.get(key) as unknown], ["cache.put", () => handle.put(key, 1)], ["cache.delete", () => handle.delete(key)],
      ["cache.put", () => handle.put("key1", random.pick(BAD_VALUES) as Value)],
    ]);
    this.judge.refuses(name, `${this.title}: misuse`, this, -1, action);
  }
}
