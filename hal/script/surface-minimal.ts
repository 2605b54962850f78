/**
 * What a minimal bundle gives: pages by name and areas of pages, as the core has them; no flash. Pages go in and out through
 * the client's room, `client` in `bytes`; every call answers 0 or a result, or a negative code (firmware/core/errors.ts).
 * There is one store at a time: what an open() before gave answers for the new one. An open() that fails changes nothing.
 *
 * The calls are the store's own, without the gate (firmware/core/gate.ts): the store is open before anybody has them, and
 * with no port nobody can call while it is at work. What a page may lie in is asked here.
 */
import { Err } from "../../firmware/core/errors";
import { freeFrames } from "../../firmware/core/frames";
import { frontswapInvalidateArea, frontswapInvalidatePage, frontswapLoad, frontswapStore } from "../../firmware/core/store/frontswap";
import { areaClose, areaOpen, areaTouch } from "../../firmware/core/store/paging";
import { openPool } from "../../firmware/core/store/tmem";
import type { OpenOptions, PageStore } from "./open";
import { frames, isPage, openStore } from "./twins-minimal";

/** A whole number: what is none counts as 0, which no store can be made of. */
function orElse(value: number | undefined, other: number): number { return (value === undefined ? other : value) | 0; }

/** Opens the store. Throws a sentence when the figures do not fit together. */
export function openSurface(options: OpenOptions): PageStore {
  const arenaBytes = orElse(options.arenaBytes, 16384);
  const bytes = openStore(arenaBytes, orElse(options.clientBytes, 2048), orElse(options.pageBytes, 512), orElse(options.pagesMax, 256));
  if (!bytes) throw new Error("zcache: " + arenaBytes + " bytes with these figures make no store: give more arenaBytes or fewer pagesMax");
  return {
    bytes: bytes, client: arenaBytes, frames: frames, pool: openPool, forget: frontswapInvalidatePage, forgetAll: frontswapInvalidateArea, area: areaOpen, touch: areaTouch, close: areaClose, free: freeFrames,
    store: function (pool: number, object: number, index: number, from: number): number { return isPage(from) ? frontswapStore(pool, object, index, from) : Err.Invalid; },
    load: function (pool: number, object: number, index: number, to: number): number { return isPage(to) ? frontswapLoad(pool, object, index, to) : Err.Invalid; },
  };
}
