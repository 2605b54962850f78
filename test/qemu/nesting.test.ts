/**
 * How deep what people write may nest on the board with the least stack: what docs/API.md calls sure compiles and runs, and what is far
 * beyond is refused by a sentence with its line. Short fractions, which the compiler meets at any depth, are read exactly.
 */
import test, { type ExecutionContext } from "ava";
import { loadSource, runToEnd } from "../../tools/app/load";
import { loadBoard } from "../../tools/board-file";
import { buildImage } from "../../tools/build/image";
import type { Failure } from "../../tools/failure";
import { Session } from "../../tools/qemu/session";
import { PATIENCE_MS } from "../helpers/patience";

const BOARD = "emcraft-sf2";

/** What nests, around what is innermost, and how deep it is sure to. */
const KINDS: { name: string; before?: string; open: string; inner: string; close: string; sure: number }[] = [
  { name: "callbacks", before: "function on(e, f) { f() }", open: 'on("event", function () {\n', inner: "var o = {a: [1, 2, {b: 3}]}; if (o) { print(o.a.length) }", close: "\n});", sure: 6 },
  { name: "functions", open: "var f = function () {\n", inner: "return 1.25;", close: "\n};", sure: 7 },
  { name: "blocks", open: "if (z) {\n", inner: "print(3);", close: "\n}", sure: 15 },
  { name: "loops", open: "for (var i = 0; i < 1; i++) {\n", inner: "print(3);", close: "\n}", sure: 15 },
  { name: "objects", before: "var x =", open: "{a: ", inner: "1.5", close: "}", sure: 15 },
  { name: "arrays", before: "var x =", open: "[", inner: "1.5", close: "]", sure: 15 },
  { name: "parentheses", before: "var x =", open: "(", inner: "z", close: ")", sure: 30 },
];

/** The text of one kind, so deep. */
function textOf({ before = "", open, inner, close }: (typeof KINDS)[number], depth: number): string {
  return `var z = require("zcache");\n${before}\n${open.repeat(depth)}${inner}${close.repeat(depth)}\nprint("ok");\n`;
}

async function onBoard(t: ExecutionContext, play: (session: Session) => Promise<void>): Promise<void> {
  const { files } = await buildImage(BOARD);
  const session = await Session.boot({ board: loadBoard(BOARD), image: files.elf });
  try {
    await play(session);
    t.notRegex(session.link.textSoFar, /FAULT|PANIC/);
  } finally {
    await session.end();
  }
}

test.serial("what the limits call sure compiles and runs on the board with the least stack", (t) => onBoard(t, async (session) => {
  for (const kind of KINDS) {
    await loadSource(session.link, { name: "", path: "app.js", text: textOf(kind, kind.sure) });
    const { status, text } = await runToEnd(session.link, PATIENCE_MS);
    t.is(status, 0, `${kind.name}: ${text}`);
    t.regex(text, /ok\n$/, kind.name);
  }
}));

test.serial("what nests far deeper is refused with its line and an advice, and the board goes on", (t) => onBoard(t, async (session) => {
  for (const kind of KINDS) {
    const text = textOf(kind, kind.name === "functions" ? kind.sure * 3 : kind.sure * 2);
    const error = await t.throwsAsync<Failure>(() => loadSource(session.link, { name: "", path: "app.js", text }), undefined, kind.name);
    t.regex(error?.details.join("\n") ?? "", /line \d+, column \d+: (RangeError: functions or brackets nest too deeply here: give an inner one a name|Error: out of memory)/, kind.name);
  }
  await loadSource(session.link, { name: "", path: "app.js", text: textOf(KINDS[0]!, 2) });
  t.is((await runToEnd(session.link, PATIENCE_MS)).text, "3\nok\n");
}));

const FRACTIONS = ["0.1", "0.3", "1.005", "5.5", "10.0", "0.000001", "3.141592653589793", "9007199254740.991", "900719925474.0989", "123456789.123456789", "0.1234567890123456789", "4.35", "2.675"];

test.serial("fractions that the board reads without big numbers are the same numbers, to the last bit", (t) => onBoard(t, async (session) => {
  for (const text of FRACTIONS) t.is((await session.link.run(`print(${text}, Number("${text}"), JSON.parse("${text}"))`)).text, `${Number(text)} ${Number(text)} ${Number(text)}\n`, text);
  const compare = 'var w=0,i,k,s;for(i=0;i<400;i++){s=String(1e9+Math.floor(Math.random()*8e9));k=1+i%9;if(Number(s.slice(0,10-k)+"."+s.slice(10-k))!==Number(s+"e-"+k)||Number("0."+s)!==Number(s+"e-10"))w++}w';
  t.is((await session.link.run(compare)).text, "0\n");
  t.is((await session.link.run('print(parseInt("1.5"), parseFloat("1.5x"), Number("01.5"), Number("1.5."), Number("-1.5"))')).text, "1 1.5 1.5 NaN -1.5\n");
}));
