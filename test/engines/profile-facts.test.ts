/** What a profile knows beforehand: each kind of fact does what profile-facts.ts says, and one that names nothing fails the build. */
import test from "ava";
import ts from "typescript";
import { GROUPS, MINIMAL, factsOf } from "../../tools/build/minimal-facts";
import { inBuild, inRoot, rootFolder } from "../../tools/build/paths";
import { type Facts, faultsOf, stateFacts } from "../../tools/build/profile-facts";
import { FACTS, PROFILES } from "../../tools/build/profiles";
import { dialectProgram } from "../../tools/build/typescript";

const NONE: Facts = { knobs: {}, answers: {} };
let minimal: ts.Program;

function programOf(entry: string): ts.Program {
  return dialectProgram([inRoot(entry), inRoot("firmware", "core", "memory.ts"), inRoot("firmware", "dialect.d.ts"), inRoot("firmware", "engine.d.ts")], inBuild("none"), rootFolder);
}

/** A file of the core with these facts put in, as TypeScript emits it. */
function stated(file: string, facts: Facts): string {
  let text = "";
  const source = minimal.getSourceFile(inRoot("firmware", "core", `${file}.ts`))!;
  minimal.emit(source, (_, written) => { text = written; }, undefined, false, { before: [stateFacts(minimal, facts)] });
  return text;
}

/** The function of this name in an emitted text. */
function functionIn(text: string, name: string): string { return new RegExp(`function ${name}\\([^]*?\n}`).exec(text)?.[0] ?? ""; }

test.before(() => { minimal = programOf("hal/script/main-minimal.ts"); });

test("F1 F3 F4 F5 a knob, an answer, a variable and a passage take the place of what asks for them, and of nothing else", (t) => {
  const facts: Facts = { knobs: { PoorRun: 8 }, answers: { isEphemeral: false }, variables: { zpageBufferAt: 1436 }, passages: { placeZpage: { "handle < 0": "handle == -3" } } };
  t.regex(functionIn(stated("store/bouncer", facts), "noteRun"), /longest = \(?8\)?;/);
  const places = stated("store/places", facts);
  t.regex(functionIn(places, "placeZpage"), /if \(\(?handle == -3\)?\)/);
  t.regex(functionIn(places, "placeZpage"), /zpoolWrite\(handle, \(?1436\)?, lengthBytes\)/);
  t.regex(functionIn(places, "placeRaw"), /zpoolAllocRaw\(\(?false\)? \? /);
  t.regex(functionIn(places, "placeRaw"), /if \(handle < 0\)/);
  t.regex(places, /import \{[^}]*zpageBufferAt[^}]*\} from "..\/layout"/);
});

test("F2 in the dispatcher the allocators that a profile lacks are never asked, and HAS_X says that it lacks them", (t) => {
  const text = stated("zpool/zpool", { ...NONE, allocators: ["Zbud", "Raw"] });
  t.notRegex(text.replace(/^import.*$/gm, ""), /HAS_[A-Z]+/);
  t.regex(functionIn(text, "zpoolFree"), /\(?true\)? && allocator ==/);
  for (const name of ["zfold", "zsmalloc", "tlsf"]) t.notRegex(text.replace(/^import.*$/gm, ""), new RegExp(`\\b${name}[A-Z]\\w*\\(`), name);
  for (const name of ["zbudFree", "rawFree"]) t.regex(functionIn(text, "zpoolFree"), new RegExp(name));
});

test("F6 a twin comes from the profile's module, is handed on, and what gave it its value is gone", (t) => {
  const text = stated("layout", { ...NONE, twins: { module: "hal/script/twins-minimal", of: { layout: ["pageBytes", "frames"] } } });
  t.regex(text, /import \{ pageBytes, frames \} from "..\/..\/hal\/script\/twins-minimal";/);
  t.regex(text, /export \{ pageBytes, frames \};/);
  t.notRegex(text, /function attachLayout/);
  t.regex(text, /var pageShift = 0/);
});

test("F7 a fact that names nothing fails the build, each kind with a sentence of its own", (t) => {
  const wrong: [Partial<Facts>, string][] = [
    [{ knobs: { PageByte: 1 } }, "there is no knob PageByte"],
    [{ allocators: ["Zbud", "Slab"] }, "there is no allocator Slab"],
    [{ answers: { swapTake: false } }, "there is no function swapTake"],
    [{ variables: { slotBit: 0 } }, "layout.ts has no variable slotBit"],
    [{ passages: { judge: { "code > 0": "false" } } }, "judge has no expression code > 0"],
    [{ passages: { judged: { "code < 0": "false" } } }, "judged has no expression code < 0"],
    [{ passages: { everywhere: { "read32(Header.Nowhere)": "0" } } }, "everywhere has no expression read32(Header.Nowhere)"],
    [{ twins: { module: "hal/script/twins-minimal", of: { layout: ["pagesAt"] } } }, "layout.ts declares no pagesAt"],
    [{ twins: { module: "hal/script/twins-minimal", of: { layout: ["linkAt"] } } }, "hal/script/twins-minimal.ts has no linkAt"],
  ];
  for (const [facts, sentence] of wrong) {
    t.true(faultsOf(minimal, { ...NONE, ...facts }).includes(sentence), sentence);
    t.throws(() => stateFacts(minimal, { ...NONE, ...facts }), { message: new RegExp(sentence.replaceAll(/[().]/g, "\\$&")) });
  }
});

test("every fact of every profile names something in the core", (t) => {
  t.deepEqual(faultsOf(minimal, MINIMAL), []);
  const whole = programOf("hal/generic/main.ts");
  for (const profile of PROFILES) if (profile !== "minimal") t.deepEqual(faultsOf(whole, FACTS[profile]), [], profile);
});

test("no two groups of the minimal profile say different things about the same place", (t) => {
  const seen = new Map<string, string>();
  for (const { answers, passages } of GROUPS) {
    for (const [name, value] of Object.entries(answers ?? {})) t.false(seen.has(name), name), seen.set(name, String(value));
    for (const [name, own] of Object.entries(passages ?? {})) for (const text of Object.keys(own)) t.false(seen.has(`${name}: ${text}`), text), seen.set(`${name}: ${text}`, own[text]!);
  }
  t.deepEqual(factsOf(GROUPS), MINIMAL);
});
