/**
 * The script of a life that the power is cut in: a list of operations, drawn from a seed, on three durable areas, one
 * volatile area and a pool of names. What must be on flash is kept beside it: the pages of each durable area as of its
 * last sync, and what the operation under way may turn them into.
 */
import { Err } from "../../firmware/core/errors";
import { Random } from "../../hal/sim/random";
import { makePage, PAGE_KINDS } from "../helpers/pages";
import type { Core } from "../helpers/core";

export type Kind = "write" | "sync" | "syncAll" | "discard" | "reopen" | "remake" | "volatile" | "read" | "store" | "load" | "reap" | "tick" | "pageOut";

export interface Operation { readonly kind: Kind; readonly area: number; readonly page: number; readonly seed: number; }

/** Pages of the durable areas; their names are "a", "bb", "ccc". */
export const DURABLE_PAGES: readonly number[] = [6, 10, 4];
export const VOLATILE_PAGES = 24;
const NAMES = 24;

/** How often each kind is drawn. */
const WEIGHTS: readonly (readonly [Kind, number])[] = [
  ["write", 22], ["sync", 6], ["syncAll", 3], ["discard", 2], ["reopen", 1], ["remake", 1], ["volatile", 20], ["read", 10],
  ["store", 14], ["load", 6], ["reap", 5], ["tick", 4], ["pageOut", 6],
];

export function drawScript(seed: number, length: number): Operation[] {
  const random = new Random(seed);
  const kinds = WEIGHTS.flatMap(([kind, weight]) => Array.from({ length: weight }, () => kind));
  return Array.from({ length }, () => {
    const area = random.below(DURABLE_PAGES.length);
    return { kind: random.pick(kinds), area, page: random.below(DURABLE_PAGES[area]), seed: random.next() };
  });
}

/** What each durable area holds, page by page. */
export type Contents = readonly (readonly Uint8Array[])[];

export function nothing(pageBytes: number): Contents {
  return DURABLE_PAGES.map((pages) => Array.from({ length: pages }, () => new Uint8Array(pageBytes)));
}

/** The areas that `operation` makes the same as in RAM, if it succeeds. */
function syncedBy({ kind, area }: Operation): (n: number) => boolean {
  return kind === "syncAll" ? () => true : kind === "sync" ? (n) => n === area : () => false;
}

/** A life on a core: the handles that are open, what RAM says and what flash must say. */
export class Life {
  /** Handles of the durable areas. */
  private readonly handles: number[];
  private readonly other: number;
  private readonly pool: number;
  /** As the app has written them. */
  private current: Contents;
  /** As of the last sync; a deleted area that was not synced since is still there. */
  synced: Contents;
  /** Areas deleted since: the next sync of anything empties them. */
  private emptied = new Set<number>();

  /** Begins on a core that was just opened, whose durable areas hold `synced`. */
  constructor(private readonly core: Core, readonly pageBytes: number, synced: Contents) {
    this.current = synced;
    this.synced = synced;
    this.handles = DURABLE_PAGES.map((_, area) => this.open(area));
    this.other = this.must(core.areaOpen(VOLATILE_PAGES), "areaOpen");
    this.pool = this.must(core.poolOpen(1), "poolOpen");
  }

  /** The same life on the same core, for a fork: what it changes does not change this one. */
  fork(): Life {
    const copy = Object.create(Life.prototype) as Life;
    return Object.assign(copy, this, { handles: this.handles.slice(), emptied: new Set(this.emptied) });
  }

  private open(area: number): number {
    const name = this.core.put(Buffer.from("abc"[area].repeat(area + 1)));
    return this.must(this.core.areaOpenDurable(name, area + 1, DURABLE_PAGES[area]), "areaOpenDurable");
  }

  private must(code: number, call: string): number {
    if (code < 0) throw new Error(`${call} answered ${code}`);
    return code;
  }

  /** What flash holds after `operation` if the power goes when it is over. */
  after(operation: Operation): Contents {
    const isSynced = syncedBy(operation);
    const isSync = operation.kind === "sync" || operation.kind === "syncAll";
    const blank = nothing(this.pageBytes);
    return this.synced.map((pages, n) => isSynced(n) ? this.current[n] : isSync && this.emptied.has(n) ? blank[n] : pages);
  }

  /** Carries an operation out. False when flash was full, and then nothing that was synced has changed. */
  run(operation: Operation): boolean {
    const { core } = this;
    const { kind, area, page, seed } = operation;
    const handle = this.handles[area];
    const random = new Random(seed);
    switch (kind) {
      case "write": return this.write(handle, page, random, (content) => this.change(area, page, content));
      case "sync": return this.sync(operation, core.areaSync(handle));
      case "syncAll": return this.sync(operation, core.coreSync());
      case "discard":
        this.must(core.areaDiscard(handle, page), "areaDiscard");
        return this.change(area, page, new Uint8Array(this.pageBytes));
      case "reopen":
        this.must(core.areaClose(handle), "areaClose");
        this.handles[area] = this.open(area);
        this.current = this.current.map((pages, n) => n === area ? this.emptied.has(area) ? nothing(this.pageBytes)[n] : this.synced[n] : pages);
        return true;
      case "remake": return this.remake(area);
      case "volatile": return this.write(this.other, random.below(VOLATILE_PAGES), random, () => true);
      case "read": return this.read(area, page);
      case "store": return core.frontswapStore(this.pool, 1, random.below(NAMES), core.put(this.content(random))) >= Err.RejectFrozen;
      case "load": return core.frontswapLoad(this.pool, 1, random.below(NAMES), core.client + this.pageBytes) <= Err.Ok;
      case "reap": return core.reaperRun(1 + random.below(2)) <= 2;
      case "tick": return core.coreTick(2) >= 0;
      case "pageOut": return core.areaPageOut(handle, page) <= Err.Ok;
    }
  }

  private content(random: Random): Uint8Array { return makePage(random.pick(PAGE_KINDS), this.pageBytes, random); }

  private change(area: number, page: number, content: Uint8Array): true {
    this.current = this.current.map((pages, n) => n === area ? pages.map((old, at) => at === page ? content : old) : pages);
    return true;
  }

  private write(handle: number, page: number, random: Random, done: (content: Uint8Array) => boolean): boolean {
    const at = this.core.areaTouch(handle, page, 1);
    if (at === Err.NoFrame) return false;
    this.must(at, "areaTouch");
    const content = this.content(random);
    this.core.bytes.set(content, at);
    return done(content);
  }

  private read(area: number, page: number): boolean {
    const at = this.must(this.core.areaTouch(this.handles[area], page, 0), "areaTouch");
    if (Buffer.compare(this.core.copy(at, this.pageBytes), this.current[area][page]) !== 0) throw new Error(`page ${page} of area ${area} differs in RAM`);
    return true;
  }

  private sync(operation: Operation, code: number): boolean {
    if (code === Err.SwapFull) return false;
    this.must(code, "areaSync");
    this.synced = this.after(operation);
    this.emptied.clear();
    return true;
  }

  /** Deletes an area and makes it anew; a second one has to wait for a sync, since what was deleted keeps its place until then. */
  private remake(area: number): boolean {
    if (this.emptied.size > 0) return true;
    const code = this.core.areaDelete(this.handles[area]);
    if (code === Err.NoFrame) return false;
    this.must(code, "areaDelete");
    this.handles[area] = this.open(area);
    this.emptied.add(area);
    this.current = this.current.map((pages, n) => n === area ? nothing(this.pageBytes)[n] : pages);
    return true;
  }
}

/** What the durable areas hold on a core that was just opened. A sentence when a page cannot be read. */
export function observe(core: Core, pageBytes: number): Contents | string {
  const contents: Uint8Array[][] = [];
  for (let area = 0; area < DURABLE_PAGES.length; area++) {
    const handle = core.areaOpenDurable(core.put(Buffer.from("abc"[area].repeat(area + 1))), area + 1, DURABLE_PAGES[area]);
    if (handle < 0) return `areaOpenDurable answers ${handle}`;
    const pages: Uint8Array[] = [];
    for (let page = 0; page < DURABLE_PAGES[area]; page++) {
      const at = core.areaTouch(handle, page, 0);
      if (at < 0) return `page ${page} of area ${area} cannot be read: ${at}`;
      pages.push(core.copy(at, pageBytes));
    }
    contents.push(pages);
  }
  return contents;
}

/** Where two contents differ first; empty when they are the same. */
export function difference(expected: Contents, got: Contents): string {
  for (let area = 0; area < expected.length; area++) {
    const page = expected[area].findIndex((content, at) => content !== got[area][at] && Buffer.compare(content, got[area][at]) !== 0);
    if (page >= 0) return `page ${page} of area ${area}`;
  }
  return "";
}
