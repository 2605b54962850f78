/** Where things lie. Works from a bundle in build/ as well as from source, because it looks for the project's own package.json. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

function findRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!isRoot(folder)) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error("this file does not lie inside a zcache-mcu checkout: run it from one");
    folder = parent;
  }
  return folder;
}

function isRoot(folder: string): boolean {
  const manifest = join(folder, "package.json");
  return existsSync(manifest) && JSON.parse(readFileSync(manifest, "utf8")).name === "zcache-mcu";
}

/** The checkout's top folder. */
export const rootFolder = findRoot();
/** Everything generated lies below this one. */
export const buildFolder = join(rootFolder, "build");

/** A path inside the checkout, from its parts. */
export function inRoot(...parts: string[]): string { return join(rootFolder, ...parts); }
/** A path inside build/, from its parts. */
export function inBuild(...parts: string[]): string { return join(buildFolder, ...parts); }
