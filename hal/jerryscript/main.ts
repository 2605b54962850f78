/** JerryScript: on Kaluma flash by its module (options.base and options.sectors, sectors that no file system uses); elsewhere by the host (options.flash). */
import type { OpenOptions } from "../script/open";
import type { ScriptFlash } from "../script/flash";
import { openKalumaFlash } from "./flash";
import { type HostFlash, openHostFlash } from "../generic/flash";
/** The engine's own require(); the build gives it its name back, which esbuild would take for its own. */
declare function hostRequire(name: string): any;

export interface Options extends OpenOptions {
  /** Kaluma: the first sector, and how many. */
  base?: number;
  sectors?: number;
  /** Plain JerryScript: what the host gives. */
  flash?: HostFlash;
}

/** The flash that the options name; undefined for none. */
export function openFlash(options: Options): ScriptFlash | undefined {
  if (options.flash) return openHostFlash(options.flash);
  if (!options.sectors || typeof hostRequire != "function") return undefined;
  const module = hostRequire("flash");
  return openKalumaFlash(new module.Flash(options.base || 0, options.sectors));
}
