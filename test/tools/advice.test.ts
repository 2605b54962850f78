/**
 * The advice of the host's sentences: what one says to do works. Each sentence of usage() in the files below needs a row; a file that joins
 * the list is held to it from then on. Sentences of commands that need a port, a terminal or a program are tried by the tests of those.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { readApp } from "../../tools/app/source";
import { loadBoard } from "../../tools/board-file";
import { inRoot } from "../../tools/build/paths";
import { parseSetting } from "../../tools/core/knobs";
import { parseBaud, parsePort } from "../../tools/console/port";
import { swapCommand } from "../../tools/commands/swap";
import { planFeeds } from "../../tools/feed/plan";
import { openSimFlash } from "../../hal/sim/flash";

const FILES = ["tools/app/source.ts", "tools/feed/plan.ts", "tools/core/knobs.ts", "tools/console/port.ts", "tools/commands/swap.ts", "tools/swap/rescue.ts", "tools/swap/repair.ts"];
const BOARD = loadBoard("emcraft-sf2");

const folder = mkdtempSync(join(tmpdir(), "zcache-advice-"));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);

/** Makes a file of so many bytes, or with this text. */
function file(name: string, content: number | string): string {
  if (!existsSync(at(name))) writeFileSync(at(name), typeof content === "string" ? content : new Uint8Array(content).fill(65));
  return at(name);
}

/** An image of a blank chip. */
function image(): string {
  if (!existsSync(at("blank.img"))) writeFileSync(at("blank.img"), openSimFlash("w25q16").chip.cells);
  return at("blank.img");
}

const app = (): string => file("app.js", "print(1);\n");
const feed = (...paths: string[]): unknown => planFeeds(paths, BOARD);

/** Runs the command without its words. */
async function swap(action: string, options: object): Promise<number> {
  const writes = [process.stdout, process.stderr].map((stream) => ({ stream, write: stream.write }));
  for (const { stream } of writes) stream.write = () => true;
  try {
    return await swapCommand(action, image(), options);
  } finally {
    for (const { stream, write } of writes) stream.write = write;
  }
}

/** What is refused, and the same as its sentence has it. */
const ADVICE: [title: string, refused: () => unknown, works: () => unknown][] = [
  ["a module is named as the sentence says", () => readApp(app(), ["a b=x.js"]), () => readApp(app(), [`name.of-23_characters.a=${app()}`])],
  ["an app's name is checked", () => readApp(at("none.js"), []), () => readApp(app(), [])],
  ["a file of 1 byte is fed", () => feed(file("empty", 0)), () => feed(file("one", 1))],
  ["a file as long as the sentence says is fed", () => feed(file("long", 1_032_193)), () => feed(file("longest", 1_032_192))],
  ["a file that is there is fed", () => feed(at("none")), () => feed(file("one", 1))],
  ["a file and no folder is fed", () => feed(folder), () => feed(file("one", 1))],
  ["smaller files are fed", () => feed(file("longest", 1_032_192), file("one", 1)), () => feed(file("long but a step", 1_032_192 - 16 * 1024), file("one", 1))],
  ["a setting has a name and a value", () => parseSetting("accept_percent"), () => parseSetting("accept_percent=80")],
  ["the knob that was meant is set", () => parseSetting("acept_percent=80"), () => parseSetting("accept_percent=80")],
  ["a value in the range is set", () => parseSetting("accept_percent=101"), () => parseSetting("accept_percent=100")],
  ["one of the words is set", () => parseSetting("allocator=zbud2"), () => parseSetting("allocator=zbud")],
  ["a path follows unix:", () => parsePort("unix:"), () => parsePort("unix:/tmp/x")],
  ["a port is named in one of the forms", () => parsePort(""), () => ["/dev/ttyACM0", "auto", "@0483:5740", "tcp://host:1", "unix:x", "qemu"].map(parsePort)],
  ["two ids of four digits are taken", () => parsePort("@483:5740"), () => parsePort("@0483:5740")],
  ["a host and a number up to 65535 are taken", () => parsePort("tcp://localhost:65536"), () => parsePort("tcp://localhost:65535")],
  ["a baud rate of the range is taken", () => parseBaud("1.5e9"), () => [parseBaud("300"), parseBaud("4000000"), parseBaud("115200")]],
  ["an action that there is is taken", () => swap("mend", {}), () => swap("check", {})],
  ["rescue is told where to write", () => swap("rescue", {}), () => swap("rescue", { to: at("rescued here") })],
  ["an option of another action is left out", () => swap("check", { to: at("x") }), () => swap("check", {})],
  ["rescue gets a folder", () => swap("rescue", { to: app() }), () => swap("rescue", { to: at("new folder") })],
  ["rescue gets an empty folder", () => swap("rescue", { to: folder }), () => { mkdirSync(at("empty folder")); return swap("rescue", { to: at("empty folder") }); }],
  ["repair gets a new file", () => swap("repair", { out: app() }), () => swap("repair", { out: at("new.img") })],
];

/** The sentence that a call is refused with. */
async function sentenceOf(call: () => unknown): Promise<string> {
  try {
    await call();
  } catch (error) {
    return (error as Error).message;
  }
  return "";
}

for (const [title, refused, works] of ADVICE) {
  test.serial(`what the sentence says works: ${title}`, async (t) => {
    t.not(await sentenceOf(refused), "");
    t.is(await sentenceOf(works), "");
  });
}

/** The sentences of usage() in a source, as patterns: what is put in may be anything. */
function patternsOf(path: string): RegExp[] {
  const found = readFileSync(inRoot(...path.split("/")), "utf8").matchAll(/usage\((`(?:[^`\\]|\\.)*`|"(?:[^"\\]|\\.)*")\)/g);
  return [...found].map(([, quoted]) => {
    // A value in a sentence may have a sentence of its own in quotes; it ends at the last brace before other text.
    const parts = quoted.slice(1, -1).split(/\$\{(?:[^{}`]|`[^`]*`)*\}/);
    return new RegExp(`^${parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("[^]*")}`);
  });
}

test.serial("each sentence of these files has a row", async (t) => {
  const said = await Promise.all(ADVICE.map(([, refused]) => sentenceOf(refused)));
  for (const path of FILES) {
    const patterns = patternsOf(path);
    t.true(patterns.length > 0, path);
    for (const pattern of patterns) t.true(said.some((sentence) => pattern.test(sentence)), `${path}: ${String(pattern)}`);
  }
});
