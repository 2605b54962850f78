import test from "ava";
import lz4js from "lz4js";
import { Err } from "../../firmware/core/errors";
import { Core, bothBuilds, openCore } from "../helpers/cores";
import { PAGE_KINDS, anyPage, corpusPages, makePage } from "../helpers/pages";
import { Random, seedOr } from "../helpers/random";

/** Regions of the client's room: source, packed, unpacked; the codec's table is the arena's own. */
const PACKED = 4608;
const UNPACKED = 10240;

function pack(core: Core, page: Uint8Array, capacity: number): number {
  core.put(page);
  return core.lz4Compress(core.client, page.length, core.client + PACKED, capacity, core.codecTableOffset());
}

/** The block as a whole number of bytes long enough for whatever LZ4 may make of `length` bytes. */
function worst(length: number): number { return length + Math.floor(length / 255) + 16; }

function packedBytes(core: Core, length: number): Uint8Array { return core.copy(core.client + PACKED, length); }

function unpack(core: Core, packed: Uint8Array, capacity: number): number {
  core.put(packed, core.client + PACKED);
  return core.lz4Decompress(core.client + PACKED, packed.length, core.client + UNPACKED, capacity);
}

/** Pages worth trying: every kind at several lengths, and real ones. */
function samples(seed: number): Uint8Array[] {
  const random = new Random(seed);
  const made = PAGE_KINDS.flatMap((kind) => [256, 1024, 4096].map((length) => makePage(kind, length, random)));
  const short = Array.from({ length: 40 }, (_, length) => anyPage(1024, random).slice(0, length));
  return [...made, ...short, ...corpusPages(1024, 3).map((sample) => sample.page)];
}

bothBuilds("what was compressed comes back, and nothing is written past the capacity", (t, open) => {
  const core = open();
  for (const page of samples(seedOr(11))) {
    const length = pack(core, page, worst(page.length));
    t.true(length > 0 || page.length === 0 && length === 1, `length ${page.length} gave ${length}`);
    t.is(unpack(core, packedBytes(core, length), page.length), page.length);
    t.deepEqual(core.copy(core.client + UNPACKED, page.length), page);
  }
});

bothBuilds("an independent LZ4 reads what we write", (t, open) => {
  const core = open();
  for (const page of samples(seedOr(12)).filter((sample) => sample.length > 0)) {
    const packed = packedBytes(core, pack(core, page, worst(page.length)));
    const back = new Uint8Array(page.length);
    t.is(lz4js.decompressBlock(packed, back, 0, packed.length, 0), page.length);
    t.deepEqual(back, page);
  }
});

bothBuilds("we read what an independent LZ4 writes", (t, open) => {
  const core = open();
  let read = 0;
  for (const page of samples(seedOr(13))) {
    const packed = new Uint8Array(worst(page.length));
    const length = lz4js.compressBlock(page, packed, 0, page.length, new Uint32Array(65536));
    if (length === 0) continue; // it leaves incompressible pages to its caller
    t.is(unpack(core, packed.slice(0, length), page.length), page.length);
    t.deepEqual(core.copy(core.client + UNPACKED, page.length), page);
    read++;
  }
  t.true(read > 20, `${read} blocks were read`);
});

bothBuilds("a block that does not fit is TooBig, at every capacity below its length and at none above", (t, open) => {
  const core = open();
  const random = new Random(seedOr(14));
  for (const kind of PAGE_KINDS) {
    const page = makePage(kind, 1024, random);
    const length = pack(core, page, worst(1024));
    for (const capacity of [0, 1, length >> 1, length - 1]) {
      core.bytes.fill(0x77, core.client + PACKED, core.client + PACKED + 1200);
      t.is(pack(core, page, capacity), Err.TooBig, `${kind} at ${capacity} of ${length}`);
      t.true(core.copy(core.client + PACKED + capacity, 1200 - capacity).every((byte) => byte === 0x77), "bytes behind the capacity changed");
    }
    t.is(pack(core, page, length + 6), length);
  }
});

bothBuilds("a page packs to the same bytes where there is just room for them: a zpage packed over can be made again", (t, open) => {
  const core = open();
  for (const page of samples(seedOr(17))) {
    const packed = packedBytes(core, pack(core, page, worst(page.length)));
    core.bytes.fill(0x77, core.client + PACKED, core.client + PACKED + packed.length + 64);
    t.is(pack(core, page, packed.length), packed.length);
    t.deepEqual(packedBytes(core, packed.length), packed);
    t.true(core.copy(core.client + PACKED + packed.length, 64).every((byte) => byte === 0x77), "bytes behind the capacity changed");
  }
});

bothBuilds("damaged blocks never write outside their page, and never hang", (t, open) => {
  const core = open();
  const random = new Random(seedOr(15));
  let refused = 0;
  for (let round = 0; round < 400; round++) {
    const page = anyPage(1024, random);
    const length = pack(core, page, worst(1024));
    const packed = packedBytes(core, length);
    for (let harm = 0; harm < 3; harm++) packed[random.below(length)] = random.below(256);
    const cut = random.chance(30) ? packed.slice(0, random.below(length)) : packed;
    core.bytes.fill(0x55, core.client + UNPACKED - 16, core.client + UNPACKED);
    core.bytes.fill(0x55, core.client + UNPACKED + 1024, core.client + UNPACKED + 1040);
    const result = unpack(core, cut, 1024);
    t.true(result === Err.Corrupt || result >= 0 && result <= 1024);
    if (result === Err.Corrupt) refused++;
    t.true(core.copy(core.client + UNPACKED - 16, 16).every((byte) => byte === 0x55));
    t.true(core.copy(core.client + UNPACKED + 1024, 16).every((byte) => byte === 0x55));
  }
  t.true(refused > 100, `${refused} were refused`);
});

test("both builds write the same bytes", (t) => {
  const script = openCore("script");
  const wasm = openCore("wasm");
  for (const page of samples(seedOr(16))) {
    const lengths = [script, wasm].map((core) => pack(core, page, worst(page.length)));
    t.is(lengths[0], lengths[1]);
    t.deepEqual(packedBytes(script, lengths[0]), packedBytes(wasm, lengths[1]));
  }
});
