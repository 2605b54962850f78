/** Any other engine: flash from the host (options.flash). */
import type { OpenOptions } from "../script/open";
import type { ScriptFlash } from "../script/flash";
import { type HostFlash, openHostFlash } from "./flash";

export interface Options extends OpenOptions {
  /** What the host gives. */
  flash?: HostFlash;
}

/** The flash that the options name; undefined for none. */
export function openFlash(options: Options): ScriptFlash | undefined { return options.flash ? openHostFlash(options.flash) : undefined; }
