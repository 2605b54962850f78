/**
 * Everything about a random life that no oracle of contents has to know: who the next areas and pools belong to and how
 * much they may hold, write-back by class, the budgets and knobs of flash, and the serial line. What is stored must come
 * through all of it; that is for who knows the contents to say.
 */
import { Knob } from "../../firmware/core/config";
import { Err } from "../../firmware/core/errors";
import { LINE_STATE_BYTES } from "../../firmware/link/line-editor";
import { WIRE_STATE_BYTES } from "../../firmware/link/wire";
import { Random } from "../../hal/sim/random";
import type { Store } from "./session";

/** Room for packets and a line beside them. */
export const LINK_BYTES_WITH_LINE = WIRE_STATE_BYTES + 2 * LINE_STATE_BYTES;

/** Live knobs of flash and of the raw storage, and what they are turned to. */
const TURNS: readonly (readonly [Knob, readonly number[]])[] = [
  [Knob.WritebackLimitEnable, [0, 0, 1]], [Knob.WritebackLimit, [0, 8, 64]], [Knob.WritebackPerDay, [0, 100, 0xffffff]],
  [Knob.VerifyPrograms, [0, 1]], [Knob.WearSpread, [2, 4, 50]], [Knob.RawStorage, [1, 0]], [Knob.IdleFrames, [8, 0, 2]],
];

export class Surroundings {
  private readonly hasLine: boolean;

  constructor(private readonly store: Store, private readonly random: Random) {
    const base = store.call("linkOffset");
    this.hasLine = store.call("coreGet", Knob.LinkBytes) >= LINK_BYTES_WITH_LINE;
    if (!this.hasLine) return;
    store.call("wireOpen", base);
    store.call("lineOpen", base + WIRE_STATE_BYTES, 2 * LINE_STATE_BYTES);
  }

  /** One action. */
  step(): void {
    const chance = this.random.below(100);
    if (chance < 20) this.tenant();
    else if (chance < 45) this.writeBack();
    else if (chance < 65) this.turn();
    else if (chance < 75) this.ask();
    else if (chance < 80) this.store.pass?.(this.random.pick([1_000, 1_000_000, 600_000_000]));
    else if (this.hasLine) this.line();
  }

  /** Nothing is refused for a quota's or a budget's sake any more. */
  settle(): void {
    const tenants = this.store.call("coreGet", Knob.TenantsMax);
    for (let tenant = 0; tenants > 1 && tenant < tenants; tenant++) this.expect(this.store.call("tenantSetQuota", tenant, 0), Err.Ok);
    this.expect(this.store.call("coreSet", Knob.WritebackLimitEnable, 0), Err.Ok);
    this.expect(this.store.call("coreSet", Knob.RawStorage, 1), Err.Ok);
  }

  private tenant(): void {
    const tenants = this.store.call("coreGet", Knob.TenantsMax);
    const tenant = this.random.below(tenants + 1);
    const outside = tenant === tenants ? Err.Invalid : Err.Ok;
    if (this.random.chance(70)) return this.expect(this.store.call("tenantUse", tenant), outside);
    const bytes = this.random.pick([0, 0, 2, 4, 8]) * this.store.call("coreGet", Knob.PageBytes);
    const code = this.store.call("tenantSetQuota", tenant, bytes);
    if (outside === Err.Ok) this.expect(code, Err.Ok, Err.NoFrame, Err.TooBig, Err.Invalid);
    else this.expect(code, Err.Invalid);
  }

  private writeBack(): void {
    const hasMarks = this.store.call("coreGet", Knob.IdleMarks) === 1;
    if (this.random.chance(30)) {
      const marked = this.store.call("writebackMark", 1 + this.random.below(3));
      if (!hasMarks) this.expect(marked, Err.Invalid);
      else if (marked < 0) this.store.fail("Marking was refused");
      return;
    }
    const most = this.random.below(6);
    const written = this.store.call("writebackClass", this.random.below(4), 1 + this.random.below(3), most);
    if (written > most) this.store.fail(`${written} pages were written, at most ${most} were asked for`);
  }

  private turn(): void {
    const [knob, values] = this.random.pick(TURNS);
    this.expect(this.store.call("coreSet", knob, this.random.pick(values)), Err.Ok);
  }

  private ask(): void {
    const n = this.random.below(30);
    this.store.call(this.random.pick(["coreSectorWear", "coreSectorLive"] as const), n);
    this.store.call(this.random.pick(["coreBudget", "coreLifeDays", "swapFound", "coreRefresh"] as const));
    this.store.call("poolFigure", n % 7, n % 6);
    this.store.call("tenantFigure", n % 4, n % 8);
  }

  /** A packet of the board's, bytes to it, keys of a person's. */
  private line(): void {
    if (this.random.chance(40)) this.store.call("wireSend", this.random.below(16), this.random.below(256), this.store.client, this.random.below(100));
    for (let i = this.random.below(12); i > 0; i--) this.store.call("wirePush", this.random.below(256));
    for (let i = this.random.below(6); i > 0; i--) this.store.call("lineKey", this.random.below(256));
  }

  private expect(code: number, ...allowed: number[]): void {
    if (!allowed.includes(code)) this.store.fail(`The last call returned ${code}, expected ${allowed.join(" or ")}`);
  }
}
