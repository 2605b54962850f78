import test from "ava";
import { ExitCode, Failure } from "../../tools/failure";
import { Link } from "../../tools/link/link";
import { PATIENCE_MS } from "../helpers/patience";
import { FakeBoard } from "./fake-board";
import { FaultyStream, type Faults } from "./faulty-stream";

const PAGE = 1024;

function linkTo(board: FakeBoard, faults: Faults = {}): { link: Link; line: FaultyStream } {
  const line = new FaultyStream(board, faults);
  return { link: new Link(line, { timeoutMs: faults.dropIn || faults.dropOut ? 40 : PATIENCE_MS, tries: 12 }), line };
}

function page(number: number): Uint8Array {
  return Uint8Array.from({ length: PAGE }, (_, i) => (i * 7 + number * 13 ^ i >> 3) & 255);
}

/** Writes `pages` pages, reads them back in another order, and counts the bytes that differ. */
async function roundTrip(link: Link, pages: number): Promise<number> {
  const handle = await link.open("data", pages * PAGE);
  for (let n = 0; n < pages; n++) await link.write(handle, n * PAGE, page(n));
  let wrong = 0;
  for (let i = 0; i < pages; i++) {
    const n = i * 7 % pages;
    const got = await link.read(handle, n * PAGE, PAGE);
    page(n).forEach((byte, at) => { if (got[at] !== byte) wrong++; });
  }
  return wrong;
}

test("hello tells board, version, page and largest area", async (t) => {
  const { link } = linkTo(new FakeBoard(512, 65536));
  t.deepEqual(await link.hello(), { board: "fake", version: "0.1", pageBytes: 512, areaBytesMax: 65536 });
});

test("a board of the version before sessions is spoken to without one", async (t) => {
  const board = new FakeBoard(512, 65536);
  board.version = 1;
  const { link } = linkTo(board);
  t.deepEqual(await link.hello(), { board: "fake", version: "0.1", pageBytes: 512, areaBytesMax: 65536 });
  t.is((await link.run("1")).text, "you said 1\n");
  board.version = 3;
  const { message } = await t.throwsAsync(link.hello(), { instanceOf: Failure });
  t.regex(message, /^the board speaks version 3 of the packet format and this tool speaks 2: build and flash/);
});

/** All that is written to a board, a piece a write. */
function recorded(board: FakeBoard): { link: Link; sent: Uint8Array[] } {
  const sent: Uint8Array[] = [];
  const link = new Link({ write: (bytes) => { sent.push(bytes); board.write(bytes); }, onBytes: (listener) => board.onBytes(listener), onEnd: (listener) => board.onEnd(listener) },
    { timeoutMs: PATIENCE_MS, tries: 3 });
  return { link, sent };
}

test("a packet of the session before is refused when it comes again after a new Hello", async (t) => {
  const board = new FakeBoard();
  const { link, sent } = recorded(board);
  await link.hello();
  await link.run("first");
  const run = sent[1]!;
  board.write(run);
  await link.run("second");
  t.is(board.runs, 2, "in its own session a packet that comes again is no new request");
  await link.hello();
  board.write(run);
  await link.run("third");
  t.is(board.runs, 3);
  t.true(link.counters.damaged >= 1);
});

test("a session that another has taken over ends in one sentence", async (t) => {
  const board = new FakeBoard();
  const { link, sent } = recorded(board);
  await link.hello();
  board.write(sent[0]!);
  const lost = await t.throwsAsync(link.run("2"), { instanceOf: Failure });
  t.regex(lost.message, /^the board took Run of "2" for damaged 3 times: either it has started anew or another program has begun a session/);
  t.is(board.runs, 0);
});

test("what is written is read back, without a repetition", async (t) => {
  const { link } = linkTo(new FakeBoard());
  t.is(await roundTrip(link, 40), 0);
  t.deepEqual(link.counters, { packets: 81, retries: 0, damaged: 0, timeouts: 0, busy: 0 });
});

const FAULTS: [string, Faults][] = [
  ["lost on the way to the board", { dropOut: 5 }],
  ["lost on the way back", { dropIn: 5 }],
  ["damaged on the way to the board", { damageOut: 3 }],
  ["damaged on the way back", { damageIn: 3 }],
  ["lost and damaged both ways", { dropOut: 11, dropIn: 13, damageOut: 5, damageIn: 7 }],
];
for (const [name, faults] of FAULTS) {
  test(`packets ${name} are sent again and the data is equal`, async (t) => {
    const { link, line } = linkTo(new FakeBoard(), faults);
    t.is(await roundTrip(link, 25), 0);
    t.true(line.dropped + line.damaged >= 8, `${line.dropped} dropped, ${line.damaged} damaged`);
    t.true(link.counters.retries >= 8);
  });
}

test("a long answer comes in parts and whole", async (t) => {
  const board = new FakeBoard();
  board.answer = (line) => `${line} grüße `.repeat(300);
  const { link } = linkTo(board, { damageIn: 4 });
  const { status, text } = await link.run(".stats json");
  t.is(status, 0);
  t.is(text, ".stats json grüße ".repeat(300));
});

test("a repeated Run is not carried out twice", async (t) => {
  const board = new FakeBoard();
  const { link } = linkTo(board, { dropIn: 2 });
  for (let i = 0; i < 6; i++) await link.run(`x = x + ${i}`);
  t.is(board.runs, 6);
  t.true(link.counters.retries >= 5);
});

test("text between packets reaches the listener whole", async (t) => {
  const board = new FakeBoard();
  const { link } = linkTo(board);
  let text = "";
  link.onText((bytes) => { text += Buffer.from(bytes).toString(); });
  const opening = link.open("a", PAGE);
  board.print("> grüße\r\n");
  await opening;
  board.print("end\r\n");
  await link.close(0);
  t.is(text, "> grüße\r\nend\r\n");
  t.deepEqual(link.lastLines(), ["> grüße", "end"]);
});

test("a dead board is a time-out with the last lines it printed", async (t) => {
  const board = new FakeBoard();
  const link = new Link(board, { timeoutMs: 40, tries: 12 });
  board.print("boot ok\r\nHardFault at 0x60001234\r\n");
  await link.hello();
  board.dead = true;
  const failure = await t.throwsAsync(link.open("a", PAGE), { instanceOf: Failure });
  t.is(failure.exitCode, ExitCode.TimedOut);
  t.regex(failure.message, /^the board did not answer Open of 1024 bytes in 12 tries of 0\.04 s/);
  t.deepEqual(failure.details, ["boot ok", "HardFault at 0x60001234"]);
});

test("a line that ends is reported at once", async (t) => {
  const board = new FakeBoard();
  const { link } = linkTo(board);
  board.dead = true;
  const opening = link.open("a", PAGE);
  board.unplug("QEMU ended with code 1");
  const failure = await t.throwsAsync(opening, { instanceOf: Failure });
  t.is(failure.exitCode, ExitCode.Failed);
  t.regex(failure.message, /^QEMU ended with code 1/);
});

test("a refusal names the request and the reason", async (t) => {
  const { link } = linkTo(new FakeBoard());
  const handle = await link.open("a", PAGE);
  const failure = await t.throwsAsync(link.write(handle, PAGE, page(1)), { instanceOf: Failure });
  t.is(failure.message, "the board refused Write at 1024: an argument is out of its range (-1)");
});
