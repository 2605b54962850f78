/**
 * The profiles of a bundle for other engines: what each knows beforehand (profile-facts.ts). `full` is everything an app can
 * ask for over the core as JavaScript; `minimal` is pages by name and areas in compressed RAM, packed by lz4 into zbud, and
 * nothing else: no flash, no ephemeral pools, no tenants, no dense codec.
 */
import { MINIMAL } from "./minimal-facts";
import type { Facts } from "./profile-facts";

export const PROFILES = ["full", "minimal"] as const;
export type Profile = typeof PROFILES[number];

export const ENGINES = ["espruino", "jerryscript", "mquickjs", "generic"] as const;
export type Engine = typeof ENGINES[number];

export const FACTS: Record<Profile, Facts> = {
  full: { knobs: { TenantsMax: 1 }, allocators: ["Zbud", "Zsmalloc", "Raw"], answers: { hasTenants: false } },
  minimal: MINIMAL,
};
