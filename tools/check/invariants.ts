/**
 * The numbered invariants of the core files' headers, tested over the bytes of an arena under the same numbers. It runs
 * between two calls of the core, when every invariant holds.
 *
 *   F1-F4 frames.ts   V1 governor.ts   A1 shares.ts   E1-E2 entries.ts   T1-T3 tmem.ts   P1-P2 paging.ts   S1 sectors.ts   S2 records.ts
 *   N1-N3 tenants.ts   H1, W1, Z1-Z4, K1-K4: the allocators, in zpools.ts
 *   U1-U3: swap/durable.ts, the last two only with the chip's cells
 *   O1  Every word of the header is within its range: header-words.ts.
 *   G1  The gauges of counters.ts are the numbers of what is stored.
 *
 * The others speak of what happens in time and are tests of their own: D1-D2 and R1-R2 in test/model, L1-L2 in
 * test/core, S3 by the simulated chip, which throws at a program over bits that are not erased.
 */
import { Header, LEAF_PAGES } from "../../firmware/core/layout";
import { Counter } from "../../firmware/core/counters";
import { Knob } from "../../firmware/core/config";
import { List } from "../../firmware/core/frames";
import { Form, Place } from "../../firmware/core/entries";
import { Arena, EntryRow, NONE, follow } from "./arena";
import { Findings } from "./findings";
import { crc32 } from "./crc32";
import { checkHeader } from "./header-words";
import { checkZpools } from "./zpools";

const GRANULE = 16;
const RECORD_HEADER_BYTES = 16;
const VOLATILE = 0;
const DURABLE = 1;
const EPHEMERAL = 2;
const AREA_POOL = 0;

/**
 * The invariants that do not hold in this arena, the first twenty; empty when all do. `flash` are the chip's cells, for
 * S2; leave it out where the chip is allowed to be wrong.
 */
export function brokenInvariants(bytes: Uint8Array, flash?: Uint8Array): string[] {
  const arena = new Arena(bytes);
  const report = new Findings();
  const entries = Array.from({ length: arena.entries }, (_, i) => arena.entry(i));
  report.section("O1", () => checkHeader(arena, report));
  report.section("F1", () => checkFrames(arena, report));
  report.section("E1", () => checkEntries(arena, entries, report));
  report.section("H1", () => checkZpools(arena, entries, report));
  report.section("T1", () => checkNames(arena, entries, report));
  report.section("N1", () => checkTenants(arena, entries, report));
  report.section("P1", () => checkPaging(arena, entries, report));
  report.section("S1", () => checkSwap(arena, entries, report, flash));
  report.section("G1", () => checkGauges(arena, entries, report));
  return report.broken;
}

function checkFrames(arena: Arena, report: Findings): void {
  const seen = new Map<number, number>();
  let sum = 0;
  for (let list = 0; list < List.Count; list++) {
    const { head, tail, length } = arena.list(list);
    const members = follow(head, (frame) => arena.frame(frame).next, arena.frames);
    sum += length;
    report.expect(members.length === length, "F2", `list ${list} says ${length} frames and has ${members.length}`);
    report.expect((members.at(-1) ?? NONE) === tail, "F3", `list ${list} ends at ${members.at(-1)}, its tail is ${tail}`);
    members.forEach((frame, i) => {
      report.expect(!seen.has(frame), "F1", `frame ${frame} is on lists ${seen.get(frame)} and ${list}`);
      report.expect(arena.frame(frame).list === list, "F1", `frame ${frame} is on list ${list} and says ${arena.frame(frame).list}`);
      report.expect(arena.frame(frame).previous === (members[i - 1] ?? NONE), "F3", `frame ${frame} has a wrong previous`);
      seen.set(frame, list);
    });
  }
  report.expect(sum === arena.frames, "F2", `the lists add up to ${sum} of ${arena.frames} frames`);
  const movable = [List.Free, List.ActiveAnon, List.InactiveAnon].reduce((all, list) => all + arena.list(list).length, 0);
  report.expect(movable >= 2, "F4", `${movable} frames are free or resident`);
  const shift = arena.header(Header.ResidentShift) | 0;
  report.expect(Math.abs(shift) < arena.frames, "A1", `the limit of residents has moved by ${shift} of ${arena.frames} frames`);
  const target = arena.header(Header.FramesTarget);
  const inUse = arena.frames - arena.list(List.Lent).length;
  report.expect(target >= 4 && target <= inUse, "V1", `the target is ${target}, ${inUse} of ${arena.frames} frames are in use`);
}

function checkEntries(arena: Arena, entries: EntryRow[], report: Findings): void {
  const owned = new Map<string, number>();
  const own = (what: string, entry: number): void => {
    report.expect(!owned.has(what), "E1", `${what} belongs to entries ${owned.get(what)} and ${entry}`);
    owned.set(what, entry);
  };
  entries.forEach((entry, i) => {
    if (entry.place === Place.Zpage) own(`zpage ${entry.payload}`, i);
    if (entry.place === Place.Resident) own(`frame ${entry.frame}`, i);
    if (entry.hasSlot) own(`slot ${entry.slot}`, i);
    if (!entry.stored) return;
    report.expect(arena.leaf(i >> 4).stored > 0, "E2", `entry ${i} is stored and its leaf is free`);
  });
}

function checkNames(arena: Arena, entries: EntryRow[], report: Findings): void {
  const inChain = countMembers(arena.chainHeads("leaves"), (leaf) => arena.leaf(leaf).chain, arena.leaves);
  const strung = new Map<number, number>();
  const objects = Array.from({ length: arena.knob(Knob.ObjectsMax) }, (_, i) => arena.object(i));
  objects.forEach((object, i) => { if (object.inUse) checkString(arena, i, object.firstLeaf, strung, report); });
  for (let leaf = 0; leaf < arena.leaves; leaf++) checkLeaf(arena, entries, leaf, inChain.get(leaf) ?? 0, strung.get(leaf) ?? 0, report);
  const chained = countMembers(arena.chainHeads("objects"), (object) => arena.object(object).chain, objects.length);
  objects.forEach((object, i) => {
    report.expect((chained.get(i) ?? 0) === (object.inUse ? 1 : 0), "T3", `object ${i} stands ${chained.get(i) ?? 0} times in the chains`);
  });
  for (let pool = 0; pool < arena.knob(Knob.PoolsMax); pool++) {
    const members = objects.filter((object) => object.inUse && object.pool === pool).length;
    report.expect(arena.poolObjects(pool) === members, "T3", `pool ${pool} counts ${arena.poolObjects(pool)} objects and has ${members}`);
  }
}

function countMembers(heads: number[], next: (member: number) => number, most: number): Map<number, number> {
  const times = new Map<number, number>();
  for (const head of heads) for (const member of follow(head, next, most)) times.set(member, (times.get(member) ?? 0) + 1);
  return times;
}

function checkString(arena: Arena, object: number, first: number, strung: Map<number, number>, report: Findings): void {
  let before = NONE;
  for (const leaf of follow(first, (at) => arena.leaf(at).next, arena.leaves)) {
    const row = arena.leaf(leaf);
    report.expect(row.object === object, "T1", `leaf ${leaf} of object ${row.object} is in the string of object ${object}`);
    report.expect(row.previous === before, "T1", `leaf ${leaf} has a wrong previous`);
    strung.set(leaf, (strung.get(leaf) ?? 0) + 1);
    before = leaf;
  }
}

function checkLeaf(arena: Arena, entries: EntryRow[], leaf: number, inChain: number, strung: number, report: Findings): void {
  const { stored } = arena.leaf(leaf);
  const expected = stored > 0 ? 1 : 0;
  report.expect(inChain === expected, "T1", `leaf ${leaf} with ${stored} pages stands ${inChain} times in the chains`);
  report.expect(strung === expected, "T1", `leaf ${leaf} with ${stored} pages stands ${strung} times in the strings`);
  const real = entries.slice(leaf * LEAF_PAGES, (leaf + 1) * LEAF_PAGES).filter((entry) => entry.stored).length;
  report.expect(real === stored, "T2", `leaf ${leaf} counts ${stored} pages and has ${real}`);
}

function checkTenants(arena: Arena, entries: EntryRow[], report: Findings): void {
  const most = arena.knob(Knob.TenantsMax);
  const table = arena.header(Header.TenantsAt);
  report.expect(table === (most > 1 ? arena.tenantsAt : 0), "N1", `the rows of ${most} tenants lie at ${table}`);
  for (let object = 0; object < arena.knob(Knob.ObjectsMax); object++) {
    const { inUse, pool, tenant } = arena.object(object);
    if (!inUse) continue;
    report.expect(tenant < most, "N2", `object ${object} belongs to tenant ${tenant} of ${most}`);
    report.expect(pool === AREA_POOL || tenant === arena.poolTenant(pool), "N2", `object ${object} of pool ${pool} belongs to tenant ${tenant}, its pool to ${arena.poolTenant(pool)}`);
  }
  const held = entriesByTenant(arena, entries);
  let promised = 0;
  for (let tenant = 0; tenant < arena.tenants; tenant++) {
    const row = arena.tenant(tenant);
    const { bytes, residents } = held.get(tenant) ?? { bytes: 0, residents: 0 };
    promised += row.quota;
    report.expect(row.held === bytes, "N1", `tenant ${tenant} is said to hold ${row.held} bytes and holds ${bytes}`);
    report.expect(row.residents === residents, "N1", `tenant ${tenant} is said to have ${row.residents} resident pages and has ${residents}`);
  }
  report.expect(promised <= arena.frames * arena.pageBytes, "N3", `tenants are promised ${promised} bytes of ${arena.frames} frames`);
}

/** What each tenant holds in RAM. */
function entriesByTenant(arena: Arena, entries: EntryRow[]): Map<number, { bytes: number; residents: number }> {
  const held = new Map<number, { bytes: number; residents: number }>();
  entries.forEach((entry, i) => {
    if (entry.place !== Place.Zpage && entry.place !== Place.Resident) return;
    const { tenant } = arena.object(arena.leaf(i >> 4).object);
    const sum = held.get(tenant) ?? { bytes: 0, residents: 0 };
    const isResident = entry.place === Place.Resident;
    held.set(tenant, { bytes: sum.bytes + (isResident ? arena.pageBytes : entry.length), residents: sum.residents + (isResident ? 1 : 0) });
  });
  return held;
}

function checkPaging(arena: Arena, entries: EntryRow[], report: Findings): void {
  let residents = 0;
  for (let frame = 0; frame < arena.frames; frame++) {
    const { list, owner } = arena.frame(frame);
    if (list !== List.ActiveAnon && list !== List.InactiveAnon && list !== List.ActiveFile && list !== List.InactiveFile) continue;
    residents++;
    const entry = entries[owner];
    report.expect(entry?.place === Place.Resident && entry.frame === frame, "P1", `frame ${frame} says entry ${owner} is in it, which is elsewhere`);
  }
  const named = entries.filter((entry) => entry.place === Place.Resident).length;
  report.expect(residents === named, "P1", `${residents} frames are resident, ${named} entries are`);
  let promised = 0;
  for (let object = 0; object < arena.knob(Knob.ObjectsMax); object++) {
    const { inUse, areaPages } = arena.object(object);
    if (inUse) promised += Math.ceil(areaPages / LEAF_PAGES) * LEAF_PAGES;
  }
  report.expect(promised <= arena.knob(Knob.PagesMax), "P2", `areas are promised ${promised} pages`);
  report.expect(arena.header(Header.ReservedPages) === promised, "P2", `ReservedPages is ${arena.header(Header.ReservedPages)}, areas have ${promised}`);
}

function checkSwap(arena: Arena, entries: EntryRow[], report: Findings, flash: Uint8Array | undefined): void {
  const sectors = arena.knob(Knob.SwapSectors);
  if (sectors === 0) return;
  const granules = arena.knob(Knob.SectorBytes) / GRANULE;
  const live = new Array<number>(sectors).fill(0);
  const named = new Map<number, number>();
  entries.forEach((entry, i) => {
    if (!entry.hasSlot) return;
    named.set(entry.slot, Math.ceil((RECORD_HEADER_BYTES + entry.length) / GRANULE));
    if (flash !== undefined) checkRecord(arena, i, entry, flash, report);
  });
  for (const { slot, size } of arena.durableWords()) if (size > 0) named.set(slot, size);
  for (const [slot, size] of named) live[Math.floor(slot / granules)] += size;
  checkDurable(arena, flash, report);
  live.forEach((sum, sector) => {
    const counted = arena.sectorLive(sector);
    report.expect(counted === sum, "S1", `sector ${sector} counts ${counted} live granules, entries name ${sum}`);
  });
  const all = live.reduce((sum, one) => sum + one, 0);
  report.expect(arena.header(Header.SwapLiveGranules) === all, "S1", `SwapLiveGranules is ${arena.header(Header.SwapLiveGranules)}, expected ${all}`);
}

/** U1-U3: what the durable table names, and the digest of it. */
function checkDurable(arena: Arena, flash: Uint8Array | undefined, report: Findings): void {
  const rows = arena.durableRows().filter((row) => row.pages > 0);
  const words = arena.durableWords();
  const owner = new Map<number, string>();
  for (const { first, pages, instance } of rows) {
    for (let index = first; index < first + pages; index++) {
      report.expect(!owner.has(index), "U2", `durable page ${index} belongs to ${owner.get(index)} and to page ${index - first} of instance ${instance}`);
      owner.set(index, `page ${index - first} of instance ${instance}`);
    }
  }
  let digest = 0;
  let isWhole = true;
  words.forEach(({ slot, size }, index) => {
    if (slot === 0) return;
    if (size === 0) isWhole = false;
    report.expect(owner.has(index), "U1", `durable page ${index} names slot ${slot} and belongs to no area`);
    if (size === 0 || flash === undefined) return;
    const { kind, owner: page, instance, generation, length, sound } = recordAt(arena, slot, flash);
    const name = `page ${page & 4095} of instance ${instance}`;
    report.expect(sound && kind === DURABLE && name === owner.get(index) && Math.ceil((RECORD_HEADER_BYTES + length) / GRANULE) === size, "U1", `${owner.get(index)} names slot ${slot}, where ${name} lies`);
    report.expect(generation <= arena.header(Header.CommittedGeneration), "U1", `${name} names a record of generation ${generation}, which is not committed`);
    const part = new DataView(new ArrayBuffer(8));
    part.setUint32(0, page & 4095 | instance << 16, true);
    part.setUint32(4, generation, true);
    digest = digest + crc32(new Uint8Array(part.buffer), 0) | 0;
  });
  if (flash !== undefined && isWhole) report.expect(digest === (arena.header(Header.DurableDigest) | 0), "U3", `the digest is ${arena.header(Header.DurableDigest)}, expected ${digest >>> 0}`);
}

/** Header of the record at `slot`, as records.ts has it. */
interface RecordRow { check: number; length: number; kind: number; owner: number; instance: number; generation: number; crc: number; sound: boolean; }

function recordAt(arena: Arena, slot: number, flash: Uint8Array): RecordRow {
  const at = arena.knob(Knob.SwapStart) + slot * GRANULE;
  const view = new DataView(flash.buffer, flash.byteOffset + at, RECORD_HEADER_BYTES);
  const shape = view.getUint16(2, true);
  const check = view.getUint16(0, true);
  return {
    check, length: (shape & 4095) + 1, kind: shape >> 14, owner: view.getUint16(4, true), instance: view.getUint16(6, true),
    generation: view.getUint32(8, true), crc: view.getUint32(12, true), sound: (crc32(flash.subarray(at + 2, at + 16), slot) & 0xffff) === check,
  };
}

function checkRecord(arena: Arena, number: number, entry: EntryRow, flash: Uint8Array, report: Findings): void {
  const { check, length, kind, owner, generation, sound } = recordAt(arena, entry.slot, flash);
  const isStruck = kind === DURABLE && check === 0 && generation === 0;
  report.expect((sound || isStruck) && length === entry.length && (kind === DURABLE || kind === VOLATILE && owner === number), "S2",
    `entry ${number} of ${entry.length} bytes names slot ${entry.slot}, where kind ${kind}, length ${length}, owner ${owner} lie${sound ? "" : " and the check is wrong"}`);
}

function checkGauges(arena: Arena, entries: EntryRow[], report: Findings): void {
  const zpages = entries.filter((entry) => entry.place === Place.Zpage);
  const same = entries.filter((entry) => entry.place === Place.Nowhere && entry.form === Form.Same).length;
  const ephemeral = entries.filter((entry, i) => entry.place === Place.Zpage && poolKindOf(arena, i) === EPHEMERAL);
  const bytesOf = (rows: EntryRow[]): number => rows.reduce((sum, row) => sum + row.length, 0);
  const expected: [Counter, string, number][] = [
    [Counter.StoredPages, "StoredPages", zpages.length + same],
    [Counter.SameFilledPages, "SameFilledPages", same],
    [Counter.EphZpages, "EphZpages", ephemeral.length],
    [Counter.EphZbytes, "EphZbytes", bytesOf(ephemeral)],
    [Counter.PersZpages, "PersZpages", zpages.length - ephemeral.length],
    [Counter.PersZbytes, "PersZbytes", bytesOf(zpages) - bytesOf(ephemeral)],
    [Counter.StoredIncompressiblePages, "StoredIncompressiblePages", zpages.filter((entry) => entry.form === Form.Raw).length],
    [Counter.HugePages, "HugePages", entries.filter((entry) => entry.form === Form.Raw && (entry.hasSlot || entry.place === Place.Zpage)).length],
    [Counter.BdCount, "BdCount", entries.filter((entry) => entry.hasSlot).length],
  ];
  for (const [counter, name, value] of expected) {
    report.expect(arena.counter(counter) === value, "G1", `${name} is ${arena.counter(counter)}, expected ${value}`);
  }
}

function poolKindOf(arena: Arena, entry: number): number {
  return arena.poolKind(arena.object(arena.leaf(entry >> 4).object).pool);
}
