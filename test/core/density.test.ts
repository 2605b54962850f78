/**
 * What each allocator makes of the same zpages: pages a frame, and frames against the bytes that lie in them. The pages
 * come from the development corpus when it lies beside the project, else from the generators; shuffled, because a store
 * sees them so; those of one repeated word left out, because they take no room. Two codecs: LZ4, which leaves a typical
 * page just over half, and raw deflate (Huffman and a whole page of window), which stands for a dense one.
 *
 * Compaction is used where there is one. A page that no zpage can hold counts as a frame of its own in every row. The table is printed: `ava` shows it.
 */
import { deflateRawSync } from "node:zlib";
import test from "ava";
import { Knob } from "../../firmware/core/config";
import { Allocator } from "../../firmware/core/zpool/handles";
import { Core, CoreOptions, bothBuilds, openCore } from "../helpers/cores";
import { Random } from "../helpers/random";
import { PAGE_KINDS, corpusPages, makePage } from "../helpers/pages";

const PAGE = 1024;
const MOST_ZPAGE = 1008;



const VARIANTS: { name: string; knobs: Partial<Record<Knob, number>> }[] = [
  { name: "zbud", knobs: { [Knob.Allocator]: Allocator.Zbud } },
  { name: "zsmalloc", knobs: { [Knob.Allocator]: Allocator.Zsmalloc } },
  { name: "tlsf", knobs: { [Knob.Allocator]: Allocator.Tlsf } },
  ...[2, 3, 4, 5, 6, 7, 8].map((k) => ({ name: `zfold k=${k}`, knobs: { [Knob.Allocator]: Allocator.Zfold, [Knob.FoldLimit]: k } })),
];

function shuffled<T>(values: T[], random: Random): T[] {
  const result = values.slice();
  for (let i = result.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [result[i], result[j]] = [result[j], result[i]];
  }
  return result;
}

function isSame(page: Uint8Array): boolean {
  const words = new Uint32Array(page.buffer, page.byteOffset, page.length / 4);
  return words.every((word) => word === words[0]);
}

function pages(): { page: Uint8Array }[] {
  const real = corpusPages(PAGE, 1_000_000);
  const random = new Random(5);
  return real.length > 0 ? real : Array.from({ length: 2000 }, () => ({ page: makePage(random.pick(PAGE_KINDS), PAGE, random) }));
}

function sizesOf(codec: "lz4" | "dense"): number[] {
  const core = openCore("wasm");
  const lz4 = (page: Uint8Array): number => core.lz4Compress(core.put(page), PAGE, core.client + PAGE, PAGE, core.codecTableOffset());
  return shuffled(pages().filter(({ page }) => !isSame(page)), new Random(7)).map(({ page }) => {
    const size = codec === "lz4" ? lz4(page) : deflateRawSync(page, { level: 9 }).length;
    return size < 0 || size > MOST_ZPAGE ? PAGE : size;
  });
}

function optionsFor(knobs: Partial<Record<Knob, number>>, frames: number): CoreOptions {
  return { arenaBytes: frames * (PAGE + 8) + 16384, knobs: { [Knob.PagesMax]: 64, ...knobs } };
}

function open(knobs: Partial<Record<Knob, number>>, frames: number): Core { return openCore("wasm", optionsFor(knobs, frames)); }

/** Fills a store with all sizes. */
function fill(knobs: Partial<Record<Knob, number>>, sizes: number[]): { frames: number; zbytes: number } {
  const core = open(knobs, sizes.length + 16);
  let zbytes = 0;
  let raw = 0;
  for (const size of sizes) {
    zbytes += size;
    if (size === PAGE) raw++;
    else if (core.zpoolAlloc(0, size, 1) < 0) throw new Error(`no room for ${size} bytes`);
  }
  return { frames: core.frames - core.coreFreeBytes() / PAGE + raw, zbytes };
}

/** Frees a frame by compaction, if the allocator can. */
function compacts(core: Core, held: { handle: number }[]): boolean {
  const frame = core.zpoolCompactBegin(0);
  if (frame < 0) return false;
  for (let which = 0; which < core.zpoolLimit(frame); which++) {
    const handle = core.zpoolHandleAt(frame, which);
    if (handle >= 0) held.find((zpage) => zpage.handle === handle)!.handle = core.zpoolMove(handle);
  }
  return core.zpoolReclaimEnd(frame) === 1;
}

/** A store in which every second frame, drawn at random, holds a resident page; about `budget` frames are left. */
function openCrowded(knobs: Partial<Record<Knob, number>>, budget: number, random: Random): Core {
  const core = openCore("wasm", { arenaBytes: 2 * budget * (PAGE + 8 + 14) + 8192, knobs: { [Knob.PagesMax]: Math.ceil(budget / 8) * 16, ...knobs } });
  const pages = Math.min(core.coreFreeBytes() / PAGE, core.coreGet(Knob.PagesMax));
  const area = core.areaOpen(pages);
  for (let page = 0; page < pages; page++) if (core.areaTouch(area, page, 1) < 0) throw new Error("a resident page does not fit");
  for (const page of shuffled(Array.from({ length: pages }, (_, i) => i), random).slice(0, Math.floor(pages / 2))) core.areaDiscard(area, page);
  return core;
}

/**
 * A store in use: zpages come and go at random, as paging makes them, in frames between those of resident pages. Memory
 * over bytes held, mean over the second half.
 */
function churn(knobs: Partial<Record<Knob, number>>, sizes: number[], budget: number): number {
  const random = new Random(9);
  const core = openCrowded(knobs, budget, random);
  const frames = core.coreFreeBytes() / PAGE + (knobs[Knob.Allocator] === Allocator.Zsmalloc ? 1 : 0);
  const fitting = sizes.filter((size) => size < PAGE);
  const held: { handle: number; size: number }[] = [];
  let [bytes, ratios, samples] = [0, 0, 0];
  for (let step = 0; step < 30000; step++) {
    const size = random.pick(fitting);
    for (let handle = core.zpoolAlloc(0, size, 1); ; handle = core.zpoolAlloc(0, size, 1)) {
      if (handle >= 0) {
        held.push({ handle, size });
        bytes += size;
        break;
      }
      if (compacts(core, held)) continue;
      const at = random.below(held.length);
      bytes -= held[at].size;
      core.zpoolFree(held[at].handle);
      held[at] = held[held.length - 1];
      held.pop();
    }
    if (step < 15000) continue;
    ratios += (frames - core.coreFreeBytes() / PAGE) * PAGE / bytes;
    samples++;
  }
  return ratios / samples;
}

/** Acceptance 25: fill, free 90 % at random, idle. Zpages a frame after filling, after freeing, after compaction. */
function thinOut(core: Core, knobs: Partial<Record<Knob, number>>, sizes: number[]): number[] {
  const random = new Random(11);
  const own = knobs[Knob.Allocator] === Allocator.Zsmalloc ? 1 : 0;
  const held: { handle: number }[] = [];
  for (const size of sizes.filter((one) => one < PAGE)) {
    const handle = core.zpoolAlloc(0, size, 1);
    if (handle < 0) break;
    held.push({ handle });
  }
  const density = (): number => held.length / (core.frames - own - core.coreFreeBytes() / PAGE);
  const results = [density()];
  for (let left = Math.floor(held.length * 0.9); left > 0; left--) core.zpoolFree(held.splice(random.below(held.length), 1)[0].handle);
  results.push(density());
  while (compacts(core, held));
  return [...results, density()];
}

bothBuilds("25 Fill, free a random 90 %, idle: zpages per frame before and after compaction printed per allocator.", (t, openBuild) => {
  const sizes = sizesOf("dense");
  for (const { name, knobs } of VARIANTS) {
    const [filled, thinned, compacted] = thinOut(openBuild(optionsFor(knobs, 1000)), knobs, sizes);
    t.log(`${name.padEnd(12)} ${filled.toFixed(2)} zpages a frame; after freeing 90 %: ${thinned.toFixed(2)}; after compaction: ${compacted.toFixed(2)}`);
    // A lonely zpage that crosses holds two frames.
    t.true(thinned >= 0.5 && compacted >= thinned);
  }
});

test("density: pages a frame, and memory over the bytes that lie in it, for each allocator", (t) => {
  for (const codec of ["lz4", "dense"] as const) {
    const sizes = sizesOf(codec);
    const sum = sizes.reduce((total, size) => total + size, 0);
    t.log(`${codec}: ${sizes.length} pages, mean ${(100 * sum / sizes.length / PAGE).toFixed(1)} %, ideal ${(sizes.length * PAGE / sum).toFixed(2)} pages a frame`);
    for (const { name, knobs } of VARIANTS) {
      const { frames, zbytes } = fill(knobs, sizes);
      const lives = [30, 100, 400].map((budget) => churn(knobs, sizes, budget).toFixed(3));
      if (codec === "dense" && /zsmalloc|tlsf|zfold k=[^2]/.test(name)) {
        t.true(frames * PAGE <= 1.12 * zbytes, `${name} takes more than 12 % above the bytes it holds`);
        t.true(sizes.length / frames >= 0.9 * sizes.length * PAGE / sum, `${name} is more than a tenth below the ideal`);
      }
      t.log(`  ${name.padEnd(12)} ${(sizes.length / frames).toFixed(2)} pages a frame, memory ${(frames * PAGE / zbytes).toFixed(3)} of the bytes; in use with 30, 100, 400 frames: ${lives.join(" ")}`);
    }
  }
  t.pass();
});
