import { Knob } from "../../firmware/core/config";
import { Allocator, HANDLE_SHIFT } from "../../firmware/core/zpool/handles";
import { bothBuilds } from "../helpers/cores";
import { Random } from "../helpers/random";
import { Held, zpoolContract } from "./zpool-contract";

for (const limit of [2, 3, 8]) {
  zpoolContract({ allocator: Allocator.Zfold, name: `zfold, k = ${limit}`, knobs: { [Knob.FoldLimit]: limit }, maxBytes: 1024 - 8 - 4, mostZpages: limit });
}

const ZFOLD = { [Knob.Allocator]: Allocator.Zfold };

bothBuilds("a frame takes zpages to its last byte, whatever went before", (t, open) => {
  const core = open({ knobs: ZFOLD });
  const held = new Held(core, new Random(1));
  // Header 8, four slots of 4 (k is 4): exactly 1000 bytes are left.
  const handles = [200, 300, 100, 400].map((size) => held.add(size));
  t.is(new Set(handles.map((handle) => handle >> HANDLE_SHIFT)).size, 1);
  held.remove(handles[0]);
  held.remove(handles[2]);
  // 300 bytes are free in two pieces of 200 and 100; together they take one zpage of 300.
  const joined = held.add(300);
  t.is(joined >> HANDLE_SHIFT, handles[0] >> HANDLE_SHIFT);
  t.is(core.frameZpages(joined >> HANDLE_SHIFT), 3);
  held.checkAll();
});

bothBuilds("the k + 1st zpage takes another frame, however small", (t, open) => {
  for (const limit of [2, 5, 8]) {
    const core = open({ knobs: { ...ZFOLD, [Knob.FoldLimit]: limit } });
    const frames = Array.from({ length: limit + 1 }, () => core.zpoolAlloc(0, 10, 1) >> HANDLE_SHIFT);
    t.is(new Set(frames.slice(0, limit)).size, 1);
    t.not(frames[limit], frames[0]);
  }
});

bothBuilds("a zpage goes where the fewest free bytes are enough", (t, open) => {
  const core = open({ knobs: ZFOLD });
  const [large, medium, small] = [900, 700, 600].map((size) => core.zpoolAlloc(0, size, 1) >> HANDLE_SHIFT);
  t.is(new Set([large, medium, small]).size, 3);
  t.is(core.zpoolAlloc(0, 90, 1) >> HANDLE_SHIFT, large);
  t.is(core.zpoolAlloc(0, 290, 1) >> HANDLE_SHIFT, medium);
  t.is(core.zpoolAlloc(0, 390, 1) >> HANDLE_SHIFT, small);
});
