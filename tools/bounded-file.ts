/**
 * Reading a file that a person named on the command line. It may be anything: a device without an end, a pipe that
 * nobody writes to, a folder, a file larger than memory.
 *
 *   guarantee  Its kind and size are asked before a byte is read, and no more bytes are read than the size that was
 *              told. Whatever it is, the answer is its bytes or one sentence, and the call comes to its end.
 *   price      Each command says what the most is that it can use. What comes from a pipe has to be put in a file first.
 *
 * The alternative, to read as it comes and stop at the bound, would still wait for ever at an empty pipe.
 */
import { closeSync, constants, fstatSync, openSync, readSync, statSync, type Stats } from "node:fs";
import { messageOf, usage } from "./failure";
import { grouped } from "./report";

/** Bytes of a flash image: more than any serial NOR chip has. */
export const IMAGE_MOST = 1 << 28;
/** Bytes of a text: an app, a board's description, what an app should print. */
export const TEXT_MOST = 1 << 24;

/**
 * The bytes of the file at `path`, `most` of them at most. `what` names it at a sentence's beginning ("The dump").
 * Throws a usage failure of one sentence when it is no file, too large, or cannot be read. An empty file has no bytes.
 */
export function readBounded(path: string, what: string, most: number): Uint8Array {
  let file: number | undefined;
  try {
    // Without O_NONBLOCK opening a pipe waits for its other end.
    file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const stat = fstatSync(file);
    const wrong = unusable(stat, most);
    if (wrong !== "") throw usage(`${what} ${path} ${wrong}.`);
    return readUpTo(file, stat.size);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw usage(`${what} ${path} cannot be read: ${messageOf(error)}.`);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** What is at `path`; undefined when nothing is. Throws a usage failure when the system cannot say. */
export function statOf(path: string, what: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw usage(`${what} ${path} cannot be read: ${messageOf(error)}.`);
  }
}

/** The path of a text, if it is not too large to be one. Whether it can be read is for the reader to say. */
export function sized(path: string): string {
  const stat = statOf(path, "the text");
  const wrong = stat?.isFile() ? unusable(stat, TEXT_MOST) : "";
  if (wrong !== "") throw usage(`the text ${path} ${wrong}`);
  return path;
}

/** Why it cannot be used, from "is" or "has" on; empty when it can. */
function unusable(stat: Stats, most: number): string {
  if (!stat.isFile()) return `is ${kindOf(stat)} and not a file: name a file`;
  return stat.size > most ? `has ${grouped(stat.size)} bytes and at most ${grouped(most)} can be used: name another file` : "";
}

function kindOf(stat: Stats): string {
  if (stat.isDirectory()) return "a folder";
  if (stat.isFIFO()) return "a pipe";
  return stat.isSocket() ? "a socket" : "a device";
}

/** A file that grows meanwhile ends where it did; one that shrinks has fewer bytes. */
function readUpTo(file: number, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let done = 0;
  for (let got = 1; done < size && got > 0; done += got) got = readSync(file, bytes, done, size - done, done);
  return bytes.subarray(0, done);
}
