/** `zcache replay` as a person runs it: the same answer twice, real traces on every allocator, and what it refuses. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import test from "ava";
import { ALLOCATORS } from "../../tools/core/knobs";
import { inRoot } from "../../tools/build/paths";
import { filesBelow } from "../../tools/build/steps";
import { startFiles } from "../../tools/corpus";
import { Random } from "../helpers/random";
import { zcache } from "./run-cli";

const folder = mkdtempSync(join(tmpdir(), "zcache-replay-test-"));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** A trace of `events` on 60 pages, most of them on a few. */
function madeTrace(events: number): string {
  const random = new Random(5);
  const line = (): string => `${random.pick(["R", "R", "R", "W", "W", "F"])} ${random.below(random.chance(70) ? 15 : 60)}\n`;
  return Array.from({ length: events }, line).join("");
}

const trace = file("made.trace", madeTrace(4000));
const content = ["--content", startFiles()[0]];

async function replayed(args: string[]): Promise<{ text: string; traces: Record<string, any>[] }> {
  const { code, stdout, stderr } = await zcache(["replay", "--json", ...args]);
  if (code !== 0) throw new Error(`exit code ${code}: ${stderr}`);
  return { text: stdout, traces: JSON.parse(stdout).traces };
}

for (const allocator of ALLOCATORS) {
  test.serial(`a trace gives the same counters twice, and every byte, on ${allocator}`, async (t) => {
    const args = [trace, ...content, "--allocator", allocator];
    const once = await replayed(args);
    t.is((await replayed(args)).text, once.text);
    const [result] = once.traces;
    t.is(result.allocator, allocator);
    t.is(result.events, 4000);
    t.true(result.verified.reads > 1000);
    t.is(result.verified.mismatches, 0);
    t.true(result.peak.ratio >= 1, `memory / ideal is ${result.peak.ratio}`);
  });
}

test.serial("a gzipped trace is the same trace", async (t) => {
  const plain = (await replayed([trace])).traces[0];
  const packed = (await replayed([file("made.trace.gz", gzipSync(madeTrace(4000)))])).traces[0];
  t.deepEqual({ ...packed, trace: "" }, { ...plain, trace: "" });
});

test.serial("RAM is a number of bytes or a share of the trace's pages; more of it means fewer faults from flash", async (t) => {
  const [bytes] = (await replayed([trace, ...content, "--ram", "15360"])).traces;
  const [share] = (await replayed([trace, ...content, "--ram", "25%"])).traces;
  t.is(bytes.frames, 15);
  t.deepEqual(share, bytes);
  const [more] = (await replayed([trace, ...content, "--ram", "100%"])).traces;
  t.true(more.counters.events.pswpin < share.counters.events.pswpin || share.counters.events.pswpin === 0);
});

test.serial("a knob is turned by its name, and shows", async (t) => {
  const [off] = (await replayed([trace, ...content, "--set", "writeback_enabled=off"])).traces;
  t.is(off.flash.bytes_programmed, 0);
  const [on] = (await replayed([trace, ...content, "--set", "writeback_enabled=1", "--set", "reserve_frames=2"])).traces;
  t.true(on.flash.bytes_programmed > 0);
});

test.serial("direct swap, compressed swap and the store, in one run: the same arena, every read compared, the store writes least", async (t) => {
  const { code, stdout, stderr } = await zcache(["replay", trace, ...content, "--ram", "25%,50%", "--part", "w25q16", "--compare", "direct,compressed,zcache", "--json"]);
  t.is(code, 0, stderr);
  const { comparisons, summary } = JSON.parse(stdout) as { comparisons: Record<string, any>[]; summary: Record<string, any> };
  t.deepEqual(comparisons.map(({ ram }) => ram), ["25%", "50%"]);
  for (const { models, ratios } of comparisons) {
    const { direct, compressed, zcache: ours } = models;
    t.deepEqual([direct, compressed, ours].map(({ mismatches }) => mismatches), [0, 0, 0]);
    t.true(direct.frames >= ours.frames && direct.frames === compressed.frames, "who needs no work space has more frames");
    t.true(direct.bytes_programmed > compressed.bytes_programmed && compressed.bytes_programmed > ours.bytes_programmed);
    t.true(direct.erases > 0 && ours.life_years >= direct.life_years && direct.write_amplification >= 1);
    t.is(ratios.direct.bytes_programmed, Math.round(1000 * direct.bytes_programmed / Math.max(1, ours.bytes_programmed)) / 1000);
  }
  t.is(leastOf(comparisons), summary.direct.bytes_programmed.least);
});

function leastOf(comparisons: Record<string, any>[]): number { return Math.min(...comparisons.map(({ ratios }) => ratios.direct.bytes_programmed)); }

test.serial("shuffled contents are the same pages in another order, the same each time", async (t) => {
  const args = [trace, ...content, "--shuffle"];
  const once = await replayed(args);
  t.is((await replayed(args)).text, once.text);
  t.not((await replayed([trace, ...content])).text, once.text);
});

const corpus = filesBelow(inRoot("..", "shared", "corpus", "traces"), ".trace.gz");
const corpusTest = corpus.length > 0 ? test.serial : test.serial.skip;
corpusTest("all traces of the corpus, every read compared", async (t) => {
  const { traces } = await replayed([...corpus, ...startFiles().flatMap((path) => ["--content", path])]);
  t.is(traces.length, corpus.length);
  for (const result of traces) {
    t.true(result.verified.reads > 1000, result.trace);
    t.is(result.verified.mismatches, 0, result.trace);
  }
});

test.serial("a trace may have comments, empty lines, a byte order mark and lines ended by CR LF, and be gzip whatever its name", async (t) => {
  const counters = async (name: string, text: string | Uint8Array): Promise<unknown> => (await replayed([file(name, text), "--ram", "8192"])).traces[0].counters;
  const plain = await counters("plain.trace", "W 1\nR 2\nF 1\nR 1\n");
  t.deepEqual(await counters("said.trace", "\ufeff# mine\r\nW 1\r\n\r\nR 2\r\n  # more\r\nF 1\r\nR 1"), plain);
  t.deepEqual(await counters("packed.trace", gzipSync("W 1\nR 2\nF 1\nR 1\n")), plain);
});

test.serial("pages beyond the largest area are numbered anew, and hold what their own numbers say", async (t) => {
  const lines = (far: number): string => Array.from({ length: 3000 }, (_, i) => `${i % 3 === 0 ? "W" : "R"} ${(i * 7 % 40) * far}`).join("\n");
  // Made contents have 97 pages: as many times that between two pages leave each its contents.
  const [near, far] = [file("near.trace", lines(97)), file("far.trace", lines(97 * 1_000_003))];
  const [one, other] = (await replayed([near, far, "--ram", "10240"])).traces;
  t.is(one.pages, 40);
  t.deepEqual({ ...other, trace: "", table_bytes: 0, arena_bytes: 0, flash: {}, counters: { ...other.counters, zcache_mcu: 0 } }, { ...one, trace: "", table_bytes: 0, arena_bytes: 0, flash: {}, counters: { ...one.counters, zcache_mcu: 0 } });
  t.true(other.verified.reads > 1000);
  t.is(other.verified.mismatches, 0);
});

test.serial("RAM for more frames than can be numbered is as many as can", async (t) => {
  const [one] = (await replayed([file("few.trace", "W 1\nR 1\n"), "--ram", "40000000", "--page", "256"])).traces;
  t.is(one.frames, 32766, "beside slots of 17 bits");
});

test.serial("files of --content may follow one another, and a trace behind them is told by its name", async (t) => {
  const [a, b] = [file("a.csv", "1,2,3\n".repeat(900)), file("b.bin", new Uint8Array(7000).map((_, i) => i * i >> 3))];
  const apart = await replayed([trace, "--ram", "8192", "--content", a, "--content", b]);
  t.is((await replayed([trace, "--ram", "8192", "--content", a, b])).text, apart.text);
  t.is((await replayed(["--ram", "8192", "--content", a, b, trace])).text, apart.text);
  t.not((await replayed([trace, "--ram", "8192", "--content", a])).text, apart.text);
});

const REFUSED: [title: string, args: () => string[], sentence: RegExp][] = [
  ["a trace that is missing", () => [join(folder, "absent.trace")], /trace .*absent\.trace cannot be read/],
  ["an empty trace", () => [file("empty.trace", "")], /empty\.trace has no event/],
  ["a line that is no event names itself", () => [file("bad.trace", "R 1\nX 2\n")], /bad\.trace:2 is "X 2", expected R, W or F/],
  ["a trace of comments alone", () => [file("words.trace", "# R 1\n\n")], /words\.trace has no event/],
  ["a page that is no whole number", () => [file("point.trace", "R 1\nW 1.5\n")], /point\.trace:2 is "W 1\.5", expected R, W or F/],
  ["a page below zero", () => [file("below.trace", "R -1\n")], /below\.trace:1 is "R -1"/],
  ["a number that no number can hold", () => [file("beyond.trace", "W 99999999999999999999\n")], /beyond\.trace:1 is "W 99999999999999999999"/],
  ["bytes that are no text are shown as they can be read", () => [file("odd.trace", "R 1\u0000\n")], /odd\.trace:1 is "R 1\\u0000"/],
  ["more pages than an area has", () => [file("wide.trace", Array.from({ length: 65521 }, (_, page) => `W ${3 * page}\n`).join(""))], /wide\.trace names 65521 pages, expected at most 65520/],
  ["gzip that was cut off", () => [file("cut.trace.gz", gzipSync("R 1\n".repeat(500)).subarray(0, -9))], /cut\.trace\.gz cannot be read: unexpected end of file/],
  ["contents and no trace", () => ["--content", trace.replace("made.trace", "a.csv")], /No trace is given/],
  ["RAM that no machine has", () => [trace, "--ram", "99999999999999"], /--ram is "99999999999999", expected/],
  ["a trace that is not gzip though its name says so", () => [file("text.trace.gz", "R 1\n")], /text\.trace\.gz cannot be read/],
  ["content that is missing", () => [trace, "--content", join(folder, "absent.csv")], /content file .*absent\.csv cannot be read/],
  ["empty content", () => [trace, "--content", file("empty.csv", "")], /empty\.csv is empty/],
  ["an unknown allocator names all", () => [trace, "--allocator", "slob"], /no allocator "slob": give one of zbud, zfold, zsmalloc/],
  ["an unknown part", () => [trace, "--part", "none"], /no part "none"/],
  ["a page size that is no power of two", () => [trace, "--page", "1000"], /page size is "1000"/],
  ["RAM in words", () => [trace, "--ram", "lots"], /--ram is "lots"/],
  ["RAM for too few frames", () => [trace, "--ram", "2048"], /hold 2 pageframes of 1024, expected at least 4/],
  ["a knob that does not exist names the nearest", () => [trace, "--set", "reserve_frame=1"], /no knob "reserve_frame": did you mean reserve_frames\?/],
  ["a value out of range has the range", () => [trace, "--set", "accept_percent=101"], /accept_percent is "101", expected 1 to 100 percent/],
  ["a word that the knob does not know", () => [trace, "--set", "same_filled=maybe"], /expected one of off, on/],
  ["a setting without a value", () => [trace, "--set", "same_filled"], /expected name=value/],
  ["a model that does not exist", () => [trace, "--compare", "direct,zswap"], /--compare names "zswap", expected some of direct,compressed,zcache/],
  ["a trace that takes no time", () => [trace, "--seconds", "0"], /--seconds is "0"/],
  ["a knob that the trace decides", () => [trace, "--set", "pages_max=64"], /pages_max cannot be set in a replay/],
];
for (const [title, args, sentence] of REFUSED) {
  test.serial(`${title}: one sentence, exit code 2`, async (t) => {
    const { code, stdout, stderr } = await zcache(["replay", ...args()]);
    t.regex(stderr, sentence);
    t.is(stderr.trim().split("\n").length, 1, stderr);
    t.is(code, 2);
    t.is(stdout, "");
  });
}

