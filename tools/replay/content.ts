/**
 * What the pages of a trace hold. Traces carry no contents, so a replay gives them real ones: all given files, cut into
 * pages (the last of each filled up with zeros), in the order given, n pages in all.
 *
 *   version v of page p is the files' page (p + v) mod n
 *
 * A page begins at version 0 and each write moves it on by one; freeing it starts it again at zeros, and the next write
 * goes on counting. So pages of one file stay together, every write changes the page to real data of the same kind, and
 * what any read must return is known without being stored.
 */
import { readFileSync } from "node:fs";
import { messageOf, usage } from "../failure";

export class Content {
  private constructor(private readonly pages: Uint8Array[]) {}

  /** The pages of `paths`. Fails with one sentence when one is missing or empty. */
  static fromFiles(paths: string[], pageBytes: number): Content {
    return new Content(paths.flatMap((path) => cut(read(path), pageBytes)));
  }

  /** Half noise, half zeros, from a fixed seed: for runs that ask for no files. LZ4 brings such a page to just over half. */
  static made(pageBytes: number): Content {
    let state = 12345;
    const noise = (): number => {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
      return state >> 16 & 255;
    };
    return new Content(Array.from({ length: 97 }, () => Uint8Array.from({ length: pageBytes }, (_, i) => i < pageBytes / 2 ? noise() : 0)));
  }

  /** What `page` holds after `version` writes. */
  at(page: number, version: number): Uint8Array { return this.pages[(page + version) % this.pages.length]; }
}

function read(path: string): Uint8Array {
  try {
    const bytes = readFileSync(path);
    if (bytes.length > 0) return bytes;
  } catch (error) {
    throw usage(`The content file ${path} cannot be read: ${messageOf(error)}.`);
  }
  throw usage(`The content file ${path} is empty: give one with at least one byte.`);
}

function cut(bytes: Uint8Array, pageBytes: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / pageBytes) }, (_, i) => {
    const page = new Uint8Array(pageBytes);
    page.set(bytes.subarray(i * pageBytes, (i + 1) * pageBytes));
    return page;
  });
}
