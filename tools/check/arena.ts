/**
 * An arena read from outside: its bytes, the layout that its header tells, and small readers for each table. Written
 * against the pictures in the core files' headers, not with the core's own functions: what they get wrong must show.
 */
import { Header, LEAF_PAGES, TENANT_BYTES } from "../../firmware/core/layout";
import { COUNTERS_AT, Counter } from "../../firmware/core/counters";
import { KNOBS_AT, Knob } from "../../firmware/core/config";

export const NONE = 0xffff;

export interface FrameRow { next: number; previous: number; list: number; flags: number; owner: number; offset: number; }
export interface EntryRow { place: number; form: number; length: number; stored: boolean; payload: number; frame: number; slot: number; hasSlot: boolean; }
export interface LeafRow { object: number; stored: number; index: number; chain: number; next: number; previous: number; }
export interface ObjectRow { id: number; firstLeaf: number; chain: number; pool: number; tenant: number; inUse: boolean; areaPages: number; }
export interface TenantRow { quota: number; held: number; residents: number; stores: number; loads: number; rejects: number; writtenBack: number; dropped: number; }

export class Arena {
  private readonly view: DataView;

  constructor(readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  u8(at: number): number { return this.view.getUint8(at); }
  u16(at: number): number { return this.view.getUint16(at, true); }
  u32(at: number): number { return this.view.getUint32(at, true); }
  header(word: Header): number { return this.u32(word); }
  knob(knob: Knob): number { return this.u32(KNOBS_AT + 4 * knob); }
  counter(counter: Counter): number { return this.view.getInt32(COUNTERS_AT + 4 * counter, true); }

  get pageBytes(): number { return this.knob(Knob.PageBytes); }
  get frames(): number { return this.header(Header.Frames); }
  get leaves(): number { return this.knob(Knob.PagesMax) / LEAF_PAGES; }
  get entries(): number { return this.knob(Knob.PagesMax); }

  frame(number: number): FrameRow {
    const at = this.header(Header.FrameTableAt) + 8 * number;
    return {
      next: this.u16(at), previous: this.u16(at + 2), list: this.u8(at + 4), flags: this.u8(at + 5), owner: this.u16(at + 6),
      offset: this.header(Header.FramesAt) + number * this.pageBytes,
    };
  }

  entry(number: number): EntryRow {
    const meta = this.u16(this.header(Header.MetasAt) + 2 * number);
    const payload = this.u32(this.header(Header.PayloadsAt) + 4 * number);
    const slotBits = this.header(Header.SlotBits);
    const place = meta >> 14;
    const slot = payload % 2 ** slotBits;
    return {
      place, form: meta >> 12 & 3, length: (meta & 4095) + 1, stored: meta !== 0, payload,
      frame: Math.floor(payload / 2 ** slotBits) - 1, slot, hasSlot: place >= 2 && slotBits > 0 && slot !== 2 ** slotBits - 1,
    };
  }

  leaf(number: number): LeafRow {
    const at = this.header(Header.LeavesAt) + 10 * number;
    const first = this.u16(at);
    return {
      object: first & 2047, stored: first >> 11, index: this.u16(at + 2),
      chain: this.u16(at + 4), next: this.u16(at + 6), previous: this.u16(at + 8),
    };
  }

  object(number: number): ObjectRow {
    const at = this.header(Header.ObjectsAt) + 12 * number;
    return {
      id: this.u32(at), firstLeaf: this.u16(at + 4), chain: this.u16(at + 6),
      pool: this.u8(at + 8), tenant: this.u8(at + 9) >> 4, inUse: this.u8(at + 9) !== 0, areaPages: this.u16(at + 10),
    };
  }

  poolKind(pool: number): number { return this.u8(this.header(Header.PoolsAt) + 4 * pool); }
  poolTenant(pool: number): number { return this.u8(this.header(Header.PoolsAt) + 4 * pool + 1) >> 4; }
  poolObjects(pool: number): number { return this.u16(this.header(Header.PoolsAt) + 4 * pool + 2); }

  /** Rows of tenants; none where there is only one. */
  get tenants(): number { return this.knob(Knob.TenantsMax) > 1 ? this.knob(Knob.TenantsMax) : 0; }
  /** Where they lie, by the plan of the tables: what the header says of it is checked, not believed. */
  get tenantsAt(): number { return this.header(Header.PoolsAt) + 4 * (this.knob(Knob.PoolsMax) + 1); }

  tenant(number: number): TenantRow {
    const at = this.tenantsAt + TENANT_BYTES * number;
    return {
      quota: this.u32(at), held: this.u32(at + 4) | 0, residents: this.u16(at + 32),
      stores: this.u32(at + 8), loads: this.u32(at + 12), rejects: this.u32(at + 16), writtenBack: this.u32(at + 20), dropped: this.u32(at + 24),
    };
  }

  list(number: number): { head: number; tail: number; length: number } {
    const at = Header.ListsAt + 8 * number;
    return { head: this.u16(at), tail: this.u16(at + 2), length: this.u16(at + 4) };
  }

  /** Words of the durable table: where the committed record of each durable page lies, and how many granules it takes. */
  durableWords(): { slot: number; size: number }[] {
    const words = this.knob(Knob.DurablePagesMax) === 0 ? 0 : this.knob(Knob.DurablePagesMax) + 1;
    const at = this.header(Header.LinkAt) - durableRowsIn(this) * DURABLE_ROW_BYTES - 4 * words;
    return Array.from({ length: words }, (_, i) => {
      const word = this.u32(at + 4 * i);
      return { slot: word % 2 ** this.header(Header.SlotBits), size: Math.floor(word / 2 ** this.header(Header.SlotBits)) };
    });
  }

  durableRows(): { instance: number; pages: number; first: number }[] {
    const rows = durableRowsIn(this);
    return Array.from({ length: rows }, (_, i) => {
      const at = this.header(Header.LinkAt) - (rows - i) * DURABLE_ROW_BYTES;
      return { instance: this.u16(at), pages: this.u16(at + 2), first: this.u16(at + 4) };
    });
  }

  sectorLive(sector: number): number { return this.u16(this.header(Header.LivesAt) + 2 * sector); }

  /** Erases of a swap sector, as the wear ledger has them; and whether it is retired. */
  sectorErases(sector: number): number { return this.u32(this.header(Header.ErasesAt) + 4 * sector) & 0xfffff; }
  sectorIsRetired(sector: number): boolean { return this.u32(this.header(Header.ErasesAt) + 4 * sector) >>> 31 === 1; }

  /** Heads of the hash chains of `kind`, each the number of its first member or NONE. */
  chainHeads(kind: "objects" | "leaves"): number[] {
    const [at, mask] = kind === "objects" ? [Header.ObjectHeadsAt, Header.ObjectHashMask] : [Header.LeafHeadsAt, Header.LeafHashMask];
    return Array.from({ length: this.header(mask) + 1 }, (_, i) => this.u16(this.header(at) + 2 * i));
  }
}

const DURABLE_ROW_BYTES = 8;

/** Rows of the durable table (layout.ts). */
function durableRowsIn(arena: Arena): number {
  const pages = arena.knob(Knob.DurablePagesMax);
  return pages === 0 ? 0 : Math.min(pages < 24 ? 4 : Math.floor(pages / 8) + 1, arena.pageBytes / 32);
}

/** Follows a chain from `first`; stops with a complaint where it is longer than `most`. */
export function follow(first: number, next: (member: number) => number, most: number): number[] {
  const members: number[] = [];
  for (let at = first; at !== NONE; at = next(at)) {
    if (members.length > most) throw new Error(`A chain that begins at ${first} does not end within ${most} members.`);
    members.push(at);
  }
  return members;
}
