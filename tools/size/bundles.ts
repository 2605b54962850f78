/**
 * What bundles cost: bytes by module, and the heap that an engine needs to load them. Heap is "measured" in the engines that are at
 * hand when this is built (heap-gauge.ts), of this very bundle; "computed" is a bundle's bytes times a factor of docs/ENGINES.md,
 * for engines that are not at hand and for bundles that nobody has measured.
 */
import { buildBundle, bundleStep } from "../build/engine-bundle";
import type { Engine, Profile } from "../build/profiles";
import { planPackages, planSteps, sideBySide } from "../build/steps";
import { type OwnedBundle, heapOfBundle } from "./heap-record";

/**
 * Heap bytes that stay when a bundle has been loaded, for each of its bytes. Measured on 32-bit builds with bundles of 7.0 and
 * 12.2 KB (docs/ENGINES.md), the others from source or as they are thriftiest; Duktape and QuickJS with the bundles that are listed here.
 */
export const HEAP_PER_BYTE: Record<string, number> = {
  "duktape": 4, "quickjs": 4.2, "mquickjs": 2.03, "mquickjs as bytecode": 0.43, "espruino": 1.4, "espruino from Storage": 0.56, "jerryscript": 1.14,
  "jerryscript as snapshot": 0.65,
};

interface Kind {
  name: string;
  profile: Profile;
  engine: Engine;
  targetBytes: number;
  /** Engines that it is for; the first is that of the modules' column. */
  heaps: string[];
}

const TARGET = 36 * 1024;
/** Engines that a bundle of each kind is for. */
const HEAPS: [Engine, string[]][] = [
  ["generic", ["duktape", "quickjs"]], ["espruino", ["espruino", "espruino from Storage"]], ["jerryscript", ["jerryscript", "jerryscript as snapshot"]],
  ["mquickjs", ["mquickjs", "mquickjs as bytecode"]],
];
const BUNDLES: Kind[] = [
  ...(["full", "swap"] as const).flatMap((profile) => HEAPS.map(([engine, heaps]): Kind => ({ name: `${profile}, ${engine}`, profile, engine, targetBytes: TARGET, heaps }))),
  { name: "minimal", profile: "minimal", engine: "generic", targetBytes: 10 * 1024, heaps: Object.keys(HEAP_PER_BYTE) },
];

/** How a figure of heap came about. "apportioned": measured for the bundle, and a module has its share by its bytes. */
export type How = "measured" | "apportioned" | "computed";

export interface BundleModule { name: string; bytes: number; heapBytes: number; }

export interface BundleSizes {
  name: string;
  bytes: number;
  /** What it should be at most. */
  targetBytes: number;
  met: boolean;
  heap: { engine: string; bytes: number; how: How }[];
  /** In the first engine of `heap`; `how` is of their heapBytes. */
  how: How;
  modules: BundleModule[];
}

export interface BuiltBundle { kind: Kind; bundle: OwnedBundle; }

/** Plans the steps of buildBundles(), for a command that has others before. */
export function planBundles(): void {
  planPackages("bundles");
  planSteps(BUNDLES.map(({ profile, engine }) => bundleStep(profile, engine)));
}

export async function buildBundles(): Promise<BuiltBundle[]> {
  planBundles();
  return sideBySide(BUNDLES, async (kind) => ({ kind, bundle: await buildBundle(kind.profile, kind.engine) }));
}

/** The bundles whose heap can be measured here. */
export function measurable(built: BuiltBundle[]): OwnedBundle[] { return built.filter(({ kind }) => kind.heaps.includes("duktape")).map(({ bundle }) => bundle); }

export async function weighBundles(): Promise<BundleSizes[]> { return (await buildBundles()).map(weigh); }

export function weigh({ kind, bundle }: BuiltBundle): BundleSizes {
  const known: Record<string, number> = {};
  const measured = kind.heaps.includes("duktape") ? heapOfBundle(bundle) : undefined;
  if (measured) [known["duktape"], known["quickjs"]] = [measured.duktape, measured.quickjs];
  const heap = kind.heaps.map((engine): BundleSizes["heap"][0] => known[engine] === undefined
    ? { engine, bytes: Math.round(bundle.bytes * HEAP_PER_BYTE[engine]!), how: "computed" } : { engine, bytes: known[engine], how: "measured" });
  const perByte = heap[0]!.bytes / bundle.bytes;
  const names = new Set([...Object.keys(bundle.modules), ...Object.keys(measured?.modules ?? {})]);
  const modules = [...names].map((name): BundleModule => {
    const bytes = bundle.modules[name] ?? 0;
    return { name, bytes, heapBytes: measured?.modules ? measured.modules[name] ?? 0 : Math.round(bytes * perByte) };
  });
  const how = measured?.modules ? "measured" : measured ? "apportioned" : "computed";
  return { name: kind.name, bytes: bundle.bytes, targetBytes: kind.targetBytes, met: bundle.bytes <= kind.targetBytes, heap, how, modules };
}
