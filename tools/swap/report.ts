/**
 * What a swap image holds and what is wrong with it. Two things are told apart: what a cut of the power may leave (torn
 * ends, records never committed, sectors whose mark is set) is named and is no fault; the rest is a finding.
 *
 * L1  Header and data of every record match their checks, but for the last of a sector where nothing is committed. A header in which
 *     one bit has flipped is read as it was, and named.
 * L2  The youngest sector header names the highest erase count of all, and epochs rise with the sequence.
 * L3  The digest of the committed records found is the commit's, and the directory can be read.
 * L4  Every committed page can be unpacked.
 */
import { Committed, Unpack, committedOf, holdsEvidence } from "./committed";
import { GRANULE_BYTES, Kind, Sector, SectorHeader, SwapImage, SwapRecord } from "./image";

export interface SectorRow {
  sector: number;
  state: "blank" | "ours" | "other";
  /** Erases as a reader has to take them, FORMAT.md: never below the truth. */
  erases: number;
  /** Is that its own header's count? */
  exact: boolean;
  epoch: number;
  sequence: number;
  retired: boolean;
  youngest: boolean;
  records: number;
  filled_bytes: number;
  /** Bytes of committed durable records, and of volatile ones that were not overtaken in the newest epoch: at most these are live. */
  durable_bytes: number;
  volatile_bytes: number;
  dead_bytes: number;
}

export interface SwapDocument {
  found: "blank" | "volatile" | "durable";
  sectors: SectorRow[];
  epoch: number;
  sequence: number;
  erases: { least: number; most: number; all: number };
  retired: number[];
  records: { volatile: number; durable: number; struck: number; commits: number; verdicts: number };
  committed: { epoch: number; generation: number; digest: string; digest_found: string; areas: Committed["areas"] } | null;
  budget: { on: boolean; left_kib: number };
  uptime_seconds: number;
  /** What a cut may have left. */
  torn: string[];
  findings: string[];
}

const FOREIGN_ERASES = 16;

export function describe(image: SwapImage, unpack: Unpack): SwapDocument {
  const sectors = Array.from({ length: image.geometry.sectors }, (_, number) => image.sector(number));
  const headers = sectors.flatMap(({ start }) => start.kind === "header" ? [start.header] : []);
  const youngest = headers.reduce<SectorHeader | undefined>((best, one) => best === undefined || one.sequence > best.sequence ? one : best, undefined);
  const committed = committedOf(image, sectors, unpack);
  const retired = [...new Set(headers.map((header) => header.retired).filter((one) => one >= 0))].sort((a, b) => a - b);
  const rows = rowsOf(sectors, headers, youngest, committed, retired);
  const records = sectors.flatMap((sector) => sector.records);
  const erases = rows.map((row) => row.erases);
  return {
    found: committed !== undefined ? "durable" : headers.length > 0 || records.length > 0 ? "volatile" : "blank",
    sectors: rows, epoch: Math.max(0, ...headers.map(({ epoch }) => epoch)), sequence: youngest?.sequence ?? 0,
    erases: { least: Math.min(...erases), most: Math.max(...erases), all: erases.reduce((sum, one) => sum + one, 0) },
    retired, records: countsOf(records),
    committed: committed === undefined ? null : { epoch: committed.epoch, generation: committed.generation, digest: hex(committed.digest), digest_found: hex(committed.found), areas: committed.areas },
    budget: { on: youngest?.budgetOn ?? false, left_kib: Math.floor((youngest?.budgetGranules ?? 0) * GRANULE_BYTES / 1024) }, uptime_seconds: youngest?.uptime ?? 0,
    torn: tornOf(sectors, committed), findings: [...damageIn(sectors, committed, retired), ...ledgerFaults(image, headers, youngest), ...durableFaults(committed)],
  };
}

function countsOf(records: readonly SwapRecord[]): SwapDocument["records"] {
  const count = (is: (record: SwapRecord) => boolean): number => records.filter(is).length;
  return {
    volatile: count(({ kind }) => kind === Kind.Volatile), durable: count(({ kind, struck }) => kind === Kind.Durable && !struck), struck: count(({ struck }) => struck),
    commits: count(({ kind, isVerdict }) => kind === Kind.Commit && !isVerdict), verdicts: count(({ kind, isVerdict }) => kind === Kind.Commit && isVerdict),
  };
}

function rowsOf(sectors: readonly Sector[], headers: readonly SectorHeader[], youngest: SectorHeader | undefined, committed: Committed | undefined, retired: readonly number[]): SectorRow[] {
  const highest = Math.max(-1, ...headers.flatMap(({ erases, highest: most }) => [erases, most]));
  const epoch = Math.max(0, ...headers.map((header) => header.epoch));
  const isForeign = headers.length === 0 && sectors.some(({ start }) => start.kind === "other");
  const latest = new Map<number, number>();
  for (const { records } of [...sectors].sort((a, b) => sequenceOf(a) - sequenceOf(b))) {
    for (const record of records) if (record.kind === Kind.Volatile && record.epoch === epoch) latest.set(record.owner, record.slot);
  }
  return sectors.map((sector): SectorRow => {
    const { start, records, number } = sector;
    const isOwn = start.kind === "header" && !start.marked;
    const header = start.kind === "header" ? start.header : undefined;
    const bytesOf = (is: (record: SwapRecord) => boolean): number => records.filter((one) => !one.isVerdict && is(one)).reduce((sum, one) => sum + one.granules * GRANULE_BYTES, 0);
    const durable = bytesOf(({ slot }) => committed?.slots.has(slot) ?? false);
    const unsettled = bytesOf(({ kind, owner, slot }) => kind === Kind.Volatile && latest.get(owner) === slot);
    return {
      sector: number, state: header !== undefined || holdsEvidence(sector) ? "ours" : start.kind === "blank" ? "blank" : "other",
      erases: isOwn && header !== undefined ? header.erases : isForeign ? FOREIGN_ERASES : highest + 1, exact: isOwn,
      epoch: header?.epoch ?? 0, sequence: header?.sequence ?? 0, retired: retired.includes(number), youngest: header !== undefined && header === youngest,
      records: records.length, filled_bytes: records.length > 0 ? sector.filled * GRANULE_BYTES : 0,
      durable_bytes: durable, volatile_bytes: unsettled, dead_bytes: bytesOf(() => true) - durable - unsettled,
    };
  });
}

function sequenceOf({ start }: Sector): number { return start.kind === "header" ? start.header.sequence : -1; }

/** Is this record the end of what was written to its sector, and not committed: may a cut have left it so? */
function mayBeCut(sector: Sector, record: SwapRecord, committed: Committed | undefined): boolean {
  const last = sector.records.filter(({ isVerdict }) => !isVerdict).at(-1);
  return record === last && !(committed?.slots.has(record.slot) ?? false);
}

function tornOf(sectors: readonly Sector[], committed: Committed | undefined): string[] {
  const marked = sectors.filter(({ start }) => start.kind === "header" && start.marked).map(({ number }) => `sector ${number}: an erase was under way, or is over and its header was not written`);
  const begun = sectors.filter(({ start, records }) => (start.kind === "other" || start.kind === "begun") && records.length === 0).map(({ number }) => `sector ${number}: its header does not check`);
  const records = sectors.flatMap((sector) => [
    ...sector.damage.filter(({ isLast, isZeros }) => isLast && !isZeros).map(({ slot }) => `sector ${sector.number}: what begins at slot ${slot} was not written to its end`),
    ...sector.records.filter((record) => !record.dataOk && mayBeCut(sector, record, committed)).map(({ slot }) => `sector ${sector.number}: the record at slot ${slot} was not written to its end`),
  ]);
  const uncommitted = sectors.flatMap(({ records: all }) => all).filter(({ kind, struck, generation }) => kind === Kind.Durable && !struck && generation > (committed?.generation ?? 0)).length;
  return [...marked, ...begun, ...records, ...(uncommitted > 0 ? [`${uncommitted} durable records were never committed`] : [])];
}

/** L1. What lies in a retired sector was why it is retired. */
function damageIn(sectors: readonly Sector[], committed: Committed | undefined, retired: readonly number[]): string[] {
  return sectors.filter(({ number }) => !retired.includes(number)).flatMap((sector) => [
    ...(sector.start.kind === "header" && sector.start.mended ? [`L1 sector ${sector.number}: one bit of its header has flipped; it is taken as it was`] : []),
    ...sector.records.filter(({ mended }) => mended).map(({ slot }) => `L1 sector ${sector.number}: one bit of the header at slot ${slot} has flipped; it is taken as it was`),
    ...sector.damage.filter(({ isLast, isZeros }) => !isLast && !isZeros).map(({ slot }) => `L1 sector ${sector.number}: no record begins at slot ${slot}, and records follow`),
    ...sector.records.filter((record) => !record.dataOk && !mayBeCut(sector, record, committed)).map(({ slot }) => `L1 sector ${sector.number}: the data of the record at slot ${slot} do not match their checksum`),
  ]);
}

function ledgerFaults(image: SwapImage, headers: readonly SectorHeader[], youngest: SectorHeader | undefined): string[] {
  if (youngest === undefined) return [];
  const faults: string[] = [];
  const known = Math.max(...headers.filter(({ sequence }) => sequence === youngest.sequence).map(({ highest }) => highest));
  const most = Math.max(...headers.map(({ erases, highest }) => Math.max(erases, highest)));
  if (most > known) faults.push(`L2 the youngest header knows of ${known} erases at most, another of ${most}`);
  for (const { erases, highest, sequence } of headers) if (erases > highest) faults.push(`L2 the header of sequence ${sequence} counts ${erases} erases and says that the most are ${highest}`);
  for (const { retired, sequence } of headers) if (retired >= image.geometry.sectors) faults.push(`L2 the header of sequence ${sequence} names the retired sector ${retired}, and there are ${image.geometry.sectors}`);
  const bySequence = [...headers].sort((a, b) => a.sequence - b.sequence || a.epoch - b.epoch);
  bySequence.slice(1).forEach((header, i) => {
    if (header.epoch < bySequence[i].epoch) faults.push(`L2 the header of sequence ${header.sequence} is of epoch ${header.epoch}, one before it of ${bySequence[i].epoch}`);
  });
  return faults;
}

function durableFaults(committed: Committed | undefined): string[] {
  if (committed === undefined) return [];
  const lost = committed.areas.flatMap(({ kind, name, lost: pages }) => pages.map((page) => `L4 page ${page} of ${kind} ${name} cannot be read`));
  if (committed.fault !== "") return [`L3 ${committed.fault}`, ...lost];
  const isWhole = committed.digest === committed.found;
  return [...(isWhole ? [] : [`L3 durable records are missing: the commit of generation ${committed.generation} has the digest ${hex(committed.digest)}, the records found make ${hex(committed.found)}`]), ...lost];
}

function hex(value: number): string { return (value >>> 0).toString(16).padStart(8, "0"); }
