/**
 * What `npm pack` ships: dist/ with the API and the simulated board as one module, the core as wasm and as ES5, and the types.
 * Made by `node build.mjs package`, which needs the npm packages and no other tool.
 */
import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import esbuild from "esbuild";
import { buildCore, corePaths } from "./core";
import { inRoot, rootFolder } from "./paths";

export const packageFolder = inRoot("dist");

/** Makes dist/ anew. */
export async function buildPackage(): Promise<void> {
  await buildCore();
  rmSync(packageFolder, { recursive: true, force: true });
  mkdirSync(packageFolder, { recursive: true });
  await esbuild.build({
    absWorkingDir: rootFolder,
    entryPoints: ["hal/node/index.ts"],
    outfile: join(packageFolder, "index.mjs"),
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    logLevel: "error",
  });
  copyFileSync(corePaths.wasm, join(packageFolder, "zcache-core.wasm"));
  copyFileSync(corePaths.minified, join(packageFolder, "zcache-core.js"));
  copyFileSync(inRoot("firmware", "api", "zcache.d.ts"), join(packageFolder, "index.d.ts"));
}
