#!/usr/bin/env node
/**
 * The one way in: from a fresh clone to a running board. Plain Node, no dependencies, because it runs before anything
 * is installed.
 *
 *   node build.mjs setup            only sets the machine and the project up
 *   node build.mjs test [PATTERN]   sets up, builds everything, runs the tests (of files whose name contains PATTERN)
 *   node build.mjs fuzz [--seed N]  sets up, then calls the core at random and checks it (test/fuzz/main.ts)
 *   node build.mjs lockstep         sets up, then a million operations on both builds of the core at once (test/lockstep/main.ts)
 *   node build.mjs package          makes dist/, what npm pack ships; needs no compiler for boards
 *   node build.mjs powerloss        sets up, then cuts the power of a simulated board everywhere (test/powerloss/main.ts)
 *   node build.mjs bitflip          sets up, then flips the bits of simulated chips one by one (test/bitflip/main.ts)
 *   node build.mjs ARG ...          sets up, then runs the command line of tools/cli.ts with these arguments
 *
 * Set-up is what the command needs and has not (tools/build/setup.mjs, packages.mjs): the system's packages, the npm
 * packages that every command loads, the engine's source. They come side by side, then the host tools are bundled from
 * TypeScript. What only some work needs is installed when it is begun (needs in tools/build/steps.ts). Everything made
 * lies in build/ and node_modules/. Progress goes to stderr. Exit codes: 4 a tool is missing, 1 anything else that
 * fails.
 */
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { StepCount } from "./tools/build/count.mjs";
import { withLock } from "./tools/build/lock.mjs";
import { ALL_GROUPS, installGroups, missingGroups, titleOf } from "./tools/build/packages.mjs";
import { runQuietly } from "./tools/build/quiet.mjs";
import { TOOLS, adviceFor, packagesFor, platformFault, toolsFor } from "./tools/build/setup.mjs";

/** @typedef {import("./tools/build/setup.mjs").Tool} Tool */

const root = dirname(fileURLToPath(import.meta.url));
const buildFolder = join(root, "build");
const OLDEST_NODE = [20, 11];

/** Commands that are programs of their own, and their bundles. */
const PROGRAMS = { test: "run-tests", fuzz: "fuzz", powerloss: "powerloss", bitflip: "bitflip", lockstep: "lockstep", package: "package" };

/** Whether each tool of the system is here. */
const PRESENT = {
  qemu: () => onPath("qemu-system-arm"), gcc: () => onPath("arm-none-eabi-gcc"), newlib: hasNewlib, python: hasYaml,
  cc: () => onPath("cc"), duk: () => onPath("duk"), dfu: () => onPath("dfu-suffix"),
};

class ToolMissing extends Error {}

const count = new StepCount("set-up ");

main(process.argv.slice(2)).catch((error) => {
  say(error instanceof Error ? error.message : String(error));
  process.exit(error instanceof ToolMissing ? 4 : 1);
});

/** @param {string[]} args */
async function main(args) {
  checkSystem();
  await withLock(buildFolder, say, () => setUp(args));
  if (args[0] === "setup") return;
  const own = Object.hasOwn(PROGRAMS, args[0] ?? "") ? PROGRAMS[/** @type {keyof typeof PROGRAMS} */ (args[0])] : undefined;
  const entry = join(buildFolder, `${own ?? "zcache"}.mjs`);
  process.argv = [process.argv[0], entry, ...(own ? args.slice(1) : args)];
  await import(pathToFileURL(entry).href);
}

function checkSystem() {
  const fault = platformFault(process.platform);
  if (fault !== undefined) throw new ToolMissing(fault);
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return;
  throw new ToolMissing(`Node ${OLDEST_NODE.join(".")} or newer is needed, this is ${process.versions.node}: install a newer one`);
}

/**
 * What the command needs, side by side: one waits for Debian's mirror, the other for npm's.
 * @param {string[]} args
 */
async function setUp(args) {
  const missing = toolsFor(args).filter((tool) => !PRESENT[tool]());
  const prefix = missing.length > 0 ? installPrefix(missing) : [];
  const groups = missingGroups(root, args[0] === "test" ? ALL_GROUPS : ["base"]);
  const compilesEngine = toolsFor(args).includes("python");
  if (missing.length > 0) count.plan(["Debian packages"]);
  if (groups.length > 0) count.plan([titleOf(groups)]);
  if (compilesEngine) count.plan(["engine source"]);
  const tools = missing.length > 0 ? installTools(prefix, missing) : undefined;
  const results = await Promise.allSettled([tools, setUpHost(groups, compilesEngine)]);
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

/**
 * What needs no tool of the system's.
 * @param {import("./tools/build/packages.mjs").Group[]} groups that are missing
 * @param {boolean} compilesEngine
 */
async function setUpHost(groups, compilesEngine) {
  if (groups.length > 0) await count.run(titleOf(groups), titleOf(groups), say, () => installGroups(root, groups, say));
  await bundleTools();
  if (!compilesEngine) return;
  const { missingSource, fetchEngine } = await import(pathToFileURL(join(buildFolder, "engine-source.mjs")).href);
  if (missingSource() === undefined) count.begin("engine source");
  else await count.run("engine source", missingSource(), say, fetchEngine);
}

// --- the system's packages ---

/**
 * @param {string[]} prefix
 * @param {Tool[]} missing
 */
async function installTools(prefix, missing) {
  const packages = packagesFor(missing, "apt-get");
  await count.run("Debian packages", `Debian packages: ${packages.join(" ")}`, say, async () => {
    const apt = [...prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"];
    await runQuietly([...apt, "update"], root, say);
    await runQuietly([...apt, "-y", "--no-install-recommends", "install", ...packages], root, say);
  });
  const still = missing.filter((tool) => !PRESENT[tool]()).map((tool) => TOOLS[tool].title);
  if (still.length > 0) throw new ToolMissing(`the packages are installed, but not found: ${still.join(", ")}`);
}

/**
 * The words to put before apt-get; throws with the command to run when this user or this system cannot install.
 * @param {Tool[]} missing
 */
function installPrefix(missing) {
  if (onPath("apt-get") && existsSync("/etc/debian_version")) {
    if (process.getuid?.() === 0) return [];
    if (onPath("sudo") && spawnSync("sudo", ["-n", "true"], { stdio: "ignore" }).status === 0) return ["sudo", "-n"];
  }
  throw new ToolMissing(adviceFor(missing, onPath));
}

/** @param {string} program */
function onPath(program) {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function hasNewlib() {
  const answer = spawnSync("arm-none-eabi-gcc", ["-print-file-name=nano.specs"], { encoding: "utf8" });
  return answer.status === 0 && answer.stdout.trim() !== "nano.specs";
}

function hasYaml() {
  return spawnSync("python3", ["-c", "import yaml, lzma"], { stdio: "ignore" }).status === 0;
}

// --- the host tools ---

/** Bundling takes a tenth of a second, so it is done each time; a file is only replaced when it changes. */
async function bundleTools() {
  const esbuild = await import(pathToFileURL(join(root, "node_modules/esbuild/lib/main.js")).href);
  const entries = {
    zcache: "tools/cli.ts", "run-tests": "tools/build/run-tests.ts", fuzz: "test/fuzz/main.ts", powerloss: "test/powerloss/main.ts",
    bitflip: "test/bitflip/main.ts", lockstep: "test/lockstep/main.ts", package: "tools/build/package-main.ts",
    "engine-source": "tools/build/engine-source.ts",
  };
  const result = await esbuild.default.build({
    absWorkingDir: root,
    entryPoints: Object.fromEntries(Object.entries(entries).filter(([, path]) => existsSync(join(root, path)))),
    outdir: "build",
    outExtension: { ".js": ".mjs" },
    bundle: true,
    write: false,
    platform: "node",
    format: "esm",
    target: "node20",
    packages: "external",
    sourcemap: "inline",
    logLevel: "error",
  });
  for (const file of result.outputFiles) replaceFile(file.path, file.contents);
}

/**
 * @param {string} path
 * @param {Uint8Array} contents
 */
function replaceFile(path, contents) {
  if (existsSync(path) && readFileSync(path).equals(contents)) return;
  const fresh = `${path}.${process.pid}`;
  writeFileSync(fresh, contents);
  renameSync(fresh, path);
}

/** @param {string} line */
function say(line) {
  process.stderr.write(`zcache: ${line}\n`);
}
