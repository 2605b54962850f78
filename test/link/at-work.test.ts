/** A board that computes for long is alive: it says so once a second, and the link waits as long as it was told to. The clock is the test's. */
import test from "ava";
import { WireType } from "../../firmware/link/wire";
import { Failure } from "../../tools/failure";
import type { ByteStream } from "../../tools/link/byte-stream";
import { Link, type LinkClock, type LinkOptions, patienceOf } from "../../tools/link/link";
import { WireEnd } from "../../tools/link/wire-end";

/** A clock that goes on when it is told to. */
class TestClock implements LinkClock {
  private time = 0;
  private due: { at: number; run: () => void }[] = [];
  now(): number { return this.time; }
  after(ms: number, run: () => void): () => void {
    const one = { at: this.time + ms, run };
    this.due.push(one);
    return () => { this.due = this.due.filter((other) => other !== one); };
  }
  pass(ms: number): void {
    const end = this.time + ms;
    for (;;) {
      const [next] = this.due.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.time = next.at;
      this.due = this.due.filter((one) => one !== next);
      next.run();
    }
    this.time = end;
  }
}

/** Status, version 1, payload, page, largest area, names. */
const GREETING = Buffer.concat([Uint8Array.of(0, 0, 0, 0, 1, 0, 0x10, 4, 0, 4, 0, 0, 0, 4, 0, 0), Buffer.from("desk\x001.0")]);

/** A board at the other end of the line, which answers when it is told to. */
function board(options: Partial<LinkOptions>) {
  const end = new WireEnd();
  const stranger = new WireEnd();
  stranger.begin(0x1234567);
  const clock = new TestClock();
  let listener: (bytes: Uint8Array) => void = () => undefined;
  let asked = { sequence: -1, times: 0 };
  const stream: ByteStream = {
    write: (bytes) => end.push(bytes, { packet: ({ sequence }) => { asked = { sequence, times: asked.times + 1 }; }, text: () => undefined, damaged: () => undefined }),
    onBytes: (listen) => { listener = listen; },
    onEnd: () => undefined,
  };
  const link = new Link(stream, { clock, ...options });
  const send = (type: number, sequence: number, payload: Uint8Array): void => listener(end.encode(type, sequence, payload));
  return {
    link, clock,
    times: () => asked.times,
    last: () => asked.sequence,
    beat: (of = asked.sequence) => send(WireType.Busy, of, new Uint8Array(0)),
    /** It is at work on something that no packet asked for, or on another tool's Run. It may be so in a session that this link does not know. */
    isElsewhere: (run = 0) => listener(stranger.encode(WireType.Busy, run, new Uint8Array(0))),
    greet: () => send(WireType.Hello | WireType.Reply, asked.sequence, GREETING),
    answer: () => send(WireType.Run | WireType.Reply, asked.sequence, Uint8Array.of(0, 0, 0, 0, 3, 0, 0, 0, 52, 50, 10)),
  };
}

test("a Run that takes an hour is waited for, asked once, and answered, because the board says that it is at work", async (t) => {
  const { link, clock, times, beat, answer } = board({ timeoutMs: 5000, tries: 2, workMs: 4_000_000 });
  const ran = link.run("long()");
  for (let second = 0; second < 3600; second++) {
    clock.pass(1000);
    beat();
  }
  answer();
  t.deepEqual(await ran, { status: 0, text: "42\n" });
  t.is(times(), 1);
  t.is(link.counters.busy, 3600);
});

test("when the time that was given is over, the sentence says that the board is at work, and what helps", async (t) => {
  const { link, clock, beat } = board(patienceOf(90));
  const ran = link.run("long()");
  for (let second = 0; second < 90; second++) {
    clock.pass(1000);
    beat();
  }
  const error = await t.throwsAsync(ran, { instanceOf: Failure });
  t.is(error!.message, "the board is at work on Run of \"long()\" since 90 s: give it longer with --timeout, or stop it with Ctrl-C at its console");
});

test("a board that falls silent at work is given up after its tries, with what it said last", async (t) => {
  const { link, clock, beat } = board({ timeoutMs: 5000, tries: 3 });
  const ran = link.run("long()");
  clock.pass(4000);
  beat();
  clock.pass(15_000);
  const error = await t.throwsAsync(ran, { instanceOf: Failure });
  t.is(error!.message, "the board did not answer Run of \"long()\" in 3 tries of 5 s since it said, 15 s ago, that it was at work: reset it and look at the last lines it printed");
});

test("a word about another request, or after the answer, changes nothing", async (t) => {
  const { link, clock, times, beat, answer } = board({ timeoutMs: 5000, tries: 2 });
  beat(77);
  const ran = link.run("short()");
  for (let second = 0; second < 6; second++) {
    clock.pass(1000);
    beat(77);
  }
  t.is(times(), 2);
  answer();
  t.is((await ran).status, 0);
  beat();
  t.is(link.counters.busy, 8);
});

test("a Hello to a board whose app computes for half an hour is waited for, whatever session the board is in", async (t) => {
  const { link, clock, isElsewhere, greet } = board({ timeoutMs: 5000, tries: 2, workMs: 4_000_000 });
  const greeted = link.hello();
  for (let second = 0; second < 1800; second++) {
    clock.pass(1000);
    // Also on the Run of a tool that is gone.
    isElsewhere(second % 256);
  }
  greet();
  t.is((await greeted).board, "desk");
  t.is(link.counters.damaged, 0);
});

test("when the time for a Hello is over, the sentence says that the board is at work on something else, and what helps", async (t) => {
  const { link, clock, isElsewhere } = board(patienceOf(30));
  const greeted = link.hello();
  for (let second = 0; second < 30; second++) {
    clock.pass(1000);
    isElsewhere();
  }
  const error = await t.throwsAsync(greeted, { instanceOf: Failure });
  t.is(error!.message, "the board is at work on something else since 30 s and has not taken Hello: give it longer with --timeout, or stop it with Ctrl-C at its console");
});

test("no request ever has the sequence number that stands for work nobody asked for", async (t) => {
  const { link, last, answer } = board({ timeoutMs: 5000, tries: 2 });
  const used = new Set<number>();
  for (let i = 0; i < 600; i++) {
    const ran = link.run("1");
    used.add(last());
    answer();
    await ran;
  }
  t.is(used.size, 255);
  t.false(used.has(0));
});
