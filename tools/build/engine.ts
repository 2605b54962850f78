/**
 * The JavaScript engine of our own image: Duktape 2.7.0, configured by the release's own tools with all built-ins in
 * ROM (hal/duktape/engine: options as data, and the file that runs Python 2 tools under Python 3). The result lies in
 * build/engine/<hash of everything it depends on>, so switching between branches does not configure again.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CHANGES } from "./engine-changes";
import { inBuild, inRoot } from "./paths";
import { DUKTAPE, fetchSource, unpack } from "./sources";
import { filesBelow, hashFiles, runProgram, runStep } from "./steps";

const settings = inRoot("hal", "duktape", "engine");

/** Flags of configure.py besides option files. Functions of built-in objects become light functions: 14 KB less code. */
const CONFIGURE_FLAGS = ["--rom-support", "--rom-auto-lightfunc", "--config-metadata", "config/",
  // Else they come from git, which answers with the commit of this project, or not at all.
  ...["commit", "describe", "branch"].flatMap((what) => [`--git-${what}`, "v2.7.0"])];

/** The release's own option files that ours build on, in order. */
const RELEASE_OPTIONS = ["config/examples/low_memory.yaml", "config/examples/rom_builtins.yaml"];

const OUTPUTS = ["duktape.c", "duktape.h", "duk_config.h"];

/** Configures the engine unless that was done; returns the folder with duktape.c, duktape.h and duk_config.h. */
export async function buildEngine(): Promise<string> {
  const inputs = filesBelow(settings, ".py", ".yaml", ".h");
  const all = { flags: CONFIGURE_FLAGS, changes: CHANGES, options: RELEASE_OPTIONS, release: DUKTAPE.sha256 };
  const folder = inBuild("engine", hashFiles(inputs, all).slice(0, 16));
  await runStep({
    name: "engine",
    label: "engine (Duktape, built-ins in ROM)",
    inputs,
    settings: all,
    outputs: OUTPUTS.map((name) => join(folder, name)),
    make: async () => {
      if (!OUTPUTS.every((name) => existsSync(join(folder, name)))) await configure(folder);
    },
  });
  return folder;
}

async function configure(folder: string): Promise<void> {
  const release = inBuild("engine", "release");
  unpack(await fetchSource(DUKTAPE), release);
  const fresh = `${folder}.${process.pid}`;
  rmSync(fresh, { recursive: true, force: true });
  const options = [...RELEASE_OPTIONS, join(settings, "options.yaml")].flatMap((path) => ["--option-file", path]);
  await runProgram("python3", ["-W", "ignore", join(settings, "python2.py"), "tools/configure.py", "--output-directory", fresh,
    ...CONFIGURE_FLAGS, ...options, "--builtin-file", join(settings, "builtins.yaml"), "--fixup-file", join(settings, "declarations.h")], { folder: release });
  change(join(fresh, "duktape.c"));
  rmSync(release, { recursive: true, force: true });
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(inBuild("engine"), { recursive: true });
  renameSync(fresh, folder);
}

/** Makes every change to the engine's one source file. */
function change(path: string): void {
  let text = readFileSync(path, "latin1");
  for (const { find, put, places } of CHANGES) {
    const parts = text.split(find);
    if (parts.length !== places + 1) {
      throw new Error(`the source of ${DUKTAPE.title} has ${parts.length - 1} places like ${JSON.stringify(find)}: expected ${places}`);
    }
    text = parts.join(put);
  }
  writeFileSync(path, text, "latin1");
}
