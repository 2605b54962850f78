/** Espruino: flash by its module Flash (options.sectors pages of the largest free area, none when 0). */
import type { OpenOptions } from "../script/open";
import type { ScriptFlash } from "../script/flash";
import { openEspruinoFlash } from "./flash";
/** The engine's own require(); the build gives it its name back, which esbuild would take for its own. */
declare function hostRequire(name: string): any;

export interface Options extends OpenOptions {
  /** Pages of flash to use; 0: none; absent: all that is free. */
  sectors?: number;
}

/** The flash that the options name; undefined for none. */
export function openFlash(options: Options): ScriptFlash | undefined {
  return options.sectors === 0 ? undefined : openEspruinoFlash(hostRequire("Flash"), options.sectors);
}
