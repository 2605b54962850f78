/** The entry of a minimal bundle, the same on every engine: it has no flash, and needs nothing of its host. */
import type { OpenOptions, PageStore } from "./open";
import { openSurface } from "./surface-minimal";

export function open(options?: OpenOptions): PageStore { return openSurface(options || {}); }
