/**
 * Bundles for other people's engines: `var zcache`, with open(), in one ES5 file. An entry of hal/ENGINE, the core and the
 * API behind it, lowered with what the profile knows beforehand put in, bundled, shortened, and its variables declared first.
 */
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import esbuild from "esbuild";
import { inlineAccessors } from "./accessors";
import { inBuild, inRoot, rootFolder } from "./paths";
import { stateFacts } from "./profile-facts";
import { type Engine, FACTS, type Profile } from "./profiles";
import { shrink } from "./shrink";
import { filesBelow, runStep, writeFile } from "./steps";
import { dialectProgram } from "./typescript";

export interface EngineBundle {
  path: string;
  /** Bytes of the bundle. */
  bytes: number;
  /** Bytes of it by module, by their share of what went in; they add up to `bytes`. */
  modules: Record<string, number>;
}

interface Recorded { bytes: number; modules: Record<string, number>; }

/** Builds the bundle, if anything changed. */
export async function buildBundle(profile: Profile, engine: Engine): Promise<EngineBundle> {
  const name = profile === "minimal" ? "minimal" : `full-${engine}`;
  const path = inBuild("engines", `zcache-${name}.js`);
  const sizes = inBuild("engines", `zcache-${name}.json`);
  const tools = ["engine-bundle.ts", "accessors.ts", "profile-facts.ts", "profiles.ts", "shrink.ts", "declare-first.ts", "typescript.ts"];
  await runStep({
    name: `bundle-${name}`,
    label: `bundle ${name}`,
    inputs: [...filesBelow(inRoot("firmware"), ".ts"), ...filesBelow(inRoot("hal"), ".ts"), inRoot("firmware", "tsconfig.json"), inRoot("package-lock.json"),
      ...tools.map((file) => inRoot("tools", "build", file))],
    outputs: [path, sizes],
    make: async () => {
      const { script, modules } = await makeBundle(profile, engine, inBuild("engines", `es5-${name}`));
      writeFile(path, script);
      writeFile(sizes, JSON.stringify({ bytes: script.length, modules } satisfies Recorded));
    },
  });
  return { path, ...JSON.parse(readFileSync(sizes, "utf8")) as Recorded };
}

function entryOf(profile: Profile, engine: Engine): string {
  return profile === "minimal" ? "hal/script/main-minimal" : `hal/${engine}/main`;
}

async function makeBundle(profile: Profile, engine: Engine, work: string): Promise<{ script: string; modules: Record<string, number> }> {
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  const entry = entryOf(profile, engine);
  const memory = inRoot("firmware", "core", "memory.ts");
  const files = [inRoot(`${entry}.ts`), memory, inRoot("firmware", "dialect.d.ts"), inRoot("firmware", "engine.d.ts")];
  const program = dialectProgram(files, work, rootFolder);
  program.emit(undefined, undefined, undefined, false, { before: [stateFacts(program, FACTS[profile]), inlineAccessors(program, memory, true)] });
  const result = await esbuild.build({
    stdin: { contents: `import { open } from "./${entry}"; zcache = { open: open };`, resolveDir: work, sourcefile: "entry.js" },
    bundle: true, write: false, format: "iife", target: "es5", charset: "ascii", legalComments: "none", minifySyntax: true, metafile: true,
    treeShaking: true, banner: { js: "var zcache;" }, logLevel: "silent",
  });
  const script = await shrink(result.outputFiles[0]!.text.replaceAll("hostRequire", "require"));
  return { script, modules: await weigh(result.metafile.outputs, work, script.length) };
}

/** Each module's part of the bundle: what it puts in is weighed before shortening, which nobody can take apart afterwards. */
async function weigh(outputs: esbuild.Metafile["outputs"], work: string, bytes: number): Promise<Record<string, number>> {
  const parts = Object.values(outputs).flatMap((output) => Object.entries(output.inputs));
  const total = parts.reduce((sum, [, part]) => sum + part.bytesInOutput, 0);
  const named = parts.map(([path, part]): [string, number] => [path.slice(path.indexOf(work.slice(work.lastIndexOf("/"))) + work.length - work.lastIndexOf("/")).replace(/^\//, ""), part.bytesInOutput]);
  const modules = named.filter(([, weight]) => weight > 0).map(([name, weight]): [string, number] => [name.replace(/\.js$/, ""), Math.round(weight * bytes / total)]);
  return Object.fromEntries(modules.sort((a, b) => b[1] - a[1]));
}
