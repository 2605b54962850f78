/** Any other engine: flash from the host (options.flash). The entry of a bundle: `zcache.open(options)`. */
import { openSurface } from "../script/surface-full";
import type { OpenOptions } from "../script/open";
import { type HostFlash, openHostFlash } from "./flash";

export interface Options extends OpenOptions {
  /** What the host gives. */
  flash?: HostFlash;
}

export function open(given?: Options): any {
  const options: Options = given || {};
  return openSurface(options, options.flash ? openHostFlash(options.flash) : undefined, function (): void { /* the engine has its own console */ });
}
