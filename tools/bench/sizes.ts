/**
 * How small codecs make the same pages, each page by itself: our two, LZ4 being the fast one; zstd at level 19; and
 * lz-string, what a user of JavaScript has today. Measured on the host: sizes do not depend on the machine, and the
 * board's bench decodes what ours pack. A page that does not become smaller counts as it is.
 *
 * zstd's package writes whole frames. A frame without the magic number and without the content size, which need not be
 * stored for a page, is FRAME_OVERHEAD bytes shorter and otherwise the same; that is what is counted.
 */
import { createRequire } from "node:module";
import { buildCore } from "../build/core";
import { needPackages } from "../build/steps";
import { coreCodecs, lzString } from "../codecs/codecs";
import type { PageCodec } from "../codecs/codec";
import { loadCore } from "../core/wasm-core";
import { isSameFilled, type PageFile } from "./page-files";

/** Bytes of one page as each codec leaves it. */
export interface PageSizes { lz4: number; dense: number; zstd: number; lzString: number; isSame: boolean; }
export interface FileSizes { name: string; kind: string; pages: number; lz4: number; dense: number; zstd: number; lzString: number; }

interface Zstd { init(): Promise<void>; compress(bytes: Uint8Array, level: number): Uint8Array; }

const ZSTD_LEVEL = 19;
/** The magic number, and the two bytes of a content size of 256 to 65 791; the window's byte takes their place. */
const FRAME_OVERHEAD = 4 + 2 - 1;
/** A zpage is this much shorter than a page: a chunk of zbud's frame is its header. */
const CHUNKS = 64;

export async function measureSizes(files: PageFile[]): Promise<PageSizes[][]> {
  await buildCore();
  await needPackages("measure");
  const lz = await lzString();
  const zstd = createRequire(import.meta.url)("@bokuweb/zstd-wasm") as Zstd;
  await zstd.init();
  const [lz4, dense] = coreCodecs(loadCore(65536));
  const sizeBy = (codec: PageCodec, page: Uint8Array): number => codec.pack(page, page.length - page.length / CHUNKS)?.length ?? page.length;
  return files.map(({ pages }) => pages.map((page) => ({
    lz4: sizeBy(lz4, page),
    dense: sizeBy(dense, page),
    zstd: Math.min(page.length, zstd.compress(page, ZSTD_LEVEL).length - FRAME_OVERHEAD),
    lzString: lz.pack(page, page.length)?.length ?? page.length,
    isSame: isSameFilled(page),
  })));
}

/** Percent of the pages' bytes, by file. */
export function sizesByFile(files: PageFile[], sizes: PageSizes[][]): FileSizes[] {
  return files.map(({ name, kind, pages }, file) => ({ name, kind, pages: pages.length, ...percents(sizes[file], pages[0].length) }));
}

export function percents(sizes: PageSizes[], pageBytes: number): { lz4: number; dense: number; zstd: number; lzString: number } {
  const percent = (of: (one: PageSizes) => number): number =>
    Math.round(10_000 * sizes.reduce((sum, one) => sum + of(one), 0) / sizes.length / pageBytes) / 100;
  return { lz4: percent((one) => one.lz4), dense: percent((one) => one.dense), zstd: percent((one) => one.zstd), lzString: percent((one) => one.lzString) };
}
