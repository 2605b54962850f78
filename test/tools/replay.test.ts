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

const REFUSED: [title: string, args: () => string[], sentence: RegExp][] = [
  ["a trace that is missing", () => [join(folder, "absent.trace")], /trace .*absent\.trace cannot be read/],
  ["an empty trace", () => [file("empty.trace", "")], /empty\.trace is empty/],
  ["a line that is no event names itself", () => [file("bad.trace", "R 1\nX 2\n")], /bad\.trace:2 is "X 2", expected R, W or F/],
  ["a page beyond the largest area", () => [file("far.trace", "W 65520\n")], /far\.trace:1 .*below 65520/],
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

