/**
 * One flipped bit, as a mode of running: a life is lived on the simulated chip, its durable areas are known page by page, and
 * then each bit of what is on the chip (targets.ts) is flipped in a copy of its own. With each the store opens, every page
 * is read, a page of each area is written and synced, and the store opens and reads once more.
 *
 * Nothing closes whole: the swap area opens, and every area in it. Nothing is wrong: a page is what was synced, or Corrupt.
 * Nothing is silent: only the page whose own data were flipped may be Corrupt, and then that is counted; a flip in the newest
 * commit, the directory or a live header is counted as mended. No sector's erase count falls below the truth.
 *
 * A failure is one id: flip-<seed>-<life>-<bit of the image>; replay() shows it again.
 */
import { Err } from "../../firmware/core/errors";
import { Random } from "../../hal/sim/random";
import type { CoreKind } from "../helpers/core";
import { SECTOR_BYTES, World, goesOff, mix } from "../powerloss/runner";
import { Contents, DURABLE_PAGES, Life, drawScript, nothing } from "../powerloss/script";
import { Part, Range, Target, rangesOf, targetOf, targetsOf } from "./targets";

/** A life that an image comes of. `cut`: the power goes in its last sync, and a boot has seen what it left. */
export interface LifeOptions { readonly pageBytes: number; readonly sectors: number; readonly length: number; readonly cut: boolean; }

export const LIVES: readonly LifeOptions[] = [
  { pageBytes: 256, sectors: 6, length: 90, cut: false },
  { pageBytes: 256, sectors: 6, length: 240, cut: false },
  { pageBytes: 256, sectors: 6, length: 160, cut: true },
  { pageBytes: 1024, sectors: 12, length: 90, cut: false },
  { pageBytes: 1024, sectors: 12, length: 130, cut: true },
];

export type Outcome = "no effect" | "mended" | "page lost and said";
/** How many flips of each part came to what. */
export type FlipReport = Partial<Record<Part, Partial<Record<Outcome, number>>>>;

export interface FlipOptions {
  readonly kind: CoreKind;
  readonly seed: number;
  /** Number of the life. */
  readonly life: number;
  /** Bits of live data that are drawn. */
  readonly data: number;
  /** Of every so many targets one is tried; 1 for all. */
  readonly oneIn?: number;
  readonly shard?: number;
  readonly shards?: number;
}

export function flipId({ seed, life }: FlipOptions, { bit }: Target): string { return `flip-${seed}-${life}-${bit}`; }

export function parseFlip(id: string): { seed: number; life: number; bit: number } {
  const parts = /^flip-(\d+)-(\d+)-(\d+)$/.exec(id);
  if (parts === null || Number(parts[2]) >= LIVES.length) throw new Error(`"${id}" is no flip; expected flip-<seed>-<life>-<bit>.`);
  return { seed: Number(parts[1]), life: Number(parts[2]), bit: Number(parts[3]) };
}

/** What each page holds, or the code that reading it gives. */
type Pages = readonly (readonly (Uint8Array | number)[])[];

/** Parts of which a flip has to be counted as mended. */
const MUST_BE_MENDED: readonly Part[] = ["live header", "directory", "commit"];

export class FlipRunner {
  readonly report: FlipReport = {};
  flips = 0;
  private readonly world: World;
  private readonly state: ReturnType<World["save"]>;
  private readonly synced: Contents;
  private readonly ranges: Range[];
  /** Instances of the areas, as the ranges name them. */
  private readonly instances: number[];

  constructor(private readonly options: FlipOptions, private readonly progress: (flips: number) => void = () => undefined) {
    const { kind, seed, life } = options;
    const lived = LIVES[life];
    this.world = new World({ kind, ...lived });
    this.synced = this.live(lived, mix(seed, life));
    const { memory, chip } = this.world.save();
    this.state = { memory, chip: { ...chip, unstable: new Map() } };
    const geometry = { start: 0, sectorBytes: SECTOR_BYTES, sectors: lived.sectors, pageBytes: lived.pageBytes };
    this.ranges = rangesOf(chip.cells, geometry);
    this.instances = this.readInstances();
  }

  /** Lives the life. What its durable areas hold on flash. */
  private live({ pageBytes, length, cut }: LifeOptions, seed: number): Contents {
    const { world } = this;
    const life = new Life(world.core, pageBytes, nothing(pageBytes));
    for (const operation of drawScript(seed, length)) life.run(operation);
    for (let area = 0; area < DURABLE_PAGES.length; area++) life.run({ kind: "write", area, page: area, seed: seed + area });
    const last = { kind: "syncAll", area: 0, page: 0, seed } as const;
    if (cut) world.chip.planCut({ operation: world.chip.operations + 2, moment: "torn", seed });
    const off = goesOff(() => { life.run(last); });
    if (off !== cut) throw new Error(cut ? "the power was to go and did not" : "the power went");
    if (!off) return life.synced;
    world.boot();
    return world.find();
  }

  /** Every target. Throws with the id of the first that goes wrong. */
  run(): FlipReport {
    const { seed, life, data, oneIn = 1, shard = 0, shards = 1 } = this.options;
    targetsOf(this.ranges, data, new Random(mix(seed, life, 1))).forEach((target, number) => {
      if (mix(number, seed) % oneIn !== 0 || number % shards !== shard) return;
      this.tryFlip(target);
      this.progress(++this.flips);
    });
    return this.report;
  }

  replay(bit: number): void { this.tryFlip(targetOf(this.ranges, bit)); }

  private tryFlip(target: Target): void {
    try {
      const outcome = this.flip(target);
      const row = this.report[target.part] ??= {};
      row[outcome] = (row[outcome] ?? 0) + 1;
    } catch (error) {
      throw new Error(`${flipId(this.options, target)} (${target.part}): ${(error as Error).message}`, { cause: error });
    }
  }

  private flip(target: Target): Outcome {
    const { world } = this;
    world.restore(this.state);
    world.chip.cells[target.bit >> 3] ^= 1 << (target.bit & 7);
    world.boot();
    const mended = world.core.counterOf("zcache_mcu.swap_repaired") > 0;
    const isLost = this.compare(this.synced, this.read(), target);
    if (isLost && world.core.counterOf("zcache_mcu.swap_corrupt") === 0) throw new Error("a page is lost and not counted");
    const after = this.writeAndSync(target);
    world.boot();
    this.compare(after, this.read(), target);
    world.checkArena();
    const counted = mended || world.core.counterOf("zcache_mcu.swap_repaired") > 0;
    if (!counted && MUST_BE_MENDED.includes(target.part) && !this.isSpare(target)) throw new Error("nothing says that a bit was mended");
    return isLost ? "page lost and said" : mended ? "mended" : "no effect";
  }

  /** A commit in a sector whose first record is none counts for nothing, and nor does what is there. */
  private isSpare({ part }: Target): boolean { return part !== "commit" && part !== "live header" && part !== "directory"; }

  private read(): Pages {
    const { core } = this.world;
    return DURABLE_PAGES.map((count, area) => {
      const handle = this.open(area);
      return Array.from({ length: count }, (_, page) => {
        const at = core.areaTouch(handle, page, 0);
        return at < 0 ? at : core.copy(at, LIVES[this.options.life].pageBytes);
      });
    });
  }

  private open(area: number): number {
    const { core } = this.world;
    const handle = core.areaOpenDurable(core.put(Buffer.from("abc"[area].repeat(area + 1))), area + 1, DURABLE_PAGES[area]);
    if (handle < 0) throw new Error(`area ${area} does not open: ${handle}`);
    return handle;
  }

  /** Is every page what it should be, but for the one whose data were flipped? True if that one is Corrupt. */
  private compare(expected: Pages, got: Pages, { part, page: own }: Target): boolean {
    let isLost = false;
    expected.forEach((pages, area) => pages.forEach((content, page) => {
      const found = got[area][page];
      if (typeof found === "number") {
        const isOwn = part === "live data" && own!.instance === this.instances[area] && own!.page === page;
        if (found !== Err.Corrupt || !isOwn) throw new Error(`page ${page} of area ${area} answers ${found}`);
        isLost = true;
      } else if (typeof content === "number" || Buffer.compare(found, content) !== 0) throw new Error(`page ${page} of area ${area} is not what was synced`);
    }));
    return isLost;
  }

  /** Writes a page of each area that is not the lost one, and syncs. What is on flash then. */
  private writeAndSync({ page: own }: Target): Pages {
    const { core } = this.world;
    const { pageBytes } = LIVES[this.options.life];
    const after = this.synced.map((pages) => pages.slice());
    after.forEach((pages, area) => {
      const page = own?.instance === this.instances[area] && own.page === 1 ? 2 : 1;
      const at = core.areaTouch(this.open(area), page, 1);
      if (at < 0) throw new Error(`page ${page} of area ${area} cannot be written: ${at}`);
      pages[page] = new Uint8Array(pageBytes).fill(0x30 + area);
      core.bytes.set(pages[page], at);
    });
    const code = core.coreSync();
    if (code !== 0) throw new Error(`sync answers ${code}`);
    return after;
  }

  /** The instance of each area, from the directory of the image as it is, which the core has just read. */
  private readInstances(): number[] {
    this.world.boot();
    const { core } = this.world;
    this.read();
    const names = DURABLE_PAGES.map((_, area) => Buffer.from("abc"[area].repeat(area + 1)));
    return names.map((name) => {
      const field = new Uint8Array(24);
      field.set(name);
      for (let at = 0; at + 32 <= core.arenaBytes; at += 4) {
        if (Buffer.compare(core.bytes.subarray(at, at + 24), field) === 0) return core.bytes[at + 26] | core.bytes[at + 27] << 8;
      }
      throw new Error("the directory is not in RAM");
    });
  }
}

/** Adds the counts of `one` to `sum`. */
export function addReport(sum: FlipReport, one: FlipReport): void {
  for (const [part, row] of Object.entries(one) as [Part, Partial<Record<Outcome, number>>][]) {
    const into = sum[part] ??= {};
    for (const [outcome, count] of Object.entries(row) as [Outcome, number][]) into[outcome] = (into[outcome] ?? 0) + count;
  }
}
