/**
 * What the pages of a trace hold. Traces carry no contents, so a replay gives them real ones: all given files, cut into
 * pages (the last of each filled up with zeros), in the order given, n pages in all.
 *
 *   version v of page p is the files' page (p + v) mod n
 *
 * A page begins at version 0 and each write moves it on by one; freeing it starts it again at zeros, and the next write
 * goes on counting. So pages of one file stay together, every write changes the page to real data of the same kind, and
 * what any read must return is known without being stored. Shuffled, the pages of all files stand in one order drawn from
 * a fixed seed, so every page of a trace holds any kind of content in turn.
 */
import { readBounded } from "../bounded-file";
import { usage } from "../failure";

/** Bytes of one file of contents. */
const CONTENT_MOST = 1 << 28;

export class Content {
  private constructor(private readonly pages: Uint8Array[]) {}

  /** The pages of `paths`. Fails with one sentence when one is missing or empty. */
  static fromFiles(paths: string[], pageBytes: number, isShuffled = false): Content {
    const pages = paths.flatMap((path) => cut(read(path), pageBytes));
    return new Content(isShuffled ? shuffled(pages) : pages);
  }

  /** Noise and then zeros, from a fixed seed, for runs that ask for no files: a fifth to four fifths of a page is noise, half on the mean. */
  static made(pageBytes: number): Content {
    const next = numbers();
    const noiseBytes = (page: number): number => (pageBytes * (20 + page * 37 % 61)) / 100;
    return new Content(Array.from({ length: 97 }, (_, page) => Uint8Array.from({ length: pageBytes }, (_, i) => i < noiseBytes(page) ? next() & 255 : 0)));
  }

  /** Noise alone: what no codec makes shorter, so that every page costs its full length. */
  static noise(pageBytes: number): Content {
    const next = numbers();
    return new Content(Array.from({ length: 97 }, () => Uint8Array.from({ length: pageBytes }, () => next() & 255)));
  }

  /** What `page` holds after `version` writes. */
  at(page: number, version: number): Uint8Array { return this.pages[(page + version) % this.pages.length]; }
}

/** Numbers of 15 bits, the same ones each time. */
function numbers(): () => number {
  let state = 12345;
  return () => (state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff) >> 16;
}

function shuffled(pages: Uint8Array[]): Uint8Array[] {
  const next = numbers();
  const order = [...pages];
  for (let i = order.length - 1; i > 0; i--) {
    const other = (next() << 15 | next()) % (i + 1);
    [order[i], order[other]] = [order[other], order[i]];
  }
  return order;
}

function read(path: string): Uint8Array {
  const bytes = readBounded(path, "The content file", CONTENT_MOST);
  if (bytes.length > 0) return bytes;
  throw usage(`The content file ${path} is empty: give one with at least one byte.`);
}

function cut(bytes: Uint8Array, pageBytes: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / pageBytes) }, (_, i) => {
    const page = new Uint8Array(pageBytes);
    page.set(bytes.subarray(i * pageBytes, (i + 1) * pageBytes));
    return page;
  });
}
