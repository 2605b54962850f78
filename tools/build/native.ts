/**
 * The core as C, translated straight from its TypeScript (tools/build/translate).
 *
 *   build/native/core.c   the core; compiled with -DARENA_BYTES=n and, for the checked build, -DCORE_CHECKED
 *   build/native/core.h   what C may call: every exported function, named core_<export>; and what it provides: port_<import>
 */
import { coreSources, firmware } from "./core";
import { inBuild, inRoot } from "./paths";
import { filesBelow, runStep, writeFile } from "./steps";
import { translate } from "./translate/translate";

export const nativePaths = { folder: inBuild("native"), source: inBuild("native", "core.c"), header: inBuild("native", "core.h") };

/** Translates the core, if it changed. True if something was done. */
export async function buildNative(): Promise<boolean> {
  const tools = [...filesBelow(inRoot("tools", "build", "translate"), ".ts"), ...["native.ts", "typescript.ts"].map((name) => inRoot("tools", "build", name))];
  return runStep({
    name: "core-c",
    label: "core as C",
    inputs: [...coreSources().filter((path) => !path.endsWith(".as.ts")), ...tools, inRoot("package-lock.json"), inRoot("firmware", "tsconfig.json")],
    outputs: [nativePaths.source, nativePaths.header],
    make: () => {
      const { source, header } = translate(firmware, nativePaths.folder);
      writeFile(nativePaths.source, source);
      writeFile(nativePaths.header, header);
    },
  });
}
