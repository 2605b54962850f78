/**
 * Text on the emulated board: one script prints the same there and in Node, for characters of all planes and for everything that is
 * none. It goes both ways that there are: into a tool's answer, and from a timer straight to the line. And what is
 * typed or loaded as something else than UTF-8 is refused with its line, never kept.
 */
import test from "ava";
import { loadSource, runToEnd } from "../../tools/app/load";
import { runInNode } from "../../tools/app/node";
import { loadBoard } from "../../tools/board-file";
import { buildImage } from "../../tools/build/image";
import { Session } from "../../tools/qemu/session";
import { PATIENCE_MS, untilHeard } from "../helpers/patience";

const BOARD = "emcraft-sf2";

/** Prints units and pairs as they are, as JSON and as a key, first at once and then from timers. Its own text has a character of each length. */
const SCRIPT = `var own = "\u00e9\u20ac\u{1f600}", round = 0;
var edges = [0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xe000, 0xfeff, 0xfffd, 0xfffe, 0xffff, 0x2028, 0x2029];
function show(text) { var o = {}; o[text] = text; print(text, text.length, JSON.stringify(text), JSON.stringify(o), JSON.parse(JSON.stringify(text)) === text); }
function unit(code) { return String.fromCharCode(code); }
function pair(code) { code -= 0x10000; return unit(0xd800 + (code >> 10)) + unit(0xdc00 + (code & 1023)); }
function low(from) { var text = ""; for (var i = 0; i < 32; i++) text += unit(from + i); show(text); }
function step() {
  if (round < 8) low(32 * round);
  else if (round < 24) show("a" + unit(edges[round - 8]) + "b");
  else if (round < 40) { var plane = (round - 23) * 0x10000; show(pair(plane) + "|" + pair(plane + 0x8ba7) + "|" + pair(plane + 0xffff)); }
  else if (round < 72) { var code = (round - 40) * 2048 + 77; show(unit(code) + unit(code + 901)); }
  else if (round < 77) show(["\\ud83d\\ude00", "\\ude00\\ud83d", "\\ud83d\\ud83d\\ude00", "\\ud83d\\ude00\\ude00", "x\\ud83d"][round - 72]);
  else if (round === 77) { show(own + own.length); print("\\ud83d", "\\ude00", "\\r\\n", "tab\\t", "end\\r"); }
  else throw new Error("\\u0000 \\ud800 \\u00fc \\ud83d\\ude00");
  round++;
  if (round > 9) setTimeout(step, 1);
}
while (round < 10) step();
`;

test.serial("a script prints the same on the board and in Node, for every kind of character", async (t) => {
  const { files } = await buildImage(BOARD);
  const session = await Session.boot({ board: loadBoard(BOARD), image: files.elf });
  try {
    const source = { name: "", path: "text.js", text: SCRIPT };
    await loadSource(session.link, source);
    const [board, node] = [await runToEnd(session.link, PATIENCE_MS), await runInNode([source], [])];
    t.true(node.text.includes("\ud83d\ude00") && node.text.includes("\ufffd") && node.text.includes("\u0000"));
    t.deepEqual(board.text.split("\n"), node.text.split("\n"));
  } finally {
    await session.end();
  }
});

test.serial("a line that is no UTF-8 is refused, typed or loaded, and nothing of it is kept", async (t) => {
  const { files } = await buildImage(BOARD);
  const session = await Session.boot({ board: loadBoard(BOARD), image: files.elf });
  const latin = (text: string): string => Buffer.from(text, "latin1") as unknown as string;
  const run = async (line: string): Promise<string> => (await session.link.run(line)).text.replace(/\r/g, "");
  try {
    for (const bytes of ["s='gr\xf6\xdfe'", "'\xc0\xaf'", "'\xed\xa0\x80'", "'\xf4\x90\x80\x80'", "\xe2\x82", "1\x80", ".app \xff"]) t.is(await run(latin(bytes)), "Error: not UTF-8: save the file, or set the terminal, as UTF-8.\n", bytes);
    t.is(await run("typeof s"), "undefined\n");
    t.is(await run("\ufeff'\u00e9\u20ac\u{1f600}'.length"), "4\n");
    t.regex(await run("\ufeff.app"), /^no app in flash/);
    await run(".load");
    await run("print('first');");
    t.is(await run(latin("print('gr\xf6\xdfe');")), "Error: not UTF-8: save the file, or set the terminal, as UTF-8.\nNothing was loaded: what was kept before stays.\n");
    t.regex(await run(".app"), /^no app in flash/);
    for (const bytes of ["'gr\xf6\xdfe';", "'\xed\xa0\x80';"]) {
      const before = session.link.textSoFar.length;
      session.link.type(latin(`.load\r'a';\r\r${bytes}\r'b';\r.end\r`) as unknown as Uint8Array);
      await untilHeard(() => session.link.textSoFar, before, /UTF-8[^]*stays\.\s+> $/);
      t.regex(await run(".app"), /^no app in flash/);
    }
  } finally {
    await session.end();
  }
});
