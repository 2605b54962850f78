/**
 * The entries in a map's or a log's pages (FORMAT.md, "Maps, logs and caches"), of which some may be lost. Written from the document.
 * Nothing in a page is trusted: every length and every next page is checked before it is followed, chains end where they would
 * come back, and a map's record must have its key's hash. What cannot be read whole is left out and counted.
 */
import { crc32 } from "../check/crc32";
import { textOfUnits } from "../app/text";

export interface Value { readonly text?: string; readonly json?: string; readonly bytes?: Uint8Array; }
export interface MapEntry { readonly key: Uint8Array; readonly kind: number; readonly data: Uint8Array; }
export interface LogEntry { readonly isBytes: boolean; readonly data: Uint8Array; }

export interface Rescued<Entry> {
  readonly entries: Entry[];
  /** What the object's own figures say that it has; undefined if they are lost. */
  readonly expected: number | undefined;
}

const MAP_MAGIC = 0x32414d5a;
/** Magic of the maps of 0.1, which were buckets with chains of pages. */
const OLD_MAP_MAGIC = 0x50414d5a;
/** Stands at the start of each page of records; the old ones had none. */
const RECORDS_MARK = 0xfffe;
const LOG_MAGIC = 0x474f4c5a;
const LINKED = 128;

function viewOf(bytes: Uint8Array): DataView { return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength); }
function even(length: number): number { return length + 1 & -2; }

/** What a value of a kind is. */
export function valueOf(kind: number, data: Uint8Array): Value {
  if (kind === 3) return { bytes: data };
  return kind === 1 ? { text: textOfUnits(data) } : { json: textOfUnits(data) };
}

// Maps

/** Is it a map of 0.1? Without page 0 its other pages tell. */
export function isOldMap(pages: readonly Uint8Array[], isLost: (page: number) => boolean): boolean {
  if (!isLost(0)) return viewOf(pages[0]).getUint32(24, true) === OLD_MAP_MAGIC;
  return !pages.some((page, number) => !isLost(number) && viewOf(page).getUint16(0, true) === RECORDS_MARK);
}

/** The entries of a map; `isLost` names pages that are not to be read. */
export function mapEntries(pages: readonly Uint8Array[], isLost: (page: number) => boolean): Rescued<MapEntry> {
  const head = viewOf(pages[0]);
  const isOld = isOldMap(pages, isLost);
  if (!isLost(0) && !isOld && head.getUint32(24, true) !== MAP_MAGIC) return { entries: [], expected: 0 };
  const entries = new Map<string, MapEntry>();
  for (const entry of isOld ? oldEntries(pages, isLost) : newEntries(pages, isLost)) entries.set(Buffer.from(entry.key).toString("hex"), entry);
  return { entries: [...entries.values()], expected: isLost(0) ? undefined : head.getUint32(8, true) };
}

/** Each page with the mark holds records, and a key has one. */
function newEntries(pages: readonly Uint8Array[], isLost: (page: number) => boolean): MapEntry[] {
  const holds = (page: number): boolean => !isLost(page) && viewOf(pages[page]).getUint16(0, true) === RECORDS_MARK;
  return pages.flatMap((_, page) => holds(page) ? recordsOf(pages, page, isLost) : []).flatMap(({ entry }) => entry === undefined ? [] : [entry]);
}

/** A record of 0.1 counts in the bucket that its hash names. */
function oldEntries(pages: readonly Uint8Array[], isLost: (page: number) => boolean): MapEntry[] {
  const found = pages.map((_, page) => isLost(page) ? [] : recordsOf(pages, page, isLost));
  const guessed = 1 + Math.max(0, ...found.map((records, page) => records.length > 0 ? viewOf(pages[page]).getUint16(6, true) : 0));
  const buckets = isLost(0) ? guessed : viewOf(pages[0]).getUint16(12, true);
  return [...reachable(pages, buckets, isLost)].flatMap((page) => {
    const bucket = viewOf(pages[page]).getUint16(6, true);
    return found[page].flatMap(({ crc, entry }) => entry !== undefined && bucketOf(crc, buckets) === bucket ? [entry] : []);
  });
}

/** Of a map of 0.1, pages of the buckets: each chain from its first page, and where a page of one is lost those that say they belong to it. */
function reachable(pages: readonly Uint8Array[], buckets: number, isLost: (page: number) => boolean): Set<number> {
  const reached = new Set<number>();
  const cut = new Set<number>();
  for (let bucket = 0; bucket < Math.min(buckets, pages.length); bucket++) {
    for (let page = bucket; ; page = viewOf(pages[page]).getUint16(0, true)) {
      if (page >= pages.length || reached.has(page) || page !== bucket && page < buckets) break;
      if (isLost(page)) { cut.add(bucket); break; }
      reached.add(page);
      if (viewOf(pages[page]).getUint16(0, true) === 0) break;
    }
  }
  for (let page = buckets; page < pages.length; page++) if (!isLost(page) && !reached.has(page) && cut.has(viewOf(pages[page]).getUint16(6, true))) reached.add(page);
  return reached;
}

function bucketOf(crc: number, buckets: number): number {
  let half = 1;
  while (half * 2 <= buckets) half *= 2;
  const wide = crc & 2 * half - 1;
  return wide < buckets ? wide : crc & half - 1;
}

/** The records of a page, up to the first that cannot be one; without an entry where its value is lost. */
function recordsOf(pages: readonly Uint8Array[], page: number, isLost: (page: number) => boolean): { crc: number; entry: MapEntry | undefined }[] {
  const bytes = pages[page];
  const view = viewOf(bytes);
  const end = Math.min(view.getUint16(2, true), bytes.length);
  const records: { crc: number; entry: MapEntry | undefined }[] = [];
  for (let at = page === 0 ? 32 : 8; at + 6 <= end;) {
    const [keyBytes, kind, valueBytes] = [bytes[at + 2], bytes[at + 3], view.getUint16(at + 4, true)];
    const valueAt = at + 6 + even(keyBytes);
    const key = bytes.subarray(at + 6, at + 6 + keyBytes);
    const crc = crc32(key, 0) >>> 0;
    if (keyBytes === 0 || valueAt + even(valueBytes) > end || crc >>> 16 !== view.getUint16(at, true)) break;
    const value = bytes.subarray(valueAt, valueAt + valueBytes);
    const data = (kind & LINKED) === 0 ? value : linkedValue(pages, value, isLost);
    records.push({ crc, entry: data === undefined ? undefined : { key: key.slice(), kind: kind & ~LINKED, data: data.slice() } });
    at = valueAt + even(valueBytes);
  }
  return records;
}

/** A long value, from its length and first page; undefined if a page of it is lost. */
function linkedValue(pages: readonly Uint8Array[], reference: Uint8Array, isLost: (page: number) => boolean): Uint8Array | undefined {
  if (reference.length !== 6) return undefined;
  const view = viewOf(reference);
  const length = view.getUint16(0, true) + 65536 * view.getUint16(2, true);
  const [parts, seen]: [Uint8Array[], Set<number>] = [[], new Set()];
  let left = length;
  for (let page = view.getUint16(4, true); left > 0; page = viewOf(pages[page]).getUint16(0, true)) {
    if (page === 0 || page >= pages.length || seen.has(page) || isLost(page)) return undefined;
    seen.add(page);
    parts.push(pages[page].subarray(4, 4 + Math.min(left, pages[page].length - 4)));
    left -= parts[parts.length - 1].length;
  }
  return Uint8Array.from(Buffer.concat(parts));
}

// Logs

/** The entries of a log, oldest first: from its tail up to the first page that is lost, and from the last one that is to its head. */
export function logEntries(pages: readonly Uint8Array[], isLost: (page: number) => boolean): Rescued<LogEntry> {
  const view = viewOf(pages[0]);
  if (isLost(0)) return { entries: [], expected: undefined };
  const ring = Buffer.concat(pages.slice(1));
  const [head, tail, expected] = [view.getUint32(4, true), view.getUint32(8, true), view.getUint32(12, true)];
  const used = view.getUint32(16, true);
  if (view.getUint32(0, true) !== LOG_MAGIC || head >= ring.length || tail >= ring.length || used > ring.length || expected * 4 > used) return { entries: [], expected: 0 };
  const line = Uint8Array.from(Buffer.concat([ring.subarray(tail), ring.subarray(0, tail)]).subarray(0, used));
  const pageBytes = pages[0].length;
  const isGone = (from: number, to: number): boolean => {
    for (let at = from; at < to; at++) if (isLost(1 + Math.floor((tail + at) % ring.length / pageBytes))) return true;
    return false;
  };
  const early = forwards(line, isGone);
  const late = early.end >= used ? [] : backwards(line, isGone, early.end);
  return { entries: [...early.entries, ...late], expected };
}

type IsGone = (from: number, to: number) => boolean;

function forwards(line: Uint8Array, isGone: IsGone): { entries: LogEntry[]; end: number } {
  const view = viewOf(line);
  const entries: LogEntry[] = [];
  let at = 0;
  while (at + 4 <= line.length && !isGone(at, at + 2)) {
    const mark = view.getUint16(at, true);
    const next = at + 4 + even(mark & 32767);
    if (next > line.length || isGone(at, next) || view.getUint16(next - 2, true) !== mark) break;
    entries.push({ isBytes: mark >= 32768, data: line.slice(at + 2, at + 2 + (mark & 32767)) });
    at = next;
  }
  return { entries, end: at };
}

function backwards(line: Uint8Array, isGone: IsGone, least: number): LogEntry[] {
  const view = viewOf(line);
  const entries: LogEntry[] = [];
  let end = line.length;
  while (end - 4 >= least && !isGone(end - 2, end)) {
    const mark = view.getUint16(end - 2, true);
    const from = end - 4 - even(mark & 32767);
    if (from < least || isGone(from, end) || view.getUint16(from, true) !== mark) break;
    entries.unshift({ isBytes: mark >= 32768, data: line.slice(from + 2, from + 2 + (mark & 32767)) });
    end = from;
  }
  return entries;
}
