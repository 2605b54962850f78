import test from "ava";
import { attachMemory, bytes } from "../../firmware/core/memory";
import { attachPorts } from "../../firmware/core/ports";
import {
  WIRE_PAYLOAD_MAX, WIRE_STATE_BYTES, WireEvent, WireType,
  wireAborted, wireAttach, wireBegin, wireComplain, wireDamaged, wireLength, wireOpen, wirePackets, wirePayload, wirePush, wireReply, wireSend, wireSequence, wireType,
} from "../../firmware/link/wire";

const SENDER = 1152;
const RECEIVER = 3072;
const DATA = 5120;

let line: number[] = [];

test.beforeEach(() => {
  line = [];
  attachMemory(new ArrayBuffer(9216));
  bytes.fill(0xaa);
  attachPorts({
    flashRead: () => -9, flashProgram: () => -9, flashErase: () => -9, clockTicks: () => 0,
    serialPut: (byte) => { line.push(byte); },
  });
  wireOpen(SENDER);
  wireOpen(RECEIVER);
});

/** A seeded stream of bytes, so that every failure can be seen again. */
function noise(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13; state ^= state >>> 17; state ^= state << 5;
    return state >>> 8 & 255;
  };
}

function packet(type: number, sequence: number, payload: ArrayLike<number>): number[] {
  bytes.set(payload, DATA);
  line = [];
  wireAttach(SENDER);
  wireSend(type, sequence, DATA, payload.length);
  return line;
}

/** Pushes `input`, returns the events that were not None, and the text. */
function receive(input: ArrayLike<number>): { events: number[]; text: number[] } {
  const events: number[] = [];
  const text: number[] = [];
  wireAttach(RECEIVER);
  for (const byte of Array.from(input)) {
    const event = wirePush(byte);
    if (event !== WireEvent.None) events.push(event);
    if (event === WireEvent.Text) text.push(byte);
  }
  return { events, text };
}

function payload(): number[] {
  return Array.from(bytes.subarray(wirePayload(), wirePayload() + wireLength()));
}

test.serial("a packet of every byte value arrives as it was sent", (t) => {
  const all = Array.from({ length: 256 }, (_, i) => i);
  t.deepEqual(receive(packet(WireType.Write, 0x0d, all)).events, [WireEvent.Packet]);
  t.is(wireType(), WireType.Write);
  t.is(wireSequence(), 0x0d);
  t.deepEqual(payload(), all);
  t.is(wirePackets(), 1);
});

test.serial("lengths 0, 1 and the largest arrive; every byte may need an escape", (t) => {
  for (const length of [0, 1, WIRE_PAYLOAD_MAX]) {
    const data = new Array<number>(length).fill(0xc0);
    t.deepEqual(receive(packet(WireType.Read, 255, data)).events, [WireEvent.Packet]);
    t.deepEqual(payload(), data);
  }
});

test.serial("a reply carries its status before the data", (t) => {
  bytes.set([1, 2, 3], DATA);
  wireAttach(SENDER);
  wireReply(WireType.Read, 7, -5, DATA, 3);
  receive(line);
  t.is(wireType(), WireType.Read | WireType.Reply);
  t.deepEqual(payload(), [0xfb, 0xff, 0xff, 0xff, 1, 2, 3]);
});

test.serial("the bytes on the line are those of FORMAT.md", (t) => {
  t.deepEqual(packet(WireType.Close, 0x11, [0x03, 0x00]).slice(0, 8), [0xc0, 0xdb, 0x23, 0xdb, 0x31, 0x02, 0x00, 0xdb]);
  line = [];
  wireComplain();
  t.deepEqual(line.slice(0, 5), [0xc0, 0xff, 0x00, 0x00, 0x00]);
  t.is(line[line.length - 1], 0xc1);
});

test.serial("no raw control byte lies inside a packet", (t) => {
  const next = noise(3);
  const inside = packet(WireType.Write, 4, Array.from({ length: 1000 }, next)).slice(1, -1);
  t.false(inside.some((byte) => [0xc0, 0xc1, 0x03, 0x04, 0x0d, 0x11, 0x13].includes(byte)));
});

test.serial("every single flipped bit is detected", (t) => {
  const next = noise(5);
  const sent = packet(WireType.Write, 42, Array.from({ length: 64 }, next));
  for (let bit = 0; bit < sent.length * 8; bit++) {
    wireOpen(RECEIVER);
    const flipped = sent.slice();
    flipped[bit >> 3] ^= 1 << (bit & 7);
    t.false(receive(flipped).events.includes(WireEvent.Packet), `bit ${bit}`);
    t.deepEqual(receive(sent).events, [WireEvent.Packet], `the repetition after bit ${bit}`);
  }
});

test.serial("every lost byte and every doubled byte is detected", (t) => {
  const sent = packet(WireType.Write, 1, [0xc0, 0x00, 0xdb, 0x20, 0x0d, 0x55]);
  for (let at = 0; at < sent.length; at++) {
    wireOpen(RECEIVER);
    const shorter = sent.slice(0, at).concat(sent.slice(at + 1));
    t.false(receive(shorter).events.includes(WireEvent.Packet), `without byte ${at}`);
    t.true(receive(sent).events.includes(WireEvent.Packet));
  }
  for (let at = 2; at < sent.length; at++) {
    wireOpen(RECEIVER);
    const longer = sent.slice(0, at).concat(sent.slice(at - 1));
    const damaged = receive(longer);
    t.false(damaged.events.includes(WireEvent.Packet), `byte ${at - 1} doubled`);
  }
});

test.serial("text between packets stays text", (t) => {
  const hello = Array.from(Buffer.from("grüße\r\n> "));
  const one = packet(WireType.Read, 1, [9]);
  const { events, text } = receive([...hello, ...one, ...hello, ...one]);
  t.deepEqual(text, [...hello, ...hello]);
  t.is(events.filter((event) => event === WireEvent.Packet).length, 2);
});

for (const [name, key] of [["Enter", 0x0d], ["Ctrl-C", 0x03], ["Ctrl-D", 0x04]] as const) {
  test.serial(`${name} breaks a packet off and is text`, (t) => {
    const sent = packet(WireType.Run, 1, [0x41, 0x42]);
    t.deepEqual(receive([...sent.slice(0, 5), key, 0x41]).text, [key, 0x41]);
    t.is(wireAborted(), 1);
    t.deepEqual(receive(sent).events, [WireEvent.Packet]);
  });
}

test.serial("a new start drops the packet before it", (t) => {
  const sent = packet(WireType.Run, 1, [0x41]);
  t.deepEqual(receive([...sent.slice(0, -1), ...sent]).events, [WireEvent.Packet]);
  t.is(wireAborted(), 1);
});

test.serial("a start may be repeated without harm and without counting", (t) => {
  const sent = packet(WireType.Run, 1, [0x41]);
  t.deepEqual(receive([0xc0, 0xc0, 0xc0, ...sent]).events, [WireEvent.Packet]);
  t.is(wireAborted(), 0);
});

test.serial("flow control inserted anywhere does no harm", (t) => {
  const sent = packet(WireType.Write, 0xdb, [0xc0, 0x11, 0x13, 0x41]);
  const mixed = sent.flatMap((byte, i) => (i === 0 ? [byte] : [0x13, 0x11, byte]));
  t.deepEqual(receive(mixed).events, [WireEvent.Packet]);
});

test.serial("flow control between packets is neither text nor part of anything", (t) => {
  t.deepEqual(receive([0x61, 0x13, 0x11, 0x62]).text, [0x61, 0x62]);
});

/** A packet as it is made in a session. */
function packetOf(session: number, type: number, sequence: number, payload: ArrayLike<number>): number[] {
  wireAttach(SENDER);
  wireBegin(session);
  return packet(type, sequence, payload);
}

function receiveIn(session: number, input: ArrayLike<number>): number[] {
  wireAttach(RECEIVER);
  wireBegin(session);
  return receive(input).events;
}

test.serial("a packet counts in its session only: sent again in any other it arrives damaged", (t) => {
  const sessions = [0, 1, 2, 0x7fffffff, -1, -0x80000000];
  for (const type of [WireType.Open, WireType.Write, WireType.Run, WireType.Dump, WireType.Read | WireType.Reply]) {
    for (const made of sessions) {
      const sent = packetOf(made, type, 9, [1, 2, 3, 4, 5]);
      for (const now of sessions) t.deepEqual(receiveIn(now, sent), [now === made ? WireEvent.Packet : WireEvent.Damaged], `${type} of ${made} in ${now}`);
    }
  }
});

test.serial("a greeting, its answer, a word about work and a complaint count in every session", (t) => {
  for (const type of [WireType.Hello, WireType.Hello | WireType.Reply, WireType.Busy, WireType.Damaged]) {
    t.deepEqual(receiveIn(77, packetOf(0x12345678, type, 1, [2, 0])), [WireEvent.Packet], `${type}`);
  }
});

test.serial("an over-long packet is damaged, writes nothing beyond its region, and the next one arrives", (t) => {
  const guard = RECEIVER + WIRE_STATE_BYTES;
  const endless = new Array<number>(5000).fill(0x55);
  t.deepEqual(receive([0xc0, ...endless, 0xc1]).events, [WireEvent.Damaged]);
  t.is(wireDamaged(), 1);
  t.true(bytes.subarray(guard, guard + 64).every((byte) => byte === 0xaa));
  t.deepEqual(receive(packet(WireType.Read, 2, [1])).events, [WireEvent.Packet]);
});

test.serial("an empty packet, an escape before the end and a doubled escape are damaged", (t) => {
  t.deepEqual(receive([0xc0, 0xc1]).events, [WireEvent.Damaged]);
  t.deepEqual(receive([0xc0, 1, 0, 0, 0, 5, 6, 7, 8, 0xdb, 0xc1]).events, [WireEvent.Damaged]);
  t.deepEqual(receive([0xc0, 0xdb, 0xdb, 1, 0xc1]).events, [WireEvent.Damaged]);
});

test.serial("a quarter of a million random bytes yield no packet, and the next real one arrives", (t) => {
  const next = noise(7);
  const guard = RECEIVER + WIRE_STATE_BYTES;
  wireAttach(RECEIVER);
  for (let i = 0; i < 250_000; i++) if (wirePush(next()) === WireEvent.Packet) t.fail(`after ${i} bytes`);
  t.true(bytes.subarray(guard, guard + 64).every((byte) => byte === 0xaa));
  t.deepEqual(receive(packet(WireType.Read, 2, [1])).events.slice(-1), [WireEvent.Packet]);
});
