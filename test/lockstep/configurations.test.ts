/**
 * Stores of every shape: the knobs that are fixed at opening are drawn at random over their whole ranges. Either both
 * builds refuse the configuration and name the same relation, or the store opens, lives a while in lockstep and keeps
 * its invariants, on a sound chip or on one where everything goes wrong. Many tables are too small for the life, on
 * purpose.
 */
import test from "ava";
import { Err } from "../../firmware/core/errors";
import { Knob } from "../../firmware/core/config";
import { Relation } from "../../firmware/core/layout";
import { BadKind } from "../../hal/sim/accidents";
import { ChipOptions } from "../../hal/sim/nor-chip";
import { PARTS, PartName } from "../../hal/sim/parts";
import { checkInvariants } from "../helpers/check";
import { CORE_KINDS, CoreOptions, openCore } from "../helpers/cores";
import { Random, withSeed } from "../helpers/random";
import { Session } from "../helpers/session";
import { Twins, chipTwin } from "../helpers/twins";

const STORES = 250;
const STEPS = 120;
const KINDS: readonly BadKind[] = ["hangs", "keeps", "drops", "fades"];

interface Drawn extends CoreOptions {
  readonly arenaBytes: number;
  readonly pageBytes: number;
  /** The chip, whose sectors are the swap area's. */
  readonly part: PartName;
  /** What is wrong with it; absent for a sound one. */
  readonly accidents?: ChipOptions;
}

/** A configuration that may or may not fit together, and the arena for it. */
function drawOptions(random: Random): Drawn {
  const pageBytes = random.chance(95) ? 256 << random.below(5) : 256 + 4 * random.below(900);
  const part: PartName = random.chance(70) ? "w25q16" : "s25sl12801";
  const { sizeBytes, erases } = PARTS[part];
  const sectorBytes = erases[0].bytes;
  const sectors = random.pick([0, 3, 4, 9, 1]);
  return {
    pageBytes,
    part,
    accidents: random.chance(40) ? drawAccidents(random, sizeBytes / sectorBytes) : undefined,
    arenaBytes: 4 * random.below(20_000),
    knobs: {
      [Knob.PageBytes]: pageBytes,
      [Knob.PagesMax]: random.chance(95) ? 16 * (1 + random.below(40)) : 17,
      [Knob.ObjectsMax]: 1 + random.below(random.chance(50) ? 3 : 40),
      [Knob.PoolsMax]: 3 + random.below(13),
      [Knob.ChunkOrder]: 2 + random.below(6),
      [Knob.FoldLimit]: 2 + random.below(7),
      [Knob.Dense]: random.below(2),
      [Knob.Allocator]: random.below(3),
      [Knob.SectorBytes]: sectorBytes,
      [Knob.SwapSectors]: sectors,
      [Knob.SwapStart]: random.chance(95) ? sectorBytes * random.below(sizeBytes / sectorBytes - sectors) : 100,
      [Knob.LinkBytes]: random.chance(95) ? 4 * random.below(600) : 6,
      [Knob.ResidentPercent]: 5 + random.below(91),
      [Knob.ReserveFrames]: random.below(5),
    },
  };
}

/** A chip with bad sectors of every kind, that wears out soon, and now and then flips a bit on the wire. */
function drawAccidents(random: Random, sectors: number): ChipOptions {
  const bad = new Map<number, BadKind>();
  for (let i = 0; i < sectors / 12; i++) bad.set(random.below(sectors), random.pick(KINDS));
  return {
    seed: random.next(), bad, slowPercent: 10, flipOneByteIn: random.pick([0, 100_000, 5_000]),
    enduranceErases: random.pick([5, 20, 1000]), wornKind: random.pick(KINDS),
  };
}

test("40 any configuration is refused alike, with its relation named, or lives in lockstep and keeps its invariants", (t) => {
  const relations = new Map<number, number>();
  withSeed(3000, (random, progress) => {
    for (; progress.step < STORES; progress.step++) {
      const options = drawOptions(random);
      const relation = relationOf(options);
      relations.set(relation, (relations.get(relation) ?? 0) + 1);
      if (relation === Relation.None) liveWith(options, random);
    }
  });
  t.log([...relations].map(([relation, times]) => `relation ${relation}: ${times}`).join(", "));
  t.true((relations.get(Relation.None) ?? 0) > STORES / 3);
});

/** The relation that both builds find broken, None if the store opens. */
function relationOf(options: Drawn): number {
  const [script, wasm] = CORE_KINDS.map((kind) => {
    const core = openCore(kind, { ...options, open: false });
    const frames = core.coreOpen(options.arenaBytes);
    if (frames >= 0 && frames < 4) throw new Error(`A store opened with ${frames} frames.`);
    if (frames < 0 && frames !== Err.Config) throw new Error(`coreOpen returned ${frames}, expected Config.`);
    return frames < 0 ? core.configFault() : Relation.None;
  });
  if (script !== wasm) throw new Error(`The JavaScript build names relation ${script}, the wasm build ${wasm}.`);
  return script;
}

function liveWith(options: Drawn, random: Random): void {
  const twins = new Twins(options, options.knobs?.[Knob.SwapSectors] === 0 ? undefined : () => chipTwin(options.part, options.accidents));
  const session = new Session(twins, random, { pageBytes: options.pageBytes, areaPages: 40, flashIsBad: options.accidents !== undefined });
  for (let step = 0; step < STEPS; step++) session.step();
  session.finish();
  checkInvariants(twins.script.bytes.subarray(0, twins.script.arenaBytes), options.accidents === undefined ? twins.cells : undefined);
}
