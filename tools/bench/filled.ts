/**
 * What a store holds in fact: pages are stored by name one after another in shuffled order, without flash, idle work
 * between them, all knobs as shipped but the allocator, in as few frames as take every page without a refusal. Pages of
 * one repeated word are left out, because they take no room; raw ones are in. All are read back.
 *
 * density.ts computes the same from sizes alone, as if every page had been packed at its best before it was placed.
 * Here the store packs what it must, when it must, and finds buddies among what lies there.
 */
import { Counter } from "../../firmware/core/counters";
import { Knob } from "../../firmware/core/config";
import { LEAF_PAGES } from "../../firmware/core/layout";
import { ALLOCATORS } from "../core/knobs";
import { loadCore, setKnobs, type WasmCore } from "../core/wasm-core";
import { ExitCode, Failure } from "../failure";
import { hundredths, shuffled } from "./density";
import { isSameFilled } from "./page-files";

export interface FilledFigures {
  allocator: string;
  pages: number;
  /** Pages that are kept as they are; each takes a frame. */
  rawPages: number;
  /** Frames that the store has, and those of them that hold zpages. */
  frames: number;
  zpageFrames: number;
  /** Pages over frames of zpages. */
  pagesPerFrame: number;
  /** As many bytes as the zpages of this run have, without a gap. */
  idealPagesPerFrame: number;
  /** The first figure without raw pages and their frames; 0 if there are no others. */
  pagesPerFrameWithoutRaw: number;
  /** Memory over the bytes of the zpages. */
  memory: number;
}

interface Shape { pageBytes: number; pagesMax: number; allocator: number; }

const FRAME_TABLE_BYTES = 8;
/** More than the tables of a store have beside those of its pages and frames. */
const TABLE_BYTES = 65536;
/** More than the tables have for a page. */
const PAGE_TABLE_BYTES = 16;
/** The object under which all pages are stored. */
const OBJECT = 1;

/** For each allocator; `pages` are `pageBytes` long. Cost: a dozen stores filled for each, of 3 000 pages 10 s together. */
export function measureFilled(pages: Uint8Array[], pageBytes: number): FilledFigures[] {
  const order = shuffled(pages.filter((page) => !isSameFilled(page)));
  const pagesMax = Math.max(1, Math.ceil(order.length / LEAF_PAGES)) * LEAF_PAGES;
  return ALLOCATORS.map((_, allocator) => fewestFrames(order, { pageBytes, pagesMax, allocator }));
}

/** Halves the range of arenas, in steps of a frame, until no smaller one takes all pages. */
function fewestFrames(pages: Uint8Array[], shape: Shape): FilledFigures {
  const frameBytes = shape.pageBytes + FRAME_TABLE_BYTES;
  let [refusing, taking] = [0, Math.ceil((TABLE_BYTES + (frameBytes + PAGE_TABLE_BYTES) * shape.pagesMax) / frameBytes)];
  let best = fill(pages, shape, taking * frameBytes);
  if (best === undefined) throw new Failure(ExitCode.Failed, `${ALLOCATORS[shape.allocator]} does not take ${pages.length} pages in an arena of ${taking * frameBytes} bytes, which has a frame for each`);
  while (taking - refusing > 1) {
    const middle = (refusing + taking) >> 1;
    const figures = fill(pages, shape, middle * frameBytes);
    if (figures === undefined) refusing = middle;
    else [taking, best] = [middle, figures];
  }
  return best;
}

/** Stores all pages in an arena of so many bytes; undefined when one is refused, or it is too small for a store. */
function fill(pages: Uint8Array[], { pageBytes, pagesMax, allocator }: Shape, arenaBytes: number): FilledFigures | undefined {
  const client = Math.ceil(arenaBytes / pageBytes) * pageBytes;
  const core = loadCore(client + pageBytes);
  setKnobs(core, { [Knob.PageBytes]: pageBytes, [Knob.PagesMax]: pagesMax, [Knob.Allocator]: allocator });
  if (core.calls.coreOpen(arenaBytes) < 0) return undefined;
  const pool = core.calls.poolOpen(1);
  for (const [index, page] of pages.entries()) {
    core.bytes.set(page, client);
    if (core.calls.frontswapStore(pool, OBJECT, index, client) !== 0) return undefined;
    while (core.calls.coreTick(1) > 0) continue;
  }
  const figures = figuresOf(core, allocator, pageBytes);
  pages.forEach((page, index) => {
    if (core.calls.frontswapLoad(pool, OBJECT, index, client) === 0 && !Buffer.compare(page, core.bytes.subarray(client, client + pageBytes))) return;
    throw new Failure(ExitCode.Failed, `page ${index} of ${pages.length} does not come back from ${ALLOCATORS[allocator]} as it was stored`);
  });
  return figures;
}

function figuresOf({ calls }: WasmCore, allocator: number, pageBytes: number): FilledFigures {
  calls.coreRefresh();
  const [pages, rawPages] = [calls.counter(Counter.PersZpages), calls.counter(Counter.StoredIncompressiblePages)];
  const [zpageFrames, bytes] = [calls.counter(Counter.PersPageframes), calls.counter(Counter.PersZbytes)];
  return {
    allocator: ALLOCATORS[allocator], pages, rawPages, frames: calls.coreFrames(), zpageFrames,
    pagesPerFrame: hundredths(pages / zpageFrames), idealPagesPerFrame: hundredths(pages * pageBytes / bytes),
    pagesPerFrameWithoutRaw: pages > rawPages ? hundredths((pages - rawPages) / (zpageFrames - rawPages)) : 0,
    memory: Math.round(1000 * zpageFrames * pageBytes / bytes) / 1000,
  };
}
