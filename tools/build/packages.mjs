/**
 * The npm packages in groups, so that a command installs only what it needs. The top package.json has what every
 * command loads; each folder of tools/packages has what one kind of work needs, and test/ what the tests alone need.
 * They are npm workspaces with one lock file, so a plain `npm ci` installs all of them, and whatever is installed lies
 * in node_modules.
 *
 * What is there is read from npm's own record (node_modules/.package-lock.json) and compared with the lock file,
 * package by package: it does not matter who installed it. Plain JavaScript, because build.mjs needs it before anything
 * is installed.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runQuietly } from "./quiet.mjs";

/** A group and the folder of its package.json. */
export const GROUPS = {
  base: "",
  wasm: "tools/packages/wasm",
  bundles: "tools/packages/bundles",
  measure: "tools/packages/measure",
  serial: "tools/packages/serial",
  test: "test",
};

/** @typedef {keyof typeof GROUPS} Group */
/**
 * @typedef {{ version?: string, integrity?: string, link?: boolean, os?: string[], cpu?: string[], dependencies?:
 * Record<string, string>, devDependencies?: Record<string, string>, optionalDependencies?: Record<string, string> }}
 * Entry
 */
/** @typedef {Record<string, Entry>} Entries */

/** @type {Group[]} */
export const ALL_GROUPS = /** @type {Group[]} */ (Object.keys(GROUPS));

/**
 * The groups of which something is missing or has another version than the lock file says.
 * @param {string} root the project's top folder
 * @param {Group[]} groups
 * @returns {Group[]}
 */
export function missingGroups(root, groups) {
  const wanted = readEntries(join(root, "package-lock.json"));
  const installed = readEntries(join(root, "node_modules", ".package-lock.json"));
  const isThere = (/** @type {string} */ path) => wanted[path].version === installed[path]?.version
    && wanted[path].integrity === installed[path]?.integrity && existsSync(join(root, path));
  return groups.filter((group) => !packagesOf(wanted, GROUPS[group]).every(isThere));
}

/** @param {string} path */
function readEntries(path) {
  return existsSync(path) ? /** @type {Entries} */ (JSON.parse(readFileSync(path, "utf8")).packages) : {};
}

/**
 * Paths below node_modules of everything that the package in `folder` needs on this machine, directly or not.
 * @param {Entries} entries the lock file's
 * @param {string} folder
 */
export function packagesOf(entries, folder) {
  /** @type {Set<string>} */
  const found = new Set();
  const visit = (/** @type {string} */ owner) => {
    const { dependencies, devDependencies, optionalDependencies } = entries[owner] ?? {};
    const isOurs = !owner.includes("node_modules");
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...(isOurs ? devDependencies : {}) })) {
      const path = placeOf(entries, name, owner);
      if (path === undefined || found.has(path) || !isForHere(entries[path])) continue;
      found.add(path);
      visit(path);
    }
  };
  visit(folder);
  return [...found];
}

/**
 * Where a package finds another: beside it, or in a node_modules further up.
 * @param {Entries} entries
 * @param {string} name
 * @param {string} owner
 */
function placeOf(entries, name, owner) {
  for (let folder = owner; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/")))) {
    const path = `${folder === "" ? "" : `${folder}/`}node_modules/${name}`;
    if (path in entries) return path;
    if (folder === "") return undefined;
  }
}

/** @param {Entry} entry */
function isForHere({ os, cpu }) { return matches(os, process.platform) && matches(cpu, process.arch); }

/**
 * npm's lists of systems: names, or names with an exclamation mark that are left out.
 * @param {string[] | undefined} list
 * @param {string} name
 */
function matches(list, name) {
  if (list === undefined || list.includes(name)) return true;
  return list.length > 0 && list.every((one) => one.startsWith("!") && one !== `!${name}`);
}

/**
 * Installs what is missing of the groups, by the lock file. The base is laid anew, which takes all others away; the
 * others are added to what is there.
 * @param {string} root
 * @param {Group[]} groups those that missingGroups() named
 * @param {(line: string) => void} say
 */
export async function installGroups(root, groups, say) {
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
  const npm = (/** @type {string[]} */ ...args) => runQuietly(["npm", ...args, ...quiet], root, say);
  const others = groups.filter((group) => group !== "base");
  if (groups.length === ALL_GROUPS.length) return npm("ci");
  if (groups.includes("base")) await npm("ci", "--workspaces=false");
  if (others.length > 0) await npm("install", "--no-save", ...others.map((group) => `--workspace=${GROUPS[group]}`));
}

/**
 * The words for a group in progress and complaints.
 * @param {Group[]} groups
 */
export function titleOf(groups) {
  const others = groups.filter((group) => group !== "base");
  return groups.length === ALL_GROUPS.length || others.length === 0 ? "npm packages" : `npm packages for ${others.join(", ")}`;
}
