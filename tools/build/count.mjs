/**
 * What a person reads while steps run: `3/11 engine (last time 12.4 s) ...`, and at its end how long it took.
 *
 * A command plans its steps by name before the first; one that turns out to be up to date is passed over in silence but
 * counts, so the number says how far the command is. A step that nobody planned makes the plan longer by one. Times are
 * this machine's: they lie in the user's cache folder, where another clone finds them too. Losing them costs nothing.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

/** Of steps that take less than this nobody wants to know the time. */
const WORTH_SAYING_SECONDS = 0.1;

/**
 * A file of this project in the user's cache folder, which other clones share.
 * @param {string[]} parts
 */
export function inCache(...parts) {
  const { XDG_CACHE_HOME: given } = process.env;
  return join(given?.startsWith("/") ? given : join(homedir(), ".cache"), "zcache-mcu", ...parts);
}

/**
 * Makes a folder and those above it. Throws the system's error where that cannot be: Node's own `recursive` never ends
 * where the system says of a folder below one that is there that it cannot be (as below /proc).
 * @param {string} path
 */
export function makeFolder(path) {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    if (!existsSync(path)) throw error;
  }
}

export class StepCount {
  /** @type {Set<string>} */
  planned = new Set();
  /** @type {Set<string>} */
  begun = new Set();

  /**
   * @param {string} prefix stands before the numbers
   * @param {string} timesPath where times are kept; a test has its own
   */
  constructor(prefix = "", timesPath = inCache("times.json")) {
    this.prefix = prefix;
    this.timesPath = timesPath;
  }

  /** @param {Iterable<string>} names of the steps that are to come; those that are known already count once */
  plan(names) { for (const name of names) this.planned.add(name); }

  /**
   * The step's number and their total, as "3/11".
   * @param {string} name of a step that begins or is passed over
   */
  begin(name) {
    this.plan([name]);
    this.begun.add(name);
    return `${this.prefix}${[...this.begun].indexOf(name) + 1}/${this.planned.size}`;
  }

  /**
   * Announces a step, runs it, and says how long it took.
   * @template T
   * @param {string} name
   * @param {string} label
   * @param {(line: string) => void} say
   * @param {() => Promise<T> | T} work
   * @returns {Promise<T>}
   */
  async run(name, label, say, work) {
    const start = Date.now();
    const last = readTimes(this.timesPath)[name] ?? 0;
    const number = this.begin(name);
    say(`${number} ${label}${last >= WORTH_SAYING_SECONDS ? ` (last time ${last.toFixed(1)} s)` : ""} ...`);
    const result = await work();
    const seconds = (Date.now() - start) / 1000;
    say(`${number} ${label}: done in ${seconds.toFixed(1)} s`);
    if (seconds >= WORTH_SAYING_SECONDS) keepTime(this.timesPath, name, seconds);
    return result;
  }
}

/**
 * @param {string} path
 * @returns {Record<string, number>}
 */
function readTimes(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return {};
  }
}

/**
 * A home that cannot be written to has no times.
 * @param {string} path
 * @param {string} name
 * @param {number} seconds
 */
function keepTime(path, name, seconds) {
  try {
    makeFolder(dirname(path));
    writeFileSync(`${path}.${process.pid}`, JSON.stringify({ ...readTimes(path), [name]: Math.round(seconds * 10) / 10 }));
    renameSync(`${path}.${process.pid}`, path);
  } catch {
    return;
  }
}
