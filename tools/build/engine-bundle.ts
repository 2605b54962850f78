/**
 * Bundles for other people's engines: `var zcache`, with open(), in one ES5 file. An entry of hal/ENGINE, the core and the
 * API behind it, lowered with what the profile knows beforehand put in, bundled, and shortened (shrink.ts).
 */
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { inlineAccessors } from "./accessors";
import { plainGetters } from "./getters";
import { outsideNames } from "./outside";
import { inBuild, inRoot, rootFolder } from "./paths";
import { stateFacts } from "./profile-facts";
import { type Engine, FACTS, type Profile } from "./profiles";
import { SHRINK_FILES, shrink } from "./shrink";
import { filesBelow, runStep, writeFile } from "./steps";
import { weights } from "./traced";
import { bundleTraced, dialectProgram, withClasses } from "./typescript";

export interface EngineBundle {
  path: string;
  /** Bytes of the bundle. */
  bytes: number;
  /** Bytes of it by module: each byte belongs to the module that its source map names; they add up to `bytes`. */
  modules: Record<string, number>;
}

interface Recorded { bytes: number; modules: Record<string, number>; }

/** Builds the bundle, if anything changed. */
export async function buildBundle(profile: Profile, engine: Engine): Promise<EngineBundle> {
  const name = profile === "minimal" ? "minimal" : `full-${engine}`;
  const path = inBuild("engines", `zcache-${name}.js`);
  const sizes = inBuild("engines", `zcache-${name}.json`);
  const tools = ["engine-bundle.ts", "accessors.ts", "getters.ts", "outside.ts", "profile-facts.ts", "profiles.ts", "minimal-facts.ts", ...SHRINK_FILES];
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
  const entry = entryOf(profile, engine);
  const memory = inRoot("firmware", "core", "memory.ts");
  const files = [inRoot(`${entry}.ts`), memory, inRoot("firmware", "dialect.d.ts"), inRoot("firmware", "engine.d.ts")];
  const program = withClasses(dialectProgram(files, join(work, "lowered"), rootFolder));
  program.emit(undefined, undefined, undefined, false, { before: [stateFacts(program, FACTS[profile]), inlineAccessors(program, memory, true), plainGetters()] });
  const { script, names } = await bundleTraced(`import { open } from "./${entry}"; zcache = { open: open };`, join(work, "lowered"), "hostRequire", "require");
  const around = { members: [...outsideNames(program), "open"], globals: ["require"], defines: ["zcache"] };
  const shortened = await shrink(script, around, work);
  return { script: shortened.text, modules: weights(shortened, names) };
}
