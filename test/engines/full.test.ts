/**
 * The full bundle beside the API over the whole core (wasm) with the same knobs and a flash of the same size: random calls of every
 * class give the same results and the same errors, and leave the same counters and the same bytes on flash.
 */
import test from "ava";
import { Knob } from "../../firmware/core/config";
import type { Core } from "../../firmware/api/core";
import { openStore } from "../../firmware/api/store";
import { openCore } from "../helpers/core";
import { RamFlash } from "../helpers/ram-flash";
import { type Random, withSeed } from "../helpers/random";
import { fixedKnobs, hostFlash, openerOf } from "./beside";

const SECTOR = 4096;
const FIGURES = { arenaBytes: 26624, pageBytes: 512, pagesMax: 512 };
const STEPS = 8000;

/** What a test asks of either store; everything by name. */
type Any = Record<string, (...args: unknown[]) => unknown>;

async function bundleStore(flash: RamFlash): Promise<Any> {
  const open = await openerOf<object, Any>("full");
  return open({ ...FIGURES, flash: hostFlash(flash) });
}

function wholeStore(flash: RamFlash): Any {
  const knobs = { ...fixedKnobs("full"), [Knob.PageBytes]: FIGURES.pageBytes, [Knob.PagesMax]: FIGURES.pagesMax, [Knob.SectorBytes]: SECTOR,
    [Knob.SwapSectors]: flash.geometry.sizeBytes / SECTOR, [Knob.DurablePagesMax]: 64 };
  const core = openCore("wasm", { knobs, arenaBytes: FIGURES.arenaBytes, flash });
  return openStore({ calls: core as unknown as Core["calls"], bytes: () => core.bytes }) as unknown as Any;
}

/** What came of a call, so that two can be compared. */
function outcome(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return { thrown: (error as Error).message, code: (error as { code: number }).code };
  }
}

function bytesOf(random: Random, length: number): Uint8Array {
  const kind = random.below(5);
  return Uint8Array.from({ length }, (_, i) => kind === 0 ? 0 : kind === 1 ? i & 15 : random.below(256));
}

function valueOf(random: Random): unknown {
  return random.pick<unknown>([1, -2.5, "text " + "x".repeat(random.below(900)), { rssi: -random.below(90), at: [1, 2, null] }, bytesOf(random, random.below(1500)), null, undefined, NaN, [true]]);
}

/** One random call, as a function of a store and its open handles. */
function anyCall(random: Random): (z: Any, open: Any[]) => unknown {
  const draw = random.below(100);
  const which = random.below(12);
  const key = `key${random.below(60)}`;
  const [number, length] = [random.below(40), random.below(1400)];
  if (draw < 6) return opening(random);
  if (draw < 8) return (z, open) => { const handle = open[which]; return handle ? z["free"]!(handle) : z["free"]!("nobody"); };
  if (draw < 9 && which < 3) return (_z, open) => open[which]?.["clear"]?.();
  if (draw < 9) return (z) => z["sync"]!();
  if (draw < 10) return (z) => z["idle"]!();
  if (draw < 11) { const count = 16 + random.below(6); return (z) => z["frames"]!(count); }
  if (draw < 35) {
    const [at, page] = [random.below(117) * 512, random.chance(50) ? bytesOf(random, 512) : Uint8Array.from({ length: 512 }, (_, i) => 48 + (i * 7 + random.below(4)) % 43)];
    return (z) => [z["area"]!("vast", 60000)].map((area) => [(area as Any)["write"]!(at, page), (area as Any)["at"]!((at + 30000) % 60000)]);
  }
  const [bytes, value] = [bytesOf(random, length), valueOf(random)];
  const entry = random.pick([key, bytes]);
  const sectors = bytes.subarray(0, bytes.length >> 9 << 9);
  const calls: [member: string, ...args: unknown[]][] = [
    ["write", number * 500, bytes], ["write", number, sectors], ["write", number * 490, bytes], ["read", number * 500, new Uint8Array(length)], ["at", number * 300], ["set", number, value], ["set", key, value], ["get", key],
    ["delete", key], ["has", key], ["keys"], ["size"], ["append", entry], ["tail", number], ["length"], ["put", key, value], ["discard", number, 2], ["stats"], ["sync"], ["fill", number],
    ["slice", number, number + length],
  ];
  const picks = Array.from({ length: 6 }, () => random.pick(calls));
  return (_z, open) => {
    const handle = open[which];
    const [member, ...args] = picks.find(([name]) => handle && name in handle) ?? ["none"];
    if (!handle || member === "none") return "none";
    const answer = typeof handle[member] === "function" ? handle[member](...args) : handle[member];
    return [member, answer instanceof Array ? [...answer].sort() : answer, args];
  };
}

function opening(random: Random): (z: Any, open: Any[]) => unknown {
  const name = `n${random.below(3)}`;
  const bytes = 1 + random.below(20000);
  const shape = random.pick(["area", "map", "log", "cache", "device"]);
  const args: unknown[] = shape === "device" ? [random.below(3), 512 * random.below(30)] : [name, bytes, random.pick([undefined, { durable: true }])];
  return (z, open) => {
    const handle = z[shape]!(...args) as Any;
    if (!open.includes(handle)) open.push(handle);
    if (open.length > 12) open.shift();
    return "opened";
  };
}

test.serial("random calls of every class come out in the full bundle as over the whole core, with the same counters and the same flash", async (t) => {
  for (const seed of [1, 2]) {
    const flashes = [new RamFlash(12), new RamFlash(12)] as const;
    const [small, whole] = [await bundleStore(flashes[0]), wholeStore(flashes[1])];
    withSeed(seed, (random, progress) => {
      const handles: [Any[], Any[]] = [[], []];
      const tally = { done: 0, thrown: 0 };
      for (; progress.step < STEPS; progress.step++) {
        const call = anyCall(random);
        const [one, other] = [outcome(() => call(small, handles[0])), outcome(() => call(whole, handles[1]))];
        if (JSON.stringify(one) !== JSON.stringify(other)) throw new Error(`step ${progress.step}: the bundle ${JSON.stringify(one)?.slice(0, 300)}, the core ${JSON.stringify(other)?.slice(0, 300)}`);
        tally[(one as { thrown?: string } | undefined)?.thrown ? "thrown" : "done"]++;
      }
      if (tally.thrown < 50 || tally.done < 1000) throw new Error(JSON.stringify(tally));
    });
    t.deepEqual(small["stats"]!(), whole["stats"]!());
    t.is(Buffer.compare(flashes[0].cells, flashes[1].cells), 0, "the flash");
    t.true(flashes[0].eraseCounts.reduce((sum, one) => sum + one, 0) > 10, "the run wore the flash");
  }
});
