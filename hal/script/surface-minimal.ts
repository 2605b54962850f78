/**
 * What a minimal bundle gives: pages by name and areas of pages, as the core has them; no flash. Pages go in and out through
 * the client's room, `client` in `bytes`; every call answers 0 or a result, or a negative code (firmware/core/errors.ts).
 */
import { areaClose, areaOpen, areaTouch, frontswapInvalidateArea, frontswapInvalidatePage, frontswapLoad, frontswapStore, poolOpen } from "../../firmware/core/calls";
import { counter } from "../../firmware/core/exports";
import { type OpenOptions, openBlock } from "./open";

export function openSurface(options: OpenOptions, _flash: undefined, put: (byte: number) => void): any {
  const block = openBlock(options, undefined, put);
  return {
    bytes: block.bytes, client: block.client, frames: block.frames, pool: poolOpen, store: frontswapStore, load: frontswapLoad,
    forget: frontswapInvalidatePage, forgetAll: frontswapInvalidateArea, area: areaOpen, touch: areaTouch, close: areaClose, counter: counter,
  };
}
