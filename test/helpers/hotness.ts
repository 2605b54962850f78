/**
 * An oracle for Arcangeli's question: did a page go to flash that was warmer than one kept in RAM? It knows when each
 * page was last visited, from the test, and where each page is before and after each step, from the arena's entries. It
 * looks at no list, no flag and no counter of the core.
 *
 * Whole frames go, so the warmth of a zpage is that of the warmest page in its frame: its last visit. A page put on flash in
 * a step is *diverted* when there was a frame of zpages, or a resident page, that is colder than it and stays. Some
 * things are allowed, each a promise of DESIGN.md:
 *
 *   - a page that was visited again after it came in, or came back from flash soon after it went, is in use: it may stay
 *     although its last visit is older (a scan must not wash it out);
 *   - half a frame helps nobody: a zpage stays as long as the warmest page that came into its frame, or was beside it in a
 *     frame that it was moved from;
 *   - a page is not put on flash to make room for itself: the frame that it is loaded from is spared meanwhile;
 *   - a page that lay on flash already, unchanged, is not put there: dropping it costs no write.
 */
import { Arena } from "../../tools/check/arena";
import { Place } from "../../firmware/core/entries";
import { Core } from "./cores";

interface Where { place: Place; frame: number; clean: boolean; }

interface Diverted { page: number; warmth: number; colder: number; coldest: number; byWay: "direct" | "zpage"; }

export class Hotness {
  readonly diverted: Diverted[] = [];
  /** Pages put on flash, and pages dropped there that were clean. */
  written = 0;
  dropped = 0;
  private time = 0;
  private last = -1;
  private readonly visits = new Map<number, number>();
  /** Visits since the page came into RAM. */
  private readonly uses = new Map<number, number>();
  /** How many pages had gone to flash when this one did. */
  private readonly left = new Map<number, number>();
  /** By frame of zpages: the warmth of the warmest page that came into it since it was empty. */
  private readonly entered = new Map<number, number>();

  constructor(private readonly core: Core) {}

  /** Runs a step that visits `page`, and judges what it put on flash. */
  step<T>(page: number, run: () => T): T {
    const before = this.places();
    const result = run();
    const after = this.places();
    if (page !== this.last) this.visits.set(page, ++this.time);
    this.last = page;
    this.uses.set(page, before.get(page)?.place === Place.Resident ? (this.uses.get(page) ?? 0) + 1 : this.isBackSoon(page) ? 2 : 1);
    this.judge(before, after);
    return result;
  }

  /** Idle work, judged as a step that visits nothing. */
  idle(run: () => unknown): void {
    const before = this.places();
    run();
    this.judge(before, this.places());
  }

  private judge(before: Map<number, Where>, after: Map<number, Where>): void {
    this.enter(before, after);
    const source = before.get(this.last);
    const kept = this.warmthOfFrames(after, source?.place === Place.Zpage ? source.frame : -1);
    for (const [page, { place, frame, clean }] of before) {
      if (after.get(page)?.place !== Place.Swap || place === Place.Swap) continue;
      this.left.set(page, this.written + this.dropped);
      if (clean) {
        this.dropped++;
        continue;
      }
      this.written++;
      const buddies = place === Place.Zpage ? [...before].filter(([buddy, other]) => buddy !== this.last && other.place === Place.Zpage && other.frame === frame) : [];
      const warmth = Math.max(this.lastVisit(page), ...buddies.map(([buddy]) => this.lastVisit(buddy)));
      const colder = kept.filter((other) => other < warmth);
      if (colder.length > 0) this.diverted.push({ page, warmth, colder: colder.length, coldest: Math.min(...colder), byWay: place === Place.Zpage ? "zpage" : "direct" });
    }
  }

  /** Remembers how warm the pages were that came into frames of zpages. */
  private enter(before: Map<number, Where>, after: Map<number, Where>): void {
    const held = new Set([...before.values()].filter(({ place }) => place === Place.Zpage).map(({ frame }) => frame));
    for (const frame of this.entered.keys()) if (!held.has(frame)) this.entered.delete(frame);
    for (const [page, { place, frame }] of after) {
      if (place !== Place.Zpage) continue;
      const was = before.get(page);
      if (was?.place === Place.Zpage && was.frame === frame) continue;
      const warmth = was?.place === Place.Zpage ? this.entered.get(was.frame) ?? 0 : this.warmth(page);
      this.entered.set(frame, Math.max(this.entered.get(frame) ?? 0, warmth));
    }
  }

  /** The warmth of each frame that holds pages in RAM, but that of frame `spared`. */
  private warmthOfFrames(places: Map<number, Where>, spared: number): number[] {
    const frames = new Map<number, number>();
    for (const [page, { place, frame }] of places) {
      if (place === Place.Zpage) frames.set(frame, this.entered.get(frame) ?? this.warmth(page));
      else if (place === Place.Resident) frames.set(frame, this.warmth(page));
    }
    frames.delete(spared);
    return [...frames.values()];
  }

  /** The last visit of a page that may stay; for ever warm if it is in use. */
  private warmth(page: number): number { return (this.uses.get(page) ?? 0) > 1 ? Infinity : this.lastVisit(page); }

  /** Did fewer pages go to flash since this one did than RAM has frames? Then it was pushed out too early. */
  private isBackSoon(page: number): boolean {
    return this.left.has(page) && this.written + this.dropped - this.left.get(page)! <= this.core.frames;
  }

  private lastVisit(page: number): number { return this.visits.get(page) ?? 0; }

  /** Every stored page by its index: for a store with one object. Pages of one repeated word take no room and are left out. */
  private places(): Map<number, Where> {
    const arena = new Arena(this.core.bytes);
    const places = new Map<number, Where>();
    for (let leaf = 0; leaf < arena.leaves; leaf++) {
      const { stored, index } = arena.leaf(leaf);
      for (let i = 0; stored > 0 && i < 16; i++) {
        const { place, payload, frame, hasSlot } = arena.entry(leaf * 16 + i);
        if (place !== Place.Nowhere) places.set(index * 16 + i, { place, frame: place === Place.Zpage ? payload >>> 8 : frame, clean: hasSlot });
      }
    }
    return places;
  }
}
