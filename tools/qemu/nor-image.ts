/**
 * The file behind the emulated flash chip. QEMU wants it to be exactly as large as the chip. A run gets an erased
 * scratch image that vanishes with it, or a file of the user's that persists and is created when missing.
 */
import { accessSync, closeSync, constants, existsSync, mkdtempSync, openSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { lockFile } from "../../hal/node/file-lock";
import { ExitCode, Failure, messageOf, usage } from "../failure";

export interface NorImage {
  path: string;
  /** Removes a scratch image; lets go of a user's file. Harmless when called twice. */
  discard(): void;
}

const ERASED = 0xff;
const PART_BYTES = 1 << 20;

/** An erased image of `bytes` in a folder of its own below the system's temporary one. */
export function scratchNor(bytes: number): NorImage {
  const folder = mkdtempSync(join(tmpdir(), "zcache-nor-"));
  const path = join(folder, "nor.img");
  const discard = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    writeErased(path, bytes);
  } catch (error) {
    discard();
    throw new Failure(ExitCode.Failed, `no scratch flash image of ${bytes} bytes can be written in ${tmpdir()} (${messageOf(error)}): free some room there`);
  }
  return { path, discard };
}

/** The user's image at `path`, created erased when it does not exist. */
export function namedNor(path: string, bytes: number): NorImage {
  checkNor(path, bytes);
  const discard = claim(path);
  try {
    if (!existsSync(path)) createNor(path, bytes);
  } catch (error) {
    discard();
    throw error;
  }
  return { path, discard };
}

/**
 * Makes the image this process's own: two boards that program one chip would neither find their data again. A store in Node
 * (`open({ flash: FILE })`) takes the same lock. Returns how to let go.
 */
function claim(path: string): () => void {
  try {
    return lockFile(path, "the flash image").release;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall !== undefined) throw new Failure(ExitCode.Failed, `no lock can be made beside the flash image ${path} (${messageOf(error)}): name a file in a folder you may write to`);
    throw new Failure(ExitCode.Failed, messageOf(error));
  }
}

/** Throws one sentence unless `path` can be created, or is an image of the right size that can be read and written. */
export function checkNor(path: string, bytes: number): void {
  if (!existsSync(path)) { checkFolder(path); return; }
  const stat = statSync(path);
  if (!stat.isFile()) throw new Failure(ExitCode.Failed, `${path} is not a file and cannot be the flash image: name an image of ${bytes} bytes, or a new file`);
  if (stat.size !== bytes) {
    throw usage(`the flash image has to have exactly ${bytes} bytes and ${path} has ${stat.size}: name another image, or a new file and it will be created`);
  }
  try {
    closeSync(openSync(path, "r+"));
  } catch (error) {
    throw new Failure(ExitCode.Failed, `the flash image ${path} cannot be read and written (${messageOf(error)}): change its permissions or name another file`);
  }
}

function checkFolder(path: string): void {
  try {
    accessSync(dirname(path), constants.W_OK);
  } catch (error) {
    throw cannotCreate(path, error);
  }
}

function cannotCreate(path: string, error: unknown): Failure {
  return new Failure(ExitCode.Failed, `the flash image ${path} cannot be created (${messageOf(error)}): name a file in a folder you may write to`);
}

/** Writes it under another name first, so that half an image never carries the name. */
function createNor(path: string, bytes: number): void {
  const fresh = `${path}.${process.pid}.new`;
  try {
    writeErased(fresh, bytes);
    renameSync(fresh, path);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw cannotCreate(path, error);
  }
}

function writeErased(path: string, bytes: number): void {
  const part = Buffer.alloc(Math.min(PART_BYTES, bytes), ERASED);
  const file = openSync(path, "wx");
  try {
    for (let at = 0; at < bytes; at += part.length) writeSync(file, part, 0, Math.min(part.length, bytes - at));
  } finally {
    closeSync(file);
  }
}
