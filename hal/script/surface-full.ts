/** What a full bundle gives an app: the API of firmware/api over the core as JavaScript. */
import type { Core } from "../../firmware/api/core";
import { type Store, openStore } from "../../firmware/api/store";
import { type OpenOptions, openBlock } from "./open";
import type { ScriptFlash } from "./flash";

/** The region that the API's stage lies in (firmware/shapes/stage.ts). */
const STAGE_BYTES = 1080;

/**
 * There is one core in a bundle, and the build puts its functions and its memory where the API asks a Core for them
 * (tools/build/direct-calls.ts): so it is given none.
 */
export function openSurface(options: OpenOptions, flash: ScriptFlash | undefined): Store {
  openBlock({ arenaBytes: options.arenaBytes, clientBytes: 0, pageBytes: options.pageBytes, pagesMax: options.pagesMax, stageBytes: STAGE_BYTES,
    durablePagesMax: options.durablePagesMax }, flash);
  return openStore({} as Core);
}
