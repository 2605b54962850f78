/**
 * Files that a person names on the command line and that are none: a device without an end, a pipe that nobody writes to, a
 * folder, a file larger than memory, an empty one, a loop of links, a packed one that unpacks without an end. Each reader of
 * the host's tools answers with one sentence, and at once.
 */
import { spawnSync } from "node:child_process";
import { ftruncateSync, openSync, closeSync, existsSync, lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import test from "ava";
import { readApp } from "../../tools/app/source";
import { loadBoard } from "../../tools/board-file";
import { readPageFiles } from "../../tools/bench/page-files";
import { Arena } from "../../tools/check/arena";
import { openDump, readCells } from "../../tools/check/dump";
import { Failure, messageOf } from "../../tools/failure";
import { planFeeds } from "../../tools/feed/plan";
import { readSegments } from "../../tools/flash/elf";
import { checkNor } from "../../tools/qemu/nor-image";
import { Content } from "../../tools/replay/content";
import { readTrace } from "../../tools/replay/trace";
import { openImage } from "../../tools/swap/open";
import { zcache } from "./run-cli";

const folder = mkdtempSync(join(tmpdir(), "zcache-hostile-"));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

/** A hostile file under a name of each ending that a reader looks at; undefined where the system has none such. */
function hostile(kind: string, ending: string): string | undefined {
  const path = join(folder, `${kind}${ending}`);
  if (lstatSync(path, { throwIfNoEntry: false })) return path;
  switch (kind) {
    case "endless":
      if (!existsSync("/dev/zero")) return undefined;
      symlinkSync("/dev/zero", path);
      break;
    case "pipe": if (spawnSync("mkfifo", [path]).status !== 0) return undefined; break;
    case "folder": mkdirSync(path); break;
    case "loop": symlinkSync(path, path); break;
    case "empty": writeFileSync(path, ""); break;
    default: {
      const file = openSync(path, "w");
      ftruncateSync(file, 2 ** 36);
      closeSync(file);
    }
  }
  return path;
}

const KINDS = ["endless", "pipe", "folder", "huge", "empty", "loop", "absent"];
const READERS: [name: string, ending: string, read: (path: string) => unknown][] = [
  ["a dump", ".dump", openDump],
  ["the flash image of a dump", ".nor", (path) => readCells(path, new Arena(new Uint8Array(4096).fill(1)))],
  ["an image for swap", ".img", openImage],
  ["a trace", ".trace", readTrace],
  ["a gzipped trace", ".trace.gz", readTrace],
  ["content for a trace", ".csv", (path) => Content.fromFiles([path], 1024)],
  ["a file to feed", ".csv", (path) => planFeeds([path], loadBoard("emcraft-sf2"))],
  ["an app's module", ".js", (path) => readApp(join(folder, "app.js"), [`m=${path}`])],
  ["an image to flash", ".elf", readSegments],
  ["a board's description", ".json", loadBoard],
  ["pages to measure", ".bin", (path) => readPageFiles([path], 1024)],
  ["a chip to emulate", ".img", (path) => checkNor(path, 1 << 21)],
];
/** What may be so: an empty module is an app's affair, and an image that is not there is made. */
const RIGHT = new Set(["an app's module, empty", "a chip to emulate, absent", "a chip to emulate, loop"]);

writeFileSync(join(folder, "app.js"), "print(1);\n");

for (const [name, ending, read] of READERS) {
  test(`${name}: whatever stands in its place is refused in one sentence that names it, before it is read`, async (t) => {
    for (const kind of KINDS) {
      const path = kind === "absent" ? join(folder, `absent${ending}`) : hostile(kind, ending);
      if (path === undefined) continue;
      if (RIGHT.has(`${name}, ${kind}`)) continue;
      let thrown: unknown;
      try { await read(path); } catch (error) { thrown = error; }
      t.true(thrown instanceof Failure, `${kind}: ${messageOf(thrown)}`);
      const sentence = messageOf(thrown);
      t.true(sentence.includes(path), sentence);
      t.false(sentence.includes("\n"), sentence);
    }
  });
}

test("a packed trace that unpacks without an end is refused before memory is used up", (t) => {
  const path = join(folder, "bomb.trace.gz");
  writeFileSync(path, gzipSync(Buffer.alloc(1 << 26, "# nothing\n")));
  t.throws(() => readTrace(path), { instanceOf: Failure, message: /bomb\.trace\.gz cannot be read: Cannot create a Buffer larger than 33554432 bytes/ });
});

test.serial("zcache check, swap check, replay, app and feed of a device without an end: one sentence, exit code 2", async (t) => {
  const endless = hostile("endless", ".dump");
  const pipe = hostile("pipe", ".dump");
  if (endless === undefined || pipe === undefined) t.pass("this system has no such files");
  else for (const args of [["check", endless], ["check", pipe], ["swap", "check", endless], ["replay", endless], ["app", endless], ["app", join(folder, "app.js"), "--feed", pipe]]) {
    const { code, stdout, stderr } = await zcache(args);
    t.is(code, 2, `${args.join(" ")}: ${stderr}`);
    t.is(stderr.trim().split("\n").length, 1, stderr);
    t.is(stdout, "");
  }
});
