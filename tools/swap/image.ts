/**
 * The cells of a NOR image as FORMAT.md describes them: sector headers and records. Written from the document, with none
 * of the core's functions; nothing read here is believed before its check has been looked at, so any bytes at all can be
 * opened, and reading one sector touches no other.
 *
 *   sector   mark 16 | header 48 | record | record | ... | erased | four places for verdicts, if the first record is a commit
 */
import { crc32 } from "../check/crc32";

export const MAGIC = 0x4c57535a;
export const VERSION = 2;
export const GRANULE_BYTES = 16;
const MARK_BYTES = 16;
const HEADER_BYTES = 48;
export const FIRST_RECORD_BYTES = MARK_BYTES + HEADER_BYTES;
const VERDICT_PLACES = 4;
const ERASES_MOST = 0xfffff;

export const enum Kind { Volatile = 0, Durable = 1, Commit = 2, None = 3 }
export const FORMS = ["raw", "lz4", "zbale", "same"] as const;

/** Where the swap area lies in the image. */
export interface Geometry { readonly start: number; readonly sectorBytes: number; readonly sectors: number; readonly pageBytes: number; }

export interface SectorHeader {
  epoch: number;
  sequence: number;
  erases: number;
  highest: number;
  budgetGranules: number;
  budgetOn: boolean;
  /** The retired sector that it names, -1 for none. */
  retired: number;
  uptime: number;
}

/** What a sector begins with; "begun": what a cut left of a header of ours. `mended`: one bit of it has flipped and is taken as it was. */
export type Start = { readonly kind: "header"; readonly header: SectorHeader; readonly marked: boolean; readonly mended: boolean } | { readonly kind: "blank" | "other" | "begun" } | { readonly kind: "version" | "geometry"; readonly value: number };

export interface SwapRecord {
  readonly slot: number;
  readonly sector: number;
  readonly kind: Kind;
  readonly granules: number;
  readonly struck: boolean;
  /** In one of the places for verdicts. */
  readonly isVerdict: boolean;
  readonly length: number;
  readonly form: number;
  /** Entry of a volatile record. */
  readonly owner: number;
  readonly page: number;
  readonly copy: number;
  readonly instance: number;
  readonly epoch: number;
  readonly generation: number;
  readonly digest: number;
  /** What the data's checksum should be. */
  readonly crc: number;
  /** Do the data match their checksum? Always of a commit, which has none. */
  readonly dataOk: boolean;
  /** One bit of its header has flipped and is taken as it was. */
  readonly mended: boolean;
}

/** The bit whose flip explains why a CRC-32 over `length` bytes is off by `syndrome`: its number, 8 * length: one of the CRC itself; or -1. */
export function flippedBit(syndrome: number, length: number): number {
  if ((syndrome & syndrome - 1) === 0) return 8 * length;
  for (let bit = 8 * length - 1, state = 1; bit >= 0; bit--) {
    state = (state >>> 1 ^ (state & 1 ? 0xedb88320 : 0)) >>> 0;
    if (state === syndrome >>> 0) return bit;
  }
  return -1;
}

/** A copy of `bytes`, whose CRC-32 should be `crc`: as they are, with one bit mended, or undefined. */
export function mended(bytes: Uint8Array, crc: number): Uint8Array | undefined {
  const copy = bytes.slice();
  const syndrome = (crc32(copy, 0) ^ crc) >>> 0;
  const bit = syndrome === 0 ? 8 * copy.length : flippedBit(syndrome, copy.length);
  if (bit < 0) return undefined;
  if (bit < 8 * copy.length) copy[bit >> 3] ^= 1 << (bit & 7);
  return copy;
}

function viewOf(bytes: Uint8Array): DataView { return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength); }

export interface Sector {
  readonly number: number;
  readonly start: Start;
  readonly records: SwapRecord[];
  /** Slots at which something begins that is neither a record nor erased; zeros over one are what a sync struck out. */
  readonly damage: { slot: number; isZeros: boolean; isLast: boolean }[];
  /** Granules up to the end of the last record. */
  readonly filled: number;
}

function headerIn(view: DataView): SectorHeader {
  return {
    epoch: view.getUint32(8, true), sequence: view.getUint32(12, true), erases: view.getUint32(16, true), highest: view.getUint32(20, true), budgetGranules: view.getUint32(24, true),
    budgetOn: (view.getUint16(28, true) & 1) !== 0, retired: view.getUint16(30, true) - 1, uptime: view.getUint32(32, true),
  };
}

export class SwapImage {
  private readonly view: DataView;

  constructor(readonly bytes: Uint8Array, readonly geometry: Geometry) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get sectorGranules(): number { return this.geometry.sectorBytes / GRANULE_BYTES; }
  addressOf(slot: number): number { return this.geometry.start + slot * GRANULE_BYTES; }
  dataOf(record: SwapRecord): Uint8Array {
    const from = this.addressOf(record.slot) + GRANULE_BYTES;
    return this.bytes.subarray(from, from + record.length);
  }

  private crc(from: number, length: number, seed: number): number { return crc32(this.bytes.subarray(from, from + length), seed) >>> 0; }
  private isAll(from: number, length: number, value: number): boolean { return this.bytes.subarray(from, from + length).every((byte) => byte === value); }

  start(sector: number): Start {
    const mark = this.geometry.start + sector * this.geometry.sectorBytes;
    const at = mark + MARK_BYTES;
    if (this.isAll(mark, FIRST_RECORD_BYTES, 0xff)) return { kind: "blank" };
    const other = this.otherVersion(at) ?? this.otherVersion(mark);
    if (other !== undefined) return { kind: "version", value: other };
    const crc = this.view.getUint32(at + HEADER_BYTES - 4, true);
    const header = mended(this.bytes.subarray(at, at + HEADER_BYTES - 4), crc);
    if (header === undefined) return { kind: this.isBegun(mark) ? "begun" : "other" };
    const view = viewOf(header);
    if (view.getUint32(0, true) !== MAGIC || view.getUint16(4, true) !== VERSION || view.getUint32(16, true) > ERASES_MOST) return { kind: "other" };
    const bytes = header[6] === HEADER_BYTES ? 2 ** header[7] : 0;
    if (bytes !== this.geometry.sectorBytes) return { kind: "geometry", value: bytes };
    const isMended = (crc32(this.bytes.subarray(at, at + HEADER_BYTES - 4), 0) >>> 0) !== crc;
    return { kind: "header", header: headerIn(view), marked: !this.isAll(mark, MARK_BYTES, 0xff), mended: isMended };
  }

  /** The version of a header at `at` that is another's and whole. */
  private otherVersion(at: number): number | undefined {
    const length = this.bytes[at + 6];
    if (this.view.getUint32(at, true) !== MAGIC || this.view.getUint16(at + 4, true) === VERSION || length < 16 || length > HEADER_BYTES || length % 4 !== 0) return undefined;
    return this.view.getUint32(at + length - 4, true) === this.crc(at, length - 4, 0) ? this.view.getUint16(at + 4, true) : undefined;
  }

  /** Is this what a cut left of a header: the first eight bytes are ours, or up to one that may lack bits, and erased cells follow? */
  private isBegun(mark: number): boolean {
    const at = mark + MARK_BYTES;
    const known = [0x5a, 0x53, 0x57, 0x4c, VERSION, 0, HEADER_BYTES, Math.log2(this.geometry.sectorBytes)];
    const torn = known.findIndex((byte, i) => this.bytes[at + i] !== byte);
    if (!this.isAll(mark, MARK_BYTES, 0xff)) return false;
    if (torn < 0) return true;
    return (this.bytes[at + torn] & known[torn]) === known[torn] && this.isAll(at + torn + 1, HEADER_BYTES - torn - 1, 0xff);
  }

  /** The record at `slot`; undefined: erased cells ("erased") or something else ("damage"). One flipped bit is mended if `mends`. */
  private look(slot: number, isVerdict: boolean, mends = true): SwapRecord | "erased" | "damage" {
    const at = this.addressOf(slot);
    if (this.isAll(at, GRANULE_BYTES, 0xff)) return "erased";
    const header = this.bytes.slice(at, at + GRANULE_BYTES);
    const found = this.recordOf(header, slot, isVerdict, false);
    if (found !== undefined && (!found.struck || found.dataOk)) return found;
    for (let bit = 0; mends && bit < 8 * GRANULE_BYTES; bit++) {
      header[bit >> 3] ^= 1 << (bit & 7);
      const record = this.recordOf(header, slot, isVerdict, true);
      if (record !== undefined && record.kind !== Kind.Volatile && record.dataOk) return record;
      header[bit >> 3] ^= 1 << (bit & 7);
    }
    return "damage";
  }

  /** The record whose header is these bytes, if they check at `slot`. */
  private recordOf(header: Uint8Array, slot: number, isVerdict: boolean, isMended: boolean): SwapRecord | undefined {
    const view = viewOf(header);
    const shape = view.getUint16(2, true);
    const kind = shape >> 14 as Kind;
    const struck = kind === Kind.Durable && view.getUint16(0, true) === 0 && view.getUint32(8, true) === 0;
    if (kind === Kind.None) return undefined;
    if (!struck && view.getUint16(0, true) !== (crc32(header.subarray(2), slot) & 0xffff)) return undefined;
    if (kind === Kind.Commit && (shape & 0x3fff) !== (crc32(header.subarray(4), slot) >>> 18)) return undefined;
    return this.record(view, slot, kind, struck, isVerdict, isMended);
  }

  private record(view: DataView, slot: number, kind: Kind, struck: boolean, isVerdict: boolean, isMended: boolean): SwapRecord {
    const at = this.addressOf(slot);
    const shape = view.getUint16(2, true);
    const length = kind === Kind.Commit ? 0 : (shape & 4095) + 1;
    const end = this.geometry.start + (Math.floor(slot / this.sectorGranules) + 1) * this.geometry.sectorBytes;
    const fits = at + GRANULE_BYTES + length <= end;
    const names = view.getUint16(4, true);
    return {
      slot, sector: Math.floor(slot / this.sectorGranules), kind, struck, isVerdict, length, granules: Math.ceil((GRANULE_BYTES + length) / GRANULE_BYTES),
      form: shape >> 12 & 3, owner: names, page: names & 4095, copy: names >> 12, instance: view.getUint16(6, true), crc: view.getUint32(12, true),
      epoch: view.getUint32(kind === Kind.Commit ? 4 : 8, true), generation: view.getUint32(8, true), digest: view.getUint32(12, true),
      dataOk: kind === Kind.Commit || fits && this.crc(at + GRANULE_BYTES, length, 0) === view.getUint32(12, true), mended: isMended,
    };
  }

  /** Reads a sector as FORMAT.md says: hop by hop to the first erased granule, granule by granule where a header does not check. */
  sector(number: number): Sector {
    const first = number * this.sectorGranules + FIRST_RECORD_BYTES / GRANULE_BYTES;
    const end = (number + 1) * this.sectorGranules;
    const opening = this.look(first, false);
    const holdsEvidence = typeof opening === "object" && opening.kind === Kind.Commit;
    const sector: Sector & { filled: number } = { number, start: this.start(number), records: [], damage: [], filled: 0 };
    const usable = holdsEvidence ? end - VERDICT_PLACES : end;
    sector.filled = this.readRecords(sector, first, usable) - number * this.sectorGranules;
    for (let slot = usable; slot < end; slot++) {
      const found = this.look(slot, true);
      if (typeof found === "object") sector.records.push(found);
      else if (found === "damage") sector.damage.push({ slot, isZeros: false, isLast: true });
    }
    return sector;
  }

  /** Reads from `slot` up to `end`; the end of the last record. */
  private readRecords(sector: Sector, from: number, end: number): number {
    let filled = from;
    let isDamaged = false;
    for (let slot = from; slot < end;) {
      const found = this.look(slot, false, !isDamaged);
      if (found === "erased" && !isDamaged) break;
      if (typeof found === "object") {
        sector.records.push(found);
        for (const one of sector.damage) one.isLast = false;
        slot += found.granules;
        filled = Math.min(slot, end);
        isDamaged = false;
        continue;
      }
      if (found === "damage" && !isDamaged) sector.damage.push({ slot, isZeros: this.isAll(this.addressOf(slot), GRANULE_BYTES, 0), isLast: true });
      isDamaged = true;
      slot++;
    }
    return filled;
  }
}
