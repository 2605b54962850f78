/**
 * What the API advises when it refuses is done, and the call works: in Node on both builds of the core, and on the emulated board.
 * Every limit of docs/API.md is tried at its edge, with numbers that are none, too.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createContext, runInContext } from "node:vm";
import test from "ava";
import { ApiErr, MESSAGES, sentence } from "../../firmware/api/messages";
import { buildImage } from "../../tools/build/image";
import { buildPackage, packageFolder } from "../../tools/build/package";
import { inRoot } from "../../tools/build/paths";
import { loadBoard } from "../../tools/board-file";
import { Session } from "../../tools/qemu/session";
import { ADVICE, WITHOUT_ADVICE, type Advice } from "./advice";

const BOARD = "emcraft-sf2";
/** Runs a call: "ok", or what it threw. */
const TRY = "function tried(f){try{f();return'ok'}catch(e){return'refused: '+e.message}}";

const LINES = new Map(MESSAGES.trimEnd().split("\n").map((line): [string, string] => [line.slice(0, line.indexOf("|")), line.slice(line.indexOf("|") + 1)]));

/** The table's sentence as a pattern of what is said of anything. */
function patternOf(code: number): RegExp {
  const quoted = LINES.get(String(code))!.replace(/[.*+?${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^refused: ${quoted.replace(/\\\$|[#@~^&]/g, "\\d+").replace("%", ".+")}$`);
}

/** The steps of a row, and what each must answer. */
function stepsOf({ code, before, refused, does, works, after }: Advice): [string, RegExp][] {
  const [ok, no] = [/^ok$/, patternOf(code)];
  const steps: [string | undefined, RegExp][] = [[before, ok], ...refused.map((call): [string, RegExp] => [call, no]), [does, ok], ...(works ?? refused).map((call): [string, RegExp] => [call, ok]), [after, ok]];
  return steps.filter((step): step is [string, RegExp] => step[0] !== undefined);
}

for (const core of ["wasm", "script"] as const) {
  test(`what each sentence advises works in Node [${core}]`, async (t) => {
    await buildPackage();
    const { open } = await import(pathToFileURL(join(packageFolder, "index.mjs")).href) as { open: (options: object) => object };
    const context = createContext({ z: open({ core }), Uint8Array, Uint16Array, ArrayBuffer });
    runInContext(TRY, context);
    for (const row of ADVICE) for (const [call, answer] of stepsOf(row)) t.regex(runInContext(`tried(function(){${call}})`, context) as string, answer, `${row.title}: ${call}`);
  });
}

test.serial("what each sentence advises works on the board", async (t) => {
  const { files } = await buildImage(BOARD);
  const session = await Session.boot({ board: loadBoard(BOARD), image: files.elf });
  try {
    await session.link.run(`${TRY};0`);
    for (const row of ADVICE.filter(({ inNode }) => inNode !== true)) for (const [call, answer] of stepsOf(row)) t.regex((await session.link.run(`tried(function(){${call}})`)).text.trim(), answer, `${row.title}: ${call}`);
  } finally {
    await session.end();
  }
});

test("each sentence that advises something has a row, and no row or exception is left of one that is gone", (t) => {
  const tried = new Set(ADVICE.map(({ code }) => String(code)));
  for (const [code, text] of LINES) if (Number(code) !== ApiErr.Closed) t.is(tried.has(code), !WITHOUT_ADVICE.includes(text), text);
  for (const text of WITHOUT_ADVICE) t.true([...LINES.values()].includes(text), text);
  for (const code of tried) t.true(LINES.has(code), code);
});

test("the longest sentence about the longest name is not cut off on the board", (t) => {
  const most = Number(/#define SENTENCE_MAX (\d+)u/.exec(readFileSync(inRoot("hal", "duktape", "sentences.c"), "utf8"))![1]);
  const limits = { bytes: 16_777_216, pages: 16_384, objects: 2047, durableBytes: 4_194_304, left: 4_194_304, keptBytes: 4_194_304 };
  for (const code of LINES.keys()) t.true(Buffer.byteLength(sentence(Number(code), `device ${"\u20ac".repeat(24)}`, limits)) <= most, code);
});
