/**
 * What of a swap log survives a reset: the newest commit, the directory and the committed record of each page of its
 * areas, by the rules of FORMAT.md ("What is committed").
 */
import { crc32 } from "../check/crc32";
import type { PageCodec } from "../codecs/codec";
import { FORMS, Kind, Sector, SwapImage, SwapRecord, mended } from "./image";
import { nameOf, type ObjectKind } from "./names";

const DIRECTORY_MAGIC = 0x5249445a;
const DIRECTORY_VERSION = 1;
const ROW_BYTES = 32;
const NAME_BYTES = 24;

export interface DurableArea {
  readonly kind: ObjectKind;
  readonly name: string;
  readonly instance: number;
  readonly pages: number;
  /** Pages with a committed record; the others are zeros. */
  readonly recorded: number;
  /** Highest generation of a committed record, 0: there is none. */
  readonly newest: number;
  /** Pages whose committed record does not match its checksum, or that cleaning lost. */
  readonly lost: number[];
}

export interface Committed {
  readonly epoch: number;
  readonly generation: number;
  readonly digest: number;
  /** Digest of the records found, a lost one's included (`lost`). */
  readonly found: number;
  readonly areas: DurableArea[];
  /** Slots of the committed records. */
  readonly slots: ReadonlySet<number>;
  /** The committed records, by instance * 4096 + page. */
  readonly records: ReadonlyMap<number, SwapRecord>;
  /** Why the directory cannot be read; empty if it can. */
  readonly fault: string;
}

/** Unpacks a page of a form, or gives up. */
export type Unpack = (form: number, packed: Uint8Array, pageBytes: number) => Uint8Array | undefined;

export function unpackWith(codecs: readonly PageCodec[]): Unpack {
  return (form, packed, pageBytes) => codecs.find(({ name }) => name === (FORMS[form] === "same" ? "same-filled" : FORMS[form] === "raw" ? "none" : FORMS[form]))?.unpack(packed, pageBytes);
}

/** The newest commit of the log, undefined when nothing was ever committed. */
function newestCommit(sectors: readonly Sector[]): SwapRecord | undefined {
  const commits = sectors.filter(holdsEvidence).flatMap(({ records }) => records.filter(({ kind }) => kind === Kind.Commit));
  return commits.reduce<SwapRecord | undefined>((best, one) => best === undefined || one.epoch > best.epoch || one.epoch === best.epoch && one.generation >= best.generation ? one : best, undefined);
}

export function holdsEvidence({ records }: Sector): boolean { return records.length > 0 && records[0].kind === Kind.Commit && !records[0].isVerdict; }

/** Of two records of one page: does `one` count rather than `held`? */
function isBetter(one: SwapRecord, held: SwapRecord): boolean {
  if (one.generation !== held.generation) return one.generation > held.generation;
  if (one.dataOk !== held.dataOk) return one.dataOk;
  return (one.copy - held.copy & 15) > 8;
}

/** `counts`: does a sector's content count? `fallback`: stands for the newest commit when none can be read. */
export function committedOf(image: SwapImage, sectors: readonly Sector[], unpack: Unpack, counts = holdsEvidence, fallback?: SwapRecord): Committed | undefined {
  const newest = newestCommit(sectors);
  const commit = newest === undefined || newest.generation === 0 ? fallback ?? newest : newest;
  if (commit === undefined || commit.generation === 0) return undefined;
  const pages = new Map<number, SwapRecord>();
  for (const record of sectors.filter(counts).flatMap(({ records }) => records)) {
    if (record.kind !== Kind.Durable || record.struck || record.generation > commit.generation) continue;
    const key = record.instance * 4096 + record.page;
    const held = pages.get(key);
    if (held === undefined || isBetter(record, held)) pages.set(key, record);
  }
  return gather(image, commit, pages, unpack, sectors.some(({ damage }) => damage.length > 0));
}

function gather(image: SwapImage, commit: SwapRecord, pages: ReadonlyMap<number, SwapRecord>, unpack: Unpack, isDamaged: boolean): Committed {
  const slots = new Set<number>();
  const directory = pages.get(0);
  const { rows, fault } = directory === undefined ? { rows: [], fault: "the directory has no record" } : readDirectory(image, directory, unpack);
  if (directory !== undefined) slots.add(directory.slot);
  let found = directory === undefined ? 0 : digestPart(directory);
  const all = rows.flatMap(({ instance, pages: count }) => Array.from({ length: count }, (_, page) => ({ instance, page, held: pages.get(instance * 4096 + page) })));
  for (const { held } of all) if (held !== undefined) found = found + digestPart(held) >>> 0;
  const missing = isDamaged && found !== commit.digest ? all.find((one) => isMissing(one, commit, found)) : undefined;
  if (missing !== undefined) found = commit.digest;
  const areas = rows.map(({ kind, name, pages: count, instance }): DurableArea => {
    const records = Array.from({ length: count }, (_, page) => pages.get(instance * 4096 + page)).filter((one) => one !== undefined && one !== missing?.held) as SwapRecord[];
    const lost = records.filter((record) => isLost(image, record, unpack)).map(({ page }) => page);
    if (missing?.instance === instance) lost.push(missing.page);
    for (const record of records) slots.add(record.slot);
    return {
      kind, name, instance, pages: count, recorded: records.length, newest: Math.max(0, ...records.map(({ generation }) => generation)),
      lost: lost.sort((a, b) => a - b),
    };
  });
  return { epoch: commit.epoch, generation: commit.generation, digest: commit.digest, found, areas, slots, records: pages, fault };
}

/**
 * Is the committed record of this page the only one that is not found? Then there is one generation, above the found record's and not
 * above the commit's, with which the digest is right.
 */
function isMissing({ instance, page, held }: { instance: number; page: number; held: SwapRecord | undefined }, commit: SwapRecord, found: number): boolean {
  const part = commit.digest - (found - (held === undefined ? 0 : digestPart(held))) >>> 0;
  let state = ~part >>> 0;
  for (let bit = 0; bit < 32; bit++) state = ((state & 0x80000000) !== 0 ? (state ^ 0xedb88320) << 1 | 1 : state << 1) >>> 0;
  const generation = (state ^ ~crc32(Uint8Array.of(page & 255, page >> 8, instance & 255, instance >> 8), 0)) >>> 0;
  return generation > (held?.generation ?? 0) && generation <= commit.generation;
}

function isLost(image: SwapImage, record: SwapRecord, unpack: Unpack): boolean {
  return !record.dataOk || unpack(record.form, image.dataOf(record), image.geometry.pageBytes) === undefined;
}

function digestPart({ page, instance, generation }: SwapRecord): number {
  const bytes = new DataView(new ArrayBuffer(8));
  bytes.setUint16(0, page, true);
  bytes.setUint16(2, instance, true);
  bytes.setUint32(4, generation, true);
  return crc32(new Uint8Array(bytes.buffer), 0) >>> 0;
}

interface Row { kind: ObjectKind; name: string; pages: number; instance: number; }

function readDirectory(image: SwapImage, record: SwapRecord, unpack: Unpack): { rows: Row[]; fault: string } {
  const { pageBytes } = image.geometry;
  // The directory's data are mended where one bit has flipped, as its header is.
  const data = mended(image.dataOf(record), record.crc);
  const page = data === undefined ? undefined : unpack(record.form, data, pageBytes);
  if (page === undefined) return { rows: [], fault: `the directory's record at slot ${record.slot} is damaged` };
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
  if (view.getUint32(0, true) !== DIRECTORY_MAGIC) return { rows: [], fault: `the directory at slot ${record.slot} does not begin with ZDIR` };
  if (view.getUint16(4, true) !== DIRECTORY_VERSION) return { rows: [], fault: `the directory is of version ${view.getUint16(4, true)}, expected ${DIRECTORY_VERSION}` };
  if (view.getUint16(6, true) !== pageBytes) return { rows: [], fault: `the directory is of pages of ${view.getUint16(6, true)} bytes, expected ${pageBytes}` };
  const rows: Row[] = [];
  for (let at = ROW_BYTES; at < pageBytes; at += ROW_BYTES) {
    const instance = view.getUint16(at + NAME_BYTES + 2, true);
    if (instance !== 0) rows.push({ ...nameOf(page.subarray(at, at + NAME_BYTES)), pages: view.getUint16(at + NAME_BYTES, true), instance });
  }
  return { rows, fault: "" };
}
