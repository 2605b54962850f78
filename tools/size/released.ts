/**
 * The figures of the last release, and what has changed since. A release records them with `zcache size --record`, when its section of
 * CHANGELOG.md has its number: the figures are of the version that stands there first. Figures of other boards stay as they are.
 */
import { readFileSync } from "node:fs";
import type { Sizes } from "../build/image";
import { inRoot } from "../build/paths";
import { writeFile } from "../build/steps";
import type { BundleSizes } from "./bundles";
import type { BoardHeap } from "./heap-record";
import type { ModuleCost } from "./image-modules";

export type Figures = Record<string, number>;

/** Per module what it costs, by names such as code, ram, bytes, heap. */
export type ModuleFigures = Record<string, Figures>;

export interface Released {
  version: string;
  figures: Figures;
  /** Of an image ("emcraft-sf2") or a bundle ("bundle minimal"), by module. */
  modules: Record<string, ModuleFigures>;
}

const path = (): string => inRoot("tools", "size", "released.json");

export function readReleased(): Released {
  const { version, figures, modules } = JSON.parse(readFileSync(path(), "utf8")) as Partial<Released>;
  return { version: version!, figures: figures!, modules: modules ?? {} };
}

/** Everything that a release is compared by. */
export function figuresOf(board: string, sizes: Sizes, rows: ModuleCost[], heap: BoardHeap | undefined, bundles: BundleSizes[]): Omit<Released, "version"> {
  const figures: Figures = { [`${board}: code flash`]: sizes.flash.total, [`${board}: RAM without frames`]: sizes.ram.total - sizes.ram.arena_parts.frames };
  for (const [part, bytes] of Object.entries(sizes.flash.parts)) figures[`${board}: code of ${part}`] = bytes;
  if (heap) figures[`${board}: engine heap at the prompt`] = heap.used;
  const modules: Released["modules"] = { [board]: Object.fromEntries(rows.map(({ origin, name, code, ram }) => [`${origin}: ${name}`, { code, ram }])) };
  for (const { name, bytes, heap: engines, how: known, modules: parts } of bundles) {
    figures[`bundle ${name}`] = bytes;
    for (const { engine, bytes: taken, how } of engines) if (how === "measured") figures[`bundle ${name}: heap in ${engine}`] = taken;
    // A computed figure says no more than the bytes do, and none of a measured one's changes.
    modules[`bundle ${name}`] = Object.fromEntries(parts.map((part) => [part.name, { bytes: part.bytes, ...(known === "computed" ? {} : { heap: part.heapBytes }) }]));
  }
  return { figures, modules };
}

/** Makes these the release's figures, under the newest version that CHANGELOG.md has released; figures of other boards stay. */
export function recordRelease(board: string, { figures, modules }: Omit<Released, "version">): void {
  const before = readReleased();
  const version = releasedVersion(readFileSync(inRoot("CHANGELOG.md"), "utf8"));
  const others = (all: Record<string, unknown>): Record<string, never> =>
    Object.fromEntries(Object.entries(all).filter(([name]) => name !== board && !name.startsWith(`${board}: `) && !name.startsWith("bundle "))) as Record<string, never>;
  writeFile(path(), document({ version, figures: { ...others(before.figures), ...figures }, modules: { ...others(before.modules), ...modules } }));
}

/** The number of the first section that has one: "Unreleased" has none. */
export function releasedVersion(changelog: string): string {
  const version = /^## \[?v?(\d+\.\d+\.\d+)/m.exec(changelog)?.[1];
  if (version === undefined) throw new Error("CHANGELOG.md names no released version: expected a heading such as ## 0.1.0");
  return version;
}

/** As JSON with a line for each module, so that a difference of two releases can be read. */
function document({ version, figures, modules }: Released): string {
  const lines = (rows: Record<string, unknown>, indent: string): string => Object.entries(rows).map(([name, value]) => `${indent}${JSON.stringify(name)}: ${JSON.stringify(value)}`).join(",\n");
  const groups = Object.entries(modules).map(([name, rows]) => `    ${JSON.stringify(name)}: {\n${lines(rows, "      ")}\n    }`).join(",\n");
  return `{\n  "version": ${JSON.stringify(version)},\n  "figures": {\n${lines(figures, "    ")}\n  },\n  "modules": {\n${groups}\n  }\n}\n`;
}

/** Bytes more than at the release, for each figure that both have. */
export function differences(now: Figures, released: Figures): Figures {
  return Object.fromEntries(Object.entries(now).filter(([name]) => Object.hasOwn(released, name)).map(([name, bytes]) => [name, bytes - released[name]!]));
}

/**
 * The same by module: what the release had and is no more has its bytes taken off, and what is new has all of its own added. Nothing
 * of an image or a bundle that the release has no modules of.
 */
export function moduleDifferences(now: Released["modules"], released: Released["modules"]): Released["modules"] {
  const shared = Object.keys(now).filter((group) => Object.hasOwn(released, group));
  return Object.fromEntries(shared.map((group) => [group, between(now[group]!, released[group]!)]));
}

function between(now: ModuleFigures, then: ModuleFigures): ModuleFigures {
  const names = [...new Set([...Object.keys(now), ...Object.keys(then)])];
  return Object.fromEntries(names.map((name) => {
    const [to, from] = [now[name], then[name]];
    if (to && from) return [name, differences(to, from)];
    return [name, to ?? Object.fromEntries(Object.entries(from!).map(([figure, bytes]) => [figure, -bytes]))];
  }));
}
