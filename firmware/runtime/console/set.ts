/**
 * `.set`: every knob of the store with its value, default, range and unit. `.set name` shows one, `.set name value` turns
 * it; behind any of them `json` gives the same as one line of JSON. The value is a number or one of the knob's words.
 */
import { Knob } from "../../core/config";
import { Err } from "../../core/errors";
import { KnobFigure, Native } from "../native";

let isJson: boolean;

function limit(knob: number, which: KnobFigure): number { return native(Native.Knob, knob, which); }

/** "off" of "off|on"; the number itself where the knob has no words. */
function word(unit: string, value: number): any {
  return unit.indexOf("|") < 0 ? value : unit.split("|")[value];
}

function range(knob: number, unit: string): string {
  const high = limit(knob, KnobFigure.High);
  return unit.indexOf("|") < 0 ? limit(knob, KnobFigure.Low) + ".." + high + " " + unit : unit.split("|").slice(0, high + 1).join(" ");
}

function showText(knob: number, name: string, unit: string): void {
  native(Native.Column, name, -18);
  native(Native.Column, word(unit, native(Native.CoreGet, knob)), 9);
  native(Native.Column, word(unit, limit(knob, KnobFigure.Default)), 9);
  print((limit(knob, KnobFigure.Live) ? "  live   " : "  fixed  ") + range(knob, unit));
}

function showJson(knob: number, name: string, unit: string): void {
  native(Native.Print, "\"" + name + "\":{\"value\":" + native(Native.CoreGet, knob) + ",\"default\":" + limit(knob, KnobFigure.Default) + ",\"low\":"
    + limit(knob, KnobFigure.Low) + ",\"high\":" + limit(knob, KnobFigure.High) + ",\"unit\":\"" + unit + "\",\"live\":" + !!limit(knob, KnobFigure.Live) + "}");
}

/** What is wrong with turning the knob to `text`; empty when it was turned. */
function turn(knob: number, name: string, unit: string, text: string): string {
  const words = unit.indexOf("|") < 0 ? [] : unit.split("|");
  let value = +text;
  for (let i = 0; i < words.length; i++) if (words[i] == text) value = i;
  if (!limit(knob, KnobFigure.Live)) return name + " is fixed while the store is open: it is the image's (board.json).";
  if (!(value >= limit(knob, KnobFigure.Low) && value <= limit(knob, KnobFigure.High) && value % 1 == 0)) return name + " takes " + range(knob, unit) + ", not " + text + ".";
  const code = native(Native.CoreSet, knob, value);
  return code == Err.LeftOut ? name + ": this image leaves out " + text + "." : code < 0 ? name + " cannot be turned now: no pageframe is free for it." : "";
}

export function run(argument: string): void {
  const words = argument.split(" ");
  isJson = words[words.length - 1] == "json";
  if (isJson) words.pop();
  let shown = 0;
  for (let knob = 0; knob < Knob.Count; knob++) {
    const full = native(Native.CounterName, knob, true);
    const name = full.slice(0, full.indexOf(":"));
    const unit = full.slice(name.length + 1);
    if (words[0] && words[0] != name) continue;
    const fault = words.length > 1 ? turn(knob, name, unit, words[1]) : "";
    if (fault) throw new Error(fault);
    if (isJson) {
      native(Native.Print, shown++ ? "," : "{");
      showJson(knob, name, unit);
    } else {
      shown++;
      showText(knob, name, unit);
    }
  }
  if (!shown) throw new Error("there is no knob " + words[0] + ": .set lists them.");
  if (isJson) print("}");
}
