import { Knob } from "../../firmware/core/config";
import { Err } from "../../firmware/core/errors";
import { HANDLE_SHIFT } from "../../firmware/core/zpool/handles";
import { List } from "../../firmware/core/frames";
import { bothBuilds } from "../helpers/cores";
import { Random, seedOr } from "../helpers/random";

/** An owner that no entry has: these tests use the allocator alone. */
const OWNER = 5;

bothBuilds("sizes 0, 1, max and max + 1 are invalid, ok, ok and never", (t, open) => {
  const core = open();
  const max = core.zpoolMaxBytes();
  t.is(max, 1008);
  t.is(core.zpoolAlloc(0, 0, OWNER), Err.Invalid);
  t.true(core.zpoolAlloc(0, 1, OWNER) >= 0);
  t.true(core.zpoolAlloc(0, max, OWNER) >= 0);
  t.is(core.zpoolAlloc(0, max + 1, OWNER), Err.TooBig);
});

bothBuilds("the first buddy stands left, the last one right, and they do not touch", (t, open) => {
  const core = open();
  const first = core.zpoolAlloc(0, 300, OWNER);
  const last = core.zpoolAlloc(0, 200, OWNER);
  t.is(first >> HANDLE_SHIFT, last >> HANDLE_SHIFT);
  t.is(core.zpoolRead(last) - core.zpoolRead(first), 1024 - 16 - 208);
  t.is(core.frameFreeChunks(first >> HANDLE_SHIFT), 63 - 19 - 13);
});

bothBuilds("a zpage goes where the fewest free chunks are enough", (t, open) => {
  const core = open();
  const large = core.zpoolAlloc(0, 800, OWNER);
  const medium = core.zpoolAlloc(0, 600, OWNER);
  const small = core.zpoolAlloc(0, 500, OWNER);
  t.is(new Set([large >> HANDLE_SHIFT, medium >> HANDLE_SHIFT, small >> HANDLE_SHIFT]).size, 3);
  t.is(core.zpoolAlloc(0, 200, OWNER) >> HANDLE_SHIFT, large >> HANDLE_SHIFT);
  t.is(core.zpoolAlloc(0, 300, OWNER) >> HANDLE_SHIFT, medium >> HANDLE_SHIFT);
});

bothBuilds("persistent and ephemeral zpages never share a frame", (t, open) => {
  const core = open();
  const persistent = core.zpoolAlloc(0, 100, OWNER);
  const ephemeral = core.zpoolAlloc(1, 100, OWNER);
  t.not(persistent >> HANDLE_SHIFT, ephemeral >> HANDLE_SHIFT);
  t.is(core.frameClass(persistent >> HANDLE_SHIFT), List.ZpagesAnon);
  t.is(core.frameClass(ephemeral >> HANDLE_SHIFT), List.ZpagesFile);
});

bothBuilds("a double free, and a free of what never was, change nothing", (t, open) => {
  const core = open();
  const handle = core.zpoolAlloc(0, 100, OWNER);
  t.is(core.zpoolFree(handle), Err.Ok);
  const before = core.copy(0, core.arenaBytes);
  for (const forged of [handle, handle ^ 1, -1, 1 << 20, 0x7fffffff]) t.is(core.zpoolFree(forged), Err.Invalid);
  t.deepEqual(core.copy(0, core.arenaBytes), before);
});

bothBuilds("at most two zpages a frame, never fewer than one, under an adversarial order of sizes", (t, open) => {
  const seed = seedOr(21);
  const core = open({ arenaBytes: 65536, knobs: { [Knob.PagesMax]: 64 } });
  const random = new Random(seed);
  const held: number[] = [];
  for (let step = 0; step < 4000; step++) {
    if (random.chance(45) && held.length > 0) t.is(core.zpoolFree(held.splice(random.below(held.length), 1)[0]), Err.Ok);
    else {
      // Just over and just under half, tiny and huge: what zbud likes least.
      const handle = core.zpoolAlloc(0, random.pick([1, 16, 480, 496, 497, 512, 992, 1008]), OWNER);
      if (handle >= 0) held.push(handle);
      else t.is(handle, Err.NoFrame);
    }
    if (step % 50 > 0) continue;
    for (let frame = 0; frame < core.frames; frame++) {
      const zpages = held.filter((handle) => handle >> HANDLE_SHIFT === frame).length;
      t.is(core.frameZpages(frame), zpages, `seed ${seed}, step ${step}, frame ${frame}`);
      t.is(core.frameClass(frame) === List.ZpagesAnon, zpages > 0);
    }
  }
});

bothBuilds("two frames are never given to zpages", (t, open) => {
  const core = open();
  let taken = 0;
  while (core.zpoolAlloc(0, 1008, OWNER) >= 0) taken++;
  t.is(taken, core.frames - 2);
  t.is(core.zpoolAlloc(0, 1008, OWNER), Err.NoFrame);
});
