/**
 * What is typed is used whole or not at all, and told (acceptance 49); and a byte may come at any moment of the start-up and does what
 * the documentation says of it (48). The bytes go by the UART, as a terminal that knows nothing of the board would send them.
 */
import test, { ExecutionContext } from "ava";
import { Figure, Native } from "../../firmware/runtime/native";
import { WireType } from "../../firmware/link/wire";
import { buildImage } from "../../tools/build/image";
import { WireEnd } from "../../tools/link/wire-end";
import { until } from "../helpers/patience";
import { BoardConsole } from "./board-console";
import { Debugger, addressesOf } from "./debugger";

const BOARD = "emcraft-sf2";
const UART_STATUS = 0x40000014;
const CTRL_C = "\x03";
const CTRL_D = "\x04";
/** A script that ends as soon as bytes were lost behind it. */
const UNTIL_LOST = `while(!native(${Native.Figure},${Figure.SerialOverflows}));print("it"+" was slow")`;
const TICKS = `native(${Native.Ticks})`;

let image = "";
test.before(async () => { image = (await buildImage(BOARD)).files.elf; });

/** A board of its own, which never faults. */
function scene(title: string, play: (t: ExecutionContext, board: BoardConsole) => Promise<void>, hasDebugger = false): void {
  test.serial(title, async (t) => {
    t.timeout(600_000);
    const board = new BoardConsole({ board: BOARD, image, log: "input.log", hasDebugger });
    try {
      if (!hasDebugger) await board.see(/\n> $/);
      await play(t, board);
      t.notRegex(board.heard, /FAULT|PANIC|after a fault/);
    } finally {
      await board.end();
    }
  });
}

scene("49. A typed line that is too long, has bytes that are no UTF-8 or lost some is refused with its number, and the next is run", async (t, board) => {
  t.is(await board.ask(`q=${"1".repeat(470)}`), "Line 1 is longer than 456 bytes: nothing of it was used.");
  t.is(await board.ask("typeof q"), "undefined");
  t.is(await board.ask('q="caf\xe9"'), "Line 3 has bytes that are no UTF-8: nothing of it was used.");
  t.is(await board.ask('q="\xc0bc"'), "Line 4 has lost some of its bytes: nothing of it was used.");
  t.is(await board.ask(`q="${"x".repeat(440)}".length`), "440");
  t.is(await board.ask("q"), "440");
});

scene("49. Forty lines behind a slow one are all run, and the sender was asked to pause and to go on", async (t, board) => {
  board.send(`n=0;for(var e=${TICKS}+1e8;${TICKS}<e;);print("it"+" was slow")\r${"n++\r".repeat(90)}"n is "+n\r`);
  await board.see(/\nn is \d+\r\n> $/);
  t.regex(board.heard, /\nit was slow\r\n> n\+\+\r\n0\r\n[^]*\nn is 90\r\n/);
  t.regex(board.flow, /^\x11(\x13\x11)+$/);
});

scene("49. Lines that a script for ever leaves no room for are lost whole, and it is told how much was lost and in which line", async (t, board) => {
  board.send(`n=0;${UNTIL_LOST}\r${"n+=1;// and more\r".repeat(60)}`);
  await board.see(/\nit was slow\r\n/);
  // From here on the board takes its input, and nothing is lost any more.
  board.send('\r"n is "+n\r');
  await board.see(/\nn is \d+\r\n> $/);
  t.regex(board.heard, /\nit was slow\r\n[^]*\n\d+ bytes of the input were lost: they came faster than they were taken\.\r\n[^]*\nLine \d+ has lost some of its bytes: nothing of it was used\.\r\n/);
  const [lost] = /\d+(?= bytes of the input)/.exec(board.heard)!.map(Number);
  const run = Number(/(?<=\nn is )\d+/.exec(board.heard)![0]);
  // Whole lines were run, and no more are missing than those that the lost bytes were part of.
  t.true(run < 60 && run >= 60 - Math.ceil(lost! / 17) - 1, `${run} lines were run, ${lost} bytes were lost`);
  t.is(board.heard.split(/\n> n\+=1;\/\/ and more\r\n\d+\r/).length - 1, run);
});

scene("49. A load that lacks a line, or a part of one, fails whole; what follows is passed over up to its end", async (t, board) => {
  board.send('.load\rprint("kept");\r.end\r');
  await board.see(/the app is kept[^]*\n> $/);
  board.send(`.load\rprint("one");\r// ${"x".repeat(500)}\rq = 1\r.app erase\r.end\r`);
  await board.see(/\nLine 2 of the app is longer than 456 bytes: nothing of it was used\.\r\nThe load has failed: what follows is passed over, up to \.end, Ctrl-D or Ctrl-C\.\r\n> q = 1\r\n> \.app erase\r\nPassed over: [^]*\nNothing was loaded: what was kept before stays\.\r\n> $/);
  board.send('.load\r// caf\xe9\rq = 1\r\x04');
  await board.see(/\nLine 1 of the app has bytes that are no UTF-8: [^]*\nNothing was loaded[^]*\n> $/);
  board.send(".load\r");
  await board.see(/lines that follow[^]*\n> $/);
  board.send(`// ${"\xc0"}lost\rq = 1\r${CTRL_C}`);
  await board.see(/\nLine 1 of the app has lost some of its bytes: [^]*\nNothing was loaded[^]*\n> $/);
  t.is(await board.ask("typeof q"), "undefined");
  t.is(await board.ask(".app run"), "kept");
});

scene("49. A load that is refused at once takes none of its lines for commands", async (t, board) => {
  board.send(".load zcache\rq = 1\r.app erase\r.end\r");
  await board.see(/and zcache is taken\r\nThe load has failed: [^]*\n> q = 1\r\n> \.app erase\r\nPassed over: [^]*\nNothing was loaded: what was kept before stays\.\r\n> $/);
  t.is(await board.ask("typeof q"), "undefined");
});

scene("49. A load behind a script that takes no input says how much of it was lost, and its lost .end makes no command app text", async (t, board) => {
  board.send(`${UNTIL_LOST}\r.load\r${"var some = 'text of an app';\r".repeat(25)}`);
  await board.see(/\nit was slow\r\n[^]*\nThe load has failed[^]*\n> /);
  board.send("\r.end\r");
  const end = await board.see(/\nNothing was loaded, \d+ bytes of it were lost: what was kept before stays\.\r\n> $/);
  t.true(Number(/\d+(?= bytes of it)/.exec(end)![0]) >= Number(/\d+(?= bytes of the input)/.exec(board.heard)![0]));
  t.is(await board.ask("1+1"), "2");
  t.regex(await board.ask(".app"), /^no app/);
});

// ---- 48: the start-up ----

/** Functions that are called all along the start-up, from the first that runs when there is a UART. */
const STEPS = ["flash_open", "engine_open", "binding_open", "server_open", "engine_push_cold", "core_coreSet", "core_coreOpen", "engine_evaluate", "wire_open",
  "engine_collect", "output_text"];
/** Where it ends, and the moment begins that is left for a Ctrl-C. */
const LAST_STEP = "engine_has_app";

/** Bytes that come, what must come of them behind the banner, and what is typed then. */
const BYTES: { name: string; sent: string; seen: RegExp; typed?: string; then?: RegExp }[] = [
  { name: "Ctrl-C", sent: CTRL_C, seen: /^[^]*\nInterrupted: the app is left out, \.app run runs it\r\n> $/ },
  { name: "text and Ctrl-C", sent: `abc${CTRL_C}${CTRL_C}`, seen: /^[^]*\nInterrupted: the app is left out, \.app run runs it\r\n> $/ },
  { name: "Ctrl-D", sent: CTRL_D, seen: /\napp ran\r\n> \r\nsoft reset\r\n[^]*\napp ran\r\n> $/ },
  { name: "Enter", sent: "\r", seen: /\napp ran\r\n> \r\n> $/ },
  { name: "a line", sent: "20+1\r", seen: /\napp ran\r\n> 20\+1\r\n21\r\n> $/ },
  { name: "half a line", sent: "2+", seen: /\napp ran\r\n> 2\+$/, typed: "20\r", then: /\n22\r\n> $/ },
  // Whoever begins a packet is told, by one, that the board is at work on its start.
  { name: "the start of a packet", sent: "\xc0\x06\x01", seen: /app ran\r\n(\xc0[^\xc1]*\xc1)*> (\xc0[^\xc1]*\xc1)*$/, typed: "\r", then: /\nLine 1 has lost some of its bytes: nothing of it was used\.\r\n> $/ },
  { name: "FF", sent: "\xff", seen: /\napp ran\r\n> $/, typed: "\r", then: /\nLine 1 has bytes that are no UTF-8: nothing of it was used\.\r\n> $/ },
  { name: "zeros and an arrow", sent: "\0\0\x1b[A", seen: /\napp ran\r\n> \x07?$/ },
];

/** Stops for as many steps of the start-up as there are, or `most`. Returns how many there were. */
async function walk(gdb: Debugger, places: Map<number, string>, most = Infinity): Promise<number> {
  for (let steps = 0; ; steps++) if (steps === most || places.get(await gdb.run()) === LAST_STEP) return steps;
}

/** Begins a start-up: of the board, or of engine and store alone. The processor stands when this returns. */
async function beginAgain(board: BoardConsole, gdb: Debugger, places: number[], isSoft: boolean): Promise<void> {
  await gdb.halt();
  await gdb.stopAt(places);
  board.forget();
  board.send(isSoft ? CTRL_D : ".reset\r");
}

scene("48. A byte of any kind at any moment of the start-up does what it does at the prompt; a Ctrl-C leaves the app out, and nothing is taken for a fault", async (t, board) => {
  const gdb = await Debugger.attach(board.socket);
  const places = addressesOf(image, [...STEPS, LAST_STEP]);
  await gdb.go();
  await board.see(/\n> $/);
  board.send('.load\rprint("app "+"ran")\r.end\r');
  await board.see(/is kept in flash[^]*\n> $/);
  const counts: number[] = [];
  for (const isSoft of [false, true]) {
    await beginAgain(board, gdb, [...places.keys()], isSoft);
    counts.push(await walk(gdb, places));
    await gdb.stopAt([]);
    await gdb.go();
    await board.see(/\napp ran\r\n> $/);
  }
  t.true(counts[0]! > 40 && counts[1]! > 40, `${counts} steps`);
  for (let turn = 0; turn < 36; turn++) {
    const { name, sent, seen, typed, then } = BYTES[turn % BYTES.length]!;
    const isSoft = turn % 2 === 1;
    await beginAgain(board, gdb, [...places.keys()], isSoft);
    // Every step is met as the turns go by, the first and the last among them.
    const step = Math.floor(turn / 35 * (counts[isSoft ? 1 : 0]! - 1)) + 1;
    await walk(gdb, places, step);
    board.send(sent);
    await until(async () => (await gdb.word(UART_STATUS) & 1) === 1, `${name} in the UART`);
    await gdb.stopAt([]);
    await gdb.go();
    const heard = await board.see(seen);
    t.notRegex(heard, sent.includes(CTRL_C) ? /app ran/ : /left out/, `${name} at step ${step}`);
    if (typed) board.send(typed);
    if (then) await board.see(then);
    t.is(await board.ask("40+2"), "42", `${name} at step ${step}`);
  }
  gdb.close();
}, true);

scene("48. Three hundred Ctrl-D in one write are three hundred soft resets, and a Ctrl-C at the end is a key", async (t, board) => {
  board.send(CTRL_D.repeat(300));
  await until(() => board.heard.split("soft reset").length === 301 && /\n> $/.test(board.heard), () => board.heard.slice(-200));
  board.forget();
  board.send(`${CTRL_D}${CTRL_C}`);
  await board.see(/\nsoft reset\r\n[^]*\n> \^C\r\n> $/);
  t.is(await board.ask("40+2"), "42");
});

// ---- the border to packets ----

/** What a board answers to a packet, as the host's end takes it. */
async function answerTo(board: BoardConsole, end: WireEnd, bytes: Uint8Array): Promise<{ type: number; payload: Uint8Array }> {
  const from = board.heard.length;
  board.send(bytes);
  await until(() => board.heard.indexOf("\xc1", from) >= 0, "an answer");
  let found: { type: number; payload: Uint8Array } = { type: -1, payload: new Uint8Array(0) };
  end.push(Buffer.from(board.heard.slice(from), "latin1"), { packet: (packet) => { found = packet; }, text: () => undefined, damaged: () => undefined });
  return found;
}

scene("A packet that is sent again after a new Hello is refused; a tool that knows no sessions is answered as before", async (t, board) => {
  const end = new WireEnd();
  const hello = async (sequence: number, version: number): Promise<Uint8Array> => {
    const { payload } = await answerTo(board, end, end.encode(WireType.Hello, sequence, Uint8Array.of(version, 0)));
    return payload;
  };
  const session = (payload: Uint8Array): number => Buffer.from(payload).readInt32LE(16);
  const first = session(await hello(1, 2));
  t.is(session(await hello(1, 2)), first, "a Hello that comes again at once begins nothing new");
  end.begin(first);
  const run = end.encode(WireType.Run, 2, Buffer.from("n = typeof n == 'number' ? n + 1 : 1"));
  t.is((await answerTo(board, end, run)).type, WireType.Run | WireType.Reply);
  t.is((await answerTo(board, end, run)).type, WireType.Run | WireType.Reply);
  const second = session(await hello(3, 2));
  t.not(second, first);
  t.is((await answerTo(board, end, run)).type, WireType.Damaged);
  t.is(await board.ask("n"), "1");
  const old = await hello(4, 1);
  t.deepEqual([...old.slice(4, 6)], [1, 0]);
  t.regex(Buffer.from(old.slice(16)).toString(), /^emcraft-sf2\0\d+\.\d+\.\d+$/);
  end.begin(0);
  t.is((await answerTo(board, end, end.encode(WireType.Run, 5, Buffer.from("n")))).type, WireType.Run | WireType.Reply);
});
