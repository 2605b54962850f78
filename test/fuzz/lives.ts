/**
 * Random lives of random stores. A life is drawn from its seed alone: the shape of the store, the chip behind it, which
 * build runs it (the wasm build by itself, or both in lockstep, every result and byte compared), and what is done with
 * it: calls with random arguments (calls.ts), or sessions whose every answer an oracle knows (areas and names, durable
 * areas, shapes), while owners, budgets and packets come and go (helpers/).
 */
import { Err } from "../../firmware/core/errors";
import { Knob, knobHigh } from "../../firmware/core/config";
import { BadKind } from "../../hal/sim/accidents";
import { ChipOptions } from "../../hal/sim/nor-chip";
import { PARTS, PartName } from "../../hal/sim/parts";
import { Random } from "../../hal/sim/random";
import { brokenInvariants } from "../../tools/check/invariants";
import { Core, CoreOptions, openCore } from "../helpers/core";
import { Durables } from "../helpers/durables";
import { Session, Store } from "../helpers/session";
import { Shapes } from "../helpers/shapes";
import { LINK_BYTES_WITH_LINE, Surroundings } from "../helpers/surroundings";
import { LINK_BYTES } from "../shapes/driver";
import { CallName, FlashTwin, Twins, chipTwin } from "../helpers/twins";
import { RandomCalls } from "./calls";

/** Calls or actions of a life. */
export const CASES_PER_LIFE = 600;
const CHECK_EVERY = 40;
const KEPT_CALLS = 12;
const KINDS: readonly BadKind[] = ["hangs", "keeps", "drops", "fades"];

export interface Life { readonly cases: number; readonly sort: string; }

interface Shape { readonly part: PartName; readonly options: CoreOptions & { arenaBytes: number }; readonly pageBytes: number; readonly chip?: ChipOptions; readonly hasFlash: boolean; }

/** The wasm build by itself, as a session sees a store. */
class Single implements Store {
  readonly client: number;
  private readonly recent: string[] = [];

  constructor(private readonly core: Core) { this.client = core.client; }

  call(name: CallName, ...args: number[]): number {
    const result = this.attempt(name, args);
    this.recent.push(`${name}(${args.join(", ")}) = ${result}`);
    if (this.recent.length > KEPT_CALLS) this.recent.shift();
    return result;
  }

  /** A trap of the wasm is a failure with the calls that led to it. */
  private attempt(name: CallName, args: number[]): number {
    try {
      return Number((this.core[name] as (...given: number[]) => unknown)(...args) ?? 0);
    } catch (error) {
      return this.fail(`${name}(${args.join(", ")}) threw: ${(error as Error).message}`);
    }
  }

  pass(micros: number): void { this.core.board.clock.pass(micros); }
  write(at: number, bytes: Uint8Array): void { this.core.bytes.set(bytes, at); }
  read(at: number, length: number): Uint8Array { return this.core.bytes.subarray(at, at + length); }
  fail(sentence: string): never { throw new Error(`${sentence}. The last calls:\n    ${this.recent.join("\n    ")}`); }
}

/** All sessions with an oracle on one store. A bad flash may lose what the shapes are made of, so there are none on it. */
class Sessions {
  private readonly session: Session;
  private readonly durables: Durables;
  private readonly shapes: { step(): void };
  private readonly surroundings: Surroundings;

  constructor(store: Store, private readonly random: Random, { pageBytes, chip, hasFlash, options }: Shape) {
    const flashIsBad = chip !== undefined;
    this.session = new Session(store, random, { pageBytes, areaPages: 40, flashIsBad });
    this.durables = new Durables(store, random, { pageBytes, hasFlash: hasFlash && options.knobs![Knob.DurablePagesMax]! > 0, flashIsBad });
    this.shapes = flashIsBad || options.knobs![Knob.LinkBytes]! < LINK_BYTES ? this.session : new Shapes(store, random, pageBytes);
    this.surroundings = new Surroundings(store, random);
  }

  step(): void {
    const chance = this.random.below(100);
    (chance < 70 ? this.session : chance < 80 ? this.durables : chance < 92 ? this.shapes : this.surroundings).step();
  }

  finish(): void {
    this.surroundings.settle();
    this.session.finish();
    this.durables.finish();
  }
}

/** Lives the life of `seed`, for at most `most` cases. Throws when anything is not as it must be. */
export function live(seed: number, most: number): Life {
  const random = new Random(seed);
  const shape = drawShape(random);
  const [inLockstep, hasOracle] = [random.chance(15), random.chance(40)];
  const flash = shape.hasFlash ? (): FlashTwin => chipTwin(shape.part, shape.chip) : undefined;
  const { store, arena, cells } = inLockstep ? openTwins(shape, flash) : openSingle(shape, flash);
  const { pageBytes } = shape;
  const actor = hasOracle ? new Sessions(store, random, shape) : new RandomCalls(store, random, pageBytes);
  const check = (): void => {
    const broken = brokenInvariants(arena, shape.chip === undefined ? cells : undefined);
    if (broken.length > 0) store.fail(`Invariants do not hold:\n  ${broken.join("\n  ")}\n`);
  };
  const cases = Math.min(most, CASES_PER_LIFE);
  for (let done = 1; done <= cases; done++) {
    actor.step();
    if (done % CHECK_EVERY === 0) check();
  }
  if (actor instanceof Sessions) actor.finish();
  check();
  return { cases, sort: `${inLockstep ? "both builds" : "wasm"}, ${hasOracle ? "oracle" : "random calls"}` };
}

interface Opened { store: Store; arena: Uint8Array; cells: Uint8Array | undefined; }

function openTwins({ options }: Shape, flash: (() => FlashTwin) | undefined): Opened {
  const twins = new Twins(options, flash);
  return { store: twins, arena: twins.script.bytes.subarray(0, twins.script.arenaBytes), cells: twins.cells };
}

function openSingle({ options }: Shape, flash: (() => FlashTwin) | undefined): Opened {
  const twin = flash?.();
  const core = openCore("wasm", twin === undefined ? options : { ...options, flash: twin.flash });
  return { store: new Single(core), arena: core.bytes.subarray(0, core.arenaBytes), cells: twin?.cells };
}

/** A store that opens: shapes that do not fit together are drawn again. */
function drawShape(random: Random): Shape {
  for (;;) {
    const shape = tryShape(random);
    const core = openCore("wasm", { ...shape.options, open: false });
    const frames = core.coreOpen(shape.options.arenaBytes);
    if (frames > 0) return shape;
    if (frames !== Err.Config || core.configFault() === 0) throw new Error(`coreOpen returned ${frames} and relation ${core.configFault()}.`);
  }
}

function tryShape(random: Random): Shape {
  const pageBytes = 256 << random.below(5);
  const sectors = random.pick([0, 3, 4, 9, 24]);
  const part: PartName = random.chance(70) ? "w25q16" : "s25sl12801";
  const isBad = sectors > 0 && random.chance(30);
  return {
    part,
    pageBytes,
    hasFlash: sectors > 0,
    chip: isBad ? drawAccidents(random) : undefined,
    options: {
      arenaBytes: 4096 + 4 * random.below(20_000),
      knobs: {
        [Knob.PageBytes]: pageBytes, [Knob.PagesMax]: 16 * (2 + random.below(40)), [Knob.ObjectsMax]: 2 + random.below(random.chance(50) ? 4 : 40),
        [Knob.PoolsMax]: 3 + random.below(13), [Knob.ChunkOrder]: 2 + random.below(6), [Knob.FoldLimit]: 2 + random.below(7), [Knob.Dense]: random.below(2),
        [Knob.Allocator]: random.below(knobHigh(Knob.Allocator) + 1), [Knob.SectorBytes]: PARTS[part].erases[0].bytes,
        [Knob.SwapSectors]: sectors, [Knob.DurablePagesMax]: random.pick([0, 24, 24, 200]), [Knob.LinkBytes]: random.pick([0, LINK_BYTES, LINK_BYTES_WITH_LINE, 4 * random.below(600)]),
        [Knob.IdleMarks]: random.below(2), [Knob.TicksPerMilli]: random.pick([0, 1000]), [Knob.TenantsMax]: random.chance(50) ? 1 : 2 + random.below(3), [Knob.ResidentPercent]: 5 + random.below(91), [Knob.ReserveFrames]: random.below(5),
      },
    },
  };
}

/** A chip with bad sectors that wears out soon, and now and then flips a bit on the wire. */
function drawAccidents(random: Random): ChipOptions {
  const bad = new Map<number, BadKind>([[random.below(24), random.pick(KINDS)], [random.below(24), random.pick(KINDS)]]);
  return { seed: random.next(), bad, slowPercent: 10, flipOneByteIn: random.pick([0, 100_000, 5_000]), enduranceErases: random.pick([5, 20, 1000]), wornKind: random.pick(KINDS) };
}
