/** The pages that are measured: files cut into whole pages, the last one padded with zeros. */
import { basename, dirname } from "node:path";
import { IMAGE_MOST, readBounded } from "../bounded-file";
import { usage } from "../failure";

export interface PageFile {
  name: string;
  /** In the corpus the folder, which is a kind of content; elsewhere each file is one. */
  kind: string;
  isCorpus: boolean;
  pages: Uint8Array[];
}

/** Reads all files; throws one sentence about the first that no pages can be taken from. */
export function readPageFiles(paths: string[], pageBytes: number): PageFile[] { return paths.map((path) => readPageFile(path, pageBytes)); }

function readPageFile(path: string, pageBytes: number): PageFile {
  const data = readBytes(path);
  const pages = Array.from({ length: Math.ceil(data.length / pageBytes) }, (_, page) => {
    const bytes = new Uint8Array(pageBytes);
    bytes.set(data.subarray(page * pageBytes, (page + 1) * pageBytes));
    return bytes;
  });
  const isCorpus = basename(dirname(dirname(path))) === "corpus";
  return { name: basename(path), kind: isCorpus ? basename(dirname(path)) : basename(path), isCorpus, pages };
}

function readBytes(path: string): Buffer {
  const data = Buffer.from(readBounded(path, "the file of pages", IMAGE_MOST));
  if (data.length === 0) throw usage(`${path} is empty: name a file of pages after --pages`);
  return data;
}

/** Is the page one word repeated? Such a page is never compressed. */
export function isSameFilled(page: Uint8Array): boolean {
  const words = new Int32Array(page.buffer, page.byteOffset, page.length >> 2);
  return words.every((word) => word === words[0]);
}
