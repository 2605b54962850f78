/**
 * The invariants of the allocators, over the bytes of an arena, under the numbers of their headers:
 *
 *   H1 handles.ts   W1 raw.ts   Z1-Z4 zbud.ts   K1-K4 zfold.ts   M1-M4 zsmalloc.ts   B1-B4 tlsf.ts   E1 (owner and handle name each other) entries.ts
 *
 * checkZpools() can be given no entries: for tests that use an allocator alone, where owners are not entries.
 */
import { Header, sizeClassShift } from "../../firmware/core/layout";
import { Counter } from "../../firmware/core/counters";
import { Knob } from "../../firmware/core/config";
import { FrameFlag, List } from "../../firmware/core/frames";
import { Form, Place } from "../../firmware/core/entries";
import { Allocator, HANDLE_SHIFT } from "../../firmware/core/zpool/handles";
import { Arena, EntryRow, NONE, follow } from "./arena";
import { Findings } from "./findings";

/** A frame of zpages, whoever's it is. */
interface Held { frame: number; offset: number; zpool: number; allocator: number; }

/** What the checks share: the arena, the entries if owners are entries, and where complaints go. */
interface Job { arena: Arena; entries: EntryRow[] | undefined; report: Findings; }

export function checkZpools(arena: Arena, entries: EntryRow[] | undefined, report: Findings): void {
  const job: Job = { arena, entries, report };
  const held: Held[] = [];
  for (let frame = 0; frame < arena.frames; frame++) {
    const { list, flags, offset } = arena.frame(frame);
    if (list !== List.ZpagesAnon && list !== List.ZpagesFile) continue;
    held.push({ frame, offset, zpool: list === List.ZpagesAnon ? 0 : 1, allocator: flags >> 4 });
    report.expect(flags >> 4 < Allocator.Count, "H1", `frame ${frame} belongs to allocator ${flags >> 4}`);
    report.expect((flags & FrameFlag.UnderReclaim) === 0, "H1", `frame ${frame} is under reclaim between two calls`);
  }
  const of = (allocator: Allocator): Held[] => held.filter((row) => row.allocator === allocator);
  const zpages = checkZbud(job, of(Allocator.Zbud)) + checkZfold(job, of(Allocator.Zfold)) + checkZsmalloc(job, of(Allocator.Zsmalloc))
    + checkTlsf(job, of(Allocator.Tlsf)) + checkRaw(job, of(Allocator.Raw));
  if (entries === undefined) return;
  const named = entries.filter((entry) => entry.place === Place.Zpage).length;
  report.expect(named === zpages, "H1", `entries name ${named} zpages, frames hold ${zpages}`);
}

function isCurrent(arena: Arena, allocator: Allocator): boolean { return arena.knob(Knob.Allocator) === allocator; }

/** The owner of a zpage is an entry that names it, and its length takes the room that the zpage has. */
function checkOwner(job: Job, handle: number, owner: number, fits: (length: number) => boolean, number: string): void {
  if (job.entries === undefined) return;
  const entry = job.entries[owner];
  job.report.expect(entry?.place === Place.Zpage && entry.payload === handle, "E1", `zpage ${handle} says entry ${owner} owns it, which names another place`);
  if (entry !== undefined) job.report.expect(fits(entry.length), number, `zpage ${handle} of ${entry.length} bytes has the room of another length`);
}

/** Frames on lists of the fit table that begins with `lists` heads for each zpool: where each frame stands, as zpool/list. */
function listed(job: Job, lists: number): Map<number, string> {
  const { arena } = job;
  const where = new Map<number, string>();
  for (let zpool = 0; zpool < 2; zpool++) {
    for (let list = 0; list < lists; list++) {
      const head = arena.u16(arena.header(Header.ChunkListsAt) + 2 * (zpool * lists + list));
      for (const frame of follow(head, (at) => arena.u16(arena.frame(at).offset), arena.frames)) where.set(frame, `${zpool}/${list}`);
    }
  }
  return where;
}

// raw

function checkRaw(job: Job, held: Held[]): number {
  for (const { frame } of held) {
    const { owner } = job.arena.frame(frame);
    checkOwner(job, frame * 2 ** HANDLE_SHIFT, owner, (length) => length === job.arena.pageBytes, "W1");
    const form = job.entries?.[owner]?.form;
    job.report.expect(form === undefined || form === Form.Raw, "W1", `frame ${frame} is raw and its page has form ${form}`);
  }
  return held.length;
}

// zbud

const ZBUD_HEADER_BYTES = 12;

interface ZbudFrame extends Held { chunks: [number, number]; free: number; zpages: number; }

function checkZbud(job: Job, held: Held[]): number {
  const { arena, report } = job;
  const order = 2 ** arena.knob(Knob.ChunkOrder);
  const chunkBytes = arena.pageBytes / order;
  const usable = order - Math.ceil(ZBUD_HEADER_BYTES / chunkBytes);
  const rows = held.map((row): ZbudFrame => {
    const chunks: [number, number] = [arena.u8(row.offset + 4), arena.u8(row.offset + 5)];
    return { ...row, chunks, free: usable - chunks[0] - chunks[1], zpages: chunks.filter((count) => count > 0).length };
  });
  for (const row of rows) {
    report.expect(row.zpages > 0, "Z1", `frame ${row.frame} holds no zpage`);
    report.expect(row.free >= 0, "Z2", `frame ${row.frame} holds ${row.chunks.join(" + ")} of ${usable} chunks`);
    report.expect(arena.u8(row.offset + 6) === row.zpool, "Z1", `frame ${row.frame} of zpool ${arena.u8(row.offset + 6)} is on the other one's list`);
    row.chunks.forEach((chunks, which) => {
      if (chunks > 0) checkOwner(job, row.frame * 2 ** HANDLE_SHIFT + which, arena.u16(row.offset + 8 + 2 * which), (length) => Math.ceil(length / chunkBytes) === chunks, "Z2");
    });
  }
  if (isCurrent(arena, Allocator.Zbud)) checkUnbuddied(job, rows, order);
  const [two, one] = [2, 1].map((zpages) => rows.filter((row) => row.zpages === zpages).length);
  report.expect(arena.counter(Counter.BuddiedCount) === two, "Z4", `BuddiedCount is ${arena.counter(Counter.BuddiedCount)}, expected ${two}`);
  report.expect(arena.counter(Counter.UnbuddiedCount) === one, "Z4", `UnbuddiedCount is ${arena.counter(Counter.UnbuddiedCount)}, expected ${one}`);
  return 2 * two + one;
}

function checkUnbuddied(job: Job, rows: ZbudFrame[], order: number): void {
  const where = listed(job, order + 1);
  for (const row of rows) {
    const expected = row.zpages === 1 ? `${row.zpool}/${row.free}` : undefined;
    job.report.expect(where.get(row.frame) === expected, "Z3", `frame ${row.frame} is on unbuddied list ${where.get(row.frame)}, expected ${expected}`);
    where.delete(row.frame);
  }
  job.report.expect(where.size === 0, "Z3", `frames ${[...where.keys()].join(" ")} are on unbuddied lists and hold no zpage`);
}

// zfold

const FOLD_LISTS = 64;
const FOLD_HEADER_BYTES = 8;
const DEAD = 1;
const LIVE = 2;

interface FoldSlot { slot: number; owner: number; state: number; rank: number; bytes: number; }

function foldSlots(arena: Arena, row: Held): FoldSlot[] {
  return Array.from({ length: arena.u8(row.offset + 6) }, (_, slot) => {
    const at = row.offset + arena.pageBytes - 4 * (slot + 1);
    const meta = arena.u16(at + 2);
    return { slot, owner: arena.u16(at), state: meta >> 13, rank: meta >> 10 & 7, bytes: meta === 0 ? 0 : ((meta & 1023) + 1) * 4 };
  });
}

function checkZfold(job: Job, held: Held[]): number {
  const { arena, report } = job;
  const most = arena.knob(Knob.FoldLimit);
  const expected = new Map<number, string>();
  let zpages = 0;
  for (const row of held) {
    const slots = foldSlots(arena, row);
    const live = slots.filter((slot) => slot.state === LIVE);
    const [free, counted] = [arena.u16(row.offset + 4), arena.u8(row.offset + 7)];
    zpages += live.length;
    report.expect(live.length >= 1 && live.length <= most && live.length === counted, "K1", `frame ${row.frame} holds ${live.length} zpages of at most ${most} and counts ${counted}`);
    const used = FOLD_HEADER_BYTES + 4 * slots.length + live.reduce((sum, slot) => sum + slot.bytes, 0);
    report.expect(used + free === arena.pageBytes, "K2", `frame ${row.frame} uses ${used} bytes and says ${free} are free`);
    checkRanks(report, row.frame, slots);
    for (const { slot, owner, bytes } of live) checkOwner(job, row.frame * 2 ** HANDLE_SHIFT + slot, owner, (length) => Math.ceil(length / 4) * 4 === bytes, "K2");
    const room = slots.length > live.length ? free : Math.max(0, free - 4);
    if (live.length < most) expected.set(row.frame, `${row.zpool}/${Math.floor(room * FOLD_LISTS / arena.pageBytes)}`);
  }
  if (isCurrent(arena, Allocator.Zfold)) checkFoldLists(job, expected);
  return zpages;
}

function checkRanks(report: Findings, frame: number, slots: FoldSlot[]): void {
  const pieces = slots.filter((slot) => slot.state !== 0).sort((a, b) => a.rank - b.rank);
  report.expect(pieces.every((piece, i) => piece.rank === i), "K3", `frame ${frame} has ranks ${pieces.map((piece) => piece.rank).join(" ")}`);
  report.expect(pieces.at(-1)?.state !== DEAD, "K3", `the last piece of frame ${frame} is dead`);
  report.expect(slots.at(-1)?.state !== 0, "K3", `the last slot of frame ${frame} is unused`);
}

function checkFoldLists(job: Job, expected: Map<number, string>): void {
  const { arena, report } = job;
  const where = listed(job, FOLD_LISTS);
  for (const frame of new Set([...where.keys(), ...expected.keys()])) {
    report.expect(where.get(frame) === expected.get(frame), "K4", `frame ${frame} is on list ${where.get(frame)}, expected ${expected.get(frame)}`);
  }
  const table = arena.header(Header.ChunkListsAt);
  for (let list = 0; list < 2 * FOLD_LISTS; list++) {
    const bit = arena.u32(table + 4 * FOLD_LISTS + 4 * (list >> 5)) >>> (list & 31) & 1;
    report.expect((bit === 1) === (arena.u16(table + 2 * list) !== 0xffff), "K4", `list ${list} has bit ${bit} and first frame ${arena.u16(table + 2 * list)}`);
  }
}

// zsmalloc

const ZS_HEADER_BYTES = 12;

interface ZsFrame extends Held {
  following: number; preceding: number; used: number; objectBytes: number; fit: number; chain: number; position: number;
  /** Where each object begins that begins in this frame, in bytes behind its header. */
  begins: number[];
}

function zsFrame(arena: Arena, row: Held): ZsFrame {
  const u16 = (at: number): number => arena.u16(row.offset + at);
  const { owner } = arena.frame(row.frame);
  const room = arena.pageBytes - ZS_HEADER_BYTES;
  const [objectBytes, chain, position] = [u16(10), owner >> 4 & 15, owner & 15];
  const begins: number[] = [];
  for (let at = 0; at + objectBytes <= chain * room; at += objectBytes) {
    if (Math.floor(at / room) === position) begins.push(at - position * room);
  }
  return { ...row, following: u16(4), preceding: u16(6), used: u16(8), objectBytes, fit: owner >> 8, chain, position, begins };
}

function checkZsmalloc(job: Job, held: Held[]): number {
  const { arena, report } = job;
  const rows = new Map(held.map((row) => [row.frame, zsFrame(arena, row)]));
  const room = arena.pageBytes - ZS_HEADER_BYTES;
  const isUsed = (row: ZsFrame, slot: number): boolean => (row.used >> slot & 1) === 1;
  const crosses = (row: ZsFrame, slot: number): boolean => row.begins[slot] + row.objectBytes > room;
  const ready = new Map<number, string>();
  const slack = new Map<string, number>();
  let zpages = 0;
  for (const row of rows.values()) {
    const before = rows.get(row.preceding);
    const reached = before !== undefined && crosses(before, before.begins.length - 1) && isUsed(before, before.begins.length - 1);
    report.expect(row.used !== 0 || reached, "M1", `nothing lies in frame ${row.frame}`);
    report.expect(row.used >> row.begins.length === 0, "M1", `frame ${row.frame} uses ${row.used.toString(2)} of ${row.begins.length} objects`);
    if (row.preceding !== NONE) {
      const agrees = before !== undefined && before.following === row.frame && before.position + 1 === row.position && before.fit === row.fit && before.zpool === row.zpool && before.objectBytes === row.objectBytes;
      report.expect(agrees, "M2", `frame ${row.frame} and ${row.preceding}, which it says precedes it, do not agree`);
    }
    if (row.following !== NONE) report.expect(rows.get(row.following)?.preceding === row.frame, "M2", `frame ${row.frame} and ${row.following}, which it says follows it, do not agree`);
    let usable = 0;
    row.begins.forEach((begin, slot) => {
      if (!isUsed(row, slot)) {
        if (!crosses(row, slot) || row.following !== NONE) usable++;
        return;
      }
      zpages++;
      report.expect(!crosses(row, slot) || row.following !== NONE, "M2", `object ${slot} of frame ${row.frame} crosses into no frame`);
      const over = begin + row.objectBytes - room;
      const ownerAt = over > 0 ? arena.frame(row.following).offset + ZS_HEADER_BYTES + over : row.offset + ZS_HEADER_BYTES + begin + row.objectBytes;
      checkOwner(job, row.frame * 2 ** HANDLE_SHIFT + slot, arena.u16(ownerAt - 2), (length) => length + 2 <= row.objectBytes, "M1");
    });
    if (usable === 0) continue;
    const key = `${row.zpool}/${row.fit}`;
    ready.set(row.frame, key);
    slack.set(key, (slack.get(key) ?? 0) + usable);
  }
  report.expect(arena.header(Header.ZsmallocFrames) === held.length, "M1", `ZsmallocFrames is ${arena.header(Header.ZsmallocFrames)}, expected ${held.length}`);
  const keeps = isCurrent(arena, Allocator.Zsmalloc) || held.length > 0;
  report.expect(arena.list(List.Spare).length === (keeps ? 1 : 0), "M1", `${arena.list(List.Spare).length} spare frames are kept`);
  if (isCurrent(arena, Allocator.Zsmalloc)) checkReady(job, rows, ready, slack);
  return zpages;
}

function checkReady(job: Job, rows: Map<number, ZsFrame>, ready: Map<number, string>, slack: Map<string, number>): void {
  const { arena, report } = job;
  const classes = 2 ** sizeClassShift(arena.frames);
  const seen = new Set<number>();
  for (let zpool = 0; zpool < 2; zpool++) {
    for (let fit = 0; fit < classes; fit++) {
      const key = `${zpool}/${fit}`;
      const at = arena.header(Header.ChunkListsAt) + 4 * classes + 6 * (zpool * classes + fit);
      for (const frame of follow(arena.u16(at), (member) => arena.u16(arena.frame(member).offset), arena.frames)) {
        seen.add(frame);
        report.expect(ready.get(frame) === key, "M3", `frame ${frame} is on ready list ${key}, expected ${ready.get(frame)}`);
      }
      report.expect(arena.u16(at + 4) === (slack.get(key) ?? 0), "M3", `slack of ${key} is ${arena.u16(at + 4)}, expected ${slack.get(key) ?? 0}`);
      const open = arena.u16(at + 2);
      const row = rows.get(open);
      if (open !== NONE) report.expect(row !== undefined && row.following === NONE && row.position + 1 < row.chain && `${row.zpool}/${row.fit}` === key, "M4", `frame ${open} is open in ${key} and cannot be`);
    }
  }
  for (const frame of ready.keys()) report.expect(seen.has(frame), "M3", `frame ${frame} has free objects and is on no ready list`);
}

// tlsf

const TLSF_LISTS = 32;
const NO_BLOCK = 0xffffffff;

interface Block { at: number; bytes: number; free: boolean; previousFree: boolean; owner: number; zpool: number; }

function checkTlsf(job: Job, held: Held[]): number {
  const { arena, report } = job;
  const zpools = new Map(held.map((row) => [row.frame, row.zpool]));
  const page = arena.pageBytes;
  const grain = page > 2048 ? 16 : 8;
  const blocks: Block[] = [];
  for (const { frame, zpool } of held) {
    if (zpools.get(frame - 1) === zpool) continue;
    let end = frame;
    while (zpools.get(end) === zpool) end++;
    blocks.push(...span(job, frame * page, end * page, grain, zpool));
  }
  for (const { frame } of held) {
    const start = frame * page;
    const inside = blocks.filter((block) => block.at < start + page && block.at + block.bytes > start);
    report.expect(inside.some((block) => !block.free), "B3", `nothing lies in frame ${frame}`);
    const first = inside.find((block) => block.at >= start)?.at;
    const expected = first === undefined ? NONE : first - start;
    report.expect(arena.frame(frame).owner === expected, "B3", `the first block of frame ${frame} begins at ${expected}, its owner field is ${arena.frame(frame).owner}`);
  }
  const used = blocks.filter((block) => !block.free);
  for (const block of used) {
    const handle = Math.floor(block.at / page) * 2 ** HANDLE_SHIFT + block.at % page / grain;
    checkOwner(job, handle, block.owner, (length) => Math.max(page / 16, Math.ceil((length + 4) / grain) * grain) === block.bytes, "B1");
  }
  if (isCurrent(arena, Allocator.Tlsf)) checkTlsfLists(job, blocks.filter((block) => block.free && block.bytes >= page / 16));
  return used.length;
}

/** The blocks of a span, from its first to its last byte. */
function span(job: Job, from: number, to: number, grain: number, zpool: number): Block[] {
  const { arena, report } = job;
  const origin = arena.header(Header.FramesAt);
  const blocks: Block[] = [];
  for (let at = from; at < to;) {
    const meta = arena.u16(origin + at);
    const block: Block = { at, bytes: (meta & 1023) * grain, free: (meta & 1024) !== 0, previousFree: (meta & 2048) !== 0, owner: arena.u16(origin + at + 2), zpool };
    const before = blocks.at(-1);
    report.expect(block.bytes > 0 && at + block.bytes <= to, "B1", `block ${at} of ${block.bytes} bytes does not end in its span, which ends at ${to}`);
    if (block.bytes === 0) break;
    report.expect(!(block.free && before?.free), "B1", `free blocks ${before?.at} and ${at} are neighbours`);
    report.expect(block.previousFree === (before?.free ?? false), "B2", `block ${at} says the previous one is ${block.previousFree ? "" : "not "}free`);
    if (block.free) report.expect(arena.u16(origin + at + block.bytes - 2) * grain === block.bytes, "B2", `free block ${at} of ${block.bytes} bytes ends with another length`);
    blocks.push(block);
    at += block.bytes;
  }
  return blocks;
}

function checkTlsfLists(job: Job, free: Block[]): void {
  const { arena, report } = job;
  const origin = arena.header(Header.FramesAt);
  const table = arena.header(Header.ChunkListsAt);
  const where = new Map<number, string>();
  for (let zpool = 0; zpool < 2; zpool++) {
    for (let list = 0; list < TLSF_LISTS; list++) {
      let before = NO_BLOCK;
      let members = 0;
      for (let at = arena.u32(table + 4 * (TLSF_LISTS * zpool + list)); at !== NO_BLOCK && members <= arena.bytes.length; at = arena.u32(origin + at + 4)) {
        where.set(at, `${zpool}/${list}`);
        report.expect(arena.u32(origin + at + 8) === before, "B4", `free block ${at} has a wrong previous`);
        before = at;
        members++;
      }
      report.expect((arena.u32(table + 256 + 4 * zpool) >>> list & 1) === (members > 0 ? 1 : 0), "B4", `list ${zpool}/${list} has ${members} blocks and a wrong bit`);
    }
  }
  for (const block of free) {
    const eighths = Math.floor(block.bytes * 128 / arena.pageBytes);
    const level = Math.floor(Math.log2(eighths)) - 3;
    const list = level > 3 ? TLSF_LISTS - 1 : 8 * level + (eighths >> level) - 8;
    report.expect(where.get(block.at) === `${block.zpool}/${list}`, "B4", `free block ${block.at} of ${block.bytes} bytes is on list ${where.get(block.at)}, expected ${block.zpool}/${list}`);
    where.delete(block.at);
  }
  report.expect(where.size === 0, "B4", `blocks ${[...where.keys()].join(" ")} are on lists and not free`);
}
