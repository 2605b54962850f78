/** The example apps in Node: the very files that boards run. */
import test from "ava";
import { firstDifference } from "../../tools/app/expect";
import { runInNode } from "../../tools/app/node";
import { checkSyntax } from "../../tools/app/source";
import { packText, unpackText } from "../../tools/build/pack-text";
import { EXAMPLES } from "../helpers/apps";
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
  t.deepEqual(await runInNode([app, ...modules], []), { status: 1, text: "once\n1 2\nthere is no module q\nError: no\n" });
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
