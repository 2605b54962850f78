/**
 * The JavaScript of an image: firmware/runtime, lowered to ES5, each file that is run by itself bundled, shortened and
 * laid into flash as text. boot.ts stays in the engine's heap; the files of cold/ and console/ are compiled when used and
 * hand over their `run` by the global `coldRun` (hal/duktape/engine.c).
 */
import { rmSync } from "node:fs";
import { basename, join } from "node:path";
import { runInNewContext } from "node:vm";
import { packText, unpackText } from "./pack-text";
import { inBuild, inRoot } from "./paths";
import { filesBelow, runStep, writeFile } from "./steps";
import { bundleScript, dialectProgram } from "./typescript";

const folder = inRoot("firmware", "runtime");

interface Source {
  name: string;
  text: string;
}

/** Builds the table of sources, if anything changed; returns the C file's path. */
export async function buildRuntime(): Promise<string> {
  const table = inBuild("runtime", "cold_sources.c");
  await runStep({
    name: "runtime",
    label: "runtime and commands as JavaScript",
    inputs: [...filesBelow(inRoot("firmware"), ".ts"), inRoot("firmware", "tsconfig.json"), inRoot("package-lock.json"),
      inRoot("tools", "build", "runtime.ts"), inRoot("tools", "build", "pack-text.ts"), inRoot("tools", "build", "typescript.ts")],
    outputs: [table],
    make: async () => writeFile(table, tableOf(await bundleSources())),
  });
  return table;
}

async function bundleSources(): Promise<Source[]> {
  const work = inBuild("runtime", "es5");
  rmSync(work, { recursive: true, force: true });
  const boot = join(folder, "boot.ts");
  const cold = ["cold", "console"].flatMap((name) => filesBelow(join(folder, name), ".ts"));
  const declarations = [inRoot("firmware", "dialect.d.ts"), inRoot("firmware", "engine.d.ts"), inRoot("firmware", "core", "counter-names.ts"),
    inRoot("firmware", "core", "knob-names.ts"), inRoot("firmware", "api", "messages.ts")];
  dialectProgram([boot, ...cold, ...declarations], work, inRoot("firmware")).emit();
  refuseTwins(cold);
  const sources = [{ name: "boot", text: await bundleScript('import "./runtime/boot";', work, undefined, true) }];
  for (const path of cold) {
    const module = `./runtime${path.slice(folder.length).replace(/\.ts$/, "")}`;
    const text = await bundleScript(`import { run } from ${JSON.stringify(module)}; coldRun = run;`, work, undefined, true);
    sources.push({ name: basename(path, ".ts"), text });
  }
  sources.push({ name: "counter-names", text: await textConstant(work, "core/counter-names", "COUNTER_NAMES") });
  sources.push({ name: "knob-names", text: await textConstant(work, "core/knob-names", "KNOB_NAMES") });
  sources.push({ name: "messages", text: await textConstant(work, "api/messages", "MESSAGES") });
  return sources.map(({ name, text }) => ({ name, text: text.trim() }));
}

/** A text that is no program: names of counters, sentences. The engine port reads it where it lies. */
async function textConstant(work: string, module: string, name: string): Promise<string> {
  const script = await bundleScript(`import { ${name} } from "./${module}"; text = ${name};`, work, undefined, true);
  const context = { text: "" };
  runInNewContext(script, context);
  return context.text;
}

/** A source is found by its file's name alone, so no two may share one. */
function refuseTwins(paths: string[]): void {
  const seen = new Set(["boot"]);
  for (const path of paths) {
    const name = basename(path, ".ts");
    if (seen.has(name)) throw new Error(`two files of the runtime are named ${name}.ts: an image finds them by name, rename one`);
    seen.add(name);
  }
}

/** Read where they lie: what is no program, and the program whose text the packed ones share. */
const PLAIN = ["boot", "counter-names", "knob-names", "messages"];
const SHARED = "app";

function tableOf(sources: Source[]): string {
  const shared = sources.find(({ name }) => name === SHARED)!.text;
  // Arrays, and no literals: those the linker merges with the engine's, and then says that they are the engine's.
  const arrays: string[] = [];
  const entry = ({ name, text }: Source): string => {
    const packed = name === SHARED || PLAIN.includes(name) ? undefined : packText(text, shared);
    if (packed && unpackText(packed, text.length, shared) !== text) throw new Error(`the packed form of ${name} is not that of its text`);
    const array = name === SHARED ? "cold_shared" : arrayOf(name);
    if (name !== SHARED) arrays.push(`static const char ${array}[] = ${packed ? octal(packed) : quote(text)};`);
    return `    {"${name}", ${array}, ${text.length}u, ${packed?.length ?? 0}},`;
  };
  const rows = sources.map(entry);
  return [
    "/* Generated from firmware/runtime: JavaScript that lies in flash. */",
    '#include "sources.h"',
    "#include <stddef.h>",
    "",
    `const char cold_shared[] = ${quote(shared)};`,
    `const uint32_t cold_shared_length = ${shared.length}u;`,
    "",
    ...arrays,
    "",
    "const struct cold_source cold_sources[] = {",
    ...rows,
    "    {NULL, NULL, 0, 0},",
    "};",
    "",
  ].join("\n");
}

/** The C name of a source's text. */
function arrayOf(name: string): string { return `text_${name.replaceAll("-", "_")}`; }

/** A C string literal of any bytes. */
function octal(bytes: Uint8Array): string { return `"${Array.from(bytes, (byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("")}"`; }

/** A C string literal; the text is ASCII, because esbuild was told so. Question marks are escaped against trigraphs. */
function quote(text: string): string {
  const escaped = text.replace(/["\\?]/g, "\\$&").replace(/\n/g, "\\n");
  const odd = /[^\x20-\x7e]/.exec(escaped);
  if (odd) throw new Error(`the runtime holds a character that is not ASCII (code ${odd[0].charCodeAt(0)})`);
  return `"${escaped}"`;
}

