/**
 * The core (firmware/core, firmware/link and firmware/shapes, entered by firmware/native.ts) as JavaScript and as wasm, from one
 * source. Images take neither: their core is translated straight to C (native.ts). So lockstep compares the work of three
 * compilers, none of which sees what another made: tsc's, asc's, and ours with gcc.
 *
 *   build/core/zcache-core.js      tsc lowers to ES5 with the accessors inlined, esbuild bundles: `var zcacheCore`
 *   build/core/zcache-core.min.js  the same, shortened
 *   build/core/zcache-core.wasm    asc, from a copy of the sources in which *.as.ts stands for its namesake
 *
 * The arena begins at address 0, so the wasm must bring no data of its own; that is checked.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { inlineAccessors } from "./accessors";
import { inBuild, inRoot } from "./paths";
import { filesBelow, runProgram, runStep, writeFile } from "./steps";
import { bundleScript, dialectProgram, exportedValues } from "./typescript";

export const corePaths = {
  script: inBuild("core", "zcache-core.js"),
  minified: inBuild("core", "zcache-core.min.js"),
  wasm: inBuild("core", "zcache-core.wasm"),
};

/**
 * What asc is told. No assertions and no runtime: the core allocates nothing and cannot throw. -O1: the host's engine optimises
 * after it.
 */
const ASC_OPTIONS = ["-O1", "--noAssert", "--runtime", "stub", "--use", "abort=", "--initialMemory", "1"];

/** A tree of twice-compiled sources: where it lies, and the files in it that matter here. */
export interface CoreSources {
  folder: string;
  /** Relative to `folder`. */
  entry: string;
  memory: string;
  ports: string;
  /** Declarations that the program needs besides what `entry` imports. */
  declarations: string[];
}

export const firmware: CoreSources = {
  folder: inRoot("firmware"),
  entry: "native.ts",
  memory: "core/memory.ts",
  ports: "core/ports.ts",
  declarations: [inRoot("firmware", "dialect.d.ts"), inRoot("firmware", "engine.d.ts")],
};

/** Every file that the core is made of, absolute. */
export function coreSources(): string[] {
  return [...["core", "link", "shapes"].flatMap((folder) => filesBelow(inRoot("firmware", folder), ".ts")), inRoot("firmware", "native.ts"), ...firmware.declarations];
}

/** Builds both forms of the core, if anything changed. True if something was done. */
export async function buildCore(): Promise<boolean> {
  const sources = coreSources();
  const tools = ["core.ts", "accessors.ts", "typescript.ts"].map((name) => inRoot("tools", "build", name));
  const lock = inRoot("package-lock.json");
  const scriptRan = await runStep({
    name: "core-script",
    label: "core as JavaScript",
    inputs: [...sources.filter((path) => !path.endsWith(".as.ts")), ...tools, lock, inRoot("firmware", "tsconfig.json")],
    outputs: [corePaths.script, corePaths.minified],
    make: () => makeScripts(firmware, inBuild("core", "es5"), corePaths.script, corePaths.minified),
  });
  const wasmRan = await runStep({
    name: "core-wasm",
    label: "core as wasm",
    inputs: [...sources, tools[0]!, lock],
    settings: ASC_OPTIONS,
    outputs: [corePaths.wasm],
    make: () => makeWasm(firmware, inBuild("core", "wasm-sources"), corePaths.wasm),
  });
  return scriptRan || wasmRan;
}

/** tsc and esbuild: `work` is a scratch folder for the lowered modules. */
export async function makeScripts(sources: CoreSources, work: string, script: string, minified: string): Promise<void> {
  rmSync(work, { recursive: true, force: true });
  const paths = [sources.entry, sources.memory, sources.ports].map((name) => join(sources.folder, name));
  const program = dialectProgram([...paths, ...sources.declarations], work, sources.folder);
  program.emit(undefined, undefined, undefined, false, { before: [inlineAccessors(program, paths[1]!)] });
  const entry = entryModule(sources, exportedValues(program, paths[0]!));
  writeFile(script, await bundleScript(entry, work, "zcacheCore", false));
  writeFile(minified, await bundleScript(entry, work, "zcacheCore", true));
}

/** The module that gathers everything the JavaScript build offers into one plain object. */
function entryModule(sources: CoreSources, names: string[]): string {
  const module = (path: string): string => JSON.stringify(`./${path.replace(/\.ts$/, "")}`);
  return [
    `import { ${names.join(", ")} } from ${module(sources.entry)};`,
    `import { attachMemory } from ${module(sources.memory)};`,
    `import { attachPorts } from ${module(sources.ports)};`,
    `zcacheCore = { attachMemory: attachMemory, attachPorts: attachPorts, ${names.map((name) => `${name}: ${name}`).join(", ")} };`,
  ].join("\n");
}

/**
 * asc: `work` is a scratch folder for the sources with the second variants in place. A function marked `inlined` in a
 * comment is inlined by asc, whose own judgement spares too much in a codec's inner loop; tsc would refuse a decorator.
 */
export async function makeWasm(sources: CoreSources, work: string, wasm: string): Promise<void> {
  rmSync(work, { recursive: true, force: true });
  for (const path of filesBelow(sources.folder, ".ts")) {
    const name = relative(sources.folder, path);
    if (name.endsWith(".as.ts") || name.endsWith(".d.ts") || /^(runtime|api)\b/.test(name)) continue;
    const variant = path.replace(/\.ts$/, ".as.ts");
    const copy = join(work, name);
    mkdirSync(dirname(copy), { recursive: true });
    const text = readFileSync(existsSync(variant) ? variant : path, "utf8");
    writeFile(copy, text.replaceAll("/* inlined */ function", "@inline function"));
  }
  const fresh = `${wasm}.${process.pid}`;
  const compiler = inRoot("node_modules", "assemblyscript", "bin", "asc.js");
  await runProgram(process.execPath, [compiler, sources.entry, ...ASC_OPTIONS, "--outFile", fresh], { folder: work });
  await checkWasm(fresh);
  renameSync(fresh, wasm);
}

/** The wasm has no data and no table, imports only functions of "env", and exports its memory. Throws otherwise. */
async function checkWasm(path: string): Promise<void> {
  const bytes = readFileSync(path);
  const module = await WebAssembly.compile(bytes);
  const foreign = WebAssembly.Module.imports(module).find((item) => item.module !== "env" || item.kind !== "function");
  if (foreign) throw new Error(`the core imports ${foreign.module}.${foreign.name} (${foreign.kind}); only functions of ports.ts are allowed`);
  if (!WebAssembly.Module.exports(module).some((item) => item.kind === "memory")) throw new Error("the core's wasm exports no memory");
  for (const id of sectionIds(bytes)) {
    if (id === 4) throw new Error("the core's wasm has a function table: a function was used as a value; call it by name");
    if (id === 11) throw new Error("the core's wasm carries data, which would lie in the arena: an array or string constant was used");
  }
}

/** Ids of a wasm module's sections, in order (WebAssembly specification, binary format). */
function sectionIds(bytes: Uint8Array): number[] {
  const ids: number[] = [];
  for (let at = 8; at < bytes.length;) {
    ids.push(bytes[at++]!);
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const part = bytes[at++]!;
      length |= (part & 127) << shift;
      if (part < 128) break;
    }
    at += length;
  }
  return ids;
}
