/** The conformance script on every engine that the registries bring, and what the runner says of programs that are none. */
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { buildConformance } from "../../tools/build/engine-script";
import { lateVariables } from "../../tools/build/declare-first";
import { TAKEN_WORDS } from "../../tools/build/shrink";
import { inRoot } from "../../tools/build/paths";
import { findProgram } from "../../tools/programs";
import { zcache } from "../tools/run-cli";
import { dialectFaults } from "./dialect";

/** Fewer would mean that a part of the suite did not run. */
const CHECKS_AT_LEAST = 680;

async function passes(t: ExecutionContext, path: string, kind: string, asked: string[] = []): Promise<void> {
  const { code, stdout, stderr } = await zcache(["engine", path, "--json", ...asked]);
  t.is(code, 0, stderr);
  const answer = JSON.parse(stdout) as { kind: string; passed: number; failed: number };
  t.is(answer.kind, kind);
  t.is(answer.failed, 0);
  t.true(answer.passed >= CHECKS_AT_LEAST, `${answer.passed} checks`);
}

/** An executable script that stands in for an engine. */
function program(name: string, body: string): string {
  const path = join(mkdtempSync(join(tmpdir(), "zcache-engine-")), name);
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

test.before(async () => { await buildConformance(); });

test("Duktape's shell passes the conformance script", async (t) => {
  const duk = findProgram("duk");
  t.truthy(duk, "duk is installed by the test's set-up");
  await passes(t, duk!, "duk");
});

test("QuickJS passes the conformance script", async (t) => passes(t, inRoot("test", "engines", "shells", "qjs.mjs"), "qjs"));
test("Node passes the conformance script", async (t) => passes(t, process.execPath, "node"));

test("an engine whose name says nothing is asked what it is", async (t) => {
  await passes(t, program("shell", `exec "${findProgram("duk")}" "$@"`), "duk");
});

test("an engine that differs in one bit of the store fails, by name, with exit code 5", async (t) => {
  const wrong = program("duk-wrong", `sed 's/zcacheExpected = \\[\\(-*[0-9]*\\)/zcacheExpected = [1/' "$1" > "$0.js"; exec "${findProgram("duk")}" "$0.js"`);
  const { code, stdout } = await zcache(["engine", wrong]);
  t.is(code, 5);
  t.regex(stdout, /failed: state, after codecs: got -?\d+, expected 1\n/);
  t.regex(stdout, /duk: \d+ checks passed, 1 failed/);
});

test("what is no engine is told in one sentence, each with its exit code", async (t) => {
  const cases: [string[], number, RegExp][] = [
    [["/no/such/duk"], 4, /^zcache: there is no file \/no\/such\/duk: give the path of an engine's binary/],
    [[inRoot("test")], 2, /is a folder: give the path/],
    [[inRoot("README.md")], 4, /may not be run: chmod \+x it/],
    [[process.execPath, "--kind", "v8"], 2, /the kind v8 is not known: the kinds are jerry, espruino, mqjs, duk, qjs, node/],
    [[process.execPath, "--timeout", "soon"], 2, /--timeout is a number of seconds/],
    [[program("thing", "echo hello")], 1, /did not run a script of three lines/],
    [[program("jerry", "echo out of memory; exit 1")], 1, /ended with code 1 before the last check/],
    [[program("mqjs", "kill -9 $$")], 1, /was ended by a signal before the last check/],
    [[program("espruino", "exec sleep 20"), "--timeout", "1"], 124, /was not done after 1 s: give it longer with --timeout/],
    [["--kind", "duk"], 2, /missing required argument 'path'/],
  ];
  for (const [args, exit, sentence] of cases) {
    const { code, stderr } = await zcache(["engine", ...args]);
    t.is(code, exit, `${args.join(" ")}: ${stderr}`);
    t.regex(stderr, sentence);
  }
});

test("the conformance script keeps to the dialect that every engine has", async (t) => {
  const script = readFileSync(await buildConformance(), "utf8");
  t.deepEqual(dialectFaults(script, ["zcacheExpected", "zcacheDigests", "print", "console"]), []);
  t.deepEqual(lateVariables(script), []);
});

test("what the dialect forbids is found", (t) => {
  const wrong: [string, RegExp][] = [
    ["a: for (;;) break a;", /label/], ["let x = 1;", /syntax of after ES5/], ["var f = () => 1;", /syntax of after ES5/], ["var a = [1, , 2];", /hole/],
    ["new Map();", /global Map/], ["var of = 1;", /word of Espruino's parser/], ["switch (1) { default: break; case 1: break; }", /default/],
    ["function f() { try { g(); } catch (e) { } try { g(); } catch (e) { } } function g() { }", /catch name e/],
    ["var a = []; a.length = 0;", /length/], ["var a = new Uint8Array(4); a.fill(0);", /fill/], ["Math.imul(1, 2);", /Math.imul/],
    ["function f() { return arguments.length; }", /arguments/], ["class A {}", /syntax of after ES5/], ["var s = `x`;", /syntax of after ES5/],
    ["var s = 'abc'.substr(1);", /substr/], ["for (var x of []) { }", /syntax of after ES5/], ["var r = /x/;", /regular expression/],
  ];
  for (const [script, fault] of wrong) t.regex(dialectFaults(script, []).join("; "), fault, script);
  t.deepEqual(dialectFaults("var a = { of: 1 }; a.of = Math.floor(2.5);", []), []);
  t.deepEqual(lateVariables("function f(a) { if (a) { var b = 1; } b = 2; }").length, 1);
  t.deepEqual(lateVariables("function f(a) { for (var b = a; b > 0; b--); return b; }"), []);
  t.true(TAKEN_WORDS.includes("of"));
});
