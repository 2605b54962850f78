/** MicroQuickJS: flash from the host (options.flash), as its firmware has no module of its own. The entry of a bundle: `zcache.open(options)`. */
import { openSurface } from "../script/surface-full";
import type { OpenOptions } from "../script/open";
import { type HostFlash, openHostFlash } from "../generic/flash";

export interface Options extends OpenOptions {
  /** What the host gives. */
  flash?: HostFlash;
}

export function open(given?: Options): any {
  const options: Options = given || {};
  return openSurface(options, options.flash ? openHostFlash(options.flash) : undefined, function (): void { /* the engine has its own console */ });
}
