/**
 * The judge of a life: every call of the API goes through it. A call that returns may not have raised "lowmemory". One that
 * throws must throw one sentence with a code that the contract has for it, and then everything is looked at: what was
 * called has to be as it was, at each refusal, and all the rest at every fourth.
 *
 * Where the contract names an exception the object first takes over what the call may have done, and complains of anything
 * beyond it. A third of the calls that found no room are made again at once. That a retry is taken is counted: it says that
 * room could have been made. Where the flash holds all pages there are, a refusal for want of room is itself a fault.
 *
 * J1  No call throws anything but a StoreError of one sentence, with a code of the contract.
 * J2  After a refusal every object reads as its oracle says, but for what the contract names.
 * J3  A refusal for want of room says why: the write budget where there is one that is spent, the store where there is none.
 * J4  A call raises "lowmemory" once if it is refused for want of room, and not at all otherwise.
 */
import type { Random } from "../../hal/sim/random";
import type { Board } from "./boards";
import { type Contract, Rule } from "./contract";

/** What broke: `sort` groups failures of one kind. */
export class Wrong extends Error {
  constructor(readonly sort: string, sentence: string) { super(sentence); }
}

/** Something with contents that an oracle knows. check() throws Wrong when they differ; act() makes a random call. */
export interface Witness { readonly title: string; readonly shape: string; check(): void; act(): void; }

export const REFUSED = Symbol("refused");
export type Refused = typeof REFUSED;

/** Codes that say there is no room; each raises the event. */
const NO_FRAME = -3;
const SWAP_FULL = -7;
const BUDGET = -41;
const NO_ROOM: readonly number[] = [NO_FRAME, SWAP_FULL, BUDGET];
const RETRY_PERCENT = 33;
const EVERYTHING_EVERY = 4;
const REACT_PERCENT = 20;
const KEPT_CALLS = 16;

export interface Tally { operations: number; refusals: number; retries: number; retriesTaken: number; }

export class Judge {
  readonly tally: Tally = { operations: 0, refusals: 0, retries: 0, retriesTaken: 0 };
  /** How often each call was refused with which code. */
  readonly refusals = new Map<string, number>();
  /** What is open; the life keeps it. */
  witnesses: readonly Witness[] = [];
  /** What the last call was refused with. */
  lastCode = 0;
  private events = 0;
  /** Is the handler at work? What is refused to it is no event. */
  private isTelling = false;
  /** What is being called: an aside leaves it alone. */
  private readonly called: (Witness | undefined)[] = [];
  private readonly recent: string[] = [];

  constructor(private readonly contract: Contract, private readonly random: Random, private readonly board: Pick<Board, "isRoomy" | "budgetKiB">) {}

  /** The handler of "lowmemory". As an app's it uses the store now and then: it looks at something, or has a cache do something. */
  readonly heard = (): void => {
    this.events++;
    if (!this.random.chance(REACT_PERCENT)) return;
    this.isTelling = true;
    try {
      const one = this.another();
      if (one?.shape === "cache") one.act();
      else this.look("in a handler", one);
    } finally {
      this.isTelling = false;
    }
  };

  /** A call of something else, made while a call is under way: a function in a value does that. */
  aside(): void { this.another()?.act(); }

  private another(): Witness | undefined {
    const others = this.witnesses.filter((one) => !this.called.includes(one));
    return others.length === 0 ? undefined : this.random.pick(others);
  }

  /**
   * Makes a call of `of`; REFUSED when it threw as it may, and then everything is as it was. `adopt` lets the object take over what
   * the contract's exception allows.
   */
  call<T>(name: string, words: string, of: Witness | undefined, action: () => T, adopt?: (rule: Rule) => void): T | Refused {
    this.tally.operations++;
    const first = this.attempt(name, words, of, action);
    if (!(first instanceof Refusal)) return first;
    const last = this.retry(name, words, of, action, first);
    if (!(last instanceof Refusal)) return last;
    this.afterRefusal(name, of, adopt);
    return REFUSED;
  }

  /** Makes a call that has to be refused with `code`. */
  refuses(name: string, words: string, of: Witness | undefined, code: number, action: () => unknown): void {
    this.tally.operations++;
    const end = this.attempt(name, words, of, action);
    if (!(end instanceof Refusal)) this.fail("accepted", `${name} took what it must refuse`);
    else if (end.code !== code) this.fail("code", `${name} answered ${end.code} where ${code} is due: ${end.message}`);
    this.afterRefusal(name, of);
  }

  fail(sort: string, sentence: string): never { throw new Wrong(sort, `${sentence}. The last calls:\n    ${this.recent.join("\n    ")}`); }

  private retry<T>(name: string, words: string, of: Witness | undefined, action: () => T, first: Refusal): T | Refusal {
    if (!NO_ROOM.includes(first.code) || first.isLimit || !this.random.chance(RETRY_PERCENT)) return first;
    this.tally.retries++;
    const second = this.attempt(name, `again ${words}`, of, action);
    if (second instanceof Refusal) return second;
    this.tally.retriesTaken++;
    this.count(`${name} was taken at once, after ${first.code}`);
    return second;
  }

  /** Counts something for the summary. */
  count(what: string): void { this.refusals.set(what, (this.refusals.get(what) ?? 0) + 1); }

  private attempt<T>(name: string, words: string, of: Witness | undefined, action: () => T): T | Refusal {
    const before = this.events;
    this.called.push(of);
    const place = this.recent.push(`${name}(${words})`) - 1;
    if (this.recent.length > KEPT_CALLS) this.recent.shift();
    try {
      const value = action();
      if (this.events !== before) this.fail("event", `${name} was taken, and raised "lowmemory"`);
      return value;
    } catch (error) {
      if (error instanceof Wrong) throw error;
      const refusal = this.refusalOf(name, error);
      this.recent[Math.min(place, this.recent.length - 1)] += ` threw ${refusal.code} ${refusal.message}`;
      return this.weigh(name, refusal, this.events - before);
    } finally {
      this.called.pop();
      // A call that is made while another is under way has been judged by itself.
      this.events = before;
    }
  }

  /** What was thrown, if it is what the API throws. */
  private refusalOf(name: string, error: unknown): Refusal {
    const { code, message } = error as { code?: unknown; message?: unknown };
    if (!(error instanceof Error) || typeof code !== "number") return this.fail("trap", `${name} threw ${String(error)}, ${(error as Error).stack ?? ""}`);
    if (typeof message !== "string" || !/^\S[^\n]*[.)]$/.test(message) || /undefined|NaN|\[object/.test(message)) this.fail("sentence", `${name} said "${String(message)}"`);
    return new Refusal(code, String(message));
  }

  private weigh(name: string, refusal: Refusal, events: number): Refusal {
    const { code, message } = refusal;
    const terms = this.contract.of(name);
    if (!terms.throws || !terms.codes.has(code)) this.fail(`code ${code}`, `${name} may not throw ${code} (${message})`);
    const isRoom = NO_ROOM.includes(code);
    if (isRoom && !refusal.isLimit) this.weighRoom(name, refusal);
    if (events !== (isRoom && !this.isTelling ? 1 : 0)) this.fail("event", `${name} threw ${code} and raised "lowmemory" ${events} times`);
    this.tally.refusals++;
    this.lastCode = code;
    this.count(`${name} ${code}`);
    return refusal;
  }

  /** A refusal for want of room: is there really none, and is the reason the right one? */
  private weighRoom(name: string, { code, message }: Refusal): void {
    const { isRoomy, budgetKiB } = this.board;
    if (isRoomy) this.fail("needless", `${name} was refused for want of room (${message}) although the flash holds all pages`);
    // z.frames answers for frames, which it cannot have at once, whatever keeps them.
    if (code === BUDGET && budgetKiB === undefined || code === NO_FRAME && budgetKiB === 0 && name !== "z.frames") this.fail("reason", `${name} was refused by "${message}" with a write budget of ${budgetKiB ?? "any"} KiB`);
  }

  private afterRefusal(name: string, of: Witness | undefined, adopt?: (rule: Rule) => void): void {
    const { rule } = this.contract.of(name);
    const when = `after a refused ${name}`;
    try {
      if (rule !== Rule.Nothing) adopt?.(rule);
    } catch (error) {
      this.blame(when, of!, error);
    }
    this.look(when, of);
    if (this.tally.refusals % EVERYTHING_EVERY === 0) for (const one of this.witnesses) if (one !== of && !this.called.includes(one)) this.look(when, one);
  }

  /** Everything that is open reads as it must. */
  lookAtAll(): void { for (const one of this.witnesses) this.look("at all", one); }

  /** It reads as it must. */
  look(when: string, of: Witness | undefined): void {
    try {
      of?.check();
    } catch (error) {
      this.blame(when, of!, error);
    }
  }

  /** What a look found: other contents, or that it was refused. */
  private blame(when: string, { title }: Witness, error: unknown): never {
    const { message, code } = error as Error & { code?: number };
    if (error instanceof Wrong) return this.fail(`${error.sort}, ${when}`, message);
    if (typeof code !== "number") throw error;
    return this.fail(`read refused, ${code}`, `${when}: a read of ${title} was refused (${message})`);
  }
}

class Refusal {
  constructor(readonly code: number, readonly message: string) {}

  /** Is it the limit that the app has set to a device? */
  get isLimit(): boolean { return this.message.includes("mem_limit"); }
}
