/** Espruino: flash by its module Flash (options.sectors pages of the largest free area, none when 0). The entry of a bundle: `zcache.open(options)`. */
import { openSurface } from "../script/surface-full";
import type { OpenOptions } from "../script/open";
import { openEspruinoFlash } from "./flash";
/** The engine's own require(); the build gives it its name back, which esbuild would take for its own. */
declare function hostRequire(name: string): any;

export interface Options extends OpenOptions {
  /** Pages of flash to use; 0: none; absent: all that is free. */
  sectors?: number;
}

export function open(given?: Options): any {
  const options: Options = given || {};
  return openSurface(options, options.sectors === 0 ? undefined : openEspruinoFlash(hostRequire("Flash"), options.sectors), function (): void { /* the engine has its own console */ });
}
