/** The entry of a minimal bundle, the same on every engine: it has no flash, and needs nothing of its host. */
import type { OpenOptions } from "./open";
import { type MinimalStore, openSurface } from "./surface-minimal";

export function open(options?: OpenOptions): MinimalStore { return openSurface(options || {}); }
