/**
 * What a minimal bundle gives: pages by name and areas of pages, as the core has them; no flash. Pages go in and out through
 * the client's room, `client` in `bytes`; every call answers 0 or a result, or a negative code (firmware/core/errors.ts).
 */
import { areaClose, areaOpen, areaTouch, frontswapInvalidateArea, frontswapInvalidatePage, frontswapLoad, frontswapStore, poolOpen } from "../../firmware/core/calls";
import { counter } from "../../firmware/core/exports";
import { type OpenOptions, openBlock } from "./open";

export interface MinimalStore {
  /** The block of memory, where the client's room begins in it, and how many frames the store has. */
  bytes: Uint8Array;
  client: number;
  frames: number;
  /** Opens a pool of pages by name: poolOpen(1). */
  pool(kind: number): number;
  store(pool: number, object: number, index: number, from: number): number;
  load(pool: number, object: number, index: number, to: number): number;
  forget(pool: number, object: number, index: number): number;
  forgetAll(pool: number, object: number): number;
  /** Opens an area of so many pages; touch() gives the offset of a page's bytes, good until the next call. */
  area(pages: number): number;
  touch(area: number, page: number, forWrite: number): number;
  close(area: number): number;
  counter(which: number): number;
}

export function openSurface(options: OpenOptions, _flash: undefined, put: (byte: number) => void): MinimalStore {
  const block = openBlock(options, undefined, put);
  return {
    bytes: block.bytes, client: block.client, frames: block.frames, pool: poolOpen, store: frontswapStore, load: frontswapLoad,
    forget: frontswapInvalidatePage, forgetAll: frontswapInvalidateArea, area: areaOpen, touch: areaTouch, close: areaClose, counter: counter,
  };
}
