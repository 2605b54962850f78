/**
 * Steps of the build: a step names its inputs, the settings it depends on and its outputs, and is skipped when none of
 * them has changed since it last succeeded. The proof is a stamp in build/stamps with a hash of contents (times of
 * modification lie after a clone or a branch switch). Outputs are written aside and renamed, so a reader never sees
 * half a file; the build's lock keeps two invocations apart. Steps that do not need each other run side by side:
 * whoever starts them awaits them together() so that none is left running when another fails.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join, relative } from "node:path";
import { StepCount } from "./count.mjs";
import { withLock } from "./lock.mjs";
import { type Group, installGroups, missingGroups, titleOf } from "./packages.mjs";
import { ExitCode, Failure } from "../failure";
import { sayProgram } from "../words";
import { buildFolder, inBuild, rootFolder } from "./paths";

export interface Step {
  /** Also the stamp's file name. */
  name: string;
  /** What a person reads while it runs. */
  label: string;
  /** Files whose contents matter, absolute. A missing one counts as a change. */
  inputs: string[];
  /** npm packages that making it takes, besides those that every command loads: installed before it is made. */
  needs?: Group[];
  /** Anything else that matters: options, versions. */
  settings?: unknown;
  /** Files that must exist afterwards, absolute. */
  outputs: string[];
  make(): Promise<void> | void;
}

let report = (line: string): void => { process.stderr.write(`zcache: ${line}\n`); };

/** Where progress goes; a tool that was told to be quiet passes a function that does nothing. */
export function setProgress(to: (line: string) => void): void { report = to; }
export function progress(line: string): void { report(line); }

/** What was planned and begun in this process. */
export const count = new StepCount();

/**
 * Says by name which steps a command is going to take, before the first of them: so each can be told as one of so many.
 */
export function planSteps(names: Iterable<string>): void { count.plan(names); }

/** The same for npm packages, where they are missing. */
export function planPackages(group: Group): void { planSteps(missingGroups(rootFolder, [group]).map((missing) => titleOf([missing]))); }

let installed = Promise.resolve();

/**
 * Installs the groups of npm packages that are not there (packages.mjs). Throws with npm's own words when it cannot.
 */
export function needPackages(...groups: Group[]): Promise<void> {
  installed = installed.catch(() => undefined).then(async () => {
    for (const group of missingGroups(rootFolder, groups)) {
      const title = titleOf([group]);
      await withLock(buildFolder, report, () => count.run(title, title, progress, () => installGroups(rootFolder, [group], progress)));
    }
  });
  return installed;
}

/** The results of all, when all have ended; throws the first failure in their order. */
export async function together<Results extends unknown[]>(...work: { [Place in keyof Results]: Promise<Results[Place]> | Results[Place] }): Promise<Results> {
  const ended = await Promise.allSettled(work);
  return ended.map((one) => {
    if (one.status === "rejected") throw one.reason;
    return one.value as unknown;
  }) as Results;
}

/** Does the work for each item, as many at a time as there are processors; the results in the items' order. */
export async function sideBySide<Item, Result>(items: readonly Item[], work: (item: Item) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const place = next++;
      results[place] = await work(items[place]!);
    }
  };
  await together(...Array.from({ length: availableParallelism() }, worker));
  return results;
}

/** Steps that this process is at, by name. */
const underWay = new Map<string, Promise<boolean>>();

/** Runs a step unless it is up to date. True if it ran. */
export async function runStep(step: Step): Promise<boolean> {
  // The build's lock is one for the process: two that want the same step here would make it over each other.
  for (let same = underWay.get(step.name); same; same = underWay.get(step.name)) await same;
  const making = makeStep(step);
  underWay.set(step.name, making);
  return making.finally(() => underWay.delete(step.name));
}

async function makeStep(step: Step): Promise<boolean> {
  if (isCurrent(step)) return passOver(step);
  return withLock(buildFolder, report, async () => {
    if (isCurrent(step)) return passOver(step);
    if (step.needs) await needPackages(...step.needs);
    await count.run(step.name, step.label, progress, async () => {
      const key = keyOf(step);
      for (const path of step.outputs) mkdirSync(dirname(path), { recursive: true });
      await step.make();
      for (const path of step.outputs) if (!existsSync(path)) throw new Error(`step ${step.name} did not make ${path}`);
      writeFile(stampOf(step), key);
    });
    return true;
  });
}

function passOver(step: Step): boolean {
  count.begin(step.name);
  return false;
}

function isCurrent(step: Step): boolean {
  const stamp = stampOf(step);
  return existsSync(stamp) && step.outputs.every((path) => existsSync(path)) && readFileSync(stamp, "utf8") === keyOf(step);
}

function stampOf(step: Step): string { return inBuild("stamps", step.name); }

function keyOf(step: Step): string { return hashFiles(step.inputs, { settings: step.settings, outputs: step.outputs.map(fromRoot) }); }

/** A hash over the names and contents of files, and over `settings`. */
export function hashFiles(paths: string[], settings: unknown): string {
  const hash = createHash("sha256").update(JSON.stringify(settings) ?? "");
  for (const path of [...paths].sort()) {
    hash.update(`\0${fromRoot(path)}\0`);
    hash.update(existsSync(path) ? readFileSync(path) : "missing");
  }
  return hash.digest("hex");
}

function fromRoot(path: string): string { return relative(rootFolder, path); }

/**
 * Every file below `folder` whose path ends in one of `endings`, absolute, sorted. A folder that does not exist is
 * empty.
 */
export function filesBelow(folder: string, ...endings: string[]): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => endings.some((ending) => path.endsWith(ending)) && statSync(path).isFile())
    .sort();
}

/** Writes a file so that a reader sees the old or the new one, never half; leaves an equal file alone. */
export function writeFile(path: string, contents: string | Uint8Array): void {
  const bytes = typeof contents === "string" ? Buffer.from(contents) : contents;
  if (existsSync(path) && readFileSync(path).equals(bytes)) return;
  mkdirSync(dirname(path), { recursive: true });
  const fresh = `${path}.${process.pid}`;
  writeFileSync(fresh, bytes);
  renameSync(fresh, path);
}

/** Runs a program to its end and returns what it printed. Throws with its last lines if it fails. */
export function runProgram(program: string, args: string[], options: { folder?: string } = {}): Promise<string> {
  sayProgram([program, ...args]);
  const child = spawn(program, args, { cwd: options.folder ?? rootFolder, stdio: ["ignore", "pipe", "pipe"] });
  let printed = "";
  let complained = "";
  child.stdout.on("data", (part: Buffer) => { printed += part.toString(); });
  child.stderr.on("data", (part: Buffer) => { complained += part.toString(); });
  return new Promise((resolve, reject) => {
    child.on("error", (error: NodeJS.ErrnoException) => reject(error.code === "ENOENT"
      ? new Failure(ExitCode.NoTool, `${program} is not installed: run \`node build.mjs setup\``)
      : new Failure(ExitCode.Failed, `${program} cannot be run: ${error.message}`)));
    child.on("close", (code) => {
      if (code === 0) return resolve(printed);
      const tail = `${printed}\n${complained}`.trim().split("\n").slice(-30).join("\n");
      reject(new Error(`${program} failed with code ${code}:\n${tail}`));
    });
  });
}
