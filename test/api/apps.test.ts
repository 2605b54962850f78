/** The example apps in Node: the very files that boards run. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { firstDifference } from "../../tools/app/expect";
import { runInNode } from "../../tools/app/node";
import { checkSyntax } from "../../tools/app/source";
import { withoutSpaces } from "../../tools/app/strip";
import { inBuild, rootFolder } from "../../tools/build/paths";
import { packText, unpackText } from "../../tools/build/pack-text";
import { EXAMPLES } from "../helpers/apps";
import { PATIENCE_MS } from "../helpers/patience";
import { Random } from "../helpers/random";

for (const { name, path, text, expected, feeds } of EXAMPLES) {
  for (const core of ["wasm", "script"] as const) {
    if (core === "script" && name === "logger") continue;
    test(`${name} prints in Node what it prints on boards [${core}]`, async (t) => {
      const ended = await runInNode([{ name: "", path, text }], feeds, { core });
      t.is(ended.status, 0, ended.text);
      t.deepEqual(firstDifference(expected, ended.text), undefined);
    });
  }
}

test("modules are run once, when they are first required, and one that throws is told", async (t) => {
  const app = { name: "", path: "a.js", text: "print(require('m').next(), require('m').next()); try { require('q'); } catch (e) { print(e.message); } setTimeout(function () { require('bad'); }, 1);" };
  const modules = [{ name: "m", path: "m.js", text: "var n = 0; print('once'); exports.next = function () { return ++n; };" }, { name: "bad", path: "bad.js", text: "throw new Error('no');" }];
  t.deepEqual(await runInNode([app, ...modules], []), { status: 1, text: "once\n1 2\nthere is no module q: give --module q=FILE\nError: no (line 1 of bad)\n" });
});

test("an app in Node is told by its line, stopped by z.watchdog, and has a board's timers", async (t) => {
  const run = (text: string): Promise<unknown> => runInNode([{ name: "", path: "a.js", text }], []);
  t.deepEqual(await run("var z = require('zcache');\n\nfunction f() {\n  z.area('a', 10).at(10);\n}\nf();"),
    { status: 1, text: "Error: area a: offsets are whole numbers, and a range lies between 0 and its length. (line 4)\n" });
  t.deepEqual(await run("require('zcache').watchdog = 50;\nsetTimeout(function () { for (;;); }, 1);"), { status: 1, text: "Error: stopped, it took longer than z.watchdog allows\n" });
  t.deepEqual(await run("try { setTimeout(5, 5); } catch (e) { print(e.message); }\nvar i = setInterval(function () { print(i); clearInterval(i); }, 1);"),
    { status: 0, text: "a timer takes a function and milliseconds\n1\n" });
  t.deepEqual(await run("try { for (;;) setTimeout(print, 5); } catch (e) { print(e.message); }\nfor (var i = 1; i < 17; i++) clearTimeout(i);"), { status: 0, text: "16 timers are set: clear one first\n" });
  t.deepEqual(await run("try { z.area('', 1); } catch (e) { print(e instanceof Error, z.log('l').tail() instanceof Array); }"), { status: 0, text: "true true\n" });
});

/** Runs an app in Node and strikes Ctrl-C once. */
async function interruptedAfter(ms: number, path: string): Promise<{ code: number | null; said: string }> {
  const child = spawn(process.execPath, [inBuild("zcache.mjs"), "app", path], { cwd: rootFolder, stdio: ["ignore", "ignore", "pipe"] });
  const strike = setTimeout(() => child.kill("SIGINT"), ms);
  let said = "";
  child.stderr.on("data", (bytes) => { said += String(bytes); });
  const code = await new Promise<number | null>((resolve) => { child.on("close", resolve); });
  clearTimeout(strike);
  return { code, said };
}

test("an app that never ends in Node is stopped by Ctrl-C, with exit code 130", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "zcache-loop-"));
  try {
    writeFileSync(join(folder, "loop.js"), "print(1);\nfor (;;);\n");
    // A loop shows nothing from outside: a stroke that came before it, which says nothing of the app, is tried again later.
    let run = { code: null as number | null, said: "" };
    for (let ms = 500; run.said === "" && ms < PATIENCE_MS; ms *= 2) run = await interruptedAfter(ms, join(folder, "loop.js"));
    t.is(run.code, 130);
    t.regex(run.said, /^zcache: .*loop\.js was interrupted\n$/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("what an app in Node prints is there as it is printed, and Ctrl-C keeps it", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "zcache-stream-"));
  try {
    writeFileSync(join(folder, "ticks.js"), "print('first');\nvar n = 0;\nsetInterval(function () { print('tick', ++n); }, 1);\n");
    writeFileSync(join(folder, "loop.js"), "print('first');\nprint('tick', 1);\nfor (;;);\n");
    for (const name of ["ticks.js", "loop.js"]) {
      const child = spawn(process.execPath, [inBuild("zcache.mjs"), "app", join(folder, name)], { cwd: rootFolder, stdio: ["ignore", "pipe", "pipe"] });
      let heard = "";
      // Neither app ever ends, so whatever is heard came before its end.
      child.stdout.on("data", (bytes) => {
        heard += String(bytes);
        // Again and again: Node forgets a Ctrl-C that comes while it ends a callback.
        if (/tick 1\n/.test(heard)) child.kill("SIGINT");
      });
      const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => { child.on("close", (...ended) => { resolve(ended); }); });
      t.true(code === 130 || signal === "SIGINT", `${name}: ${code} ${signal}`);
      t.regex(heard, /^first\ntick 1\n/);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("an app whose reader is gone is ended, also when it prints without a pause", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "zcache-reader-"));
  try {
    writeFileSync(join(folder, "endless.js"), "var more = new Array(10000).join('more');\nfor (;;) print(more);\n");
    const child = spawn(process.execPath, [inBuild("zcache.mjs"), "app", join(folder, "endless.js")], { cwd: rootFolder, stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.once("data", () => child.stdout.destroy());
    t.is(await new Promise<number | null>((resolve) => { child.on("close", resolve); }), 1);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("an app goes to a board without comments and spaces, on the lines it had", async (t) => {
  const text = "// first\nvar a = 1 + +2, s = 'it\\'s // no comment',  t = \"/* nor this */\"; /* but\n  this */ var b\n  = a - -a; // end\n\nreturn_ = typeof   s;\nprint( a / 2 / 1, '\u00fc' )\n\n";
  t.is(await withoutSpaces(text), "\nvar a=1+ +2,s='it\\'s // no comment',t=\"/* nor this */\";\nvar b\n=a- -a;\n\nreturn_=typeof s;\nprint(a/2/1,'\\u00fc')");
  for (const { text: example } of EXAMPLES) {
    const short = await withoutSpaces(example);
    t.true(short.length < 0.72 * example.length);
    t.is(short.split("\n").length, example.trimEnd().split("\n").length);
  }
  t.is(await withoutSpaces("var r = /[\"]/ ; var q = \"a  b\""), "var r = /[\"]/ ; var q = \"a  b\"", "what the engine has not is left to it");
});

test("a syntax error, and what ES5 has not, is told with line and column before a board is asked", async (t) => {
  const check = (text: string): Promise<void> => checkSyntax({ name: "", path: "app.js", text });
  await t.notThrowsAsync(check("var a = 1;\nprint(a);"));
  await t.throwsAsync(check("var a = 1;\n  var b = ;"), { message: /^app\.js:2:11: / });
  await t.throwsAsync(check("var a;\nlet b = 1;"), { message: /^app\.js:2:1: / });
  await t.throwsAsync(check(`var a;\n// ${"x".repeat(1040)}`), { message: /^app\.js:2: the line is longer/ });
});

test("the first line that differs is told", (t) => {
  t.is(firstDifference("a  \nb\n\n", "a\r\nb"), undefined);
  t.deepEqual(firstDifference("a\nb", "a\nc"), ["line 2", "expected: b", "printed:  c"]);
  t.deepEqual(firstDifference("a", "a\nb"), ["line 2", "expected: (the end)", "printed:  b"]);
  t.deepEqual(firstDifference("a\nb", "a"), ["line 2", "expected: b", "printed:  (the end)"]);
});

test("a packed text unpacks to itself, whatever it repeats", (t) => {
  const random = new Random(0x9ac4);
  for (let round = 0; round < 200; round++) {
    const letters = 1 + random.below(20);
    const make = (count: number): string => Array.from({ length: count }, () => String.fromCharCode(97 + random.below(letters))).join("");
    const shared = make(random.below(300));
    const text = (make(random.below(40)) + shared.slice(random.below(50))).repeat(1 + random.below(4));
    const packed = packText(text, shared);
    t.is(unpackText(packed, text.length, shared), text);
    t.true(packed.length <= text.length);
  }
});
