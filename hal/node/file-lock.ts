/**
 * A lock beside a file: FILE.lock, one line that names the process which has FILE open. Two processes that program one
 * chip's image would each overwrite what the other needs, so the second is refused.
 *
 *   guarantee  One holder at a time among the processes of a machine. A lock whose process has ended is taken over,
 *              also when its number belongs to another process by now: the line has the time at which the process
 *              began (Linux), and the boot of the machine. A lock that was removed is made again by hold(), unless
 *              another has made it meanwhile. Nobody's lock but one's own is ever removed.
 *   price      A small file while FILE is open. A lock of another machine, or of another container, is never taken
 *              over, because nobody here can tell whether its process lives: the sentence says what to remove.
 *   limits     Where the system tells no process's beginning (not Linux), a reused number looks alive. Two names of
 *              one file (hard links) have two locks; writerOf() finds the other opener, between processes on Linux only.
 *              A folder on a network has its server's idea of "only one can make it".
 *
 * The alternative, a lock of the operating system (flock), vanishes with its process; Node has none.
 */
import { randomUUID } from "node:crypto";
import {
  closeSync, linkSync, openSync, readFileSync, readdirSync, realpathSync, renameSync, rmSync, statSync, writeFileSync, type Stats,
} from "node:fs";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";

/** Who holds a lock. Text that is not known is empty. */
interface Holder { pid: number; began: string; boot: string; host: string; }

export interface FileLock {
  /** The file's path without links: what the lock is beside. */
  readonly path: string;
  /**
   * Looks whether the lock is still there, and makes it again if it was removed. Empty, or half a sentence that names who
   * has it now. Throws what the system says when no lock can be written.
   */
  hold(): string;
  /** Lets go: removes the lock if it is still this one. Harmless when called twice. */
  release(): void;
}

/** More bytes than a holder's line has. */
const LINE_MOST = 1024;
/** The locks of this process, and the line in each. No two lines are alike. */
const held = new Map<string, string>();
let isGuarded = false;

/**
 * Locks the file at `path`, which need not exist. `what` names it in a sentence ("the flash file").
 * Throws an Error of one sentence when another process has it, and what the system says when no lock can be written.
 */
export function lockFile(path: string, what: string): FileLock {
  const real = realPath(path);
  const lock = `${real}.lock`;
  const name = `${what} ${path}`;
  const here = holderHere();
  const line = `${JSON.stringify({ ...here, id: randomUUID() })}\n`;
  const advice = "wait for it to end, or name another file";
  const why = held.has(lock) ? refusal(name, lock, here, advice) : take(lock, line, name, advice);
  if (why !== "") throw new Error(why);
  if (!isGuarded) process.once("exit", releaseAll);
  isGuarded = true;
  held.set(lock, line);
  const hold = (): string => lineIn(lock) === line ? "" : take(lock, line, name, "wait for it to end, and sync again");
  return { path: real, hold, release: () => letGo(lock, line) };
}

/** Empty when the lock is made; else who has it, as half a sentence that ends with `advice`. */
function take(lock: string, line: string, name: string, advice: string): string {
  for (let tries = 0; !make(lock, line); tries++) {
    const holder = readHolder(lock);
    if (tries > 2 || holder === undefined || isAlive(holder)) return refusal(name, lock, holder, advice);
    takeAway(lock, holder);
  }
  return "";
}

/** The lock's line; empty when there is no lock. */
function lineIn(lock: string): string {
  try {
    return readFileSync(lock, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}

function letGo(lock: string, line: string): void {
  if (held.get(lock) !== line) return;
  held.delete(lock);
  if (textOf(lock) === line) rmSync(lock, { force: true });
}

function releaseAll(): void { for (const [lock, line] of held) letGo(lock, line); }

/** The path without links; of a file that is not there, its folder's. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return join(realpathSync(dirname(path)), basename(path));
  }
}

function refusal(name: string, lock: string, holder: Holder | undefined, wait: string): string {
  if (holder === undefined) return `${name} is locked by ${lock}, which names no process: remove that file if no program uses it`;
  if (holder.pid === process.pid && holder.host === hostname()) return `${name} is open in this process already: close the store that has it first`;
  const where = holder.host === hostname() ? "" : ` on ${holder.host}`;
  const advice = where === "" ? wait : `end it, or remove ${lock} if it has ended`;
  return `${name} is in use by process ${holder.pid}${where}: ${advice}`;
}

/** Makes the lock with its line in it, at once: under a name of its own first. False when there is one. */
function make(lock: string, line: string): boolean {
  const own = `${lock}.${process.pid}`;
  try {
    writeFileSync(own, line);
    linkSync(own, lock);
    return true;
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return false;
    if (syscall === "link") return makeWithoutLinks(lock, line);
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

/** For file systems without hard links. A process that dies between the two steps of it leaves an empty lock. */
function makeWithoutLinks(lock: string, line: string): boolean {
  let file: number | undefined;
  try {
    file = openSync(lock, "wx");
    writeFileSync(file, line);
    return true;
  } catch (error) {
    if (file !== undefined) rmSync(lock, { force: true });
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function holderHere(): Holder { return { pid: process.pid, began: beginningOf(process.pid), boot: bootHere(), host: hostname() }; }

/**
 * Whom the lock names, in full or (older tools) by number only; undefined when it names nobody. A lock that has gone
 * meanwhile names a process that has ended.
 */
function readHolder(lock: string): Holder | undefined {
  try {
    const text = readFileSync(lock, "utf8");
    const line = (text.length > LINE_MOST ? {} : JSON.parse(text)) as Partial<Holder> | number;
    const { pid, began, boot, host } = typeof line === "number" ? { pid: line, began: "", boot: "", host: hostname() } : line;
    const isSound = Number.isSafeInteger(pid) && pid! > 0 && [began, boot, host].every((one) => typeof one === "string");
    return isSound ? { pid: pid!, began: began!, boot: boot!, host: host! } : undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? { pid: 0, began: "", boot: "", host: hostname() } : undefined;
  }
}

function isAlive({ pid, began, boot, host }: Holder): boolean {
  if (host !== hostname()) return true;
  if (pid === 0 || (boot !== "" && bootHere() !== "" && boot !== bootHere())) return false;
  const now = beginningOf(pid);
  return answers(pid) && (began === "" || now === "" || began === now);
}

function answers(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** When the process began, in the kernel's ticks since boot: what tells it from a later one of its number. */
function beginningOf(pid: number): string {
  const stat = textOf(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
}

function bootHere(): string { return textOf("/proc/sys/kernel/random/boot_id").trim(); }

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** Takes a lock away if it is still that of `holder`. What another process has made meanwhile is put back. */
function takeAway(lock: string, holder: Holder): void {
  const away = `${lock}.${process.pid}.old`;
  try {
    renameSync(lock, away);
    const taken = readHolder(away);
    if (taken === undefined || (taken.pid !== holder.pid || taken.began !== holder.began)) linkSync(away, lock);
  } catch {
    // Somebody else was faster: the next try sees who.
  } finally {
    rmSync(away, { force: true });
  }
}

/** Whether both are one file, whatever its names. */
export function isSameFile(one: Stats | undefined, other: Stats | undefined): boolean {
  return one !== undefined && other !== undefined && one.ino === other.ino && one.dev === other.dev;
}

/**
 * The number of another process that has this very file open to write to it, under whatever name; 0 when none is known.
 * Only Linux tells, and only of processes that this user may look into.
 */
export function writerOf(file: Stats): number {
  for (const pid of namesIn("/proc")) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
    if (namesIn(`/proc/${pid}/fd`).some((open) => isWriting(pid, open, file))) return Number(pid);
  }
  return 0;
}

function isWriting(pid: string, open: string, file: Stats): boolean {
  try {
    if (!isSameFile(statSync(`/proc/${pid}/fd/${open}`), file)) return false;
  } catch {
    return false;
  }
  const flags = /^flags:\s*([0-7]+)$/m.exec(textOf(`/proc/${pid}/fdinfo/${open}`))?.[1] ?? "0";
  return (parseInt(flags, 8) & 3) !== 0;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
