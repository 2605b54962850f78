/**
 * One build at a time. The lock is the folder build/lock, which only one process can create; inside, a file names the
 * owner. A second process waits, saying for whom; a lock whose owner has died is taken over. Plain JavaScript, because
 * build.mjs needs it before anything is compiled.
 */
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** How long one build may keep others waiting. A fresh machine with a slow mirror needs minutes, not this. */
const PATIENCE_SECONDS = 1200;

let depth = 0;
/** Settles when this process has the lock. */
let acquired = Promise.resolve();
/** Folders whose lock is let go of when this process ends. */
const guarded = new Set();
let isHeld = false;

/**
 * Runs `work` while holding the lock of `buildFolder`. Nested and simultaneous calls in one process share the lock.
 * @template T
 * @param {string} buildFolder
 * @param {(line: string) => void} say
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(buildFolder, say, work) {
  if (depth++ === 0) acquired = acquire(buildFolder, say);
  try {
    await acquired;
    return await work();
  } finally {
    if (--depth === 0 && isHeld) {
      isHeld = false;
      release(buildFolder);
    }
  }
}

/** @param {string} buildFolder */
function release(buildFolder) {
  rmSync(join(buildFolder, "lock"), { recursive: true, force: true });
}

/**
 * @param {string} buildFolder
 * @param {(line: string) => void} say
 */
async function acquire(buildFolder, say) {
  mkdirSync(buildFolder, { recursive: true });
  const folder = join(buildFolder, "lock");
  let told = false;
  for (const start = Date.now(); !take(folder); await sleep(200)) {
    const owner = ownerOf(folder);
    if (owner !== undefined && !isAlive(owner)) release(buildFolder);
    if (!told) say(`another build (process ${owner ?? "unknown"}) is at work in build/; waiting for it`);
    told = true;
    if (Date.now() - start > PATIENCE_SECONDS * 1000) {
      throw new Error(`process ${owner} has held build/lock for ${PATIENCE_SECONDS} s: end it, or remove build/lock`);
    }
  }
  isHeld = true;
  if (!guarded.has(buildFolder)) process.once("exit", () => { if (isHeld) release(buildFolder); });
  guarded.add(buildFolder);
}

/** @param {string} folder */
function take(folder) {
  try {
    mkdirSync(folder);
  } catch {
    return false;
  }
  writeFileSync(join(folder, "pid"), String(process.pid));
  return true;
}

/**
 * The owner's process number; undefined while the owner has not written it yet (which takes microseconds, so a lock
 * without a name that is older than five seconds belongs to nobody).
 * @param {string} folder
 */
function ownerOf(folder) {
  try {
    return Number(readFileSync(join(folder, "pid"), "utf8"));
  } catch {
    const age = Date.now() - (statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    return age > 5000 ? 0 : undefined;
  }
}

/** @param {number} pid */
function isAlive(pid) {
  if (pid === 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
