/** Text of people's files: source that is not UTF-8 is refused with its line, wherever the host reads any, and names are read as they were given. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import test from "ava";
import { readApp } from "../../tools/app/source";
import { asPrinted, decodeSource, sourceLines, textOfUnits } from "../../tools/app/text";
import { runScript } from "../../tools/console/script";
import type { Link } from "../../tools/link/link";
import { buildPackage, packageFolder } from "../../tools/build/package";
import { bytesOf } from "../../firmware/api/core";
import { zcache } from "./run-cli";

const folder = mkdtempSync(join(tmpdir(), "zcache-text-"));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, bytes: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

const LATIN1 = Buffer.from("var z = require(\"zcache\");\nvar s = \"gr\xf6\xdfe\"; print(s, s.charCodeAt(2));\n", "latin1");

/** Bytes that are no UTF-8, behind two sound lines. */
const UNSOUND: [string, number[]][] = [
  ["Latin-1", [0x67, 0xf6, 0x62]], ["a byte that follows nothing", [0x80]], ["a character cut off", [0xe2, 0x82]], ["a long form", [0xc0, 0xaf]], ["a long form of three bytes", [0xe0, 0x80, 0xaf]],
  ["half of a pair", [0xed, 0xa0, 0x80]], ["a pair as halves", [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]], ["above U+10FFFF", [0xf4, 0x90, 0x80, 0x80]], ["five bytes", [0xf8, 0x88, 0x80, 0x80, 0x80]], ["FF", [0xff]],
];
for (const [title, bytes] of UNSOUND) {
  test(`source with ${title} is refused with its line`, async (t) => {
    const whole = Buffer.concat([Buffer.from("// \u00e9\r\n// \u{1f600}\n'"), Buffer.from(bytes), Buffer.from("';\nlast\n")]);
    t.throws(() => decodeSource("app.js", whole), { message: "app.js:3: this is not UTF-8: save the file as UTF-8" });
    const ran: string[] = [];
    const link = { type: () => undefined, run: (line: string) => { ran.push(line); return Promise.resolve({ status: 0, text: "" }); } };
    await t.throwsAsync(runScript(link as unknown as Link, Readable.from([whole.subarray(0, 2), whole.subarray(2, 9), whole.subarray(9)]), () => undefined), { message: /^standard input:3: this is not UTF-8/ });
    t.deepEqual(ran, ["// \u00e9", "// \u{1f600}"]);
  });
}

test("a byte order mark is dropped, and only at the beginning", async (t) => {
  t.is(decodeSource("a.js", Buffer.from("\ufeffvar a = '\ufeff';")), "var a = '\ufeff';");
  const lines: string[] = [];
  for await (const line of sourceLines("a", Readable.from([Buffer.from("\ufeff.app\r\n\ufeffb\n\nlast")]))) lines.push(line);
  t.deepEqual(lines, [".app", "\ufeffb", "", "last"]);
  t.throws(() => decodeSource("a.js", Buffer.from("\ufeffvar", "utf16le")), { message: /^a\.js:1: this is UTF-16 and not UTF-8/ });
});

test("an app, a module and what is expected are refused when they are no UTF-8", async (t) => {
  const [latin, sound] = [file("latin.js", LATIN1), file("sound.js", "\ufeffprint('bom');\n")];
  await t.throwsAsync(readApp(latin, []), { message: /latin\.js:2: this is not UTF-8/ });
  await t.throwsAsync(readApp(sound, [`m=${latin}`]), { message: /latin\.js:2: this is not UTF-8/ });
  t.is((await readApp(sound, []))[0].text, "print('bom');\n");
  const refused = await zcache(["app", latin]);
  t.deepEqual([refused.code, refused.stdout], [1, ""]);
  t.regex(refused.stderr, /^zcache: .*latin\.js:2: this is not UTF-8: save the file as UTF-8\n$/);
  t.regex((await zcache(["app", sound, "--expect", latin])).stderr, /latin\.js:2: this is not UTF-8/);
  t.is((await zcache(["app", sound])).stdout, "bom\n");
});

test("names as the store keeps them are read back, whatever they hold, and other bytes do no harm", (t) => {
  for (const name of ["state", "gr\u00f6\u00dfe", "\u20ac", "\u{1f600}", "\ud800x", "\udc00", "\u0000a"]) t.is(textOfUnits(bytesOf(name)), name);
  t.is(textOfUnits(Uint8Array.of(0x61, 0xff, 0xe2, 0x82, 0x62)), "a\ufffd\ufffd\ufffdb");
  t.is(asPrinted("a\ud800\u{1f600}\udc00"), "a\ufffd\u{1f600}\ufffd");
});

test.serial("zcache swap check names durable objects as the app does, and says what each is", async (t) => {
  await buildPackage();
  const path = join(folder, "names.nor");
  const { open } = await import(join(packageFolder, "index.mjs")) as { open(options: object): any };
  const z = open({ flash: path });
  const name = "gr\u00f6\u00dfe \u{1f600}";
  z.area(name, 2048, { durable: true }).write(0, "x");
  z.map(name, { durable: true, bytes: 4096 }).set("k", 1);
  z.log(name, 4096, { durable: true }).append("l");
  z.sync();
  const { code, stdout, stderr } = await zcache(["swap", "check", path]);
  t.is(code, 0, stderr + stdout);
  for (const kind of ["area", "map", "log"]) t.true(stdout.includes(`${kind} ${name}: `), stdout);
});
