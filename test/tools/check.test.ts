/** `zcache qemu --dump` and `zcache check`: a live board's arena is sound; a spoiled one is told by number; no dump is refused. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { Header, LEAF_PAGES } from "../../firmware/core/layout";
import { COUNTERS_AT, Counter } from "../../firmware/core/counters";
import { KNOBS_AT, Knob } from "../../firmware/core/config";
import { readArena } from "../../tools/check/dump";
import { startFiles } from "../../tools/corpus";
import { Link } from "../../tools/link/link";
import { Area, EPHEMERAL, Names, PAGE_BYTES, withFlash } from "../helpers/board";
import { openCore } from "../helpers/cores";
import { makePage } from "../helpers/pages";
import { Random } from "../helpers/random";
import { FakeBoard } from "./fake-board";
import { zcache } from "./run-cli";

const folder = mkdtempSync(join(tmpdir(), "zcache-check-test-"));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

/** The arena of a simulated board with something of everything in it. */
function sound(): Uint8Array {
  const core = withFlash((options) => openCore("wasm", options));
  const random = new Random(1);
  const area = new Area(core, core.areaOpen(40));
  for (let page = 0; page < 30; page++) area.write(page, makePage("csv", PAGE_BYTES, random));
  const names = new Names(core, core.poolOpen(EPHEMERAL));
  for (let index = 0; index < 5; index++) names.put(index, makePage("json", PAGE_BYTES, random));
  return core.bytes.slice(0, core.arenaBytes);
}

/** A dump with `spoil` done to it. */
function dump(name: string, spoil: (bytes: Uint8Array, view: DataView) => void = () => undefined): string {
  const bytes = sound();
  spoil(bytes, new DataView(bytes.buffer));
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

test.serial("a sound dump: what it holds, and exit code 0", async (t) => {
  const { code, stdout } = await zcache(["check", dump("sound.dump"), "--json"]);
  t.is(code, 0);
  const document = JSON.parse(stdout);
  t.like(document, { command: "check", page_bytes: 1024, broken: [], verdict: "ok" });
  t.true(document.pages_stored >= 30);
  t.true(document.zpages_per_frame >= 1 && document.zpages_per_frame <= 2);
  t.is(document.largest[0].pages, 30);
  t.is(document.largest[0].area_pages, 40);
  const words = await zcache(["check", dump("sound.dump")]);
  t.regex(words.stdout, /verdict +ok: every invariant holds/);
});

const SPOILED: [title: string, number: string, spoil: (bytes: Uint8Array, view: DataView) => void][] = [
  ["a gauge that is off by one", "G1", (_, view) => { view.setInt32(COUNTERS_AT + 4 * Counter.PersZbytes, view.getInt32(COUNTERS_AT + 4 * Counter.PersZbytes, true) + 1, true); }],
  ["a list with a wrong length", "F2", (bytes) => { bytes[Header.ListsAt + 4]++; }],
  ["a chain that bites its tail", "F1", (_, view) => {
    const frame = view.getUint16(Header.ListsAt + 8 * 5, true);
    view.setUint16(view.getUint32(Header.FrameTableAt, true) + 8 * frame, frame, true);
  }],
  ["a link that leads out of the arena", "F1", (_, view) => { view.setUint16(Header.ListsAt + 8 * 5, 0xfffe, true); }],
];
for (const [title, number, spoil] of SPOILED) {
  test.serial(`${title} is ${number}, exit code 5`, async (t) => {
    const { code, stdout } = await zcache(["check", dump("spoiled.dump", spoil), "--json"]);
    t.is(code, 5);
    const { broken, verdict } = JSON.parse(stdout);
    t.is(verdict, "broken");
    t.true(broken.some((one: { number: string }) => one.number === number), JSON.stringify(broken));
  });
}

test.serial("any byte of the tables may be anything: the checker comes to an end and says what it found", async (t) => {
  const random = new Random(3);
  for (let i = 0; i < 12; i++) {
    const path = dump("noise.dump", (bytes) => {
      for (let hits = 0; hits < 40; hits++) bytes[768 + random.below(4000)] = random.below(256);
    });
    const { code, stderr } = await zcache(["check", path], { timeoutMs: 20_000 });
    t.true(code === 5 || code === 0, `exit code ${code}: ${stderr}`);
  }
});

const REFUSED: [title: string, path: () => string, sentence: RegExp][] = [
  ["a file that is missing", () => join(folder, "absent.dump"), /dump .*absent\.dump cannot be read/],
  ["a file too short for a header", () => { writeFileSync(join(folder, "short"), "ZCM1"); return join(folder, "short"); }, /has 4 bytes and is no dump/],
  ["a file that is something else", () => startFiles()[0], /is no dump: it does not begin with ZCM1/],
  ["a dump of another version", () => dump("later.dump", (bytes) => { bytes[Header.Version] = 99; }), /is a dump of version 99, this tool reads version \d+/],
  ["a dump that was cut short", () => { const path = dump("cut.dump"); writeFileSync(path, readFileSync(path).subarray(0, 5000)); return path; }, /it was cut short/],
  ["a dump with bytes behind it", () => { const path = dump("long.dump"); writeFileSync(path, Buffer.concat([readFileSync(path), Buffer.alloc(1)])); return path; }, /appended to/],
  ["a store that was not open", () => dump("closed.dump", (bytes) => { bytes[Header.Open] = 0; }), /the store was not open/],
  ["a knob out of its range", () => dump("knob.dump", (_, view) => view.setUint32(KNOBS_AT + 4 * Knob.PagesMax, 1e9, true)), /knob 1 is 1000000000, expected 16 to/],
  ["a table outside the arena", () => dump("table.dump", (_, view) => view.setUint32(Header.MetasAt, 1e9, true)), /damaged header: the table/],
  ["tables too small for the knobs", () => dump("small.dump", (_, view) => view.setUint32(KNOBS_AT + 4 * Knob.PagesMax, 256 + LEAF_PAGES, true)), /the table of leaves has/],
  ["more frames than there are bytes", () => dump("frames.dump", (_, view) => view.setUint32(Header.Frames, 60000, true)), /60000 frames of 1024 bytes end at/],
];
for (const [title, path, sentence] of REFUSED) {
  test.serial(`${title}: one sentence, exit code 2`, async (t) => {
    const { code, stdout, stderr } = await zcache(["check", path()]);
    t.regex(stderr, sentence);
    t.is(stderr.trim().split("\n").length, 1, stderr);
    t.is(code, 2);
    t.is(stdout, "");
  });
}

test.serial("a dump over the link is the arena, whatever its length", async (t) => {
  const board = new FakeBoard();
  board.arena = sound().slice();
  t.deepEqual(await readArena(new Link(board), () => undefined), board.arena);
});

test.serial("a dump that cannot be written is refused before the board is booted", async (t) => {
  for (const [path, sentence] of [[join(folder, "none", "x.dump"), /there is no folder/], [folder, /is not a file/]] as const) {
    const { code, stderr } = await zcache(["qemu", "--dump", path, "--batch"]);
    t.is(code, 2);
    t.regex(stderr, sentence);
  }
});

test.serial("a fed board's dump is sound, on RAM and on flash, with a knob turned on the command line", async (t) => {
  const path = join(folder, "board.dump");
  const nor = join(folder, "nor.img");
  const run = await zcache(["qemu", "--board", "ast1030-evb", "--feed", startFiles()[1], "--dump", path, "--nor", nor, "--set", "allocator=zfold", "--set", "accept_percent=80", "--batch", "--json"]);
  t.is(run.code, 0, run.stderr.slice(-2000));
  t.true(existsSync(path));
  const { code, stdout, stderr } = await zcache(["check", path, "--nor", nor, "--json"]);
  t.is(code, 0, stderr);
  const document = JSON.parse(stdout);
  t.like(document.knobs, { allocator: 1, accept_percent: 80 });
  t.true(document.pages_stored > 50);
});

test.serial("an allocator that a board's image leaves out is refused before it is booted, with what there is", async (t) => {
  const { code, stderr } = await zcache(["qemu", "--set", "allocator=zfold", "--batch"]);
  t.is(code, 2);
  t.regex(stderr, /emcraft-sf2's image leaves out zfold \(leaveOut in its board\.json\): allocator may be zbud there/);
});

test.serial("a knob that is fixed on a board is refused in one sentence", async (t) => {
  const { code, stderr } = await zcache(["qemu", "--set", "page_bytes=512", "--batch"]);
  t.is(code, 2);
  t.regex(stderr, /page_bytes is fixed once the store is open/);
});
