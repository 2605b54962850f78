import { Knob } from "../../firmware/core/config";
import { Err } from "../../firmware/core/errors";
import { List } from "../../firmware/core/frames";
import { Allocator, HANDLE_SHIFT } from "../../firmware/core/zpool/handles";
import { bothBuilds } from "../helpers/cores";
import { makePage } from "../helpers/pages";
import { Random, withSeed } from "../helpers/random";
import { Held, handlesIn, zpoolContract } from "./zpool-contract";

zpoolContract({ allocator: Allocator.Zsmalloc, name: "zsmalloc", maxBytes: 1024 - 12 - 2, mostZpages: 17, ownFrames: 1 });

const ZSMALLOC = { [Knob.Allocator]: Allocator.Zsmalloc };

bothBuilds("three zpages of two thirds of a page lie in two frames", (t, open) => {
  const core = open({ knobs: ZSMALLOC });
  const held = new Held(core, new Random(1));
  const handles = [660, 660, 660].map((size) => held.add(size));
  t.is(core.coreFreeBytes(), (core.frames - 1 - 2) * 1024);
  t.deepEqual(handles.map((handle) => handle >> HANDLE_SHIFT), [handles[0] >> HANDLE_SHIFT, handles[0] >> HANDLE_SHIFT, handles[2] >> HANDLE_SHIFT]);
  held.checkAll();
  held.checkFrames();
  // The second lies in both frames, so both go only when it goes.
  held.remove(handles[0]);
  held.remove(handles[2]);
  t.is(core.coreFreeBytes(), (core.frames - 1 - 2) * 1024);
  held.remove(handles[1]);
  t.is(core.coreFreeBytes(), (core.frames - 1) * 1024);
});

bothBuilds("the spare frame comes with the allocator and goes with its last zpage", (t, open) => {
  const core = open({ knobs: { [Knob.Allocator]: Allocator.Zbud } });
  const spares = (): number => Array.from({ length: core.frames }, (_, frame) => core.frameClass(frame)).filter((list) => list === List.Spare).length;
  t.is(spares(), 0);
  t.is(core.coreSet(Knob.Allocator, Allocator.Zsmalloc), Err.Ok);
  t.is(spares(), 1);
  const handle = core.zpoolAlloc(0, 500, 1);
  t.is(core.coreSet(Knob.Allocator, Allocator.Zfold), Err.Ok);
  t.is(spares(), 1);
  t.is(core.zpoolFree(handle), Err.Ok);
  t.is(spares(), 0);
  while (core.coreFreeBytes() > 0) if (core.areaTouch(core.areaOpen(1), 0, 1) < 0) break;
  if (core.coreFreeBytes() > 0) return;
  t.is(core.coreSet(Knob.Allocator, Allocator.Zsmalloc), Err.NoFrame);
  t.is(core.coreGet(Knob.Allocator), Allocator.Zfold);
});

bothBuilds("compaction empties frames without losing a byte, until no class has room for a frame's zpages elsewhere", (t, open) => {
  withSeed(31, (random) => {
    const core = open({ knobs: { ...ZSMALLOC, [Knob.PagesMax]: 64 }, arenaBytes: 131072 });
    const held = new Held(core, random);
    while (held.add(1 + random.below(core.zpoolMaxBytes()), random.below(2)) >= 0);
    for (const handle of [...held.zpages.keys()]) if (random.chance(70)) held.remove(handle);
    const before = core.coreFreeBytes();
    let [frames, moves] = [0, 0];
    for (const zpool of [0, 1]) {
      for (let frame = core.zpoolCompactBegin(zpool); frame >= 0; frame = core.zpoolCompactBegin(zpool)) {
        for (const handle of handlesIn(core, frame)) {
          const moved = core.zpoolMove(handle);
          if (moved < 0) throw new Error(`zpage ${handle} of frame ${frame} did not move: ${moved}`);
          held.zpages.set(moved, held.zpages.get(handle)!);
          held.zpages.delete(handle);
          moves++;
        }
        t.is(core.zpoolReclaimEnd(frame), 1);
        frames++;
        held.checkAll();
      }
    }
    held.checkFrames();
    t.true(frames > 3 && core.coreFreeBytes() - before >= frames * 1024);
    t.log(`${frames} frames emptied by ${moves} moves, ${(core.coreFreeBytes() - before) / 1024} came free`);
    t.is(core.zpoolMove(1 << 20), Err.Invalid);
  });
});

bothBuilds("25 the same in idle time: ticks empty frames until nothing can be emptied, and then cost nothing", (t, open) => {
  const core = open({ arenaBytes: 240 * 1024, knobs: { [Knob.PagesMax]: 256, [Knob.Allocator]: Allocator.Zsmalloc } });
  const pool = core.poolOpen(1);
  const random = new Random(25);
  const pages = Array.from({ length: 200 }, () => makePage("csv", 1024, random));
  pages.forEach((page, i) => t.is(core.frontswapStore(pool, 1, i, core.put(page)), 0));
  const kept = pages.map((_, i) => i).filter(() => random.chance(10));
  pages.forEach((_, i) => { if (!kept.includes(i)) core.frontswapInvalidatePage(pool, 1, i); });
  const before = core.counterOf("frames.zpages_anon");
  while (core.coreTick(4) > 0);
  const after = core.counterOf("frames.zpages_anon");
  t.log(`${kept.length} zpages in ${before} frames, after idle time in ${after}`);
  t.true(after < before && core.counterOf("mm_stat.pages_compacted") > 0);
  t.is(core.coreTick(4), 0);
  for (const i of kept) {
    t.is(core.frontswapLoad(pool, 1, i, core.client + 2048), 0);
    t.deepEqual(core.copy(core.client + 2048, 1024), pages[i]);
  }
});
