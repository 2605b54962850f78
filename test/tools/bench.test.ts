import test from "ava";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { measureDensity } from "../../tools/bench/density";
import { samplePages } from "../../tools/bench/engine-bench";
import { measureFilled } from "../../tools/bench/filled";
import type { PageFile } from "../../tools/bench/page-files";
import { RECORD_BYTES, parseFlashRecords, parseRecords, summarize, summarizeFlash, type PageRecord } from "../../tools/bench/records";
import { filledTable, replaceTables } from "../../tools/bench/tables";
import { judge, type Figures } from "../../tools/bench/targets";
import { Failure } from "../../tools/failure";
import { startFiles } from "../../tools/corpus";
import { Random } from "../helpers/random";
import { zcache } from "./run-cli";

const folder = mkdtempSync(join(tmpdir(), "zcache-bench-test-"));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

const PAGE: PageRecord = {
  theirCompress: 1000, theirDecompress: 200, ourCompress: 1500, ourDecompress: 300, store: 2500, load: 500,
  theirBytes: 512, ourBytes: 520, storeResult: 0, wasLoaded: true,
  denseCompress: 250_000, denseDecompress: 90_000, denseBytes: 330, invalidate: 400, tick: 20,
};

test("records are fifteen little-endian words each, those of flash three", (t) => {
  const words = Int32Array.from([1, 2, 3, 4, 5, 6, 7, 8, -34, 0, 11, 12, 13, 14, 15, ...Array.from({ length: 9 }, () => 0), 1, 0, 0, 0, 0, 0]);
  const records = parseRecords(new Uint8Array(words.buffer));
  t.is(words.byteLength, 2 * RECORD_BYTES);
  t.deepEqual(records[0], {
    theirCompress: 1, theirDecompress: 2, ourCompress: 3, ourDecompress: 4, store: 5, load: 6, theirBytes: 7, ourBytes: 8, storeResult: -34, wasLoaded: false,
    denseCompress: 11, denseDecompress: 12, denseBytes: 13, invalidate: 14, tick: 15,
  });
  t.true(records[1].wasLoaded);
  const flash = summarizeFlash(parseFlashRecords(new Uint8Array(Int32Array.of(9000, 100, 2000, 11_000, 300, 6000).buffer)));
  t.deepEqual(flash, { loads: 2, meanBytes: 200, mean: 10_000, beyond: 6000, beyondWorst: 7000, instructionsPerByte: 20 });
});

test("a summary compares sums, leaves raw pages out of decompression and refused ones out of stores", (t) => {
  const raw = { ...PAGE, theirCompress: 3000, ourCompress: 4500, ourDecompress: 0, theirBytes: 1040, ourBytes: 1024, storeResult: -34, wasLoaded: false };
  const summary = summarize([PAGE, raw], 1024);
  t.is(summary.pages, 2);
  t.is(summary.compressTimes, 1.5);
  t.is(summary.decompressTimes, 1.5);
  t.is(summary.storeBeyond, 1000);
  t.is(summary.loadBeyond, 200);
  t.is(summary.refused, 1);
  t.is(summary.theirPercent, 75);
  t.is(summary.giveUps, 1);
  t.is(summary.giveUp, 4500);
});

test("fresh tables take the place of old ones and the words around them stay", (t) => {
  const text = "# Figures\n\n| what | n |\n|---|--:|\n| old | 1 |\n\nWords.\n\n| other | n |\n|---|--:|\n";
  const fresh = ["| what  | n |", "|---|--:|", "| new $1 | 2 |"];
  t.is(replaceTables(text, [fresh]), "# Figures\n\n| what  | n |\n|---|--:|\n| new $1 | 2 |\n\nWords.\n\n| other | n |\n|---|--:|\n");
  const failure = t.throws(() => replaceTables("", [fresh]), { instanceOf: Failure });
  t.regex(failure.message, /no table that begins with "what"/);
});

test("a summary of no pages has no surprises", (t) => {
  const summary = summarize([], 1024);
  t.is(summary.pages, 0);
  t.is(summary.storeBeyondWorst, 0);
  t.is(summarizeFlash([]).instructionsPerByte, 0);
});

test("the engine's bench takes pages from every file, evenly and the same each time", (t) => {
  const file = (pages: number): PageFile => ({ name: "", kind: "", isCorpus: false, pages: Array.from({ length: pages }, (_, i) => Uint8Array.of(i)) });
  t.deepEqual(samplePages([file(100), file(1), file(3)]).map(([page]) => page), [6, 18, 31, 43, 56, 68, 81, 93, 0, 0, 1, 2]);
  t.is(samplePages(Array.from({ length: 30 }, () => file(2))).length, 30);
});

test("a page of one repeated word takes no room in a frame, one that no zpage holds takes a whole one", (t) => {
  const size = { lz4: 400, dense: 300, zstd: 0, lzString: 0, isSame: false };
  const figures = measureDensity([size, size, size, size, { ...size, isSame: true }, { ...size, lz4: 1024, dense: 1024 }], 1024);
  const zbud = figures.find((one) => one.allocator === "zbud" && one.codec === "policy")!;
  t.is(zbud.pages, 5);
  t.is(zbud.pagesPerFrame, 1.67);
  t.is(zbud.idealPagesPerFrame, Math.round(100 * 5 * 1024 / (4 * 400 + 1024)) / 100);
});

/** Hexadecimal digits, and blanks: LZ4 leaves more than half of such a page, so no two share a frame; the dense codec less. */
function justOverHalf(random: Random): Uint8Array {
  return Uint8Array.from({ length: 1024 }, (_, at) => at < 540 ? "0123456789abcdef".charCodeAt(random.below(16)) : 32);
}

test("a store is filled with as few frames as take every page: pairs are made, raw pages have a frame each, repeated words none", (t) => {
  const random = new Random(21);
  const noise = (): Uint8Array => Uint8Array.from({ length: 1024 }, () => random.below(256));
  const pages = [...Array.from({ length: 60 }, () => justOverHalf(random)), noise(), noise(), noise(), new Uint8Array(1024), new Uint8Array(1024).fill(32)];
  const figures = measureFilled(pages, 1024);
  t.deepEqual(figures.map((one) => one.allocator), ["zbud", "zfold", "zsmalloc", "tlsf"]);
  for (const one of figures) {
    const { allocator, zpageFrames } = one;
    t.is(one.pages, 63);
    t.is(one.rawPages, 3, allocator);
    t.true(one.frames > zpageFrames, `${allocator}: zpages have ${zpageFrames} of ${one.frames} frames`);
    t.is(one.pagesPerFrame, Math.round(6300 / zpageFrames) / 100);
    t.is(one.pagesPerFrameWithoutRaw, Math.round(6000 / (zpageFrames - 3)) / 100);
    t.true(one.pagesPerFrameWithoutRaw > 1.6 && one.pagesPerFrame < one.pagesPerFrameWithoutRaw && one.pagesPerFrame <= one.idealPagesPerFrame, JSON.stringify(one));
    t.true(Math.abs(one.memory - one.idealPagesPerFrame / one.pagesPerFrame) < 0.01, JSON.stringify(one));
  }
  t.true(figures[0]!.pagesPerFrameWithoutRaw <= 2);
  t.is(filledTable(figures).length, 2 + 4);
});

test("one page fills a store too", (t) => {
  t.like(measureFilled([justOverHalf(new Random(22))], 1024)[0], { pages: 1, rawPages: 0, zpageFrames: 1, pagesPerFrame: 1, pagesPerFrameWithoutRaw: 1 });
});

test("what is promised about density is judged by stores that were filled, with their raw pages, not by what is computed", (t) => {
  const computed = measureDensity([{ lz4: 400, dense: 300, zstd: 0, lzString: 0, isSame: false }], 1024);
  const filled = ["zbud", "zfold", "zsmalloc"].map((allocator) => (
    { allocator, pages: 180, rawPages: 20, frames: 102, zpageFrames: 100, pagesPerFrame: 1.8, idealPagesPerFrame: 2, pagesPerFrameWithoutRaw: 2, memory: 1.11 }));
  const figures = { codec: { total: summarize([], 1024), kinds: [], flash: summarizeFlash([]) }, engine: {}, app: {}, sizes: { flash: {}, ram: { arena_parts: {} } },
    density: { total: {}, files: [], allocators: computed.map((one) => ({ ...one, pagesPerFrame: 9, memory: 1 })), filled }, isCorpus: true } as unknown as Figures;
  const measured = judge(figures).filter((target) => target.name.includes("measured")).map(({ measured: value, bound, met }) => [value, bound, met]);
  t.deepEqual(measured, [[1.8, 1.9, false], [1.8, 2.35, false], [1.11, 1.12, true], [1.8, 2.35, false], [1.11, 1.12, true]]);
  t.is(judge({ ...figures, isCorpus: false }).filter((target) => target.name.includes("measured")).length, 0);
});

test.serial("the bench measures real pages on the board and every target is met", async (t) => {
  const pages = join(folder, "pages.csv");
  writeFileSync(pages, readFileSync(startFiles()[0]).subarray(0, 40_000));
  const { code, stdout, stderr } = await zcache(["bench", "--json", "--pages", pages]);
  t.is(code, 0, stderr.slice(-3000));
  const document = JSON.parse(stdout);
  t.is(document.codec.total.pages, 40);
  t.true(document.targets.length >= 16);
  t.is(document.engine.pages, 24);
  t.true(document.density.total.dense < document.density.total.zstd);
  t.is(document.density.filled.length, 4);
  for (const target of document.targets) t.true(target.met, `${target.name}: ${target.measured}, ${target.sense} ${target.bound}`);
  t.true(document.app.faultingRead > document.app.residentRead);
});
