/** The checker itself: each invariant that is broken by hand is reported under its number, and a sound arena is silent. */
import test from "ava";
import { COUNTERS_AT, Counter } from "../../firmware/core/counters";
import { Header } from "../../firmware/core/layout";
import { List } from "../../firmware/core/frames";
import { Place } from "../../firmware/core/entries";
import { Arena } from "../../tools/check/arena";
import { Area, EPHEMERAL, Names, PAGE_BYTES, PERSISTENT, withFlash } from "../helpers/board";
import { brokenInvariants } from "../../tools/check/invariants";
import { checkInvariants } from "../helpers/check";
import { openCore } from "../helpers/cores";
import { makePage } from "../helpers/pages";
import { Random } from "../helpers/random";

/** An arena with something of everything in it, and the cells of its flash. */
function sound(): { bytes: Uint8Array; cells: Uint8Array } {
  const core = withFlash((options) => openCore("script", options));
  const random = new Random(1);
  const area = new Area(core, core.areaOpen(40));
  for (let page = 0; page < 30; page++) area.write(page, makePage(page % 2 === 0 ? "csv" : "json", PAGE_BYTES, random));
  area.write(30, makePage("random", PAGE_BYTES, random));
  core.areaPageOut(area.handle, 30);
  const persistent = new Names(core, core.poolOpen(PERSISTENT));
  const ephemeral = new Names(core, core.poolOpen(EPHEMERAL));
  for (let index = 0; index < 5; index++) persistent.store(index, makePage("csv", PAGE_BYTES, random));
  for (let index = 0; index < 5; index++) ephemeral.put(index, makePage("same", PAGE_BYTES, random));
  core.reclaimFrame(0, 1);
  return { bytes: core.bytes.slice(0, core.arenaBytes), cells: core.sim.chip.cells };
}

test("a sound arena breaks no invariant", (t) => {
  const { bytes, cells } = sound();
  t.deepEqual(brokenInvariants(bytes, cells), []);
  t.notThrows(() => checkInvariants(bytes, cells));
});

function u16(arena: Arena, at: number, value: number): void {
  arena.bytes[at] = value & 255;
  arena.bytes[at + 1] = value >> 8;
}

function entryAt(arena: Arena, place: Place, needsSlot = false): number {
  for (let i = 0; i < arena.entries; i++) if (arena.entry(i).place === place && (!needsSlot || arena.entry(i).hasSlot)) return i;
  throw new Error(`No entry is at place ${place}.`);
}

function frameOn(arena: Arena, list: List): number { return arena.list(list).head; }
const payloadAt = (arena: Arena, entry: number): number => arena.header(Header.PayloadsAt) + 4 * entry;
const frameAt = (arena: Arena, frame: number): number => arena.header(Header.FrameTableAt) + 8 * frame;

/** How to break each invariant. */
const breaks: Record<string, (arena: Arena, cells: Uint8Array) => void> = {
  F1: (arena) => { arena.bytes[frameAt(arena, frameOn(arena, List.ZpagesAnon)) + 4] = List.Free; },
  F2: (arena) => { arena.bytes[Header.ListsAt + 8 * List.ZpagesAnon + 4]++; },
  F3: (arena) => { u16(arena, frameAt(arena, frameOn(arena, List.ZpagesAnon)) + 2, 3); },
  F4: (arena) => {
    for (const list of [List.Free, List.ActiveAnon, List.InactiveAnon]) arena.bytes.fill(0, Header.ListsAt + 8 * list + 4, Header.ListsAt + 8 * list + 6);
  },
  A1: (arena) => { u16(arena, Header.ResidentShift, 5000); },
  V1: (arena) => { arena.bytes[Header.FramesTarget] = 3; },
  E1: (arena) => {
    const [one, other] = [entryAt(arena, Place.Zpage), entryAt(arena, Place.Resident)];
    arena.bytes.copyWithin(arena.header(Header.MetasAt) + 2 * other, arena.header(Header.MetasAt) + 2 * one, arena.header(Header.MetasAt) + 2 * one + 2);
    arena.bytes.copyWithin(payloadAt(arena, other), payloadAt(arena, one), payloadAt(arena, one) + 4);
  },
  E2: (arena) => {
    for (let leaf = 0; leaf < arena.leaves; leaf++) {
      if (arena.leaf(leaf).stored === 0) return u16(arena, arena.header(Header.MetasAt) + 32 * leaf, Place.Swap << 14);
    }
  },
  W1: (arena) => {
    const raw = Array.from({ length: arena.frames }, (_, frame) => frame).find((frame) => arena.frame(frame).list === List.ZpagesAnon && arena.frame(frame).flags >> 4 === 4)!;
    arena.bytes[arena.header(Header.MetasAt) + 2 * arena.frame(raw).owner] ^= 1;
  },
  Z1: (arena) => { arena.bytes.fill(0, arena.frame(frameOn(arena, List.ZpagesAnon)).offset + 4, arena.frame(frameOn(arena, List.ZpagesAnon)).offset + 6); },
  Z2: (arena) => { arena.bytes[arena.frame(frameOn(arena, List.ZpagesAnon)).offset + 5] = 63; },
  Z3: (arena) => { arena.bytes.fill(0xff, arena.header(Header.ChunkListsAt), arena.header(Header.ChunkListsAt) + 2 * 65); },
  Z4: (arena) => { arena.bytes[COUNTERS_AT + 4 * Counter.UnbuddiedCount]++; },
  T1: (arena) => { arena.bytes.fill(0xff, arena.header(Header.LeafHeadsAt), arena.header(Header.LeafHeadsAt) + 2 * arena.leaves); },
  T2: (arena) => { arena.bytes[arena.header(Header.LeavesAt) + 1] += 8; },
  T3: (arena) => { arena.bytes[arena.header(Header.PoolsAt) + 2]++; },
  P1: (arena) => { u16(arena, frameAt(arena, arena.entry(entryAt(arena, Place.Resident)).frame) + 6, 200); },
  P2: (arena) => { arena.bytes[Header.ReservedPages]++; },
  S1: (arena) => { arena.bytes[arena.header(Header.LivesAt)]++; },
  S2: (arena, cells) => { cells[arena.entry(entryAt(arena, Place.Swap)).slot * 16 + 4] ^= 0x80; },
  G1: (arena) => { arena.bytes[COUNTERS_AT + 4 * Counter.PersZbytes]++; },
};

for (const [number, breakIt] of Object.entries(breaks)) {
  test(`${number} broken by hand is reported as ${number}`, (t) => {
    const { bytes, cells } = sound();
    breakIt(new Arena(bytes), cells);
    const broken = brokenInvariants(bytes, cells);
    t.true(broken.some((sentence) => sentence.startsWith(`${number} `)), `got: ${broken.join("; ")}`);
    t.throws(() => checkInvariants(bytes, cells), { message: /^Invariants do not hold/ });
  });
}
