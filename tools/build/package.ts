/**
 * What `npm pack` ships: dist/ with the API and the simulated board as one module, the core as wasm and as ES5, and the
 * types. Made by `node build.mjs package`, which needs the npm packages and no other tool.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import esbuild from "esbuild";
import { buildCore, corePaths } from "./core";
import { inRoot, rootFolder } from "./paths";
import { writeFile } from "./steps";

export const packageFolder = inRoot("dist");

/** Brings dist/ up to date; each file is replaced whole, so what reads it meanwhile sees no half. */
export async function buildPackage(): Promise<void> {
  await buildCore();
  const bundle = await esbuild.build({
    absWorkingDir: rootFolder,
    entryPoints: ["hal/node/index.ts"],
    bundle: true,
    write: false,
    platform: "node",
    format: "esm",
    target: "node20",
    logLevel: "error",
  });
  writeFile(join(packageFolder, "index.mjs"), bundle.outputFiles[0]!.contents);
  writeFile(join(packageFolder, "zcache-core.wasm"), readFileSync(corePaths.wasm));
  writeFile(join(packageFolder, "zcache-core.js"), readFileSync(corePaths.minified));
  writeFile(join(packageFolder, "index.d.ts"), readFileSync(inRoot("firmware", "api", "zcache.d.ts")));
}
