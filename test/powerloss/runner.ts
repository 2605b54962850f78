/**
 * Power loss as a mode of running a script. The script is lived through once; before each operation the whole world (the
 * chip and the core's memory) is saved, and for each program and erase that the operation does, and each of the moments
 * before, torn and after, a fork of the world is cut there. So a cut costs one operation, not the life up to it.
 *
 * After a cut the board boots on garbage in RAM and must find, in all durable areas together, what was last synced or, if
 * the operation was a sync, what that sync writes: nothing between. What was volatile is gone. Then it lives on for a few
 * operations, in which it is cut again, near the boot; what the first boot found must be found again, or what a sync
 * since has written. At last it must boot and work once more, with every invariant intact and no sector's erase count
 * below the truth.
 *
 * A failure is one id: loss-<seed>-<length>-<operation>-<flash operation>-<moment>-<second cut>-<moment>; replay() shows it again.
 */
import { Knob } from "../../firmware/core/config";
import { Header } from "../../firmware/core/layout";
import { CutMoment, PowerCut } from "../../hal/sim/accidents";
import { NorFlash } from "../../hal/sim/flash";
import { ChipState, NorChip } from "../../hal/sim/nor-chip";
import { partNamed } from "../../hal/sim/parts";
import { checkInvariants } from "../helpers/check";
import { Core, CoreKind, openCore } from "../helpers/core";
import { Contents, Life, Operation, difference, drawScript, nothing, observe } from "./script";

export interface WorldOptions {
  readonly kind: CoreKind;
  readonly pageBytes: number;
  readonly sectors: number;
}

export interface LossOptions extends WorldOptions {
  readonly seed: number;
  /** Operations of the script. */
  readonly length: number;
  /** Of every so many cuts one is tried, which one decided by its number; 1 for all. */
  readonly oneIn?: number;
  /** Which of `shards` parts of the cuts. */
  readonly shard?: number;
  readonly shards?: number;
}

/** One cut and the second one behind it. */
export interface Loss { readonly step: number; readonly operation: number; readonly moment: CutMoment; readonly second: number; readonly secondMoment: CutMoment; }

export interface LossReport { operations: number; flashOperations: number; cuts: number; secondCuts: number; syncs: number; }

export const MOMENTS: readonly CutMoment[] = ["before", "torn", "after"];
export const SECTOR_BYTES = 4096;
/** Operations lived between boot and the end, and flash operations in which the second cut falls. */
const AFTERLIFE = 8;
const SECOND_WITHIN = 16;
const GARBAGE = 0x5a;
export const NEVER = { operation: 0, moment: "before", seed: 0 } as const;

export function lossId({ seed, length }: LossOptions, { step, operation, moment, second, secondMoment }: Loss): string {
  return `loss-${seed}-${length}-${step}-${operation}-${moment}-${second}-${secondMoment}`;
}

/** The options and the loss of a printed id; the rest of the options as in `others`. */
export function parseLoss(id: string, others: Omit<LossOptions, "seed" | "length">): { options: LossOptions; loss: Loss } {
  const parts = /^loss-(\d+)-(\d+)-(\d+)-(\d+)-(before|torn|after)-(\d+)-(before|torn|after)$/.exec(id);
  if (parts === null) throw new Error(`"${id}" is no loss; expected loss-<seed>-<length>-<operation>-<flash operation>-<before|torn|after>-<second>-<before|torn|after>.`);
  const [seed, length, step, operation, second] = [1, 2, 3, 4, 6].map((part) => Number(parts[part]));
  return { options: { ...others, seed, length }, loss: { step, operation, moment: parts[5] as CutMoment, second, secondMoment: parts[7] as CutMoment } };
}

/** From this finding on the swap area is closed until swapFormat(). */
const FOREIGN = 16;

/** A core on a chip, both of which can be saved and brought back. */
export class World {
  readonly chip: NorChip;
  readonly core: Core;
  private readonly usedBytes: number;

  /** `content`: what the chip holds at first, if it is not erased. */
  constructor(private readonly options: WorldOptions, content?: Uint8Array) {
    const { kind, pageBytes, sectors } = options;
    this.chip = new NorChip(partNamed("w25q16"), { seed: 1, content });
    this.usedBytes = sectors * SECTOR_BYTES;
    const knobs = {
      [Knob.PageBytes]: pageBytes, [Knob.PagesMax]: 160, [Knob.ChunkOrder]: pageBytes < 1024 ? 4 : 6, [Knob.SectorBytes]: SECTOR_BYTES, [Knob.SwapSectors]: sectors,
      [Knob.DurablePagesMax]: 60, [Knob.ResidentPercent]: 40,
    };
    this.core = openCore(kind, { knobs, arenaBytes: 7000 + 14 * pageBytes, flash: new NorFlash(this.chip) });
    this.knobs = knobs;
  }
  private readonly knobs: Record<number, number>;

  save(): { memory: Uint8Array; chip: ChipState } { return { memory: this.core.bytes.slice(), chip: this.chip.save(this.usedBytes) }; }

  restore({ memory, chip }: { memory: Uint8Array; chip: ChipState }): void {
    this.core.bytes.set(memory);
    this.chip.restore(chip);
  }

  /** As after a reset: RAM is garbage, the chip is as it is. */
  boot(): void {
    if (this.wake() >= FOREIGN) throw new Error(`the swap area does not open: swapFound ${this.core.swapFound()}`);
    this.checkLedger();
  }

  /** The same, whatever the boot finds on the chip (swapFound). */
  wake(): number {
    const { core } = this;
    this.chip.powerOn();
    core.bytes.fill(GARBAGE);
    core.coreDefaults();
    for (const [knob, value] of Object.entries(this.knobs)) core.coreSet(Number(knob), value);
    const frames = core.coreOpen(core.arenaBytes);
    if (frames < 4) throw new Error(`the store does not open: ${frames}`);
    const found = core.swapFound();
    if ((core.coreSwapIsOpen() === 1) !== found < FOREIGN) throw new Error(`the swap area is open: ${core.coreSwapIsOpen()}, swapFound ${found}`);
    return found;
  }

  /** No count in the arena is below what the chip knows. */
  checkLedger(): void {
    const words = new DataView(this.core.bytes.buffer, this.core.bytes.byteOffset);
    const at = words.getUint32(Header.ErasesAt, true);
    for (let sector = 0; sector < this.options.sectors; sector++) {
      const counted = words.getUint32(at + 4 * sector, true) & 0xfffff;
      if (counted < this.chip.eraseCounts[sector]) throw new Error(`sector ${sector} counts ${counted} erases and had ${this.chip.eraseCounts[sector]}`);
    }
  }

  /** What the durable areas hold; nothing else may be there. */
  find(): Contents {
    const found = observe(this.core, this.options.pageBytes);
    if (typeof found === "string") throw new Error(found);
    const { core } = this;
    const area = core.areaOpen(1);
    const at = core.areaTouch(area, 0, 0);
    if (at < 0 || core.copy(at, this.options.pageBytes).some((byte) => byte !== 0)) throw new Error("a volatile area is not empty after a reset");
    const pool = core.poolOpen(1);
    if (core.frontswapLoad(pool, 1, 0, core.client) >= 0) throw new Error("a volatile page is found after a reset");
    core.poolClose(pool);
    core.areaClose(area);
    return found;
  }

  check(): void { checkInvariants(this.core.bytes.subarray(0, this.core.arenaBytes), this.chip.cells); }

  /** The same where the chip is damaged: what the arena says for itself. */
  checkArena(): void { checkInvariants(this.core.bytes.subarray(0, this.core.arenaBytes)); }
}

/** Runs `life`; true if the power went. */
export function goesOff(life: () => void): boolean {
  try {
    life();
    return false;
  } catch (error) {
    if (error instanceof PowerCut) return true;
    throw error;
  }
}

/** A number that depends on all of these and looks like none of them. */
export function mix(...numbers: number[]): number {
  let hash = 0x811c9dc5;
  for (const number of numbers) hash = Math.imul(hash ^ number, 0x01000193) ^ hash >>> 15;
  return hash >>> 0;
}

/** One of the contents that may be found, or an error that says which page is neither. */
export function oneOf(found: Contents, allowed: readonly Contents[], when: string): Contents {
  const differences = allowed.map((contents) => difference(contents, found));
  const match = differences.indexOf("");
  if (match < 0) throw new Error(`${when}: ${[...new Set(differences)].join(", and ")} ${allowed.length > 1 ? "are neither the old nor the new version throughout" : "is not what was synced"}`);
  return found;
}

export class LossRunner {
  readonly report: LossReport = { operations: 0, flashOperations: 0, cuts: 0, secondCuts: 0, syncs: 0 };
  private readonly world: World;
  private readonly script: Operation[];
  private cutNumber = 0;

  constructor(private readonly options: LossOptions, private readonly progress: (report: LossReport) => void = () => undefined) {
    this.world = new World(options);
    this.script = drawScript(options.seed, options.length);
  }

  /** Every cut of the script. Throws with the id of the first that goes wrong. */
  run(): LossReport {
    this.live((step, life, before, flashOperations) => {
      for (let operation = 1; operation <= flashOperations; operation++) {
        for (const moment of MOMENTS) if (this.isMine()) this.tryLoss(this.draw(step, operation, moment), life, before);
      }
      this.progress(this.report);
    });
    return this.report;
  }

  /** One cut, as its id says. */
  replay(loss: Loss): void {
    this.live((step, life, before) => { if (step === loss.step) this.tryLoss(loss, life, before); }, loss.step);
  }

  /** Lives through the script without cuts; `visit` may fork each operation that touches the chip. */
  private live(visit: (step: number, life: Life, before: ReturnType<World["save"]>, flashOperations: number) => void, last = this.script.length - 1): void {
    const { world } = this;
    const life = new Life(world.core, this.options.pageBytes, nothing(this.options.pageBytes));
    for (let step = 0; step <= last; step++) {
      const before = world.save();
      const fork = life.fork();
      life.run(this.script[step]);
      const done = world.chip.operations - before.chip.operations;
      this.report.operations++;
      this.report.flashOperations += done;
      if (this.script[step].kind.startsWith("sync") && done > 0) this.report.syncs++;
      if (done === 0) continue;
      const after = world.save();
      visit(step, fork, before, done);
      world.restore(after);
    }
  }

  private isMine(): boolean {
    const { oneIn = 1, shard = 0, shards = 1, seed } = this.options;
    const number = this.cutNumber++;
    return mix(number, seed) % oneIn === 0 && number % shards === shard;
  }

  private draw(step: number, operation: number, moment: CutMoment): Loss {
    const chance = mix(this.options.seed, step, operation, MOMENTS.indexOf(moment));
    return { step, operation, moment, second: 1 + chance % SECOND_WITHIN, secondMoment: MOMENTS[(chance >>> 8) % 3] };
  }

  private tryLoss(loss: Loss, life: Life, before: ReturnType<World["save"]>): void {
    try {
      this.lose(loss, life.fork(), before);
    } catch (error) {
      throw new Error(`${lossId(this.options, loss)}: ${(error as Error).message}`, { cause: error });
    }
  }

  private lose(loss: Loss, life: Life, before: ReturnType<World["save"]>): void {
    const { world, script } = this;
    const operation = script[loss.step];
    const seed = mix(loss.step, loss.operation, this.options.seed);
    world.restore(before);
    world.chip.planCut({ operation: before.chip.operations + loss.operation, moment: loss.moment, seed });
    const allowed = [life.synced, life.after(operation)];
    if (!goesOff(() => { life.run(operation); })) throw new Error("the power was to go and did not");
    this.report.cuts++;
    world.boot();
    const found = oneOf(world.find(), allowed, "after the cut");
    this.secondLoss(loss, found, seed);
    if (loss.moment === "torn" && seed % 8 === 0) world.check();
  }

  /** Lives on for a little, is cut again near the boot, and boots for good. */
  private secondLoss(loss: Loss, found: Contents, seed: number): void {
    const { world } = this;
    const afterlife = drawScript(seed, AFTERLIFE).map((operation, i) => i % 3 === 2 ? { ...operation, kind: "syncAll" as const } : operation);
    world.chip.planCut({ operation: world.chip.operations + loss.second, moment: loss.secondMoment, seed: mix(seed, 2) });
    let allowed: Contents[] = [found];
    const off = goesOff(() => {
      world.boot();
      const life = new Life(world.core, this.options.pageBytes, found);
      for (const operation of afterlife) {
        allowed = [life.synced, life.after(operation)];
        life.run(operation);
        allowed = [life.synced];
      }
    });
    if (off) this.report.secondCuts++;
    else world.chip.planCut(NEVER);
    world.boot();
    oneOf(world.find(), allowed, off ? "after the second cut" : "after living on");
    if (world.core.coreSync() < 0 && world.core.counterOf("io_stat.failed_writes") > 0) throw new Error("the log does not work after the cut");
  }
}
