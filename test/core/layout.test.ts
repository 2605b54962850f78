import { readFileSync } from "node:fs";
import test from "ava";
import { Counter } from "../../firmware/core/counters";
import { Knob } from "../../firmware/core/config";
import { Err } from "../../firmware/core/errors";
import { Header, Relation } from "../../firmware/core/layout";
import { CoreOptions, bothBuilds, counterNames, openCore } from "../helpers/cores";

const SWAP = { [Knob.SectorBytes]: 4096, [Knob.SwapSectors]: 8 };

/** Opens with these knobs and returns the broken relation, or None with the number of frames at least 4. */
function relationOf(open: (options?: CoreOptions) => ReturnType<typeof openCore>, knobs: Partial<Record<Knob, number>>, arenaBytes = 65536): number {
  const core = open({ knobs, arenaBytes, open: false });
  const frames = core.coreOpen(arenaBytes);
  return frames >= 4 ? Relation.None : frames === Err.Config ? core.configFault() : -1;
}

bothBuilds("a config that cannot fit is refused, and the broken relation is named", (t, open) => {
  t.is(relationOf(open, {}), Relation.None);
  t.is(relationOf(open, SWAP), Relation.None);
  t.is(relationOf(open, { [Knob.PageBytes]: 1000 }), Relation.PageBytesPowerOfTwo);
  t.is(relationOf(open, { [Knob.PagesMax]: 250 }), Relation.PagesMaxMultipleOf16);
  t.is(relationOf(open, { [Knob.PageBytes]: 256, [Knob.ChunkOrder]: 7 }), Relation.ChunkHoldsHeader);
  t.is(relationOf(open, { ...SWAP, [Knob.SectorBytes]: 5000 }), Relation.SectorBytesPowerOfTwo);
  t.is(relationOf(open, { ...SWAP, [Knob.SwapStart]: 100 }), Relation.SwapStartAligned);
  t.is(relationOf(open, { ...SWAP, [Knob.SwapSectors]: 2 }), Relation.SwapSectorsEnough);
  t.is(relationOf(open, { [Knob.SectorBytes]: 262144, [Knob.SwapSectors]: 1024 }), Relation.SwapAddressable);
  t.is(relationOf(open, { [Knob.LinkBytes]: 10 }), Relation.LinkBytesAligned);
  t.is(relationOf(open, { [Knob.PagesMax]: 4096 }, 16384), Relation.ArenaTooSmall);
});

bothBuilds("every knob refuses what is out of its range, and those fixed while open refuse everything then", (t, open) => {
  const core = open();
  for (let knob = 0; knob < Knob.Count; knob++) {
    const live = knob >= Knob.ResidentPercent && knob !== Knob.TicksPerMilli && knob !== Knob.IdleMarks && knob !== Knob.DurablePagesMax;
    const value = core.coreGet(knob);
    t.is(core.coreSet(knob, core.coreLow(knob) - 1), Err.Invalid);
    t.is(core.coreSet(knob, core.coreHigh(knob) + 1), Err.Invalid);
    t.is(core.coreSet(knob, value), live ? Err.Ok : Err.Invalid);
    t.is(core.coreGet(knob), value);
  }
  t.is(core.coreSet(Knob.Count, 1), Err.Invalid);
  t.is(core.coreGet(-1), Err.Invalid);
});

bothBuilds("the tables cost what layout.ts says: 6.75 bytes a page, 8 a frame, 6 a swap sector", (t, open) => {
  const arenaBytes = 1 << 20;
  const tables = (knobs: Partial<Record<Knob, number>>, bytes = arenaBytes): { tables: number; frames: number } => {
    const core = open({ knobs, arenaBytes: bytes });
    return { tables: core.coreTableBytes() - gap(core.bytes), frames: core.frames };
  };
  const base = tables({ [Knob.PagesMax]: 1024 });
  const pages = tables({ [Knob.PagesMax]: 2048 });
  t.is(pages.tables - base.tables, 1024 * 6.75 + 8 * (pages.frames - base.frames));
  const larger = tables({ [Knob.PagesMax]: 1024 }, arenaBytes * 2);
  t.is(larger.tables - base.tables, 8 * (larger.frames - base.frames));
  const swap = tables({ [Knob.PagesMax]: 1024, [Knob.SectorBytes]: 4096, [Knob.SwapSectors]: 64 });
  t.is(swap.tables - base.tables, 6 * 64 + 8 * (swap.frames - base.frames));
});

/** Bytes between the last table and the first frame: what did not make a whole frame. */
function gap(bytes: Uint8Array): number {
  const words = new DataView(bytes.buffer, bytes.byteOffset);
  const word = (at: number): number => words.getInt32(at, true);
  return word(Header.FramesAt) - word(Header.ZpageBufferAt) - (1 << word(Header.PageShift));
}

bothBuilds("an arena of another version, or of none, is not taken over", (t, open) => {
  const core = open();
  t.is(core.coreAttach(), Err.Ok);
  core.bytes[4] ^= 1;
  t.is(core.coreAttach(), Err.NotOpen);
});

test("the printed names are the counters, in their order", (t) => {
  const source = readFileSync("firmware/core/counters.ts", "utf8");
  const members = /enum Counter \{([^}]*)\}/.exec(source)![1].replace(/\/\/.*/g, "").split(",").map((name) => name.trim()).filter((name) => name !== "");
  t.is(members.length, Counter.Count + 1);
  t.is(counterNames.length, Counter.Count);
  const plain = (name: string): string => name.replace(/^.*\./, "").replaceAll("_", "").toLowerCase();
  const differs = counterNames.filter((name, i) => !members[i].toLowerCase().endsWith(plain(name)) && members[i].toLowerCase() !== `${plain(name)}frames`);
  t.deepEqual(differs, []);
});

test("the counters fit between the knobs and the list heads", (t) => {
  t.true(320 + Counter.Count * 4 <= Header.FreeLeaf);
  t.true(128 + Knob.Count * 4 <= 320);
});
