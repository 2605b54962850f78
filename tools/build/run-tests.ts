/**
 * `node build.mjs test [PATTERN]`: builds everything, bundles each test/**\/*.test.ts to build/test, and runs ava on the
 * bundles. Without a pattern the types of tools and tests are checked too, as one more test. The last line is
 * `N passed, N failed`, and the exit code is 1 if anything failed.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import esbuild from "esbuild";
import { boardFile } from "./board";
import { buildCore } from "./core";
import { buildImage, planImages } from "./image";
import { inRoot, rootFolder } from "./paths";
import { filesBelow, progress, runProgram, runStep } from "./steps";

/** Tests of the core alone do not wait for an image. */
const NEEDS_IMAGE = /^test\/(tools|qemu|api\/board)/;

interface Tally { passed: number; failed: number; }

await main(process.argv.slice(2)).catch((error: unknown) => {
  progress(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});

async function main(patterns: string[]): Promise<void> {
  const tests = filesBelow(inRoot("test"), ".test.ts").filter((path) => matches(relative(rootFolder, path), patterns));
  if (tests.length === 0) throw new Error(`no test file matches "${patterns.join(" ")}": give a part of a path like test/core/lz4.test.ts`);
  await buildCore();
  if (tests.some((path) => NEEDS_IMAGE.test(relative(rootFolder, path)))) await buildImages();
  const types = patterns.length === 0 ? await checkTypes() : { passed: 0, failed: 0 };
  const bundles = await bundleTests(tests);
  const tally = await runAva(bundles);
  const failed = tally.failed + types.failed;
  console.log(`${tally.passed + types.passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 || tally.passed === 0 ? 1 : 0;
}

async function buildImages(): Promise<void> {
  const boards = inRoot("hal", "boards");
  const names = readdirSync(boards).sort().filter((name) => existsSync(boardFile(name)));
  planImages(names, ["firmware"]);
  for (const name of names) await buildImage(name);
}

function matches(path: string, patterns: string[]): boolean {
  return patterns.length === 0 || patterns.some((pattern) => path.includes(pattern));
}

/** The types of tools, tests, hal and firmware, as one more test; what was checked since it last changed counts as passed. */
async function checkTypes(): Promise<Tally> {
  const compiler = inRoot("node_modules", "typescript", "bin", "tsc");
  const folders = ["firmware", "hal", "tools", "test"].flatMap((name) => filesBelow(inRoot(name), ".ts", ".mjs", "tsconfig.json"));
  try {
    await runStep({
      name: "types",
      label: "types",
      inputs: [...folders, inRoot("tsconfig.json"), inRoot("package-lock.json")],
      outputs: [],
      make: async () => {
        for (const project of [rootFolder, inRoot("firmware")]) {
          await runProgram(process.execPath, [compiler, "-p", project, "--pretty", "false"]);
        }
      },
    });
  } catch (error) {
    console.log(`types: ${(error as Error).message}`);
    return { passed: 0, failed: 1 };
  }
  return { passed: 1, failed: 0 };
}

/** Each test file becomes one self-contained module; packages stay outside. */
async function bundleTests(tests: string[]): Promise<string[]> {
  await esbuild.build({
    absWorkingDir: rootFolder,
    entryPoints: tests,
    outdir: "build/test",
    outbase: "test",
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    packages: "external",
    sourcemap: "inline",
    logLevel: "error",
  });
  return tests.map((path) => join("build", relative(rootFolder, path).replace(/\.ts$/, ".mjs")));
}

/** Runs ava, passing its report through, and counts its results from the report (TAP). What tests leave in the scratch folder goes with it. */
function runAva(bundles: string[]): Promise<Tally> {
  const ava = inRoot("node_modules", "ava", "entrypoints", "cli.mjs");
  const scratch = mkdtempSync(join(tmpdir(), "zcache-test-"));
  process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));
  const child = spawn(process.execPath, [ava, "--tap", "--timeout=5m", ...bundles], { cwd: rootFolder, stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, TMPDIR: scratch } });
  const tally: Tally = { passed: 0, failed: 0 };
  let rest = "";
  child.stdout.on("data", (part: Buffer) => {
    const lines = (rest + part.toString()).split("\n");
    rest = lines.pop()!;
    for (const line of lines) count(line, tally);
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      if (code !== 0 && tally.failed === 0) tally.failed = 1;
      resolve(tally);
    });
  });
}

/** One line of TAP: passed tests are counted, everything else is shown. */
function count(line: string, tally: Tally): void {
  if (/^ok \d+/.test(line)) tally.passed++;
  else if (/^not ok \d+/.test(line)) tally.failed++;
  console.log(line);
}
