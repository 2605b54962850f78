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

/** What a sector begins with. */
export type Start = { readonly kind: "header"; readonly header: SectorHeader; readonly marked: boolean } | { readonly kind: "blank" | "other" } | { readonly kind: "version" | "geometry"; readonly value: number };

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
  /** Do the data match their checksum? Always of a commit, which has none. */
  readonly dataOk: boolean;
}

export interface Sector {
  readonly number: number;
  readonly start: Start;
  readonly records: SwapRecord[];
  /** Slots at which something begins that is neither a record nor erased; zeros over one are what a sync struck out. */
  readonly damage: { slot: number; isZeros: boolean; isLast: boolean }[];
  /** Granules up to the end of the last record. */
  readonly filled: number;
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

  private u16(at: number): number { return this.view.getUint16(at, true); }
  private u32(at: number): number { return this.view.getUint32(at, true); }
  private crc(from: number, length: number, seed: number): number { return crc32(this.bytes.subarray(from, from + length), seed) >>> 0; }
  private isAll(from: number, length: number, value: number): boolean { return this.bytes.subarray(from, from + length).every((byte) => byte === value); }

  start(sector: number): Start {
    const mark = this.geometry.start + sector * this.geometry.sectorBytes;
    const at = mark + MARK_BYTES;
    if (this.isAll(mark, FIRST_RECORD_BYTES, 0xff)) return { kind: "blank" };
    if (this.u32(at) !== MAGIC) return { kind: "other" };
    const version = this.u16(at + 4);
    if (version !== VERSION) return version < 256 ? { kind: "version", value: version } : { kind: "other" };
    if (this.u32(at + HEADER_BYTES - 4) !== this.crc(at, HEADER_BYTES - 4, 0) || this.u32(at + 16) > ERASES_MOST) return { kind: "other" };
    const bytes = this.bytes[at + 6] === HEADER_BYTES ? 2 ** this.bytes[at + 7] : 0;
    if (bytes !== this.geometry.sectorBytes) return { kind: "geometry", value: bytes };
    return { kind: "header", header: this.header(at), marked: !this.isAll(mark, MARK_BYTES, 0xff) };
  }

  private header(at: number): SectorHeader {
    return {
      epoch: this.u32(at + 8), sequence: this.u32(at + 12), erases: this.u32(at + 16), highest: this.u32(at + 20), budgetGranules: this.u32(at + 24),
      budgetOn: (this.u16(at + 28) & 1) !== 0, retired: this.u16(at + 30) - 1, uptime: this.u32(at + 32),
    };
  }

  /** The record at `slot`; undefined: erased cells ("erased") or something else ("damage"). */
  private look(slot: number, isVerdict: boolean): SwapRecord | "erased" | "damage" {
    const at = this.addressOf(slot);
    if (this.isAll(at, GRANULE_BYTES, 0xff)) return "erased";
    const shape = this.u16(at + 2);
    const kind = shape >> 14 as Kind;
    const struck = kind === Kind.Durable && this.u16(at) === 0 && this.u32(at + 8) === 0;
    if (kind === Kind.None) return "damage";
    if (!struck && this.u16(at) !== (this.crc(at + 2, 14, slot) & 0xffff)) return "damage";
    if (kind === Kind.Commit && (shape & 0x3fff) !== this.crc(at + 4, 12, slot) >>> 18) return "damage";
    return this.record(slot, kind, struck, isVerdict);
  }

  private record(slot: number, kind: Kind, struck: boolean, isVerdict: boolean): SwapRecord {
    const at = this.addressOf(slot);
    const shape = this.u16(at + 2);
    const length = kind === Kind.Commit ? 0 : (shape & 4095) + 1;
    const end = this.geometry.start + (Math.floor(slot / this.sectorGranules) + 1) * this.geometry.sectorBytes;
    const fits = at + GRANULE_BYTES + length <= end;
    return {
      slot, sector: Math.floor(slot / this.sectorGranules), kind, struck, isVerdict, length, granules: Math.ceil((GRANULE_BYTES + length) / GRANULE_BYTES),
      form: shape >> 12 & 3, owner: this.u16(at + 4), page: this.u16(at + 4) & 4095, copy: this.u16(at + 4) >> 12, instance: this.u16(at + 6),
      epoch: this.u32(at + (kind === Kind.Commit ? 4 : 8)), generation: this.u32(at + 8), digest: this.u32(at + 12),
      dataOk: kind === Kind.Commit || fits && this.crc(at + GRANULE_BYTES, length, 0) === this.u32(at + 12),
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
      const found = this.look(slot, false);
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
