/**
 * Durable areas in a random life: four names, each with an area that is opened, written, discarded, synced, closed and
 * deleted. The oracle keeps two versions of each page, as written and as synced: what is open reads as written, what was
 * closed comes back as synced. Cutting the power is the business of test/powerloss.
 */
import { Err } from "../../firmware/core/errors";
import { Random } from "../../hal/sim/random";
import { FINE, compare } from "./oracle";
import { anyPage } from "./pages";
import type { Store } from "./session";

/** Names and pages of the areas; what they have in all is DURABLE_PAGES. */
const AREAS: readonly (readonly [string, number])[] = [["a", 3], ["settings", 7], ["a name of 24 characters.", 2], ["log", 12]];
export const DURABLE_PAGES = 24;

interface Kept { handle: number; written: Uint8Array[]; synced: Uint8Array[]; }

export interface DurableOptions { readonly pageBytes: number; readonly hasFlash: boolean; readonly flashIsBad?: boolean; }

export class Durables {
  private readonly kept = new Map<string, Kept>();

  constructor(private readonly store: Store, private readonly random: Random, private readonly options: DurableOptions) {}

  /** One action. */
  step(): void {
    const chance = this.random.below(100);
    if (chance < 20) this.open();
    else if (chance < 55) this.write();
    else if (chance < 75) this.read();
    else if (chance < 80) this.discard();
    else if (chance < 91) this.sync();
    else if (chance < 95) this.close();
    else if (chance < 97) this.remove();
    else this.format();
  }

  /** Reads every page of every area that is open. One that is only on flash may find the tables full, and is as it was. */
  finish(): void {
    for (const kept of this.kept.values()) if (kept.handle >= 0) kept.written.forEach((_, page) => this.check(kept, page, this.touch(kept, page, 0)));
  }

  private nothing(pages: number): Uint8Array[] { return Array.from({ length: pages }, () => new Uint8Array(this.options.pageBytes)); }

  private open(): void {
    const [name, pages] = this.random.pick(AREAS);
    const kept = this.kept.get(name);
    this.store.write(this.store.client, Buffer.from(name));
    const wrong = this.random.chance(5) ? 1 : 0;
    const handle = this.store.call("areaOpenDurable", this.store.client, name.length, pages + wrong);
    if (wrong === 1 && kept !== undefined) return this.expect(handle, Err.WrongSize, ...this.refusals());
    if (handle < 0) return this.expect(handle, Err.NoEntry, Err.NoFrame, Err.RejectBudget, Err.TooBig, ...this.refusals());
    if (wrong === 1) return this.expect(this.store.call("areaDelete", handle), Err.Ok);
    if (kept === undefined) this.kept.set(name, { handle, written: this.nothing(pages), synced: this.nothing(pages) });
    else if (kept.handle >= 0) this.expect(handle, kept.handle);
    else kept.handle = handle;
  }

  private some(): [Kept, number] | undefined {
    const open = [...this.kept.values()].filter(({ handle }) => handle >= 0);
    if (open.length === 0) return undefined;
    const kept = this.random.pick(open);
    return [kept, this.random.below(kept.written.length)];
  }

  private touch({ handle }: Kept, page: number, forWrite: number): number {
    const at = this.store.call("areaTouch", handle, page, forWrite);
    if (at < 0) this.expect(at, Err.NoFrame, Err.RejectBudget, Err.NoEntry, ...this.losses());
    return at;
  }

  private check(kept: Kept, page: number, at: number): void {
    if (at < 0) return;
    const verdict = compare(`page ${page} of a durable area`, kept.written[page], this.store.read(at, this.options.pageBytes));
    if (verdict !== FINE) this.store.fail(verdict);
  }

  private read(): void {
    const where = this.some();
    if (where !== undefined) this.check(...where, this.touch(...where, 0));
  }

  private write(): void {
    const where = this.some();
    if (where === undefined) return;
    const [kept, page] = where;
    const at = this.touch(kept, page, 1);
    if (at < 0) return;
    this.check(kept, page, at);
    const content = anyPage(this.options.pageBytes, this.random);
    this.store.write(at, content);
    kept.written[page] = content;
  }

  private discard(): void {
    const where = this.some();
    if (where === undefined) return;
    const [kept, page] = where;
    const code = this.store.call("areaDiscard", kept.handle, page);
    if (code !== Err.Ok) return this.expect(code, Err.NoEntry);
    kept.written[page] = new Uint8Array(this.options.pageBytes);
  }

  private sync(): void {
    const where = this.random.chance(60) ? this.some() : undefined;
    const code = where === undefined ? this.store.call("coreSync") : this.store.call("areaSync", where[0].handle);
    if (code !== Err.Ok) return this.expect(code, Err.SwapFull, ...this.refusals());
    for (const kept of where === undefined ? this.kept.values() : [where[0]]) if (kept.handle >= 0) kept.synced = kept.written.slice();
  }

  private close(): void {
    const where = this.some();
    if (where === undefined) return;
    this.expect(this.store.call("areaClose", where[0].handle), Err.Ok);
    where[0].handle = -1;
    where[0].written = where[0].synced.slice();
  }

  private remove(): void {
    const where = this.some();
    if (where === undefined) return;
    const code = this.store.call("areaDelete", where[0].handle);
    if (code !== Err.Ok) return this.expect(code, Err.NoFrame, Err.RejectBudget, Err.NoEntry, ...this.losses());
    for (const [name, kept] of this.kept) if (kept === where[0]) this.kept.delete(name);
  }

  /** Never while there is anything to lose. */
  private format(): void {
    const code = this.store.call("swapFormat");
    this.expect(code, Err.Ok, Err.Refused, Err.NoFrame, Err.RejectBudget, ...this.refusals());
    if (code === Err.Ok && this.kept.size > 0) this.store.fail("The swap area was formatted although there are durable areas");
  }

  private losses(): number[] { return this.options.flashIsBad === true ? [Err.Corrupt, Err.Flash] : []; }
  private refusals(): number[] { return this.options.flashIsBad === true || !this.options.hasFlash ? [...this.losses(), Err.NoFlash] : []; }

  private expect(code: number, ...allowed: number[]): void {
    if (!allowed.includes(code)) this.store.fail(`The last call returned ${code}, expected ${allowed.join(" or ")}`);
  }
}
