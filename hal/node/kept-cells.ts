/**
 * Where the cells of a kept chip lie between two runs: a file, or a byte array of the caller's.
 *
 *   guarantee  keep() never throws, because it is called from inside the core. What cannot be kept waits here, in order,
 *              so the file is always as the chip was at some moment before: to the file a full disk is a power cut.
 *              catchUp() writes what waits and says in half a sentence why it cannot; sync() asks it before it promises.
 *              A file that is cut short, or grown, is no chip any more: it counts as removed, and is made anew as a whole.
 *   price      Memory for what waits, at most as many bytes as the chip has; then the file is written anew as a whole.
 *   limits     A write has reached the operating system when the call returns, not the disk: a power cut of the host
 *              is its file system's affair. Who overwrites the file in place, at its length, is not noticed.
 *
 * The alternative, to tell the core that the chip failed, would have it retire sound sectors because a disk was full.
 */
import { closeSync, fstatSync, openSync, readSync, renameSync, rmSync, statSync, writeSync, type Stats } from "node:fs";
import { type FileLock, isSameFile, lockFile, writerOf } from "./file-lock";

export interface KeptCells {
  /** Takes what was just programmed or erased. */
  keep(at: number, bytes: Uint8Array): void;
  /** Empty when everything is kept; else why not, as half a sentence that names the place. */
  catchUp(): string;
  /** Lets go of the file; nothing is kept from here on. */
  close(): void;
}

/** What the operating system said, without the call and the path. */
export function reasonOf(error: unknown): string { return (error instanceof Error ? error.message : String(error)).replace(/, \w+( '[^]*')?$/, ""); }

/** Files that stores of this process have open, by path. */
const openFiles = new Map<string, CellFile>();

export class CellFile implements KeptCells {
  private file: number | undefined;
  private cells: Uint8Array = new Uint8Array(0);
  private waiting: { at: number; bytes: Uint8Array }[] = [];
  private waitingBytes = 0;
  /** The file has to be written anew as a whole. */
  private isLost = false;
  /** Why nothing is kept any more, for good. */
  private over = "";

  private constructor(private readonly name: string, private readonly lock: FileLock) {}

  /**
   * Locks the file at `path`. A store of this process whose file was removed meanwhile has lost it to the new one.
   * Throws an Error of one sentence when another has it.
   */
  static open(path: string): CellFile {
    for (const [real, before] of openFiles) {
      if (before.name !== path || statOf(real) !== undefined) continue;
      before.end(`the flash file ${path} was removed, and another store has made a new one`);
    }
    const made = new CellFile(path, lockFile(path, "the flash file"));
    openFiles.set(made.lock.path, made);
    return made;
  }

  /** Its bytes; undefined when there is no file. Asks `isChip` about the length first, which throws when no chip has it. */
  read(isChip: (length: number) => void): Uint8Array | undefined {
    const stat = statOf(this.lock.path);
    if (stat === undefined) return undefined;
    if (!stat.isFile()) throw new Error(`the flash file ${this.name} is not a file: name another`);
    isChip(stat.size);
    this.file = openSync(this.lock.path, "r+");
    this.refuseIfOpen(fstatSync(this.file));
    const bytes = new Uint8Array(stat.size);
    for (let at = 0, got = 1; at < bytes.length && got > 0; at += got) got = readSync(this.file, bytes, at, bytes.length - at, at);
    return bytes;
  }

  /** Throws when somebody has this very file open, be it under another name, for which there is another lock. */
  private refuseIfOpen(file: Stats): void {
    for (const other of openFiles.values()) {
      if (other === this || other.file === undefined || !isSameFile(fstatSync(other.file), file)) continue;
      throw new Error(`the flash file ${this.name} is open in this process already, as ${other.name}: close the store that has it first`);
    }
    const writer = writerOf(file);
    if (writer > 0) throw new Error(`the flash file ${this.name} is in use by process ${writer}: wait for it to end, or name another file`);
  }

  /** From here on these are the cells. A file that is not there is made. */
  attach(cells: Uint8Array): void {
    this.cells = cells;
    if (this.file === undefined) this.writeWhole();
  }

  keep(at: number, bytes: Uint8Array): void {
    if (this.over !== "" || this.isLost) return;
    try {
      if (this.file !== undefined && this.isCut(fstatSync(this.file))) return this.lose();
      if (this.waiting.length === 0) return this.put(at, bytes);
    } catch {
      // It waits, and catchUp() says why.
    }
    this.waiting.push({ at, bytes: bytes.slice() });
    this.waitingBytes += bytes.length;
    if (this.waitingBytes > this.cells.length) this.lose();
  }

  catchUp(): string {
    if (this.over !== "") return this.over;
    try {
      const busy = this.lock.hold();
      if (busy !== "") return this.leave(busy);
      const now = statOf(this.lock.path);
      const own = this.file === undefined ? undefined : fstatSync(this.file);
      if (now !== undefined && !isSameFile(now, own)) {
        return `the flash file ${this.name} is another one now: remove that or move it away, and sync again`;
      }
      if (now === undefined || own === undefined || this.isLost || this.isCut(own)) this.writeWhole();
      for (let first = this.waiting[0]; first !== undefined; first = this.waiting[0]) {
        this.put(first.at, first.bytes);
        this.waiting.shift();
        this.waitingBytes -= first.bytes.length;
      }
      return "";
    } catch (error) {
      return `the flash file ${this.name} cannot be written (${reasonOf(error)}): mend that, and sync again`;
    }
  }

  close(): void {
    if (this.over === "") this.catchUp();
    this.drop();
  }

  /** Lets go of the file as it is. */
  drop(): void { this.end("the store was closed"); }

  private end(why: string): void {
    if (this.over !== "") return;
    this.over = why;
    this.waiting = [];
    this.shut();
    openFiles.delete(this.lock.path);
    this.lock.release();
  }

  /** The file is another's: nothing of ours goes there. Gives `why` back. */
  private leave(why: string): string {
    this.lose();
    this.shut();
    return why;
  }

  /** Something cut the file short, or lengthened it. */
  private isCut(file: Stats): boolean { return file.size !== this.cells.length; }

  private lose(): void {
    this.isLost = true;
    this.waiting = [];
    this.waitingBytes = 0;
  }

  private put(at: number, bytes: Uint8Array): void {
    if (this.file === undefined) throw new Error("it is not open");
    writeAll(this.file, bytes, at);
  }

  /** Under another name first: half an image never carries the name, and what was there stays until then. */
  private writeWhole(): void {
    const fresh = `${this.lock.path}.${process.pid}.new`;
    let file: number | undefined;
    try {
      file = openSync(fresh, "w+");
      writeAll(file, this.cells, 0);
      renameSync(fresh, this.lock.path);
    } catch (error) {
      if (file !== undefined) shutQuietly(file);
      rmSync(fresh, { force: true });
      throw error;
    }
    this.shut();
    this.file = file;
    this.waiting = [];
    this.waitingBytes = 0;
    this.isLost = false;
  }

  private shut(): void {
    if (this.file !== undefined) shutQuietly(this.file);
    this.file = undefined;
  }
}

/** Closing may report what an earlier write did; that was written, or waits. */
function shutQuietly(file: number): void {
  try {
    closeSync(file);
  } catch {
    // The number is free all the same.
  }
}

function statOf(path: string): Stats | undefined { return statSync(path, { throwIfNoEntry: false }); }

/** A write may take only a part, as on a disk that fills up. */
function writeAll(file: number, bytes: Uint8Array, at: number): void {
  for (let done = 0; done < bytes.length;) {
    const written = writeSync(file, bytes, done, bytes.length - done, at + done);
    if (written === 0) throw new Error("the disk took nothing");
    done += written;
  }
}

/** Arrays that stores have open. */
const openArrays = new WeakMap<Uint8Array, CellArray>();

/** A byte array of the caller's. The store that opens it last has it. */
export class CellArray implements KeptCells {
  private over = "";
  private isBehind = false;

  constructor(private readonly array: Uint8Array, private readonly cells: Uint8Array) {
    const before = openArrays.get(array);
    if (before !== undefined) before.over = "the flash's byte array was opened by another store since";
    openArrays.set(array, this);
  }

  keep(at: number, bytes: Uint8Array): void {
    if (this.over !== "" || this.isBehind) return;
    try {
      this.array.set(bytes, at);
    } catch {
      this.isBehind = true;
    }
  }

  catchUp(): string {
    if (this.over !== "") return this.over;
    try {
      if (this.isBehind) this.array.set(this.cells);
      this.isBehind = false;
      return "";
    } catch (error) {
      return `the flash's byte array cannot be written (${reasonOf(error)}): open another`;
    }
  }

  close(): void { this.over = "the store was closed"; }
}
