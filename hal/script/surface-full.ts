/** What a full bundle gives an app: the API of firmware/api over the core as JavaScript. */
import * as calls from "../../firmware/native";
import { openStore } from "../../firmware/api/store";
import { type OpenOptions, openBlock } from "./open";
import type { ScriptFlash } from "./flash";

/** The region that the API's stage lies in (firmware/shapes/stage.ts). */
const STAGE_BYTES = 1080;

export function openSurface(options: OpenOptions, flash: ScriptFlash | undefined, put: (byte: number) => void): any {
  const block = openBlock({ arenaBytes: options.arenaBytes, clientBytes: 0, pageBytes: options.pageBytes, pagesMax: options.pagesMax, stageBytes: STAGE_BYTES }, flash, put);
  return openStore({ calls: calls, bytes: function (): Uint8Array { return block.bytes; } });
}
