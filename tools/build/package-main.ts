/** `node build.mjs package`: makes what `npm pack` ships (package.ts). */
import { buildPackage } from "./package";
import { progress } from "./steps";

await buildPackage().catch((error: unknown) => {
  progress(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
