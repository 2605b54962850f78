/**
 * What bundles cost: bytes by module (its share of what went in, before shortening, which leaves no borders), and the heap
 * that an engine needs to load them, as measured heap bytes for each byte of a bundle.
 */
import { readFileSync } from "node:fs";
import { buildBundle } from "../build/engine-bundle";
import type { Sizes } from "../build/image";
import { inRoot } from "../build/paths";
import type { Engine, Profile } from "../build/profiles";
import { writeFile } from "../build/steps";

/**
 * Heap bytes that stay when a bundle has been loaded, for each of its bytes. Measured on 32-bit builds with bundles of 7.0 and
 * 12.2 KB (docs/ENGINES.md): Duktape with low memory and ROM built-ins, and the others from source or as they are thriftiest.
 */
export const HEAP_PER_BYTE: Record<string, number> = {
  "duktape": 2.66, "mquickjs": 2.03, "mquickjs as bytecode": 0.43, "espruino": 1.4, "espruino from Storage": 0.56, "jerryscript": 1.14, "jerryscript as snapshot": 0.65,
};

const BUNDLES: { name: string; profile: Profile; engine: Engine; targetBytes: number }[] = [
  { name: "full, generic", profile: "full", engine: "generic", targetBytes: 36 * 1024 },
  { name: "full, espruino", profile: "full", engine: "espruino", targetBytes: 36 * 1024 },
  { name: "full, jerryscript", profile: "full", engine: "jerryscript", targetBytes: 36 * 1024 },
  { name: "full, mquickjs", profile: "full", engine: "mquickjs", targetBytes: 36 * 1024 },
  { name: "minimal", profile: "minimal", engine: "generic", targetBytes: 10 * 1024 },
];

export interface BundleSizes {
  name: string;
  bytes: number;
  /** What it should be at most. */
  targetBytes: number;
  heap: { engine: string; bytes: number }[];
  /** heapBytes: with Duktape, which keeps what it compiled in RAM. */
  modules: { name: string; bytes: number; heapBytes: number }[];
}

export async function weighBundles(): Promise<BundleSizes[]> {
  const weighed: BundleSizes[] = [];
  for (const { name, profile, engine, targetBytes } of BUNDLES) {
    const { bytes, modules } = await buildBundle(profile, engine);
    const heap = Object.entries(HEAP_PER_BYTE).map(([which, factor]) => ({ engine: which, bytes: Math.round(bytes * factor) }));
    const rows = Object.entries(modules).map(([module, share]) => ({ name: module, bytes: share, heapBytes: Math.round(share * HEAP_PER_BYTE["duktape"]!) }));
    weighed.push({ name, bytes, targetBytes, heap, modules: rows });
  }
  return weighed;
}

export type Figures = Record<string, number>;

/** The figures that a release is compared by. */
export function keyFigures(board: string, sizes: Sizes, bundles: BundleSizes[]): Figures {
  const figures: Figures = { [`${board}: code flash`]: sizes.flash.total, [`${board}: RAM without frames`]: sizes.ram.total - sizes.ram.arena_parts.frames };
  for (const [part, bytes] of Object.entries(sizes.flash.parts)) figures[`${board}: code of ${part}`] = bytes;
  for (const { name, bytes } of bundles) figures[`bundle ${name}`] = bytes;
  return figures;
}

export interface Released { version: string; figures: Figures; }

const path = (): string => inRoot("tools", "size", "released.json");

export function readReleased(): Released { return JSON.parse(readFileSync(path(), "utf8")) as Released; }

/** Makes these the release's figures, under the version of package.json; figures of other boards stay. */
export function recordRelease(figures: Figures): void {
  const { version } = JSON.parse(readFileSync(inRoot("package.json"), "utf8")) as { version: string };
  writeFile(path(), `${JSON.stringify({ version, figures: { ...readReleased().figures, ...figures } }, null, 2)}\n`);
}

/** Bytes more than at the release, for each figure that both have. */
export function differences(now: Figures, released: Figures): Figures {
  return Object.fromEntries(Object.entries(now).filter(([name]) => Object.hasOwn(released, name)).map(([name, bytes]) => [name, bytes - released[name]!]));
}
