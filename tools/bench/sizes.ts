/**
 * How small codecs make the same pages, each page by itself: our two, LZ4 being the fast one; zstd at level 19; and
 * lz-string, what a user of JavaScript has today. Measured on the host: sizes do not depend on the machine, and the
 * board's bench decodes what ours pack. A page that does not become smaller counts as it is.
 *
 * zstd's package writes whole frames. A frame without the magic number and without the content size, which need not be
 * stored for a page, is FRAME_OVERHEAD bytes shorter and otherwise the same; that is what is counted.
 */
import { createRequire } from "node:module";
import LZString from "lz-string";
import { Knob } from "../../firmware/core/config";
import { buildCore } from "../build/core";
import { loadCore, setKnobs } from "../core/wasm-core";
import { isSameFilled, type PageFile } from "./page-files";

/** Bytes of one page as each codec leaves it. */
export interface PageSizes { lz4: number; dense: number; zstd: number; lzString: number; isSame: boolean; }
export interface FileSizes { name: string; kind: string; pages: number; lz4: number; dense: number; zstd: number; lzString: number; }

interface Zstd { init(): Promise<void>; compress(bytes: Uint8Array, level: number): Uint8Array; }

const ZSTD_LEVEL = 19;
/** The magic number, and the two bytes of a content size of 256 to 65 791; the window's byte takes their place. */
const FRAME_OVERHEAD = 4 + 2 - 1;

export async function measureSizes(files: PageFile[]): Promise<PageSizes[][]> {
  await buildCore();
  const zstd = createRequire(import.meta.url)("@bokuweb/zstd-wasm") as Zstd;
  await zstd.init();
  const pack = openCodecs(files[0].pages[0].length);
  return files.map(({ pages }) => pages.map((page) => ({
    ...pack(page),
    zstd: Math.min(page.length, zstd.compress(page, ZSTD_LEVEL).length - FRAME_OVERHEAD),
    lzString: Math.min(page.length, LZString.compressToUint8Array(textOf(page)).length),
    isSame: isSameFilled(page),
  })));
}

/** Our codecs, in a core that is used for nothing else: the page, what comes out and the work area lie in the link's region. */
function openCodecs(pageBytes: number): (page: Uint8Array) => { lz4: number; dense: number } {
  const core = loadCore(65536);
  setKnobs(core, { [Knob.PageBytes]: pageBytes, [Knob.LinkBytes]: 8192, [Knob.PagesMax]: 64 });
  core.calls.coreOpen(65536);
  const from = core.calls.linkOffset();
  const most = core.calls.zpoolMaxBytes();
  return (page) => {
    core.bytes.set(page, from);
    const lz4 = core.calls.lz4Compress(from, page.length, from + page.length, most, core.calls.codecTableOffset());
    const dense = core.calls.zbaleCompress(from, page.length, from + page.length, most, from + 2 * page.length);
    return { lz4: lz4 < 0 ? page.length : lz4, dense: dense < 0 ? page.length : dense };
  };
}

/** A page as the string that a program in JavaScript would have: a character a byte. */
export function textOf(page: Uint8Array): string { return Buffer.from(page).toString("latin1"); }

/** Percent of the pages' bytes, by file. */
export function sizesByFile(files: PageFile[], sizes: PageSizes[][]): FileSizes[] {
  return files.map(({ name, kind, pages }, file) => ({ name, kind, pages: pages.length, ...percents(sizes[file], pages[0].length) }));
}

export function percents(sizes: PageSizes[], pageBytes: number): { lz4: number; dense: number; zstd: number; lzString: number } {
  const percent = (of: (one: PageSizes) => number): number =>
    Math.round(10_000 * sizes.reduce((sum, one) => sum + of(one), 0) / sizes.length / pageBytes) / 100;
  return { lz4: percent((one) => one.lz4), dense: percent((one) => one.dense), zstd: percent((one) => one.zstd), lzString: percent((one) => one.lzString) };
}
