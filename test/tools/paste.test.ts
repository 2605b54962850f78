/** What is pasted into the console reaches a board that holds 256 bytes and takes them a line at a time; Ctrl-C passes by the rest. */
import test from "ava";
import { PROMPT_WAIT_MS, Paste, type Patience, XON_WAIT_MS } from "../../tools/console/paste";

/** Waits that a test lets end. */
class Clock implements Patience {
  private waits: { ms: number; then: () => void }[] = [];

  after(ms: number, then: () => void): () => void {
    const wait = { ms, then };
    this.waits.push(wait);
    return () => { this.waits = this.waits.filter((one) => one !== wait); };
  }

  get running(): number[] { return this.waits.map(({ ms }) => ms); }
  pass(): void { for (const { then } of this.waits.splice(0)) then(); }
}

function scene(): { sent: () => string; paste: Paste; clock: Clock } {
  const clock = new Clock();
  const parts: Uint8Array[] = [];
  const paste = new Paste((bytes) => { parts.push(bytes); }, clock);
  return { sent: () => Buffer.concat(parts.splice(0)).toString("latin1"), paste, clock };
}

const keys = (text: string): Buffer => Buffer.from(text, "latin1");

test("keys that are struck go at once, a line and what follows it as well", (t) => {
  const { sent, paste, clock } = scene();
  for (const key of "1+1") { paste.push(keys(key)); t.is(sent(), key); }
  paste.push(keys("\r"));
  t.is(sent(), "\r");
  paste.hear(keys("\r\n2\r\n> "));
  paste.push(keys("\x1b[A"));
  t.is(sent(), "\x1b[A");
  t.deepEqual(clock.running, []);
});

test("a paste goes line by line, each when the prompt is there, whatever ends its lines", (t) => {
  for (const end of ["\r", "\n", "\r\n"]) {
    const { sent, paste, clock } = scene();
    paste.push(keys(`one${end}two${end}${end}thr`));
    for (const line of [`one${end}`, `two${end}`, end]) {
      t.is(sent(), line);
      paste.hear(keys("echo \r\nan answer with > in it\r\n"));
      t.is(sent(), "");
      t.deepEqual(clock.running, [PROMPT_WAIT_MS]);
      paste.hear(keys("\r\n>"));
      paste.hear(keys(" "));
    }
    t.is(sent(), "thr");
    t.deepEqual(clock.running, []);
  }
});

test("a board without a prompt gets the next line all the same, after a bounded wait", (t) => {
  const { sent, paste, clock } = scene();
  paste.push(keys("slow()\rnext\r"));
  t.is(sent(), "slow()\r");
  clock.pass();
  t.is(sent(), "next\r");
  t.deepEqual(clock.running, []);
});

test("XOFF holds everything back, XON lets it go on, and so does a bounded wait", (t) => {
  const { sent, paste, clock } = scene();
  paste.hear(keys("\x13"));
  paste.push(keys("abc"));
  t.is(sent(), "");
  t.deepEqual(clock.running, [XON_WAIT_MS]);
  paste.hear(keys("\x11"));
  t.is(sent(), "abc");
  paste.hear(keys("text\x13"));
  paste.push(keys("def"));
  clock.pass();
  t.is(sent(), "def");
});

test("a Ctrl-C goes at once, past XOFF and a prompt that does not come, and the rest of the paste is dropped", (t) => {
  const { sent, paste, clock } = scene();
  paste.push(keys("while(1);\rnever()\rnor this\r"));
  t.is(sent(), "while(1);\r");
  paste.hear(keys("\x13"));
  paste.push(keys("\x03"));
  t.is(sent(), "\x03");
  t.deepEqual(clock.running, []);
  paste.push(keys("more\x03x"));
  t.is(sent(), "\x03x");
});

test("a paste of forty lines reaches a board that is slow and loses what its ring of 256 bytes does not hold", (t) => {
  const { sent, paste } = scene();
  let ring = "";
  let lost = 0;
  let run = 0;
  const arrive = (): void => { for (const byte of sent()) if (ring.length < 256) ring += byte; else lost++; };
  paste.push(keys(`slow()\r${"n++; // and some more of this line\r".repeat(40)}`));
  for (let i = 0; i < 200; i++) {
    arrive();
    const end = ring.indexOf("\r");
    if (end < 0) continue;
    ring = ring.slice(end + 1);
    run++;
    paste.hear(keys("\r\n0\r\n> "));
  }
  t.deepEqual([run, lost], [41, 0]);
});
