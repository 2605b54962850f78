/**
 * Bundles for other people's engines: `var zcache`, with open(), in one ES5 file. An entry of hal/ENGINE, the core and the
 * API behind it, lowered with what the profile knows beforehand put in, bundled, and shortened (shrink.ts).
 */
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { inlineAccessors } from "./accessors";
import { directCalls } from "./direct-calls";
import { plainGetters } from "./getters";
import { outsideNames } from "./outside";
import { inBuild, inRoot, rootFolder } from "./paths";
import { stateFacts } from "./profile-facts";
import { type Engine, FACTS, type Profile } from "./profiles";
import { SHRINK_FILES, shrink } from "./shrink";
import { filesBelow, runStep, writeFile } from "./steps";
import { pieces, weights } from "./traced";
import { bundleTraced, dialectProgram, withClasses } from "./typescript";

export interface EngineBundle {
  path: string;
  /** Bytes of the bundle. */
  bytes: number;
  /** Bytes of it by module: each byte belongs to the module that its source map names; they add up to `bytes`. */
  modules: Record<string, number>;
  /** Whose its characters are, one piece after the other: module and length. */
  owned: [module: string, characters: number][];
}

type Recorded = Omit<EngineBundle, "path">;

/** One file serves every engine where the profile has no flash. */
function nameOf(profile: Profile, engine: Engine): string { return profile === "minimal" ? "minimal" : `${profile}-${engine}`; }

/** The name of the step that builds a bundle. */
export function bundleStep(profile: Profile, engine: Engine): string { return `bundle-${nameOf(profile, engine)}`; }

/** Builds the bundle, if anything changed. */
export async function buildBundle(profile: Profile, engine: Engine): Promise<EngineBundle> {
  const name = nameOf(profile, engine);
  const path = inBuild("engines", `zcache-${name}.js`);
  const sizes = inBuild("engines", `zcache-${name}.json`);
  const tools = ["engine-bundle.ts", "accessors.ts", "direct-calls.ts", "getters.ts", "outside.ts", "profile-facts.ts", "profiles.ts", "full-facts.ts", "swap-facts.ts", "minimal-facts.ts", ...SHRINK_FILES];
  await runStep({
    name: bundleStep(profile, engine),
    label: `bundle ${name}`,
    inputs: [...filesBelow(inRoot("firmware"), ".ts"), ...filesBelow(inRoot("hal"), ".ts"), inRoot("firmware", "tsconfig.json"), inRoot("package-lock.json"),
      ...tools.map((file) => inRoot("tools", "build", file))],
    needs: ["bundles"],
    outputs: [path, sizes],
    make: async () => {
      const { script, modules, owned } = await makeBundle(profile, engine, inBuild("engines", `es5-${name}`));
      writeFile(path, script);
      writeFile(sizes, JSON.stringify({ bytes: script.length, modules, owned } satisfies Recorded));
    },
  });
  return { path, ...JSON.parse(readFileSync(sizes, "utf8")) as Recorded };
}

interface Entry { files: string[]; text: string; }

/** What defines `zcache`: the profile's surface over the engine's flash, or a module that opens without any. */
function entryOf(profile: Profile, engine: Engine): Entry {
  if (profile === "minimal") return { files: ["hal/script/main-minimal"], text: `import { open } from "./hal/script/main-minimal"; zcache = { open: open };` };
  const [surface, port] = [`hal/script/surface-${profile}`, `hal/${engine}/main`];
  return { files: [surface, port], text: `import { openSurface } from "./${surface}"; import { openFlash } from "./${port}";
    zcache = { open: function (given) { var options = given || {}; return openSurface(options, openFlash(options)); } };` };
}

async function makeBundle(profile: Profile, engine: Engine, work: string): Promise<{ script: string } & Pick<EngineBundle, "modules" | "owned">> {
  rmSync(work, { recursive: true, force: true });
  const entry = entryOf(profile, engine);
  const memory = inRoot("firmware", "core", "memory.ts");
  const files = [...entry.files.map((path) => inRoot(`${path}.ts`)), memory, inRoot("firmware", "dialect.d.ts"), inRoot("firmware", "engine.d.ts")];
  const program = withClasses(dialectProgram(files, join(work, "lowered"), rootFolder));
  program.emit(undefined, undefined, undefined, false, { before: [stateFacts(program, FACTS[profile]), inlineAccessors(program, memory, true), directCalls(program), plainGetters()] });
  const { script, names } = await bundleTraced(entry.text, join(work, "lowered"), "hostRequire", "require");
  const around = { members: [...outsideNames(program), "open"], globals: ["require", "JSCompiler_renameProperty"], defines: ["zcache"] };
  const shortened = await shrink(script, around, work);
  return { script: shortened.text, modules: weights(shortened, names), owned: pieces(shortened, names) };
}
