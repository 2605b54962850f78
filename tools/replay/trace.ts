/**
 * Traces of page accesses: text, one event a line, `R page`, `W page` or `F page` (read, write, freed), gzipped or not. Empty
 * lines and lines that begin with # say nothing. A trace is read whole: the longest of the corpus has 272 000 events, a
 * megabyte in memory.
 *
 * An area has at most 65 520 pages. A trace whose numbers go beyond (block numbers of a disk, say) has its pages numbered
 * anew in their order, so that only how many there are counts; what they hold follows from their own numbers still.
 */
import { gunzipSync } from "node:zlib";
import { readBounded } from "../bounded-file";
import { Failure, messageOf, usage } from "../failure";

export const enum Access { Read = 0, Write = 1, Free = 2 }

const LETTERS: Record<string, Access> = { R: Access.Read, W: Access.Write, F: Access.Free };

export interface Trace {
  readonly path: string;
  /** One Access an event. */
  readonly accesses: Uint8Array;
  /** The page of each event, as the area has it. */
  readonly pages: Uint32Array;
  /** The trace's own number of each page of the area, where the pages are numbered anew. */
  readonly numbers?: Float64Array;
  /** One more than the highest page. */
  readonly span: number;
  /** Different pages accessed. */
  readonly footprint: number;
}

/** Pages that an area can have. */
const PAGES_MOST = 65520;
/** Bytes of a trace, and of what a gzipped one becomes: over a hundred times the longest of the corpus. */
const TRACE_MOST = 1 << 25;
const GZIP_MAGIC = [0x1f, 0x8b];

/** Reads a trace. Fails with one sentence that names the file and the line. */
export function readTrace(path: string): Trace {
  const events = textOf(path).split("\n").flatMap((line, i) => /^\s*(#|$)/.test(line) ? [] : [eventOf(path, line, i + 1)]);
  if (events.length === 0) throw usage(`${path} has no event: a trace has one a line, such as "R 17".`);
  const accesses = Uint8Array.from(events, ({ access }) => access);
  const distinct = [...new Set(events.map(({ page }) => page))].sort((a, b) => a - b);
  const highest = distinct[distinct.length - 1];
  if (distinct.length > PAGES_MOST) throw usage(`${path} names ${distinct.length} pages, expected at most ${PAGES_MOST}: cut it into parts.`);
  const common = { path, accesses, footprint: distinct.length };
  if (highest < PAGES_MOST) return { ...common, pages: Uint32Array.from(events, ({ page }) => page), span: highest + 1 };
  const rank = new Map(distinct.map((page, i) => [page, i]));
  return { ...common, pages: Uint32Array.from(events, ({ page }) => rank.get(page)!), numbers: Float64Array.from(distinct), span: distinct.length };
}

function eventOf(path: string, line: string, number: number): { access: Access; page: number } {
  const event = /^([RWF]) (\d+)\r?$/.exec(line);
  const page = event === null ? NaN : Number(event[2]);
  if (!Number.isSafeInteger(page)) throw usage(`${path}:${number} is ${JSON.stringify(line.slice(0, 40))}, expected R, W or F, a space and the number of a page, such as "R 17".`);
  return { access: LETTERS[event![1]], page };
}

function textOf(path: string): string {
  try {
    const bytes = Buffer.from(readBounded(path, "The trace", TRACE_MOST));
    const isPacked = path.endsWith(".gz") || GZIP_MAGIC.every((byte, i) => bytes[i] === byte);
    return (isPacked ? gunzipSync(bytes, { maxOutputLength: TRACE_MOST }) : bytes).toString("latin1").replace(/^\u00ef\u00bb\u00bf/, "");
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw usage(`The trace ${path} cannot be read: ${messageOf(error)}.`);
  }
}
