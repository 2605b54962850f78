import test from "ava";
import LZString from "lz-string";
import { ZbaleWork } from "../../firmware/core/codec/zbale";
import { Err } from "../../firmware/core/errors";
import { Core, CoreOptions, bothBuilds, openCore } from "../helpers/cores";
import { PAGE_KINDS, anyPage, corpusPages, makePage } from "../helpers/pages";
import { Random, seedOr } from "../helpers/random";

/** Regions of the client's room: source, packed, unpacked. The work area lies in the arena, which no store uses here. */
const PACKED = 4608;
const UNPACKED = 10240;
const ROOM = UNPACKED - PACKED - 32;
const WORK = 8192;
const NO_STORE: CoreOptions = { open: false };

function pack(core: Core, page: Uint8Array, capacity = ROOM): number {
  core.put(page);
  return core.zbaleCompress(core.client, page.length, core.client + PACKED, capacity, WORK);
}

function packedBytes(core: Core, length: number): Uint8Array { return core.copy(core.client + PACKED, length); }

function unpack(core: Core, packed: Uint8Array, length: number): number {
  core.put(packed, core.client + PACKED);
  return core.zbaleDecompress(core.client + PACKED, packed.length, core.client + UNPACKED, length, WORK);
}

/** Little-endian samples of `channels` channels, each a slow wave with a little noise. */
function samplesPage(channels: number, bytesEach: number, lengthBytes: number, random: Random): Uint8Array {
  const page = new Uint8Array(lengthBytes);
  for (let at = 0, n = 0; at < lengthBytes; at += bytesEach, n++) {
    const channel = n % channels;
    const time = Math.floor(n / channels);
    const scale = bytesEach === 1 ? 100 : 9000;
    const value = Math.round(scale * Math.sin(time / (9 + 7 * channel) + channel) + scale / 50 * (random.below(100) / 50 - 1));
    for (let i = 0; i < bytesEach && at + i < lengthBytes; i++) page[at + i] = value >> 8 * i & 255;
  }
  return page;
}

/** The strides of the format, by mode, and what page brings each mode about. */
const STRIDES = [0, 1, 2, 3, 4, 6, 8, 12];
const WAVES: readonly { channels: number; bytes: number; mode: number }[] = [
  { channels: 1, bytes: 1, mode: 1 }, { channels: 1, bytes: 2, mode: 2 }, { channels: 3, bytes: 1, mode: 3 }, { channels: 2, bytes: 2, mode: 4 },
  { channels: 3, bytes: 2, mode: 5 }, { channels: 4, bytes: 2, mode: 6 }, { channels: 6, bytes: 2, mode: 7 },
];

/** Pages worth trying: every kind at several lengths, samples of every shape, short ones, and real ones. */
function pages(seed: number): Uint8Array[] {
  const random = new Random(seed);
  const made = PAGE_KINDS.flatMap((kind) => [256, 512, 1000, 1024, 4096].map((length) => makePage(kind, length, random)));
  const waves = WAVES.flatMap(({ channels, bytes }) => [256, 1024, 1023].map((length) => samplesPage(channels, bytes, length, random)));
  const short = Array.from({ length: 40 }, (_, length) => anyPage(1024, random).slice(0, length));
  const any = Array.from({ length: 40 }, () => anyPage(4096, random).slice(0, 1 + random.below(4096)));
  return [...made, ...waves, ...short, ...any, ...corpusPages(1024, 3).map((sample) => sample.page)];
}

const EVEN_COUNTS = new Array<number>(16).fill(1);
const LENGTH_COUNTS = [3, 3, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2];
const DISTANCE_COUNTS = [1, 1, 1, 2, 2, 3, 3, 3, 2, 1, 1, 1, 0, 0, 0, 0];

/**
 * The format read a second time, straight from FORMAT.md and without regard to speed or damage. Models are kept by name.
 */
function readByTheBook(packed: Uint8Array, length: number): { page: number[]; mode: number } {
  const models = new Map<string, { chance: number; seen: number }>();
  let next = 0;
  let range = 2 ** 31 - 1;
  let code = 0;
  const takeByte = (): void => { code = code * 256 + (packed[next++] ?? 0); };
  for (let i = 0; i < 4; i++) takeByte();
  const refill = (): void => { while (range < 2 ** 23) { range *= 256; takeByte(); } };
  const bit = (name: string): number => {
    const model = models.get(name) ?? { chance: 2048, seen: 0 };
    models.set(name, model);
    const bound = Math.floor(range / 4096) * model.chance;
    const divisor = [4, 8, 16][Math.floor(model.seen / 4)]!;
    const one = code >= bound;
    if (one) { code -= bound; range -= bound; model.chance -= Math.floor(model.chance / divisor); }
    else { range = bound; model.chance += Math.floor((4096 - model.chance) / divisor); }
    if (model.seen < 8) model.seen++;
    refill();
    return one ? 1 : 0;
  };
  const plain = (count: number): number => {
    let value = 0;
    for (let i = 0; i < count; i++) {
      range = Math.floor(range / 2);
      value *= 2;
      if (code >= range) { code -= range; value++; }
    }
    refill();
    return value;
  };
  const counts = new Map<string, number[]>();
  const sumOf = (list: number[]): number => list.reduce((sum, count) => sum + count, 0);
  const nibble = (name: string, start = EVEN_COUNTS): number => {
    let list = counts.get(name) ?? start.slice();
    const unit = Math.floor(range / sumOf(list));
    let below = 0;
    let value = 0;
    while (value < 15 && code >= unit * (below + list[value]!)) below += list[value++]!;
    code -= unit * below;
    range = unit * list[value]!;
    list[value]! += 3;
    if (sumOf(list) > 250) list = list.map((count) => Math.ceil(count / 2));
    counts.set(name, list);
    refill();
    return value;
  };
  const tree = (name: string, bits: number): number => {
    let node = 1;
    for (let i = 0; i < bits; i++) node = node * 2 + bit(`${name}/${node}`);
    return node - 2 ** bits;
  };
  const lengthOf = (name: string): number => {
    const short = nibble(name, LENGTH_COUNTS);
    return short < 15 ? short : 15 + nibble("more") * 16 + plain(4);
  };
  const page: number[] = [];
  const mode = plain(3);
  const stride = STRIDES[mode]!;
  const phaseNow = (): number => stride === 1 ? 0 : page.length % (stride === 3 ? 3 : 2);
  const predict = (): number => {
    const here = page.length;
    if (stride === 0 || here < stride) return 0;
    if (stride % 2 === 1 || here % 2 === 0) return page[here - stride]!;
    const before = page[here - stride]! * 256 + page[here - stride - 1]!;
    const step = (page[here - 1]! - page[here - stride - 1]! + 256) % 256;
    return Math.floor((before + (step < 128 ? step : step - 256)) / 256);
  };
  let last = 1;
  let second = 2;
  let after = "literal";
  while (page.length < length) {
    if (bit(`match after ${after}`) === 0) {
      const context = stride > 0 ? phaseNow() : last <= page.length ? page[page.length - last]! >> 4 : 0;
      const high = nibble(`high ${context}`);
      const low = nibble(`low ${stride > 0 && context === 1} ${high}`);
      page.push((high * 16 + low + predict() + 256) % 256);
      after = "literal";
      continue;
    }
    let count = 0;
    if (bit(`repeat after ${after}`) === 0) {
      count = lengthOf("fresh") + 3;
      const bits = nibble(count === 3 ? "bits of short" : "bits", DISTANCE_COUNTS);
      const top = Math.min(bits, 3);
      const value = 2 ** top + tree(`top ${bits}`, top);
      second = last;
      last = value * 2 ** (bits - top) + plain(bits - top);
    } else {
      if (bit("second") === 1) [last, second] = [second, last];
      count = lengthOf("repeated") + 2;
    }
    for (; count > 0; count--) page.push(page[page.length - last]!);
    after = "match";
  }
  return { page, mode };
}

bothBuilds("what was compressed comes back (Z1)", (t, open) => {
  const core = open(NO_STORE);
  for (const page of pages(seedOr(21))) {
    const length = pack(core, page);
    t.true(length > 0, `length ${page.length} gave ${length}`);
    t.is(unpack(core, packedBytes(core, length), page.length), page.length);
    t.deepEqual(core.copy(core.client + UNPACKED, page.length), page);
  }
});

bothBuilds("a decoder written from the format alone reads what we write", (t, open) => {
  const core = open(NO_STORE);
  for (const page of pages(seedOr(22)).filter((_, index) => index % 2 === 0)) {
    const packed = packedBytes(core, pack(core, page));
    t.deepEqual(Uint8Array.from(readByTheBook(packed, page.length).page), page);
  }
});

bothBuilds("samples are packed by the differences at their stride, text is not", (t, open) => {
  const core = open(NO_STORE);
  const random = new Random(seedOr(23));
  for (const { channels, bytes, mode } of WAVES) {
    const page = samplesPage(channels, bytes, 1024, random);
    t.is(readByTheBook(packedBytes(core, pack(core, page)), 1024).mode, mode, `${channels} channels of ${bytes} bytes`);
  }
  for (const kind of ["csv", "json", "zeros", "same"] as const) {
    t.is(readByTheBook(packedBytes(core, pack(core, makePage(kind, 1024, random))), 1024).mode, 0, kind);
  }
});

bothBuilds("a page that does not fit is TooBig, and nothing is written past the capacity (Z2)", (t, open) => {
  const core = open(NO_STORE);
  const random = new Random(seedOr(24));
  for (const kind of PAGE_KINDS) {
    const page = makePage(kind, 1024, random);
    const length = pack(core, page);
    const packed = packedBytes(core, length);
    for (let capacity = 0; capacity <= length + 2; capacity += capacity < length - 4 ? 1 + random.below(length) : 1) {
      core.bytes.fill(0x77, core.client + PACKED, core.client + PACKED + ROOM);
      const result = pack(core, page, capacity);
      if (capacity < length) t.is(result, Err.TooBig, `${kind} at ${capacity} of ${length}`);
      else t.true(result === length || capacity < length + 2 && result === Err.TooBig, `${kind} at ${capacity} of ${length}: ${result}`);
      if (result > 0) t.deepEqual(packedBytes(core, result), packed);
      t.true(core.copy(core.client + PACKED + capacity, ROOM - capacity).every((byte) => byte === 0x77), "bytes behind the capacity changed");
    }
  }
  t.is(core.zbaleCompress(core.client, 4097, core.client + PACKED, 16, WORK), Err.TooBig);
});

bothBuilds("nothing depends on what the work area held, and nothing behind it is touched", (t, open) => {
  const core = open(NO_STORE);
  const page = makePage("json", 1024, new Random(seedOr(25)));
  const runs = [0, 0xff].map((garbage) => {
    core.bytes.fill(garbage, WORK - 64, WORK + ZbaleWork.Compress + 64);
    const packed = packedBytes(core, pack(core, page));
    t.true([WORK - 64, WORK + ZbaleWork.Compress].every((at) => core.copy(at, 64).every((byte) => byte === garbage)));
    core.bytes.fill(garbage, WORK, WORK + ZbaleWork.Compress);
    t.is(unpack(core, packed, 1024), 1024);
    t.deepEqual(core.copy(core.client + UNPACKED, 1024), page);
    t.true(core.copy(WORK + ZbaleWork.Decompress, 64).every((byte) => byte === garbage));
    return packed;
  });
  t.deepEqual(runs[0], runs[1]);
});

/** Decodes damaged input between two guards. True if it was refused; wrong bytes inside the page are allowed (Z3). */
function tryDamaged(core: Core, packed: Uint8Array, length: number): "refused" | "decoded" | "broken" {
  const guards = [core.client + UNPACKED - 16, core.client + UNPACKED + length];
  for (const at of guards) core.bytes.fill(0x55, at, at + 16);
  core.bytes.fill(0x33, WORK + ZbaleWork.Decompress, WORK + ZbaleWork.Decompress + 16);
  const result = unpack(core, packed, length);
  const guarded = guards.every((at) => core.copy(at, 16).every((byte) => byte === 0x55))
    && core.copy(WORK + ZbaleWork.Decompress, 16).every((byte) => byte === 0x33);
  if (!guarded || result !== Err.Corrupt && result !== length) return "broken";
  return result === length ? "decoded" : "refused";
}

bothBuilds("every single damaged byte, every cut and every excess stays inside the page (Z2, Z3)", (t, open) => {
  const core = open(NO_STORE);
  const random = new Random(seedOr(26));
  const outcomes = { refused: 0, decoded: 0, broken: 0 };
  for (const page of [makePage("json", 512, random), makePage("struct", 512, random), samplesPage(3, 2, 256, random)]) {
    const packed = packedBytes(core, pack(core, page));
    for (let at = 0; at < packed.length; at++) {
      for (const flip of [1, 0x80, 1 + random.below(255)]) {
        const damaged = packed.slice();
        damaged[at] = damaged[at]! ^ flip;
        outcomes[tryDamaged(core, damaged, page.length)]++;
      }
      outcomes[tryDamaged(core, packed.slice(0, at), page.length)]++;
    }
    t.is(tryDamaged(core, Uint8Array.from([...packed, ...new Uint8Array(16)]), page.length), "refused");
  }
  t.is(outcomes.broken, 0);
  t.true(outcomes.refused > 100 && outcomes.decoded > 0, JSON.stringify(outcomes));
});

bothBuilds("any bytes at all decode to a page or are refused (Z3, Z4)", (t, open) => {
  const core = open(NO_STORE);
  const random = new Random(seedOr(27));
  for (let round = 0; round < 300; round++) {
    const length = 1 + random.below(4096);
    const fill = random.below(3);
    const noise = Uint8Array.from({ length: random.below(1200) }, () => fill === 0 ? random.below(256) : fill === 1 ? 255 : random.below(2));
    t.not(tryDamaged(core, noise, length), "broken");
  }
});

bothBuilds("text comes out smaller than from lz-string, page by page", (t, open) => {
  const core = open(NO_STORE);
  const random = new Random(seedOr(28));
  const made = (["csv", "json"] as const).flatMap((kind) => Array.from({ length: 8 }, () => ({ name: kind as string, page: makePage(kind, 1024, random) })));
  const real = corpusPages(1024, 8).filter(({ name }) => /\.(csv|jsonl?|nmea|js|bdf)@|duktape|espruino_jsvars/.test(name));
  for (const { name, page } of [...made, ...real]) {
    const theirs = LZString.compressToUint8Array(String.fromCharCode(...page)).length;
    t.true(pack(core, page) < theirs, `${name}: ${pack(core, page)} against ${theirs}`);
  }
});

test("both builds write the same bytes", (t) => {
  const script = openCore("script", NO_STORE);
  const wasm = openCore("wasm", NO_STORE);
  for (const page of pages(seedOr(29))) {
    const lengths = [script, wasm].map((core) => pack(core, page));
    t.is(lengths[0], lengths[1]);
    t.deepEqual(packedBytes(script, lengths[0]!), packedBytes(wasm, lengths[1]!));
  }
});
