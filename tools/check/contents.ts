/** What a dump holds, in numbers: frames by class, zpages and their density, the largest objects. */
import { Header } from "../../firmware/core/layout";
import { Knob } from "../../firmware/core/config";
import { List } from "../../firmware/core/frames";
import { Form, Place } from "../../firmware/core/entries";
import { KNOBS } from "../core/knobs";
import { Arena, EntryRow } from "./arena";

/** By the number of the list. */
const CLASSES = ["active_file", "inactive_file", "zpages_file", "active_anon", "inactive_anon", "zpages_anon", "free", "spare", "lent"];
const OBJECTS_SHOWN = 8;
const KINDS = ["none", "persistent", "ephemeral"];

export interface ObjectContents {
  pool: number;
  kind: string;
  id: number;
  /** Pages of the area it is, 0 for other objects. */
  area_pages: number;
  pages: number;
  resident: number;
  compressed: number;
  same_filled: number;
  flash: number;
  compressed_bytes: number;
}

export interface TenantContents { tenant: number; quota_bytes: number; held_bytes: number; stores: number; loads: number; rejects: number; written_back: number; dropped: number; }

export interface Contents {
  arena_bytes: number;
  table_bytes: number;
  page_bytes: number;
  frames: Record<string, number>;
  pages_stored: number;
  zpages: number;
  zbytes: number;
  zpages_per_frame: number;
  /** Zpages a frame if no byte were lost. */
  ideal_per_frame: number;
  objects: number;
  largest: ObjectContents[];
  /** Empty where there is only one. */
  tenants: TenantContents[];
  knobs: Record<string, number>;
}

export function contentsOf(arena: Arena): Contents {
  const entries = Array.from({ length: arena.entries }, (_, i) => arena.entry(i));
  const frames = classCounts(arena);
  const zpages = entries.filter(isZpage);
  const zbytes = zpages.reduce((sum, entry) => sum + entry.length, 0);
  const held = frames.zpages_anon + frames.zpages_file;
  const objects = objectsOf(arena, entries);
  return {
    arena_bytes: arena.bytes.length,
    table_bytes: arena.header(Header.FramesAt),
    page_bytes: arena.pageBytes,
    frames,
    pages_stored: entries.filter((entry) => entry.stored).length,
    zpages: zpages.length,
    zbytes,
    zpages_per_frame: ratio(zpages.length, held),
    ideal_per_frame: ratio(zpages.length * arena.pageBytes, zbytes),
    objects: objects.length,
    largest: objects.sort((a, b) => b.pages - a.pages).slice(0, OBJECTS_SHOWN),
    tenants: Array.from({ length: arena.tenants }, (_, tenant) => tenantOf(arena, tenant)),
    knobs: Object.fromEntries(KNOBS.map(({ name, knob }) => [name, arena.knob(knob)])),
  };
}

function tenantOf(arena: Arena, tenant: number): TenantContents {
  const { quota, held, stores, loads, rejects, writtenBack, dropped } = arena.tenant(tenant);
  return { tenant, quota_bytes: quota, held_bytes: held, stores, loads, rejects, written_back: writtenBack, dropped };
}

function isZpage(entry: EntryRow): boolean { return entry.place === Place.Zpage; }

function classCounts(arena: Arena): Record<string, number> {
  const counts = Object.fromEntries(CLASSES.map((name) => [name, 0]));
  for (let frame = 0; frame < arena.frames; frame++) {
    const name = CLASSES[arena.frame(frame).list] ?? CLASSES[List.Spare];
    counts[name]++;
  }
  return counts;
}

function objectsOf(arena: Arena, entries: EntryRow[]): ObjectContents[] {
  const pagesOf = new Map<number, EntryRow[]>();
  entries.forEach((entry, i) => {
    const { object } = arena.leaf(i >> 4);
    if (entry.stored) pagesOf.set(object, [...pagesOf.get(object) ?? [], entry]);
  });
  const numbers = Array.from({ length: arena.knob(Knob.ObjectsMax) }, (_, i) => i);
  return numbers.filter((number) => arena.object(number).inUse).map((number) => describe(arena, number, pagesOf.get(number) ?? []));
}

function describe(arena: Arena, number: number, pages: EntryRow[]): ObjectContents {
  const { pool, id, areaPages } = arena.object(number);
  const zpages = pages.filter(isZpage);
  return {
    pool, kind: KINDS[arena.poolKind(pool)] ?? "unknown", id, area_pages: areaPages,
    pages: pages.length,
    resident: pages.filter((entry) => entry.place === Place.Resident).length,
    compressed: zpages.length,
    same_filled: pages.filter((entry) => entry.place === Place.Nowhere && entry.form === Form.Same).length,
    flash: pages.filter((entry) => entry.place === Place.Swap).length,
    compressed_bytes: zpages.reduce((sum, entry) => sum + entry.length, 0),
  };
}

function ratio(value: number, of: number): number { return of === 0 ? 0 : Math.round(1000 * value / of) / 1000; }
