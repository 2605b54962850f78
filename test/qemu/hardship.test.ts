/**
 * The board under bad treatment: noise on the line, scripts that never end, eat the heap or recurse without end. What
 * is asked each time is that the board says so, did not reset, and still has the store's data.
 */
import test, { ExecutionContext } from "ava";
import { buildImage } from "../../tools/build/image";
import { Random } from "../helpers/random";
import { BoardConsole } from "./board-console";

const BOARD = "emcraft-sf2";
const CTRL_C = "\x03";
let image = "";

test.before(async () => { image = (await buildImage(BOARD)).files.elf; });

/** A scene on a board of its own, which must not have reset unless it was told to `boots` times. */
function scene(title: string, play: (t: ExecutionContext, board: BoardConsole) => Promise<void>, boots = 1): void {
  test.serial(title, async (t) => {
    const board = new BoardConsole({ board: BOARD, image, log: "hardship.log" });
    try {
      await board.see(/\n> $/);
      await play(t, board);
      t.notRegex(board.heard, /FAULT|PANIC/);
      t.is(board.boots, boots);
    } finally {
      await board.end();
    }
  });
}

/** Fills an area beyond RAM with what checkArea() looks for. */
async function fillArea(board: BoardConsole): Promise<void> {
  await board.ask('var a = z.area("kept", 100000), b = new Uint8Array(1024), i');
  await board.ask("for (i = 0; i < 97; i++) { b[0] = i; b[500] = 255 - i; a.write(i * 1024, b) }");
}

async function checkArea(t: ExecutionContext, board: BoardConsole): Promise<void> {
  t.is(await board.ask("var w = 0; for (i = 0; i < 97; i++) { a.read(i * 1024, b); if (b[0] != i || b[500] != 255 - i) w++ } w"), "0");
}

scene("38. The console survives 1 MB of random bytes, over-long lines, binary, half commands; the store's data is unharmed", async (t, board) => {
  const random = new Random(38);
  await fillArea(board);
  for (let sent = 0; sent < 1_000_000;) {
    const bytes = Uint8Array.from({ length: 1 + random.below(1500) }, () => random.below(256));
    // A Ctrl-D on an empty line would be obeyed, and rightly.
    for (let i = 0; i < bytes.length; i++) if (bytes[i] === 4) bytes[i] = 0xc0;
    const piece = random.below(4) > 0 ? bytes : Buffer.from(["x".repeat(1200), ".sta", '"abc\r', "\xc0\x05\x01\x02", "\x1b[\x1b[A\r"][random.below(5)]!, "latin1");
    board.send(piece);
    sent += piece.length;
  }
  board.send(`${CTRL_C}\r\r"li" + "ves"\r`);
  await board.see(/\nlives\r\n> $/);
  await checkArea(t, board);
});

scene("39. An app that throws, loops for ever or eats the heap is stopped with a clear message; store and console live on", async (t, board) => {
  await fillArea(board);
  t.is(await board.ask('throw new Error("mine")'), "Error: mine");
  board.send('print("be" + "gun"); while (1) { try { while (1); } catch (e) {} }\r');
  await board.see(/\nbegun\r/);
  board.send(CTRL_C);
  await board.see(/\nInterrupted\r\n> $/);
  t.regex(await board.ask('var s = "x"; while (1) s += s'), /^Error: out of memory: the engine's heap of \d+ bytes is full: let go/);
  t.is(await board.ask("s = 0"), "0");
  t.regex(await board.ask("var l = []; while (1) l = [l]"), /^Error: out of memory/);
  t.is(await board.ask("l = 0"), "0");
  t.regex(await board.ask(".mem"), /frames {14}/);
  await checkArea(t, board);
});

/** What runs for hours or for ever, each in its own way: inside one function of the engine's, in a getter, past a catch, in the store. */
const ENDLESS = [
  ...["reverse", "shift", "map", "filter", "some", "every", "forEach", "reduceRight"].map((name) => `[].${name}.call({ length: 4294967295 }, isNaN)`),
  "[].reduce.call({ length: 4294967295 }, isNaN, 0)",
  ...["indexOf", "lastIndexOf", "sort", "splice", "slice"].map((name) => `[].${name}.call({ length: 2147483647 }, 1)`),
  "[].unshift.call({ length: 2147483646 }, 1)",
  "new Array(1e9).concat([1])", "new Array(1e9).some(isNaN)", "h = []; h[4e9] = 1; h.reverse()",
  "h = { get a() { return [].reverse.call({ length: 4294967295 }) } }; h.a",
  "JSON.stringify({ toJSON: function () { [].reverse.call({ length: 4294967295 }) } })",
  "[2, 1].sort(function () { for (;;); })",
  "for (;;) { try { [].reverse.call({ length: 4294967295 }) } catch (e) {} }",
  "for (;;) { try { throw 1 } catch (e) {} }", "for (;;) eval(\"1\")", "for (;;) JSON.stringify(new Array(300))",
  'for (h = "ab"; h.length < 1000;) h += h; i = h + "c"; for (;;) (h + h).indexOf(i)',
  'for (h = z.area("filled", 20000);;) h.fill(7)', "for (;;) z.sync()", 'for (h = z.log("lines", 9000);;) h.append("line")',
  'for (h = z.map("few", 8192), i = 0; i < 40; i++) h.set("k" + i, i); for (;;) h.keys()',
];

scene("48. Whatever runs is stopped by one Ctrl-C, loops inside the engine's own functions too, and the store lives on", async (t, board) => {
  await fillArea(board);
  for (const line of ENDLESS) {
    board.send(`print("be" + "gun"); ${line}\r`);
    await board.see(/\nbegun\r/);
    board.send(CTRL_C);
    t.regex(await board.see(/\n[^\n]*\r\n> $/), /^\nInterrupted/, line);
  }
  await board.ask("h = i = 0");
  await checkArea(t, board);
});

scene("48. The text of an error that was thrown is stopped as well, by z.watchdog and by Ctrl-C, and neither is told as another fault", async (t, board) => {
  const endless = ["{toString:function(){while(1);}}", "Object.defineProperty(new Error, 'message', {get:function(){while(1);}})"];
  await board.ask("z.watchdog = 300; 0");
  for (const thrown of endless) {
    await board.ask(`setTimeout(function(){ throw ${thrown}; }, 0); 0`);
    await board.see(/Error: stopped, it took longer than z\.watchdog allows\r\n/);
    board.send("\r");
    await board.see(/\n> $/);
    t.is(await board.ask("40+2"), "42", thrown);
  }
  await board.ask("z.watchdog = 0; 0");
  for (const thrown of endless) {
    board.send(`print('begun'); throw ${thrown}\r`);
    await board.see(/\nbegun\r\n/);
    board.send("\x03");
    await board.see(/Interrupted\r\n> $/);
    t.is(await board.ask("40+2"), "42", thrown);
  }
});

scene("what claims to be longer than the heap is refused at once by the engine's own functions", async (t, board) => {
  const claims = ['[].join.call({ length: 4294967295 }, "")', "new Array(4294967295).toString()", "[].toLocaleString.call({ length: 4294967295 })",
    "JSON.stringify(new Array(1e9))", "new Uint8Array(new Array(1e9))", "new Uint8Array(9).set(new Array(1e9))", "Math.max.apply(0, new Array(1e9))",
    "String.fromCharCode.apply(0, { length: 1e9 })", "Function.apply(0, new Array(1e9))", "[].push.apply([], { length: 4294967295 })"];
  for (const line of claims) t.regex(await board.ask(line), /^(RangeError: |Error: out of memory)/, line);
  t.is(await board.ask("Object.keys(new Array(1e9)).length"), "0");
  t.is(await board.ask("h = []; h[4e9] = 1; h.length = 0; h.length"), "0");
});

scene("z.watchdog stops a callback inside a function of the engine's, and with it all timers", async (t, board) => {
  board.send("z.watchdog = 200; setInterval(function () { [].reverse.call({ length: 4294967295 }) }, 1); 0\r");
  await board.see(/Error: stopped, it took longer than z\.watchdog allows\r\ntimers stopped\r\n/);
  t.is(await board.ask("6 * 7"), "42");
});

scene("recursion without end, in the script, in the engine or in the parser, is an error and no fault", async (t, board) => {
  const deep = ["f = function () { return [1].map(f) }; f()", 'o = { toString: function () { return "" + o } }; "" + o', 'g = function () { return eval("g()") }; g()',
    "k = function (n) { return JSON.stringify({ toJSON: function () { return k(n + 1.5) } }) }; k(1)", 'r = function () { return "a".replace("a", r) }; r()',
    "h = function (n) { return h(n + 0.5) + 1 }; h(1)", `${"(".repeat(200)}1.5${")".repeat(200)}`, `JSON.parse("${"[".repeat(300)}")`];
  for (const line of deep) {
    t.regex(await board.ask(line), /^(RangeError: C stack depth limit|Error: out of memory|SyntaxError|RangeError: )/, line);
    await board.ask("f = o = g = k = r = h = 0");
  }
  t.is(await board.ask("1 + 1"), "2");
});

scene("Ctrl-C gets through although far more was typed ahead than the board can hold", async (_t, board) => {
  board.send(`print("be" + "gun"); while (1);\r${"typed ahead\r".repeat(400)}`);
  await board.see(/\nbegun\r/);
  board.send(CTRL_C);
  await board.see(/\nInterrupted\r\n/);
  board.send("6 * 7\r");
  await board.see(/\n42\r\n> $/);
});

scene("Ctrl-D starts engine and store anew, .reset the whole board", async (t, board) => {
  await board.ask("var x = 5");
  board.send("\x04");
  await board.see(/soft reset\r\n[^]*\n> $/);
  t.regex(await board.ask("x"), /^ReferenceError/);
  board.send(".reset\r");
  await board.see(/zcache-mcu [^]*\n> $/);
  t.is(await board.ask("1"), "1");
}, 3);
