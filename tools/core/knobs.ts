/**
 * Knobs by name for the command line: `--set name=value`, `--allocator name`. Names, units and words come from
 * firmware/core/knob-names.ts, ranges from config.ts, so a knob or an allocator that joins there is known here.
 */
import { KNOB_NAMES } from "../../firmware/core/knob-names";
import { Knob, knobHigh, knobIsLive, knobLow } from "../../firmware/core/config";
import { usage } from "../failure";
import { nearest } from "../nearest";

export interface NamedKnob {
  readonly knob: Knob;
  readonly name: string;
  /** What its number counts, or the words that stand for 0, 1, ... joined by |. */
  readonly unit: string;
  /** The words, as many as its range has; empty for a knob that is a number. */
  readonly words: readonly string[];
  readonly low: number;
  readonly high: number;
  /** May it change while the store is open? */
  readonly isLive: boolean;
}

export const KNOBS: readonly NamedKnob[] = KNOB_NAMES.split(" ").map((entry, knob) => {
  const [name, unit] = entry.split(":");
  const words = unit.includes("|") ? unit.split("|").slice(0, knobHigh(knob) + 1) : [];
  return { knob, name, unit, words, low: knobLow(knob), high: knobHigh(knob), isLive: knobIsLive(knob) };
});

/** The allocators that this core has, in the order of their numbers. */
export const ALLOCATORS: readonly string[] = KNOBS[Knob.Allocator].words;

export interface Setting { readonly knob: NamedKnob; readonly value: number; }

/** Reads `name=value`; the value is a number or one of the knob's words. Fails with one sentence that has the range. */
export function parseSetting(text: string): Setting {
  const parts = /^([^=]*)=(.*)$/.exec(text);
  if (parts === null) throw usage(`--set is "${text}", expected name=value such as accept_percent=80.`);
  return { knob: knobNamed(parts[1]), value: valueOf(knobNamed(parts[1]), parts[2]) };
}

function knobNamed(name: string): NamedKnob {
  const found = KNOBS.find((knob) => knob.name === name);
  if (found !== undefined) return found;
  const near = nearest(name, KNOBS.map((knob) => knob.name));
  throw usage(`There is no knob "${name}": ${near === undefined ? "" : `did you mean ${near}? `}firmware/core/config.ts lists them.`);
}

function valueOf(knob: NamedKnob, text: string): number {
  const word = knob.words.indexOf(text);
  const value = word >= 0 ? word : /^\d{1,10}$/.test(text) ? Number(text) : -1;
  if (value >= knob.low && value <= knob.high) return value;
  throw usage(`${knob.name} is "${text}", expected ${rangeOf(knob)}.`);
}

/** "0 to 64 frames", or the words. */
export function rangeOf(knob: NamedKnob): string {
  return knob.words.length > 0 ? `one of ${knob.words.join(", ")}` : `${knob.low} to ${knob.high} ${knob.unit}`;
}
