import { Knob } from "../../firmware/core/config";
import { Err } from "../../firmware/core/errors";
import { List } from "../../firmware/core/frames";
import { bothBuilds } from "../helpers/cores";
import { Random, seedOr } from "../helpers/random";

/** An owner that no entry has: these tests use the allocator alone. */
const OWNER = 5;

bothBuilds("sizes 0, 1, max and max + 1 are invalid, ok, ok and never", (t, open) => {
  const core = open();
  const max = core.zbudMaxBytes();
  t.is(max, 1008);
  t.is(core.zbudAlloc(0, 0, OWNER), Err.Invalid);
  t.true(core.zbudAlloc(0, 1, OWNER) >= 0);
  t.true(core.zbudAlloc(0, max, OWNER) >= 0);
  t.is(core.zbudAlloc(0, max + 1, OWNER), Err.TooBig);
});

bothBuilds("the first buddy stands left, the last one right, and they do not touch", (t, open) => {
  const core = open();
  const first = core.zbudAlloc(0, 300, OWNER);
  const last = core.zbudAlloc(0, 200, OWNER);
  t.is(first >> 1, last >> 1);
  t.is(core.zbudOffset(last) - core.zbudOffset(first), 1024 - 16 - 208);
  t.is(core.frameFreeChunks(first >> 1), 63 - 19 - 13);
});

bothBuilds("a zpage goes where the fewest free chunks are enough", (t, open) => {
  const core = open();
  const large = core.zbudAlloc(0, 800, OWNER);
  const medium = core.zbudAlloc(0, 600, OWNER);
  const small = core.zbudAlloc(0, 500, OWNER);
  t.is(new Set([large >> 1, medium >> 1, small >> 1]).size, 3);
  t.is(core.zbudAlloc(0, 200, OWNER) >> 1, large >> 1);
  t.is(core.zbudAlloc(0, 300, OWNER) >> 1, medium >> 1);
});

bothBuilds("persistent and ephemeral zpages never share a frame", (t, open) => {
  const core = open();
  const persistent = core.zbudAlloc(0, 100, OWNER);
  const ephemeral = core.zbudAlloc(1, 100, OWNER);
  t.not(persistent >> 1, ephemeral >> 1);
  t.is(core.frameClass(persistent >> 1), List.ZpagesAnon);
  t.is(core.frameClass(ephemeral >> 1), List.ZpagesFile);
});

bothBuilds("a double free, and a free of what never was, change nothing", (t, open) => {
  const core = open();
  const handle = core.zbudAlloc(0, 100, OWNER);
  t.is(core.zbudFree(handle), Err.Ok);
  const before = core.copy(0, core.arenaBytes);
  for (const forged of [handle, handle ^ 1, -1, 1 << 20, 0x7fffffff]) t.is(core.zbudFree(forged), Err.Invalid);
  t.deepEqual(core.copy(0, core.arenaBytes), before);
});

bothBuilds("at most two zpages a frame, never fewer than one, under an adversarial order of sizes", (t, open) => {
  const seed = seedOr(21);
  const core = open({ arenaBytes: 65536, knobs: { [Knob.PagesMax]: 64 } });
  const random = new Random(seed);
  const held: number[] = [];
  for (let step = 0; step < 4000; step++) {
    if (random.chance(45) && held.length > 0) t.is(core.zbudFree(held.splice(random.below(held.length), 1)[0]), Err.Ok);
    else {
      // Just over and just under half, tiny and huge: what zbud likes least.
      const handle = core.zbudAlloc(0, random.pick([1, 16, 480, 496, 497, 512, 992, 1008]), OWNER);
      if (handle >= 0) held.push(handle);
      else t.is(handle, Err.NoFrame);
    }
    if (step % 50 > 0) continue;
    for (let frame = 0; frame < core.frames; frame++) {
      const zpages = held.filter((handle) => handle >> 1 === frame).length;
      t.is(core.frameZpages(frame), zpages, `seed ${seed}, step ${step}, frame ${frame}`);
      t.is(core.frameClass(frame) === List.ZpagesAnon, zpages > 0);
    }
  }
});

bothBuilds("two frames are never given to zpages", (t, open) => {
  const core = open();
  let taken = 0;
  while (core.zbudAlloc(0, 1008, OWNER) >= 0) taken++;
  t.is(taken, core.frames - 2);
  t.is(core.zbudAlloc(0, 1008, OWNER), Err.NoFrame);
});
