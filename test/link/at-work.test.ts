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

/** A board at the other end of the line, which answers when it is told to. */
function board(options: Partial<LinkOptions>) {
  const end = new WireEnd();
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
    beat: (of = asked.sequence) => send(WireType.Busy, of, new Uint8Array(0)),
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
