/**
 * Lockstep beyond the store: the codec, the packets of the serial line and the line editor, and an arena that one build
 * leaves and the other takes over. After every call both builds returned the same, sent the same bytes and hold the same
 * memory.
 */
import test from "ava";
import { Knob } from "../../firmware/core/config";
import { Err } from "../../firmware/core/errors";
import { zpageBufferBytes } from "../../firmware/core/layout";
import { LINE_STATE_BYTES } from "../../firmware/link/line-editor";
import { WIRE_PAYLOAD_MAX, WIRE_STATE_BYTES } from "../../firmware/link/wire";
import { openSimFlash } from "../../hal/sim/flash";
import { Area, PAGE_BYTES, withFlash } from "../helpers/board";
import { checkInvariants } from "../helpers/check";
import { CORE_KINDS, openCore } from "../helpers/cores";
import { compare } from "../helpers/oracle";
import { PAGE_KINDS, anyPage, corpusPages, makePage } from "../helpers/pages";
import { Random, withSeed } from "../helpers/random";
import { Twins } from "../helpers/twins";

const TABLE = 4096;
const GUARD = 0x5e;

/** A page through both codecs: same zpage, same page back, not a byte written outside. Returns the compressed length. */
function roundTrip(twins: Twins, page: Uint8Array): number {
  const { client } = twins;
  const [from, zpage, back] = [client, client + 5120, client + 10240];
  twins.write(from, page);
  twins.write(zpage, new Uint8Array(5120).fill(GUARD));
  const length = twins.call("lz4Compress", from, page.length, zpage, page.length - 16, TABLE);
  const end = zpage + (length < 0 ? page.length - 16 : length);
  if (twins.read(end, 64).some((byte) => byte !== GUARD)) twins.fail("The codec wrote past its capacity");
  if (length < 0) return length;
  twins.write(back, new Uint8Array(page.length + 64).fill(GUARD));
  const got = twins.call("lz4Decompress", zpage, length, back, page.length);
  if (got !== page.length || compare("", page, twins.read(back, page.length)) !== "") twins.fail("The page does not come back");
  if (twins.read(back + page.length, 64).some((byte) => byte !== GUARD)) twins.fail("The page's end was overrun");
  inPlace(twins, page, twins.read(zpage, length).slice());
  return length;
}

/** From the end of a buffer with the zpage buffer's margin to its beginning. */
function inPlace(twins: Twins, page: Uint8Array, zpage: Uint8Array): void {
  const at = twins.client + 10240;
  const from = at + zpageBufferBytes(page.length) - zpage.length;
  twins.write(from, zpage);
  const got = twins.call("lz4Decompress", from, zpage.length, at, page.length);
  if (got !== page.length || compare("", page, twins.read(at, page.length)) !== "") twins.fail("The page does not come back in place");
}

test("the codec: the same zpages from both builds, for every kind of page and for the corpus", (t) => {
  const twins = new Twins({});
  withSeed(2001, (random, progress) => {
    for (const pageBytes of [256, 1024, 4096]) {
      for (const kind of PAGE_KINDS) for (let i = 0; i < 40; i++, progress.step++) roundTrip(twins, makePage(kind, pageBytes, random));
      for (const { page } of corpusPages(pageBytes, 12)) roundTrip(twins, page);
    }
  });
  t.pass();
});

test("the codec: whatever bytes it is given to decompress, both builds say the same and stay inside the page", (t) => {
  const twins = new Twins({});
  const { client } = twins;
  withSeed(2002, (random, progress) => {
    for (; progress.step < 6000; progress.step++) {
      const page = anyPage(1024, random);
      twins.write(client, page);
      let length = twins.call("lz4Compress", client, 1024, client + 2048, 1400, TABLE);
      if (length < 0 || random.chance(20)) {
        length = 1 + random.below(600);
        random.fill(twins.script.bytes.subarray(client + 2048, client + 2048 + length));
        twins.write(client + 2048, twins.read(client + 2048, length).slice());
      }
      twins.write(client + 2048 + random.below(length), Uint8Array.of(random.below(256)));
      twins.write(client + 4096, new Uint8Array(1024 + 64).fill(GUARD));
      twins.call("lz4Decompress", client + 2048, length - random.below(2), client + 4096, 1024);
      if (twins.read(client + 5120, 64).some((byte) => byte !== GUARD)) twins.fail("The page's end was overrun");
    }
  });
  t.pass();
});

test("checksums: both builds agree on every length and offset", (t) => {
  const twins = new Twins({});
  const random = new Random(7);
  const noise = new Uint8Array(4096);
  random.fill(noise);
  twins.write(twins.client, noise);
  for (let i = 0; i < 500; i++) {
    const length = random.below(2000);
    const half = random.below(length + 1);
    const at = twins.client + random.below(2000);
    const whole = twins.call("crc32", at, length, 0);
    t.is(twins.call("crc32", at + half, length - half, twins.call("crc32", at, half, 0)), whole);
  }
});

test("packets: both builds understand and answer any stream of bytes alike", (t) => {
  const twins = new Twins({ knobs: { [Knob.LinkBytes]: 4096 } });
  const base = twins.call("linkOffset");
  twins.call("wireOpen", base);
  withSeed(2003, (random, progress) => {
    for (; progress.step < 400; progress.step++) {
      const payload = new Uint8Array(random.below(200));
      random.fill(payload);
      twins.write(twins.client, payload);
      twins.call("wireSend", random.below(16), random.below(256), twins.client, payload.length);
      const sent = [...twins.lastSent];
      if (random.chance(30)) sent[random.below(sent.length)] ^= 1 << random.below(8);
      if (random.chance(10)) sent.splice(random.below(sent.length), random.below(20));
      for (const byte of sent) twins.call("wirePush", byte);
      for (const call of ["wireType", "wireSequence", "wireLength", "wirePayload", "wirePackets", "wireDamaged", "wireAborted"] as const) twins.call(call);
    }
  });
  t.true(WIRE_STATE_BYTES <= 4096 && WIRE_PAYLOAD_MAX > 200);
  t.true(twins.call("wirePackets") > 150 && twins.call("wireDamaged") > 50);
});

test("the line editor: both builds edit and echo any keys alike", (t) => {
  const twins = new Twins({ knobs: { [Knob.LinkBytes]: 1024 } });
  twins.call("lineOpen", twins.call("linkOffset"), 4 * LINE_STATE_BYTES);
  const arrows = ["\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[3~"];
  const controls = [..."\x01\x02\x03\x04\x05\x06\b\n\x0b\x0c\r\x0e\x10\x15\x17\x7f"];
  const letters = [..."abc.(){};= \"12äß€"];
  const key = (random: Random): string => {
    const chance = random.below(100);
    if (chance < 60) return random.pick(letters);
    return chance < 96 ? random.pick([...arrows, ...controls]) : String.fromCharCode(random.below(256));
  };
  withSeed(2004, (random, progress) => {
    for (; progress.step < 8000; progress.step++) {
      for (const byte of Buffer.from(key(random))) twins.call("lineKey", byte);
      twins.call("lineText");
      twins.call("lineLength");
    }
  });
  t.pass();
});

test("an arena that one build leaves is taken over by the other, in the middle of its life", (t) => {
  for (const [from, to] of [CORE_KINDS, [...CORE_KINDS].reverse()]) {
    const first = withFlash((options) => openCore(from, options));
    const random = new Random(9);
    const area = new Area(first, first.areaOpen(60));
    const pages = Array.from({ length: 60 }, () => anyPage(PAGE_BYTES, random));
    pages.forEach((page, i) => area.write(i, page));
    const second = openCore(to, { flash: openSimFlash("w25q16", { content: first.sim.chip.cells }).flash, open: false });
    t.is(second.coreAttach(), Err.NotOpen);
    second.bytes.set(first.bytes);
    t.is(second.coreAttach(), Err.Ok);
    const taken = new Area(second, area.handle);
    pages.forEach((page, i) => t.deepEqual(taken.read(i), page));
    checkInvariants(second.bytes);
  }
});
