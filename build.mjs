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
 *   node build.mjs ARG ...          sets up, then runs the command line of tools/cli.ts with these arguments
 *
 * Set-up is three steps, each skipped when there is nothing to do: the system's packages (qemu, the ARM compiler,
 * python3 with yaml), `npm ci`, and bundling the host tools from TypeScript. Everything made lies in build/ and
 * node_modules/. Progress goes to stderr. Exit codes: 4 a tool is missing, 1 anything else that fails.
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { accessSync, constants, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { withLock } from "./tools/build/lock.mjs";

const root = dirname(fileURLToPath(import.meta.url));
const buildFolder = join(root, "build");
const nodeModules = join(root, "node_modules");
const OLDEST_NODE = [20, 11];

/** What the build looks for on the system, and the Debian packages that bring it. */
const SYSTEM_TOOLS = [
  { name: "qemu-system-arm", packages: ["qemu-system-arm"], present: () => onPath("qemu-system-arm") },
  { name: "arm-none-eabi-gcc", packages: ["gcc-arm-none-eabi", "binutils-arm-none-eabi"], present: () => onPath("arm-none-eabi-gcc") },
  { name: "newlib for arm-none-eabi (nano.specs)", packages: ["libnewlib-arm-none-eabi"], present: hasNewlib },
  { name: "python3 with the yaml module", packages: ["python3", "python3-yaml"], present: hasYaml },
];

/** What only the tests need: a compiler for the boards' drivers on this machine, somebody else's reader for the files that flashing makes, and somebody's engine. */
const TEST_TOOLS = [
  { name: "cc", packages: ["gcc", "libc6-dev"], present: () => onPath("cc") },
  { name: "duk", packages: ["duktape"], present: () => onPath("duk") },
  { name: "dfu-suffix", packages: ["dfu-util"], present: () => onPath("dfu-suffix") },
];

class ToolMissing extends Error {}

main(process.argv.slice(2)).catch((error) => {
  say(error instanceof Error ? error.message : String(error));
  process.exit(error instanceof ToolMissing ? 4 : 1);
});

/** @param {string[]} args */
async function main(args) {
  checkNode();
  if (args[0] === "test") SYSTEM_TOOLS.push(...TEST_TOOLS);
  await withLock(buildFolder, say, args[0] === "package" ? setUpHost : setUp);
  if (args[0] === "setup") return;
  const own = { test: "run-tests.mjs", fuzz: "fuzz.mjs", powerloss: "powerloss.mjs", lockstep: "lockstep.mjs", package: "package.mjs" }[args[0]];
  const entry = join(buildFolder, own ?? "zcache.mjs");
  process.argv = [process.argv[0], entry, ...(own ? args.slice(1) : args)];
  await import(pathToFileURL(entry).href);
}

function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return;
  throw new ToolMissing(`Node ${OLDEST_NODE.join(".")} or newer is needed, this is ${process.versions.node}: install a newer one`);
}

async function setUp() {
  await setUpSystem();
  await setUpHost();
}

/** What needs no tool of the system's. */
async function setUpHost() {
  await setUpPackages();
  await bundleTools();
}

// --- the system's packages ---

async function setUpSystem() {
  const missing = SYSTEM_TOOLS.filter((tool) => !tool.present());
  if (missing.length === 0) return;
  const packages = missing.flatMap((tool) => tool.packages);
  const prefix = installPrefix(missing, packages);
  await step(`Debian packages: ${packages.join(" ")}`, async () => {
    await run([...prefix, "apt-get", "-q", "update"]);
    await run([...prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y", "--no-install-recommends", "install", ...packages]);
  });
  const still = missing.filter((tool) => !tool.present()).map((tool) => tool.name);
  if (still.length > 0) throw new ToolMissing(`the packages are installed, but not found: ${still.join(", ")}`);
}

/**
 * The words to put before apt-get; throws when this user or this system cannot install.
 * @param {typeof SYSTEM_TOOLS} missing
 * @param {string[]} packages
 */
function installPrefix(missing, packages) {
  const names = missing.map((tool) => tool.name).join(", ");
  if (!onPath("apt-get") || !existsSync("/etc/debian_version")) {
    throw new ToolMissing(`missing on this system: ${names}. Only Debian's packages can be installed from here; install these by hand`);
  }
  if (process.getuid?.() === 0) return [];
  if (onPath("sudo") && spawnSync("sudo", ["-n", "true"], { stdio: "ignore" }).status === 0) return ["sudo", "-n"];
  throw new ToolMissing(`missing: ${names}. Run this, then try again:\n` +
    `  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${packages.join(" ")}`);
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

// --- node_modules ---

async function setUpPackages() {
  const stamp = join(nodeModules, ".zcache-lock-hash");
  const wanted = hashOf(join(root, "package-lock.json"));
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  await step("npm packages", () => run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=warn"]));
  writeFileSync(stamp, wanted);
}

/** @param {string} path */
function hashOf(path) {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

// --- the host tools ---

/** Bundling takes a tenth of a second, so it is done each time; a file is only replaced when it changes. */
async function bundleTools() {
  const esbuild = await import(pathToFileURL(join(nodeModules, "esbuild/lib/main.js")).href);
  const entries = {
    zcache: "tools/cli.ts", "run-tests": "tools/build/run-tests.ts", fuzz: "test/fuzz/main.ts", powerloss: "test/powerloss/main.ts",
    lockstep: "test/lockstep/main.ts", package: "tools/build/package-main.ts",
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

// --- progress ---

/** @param {string} line */
function say(line) {
  process.stderr.write(`zcache: ${line}\n`);
}

/**
 * Announces a step, runs it, and says how long it took.
 * @param {string} label
 * @param {() => Promise<void>} work
 */
async function step(label, work) {
  const start = Date.now();
  say(`${label} ...`);
  await work();
  say(`${label}: done in ${((Date.now() - start) / 1000).toFixed(1)} s`);
}

/**
 * Runs a command without input. Its output is kept back: every ten seconds the last line is shown, and on failure the
 * last twenty.
 * @param {string[]} command
 * @returns {Promise<void>}
 */
function run(command) {
  mkdirSync(buildFolder, { recursive: true });
  const start = Date.now();
  let output = "";
  const child = spawn(command[0], command.slice(1), { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  const keep = (/** @type {Buffer} */ part) => { output = (output + part.toString()).slice(-8000); };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const beat = setInterval(() => {
    const last = output.trimEnd().split(/[\r\n]/).pop() ?? "";
    say(`  ${Math.round((Date.now() - start) / 1000)} s${last ? `: ${last.slice(0, 100)}` : ""}`);
  }, 10000);
  return new Promise((resolve, reject) => {
    child.on("error", (error) => { clearInterval(beat); reject(error); });
    child.on("close", (code) => {
      clearInterval(beat);
      if (code === 0) return resolve();
      const tail = output.trimEnd().split("\n").slice(-20).join("\n");
      reject(new Error(`\`${command.join(" ")}\` failed with code ${code}:\n${tail}`));
    });
  });
}
