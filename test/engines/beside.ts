/** A profile's bundle taken into this process, and what it is compared with: the whole core with the knobs that the profile fixes. */
import { readFileSync } from "node:fs";
import type { PageStore } from "../../hal/script/open";
import { buildBundle } from "../../tools/build/engine-bundle";
import { FACTS, type Profile } from "../../tools/build/profiles";
import { KNOBS } from "../../tools/core/knobs";
import type { Core } from "../helpers/core";
import { anyPage } from "../helpers/pages";
import type { RamFlash } from "../helpers/ram-flash";
import type { Random } from "../helpers/random";

/** The bundle's open(); each call of this has a bundle of its own. */
export async function openerOf<Options, Store>(profile: Profile): Promise<(options?: Options) => Store> {
  const { path } = await buildBundle(profile, "generic");
  return (new Function(`${readFileSync(path, "utf8")}\nreturn zcache.open;`) as () => (options?: Options) => Store)();
}

/** The knobs that a profile fixes, by number. */
export function fixedKnobs(profile: Profile): Record<number, number> {
  const numberOf = (name: string): number => KNOBS.findIndex((knob) => knob.name.replaceAll("_", "") === name.toLowerCase());
  return Object.fromEntries(Object.entries(FACTS[profile].knobs).map(([name, value]) => [numberOf(name), value]));
}

/** A host's flash over the cells of a RamFlash, with its rules. */
export function hostFlash(flash: RamFlash): object {
  return {
    size: flash.geometry.sizeBytes, sector: flash.geometry.sectorBytes,
    read: (at: number, into: Uint8Array) => flash.read(at, into), write: (at: number, from: Uint8Array) => flash.program(at, from), erase: (at: number) => flash.erase(at),
  };
}

/** A bundle's store and a core's, and calls that must come out the same in both; `seen` is what of an answer must be. */
export class Pair {
  protected readonly areas: number[] = [];
  /** How often which call had which code: "load-4". */
  readonly tally: Record<string, number> = {};

  constructor(protected readonly random: Random, protected readonly small: PageStore, protected readonly whole: Core, protected readonly pageBytes: number,
    private readonly seen: (answer: number) => number = (answer) => answer) {
    for (let pool = 0; pool < 4; pool++) this.same("pool", small.pool(1), whole.poolOpen(1));
  }

  protected same(what: string, small: number, whole: number): number {
    if (this.seen(small) !== this.seen(whole)) throw new Error(`${what}: the bundle answers ${small}, the core ${whole}`);
    const key = `${what}${Math.min(small, 0)}`;
    this.tally[key] = (this.tally[key] ?? 0) + 1;
    return small;
  }

  /** The same bytes at these two places? */
  protected sameBytes(what: string, small: number, whole: number): void {
    const one = Buffer.from(this.small.bytes.subarray(small, small + this.pageBytes));
    if (one.compare(this.whole.bytes.subarray(whole, whole + this.pageBytes)) !== 0) throw new Error(`${what}: other bytes`);
  }

  /** The same page, any, at these two places. */
  protected put(small: number, whole: number): void {
    const page = anyPage(this.pageBytes, this.random);
    this.small.bytes.set(page, small);
    this.whole.bytes.set(page, whole);
  }

  protected open(pages: number): void {
    const area = this.same("area", this.small.area(pages), this.whole.areaOpen(pages));
    if (area >= 0) this.areas.push(area);
  }

  /** Closes one of the areas, or what is none. */
  protected close(nobodys: readonly number[]): void {
    const which = this.random.below(this.areas.length + 1);
    const area = this.areas[which] ?? this.random.pick(nobodys);
    if (this.same("close", this.small.close(area), this.whole.areaClose(area)) === 0) this.areas.splice(which, 1);
  }

  /** Touches a page, compares it and gives it other bytes if it is for writing. Where it lies in each, if that may be stored from. */
  protected touch(area: number, page: number): [number, number] | undefined {
    const forWrite = this.random.below(2);
    const small = this.small.touch(area, page, forWrite);
    const whole = this.whole.areaTouch(area, page, forWrite);
    if (this.same("touch", small, whole) < 0) return undefined;
    this.sameBytes("touch", small, whole);
    if (forWrite === 0) return undefined;
    this.put(small, whole);
    return [small, whole];
  }
}
