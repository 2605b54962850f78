import { Knob } from "../../firmware/core/config";
import { Err } from "../../firmware/core/errors";
import { Allocator, HANDLE_SHIFT } from "../../firmware/core/zpool/handles";
import { List } from "../../firmware/core/frames";
import { bothBuilds } from "../helpers/cores";
import { Random, seedOr } from "../helpers/random";
import { zpoolContract } from "./zpool-contract";

/** An owner that no entry has: these tests use the allocator alone. */
const OWNER = 5;

zpoolContract({ allocator: Allocator.Zbud, name: "zbud", maxBytes: 1008, mostZpages: 2 });

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
