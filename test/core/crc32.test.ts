import * as zlib from "node:zlib";
import { Core, bothBuilds } from "../helpers/cores";
import { Random, seedOr } from "../helpers/random";

/** Node's own checksum; absent before 20.15, and then the published check value below has to do. */
const reference = (zlib as { crc32?: unknown }).crc32 as ((bytes: Uint8Array, seed?: number) => number) | undefined;

function ours(core: Core, bytes: Uint8Array, seed = 0): number {
  core.put(bytes);
  return core.crc32(core.client, bytes.length, seed) >>> 0;
}

bothBuilds("the check value of CRC-32 comes out", (t, open) => {
  const core = open();
  t.is(ours(core, Buffer.from("123456789")), 0xcbf43926);
  t.is(ours(core, new Uint8Array(0)), 0);
});

bothBuilds("a checksum can be continued, and agrees with zlib's", (t, open) => {
  const core = open();
  const random = new Random(seedOr(31));
  for (let length = 0; length < 300; length += 7) {
    const bytes = new Uint8Array(length);
    random.fill(bytes);
    const cut = random.below(length + 1);
    const whole = ours(core, bytes);
    t.is(ours(core, bytes.slice(cut), ours(core, bytes.slice(0, cut))), whole);
    if (reference !== undefined) t.is(whole, reference(bytes));
  }
});
