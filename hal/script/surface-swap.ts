/**
 * What a swap bundle gives: pages by name and areas of pages, as the core has them, which go to flash when RAM is full. Pages go
 * in and out through the client's room, `client` in `bytes`; every call answers 0 or a result, or a negative code
 * (firmware/core/errors.ts). What a minimal bundle has is called the same here.
 */
import { areaClose, areaOpen, areaTouch, coreTick, frontswapInvalidateArea, frontswapInvalidatePage, frontswapLoad, frontswapStore, poolOpen } from "../../firmware/core/calls";
import { counter, coreRefresh, swapFound } from "../../firmware/core/exports";
import { freeFrames } from "../../firmware/core/frames";
import { type OpenOptions, type PageStore, openBlock } from "./open";
import type { ScriptFlash } from "./flash";

export interface SwapStore extends PageStore {
  /** Up to `steps` steps of idle work: frames kept free, cold data moved off worn sectors. How many were done; 0: there is nothing to do. */
  tick(steps: number): number;
  /** Brings the derived counters up to date, and the value of one (firmware/core/counters.ts). */
  refresh(): number;
  counter(which: number): number;
  /** What was found on the flash (swapFound() in firmware/core/exports.ts): 16 and above, and it is left alone. */
  found(): number;
}

export function openSurface(options: OpenOptions, flash: ScriptFlash | undefined): SwapStore {
  const block = openBlock(options, flash);
  return {
    bytes: block.bytes, client: block.client, frames: block.frames, pool: poolOpen, store: frontswapStore, load: frontswapLoad,
    forget: frontswapInvalidatePage, forgetAll: frontswapInvalidateArea, area: areaOpen, touch: areaTouch, close: areaClose, free: freeFrames,
    tick: coreTick, refresh: coreRefresh, counter: counter, found: swapFound,
  };
}
