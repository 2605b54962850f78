import test from "ava";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { boardNames, checkBoard, type BoardFile } from "../../tools/board-file";
import { buildImage } from "../../tools/build/image";
import { startFiles } from "../../tools/corpus";
import { Failure } from "../../tools/failure";
import { nearest } from "../../tools/nearest";
import { zcache } from "./run-cli";

const folder = mkdtempSync(join(tmpdir(), "zcache-cli-"));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, bytes: number, fill = 0x41): string {
  const path = join(folder, name);
  writeFileSync(path, Buffer.alloc(bytes, fill));
  return path;
}

/** What a command line that cannot be carried out has to say: one sentence, nothing on standard output, the exit code. */
const REFUSED: [title: string, args: () => string[], code: number, sentence: RegExp][] = [
  ["an unknown option names the nearest", () => ["qemu", "--fed", "x"], 2, /unknown option '--fed': did you mean --feed\?/],
  ["an unknown option with a value names the nearest", () => ["build", "--jsno=1"], 2, /unknown option '--jsno=1': did you mean --json\?/],
  ["an unknown command names the nearest", () => ["qmu"], 2, /unknown command 'qmu': did you mean qemu\?/],
  ["an option without its value", () => ["qemu", "--feed"], 2, /option '--feed <file>' argument missing/],
  ["an argument too many", () => ["qemu", "sensors.csv"], 2, /too many arguments/],
  ["an unknown board names the nearest and all", () => ["build", "--board", "emcraft"], 2, /there is no board "emcraft": did you mean emcraft-sf2\?/],
  ["a missing file", () => ["qemu", "--feed", join(folder, "absent.csv")], 2, /there is no file .*absent\.csv/],
  ["an empty file", () => ["qemu", "--feed", file("empty.csv", 0), "--batch", "--json"], 2, /empty\.csv is empty/],
  ["a folder instead of a file", () => ["qemu", "--feed", folder], 2, /is not a file/],
  ["a file larger than the board can hold", () => ["qemu", "--feed", file("large.bin", 1048577)], 2, /holds at most 1032192: name a smaller file/],
  ["files larger together than the board can hold", () => ["qemu", "--feed", file("a.bin", 1032192), "--feed", file("b.bin", 1)], 2, /feed fewer or smaller files/],
  ["a flash image of another size", () => ["qemu", "--nor", file("small.img", 4096, 0xff)], 2, /exactly 16777216 bytes and .*small\.img has 4096/],
  ["a flash image that is a folder", () => ["qemu", "--nor", folder], 1, /is not a file and cannot be the flash image/],
  ["a flash image that cannot be created", () => ["qemu", "--nor", join(folder, "none", "nor.img")], 1, /none.nor\.img cannot be created/],
  ["a bench file that is missing", () => ["bench", "--pages", join(folder, "absent.bin")], 2, /absent\.bin/],
];
for (const [title, args, code, sentence] of REFUSED) {
  test.serial(`${title}: one sentence, exit code ${code}`, async (t) => {
    const result = await zcache(args());
    const said = result.stderr.trim();
    t.regex(said, sentence);
    t.is(result.code, code);
    t.is(said.split("\n").length, 1, said);
    t.is(result.stdout, "");
  });
}

test.serial("a refused flash image is left as it was, and none is half-written", async (t) => {
  const path = file("other.img", 100, 0x55);
  await zcache(["qemu", "--nor", path, "--batch"]);
  t.true(readFileSync(path).equals(Buffer.alloc(100, 0x55)));
  const before = readdirSync(folder).length;
  await zcache(["qemu", "--nor", join(folder, "new.img"), "--feed", join(folder, "absent.csv"), "--batch"]);
  t.false(existsSync(join(folder, "new.img")));
  t.is(readdirSync(folder).length, before);
});

test.serial("-q leaves out what is neither result nor complaint, -v says which programs are run, and both at once are refused", async (t) => {
  const [plain, quiet, loud] = await Promise.all([["list"], ["list", "-q"], ["-v", "list"]].map((args) => zcache([...args, "--json"])));
  t.is(quiet!.stdout, plain!.stdout);
  t.is(loud!.stdout, plain!.stdout);
  t.not(plain!.stderr, "");
  t.is(quiet!.stderr, "");
  t.is((await zcache(["-q", "build", "--board", "nope"])).stderr.split("\n").length, 2);
  const run = await zcache(["qemu", "-v", "--batch"]);
  t.is(run.code, 0, run.stderr);
  t.regex(run.stderr, /^zcache: \$ .*qemu-system-arm -M emcraft-sf2 /m);
  const both = await zcache(["list", "-q", "--verbose"]);
  t.deepEqual([both.code, both.stdout, both.stderr], [2, "", "zcache: -q and -v ask for less and for more: give one of them\n"]);
});

test.serial("--version prints the package's version", async (t) => {
  const { code, stdout } = await zcache(["--version"]);
  t.is(code, 0);
  t.is(stdout, `${(JSON.parse(readFileSync("package.json", "utf8")) as { version: string }).version}\n`);
});

const COMMANDS = ["app", "load", "replay", "check", "swap", "build", "size", "qemu", "bench", "flash", "console", "list", "monitor", "feed", "engine", "start"];

test.serial("without arguments it lists the commands and ends well", async (t) => {
  const { code, stdout } = await zcache([]);
  t.is(code, 0);
  for (const command of COMMANDS) t.regex(stdout, new RegExp(`^  ${command} `, "m"));
});

for (const command of COMMANDS) {
  test.serial(`${command} --help shows an example`, async (t) => {
    const { code, stdout } = await zcache([command, "--help"]);
    t.is(code, 0);
    t.regex(stdout, /Usage: zcache/);
    t.regex(stdout, /Example:\n  \S/);
  });
}

const SMALL: BoardFile = {
  name: "small", title: "", machine: "", memory: { codeOrigin: 0, codeBytes: 262144, ramOrigin: 0x20000000, ramBytes: 65536 }, ram: { stackBytes: 6000, engineHeapBytes: 20000, arenaBytes: 30000 },
  clock: { instructionsPerTick: 1 }, knobs: { pageBytes: 1024, pagesMax: 1024 },
};
const MISFITS: [title: string, board: BoardFile, sentence: RegExp][] = [
  ["a page size that is no power of two", { ...SMALL, knobs: { pageBytes: 1000, pagesMax: 1024 } }, /have 1000 bytes and a power of two from 256 to 4096/],
  ["a page size beyond the range", { ...SMALL, knobs: { pageBytes: 8192, pagesMax: 1024 } }, /have 8192 bytes/],
  ["tables for a number of pages that is no multiple of 16", { ...SMALL, knobs: { pageBytes: 1024, pagesMax: 100 } }, /tables for 100 pages/],
  ["a config that cannot fit", { ...SMALL, ram: { ...SMALL.ram, arenaBytes: 50000 } }, /need 76000 bytes and its RAM has 65536/],
];
for (const [title, board, sentence] of MISFITS) {
  test(`${title} is refused in one sentence, exit code 2`, (t) => {
    const failure = t.throws(() => checkBoard(board), { instanceOf: Failure });
    t.is(failure.exitCode, 2);
    t.regex(failure.message, sentence);
    t.notThrows(() => checkBoard(SMALL));
  });
}

test.serial("an interrupted run ends with 130, and its emulator and scratch image with it", async (t) => {
  const TMPDIR = mkdtempSync(join(folder, "interrupted-"));
  const result = await zcache(["qemu", ...startFiles().flatMap((path) => ["--feed", path]), "--batch"], { interruptAfter: /lists the commands/, env: { TMPDIR } });
  t.is(result.code, 130, result.stderr);
  t.deepEqual(readdirSync(TMPDIR), []);
});

test.serial("without the emulator it ends with 4 and says how to get it", async (t) => {
  await buildImage("emcraft-sf2");
  const TMPDIR = mkdtempSync(join(folder, "without-"));
  const { code, stderr } = await zcache(["qemu", "--batch"], { env: { PATH: folder, TMPDIR } });
  t.is(code, 4, stderr);
  t.deepEqual(readdirSync(TMPDIR), []);
  t.regex(stderr, /qemu-system-arm is not installed: run `node build\.mjs setup`/);
});

test.serial("every board folder has a name and the nearest of words is found", (t) => {
  t.true(boardNames().includes("emcraft-sf2"));
  t.is(nearest("--baord", ["--json", "--board", "--batch"]), "--board");
  t.is(nearest("x", []), undefined);
});
