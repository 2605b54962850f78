/**
 * The profiles of a bundle for other engines: what each knows beforehand (profile-facts.ts). `full` is everything an app can
 * ask for over the core as JavaScript; `swap` is pages by name and areas in compressed RAM, packed by lz4 into zbud, with
 * flash behind them; `minimal` is that without flash. The last two have no ephemeral pools, no tenants, no dense codec.
 */
import { FULL } from "./full-facts";
import { MINIMAL } from "./minimal-facts";
import type { Facts } from "./profile-facts";
import { SWAP } from "./swap-facts";

export const PROFILES = ["full", "swap", "minimal"] as const;
export type Profile = typeof PROFILES[number];

export const ENGINES = ["espruino", "jerryscript", "mquickjs", "generic"] as const;
export type Engine = typeof ENGINES[number];

export const FACTS: Record<Profile, Facts> = { full: FULL, swap: SWAP, minimal: MINIMAL };
