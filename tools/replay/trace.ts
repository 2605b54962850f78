/**
 * Traces of page accesses: text, one event a line, `R page`, `W page` or `F page` (read, write, freed), gzipped if the
 * name ends in .gz. A trace is read whole: the longest of the corpus has 272 000 events, a megabyte in memory.
 */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { messageOf, usage } from "../failure";

export const enum Access { Read = 0, Write = 1, Free = 2 }

const LETTERS: Record<string, Access> = { R: Access.Read, W: Access.Write, F: Access.Free };

export interface Trace {
  readonly path: string;
  /** One Access an event. */
  readonly accesses: Uint8Array;
  /** The page of each event. */
  readonly pages: Uint32Array;
  /** One more than the highest page. */
  readonly span: number;
  /** Different pages accessed. */
  readonly footprint: number;
}

/** The largest page number a trace may name: areas have at most 65 520 pages. */
const PAGE_LIMIT = 65520;

/** Reads a trace. Fails with one sentence that names the file and the line. */
export function readTrace(path: string): Trace {
  const lines = textOf(path).split("\n");
  if (lines[lines.length - 1] === "") lines.pop();
  if (lines.length === 0) throw usage(`${path} is empty: a trace has one event a line, such as "R 17".`);
  const accesses = new Uint8Array(lines.length);
  const pages = new Uint32Array(lines.length);
  lines.forEach((line, i) => {
    const event = /^([RWF]) (\d+)\r?$/.exec(line);
    const page = event === null ? PAGE_LIMIT : Number(event[2]);
    if (page >= PAGE_LIMIT) throw usage(`${path}:${i + 1} is "${line.slice(0, 40)}", expected R, W or F and a page below ${PAGE_LIMIT}.`);
    accesses[i] = LETTERS[event![1]];
    pages[i] = page;
  });
  const distinct = new Set(pages);
  return { path, accesses, pages, span: Math.max(...distinct) + 1, footprint: distinct.size };
}

function textOf(path: string): string {
  try {
    const bytes = readFileSync(path);
    return (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("latin1");
  } catch (error) {
    throw usage(`The trace ${path} cannot be read: ${messageOf(error)}.`);
  }
}
