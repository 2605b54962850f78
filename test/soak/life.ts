/**
 * A life: one board, one seed, many openings of the same chip. Objects of every kind come and go, more than fit; each does random
 * calls; everything durable is kept twice, as written and as synced. A reopening is a power cut between two calls: what was
 * synced must be there, and nothing else.
 *
 * What the flash holds is modelled by name: `kept` is what an open call would find now, `disk` what it would find after a
 * reset. A sync of anything makes deletions and new names count, of everything its contents too.
 */
import type { Handle, Store } from "../../firmware/api/zcache";
import { Random } from "../../hal/sim/random";
import type { Board } from "./boards";
import { AreaRow, DeviceRow } from "./bytes";
import { type Contract, Rule } from "./contract";
import { Judge, REFUSED, type Tally, Wrong } from "./judge";
import { CacheOracle, LogOracle, MapOracle } from "./shapes";
import type { ShapeName, Tracked } from "./tracked";

type Any = Tracked<unknown>;
interface Kept { readonly bytes: number; readonly content: unknown; }

const SECTOR = 512;
const WRONG_LENGTH = -24;
/** Calls of an opening: some are short, so that there are many. */
const OPENING_LENGTHS = [60, 400, 1500, 3000];
const DURABLE_NAMES = 3;
const VOLATILE_NAMES: Readonly<Record<ShapeName, number>> = { area: 5, map: 4, log: 3, cache: 3, device: 3 };
const SHAPES: readonly ShapeName[] = ["area", "area", "map", "map", "log", "log", "device", "device", "cache"];
/** Most of a board's pages that one object takes, as a share of what is drawn. */
const PAGES_MOST = [2, 6, 12, 24, 40];

/** How far a life is, for a failure's message. */
export interface Progress { operations: number; opening: number; }
export interface LifeReport { readonly tally: Tally; readonly refusals: ReadonlyMap<string, number>; readonly openings: number; }

/** Lives `operations` calls on a board. Throws Wrong at the first that is not as it must be. */
export function live(board: Board, contract: Contract, seed: number, operations: number, progress: Progress = { operations: 0, opening: 0 }): LifeReport {
  return new Life(board, contract, new Random(seed), progress).run(operations);
}

class Life {
  private readonly judge: Judge;
  private z: Store;
  /** The frames there are. */
  private all = 0;
  private open: { one: Any; durable: boolean }[] = [];
  private kept = new Map<string, Kept>();
  private disk = new Map<string, Kept>();
  /** Names that may have come to be by an opening that was refused. */
  private readonly maybe = new Set<string>();

  constructor(private readonly board: Board, contract: Contract, private readonly random: Random, private readonly progress: Progress) {
    this.judge = new Judge(contract, random, board);
    this.z = this.openStore();
  }

  run(operations: number): LifeReport {
    const { tally } = this.judge;
    while (tally.operations < operations) {
      const end = Math.min(operations, tally.operations + this.random.pick(OPENING_LENGTHS));
      while (tally.operations < end) this.step();
      this.finish();
      this.reopen();
    }
    this.finish();
    return { tally, refusals: this.judge.refusals, openings: this.progress.opening };
  }

  /** The end of an opening: everything reads, and the arena is sound. */
  private finish(): void {
    this.judge.lookAtAll();
    const broken = this.board.broken();
    if (broken.length > 0) this.judge.fail("invariant", `Invariants do not hold: ${broken.join("; ")}`);
  }

  private openStore(): Store {
    const z = this.board.open();
    z.on("lowmemory", this.judge.heard);
    this.all = z.frames();
    this.progress.opening++;
    return z;
  }

  /** The power goes and comes back. */
  private reopen(): void {
    this.open = [];
    this.note();
    this.z = this.openStore();
    this.kept = new Map(this.disk);
    for (const key of this.disk.keys()) this.openKept(key);
    this.judge.lookAtAll();
  }

  private note(): void { this.judge.witnesses = this.open.map(({ one }) => one); }

  private step(): void {
    const chance = this.random.below(1000);
    const { open } = this;
    if (open.length < 4 || chance < 25) this.openOne();
    else if (chance < 33) this.closeOne();
    else if (chance < 50) this.sync();
    else if (chance < 60) this.idle();
    else if (chance < 66) this.frames();
    else if (chance < 70) this.misuse();
    else this.random.pick(open).one.act();
    this.progress.operations = this.judge.tally.operations;
  }

  // Opening

  private openOne(): void {
    const { random, board } = this;
    const shape = random.pick(SHAPES);
    const durable = board.hasFlash && random.chance(35) && (shape === "area" || shape === "map" || shape === "log");
    const name = durable ? `kept${random.below(DURABLE_NAMES)}` : shape === "device" ? `${random.below(3)}` : `${shape[0]}${random.below(VOLATILE_NAMES[shape])}`;
    const pages = 1 + random.below(durable ? Math.min(random.pick(PAGES_MOST), board.durablePagesMax >> 1) : random.pick(PAGES_MOST));
    const bytes = shape === "device" ? Math.ceil(pages * board.pageBytes / SECTOR) * SECTOR : pages * board.pageBytes - random.pick([0, 0, 1, 100]);
    this.openNamed(shape, name, Math.max(shape === "log" ? 2 * board.pageBytes : 1, bytes), durable);
  }

  private openKept(key: string): void {
    const [shape, name] = key.split(" ") as [ShapeName, string];
    this.openNamed(shape, name, this.kept.get(key)!.bytes, true);
  }

  private openNamed(shape: ShapeName, name: string, bytes: number, durable: boolean): void {
    const already = this.open.find(({ one }) => one.shape === shape && one.name === name);
    if (already !== undefined) return this.openAgain(already.one, bytes, durable);
    const key = `${shape} ${name}`;
    const known = durable ? this.kept.get(key) : undefined;
    const words = `${name}, ${bytes}${durable ? ", durable" : ""}`;
    if (known !== undefined && this.pagesOf(shape, known.bytes) !== this.pagesOf(shape, bytes)) return this.judge.refuses(`z.${shape}`, words, undefined, WRONG_LENGTH, () => this.ask(shape, name, bytes, durable));
    // Lengths of equal pages are one to the store.
    if (known !== undefined) bytes = known.bytes;
    const isNew = durable && known === undefined;
    const adopt = (rule: Rule): void => { if (rule === Rule.NewName && isNew) this.maybe.add(key); };
    const handle = this.judge.call(`z.${shape}`, words, undefined, () => this.ask(shape, name, bytes, durable), adopt);
    if (handle === REFUSED) return this.weighLength(key, words);
    const one = this.track(shape, name, bytes, handle);
    one.take(known?.content);
    if (durable && known === undefined) this.kept.set(key, { bytes, content: undefined });
    this.open.push({ one, durable });
    this.note();
    this.judge.look(`z.${shape}`, one);
  }

  /** After an opening was refused: only a name that is on flash, or came to be there by a refusal, has a length. */
  private weighLength(key: string, words: string): void {
    if (this.judge.lastCode === WRONG_LENGTH && !this.kept.has(key) && !this.maybe.has(key)) this.judge.fail("wrong", `${words} is said to be on flash with another length`);
  }

  /** What is open already is found, or refused for another length. */
  private openAgain(one: Any, bytes: number, durable: boolean): void {
    const { shape, name } = one;
    if (shape !== "cache" && bytes !== one.bytes) return this.judge.refuses(`z.${shape}`, `${name}, ${bytes}`, one, -1, () => this.ask(shape, name, bytes, durable));
    if (this.judge.call(`z.${shape}`, `${name}, ${bytes}`, one, () => this.ask(shape, name, bytes, durable)) !== one.handle) this.judge.fail("wrong", `z.${shape} gave another handle for ${name}`);
  }

  private pagesOf(shape: ShapeName, bytes: number): number { return Math.ceil(bytes / this.board.pageBytes) + (shape === "log" ? 1 : 0); }

  private ask(shape: ShapeName, name: string, bytes: number, durable: boolean): Handle {
    const options = durable ? { durable: true } : undefined;
    switch (shape) {
      case "area": return this.z.area(name, bytes, options);
      case "map": return this.z.map(name, bytes, options);
      case "log": return this.z.log(name, bytes, options);
      case "cache": return this.z.cache(name);
      default: return this.z.device(Number(name), bytes);
    }
  }

  private track(shape: ShapeName, name: string, bytes: number, handle: Handle): Any {
    const { judge, random, board: { pageBytes } } = this;
    const Kind = { area: AreaRow, map: MapOracle, log: LogOracle, cache: CacheOracle, device: DeviceRow }[shape];
    return new Kind(judge, random, name, bytes, pageBytes, handle as never) as Any;
  }

  // Closing

  private closeOne(): void {
    const { one, durable } = this.random.pick(this.open);
    const deletes = this.random.chance(40);
    const action = deletes ? (): void => { this.z.delete(one.handle); } : this.random.chance(50) ? (): void => { this.z.free(one.handle); } : (): void => { one.handle.free(); };
    const call = deletes ? "z.delete" : "z.free";
    if (this.judge.call(call, one.title, one, action) === REFUSED) return;
    this.open = this.open.filter((other) => other.one !== one);
    this.note();
    if (durable && deletes) this.kept.delete(one.title);
    this.judge.refuses("z.free", `${one.title}, again`, undefined, -1, () => { this.z.free(one.handle); });
  }

  // The store itself

  private sync(): void {
    const durable = this.open.filter((one) => one.durable);
    if (!this.board.hasFlash) return this.judge.refuses("z.sync", "without flash", undefined, -9, () => { this.z.sync(); });
    const one = durable.length > 0 && this.random.chance(40) ? this.random.pick(durable).one : undefined;
    const call = one === undefined ? "z.sync" : `${one.shape}.sync`;
    const end = this.judge.call(call, one?.title ?? "", one, one === undefined ? () => { this.z.sync(); } : () => { (one as AreaRow).handle.sync(); });
    if (end === REFUSED) return;
    for (const { one: each } of durable) if (one === undefined || one === each) this.kept.set(each.title, { bytes: each.bytes, content: each.copyOut() });
    this.disk = new Map(this.kept);
  }

  private idle(): void {
    if (this.random.chance(50)) this.judge.call("z.idle", "", undefined, () => { this.z.idle!(); });
    const stats = this.judge.call("z.stats", "", undefined, () => this.z.stats());
    for (const [group, counters] of stats === REFUSED ? [] : Object.entries(stats)) {
      for (const [name, value] of Object.entries(counters as Record<string, number | null>)) if (value !== null && !(value >= 0)) this.judge.fail("statistics", `${group}.${name} is ${value}`);
    }
  }

  /** Lends frames for a while, or asks for all of them back. */
  private frames(): void {
    const all = this.all;
    const wanted = this.random.chance(50) ? all : Math.max(this.board.isRoomy ? 10 : 4, all - this.random.below(6));
    const end = this.judge.call("z.frames", `${wanted}`, undefined, () => this.z.frames(wanted));
    const got = this.z.frames();
    if (got !== wanted) throw new Wrong("wrong", `z.frames gives ${got} where ${wanted} are asked for (${String(end)})`);
  }

  private misuse(): void {
    const { z, random } = this;
    const [name, code, action] = random.pick<[string, number, () => unknown]>([
      ["z.area", -1, () => z.area("", 10)], ["z.area", -1, () => z.area("x", 0)], ["z.area", -2, () => z.area("x", 1e9)], ["z.map", -1, () => z.map("x", 1.5)],
      ["z.map", -1, () => z.map("a name that is much too long", 1000)], ["z.log", -1, () => z.log("x", NaN)], ["z.device", -1, () => z.device(16, 512)],
      ["z.device", -1, () => z.device(9, 700)], ["z.free", -4, () => { z.free("nobody"); }], ["z.delete", -4, () => { z.delete("nobody"); }],
      ["z.frames", -1, () => z.frames(2)], ["z.on", -1, () => { z.on("nothing" as never, () => undefined); }],
    ]);
    this.judge.refuses(name, "misuse", undefined, code, action);
  }
}
