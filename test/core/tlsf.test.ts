import { Allocator, HANDLE_SHIFT } from "../../firmware/core/zpool/handles";
import { Knob } from "../../firmware/core/config";
import { bothBuilds } from "../helpers/cores";
import { Random } from "../helpers/random";
import { Held, handlesIn, zpoolContract } from "./zpool-contract";

zpoolContract({ allocator: Allocator.Tlsf, name: "tlsf", maxBytes: 1024 - 4, mostZpages: 17 });

const TLSF = { [Knob.Allocator]: Allocator.Tlsf };

bothBuilds("neighbouring frames are one span: a zpage reaches from one into the next, in one piece", (t, open) => {
  const core = open({ knobs: TLSF });
  const held = new Held(core, new Random(1));
  // Blocks of 680 bytes: three in two frames, of which the second lies in both.
  const handles = [676, 676, 676].map((size) => held.add(size));
  t.is(core.coreFreeBytes(), (core.frames - 2) * 1024);
  t.is(core.zpoolRead(handles[1]) - core.zpoolRead(handles[0]), 680);
  const [one, two] = [handles[0] >> HANDLE_SHIFT, handles[2] >> HANDLE_SHIFT];
  t.deepEqual([handlesIn(core, one), handlesIn(core, two)], [[handles[0], handles[1]], [handles[1], handles[2]]]);
  held.checkAll();
  held.remove(handles[0]);
  held.remove(handles[2]);
  t.is(core.coreFreeBytes(), (core.frames - 2) * 1024);
  held.remove(handles[1]);
  t.is(core.coreFreeBytes(), core.frames * 1024);
});

bothBuilds("what is freed joins its neighbours, and a zpage fits that none of them held", (t, open) => {
  const core = open({ knobs: TLSF });
  const held = new Held(core, new Random(2));
  const handles = [200, 300, 200, 300].map((size) => held.add(size));
  held.remove(handles[0]);
  held.remove(handles[2]);
  held.checkAll();
  held.remove(handles[1]);
  held.checkAll();
  const joined = held.add(700);
  t.is(joined, handles[0]);
  held.checkAll();
});
