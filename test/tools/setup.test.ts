/**
 * What a command needs of the machine: which tools and packages, what is said where they are missing, how steps are
 * counted.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { StepCount, makeFolder } from "../../tools/build/count.mjs";
import { buildBundle, bundleStep } from "../../tools/build/engine-bundle";
import { buildImage, planImages } from "../../tools/build/image";
import { ALL_GROUPS, GROUPS, missingGroups, packagesOf } from "../../tools/build/packages.mjs";
import { inRoot, rootFolder } from "../../tools/build/paths";
import { TOOLS, adviceFor, packagesFor, platformFault, toolsFor } from "../../tools/build/setup.mjs";
import { count, filesBelow, setProgress, sideBySide, together } from "../../tools/build/steps";

setProgress(() => {});

const scratch = mkdtempSync(join(tmpdir(), "zcache-setup-"));
test.after.always(() => rmSync(scratch, { recursive: true, force: true }));

test("a command line asks for the tools it needs and for no other", (t) => {
  t.deepEqual(toolsFor(["start"]), ["qemu", ...toolsFor(["build"])]);
  t.deepEqual(toolsFor(["build", "--profile", "minimal"]), []);
  t.deepEqual(toolsFor(["build", "--engine=generic"]), []);
  t.false(toolsFor(["size"]).includes("qemu"));
  t.true(toolsFor(["size", "--heap"]).includes("qemu"));
  t.deepEqual(toolsFor(["console", "-p", "/dev/ttyACM0"]), []);
  for (const port of [["-p", "qemu"], ["-pqemu"], ["--port=qemu"]]) t.deepEqual(toolsFor(["console", ...port]), toolsFor(["qemu"]), port.join(" "));
  t.deepEqual([["replay", "a.trace"], ["check", "d"], ["package"], ["fuzz"], [], ["qemu", "--help"]].flatMap(toolsFor), []);
  t.deepEqual(toolsFor(["test", "core"]), Object.keys(TOOLS));
});

test("where there is no apt the one command of the package manager that is there is printed", (t) => {
  const missing = ["qemu", "gcc", "newlib", "python"] as Parameters<typeof adviceFor>[0];
  const advice = (...there: string[]) => adviceFor(missing, (program) => there.includes(program));
  t.regex(advice("dnf"), /Run this, then try again:\n {2}sudo dnf install -y qemu-system-arm arm-none-eabi-gcc-cs arm-none-eabi-newlib python3 python3-pyyaml$/);
  t.regex(advice("pacman"), / {2}sudo pacman -S --needed qemu-system-arm arm-none-eabi-gcc arm-none-eabi-newlib python python-yaml$/);
  t.regex(advice("zypper"), / {2}sudo zypper install -y qemu-arm /);
  t.regex(advice("brew"), / {2}brew install qemu gcc-arm-embedded python pyyaml$/);
  t.regex(advice("apt-get", "dnf"), / {2}sudo apt-get update && sudo apt-get install -y --no-install-recommends qemu-system-arm gcc-arm-none-eabi /);
  t.regex(advice(), /^missing: qemu-system-arm, .*do it by hand, then try again$/);
  for (const tool of Object.keys(TOOLS) as (keyof typeof TOOLS)[]) for (const packages of Object.values(TOOLS[tool].packages)) t.true(packages.length > 0, tool);
  t.deepEqual(packagesFor(["gcc", "newlib"], "brew"), ["gcc-arm-embedded"]);
});

test("Windows is told of WSL, other systems of nothing", (t) => {
  t.regex(platformFault("win32")!, /wsl --install/);
  for (const platform of ["linux", "darwin", "freebsd"]) t.is(platformFault(platform), undefined);
});

/** Runs build.mjs with nothing on PATH but made-up programs that do nothing. */
function setUpWith(programs: string[]): { status: number | null; stderr: string } {
  const folder = mkdtempSync(join(scratch, "path-"));
  for (const name of programs) {
    writeFileSync(join(folder, name), "#!/bin/sh\necho /a/nano.specs\n");
    chmodSync(join(folder, name), 0o755);
  }
  return spawnSync(process.execPath, [inRoot("build.mjs"), "setup"], { encoding: "utf8", env: { ...process.env, PATH: folder } });
}

test("build.mjs prints that command and ends with 4, and goes on where the tools are there, whatever the system", (t) => {
  const fedora = setUpWith(["dnf"]);
  t.is(fedora.status, 4);
  t.regex(fedora.stderr, /^zcache: missing: qemu-system-arm, arm-none-eabi-gcc, .*\n {2}sudo dnf install -y /m);
  const without = setUpWith([]);
  t.is(without.status, 4);
  const complete = setUpWith(["qemu-system-arm", "arm-none-eabi-gcc", "python3", "npm"]);
  t.is(complete.status, 0, complete.stderr);
});

test("npm start needs neither Closure Compiler nor what tests and benches take", (t) => {
  const { packages } = JSON.parse(readFileSync(inRoot("package-lock.json"), "utf8"));
  const base = packagesOf(packages, GROUPS.base);
  t.true(base.includes("node_modules/esbuild") && base.includes("node_modules/typescript"));
  t.deepEqual(base.filter((path: string) => /closure|terser|assemblyscript|binaryen|quickjs|ava$|serialport/.test(path)), []);
  t.deepEqual(Object.keys(packages).filter((path) => path.includes("closure-compiler-java")), []);
  t.deepEqual(readdirSync(inRoot("tools", "packages")).sort(), Object.values(GROUPS).filter((folder) => folder.startsWith("tools/")).map((folder) => folder.split("/")[2]!).sort());
  t.deepEqual(missingGroups(rootFolder, ALL_GROUPS), []);
});

test("a package that is missing, of another version or for another system is told from the lock file", (t) => {
  const root = mkdtempSync(join(scratch, "root-"));
  const write = (path: string, packages: object): void => writeFileSync(join(root, path), JSON.stringify({ packages }));
  const inner = { version: "1.0.0", integrity: "i" };
  const other = process.platform === "linux" ? "darwin" : "linux";
  write("package-lock.json", { "": { devDependencies: { a: "1" }, optionalDependencies: { far: "1" } }, "node_modules/a": { version: "2.0.0", dependencies: { b: "1" } },
    "node_modules/b": { version: "3.0.0" }, "node_modules/a/node_modules/b": inner, "node_modules/far": { version: "1.0.0", os: [other] } });
  t.deepEqual(missingGroups(root, ["base"]), ["base"]);
  mkdirSync(join(root, "node_modules/a/node_modules/b"), { recursive: true });
  const there = { "node_modules/a": { version: "2.0.0" }, "node_modules/a/node_modules/b": inner };
  write("node_modules/.package-lock.json", there);
  t.deepEqual(missingGroups(root, ["base"]), []);
  write("node_modules/.package-lock.json", { ...there, "node_modules/a/node_modules/b": { ...inner, version: "1.0.1" } });
  t.deepEqual(missingGroups(root, ["base"]), ["base"]);
});

test("what every command loads is of the base, and what is loaded later of a group", (t) => {
  const namesIn = (group: keyof typeof GROUPS): string[] => {
    const { dependencies, devDependencies, optionalDependencies } = JSON.parse(readFileSync(inRoot(GROUPS[group], "package.json"), "utf8"));
    return Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies });
  };
  const base = namesIn("base");
  const all = ALL_GROUPS.flatMap(namesIn);
  for (const path of ["firmware", "hal", "tools"].flatMap((folder) => filesBelow(inRoot(folder), ".ts"))) {
    const text = readFileSync(path, "utf8");
    const loaded = [...text.matchAll(/^import (?!type)[^"]*from "([^.:"][^:"]*)";/gm)].map(([, name]) => name!);
    const later = [...text.matchAll(/import\("([^.:"][^:"]*)"\)/g)].map(([, name]) => name!);
    t.deepEqual(loaded.filter((name) => !base.includes(name)), [], path);
    t.deepEqual(later.filter((name) => !all.includes(name)), [], path);
  }
});

test("a step says which of how many it is, and how long it took last time", async (t) => {
  const times = join(scratch, "times", "times.json");
  const said: string[] = [];
  const say = (line: string): void => { said.push(line); };
  const first = new StepCount("", times);
  first.plan(["a", "b", "c"]);
  first.begin("a");
  await first.run("b", "second", say, () => new Promise((resolve) => setTimeout(resolve, 110)));
  await first.run("c", "third", say, () => undefined);
  await first.run("d", "unplanned", say, () => undefined);
  t.is(said[0], "2/3 second ...");
  t.regex(said[1]!, /^2\/3 second: done in \d+\.\d s$/);
  t.is(said[2], "3/3 third ...");
  t.is(said[4], "4/4 unplanned ...");
  said.length = 0;
  await new StepCount("set-up ", times).run("b", "second", say, () => undefined);
  t.regex(said[0]!, /^set-up 1\/1 second \(last time \d+\.\d s\) \.\.\.$/);
  writeFileSync(times, "{");
  await t.notThrowsAsync(new StepCount("", times).run("b", "second", say, () => undefined));
});

test("a cache folder that cannot be made costs the times and nothing else", async (t) => {
  writeFileSync(join(scratch, "file"), "");
  for (const folder of [join(scratch, "file", "below"), "/proc/nowhere"]) {
    const said: string[] = [];
    const work = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 110));
    for (let run = 0; run < 2; run++) await new StepCount("", join(folder, "times.json")).run("a", "step", (line) => said.push(line), work);
    t.deepEqual([said[0], said[2]], ["1/1 step ...", "1/1 step ..."], folder);
    t.throws(() => makeFolder(folder), undefined, folder);
  }
});

test.serial("the steps of an image are those that were planned", async (t) => {
  for (const board of ["emcraft-sf2", "microbit"]) {
    count.planned.clear();
    count.begun.clear();
    planImages([board], ["firmware"]);
    const planned = [...count.planned].sort();
    await buildImage(board);
    t.deepEqual([...count.begun].sort(), planned, board);
  }
});

test.serial("the step of a bundle is the one that was planned", async (t) => {
  count.begun.clear();
  await buildBundle("minimal", "generic");
  t.true(count.begun.has(bundleStep("minimal", "generic")));
});

test("of work side by side all has ended before the first failure is thrown, and results keep their order", async (t) => {
  const ended: string[] = [];
  const late = new Promise<void>((resolve) => { setTimeout(() => { ended.push("late"); resolve(); }, 30); });
  await t.throwsAsync(together(Promise.reject(new Error("first")), late, Promise.reject(new Error("second"))), { message: "first" });
  t.deepEqual(ended, ["late"]);
  t.deepEqual(await sideBySide([30, 1, 10], (ms) => new Promise((resolve) => setTimeout(() => resolve(ms), ms))), [30, 1, 10]);
});
