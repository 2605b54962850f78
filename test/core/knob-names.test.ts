/** The knobs' names are written down beside the enumeration, because no name of it is left after compilation. */
import { readFileSync } from "node:fs";
import test from "ava";
import { KNOB_NAMES } from "../../firmware/core/knob-names";
import { Knob } from "../../firmware/core/config";
import { ALLOCATORS, KNOBS } from "../../tools/core/knobs";
import { bothBuilds } from "../helpers/cores";

/** Members of `const enum Name` in a file, in snake_case, without Count. */
function members(path: string, name: string): string[] {
  const body = new RegExp(`const enum ${name} \\{([^}]*)\\}`).exec(readFileSync(path, "utf8"))![1].replace(/\/\*[^]*?\*\//g, "");
  const found = [...body.matchAll(/([A-Za-z]\w*)/g)].map(([member]) => member.replace(/(?<=[a-z])(?=[A-Z])/g, "_").toLowerCase());
  return found.filter((member) => member !== "count");
}

test("every knob has its name, in the order of the enumeration", (t) => {
  t.deepEqual(KNOB_NAMES.split(" ").map((entry) => entry.split(":")[0]), members("firmware/core/config.ts", "Knob"));
  t.is(KNOBS.length, Knob.Count);
});

test("every knob has a unit or the words of its values", (t) => {
  for (const knob of KNOBS) {
    t.regex(knob.unit, /^[a-z0-9|]+$/, knob.name);
    if (knob.unit.includes("|")) t.is(knob.words.length, knob.high + 1, knob.name);
  }
});

test("the allocators' names stand in the order of their numbers", (t) => {
  const numbered = [...readFileSync("firmware/core/zpool/handles.ts", "utf8").matchAll(/\b(Z\w+|Tlsf) = (\d+)/g)];
  t.deepEqual(ALLOCATORS, numbered.map(([, name]) => name.toLowerCase()).slice(0, ALLOCATORS.length));
  t.deepEqual(numbered.map(([, , number]) => Number(number)), [0, 1, 2, 3]);
});

bothBuilds("every default lies in its range and is what a fresh core has", (t, open) => {
  const core = open({ open: false });
  for (const { knob, name, low, high } of KNOBS) {
    const value = core.coreDefault(knob);
    t.is(core.coreGet(knob), value, name);
    t.true(value >= low && value <= high, name);
    t.is(core.coreSet(knob, value), 0, name);
  }
  t.true(core.coreDefault(-1) < 0);
  t.true(core.coreDefault(Knob.Count) < 0);
});

bothBuilds("a knob says whether it is live, and is", (t, open) => {
  const core = open();
  for (const { knob, name, isLive } of KNOBS) {
    t.is(core.coreKnobIsLive(knob), isLive ? 1 : 0, name);
    t.is(core.coreSet(knob, core.coreGet(knob)), isLive ? 0 : -1, name);
  }
  t.is(core.coreKnobIsLive(Knob.Count), 0);
});
