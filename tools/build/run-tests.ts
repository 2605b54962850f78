/**
 * `node build.mjs test [PATTERN]`: builds everything, bundles each test/**\/*.test.ts to build/test, and has run-ava.ts
 * run the bundles. Without a pattern the types of tools and tests are checked too, as one more test. The last line is
 * `N passed, N failed`, whatever happens to the runner, and the exit code is 1 if anything failed.
 */
import { existsSync, readdirSync } from "node:fs";
import { relative } from "node:path";
import { boardFile } from "./board";
import { buildCore } from "./core";
import { buildImage, planImages } from "./image";
import { inBuild, inRoot, rootFolder } from "./paths";
import { bundleTests, runAva, type Tally } from "./run-ava";
import { filesBelow, progress, runProgram, runStep } from "./steps";

/** Tests of the core alone do not wait for an image. */
const NEEDS_IMAGE = /^test\/(tools|qemu|api\/board)/;

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
  const tally = await runAva(await bundleTests(tests, inRoot("test"), inBuild("test")));
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
