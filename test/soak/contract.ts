/**
 * The API's contract of refusals, as docs/API.md states it: for each call the codes that it may throw, and what it may have
 * done then. The table in the documentation is the only copy, so what users read is what the oracle holds the store to.
 *
 * An exception stands in the table in words. Each wording that is used there means one of the rules below; a wording that
 * this file does not know fails when the table is read, so nobody can soften the contract without teaching the oracle.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What a call that throws may have done. */
export const enum Rule {
  /** Nothing: everything is as it was. */
  Nothing,
  /** In a range of more than three pages, those from its beginning on hold what was written, the others what they held. */
  FirstPages,
  /** The same in a range of any length, if it was to be filled with another value than 0. */
  FilledPages,
  /** The name exists now, with this length; it holds nothing. */
  NewName,
  /** The caller's array holds the beginning of what was asked for. */
  PartOfArray,
  /** The function that was given has been called for some entries. */
  SomeCalls,
  /** The new number of frames is what the store works towards. */
  Target,
}

export interface Terms { readonly codes: ReadonlySet<number>; readonly throws: boolean; readonly rule: Rule; }

const RULES: Readonly<Record<string, Rule>> = {
  "nothing": Rule.Nothing,
  "of more than three pages, the first may be written": Rule.FirstPages,
  "the first pages may be filled, unless with 0": Rule.FilledPages,
  "a durable name that was new may exist, empty and of this length": Rule.NewName,
  "the first pages may be in the array": Rule.PartOfArray,
  "the function was called for the entries before": Rule.SomeCalls,
  "the target is set, and the frames come when they can": Rule.Target,
};

const ROW = /^\| `(\w+\.\w+)` \| ?([^|]*?) ?\| ([^|]+) \|$/gm;

export class Contract {
  private readonly terms = new Map<string, Terms>();

  constructor(text: string) {
    for (const [, call, codes, done] of text.matchAll(ROW)) this.terms.set(call!, termsOf(call!, codes!, done!));
  }

  get calls(): string[] { return [...this.terms.keys()]; }

  of(call: string): Terms {
    const terms = this.terms.get(call);
    if (terms === undefined) throw new Error(`docs/API.md does not say what ${call} may have done when it throws.`);
    return terms;
  }
}

function termsOf(call: string, codes: string, done: string): Terms {
  const rule = RULES[done];
  if (rule === undefined) throw new Error(`The oracle does not know what "${done}" means, which docs/API.md says of ${call}: teach it in test/soak/contract.ts.`);
  if (codes === "never") return { codes: new Set(), throws: false, rule };
  const numbers = codes.split(" ").filter((code) => code !== "").map(Number);
  if (!numbers.every((code) => Number.isInteger(code) && code < 0)) throw new Error(`docs/API.md has "${codes}" as the codes of ${call}: codes below 0 are expected, or "never".`);
  return { codes: new Set([-1, ...numbers]), throws: true, rule };
}

/** The contract that the documentation has. */
export function readContract(): Contract { return new Contract(readFileSync(join(process.cwd(), "docs", "API.md"), "utf8")); }
