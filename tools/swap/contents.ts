/**
 * What of each durable object can be read from an image, page by page. The rules are FORMAT.md's ("What is committed"), and beyond
 * them three helps that a board does not have the room for: a page with one flipped bit is mended by its checksum; a sector
 * whose first record is destroyed still gives its others; and without a readable commit the newest record of each page is taken,
 * which is said. Nothing is guessed: a page either matches its checksum or is lost.
 */
import { Committed, committedOf, holdsEvidence, type Unpack } from "./committed";
import { Kind, Sector, SwapImage, SwapRecord, mended } from "./image";
import type { ObjectKind } from "./names";

export interface RescuedObject {
  readonly kind: ObjectKind | "unknown";
  readonly name: string;
  readonly instance: number;
  /** Each page's bytes; zeros for a lost one. */
  readonly pages: Uint8Array[];
  /** Pages that cannot be read. */
  readonly lost: number[];
  /** Pages in which one flipped bit was mended. */
  readonly mended: number[];
}

export interface Contents {
  readonly generation: number;
  readonly objects: RescuedObject[];
  /** Sentences about what is lost or doubtful beside single pages. */
  readonly doubts: string[];
}

/** Durable records behind a first record that is destroyed. */
function isBeheaded(sector: Sector): boolean {
  return holdsDurable(sector) && !holdsEvidence(sector) && sector.damage.length > 0;
}

/** Durable records that were not struck out. A sector that was about to be erased is left out. */
function holdsDurable({ start, records }: Sector): boolean {
  return !(start.kind === "header" && start.marked) && records.some(({ kind, struck }) => kind === Kind.Durable && !struck);
}

function newestRecord(sectors: readonly Sector[]): SwapRecord | undefined {
  const durable = sectors.flatMap(({ records }) => records).filter(({ kind, struck }) => kind === Kind.Durable && !struck);
  return durable.reduce<SwapRecord | undefined>((best, one) => best === undefined || one.generation > best.generation ? one : best, undefined);
}

/** Everything that is durable in the image. */
export function contentsOf(image: SwapImage, unpack: Unpack): Contents {
  const sectors = Array.from({ length: image.geometry.sectors }, (_, number) => image.sector(number));
  // Where every commit is destroyed, what is whole of the durable records is all there is.
  const hasEvidence = sectors.some((sector) => holdsEvidence(sector) && sector.records.some(({ kind, generation }) => kind === Kind.Commit && generation > 0));
  const counts = (sector: Sector): boolean => hasEvidence ? holdsEvidence(sector) || isBeheaded(sector) : holdsDurable(sector);
  const sound = committedOf(image, sectors, unpack);
  const isSound = sound !== undefined && sound.fault === "" && sound.found === sound.digest;
  const committed = isSound ? sound : committedOf(image, sectors, unpack, counts, newestRecord(sectors.filter(counts)));
  if (committed === undefined) return { generation: 0, objects: [], doubts: [] };
  const objects = committed.fault === "" ? namedObjects(image, committed, unpack) : namelessObjects(image, committed, unpack);
  return { generation: committed.generation, objects, doubts: doubtsOf(committed, sound === undefined) };
}

function doubtsOf(committed: Committed, isWithoutCommit: boolean): string[] {
  const doubts: string[] = [];
  if (isWithoutCommit) doubts.push("no commit can be read: the newest record of each page was taken, and it may be of a sync that was cut off");
  if (committed.fault !== "") doubts.push(`${committed.fault}: the objects have lost their names, kinds and lengths, and their pages are written by number`);
  else if (!isWithoutCommit && committed.found !== committed.digest) doubts.push("durable records are missing and it is not known which: a page may be older than the last sync, or zeros where it was written");
  return doubts;
}

function namedObjects(image: SwapImage, { areas, records }: Committed, unpack: Unpack): RescuedObject[] {
  return areas.map(({ kind, name, instance, pages, lost }) => gather(image, { kind, name, instance, count: pages, unread: lost }, records, unpack));
}

/** The directory is gone: an object for each instance that has records, as long as its last page. */
function namelessObjects(image: SwapImage, { records }: Committed, unpack: Unpack): RescuedObject[] {
  const longest = new Map<number, number>();
  for (const { instance, page } of records.values()) if (instance !== 0) longest.set(instance, Math.max(longest.get(instance) ?? 0, page + 1));
  return [...longest].sort(([a], [b]) => a - b).map(([instance, count]) => gather(image, { kind: "unknown", name: `instance ${instance}`, instance, count, unread: [] }, records, unpack));
}

interface Wanted { kind: RescuedObject["kind"]; name: string; instance: number; count: number; unread: readonly number[]; }

function gather(image: SwapImage, { kind, name, instance, count, unread }: Wanted, records: ReadonlyMap<number, SwapRecord>, unpack: Unpack): RescuedObject {
  const { pageBytes } = image.geometry;
  const object = { kind, name, instance, pages: [] as Uint8Array[], lost: [] as number[], mended: [] as number[] };
  for (let page = 0; page < count; page++) {
    const record = records.get(instance * 4096 + page);
    // A page named lost whose record checks is one whose newer record is missing.
    const isStale = unread.includes(page) && (record === undefined || record.dataOk);
    const bytes = record === undefined ? new Uint8Array(pageBytes) : unpackMended(image, record, unpack);
    if (isStale || bytes === undefined) object.lost.push(page);
    else if (record !== undefined && !record.dataOk) object.mended.push(page);
    object.pages.push(isStale || bytes === undefined ? new Uint8Array(pageBytes) : bytes);
  }
  return object;
}

/** The page of a record, with one flipped bit mended; undefined if it cannot be read. */
function unpackMended(image: SwapImage, record: SwapRecord, unpack: Unpack): Uint8Array | undefined {
  const data = record.dataOk ? image.dataOf(record) : mended(image.dataOf(record), record.crc);
  const page = data === undefined || data.length !== record.length ? undefined : unpack(record.form, data, image.geometry.pageBytes);
  return page?.slice();
}
