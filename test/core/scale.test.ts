/**
 * What an operation costs does not depend on how much there is: the same operations on stores of 256 to 65 520 pages in
 * 1 to 13 pools, on every allocator, with the accesses to the arena counted. The codec's own work on the same pages is
 * taken off, for it would drown the rest.
 */
import test from "ava";
import { Counter } from "../../firmware/core/counters";
import { Knob } from "../../firmware/core/config";
import { ALLOCATORS } from "../../tools/core/knobs";
import { CountingCore } from "../helpers/counting";
import { pageOfDensity } from "../helpers/pages";
import { Random } from "../helpers/random";

const PAGE = 256;
const SAMPLES = 48;
const PERSISTENT = 1;
const EPHEMERAL = 2;
const SCALES = [[256, 1], [1024, 4], [16384, 9], [65520, 13]] as const;
/** How much the mean may grow from the smallest store to the largest; a list that is walked would make it a hundred times. */
const GROWTH = 1.3;
/** Accesses that a mean may differ by besides: another hash chain, another bucket. */
const SLACK = 12;
/** zsmalloc copies an object that lies across frames together first, and how many do depends on its size classes. */
const CROSSING: Record<string, number> = { zsmalloc: PAGE };

const OPERATIONS = ["store", "load", "invalidate", "store same-filled", "touch resident", "touch compressed", "put", "get", "put when full", "tick"] as const;
type Operation = (typeof OPERATIONS)[number];
type Means = Record<Operation, number>;

/** Pages that compress to about half, the same ones for every store. */
const pages = Array.from({ length: 16 }, (_, i) => pageOfDensity(42, PAGE, new Random(i + 1)));
const zeros = new Uint8Array(PAGE);

class Store {
  readonly core: CountingCore;
  private readonly random = new Random(7);
  private readonly persistent: number[] = [];
  private readonly ephemeral: number;
  private readonly area: number;
  private readonly areaPages: number;

  constructor(readonly pagesMax: number, readonly poolCount: number, allocator: number) {
    const frames = Math.ceil(3 * pagesMax / 16) + 40;
    this.core = new CountingCore(frames * (PAGE + 8) + 7 * pagesMax + 32_500, {
      [Knob.PageBytes]: PAGE, [Knob.PagesMax]: pagesMax, [Knob.ObjectsMax]: 2047, [Knob.PoolsMax]: 15, [Knob.ChunkOrder]: 5, [Knob.ResidentPercent]: 5, [Knob.Allocator]: allocator,
    });
    const { calls } = this.core;
    this.ephemeral = calls.poolOpen(EPHEMERAL);
    for (let i = 0; i < poolCount; i++) this.persistent.push(calls.poolOpen(PERSISTENT));
    this.areaPages = Math.max(16, pagesMax >> 6 & -16);
    this.area = calls.areaOpen(this.areaPages);
    this.fill();
  }

  /** A quarter of all pages compressed under names, an eighth same-filled, some in an area. */
  private fill(): void {
    const { calls } = this.core;
    for (let i = 0; i < this.areaPages; i++) {
      const at = calls.areaTouch(this.area, i, 1);
      if (at >= 0) this.core.bytes.set(pages[i % pages.length], at);
    }
    for (let i = 0; i < this.pagesMax / 8; i++) this.store(i, zeros);
    for (let i = 0; i < this.pagesMax / 4 - 16; i++) this.store(30_000 + i, pages[i % pages.length]);
    calls.coreTick(16);
  }

  private name(index: number): [number, number, number] { return [this.persistent[(index >> 6) % this.persistent.length], 1 + (index >> 9) % 3, index]; }

  store(index: number, page: Uint8Array): number {
    this.core.bytes.set(page, this.core.client);
    return this.must(this.core.calls.frontswapStore(...this.name(index), this.core.client));
  }

  /** A call that may not be refused: what is refused early would look cheap. */
  private must(code: number): number {
    if (code < 0) throw new Error(`A call was refused with ${code} in a store of ${this.pagesMax} pages.`);
    return code;
  }

  /** The mean cost of each operation. */
  measure(): Means {
    const { core: { calls, client, bytes } } = this;
    const stored = (): number => 30_000 + this.random.below(Math.floor(this.pagesMax / 4 - 16));
    const load = (index: number): void => void this.must(calls.frontswapLoad(...this.name(index), client + PAGE));
    const codec = this.mean((i) => {
      bytes.set(pages[i % pages.length], client);
      return () => void calls.lz4Compress(client, PAGE, client + 1024, PAGE, calls.codecTableOffset());
    });
    const decodec = this.decompressMean();
    const invalidate = (index: number): void => void calls.frontswapInvalidatePage(...this.name(index));
    const means: Means = {
      load: this.mean(() => { const index = stored(); return () => load(index); }) - decodec,
      store: this.mean((i) => { const index = stored(); invalidate(index); return () => void this.store(index, pages[i % pages.length]); }) - codec,
      invalidate: this.mean((i) => { const index = stored(); this.store(index, pages[i % pages.length]); return () => invalidate(index); }),
      "store same-filled": this.mean(() => { const index = this.random.below(Math.floor(this.pagesMax / 8)); return () => void this.store(index, zeros); }),
      "touch resident": this.mean(() => { const page = this.random.below(this.areaPages); calls.areaTouch(this.area, page, 0); return () => void this.must(calls.areaTouch(this.area, page, 0)); }),
      "touch compressed": this.mean(() => { const page = this.random.below(this.areaPages); calls.areaPageOut(this.area, page); calls.coreTick(8); return () => void this.must(calls.areaTouch(this.area, page, 0)); }) - decodec,
      put: this.mean((i) => { bytes.set(pages[i % pages.length], client); return () => void this.must(calls.cleancachePut(this.ephemeral, 5, i, client)); }) - codec,
      get: this.mean((i) => () => void calls.cleancacheGet(this.ephemeral, 5, i, client + PAGE)) - decodec,
      tick: this.mean(() => { calls.coreTick(8); return () => void calls.coreTick(1); }),
      "put when full": 0,
    };
    this.fillUp();
    const evicted = calls.counter(Counter.EvictedPageframes);
    means["put when full"] = this.mean((i) => { bytes.set(pages[i % pages.length], client); return () => void this.must(calls.cleancachePut(this.ephemeral, 6, 50_000 + i, client)); }) - codec;
    if (calls.counter(Counter.EvictedPageframes) === evicted) throw new Error("The store was not full: nothing was evicted.");
    return means;
  }

  /** Ephemeral pages until one of them has to go for the next. */
  private fillUp(): void {
    const { calls, client, bytes } = this.core;
    for (let i = 0; calls.counter(Counter.EvictedPageframes) === 0 && i < this.pagesMax; i++) {
      bytes.set(pages[i % pages.length], client);
      calls.cleancachePut(this.ephemeral, 6, i, client);
    }
  }

  private decompressMean(): number {
    const { calls, client, bytes } = this.core;
    return this.mean((i) => {
      bytes.set(pages[i % pages.length], client);
      const length = calls.lz4Compress(client, PAGE, client + 1024, PAGE, calls.codecTableOffset());
      return () => void calls.lz4Decompress(client + 1024, length, client + 2048, PAGE);
    });
  }

  /** Mean accesses of what `prepare` returns; preparing is not counted. */
  private mean(prepare: (i: number) => () => void): number {
    let sum = 0;
    for (let i = 0; i < SAMPLES; i++) sum += this.core.count(prepare(i));
    return Math.round(sum / SAMPLES);
  }
}

ALLOCATORS.forEach((name, allocator) => {
  test(`what an operation costs does not depend on how many pages and pools there are: ${name}`, (t) => {
    const rows = SCALES.map(([pagesMax, pools]) => ({ pagesMax, pools, means: new Store(pagesMax, pools, allocator).measure() }));
    t.log(["pages  pools", ...OPERATIONS].join(" | "));
    for (const { pagesMax, pools, means } of rows) t.log([`${pagesMax}  ${pools}`, ...OPERATIONS.map((operation) => means[operation])].join(" | "));
    for (const operation of OPERATIONS) {
      const [first, ...rest] = rows.map(({ means }) => means[operation]);
      for (const mean of rest) t.true(mean <= first * GROWTH + SLACK + (CROSSING[name] ?? 0), `${operation}: ${first} accesses in the smallest store, ${mean} in a larger one`);
    }
  });
});
