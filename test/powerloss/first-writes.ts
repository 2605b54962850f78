/**
 * The power cut twice in a chip's first writes. The runner (runner.ts) draws one second cut for each first one; here every pair
 * is tried, since a chip that nothing of ours is on yet has nothing to tell what a cut left from what somebody else wrote.
 *
 * A chip begins erased, formatted by the store, or with the log of another version, which is formatted when it is found. Then
 * a short script is lived that syncs often. It is cut at each of the first flash operations; the board boots and lives the
 * script again, and is cut at each of its first flash operations after that. At the next boot the chip must open (the log of another
 * version after a format, which the first cut may have prevented), hold what was synced, and take a durable page that the
 * boot after it finds.
 *
 * A failure is one id: first-<seed>-<beginning>-<first operation>-<moment>-<second operation>-<moment>.
 */
import { CutMoment } from "../../hal/sim/accidents";
import { setVersion } from "../helpers/sector-headers";
import { Contents, DURABLE_PAGES, Life, Operation, drawScript, nothing } from "./script";
import { LossOptions, LossReport, MOMENTS, NEVER, SECTOR_BYTES, World, goesOff, mix, oneOf } from "./runner";

export type Beginning = "erased" | "formatted" | "other version";
export const BEGINNINGS: readonly Beginning[] = ["erased", "formatted", "other version"];

/** `length`: flash operations in which the first cut falls, and the second after the boot. */
export type FirstOptions = Omit<LossOptions, "oneIn"> & { readonly beginning: Beginning; readonly oneIn?: number };

export interface FirstLoss { readonly first: number; readonly moment: CutMoment; readonly second: number; readonly secondMoment: CutMoment; }

const OPERATIONS = 24;
const OTHER_VERSION = 3;
const CLOSED = 16;

export function firstId({ seed, beginning }: FirstOptions, { first, moment, second, secondMoment }: FirstLoss): string {
  return `first-${seed}-${beginning.replace(" ", "")}-${first}-${moment}-${second}-${secondMoment}`;
}

/** The beginning and the cuts of a printed id, and its seed. */
export function parseFirst(id: string): { seed: number; beginning: Beginning; loss: FirstLoss } {
  const parts = /^first-(\d+)-(erased|formatted|otherversion)-(\d+)-(before|torn|after)-(\d+)-(before|torn|after)$/.exec(id);
  if (parts === null) throw new Error(`"${id}" is no loss; expected first-<seed>-<beginning>-<operation>-<before|torn|after>-<operation>-<before|torn|after>.`);
  const loss = { first: Number(parts[3]), moment: parts[4] as CutMoment, second: Number(parts[5]), secondMoment: parts[6] as CutMoment };
  return { seed: Number(parts[1]), beginning: BEGINNINGS.find((one) => one.replace(" ", "") === parts[2])!, loss };
}

/** A script in which every third operation syncs all. */
function syncingScript(seed: number): Operation[] {
  return drawScript(seed, OPERATIONS).map((operation, i) => i % 3 === 2 ? { ...operation, kind: "syncAll" as const } : operation);
}

/** What a chip of another version holds: a log that was lived in, under headers of that version. */
function otherVersion(options: FirstOptions): Uint8Array {
  const world = new World(options);
  const life = new Life(world.core, options.pageBytes, nothing(options.pageBytes));
  for (const operation of [...syncingScript(options.seed), ...syncingScript(options.seed + 1)]) life.run(operation);
  const cells = world.chip.cells.slice(0, options.sectors * SECTOR_BYTES);
  for (let at = 0; at < cells.length; at += SECTOR_BYTES) setVersion(cells, at, OTHER_VERSION);
  return cells;
}

export class FirstWritesRunner {
  readonly report: LossReport = { operations: 0, flashOperations: 0, cuts: 0, secondCuts: 0, syncs: 0 };
  private readonly world: World;
  private readonly start: ReturnType<World["save"]>;
  private pair = 0;

  constructor(private readonly options: FirstOptions, private readonly progress: (report: LossReport) => void = () => undefined) {
    const { beginning } = options;
    this.world = new World(options, beginning === "other version" ? otherVersion(options) : undefined);
    if (beginning === "formatted" && this.world.core.swapFormat() !== 0) throw new Error("the chip cannot be formatted");
    this.start = this.world.save();
  }

  /** Every pair of cuts. Throws with the id of the first that goes wrong. */
  run(): LossReport {
    for (let first = 1; first <= this.options.length; first++) {
      for (const moment of MOMENTS) this.cutOnce(first, moment);
      this.progress(this.report);
    }
    return this.report;
  }

  /** One pair, as its id says. */
  replay({ first, moment, second, secondMoment }: FirstLoss): void {
    const { contents, after } = this.firstCut(first, moment);
    this.cutTwice({ first, moment, second, secondMoment }, contents, after);
  }

  private cutOnce(first: number, moment: CutMoment): void {
    const { contents, after } = this.firstCut(first, moment);
    for (let second = 1; second <= this.options.length; second++) {
      for (const secondMoment of MOMENTS) {
        if (!this.isMine()) continue;
        const loss = { first, moment, second, secondMoment };
        try {
          this.cutTwice(loss, contents, after);
        } catch (error) {
          throw new Error(`${firstId(this.options, loss)}: ${(error as Error).message}`, { cause: error });
        }
      }
    }
  }

  private isMine(): boolean {
    const { oneIn = 1, shard = 0, shards = 1, seed } = this.options;
    const number = this.pair++;
    return mix(number, seed) % oneIn === 0 && number % shards === shard;
  }

  /** The world with its power off, and what its durable areas may hold. */
  private firstCut(first: number, moment: CutMoment): { contents: readonly Contents[]; after: ReturnType<World["save"]> } {
    const { world, options } = this;
    world.restore(this.start);
    const contents = this.live("cuts", first, moment, mix(options.seed, first), [nothing(options.pageBytes)]);
    return { contents, after: world.save() };
  }

  private cutTwice(loss: FirstLoss, contents: readonly Contents[], after: ReturnType<World["save"]>): void {
    const { world } = this;
    world.restore(after);
    const left = this.live("secondCuts", loss.second, loss.secondMoment, mix(this.options.seed, loss.first, loss.second), contents);
    this.mayFormat();
    world.checkLedger();
    oneOf(world.find(), left, "after both cuts");
    this.takesDurable();
    if (loss.secondMoment === "torn" && loss.second % 8 === 0) world.check();
  }

  /** Boots, and formats a chip that is closed, which only another version's may be. */
  private mayFormat(): void {
    const found = this.world.wake();
    if (found < CLOSED) return;
    if (this.options.beginning !== "other version") throw new Error(`the chip does not open: swapFound ${found}`);
    const code = this.world.core.swapFormat();
    if (code !== 0) throw new Error(`the chip cannot be formatted: ${code}`);
  }

  /** Boots and lives on; the power goes at flash operation `operation` from here. What may be found afterwards. */
  private live(counted: "cuts" | "secondCuts", operation: number, moment: CutMoment, seed: number, before: readonly Contents[]): readonly Contents[] {
    const { world, options } = this;
    world.chip.planCut({ operation: world.chip.operations + operation, moment, seed });
    let allowed = before;
    const off = goesOff(() => {
      this.mayFormat();
      const found = oneOf(world.find(), before, "between the cuts");
      allowed = [found];
      const life = new Life(world.core, options.pageBytes, found);
      for (const one of syncingScript(options.seed)) {
        allowed = [life.synced, life.after(one)];
        life.run(one);
        allowed = [life.synced];
      }
    });
    if (off) this.report[counted]++;
    else world.chip.planCut(NEVER);
    return allowed;
  }

  /** Writes a page, syncs, and finds it at the next boot. */
  private takesDurable(): void {
    const { world, options } = this;
    const content = new Uint8Array(options.pageBytes).fill(0xc3);
    const open = (): number => world.core.areaOpenDurable(world.core.put(Buffer.from("a")), 1, DURABLE_PAGES[0]);
    const at = world.core.areaTouch(open(), 0, 1);
    if (at < 0) throw new Error(`a durable page cannot be written: ${at}`);
    world.core.bytes.set(content, at);
    const code = world.core.coreSync();
    if (code !== 0) throw new Error(`what was written cannot be synced: ${code}`);
    world.boot();
    const there = world.core.areaTouch(open(), 0, 0);
    if (there < 0 || Buffer.compare(world.core.copy(there, options.pageBytes), content) !== 0) throw new Error("what was synced is not there at the next boot");
  }
}
