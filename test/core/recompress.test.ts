import { Knob } from "../../firmware/core/config";
import { Err } from "../../firmware/core/errors";
import { FrameFlag, List } from "../../firmware/core/frames";
import { DENSE_MODEL_BYTES, Header } from "../../firmware/core/layout";
import { ZbaleWork } from "../../firmware/core/codec/zbale";
import { Core, CoreOptions, bothBuilds } from "../helpers/cores";
import { FailingFlash } from "../helpers/board";
import { checkInvariants } from "../helpers/check";
import { makePage, pageOfDensity } from "../helpers/pages";
import { Random, seedOr } from "../helpers/random";
import { openSimFlash } from "../../hal/sim/flash";
import test, { type ExecutionContext } from "ava";

const PAGE = 1024;

function dense(allocator: number, withFlash: boolean): CoreOptions {
  const flash = withFlash ? { [Knob.SectorBytes]: 4096, [Knob.SwapSectors]: 64 } : {};
  return {
    arenaBytes: 40_000, knobs: { [Knob.PagesMax]: 256, [Knob.Dense]: 1, [Knob.Allocator]: allocator, ...flash },
    ...withFlash ? { flash: openSimFlash("w25q16").flash } : {},
  };
}

/** Digits without repetition, and blanks: LZ4 leaves more than half of it, so no two share a frame; the dense codec a third. */
function justOverHalf(random: Random, digits = 620): Uint8Array {
  return Uint8Array.from({ length: PAGE }, (_, at) => at < digits ? "0123456789abcdef".charCodeAt(random.below(16)) : 32);
}

/** Fills pages until a few frames are left; returns what each must hold. */
function fill(core: Core, area: number, pages: number, random: Random): Map<number, Uint8Array> {
  const held = new Map<number, Uint8Array>();
  for (let page = 0; page < pages; page++) {
    const content = justOverHalf(random);
    const at = core.areaTouch(area, page, 1);
    if (at < 0) break;
    core.bytes.set(content, at);
    held.set(page, content);
    core.areaPageOut(area, page);
  }
  return held;
}

bothBuilds("29 Recompress idle pages with the denser codec: mem_used falls or stays, data equal, max_pages respected.", (t, open) => {
  for (const allocator of [0, 1, 2]) {
    const core = open(dense(allocator, false));
    const area = core.areaOpen(250);
    const held = fill(core, area, 14, new Random(seedOr(71)));
    const used = core.counterOf("mm_stat.mem_used_total");
    const bytes = core.counterOf("mm_stat.compr_data_size");
    t.is(core.coreRecompress(3, 99), 3);
    t.is(core.counterOf("zcache_mcu.recompressed_pages"), 3);
    checkInvariants(core.bytes);
    const rest = core.coreRecompress(99, 99);
    t.true(rest > 5, `allocator ${allocator}: ${rest} more pages`);
    t.is(core.coreRecompress(99, 99), 0, "nothing is left to gain");
    checkInvariants(core.bytes);
    t.true(core.counterOf("mm_stat.mem_used_total") < used);
    t.true(core.counterOf("mm_stat.compr_data_size") < bytes * 0.8);
    const percent = 100 * core.counterOf("mm_stat.compr_data_size") / core.counterOf("mm_stat.orig_data_size");
    t.true(Math.abs(core.counterOf("zcache_mcu.compr_percent") - percent) <= 2);
    for (const [page, content] of held) t.deepEqual(core.copy(core.areaTouch(area, page, 0), PAGE), content);
  }
});

bothBuilds("a page that LZ4 leaves too large goes to flash packed densely, and comes back", (t, open) => {
  const core = open(dense(0, true));
  const random = new Random(seedOr(72));
  const area = core.areaOpen(64);
  // Samples of 12 significant bits: LZ4 finds nothing to repeat, an entropy stage does.
  const content = new Uint8Array(PAGE);
  for (let i = 0, value = 2048; i < PAGE; i += 2) {
    value += random.below(33) - 16;
    content[i] = value & 255;
    content[i + 1] = value >> 8 & 15;
  }
  core.bytes.set(content, core.areaTouch(area, 0, 1));
  t.is(core.coreSet(Knob.PageLimitBytes, 600), Err.Ok);
  t.is(core.areaPageOut(area, 0), Err.Ok);
  t.is(core.areaPlace(area, 0), 1);
  t.is(core.reaperRun(1), 1);
  t.is(core.counterOf("zcache_mcu.dense_pages_written"), 1);
  t.true(16 * new DataView(core.bytes.buffer).getInt32(Header.SwapLiveGranules, true) < 16 + 800, "bytes of the record");
  t.deepEqual(core.copy(core.areaTouch(area, 0, 0), PAGE), content);
});

/** A page whose LZ4 form is no longer than its dense one, and a page whose dense form is shorter: their contents. */
function dullAndPlain(core: Core): { dull: Uint8Array; plain: Uint8Array } {
  const lz4 = (page: Uint8Array): number => core.lz4Compress(core.put(page), PAGE, core.client + PAGE, PAGE, core.codecTableOffset());
  const densely = (page: Uint8Array): number => core.zbaleCompress(core.put(page), PAGE, core.client + PAGE, PAGE, core.codecTableOffset());
  const random = new Random(75);
  for (let tries = 0; tries < 200; tries++) {
    // Long matches of noise: LZ4 says each in four bytes, and noise is what no model makes shorter.
    const noise = new Uint8Array(360 + 8 * random.below(60));
    random.fill(noise);
    const dull = Uint8Array.from({ length: PAGE }, (_, at) => noise[at % noise.length]);
    if (lz4(dull) > 0 && (densely(dull) < 0 || densely(dull) >= lz4(dull) - 1)) return { dull, plain: justOverHalf(random) };
  }
  throw new Error("no page was found that the dense codec makes no shorter than LZ4");
}

for (const allocator of [0, 1, 2, 3]) {
  bothBuilds(`a zpage that was packed over itself for flash is as it was when the dense codec gains nothing, and when flash fails (allocator ${allocator})`, (t, open) => {
    for (const fails of [true, false]) {
      const sim = openSimFlash("w25q16");
      const flash = new FailingFlash(sim.flash);
      const core = open({ ...dense(allocator, true), flash });
      const { dull, plain } = dullAndPlain(core);
      const area = core.areaOpen(64);
      for (const [page, content] of [dull, plain].entries()) {
        core.bytes.set(content, core.areaTouch(area, page, 1));
        t.is(core.areaPageOut(area, page), Err.Ok);
      }
      if (fails) flash.fail();
      while (core.reaperRun(1) > 0) continue;
      const place = fails ? 1 : 2;
      t.deepEqual([core.areaPlace(area, 0), core.areaPlace(area, 1)], [place, place]);
      t.is(core.counterOf("zcache_mcu.dense_pages_written"), fails ? 0 : 1, "the page that the dense codec makes shorter");
      for (const [page, content] of [dull, plain].entries()) t.deepEqual(core.copy(core.areaTouch(area, page, 0), PAGE), content, `page ${page}, flash fails: ${fails}`);
      checkInvariants(core.bytes, sim.chip.cells);
    }
  });
}

bothBuilds("noise on its way to flash is tried once and then left alone for a while", (t, open) => {
  const core = open(dense(0, true));
  const random = new Random(seedOr(73));
  const area = core.areaOpen(64);
  const held = Array.from({ length: 20 }, () => makePage("random", PAGE, random));
  held.forEach((content, page) => {
    core.bytes.set(content, core.areaTouch(area, page, 1));
    t.is(core.areaPageOut(area, page), Err.Ok);
  });
  while (core.reaperRun(8) > 0);
  t.is(core.counterOf("zcache_mcu.dense_pages_written"), 0);
  held.forEach((content, page) => t.deepEqual(core.copy(core.areaTouch(area, page, 0), PAGE), content));
});

bothBuilds("without the dense codec there is nothing to recompress, and no work space for it", (t, open) => {
  const core = open({ knobs: { [Knob.Dense]: 0 } });
  t.is(core.coreRecompress(5, 5), Err.Invalid);
  const tables = core.coreTableBytes() % PAGE;
  t.true(tables >= 0);
  const page = pageOfDensity(50, PAGE, new Random(seedOr(74)));
  core.put(page);
  t.is(open(dense(0, false)).coreRecompress(-1, 1), Err.Invalid);
});

test("the work space is as long as the codec says", (t) => {
  t.is(DENSE_MODEL_BYTES, ZbaleWork.Decompress);
  t.true(DENSE_MODEL_BYTES + 1024 >= ZbaleWork.Compress);
});

/** Stores named pages, idle work between them if `ticks`, until one is refused; how many there were. All of them read back. */
function namedUntilRefused(t: ExecutionContext, core: Core, ticks: boolean, seed: number): number {
  const random = new Random(seed);
  const pool = core.poolOpen(1);
  const pages: Uint8Array[] = [];
  for (;;) {
    const content = random.below(8) === 0 ? pageOfDensity(30, PAGE, random) : justOverHalf(random, 540);
    core.bytes.set(content, core.client);
    const code = core.frontswapStore(pool, 1, pages.length, core.client);
    if (code !== Err.Ok) break;
    pages.push(content);
    while (ticks && core.coreTick(4) > 0) checkInvariants(core.bytes);
    checkInvariants(core.bytes);
  }
  pages.forEach((content, index) => {
    t.is(core.frontswapLoad(pool, 1, index, core.client), Err.Ok);
    t.deepEqual(core.copy(core.client, PAGE), content);
  });
  return pages.length;
}

bothBuilds("without flash a full store makes pairs before it refuses a page: it holds a quarter more, and every page reads back", (t, open) => {
  const seed = seedOr(77);
  for (const allocator of [0, 1, 2, 3]) for (const ticks of [false, true]) {
    const most = [0, 1].map((isDense) => {
      const core = open({ ...dense(allocator, false), knobs: { ...dense(allocator, false).knobs, [Knob.Dense]: isDense } });
      return namedUntilRefused(t, core, ticks, seed);
    });
    // The codec's work space is a frame or two; allocators but zbud need many pages packed to empty a frame, which idle work does.
    const least = allocator === 0 || ticks ? 1.25 : 0.95;
    t.true(most[1]! >= most[0]! * least, `allocator ${allocator}, ticks ${ticks}, seed ${seed}: ${most[1]} pages, ${most[0]} with LZ4 alone`);
  }
});

/** Characters of 32 kinds, then blanks: LZ4 makes nothing of the characters, the dense codec two thirds. */
function large(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length: PAGE }, (_, at) => at < length ? 64 + random.below(32) : 32);
}

bothBuilds("small pages that came first and share frames part for large ones that came last: a full zbud store without flash has two pages in nearly each frame", (t, open) => {
  const seed = seedOr(83);
  for (const length of [900, PAGE]) for (const ticks of [false, true]) {
    const core = open(dense(0, false));
    const random = new Random(seed);
    const pool = core.poolOpen(1);
    const contents: Uint8Array[] = [];
    // Without idle time a refusal is not the last word: the next call packs the next pages.
    for (let refused = 0; refused < (ticks ? 1 : 6);) {
      contents.push(contents.length < 24 ? pageOfDensity(20, PAGE, random) : large(random, length));
      if (core.frontswapStore(pool, 1, contents.length - 1, core.put(contents[contents.length - 1]!)) !== Err.Ok) {
        contents.pop();
        refused++;
      }
      while (ticks && core.coreTick(4) > 0) checkInvariants(core.bytes);
      checkInvariants(core.bytes);
    }
    // 24 small pages have room for 24 large ones beside them; without them parting there are 42 pages.
    const frames = core.counterOf("zcache.pers_pageframes");
    t.true(contents.length >= (ticks ? 48 : 45), `${contents.length} pages of ${length} characters in ${frames} frames, ticks ${ticks}, seed ${seed}`);
    contents.forEach((content, index) => {
      t.is(core.frontswapLoad(pool, 1, index, core.client), Err.Ok);
      t.deepEqual(core.copy(core.client, PAGE), content, `page ${index}, seed ${seed}`);
    });
  }
});

bothBuilds("an area without flash takes more pages where pairs are made, each as it was written", (t, open) => {
  const seed = seedOr(78);
  for (const allocator of [0, 1, 2, 3]) {
    const held = [0, 1].map((isDense) => {
      const core = open({ ...dense(allocator, false), knobs: { ...dense(allocator, false).knobs, [Knob.Dense]: isDense } });
      const area = core.areaOpen(250);
      const random = new Random(seed);
      const contents: Uint8Array[] = [];
      for (let page = 0; page < 250; page++) {
        const at = core.areaTouch(area, page, 1);
        if (at < 0) break;
        contents.push(justOverHalf(random, 540));
        core.bytes.set(contents[page]!, at);
        checkInvariants(core.bytes);
      }
      contents.forEach((content, page) => t.deepEqual(core.copy(core.areaTouch(area, page, 0), PAGE), content, `allocator ${allocator}, page ${page}, seed ${seed}`));
      return contents.length;
    });
    t.true(held[1]! >= held[0]! * (allocator === 0 ? 1.25 : 0.95), `allocator ${allocator}, seed ${seed}: ${held[1]} pages, ${held[0]} with LZ4 alone`);
  }
});

const wordAt = (core: Core, at: number): number => new DataView(core.bytes.buffer, core.bytes.byteOffset).getUint32(at, true);

/** The page whose zpage the buffer is said to hold, nothing if it is said to hold none. */
function pageInBuffer(core: Core): Uint8Array | undefined {
  const lengthBytes = wordAt(core, Header.JudgedLength) | 0;
  if (lengthBytes <= 0) return undefined;
  const to = core.client + 2 * PAGE;
  const got = core.lz4Decompress(wordAt(core, Header.ZpageBufferAt), lengthBytes, to, PAGE);
  return got === PAGE ? core.copy(to, PAGE) : new Uint8Array(0);
}

/** A store nearly full of dense pages, before a flash that takes nothing more: making room leaves the buffer as it is. */
function fullAndDense(open: (options?: CoreOptions) => Core, allocator: number): { core: Core; contents: Uint8Array[]; area: number } {
  const flash = new FailingFlash(openSimFlash("w25q16").flash);
  const core = open({ ...dense(allocator, true), flash });
  const area = core.areaOpen(60);
  const random = new Random(82);
  const contents = [...fill(core, area, 24, random).values()];
  core.coreRecompress(99, 99);
  flash.fail();
  for (let page = 24; page < 60; page++) {
    const at = core.areaTouch(area, page, 1);
    if (at < 0) break;
    contents.push(justOverHalf(random));
    core.bytes.set(contents[page]!, at);
    core.coreRecompress(99, 99);
  }
  new DataView(core.bytes.buffer, core.bytes.byteOffset).setUint32(Header.JudgedLength, 0, true);
  return { core, contents, area };
}

bothBuilds("the zpage buffer is never said to hold LZ4's zpage of a page when the dense codec has written over it", (t, open) => {
  const random = new Random(seedOr(79));
  let placed = 0;
  for (const allocator of [0, 1, 2, 3]) {
    const { core: named } = fullAndDense(open, allocator);
    const pool = named.poolOpen(1);
    for (let index = 0; index < 20; index++) {
      const content = justOverHalf(random, 540 + random.below(200));
      if (named.frontswapStore(pool, 1, index, named.put(content)) === Err.Ok) placed++;
      const held = pageInBuffer(named);
      if (held !== undefined) t.deepEqual(held, content, `allocator ${allocator}, page ${index}`);
      checkInvariants(named.bytes);
    }
    const { core: paged, contents, area: full } = fullAndDense(open, allocator);
    // Holes that a dense zpage fits into, and not the same page as LZ4 leaves it.
    for (let page = 0; page < 24; page += 3) paged.areaDiscard(full, page);
    const area = paged.areaOpen(40);
    for (let page = 0; page < 40; page++) {
      const at = paged.areaTouch(area, page, 1);
      const held = pageInBuffer(paged);
      if (held !== undefined) t.true(contents.some((content) => Buffer.compare(content, held) === 0), `allocator ${allocator}, page ${page}`);
      if (at < 0) break;
      contents.push(justOverHalf(random, 760 + random.below(100)));
      paged.bytes.set(contents[contents.length - 1]!, at);
    }
  }
  t.true(placed > 4, `${placed} pages had room`);
});

/** A zbud store without flash that is full of pages which LZ4 leaves above half: the next one is taken only if two are packed. */
function fullOfPoorPages(open: (options?: CoreOptions) => Core, pages: number): { core: Core; pool: number; contents: Uint8Array[] } {
  const core = open(dense(0, false));
  const pool = core.poolOpen(1);
  const random = new Random(80);
  const contents: Uint8Array[] = [];
  while (contents.length < pages && core.counterOf("zcache_mcu.recompressed_pages") === 0) {
    contents.push(justOverHalf(random));
    if (core.frontswapStore(pool, 1, contents.length - 1, core.put(contents[contents.length - 1]!)) !== Err.Ok) throw new Error("a page is refused before one is packed");
  }
  return { core, pool, contents };
}

bothBuilds("packing for room goes on at the oldest frame when it has come to the youngest: no page is refused while older ones can make a pair", (t, open) => {
  // The page that made the first pair was one too many.
  const { core, pool, contents } = fullOfPoorPages(open, fullOfPoorPages(open, 1000).contents.length - 1);
  const youngest = new DataView(core.bytes.buffer, core.bytes.byteOffset).getUint16(Header.ListsAt + 8 * List.ZpagesAnon, true);
  const flagsAt = wordAt(core, Header.FrameTableAt) + 8 * youngest + 5;
  core.bytes[flagsAt]! |= FrameFlag.Recompressed;
  new DataView(core.bytes.buffer, core.bytes.byteOffset).setUint32(Header.PackHand, youngest + 1, true);
  // No codec brings it to half a page: it needs a frame of its own.
  contents.push(pageOfDensity(80, PAGE, new Random(81)));
  t.is(core.frontswapStore(pool, 1, contents.length - 1, core.put(contents[contents.length - 1]!)), Err.Ok);
  t.true(core.counterOf("zcache_mcu.recompressed_pages") > 0);
  checkInvariants(core.bytes);
  contents.forEach((content, index) => {
    t.is(core.frontswapLoad(pool, 1, index, core.client), Err.Ok);
    t.deepEqual(core.copy(core.client, PAGE), content);
  });
});

bothBuilds("a full store whose allocator was changed packs zpages of the old one in the bytes they have", (t, open) => {
  const seed = seedOr(79);
  for (const [before, after] of [[3, 0], [1, 0], [2, 0], [0, 3]] as const) {
    const core = open(dense(before, false));
    const area = core.areaOpen(250);
    const random = new Random(seed);
    const contents: Uint8Array[] = [];
    for (let page = 0; page < 250; page++) {
      if (page === 40) t.is(core.coreSet(Knob.Allocator, after), Err.Ok);
      const at = core.areaTouch(area, page, 1);
      if (at < 0) break;
      // Noise and zeros: the dense codec makes more of it than LZ4.
      contents.push(page < 40 ? pageOfDensity(20 + random.below(28), PAGE, random) : justOverHalf(random, 540));
      core.bytes.set(contents[page]!, at);
      checkInvariants(core.bytes);
    }
    t.true(contents.length > 40 && (before !== 3 || core.counterOf("zcache_mcu.recompressed_pages") > 0), `allocators ${before}, ${after}`);
    contents.forEach((content, page) => t.deepEqual(core.copy(core.areaTouch(area, page, 0), PAGE), content, `allocators ${before}, ${after}, page ${page}, seed ${seed}`));
  }
});

/** Marked frames of persistent zpages, and the zpages in them: what packing was at, in vain. */
function markedZpages(core: Core): number {
  let zpages = 0;
  for (let frame = 0; frame < core.frames; frame++) {
    const flags = core.bytes[wordAt(core, Header.FrameTableAt) + 8 * frame + 5]!;
    if (core.frameClass(frame) === List.ZpagesAnon && (flags & FrameFlag.Recompressed) !== 0) zpages += core.frameZpages(frame);
  }
  return zpages;
}

for (const allocator of [1, 2, 3]) {
  bothBuilds(`whoever asks for room has eight pages packed at most, in vain or not, however many a frame holds; who asks next goes on there (allocator ${allocator})`, (t, open) => {
    const core = open({ ...dense(allocator, false), arenaBytes: 60_000 });
    const pool = core.poolOpen(1);
    const random = new Random(seedOr(83));
    // Noise and one repeated word: LZ4 says the second in a few bytes, and nothing is left for the dense codec.
    const store = (index: number, noise: number): number => core.frontswapStore(pool, 1, index, core.put(pageOfDensity(noise, PAGE, random)));
    let stored = 0;
    while (stored < 250 && store(stored, 12 + random.below(20)) === Err.Ok) stored++;
    t.true(stored > 60 && stored < 250, `${stored} pages`);
    let before = markedZpages(core);
    let grown = 0;
    let calls = 0;
    // A page that needs a frame of its own; one is found in the end where the codec gains a byte here and there.
    while (calls++ < 30 && store(300, 90) !== Err.Ok) {
      const now = markedZpages(core);
      grown += now - before;
      // A frame that was begun by the call before is marked by this one.
      t.true(grown <= 8 * (calls + 1), `${grown} pages in ${calls} calls`);
      before = now;
      checkInvariants(core.bytes);
    }
    t.log(`allocator ${allocator}: ${grown} pages in ${calls - 1} calls, ${stored} pages`);
    t.true(grown > 20, `${grown} pages: each call goes on`);
  });
}

bothBuilds("what packing and moving can make room for is taken at the first call: a page that was refused is refused again", (t, open) => {
  for (const seed of [7, 8, 9]) {
    const core = open({ ...dense(0, false), arenaBytes: 60_000 });
    const pool = core.poolOpen(1);
    const random = new Random(seed);
    const store = (index: number, noise: number): number => core.frontswapStore(pool, 1, index, core.put(pageOfDensity(noise, PAGE, random)));
    let small = 0;
    while (small < 200 && store(small, 40) === Err.Ok) small++;
    // Now frames hold one zpage each that was tried densely: two of them moved together are a frame.
    for (let index = 0; index < small; index++) if (random.chance(50)) core.frontswapInvalidatePage(pool, 1, index);
    let large = 0;
    while (store(1000 + large, 62) === Err.Ok) large++;
    t.true(large > 10, `${large} large pages`);
    for (let again = 0; again < 5; again++) t.not(store(1000 + large, 62), Err.Ok, `seed ${seed}: taken at call ${again + 2} after ${large} pages`);
    checkInvariants(core.bytes);
  }
});
