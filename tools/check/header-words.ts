/**
 * O1  Every word of the arena's header is within its range.
 *
 * What each word may be, by the plan in layout.ts and the files that write it: figures that follow from the knobs have
 * one value, places lie between their neighbours, states and positions have bounds, gauges cannot exceed what they
 * count. Words that may be anything are named too, so that a test can ask for each word of the enumeration: clocks and
 * event counters that wrap, and the buffers in which flash headers are built.
 *
 * The alternative, to let the other invariants find a wrong word, missed those that nothing is compared with: a
 * sequence number, a hand, a flag.
 */
import { Header, FORMAT_VERSION, HEADER_BYTES, LEAF_PAGES, MAGIC, State } from "../../firmware/core/layout";
import { COUNTERS_AT, Counter } from "../../firmware/core/counters";
import { COUNTER_NAMES } from "../../firmware/core/counter-names";
import { KNOBS_AT, Knob, knobHigh, knobLow } from "../../firmware/core/config";
import { List } from "../../firmware/core/frames";
import { Arena, NONE } from "./arena";
import type { Findings } from "./findings";

/** A number in the header. Bytes: 4, or 2 for a half word; below 0 only where `low` is. */
export interface Word {
  name: string;
  at: number;
  bytes: 2 | 4;
  low: number;
  high: number;
  /** A value outside the range that is right besides: the end of a list. */
  also?: number;
  /** What the value is a multiple of. */
  step?: number;
}

const ANY_LOW = -0x80000000;
const ANY_HIGH = 0x7fffffff;
const GRANULE_BYTES = 16;
const GRANULES_PER_KIB = 64;
const SECONDS_PER_DAY = 86400;
const MARGIN_STEP = 800;
/** Err.TooBig: a judged page that no zpage can hold. */
const TOO_BIG = -2;
/** Err.NotFound: a gauge that tells nothing. */
const UNKNOWN = -4;
/** Asker.Nobody of tenants.ts. */
const NOBODY = -2;
/** The largest number of Chip (recovery.ts), with room for others. */
const CHIP_MOST = 63;
/** Erase counts have 20 bits. */
const ERASES_MOST = 0xfffff;
const BYTE_MOST = 255;
const ZPOOLS = 2;
const CRC_TABLE_AT = 1088;
const CRC_WORDS = 16;

/** Places in the order in which they lie. */
const TABLES: [string, Header][] = [
  ["PoolsAt", Header.PoolsAt], ["ObjectsAt", Header.ObjectsAt], ["ObjectHeadsAt", Header.ObjectHeadsAt], ["LeavesAt", Header.LeavesAt],
  ["LeafHeadsAt", Header.LeafHeadsAt], ["PayloadsAt", Header.PayloadsAt], ["MetasAt", Header.MetasAt], ["FrameTableAt", Header.FrameTableAt],
  ["ChunkListsAt", Header.ChunkListsAt], ["ErasesAt", Header.ErasesAt], ["LivesAt", Header.LivesAt], ["LinkAt", Header.LinkAt],
  ["CodecTableAt", Header.CodecTableAt], ["ZpageBufferAt", Header.ZpageBufferAt],
];

/** The invariant over all words of the header. */
export function checkHeader(arena: Arena, report: Findings): void {
  for (const word of headerWords(arena)) {
    const value = valueOf(arena, word);
    report.expect(isRight(word, value), "O1", `header word ${word.name} (at ${word.at}) is ${value}, expected ${rangeWords(word)}`);
  }
}

/** The value as the core reads it: with a sign where the range has negative numbers. */
export function valueOf(arena: Arena, { at, bytes, low }: Word): number {
  if (bytes === 2) return arena.u16(at);
  return low < 0 ? arena.u32(at) | 0 : arena.u32(at);
}

export function isRight({ low, high, also, step = 1 }: Word, value: number): boolean {
  return value === also || value >= low && value <= high && value % step === 0;
}

function rangeWords({ low, high, also, step }: Word): string {
  const range = low === high ? `${low}` : `${low} to ${high}`;
  return `${range}${step === undefined ? "" : ` in steps of ${step}`}${also === undefined ? "" : ` or ${also}`}`;
}

/** Every word of the header, with its range in this arena. */
export function headerWords(arena: Arena): Word[] {
  return [...fixedWords(arena), ...placeWords(arena), ...knobWords(), ...counterWords(arena), ...stateWords(arena), ...listWords(arena),
    ...swapWords(arena), ...durableWords(arena), ...tenantWords(arena), ...bufferWords(), ...crcWords()];
}

function word(name: string, at: number, low: number, high: number, more: Partial<Word> = {}): Word { return { name, at, bytes: 4, low, high, ...more }; }
function exactly(name: string, at: number, value: number): Word { return word(name, at, value, value); }
function any(name: string, at: number): Word { return word(name, at, ANY_LOW, ANY_HIGH); }

/** Bits that numbers from 0 to `below` - 1 take. */
function bitsFor(below: number): number { return Math.ceil(Math.log2(below)); }
function maskFor(members: number): number { return 2 ** bitsFor(members) - 1; }

function granules(arena: Arena): number { return arena.knob(Knob.SectorBytes) / GRANULE_BYTES; }

/** What follows from the knobs and the arena's length alone. */
function fixedWords(arena: Arena): Word[] {
  const sectors = arena.knob(Knob.SwapSectors);
  return [
    exactly("Magic", Header.Magic, MAGIC), exactly("Version", Header.Version, FORMAT_VERSION),
    // Behind an arena others may have bytes; of a dump the length is asked before (dump.ts).
    word("ArenaBytes", Header.ArenaBytes, HEADER_BYTES, arena.bytes.length),
    word("Open", Header.Open, State.Idle, State.Idle, { also: State.Reclaiming }), exactly("ConfigFault", Header.ConfigFault, 0),
    word("Frames", Header.Frames, 4, Math.min(NONE - 1, Math.floor(arena.bytes.length / arena.pageBytes))),
    exactly("ObjectHashMask", Header.ObjectHashMask, maskFor(arena.knob(Knob.ObjectsMax))),
    exactly("LeafHashMask", Header.LeafHashMask, maskFor(arena.leaves)),
    exactly("SlotBits", Header.SlotBits, sectors === 0 ? 0 : bitsFor(sectors * granules(arena) + 1)),
    exactly("PageShift", Header.PageShift, bitsFor(arena.pageBytes)), exactly("Leaves", Header.Leaves, arena.knob(Knob.PagesMax) / LEAF_PAGES),
  ];
}

/** Each table lies between its neighbours; the frames end where the arena does. */
function placeWords(arena: Arena): Word[] {
  const end = arena.header(Header.ArenaBytes);
  const framesAt = end - end % 4 - arena.frames * arena.pageBytes;
  const places = TABLES.map(([name, at], i) => {
    const before = i === 0 ? HEADER_BYTES : arena.header(TABLES[i - 1]![1]);
    return word(name, at, before, i + 1 < TABLES.length ? arena.header(TABLES[i + 1]![1]) : framesAt, { step: 4 });
  });
  return [...places, exactly("FramesAt", Header.FramesAt, framesAt)];
}

function knobWords(): Word[] {
  return Array.from({ length: Knob.Count }, (_, knob) => word(`knob ${knob}`, KNOBS_AT + 4 * knob, knobLow(knob), knobHigh(knob)));
}

/** Gauges by what bounds them. The other counters count events since start, and wrap. */
function counterWords(arena: Arena): Word[] {
  const bounds = new Map<number, [number, number]>();
  const bound = (low: number, high: number, counters: number[]): void => { for (const counter of counters) bounds.set(counter, [low, high]); };
  bound(0, arena.knob(Knob.PagesMax), [Counter.StoredPages, Counter.SameFilledPages, Counter.StoredIncompressiblePages, Counter.EphZpages,
    Counter.PersZpages, Counter.SamePages, Counter.HugePages, Counter.BdCount]);
  bound(0, arena.frames, [Counter.EphPageframes, Counter.PersPageframes, Counter.BuddiedCount, Counter.UnbuddiedCount, Counter.ActiveFile,
    Counter.InactiveFile, Counter.ZpagesFile, Counter.ActiveAnon, Counter.InactiveAnon, Counter.ZpagesAnon, Counter.FreeFrames, Counter.LentFrames]);
  bound(0, arena.frames * arena.pageBytes, [Counter.PoolTotalSize, Counter.MemUsedTotal, Counter.MemUsedMax, Counter.MemLimit]);
  bound(0, arena.knob(Knob.PagesMax) * arena.pageBytes, [Counter.EphZbytes, Counter.PersZbytes, Counter.OrigDataSize, Counter.ComprDataSize]);
  // The knob may have been lowered since the gauge was last brought up to date.
  bound(UNKNOWN, knobHigh(Knob.WritebackLimit), [Counter.WearBudgetLeft]);
  bound(UNKNOWN, ERASES_MOST, [Counter.SectorErasesMax, Counter.SectorErasesMin]);
  const names = COUNTER_NAMES.split(";").flatMap((group) => group.slice(group.indexOf(":") + 1).split(" "));
  return Array.from({ length: Counter.Count }, (_, counter) => {
    const [low, high] = bounds.get(counter) ?? [ANY_LOW, ANY_HIGH];
    return word(names[counter]!, COUNTERS_AT + 4 * counter, low, high);
  });
}

function stateWords(arena: Arena): Word[] {
  const pages = arena.knob(Knob.PagesMax);
  return [
    word("FreeLeaf", Header.FreeLeaf, 0, arena.leaves - 1, { also: NONE }),
    word("FreeObject", Header.FreeObject, 0, arena.knob(Knob.ObjectsMax) - 1, { also: NONE }),
    word("LastTouched", Header.LastTouched, 0, pages), word("LimitReached", Header.LimitReached, 0, 1),
    word("JudgedLength", Header.JudgedLength, TOO_BIG, arena.pageBytes), word("ReservedPages", Header.ReservedPages, 0, pages),
    word("PoorRunAt, the run", Header.PoorRunAt, 0, BYTE_MOST, { bytes: 2 }),
    word("PoorRunAt, the rest", Header.PoorRunAt + 2, 0, BYTE_MOST, { bytes: 2 }),
    word("DenseRest", Header.DenseRest, 0, BYTE_MOST), word("PackHand, the frame", Header.PackHand, 0, NONE, { bytes: 2 }),
    word("PackHand, the slot", Header.PackHand + 2, 0, BYTE_MOST, { bytes: 2 }),
    word("NothingToCompact", Header.NothingToCompact, 0, 2 ** ZPOOLS - 1), word("KeepOrder", Header.KeepOrder, 0, 1),
    word("SpareFrame", Header.SpareFrame, 0, arena.frames), word("ZsmallocFrames", Header.ZsmallocFrames, 0, arena.frames),
    word("FramesTarget", Header.FramesTarget, 4, arena.frames), word("ResidentShift", Header.ResidentShift, 1 - arena.frames, arena.frames - 1),
    word("ShareBalance", Header.ShareBalance, 1 - MARGIN_STEP, MARGIN_STEP - 1), any("EvictionClock", Header.EvictionClock),
    word("RawFrame", Header.RawFrame, 0, arena.header(Header.Open) === State.Reclaiming ? arena.frames - 1 : 0),
    word("PackLeft", Header.PackLeft, -pages, pages),
  ];
}

/** Head and tail of each list of frames, its length, and the half word that nothing uses. */
function listWords(arena: Arena): Word[] {
  return Array.from({ length: List.Count }, (_, list) => {
    const at = Header.ListsAt + 8 * list;
    const end = (name: string, offset: number): Word =>
      word(`ListsAt, ${name} of list ${list}`, at + offset, 0, arena.frames - 1, { bytes: 2, also: NONE });
    return [end("head", 0), end("tail", 2), word(`ListsAt, length of list ${list}`, at + 4, 0, arena.frames, { bytes: 2 }),
      word(`ListsAt, spare of list ${list}`, at + 6, 0, 0, { bytes: 2 })];
  }).flat();
}

/** The swap log's heads, numbers and budget. */
function swapWords(arena: Arena): Word[] {
  const sectors = arena.knob(Knob.SwapSectors);
  const most = sectors === 0 ? 0 : ANY_HIGH;
  const head = (name: string, at: number): Word[] =>
    [word(name, at, -1, Math.max(sectors - 1, 0)), word(`${name}Granule`, at + 4, 0, granules(arena))];
  return [
    ...head("SwapHead", Header.SwapHead), ...head("ColdHead", Header.ColdHead),
    word("SwapSequence", Header.SwapSequence, 0, most), word("SwapEpoch", Header.SwapEpoch, 0, most),
    word("SwapLiveGranules", Header.SwapLiveGranules, 0, sectors * granules(arena)),
    word("SwapMost", Header.SwapMost, -1, ERASES_MOST), word("SwapFound", Header.SwapFound, 0, CHIP_MOST),
    word("BudgetLeft", Header.BudgetLeft, 0, arena.knob(Knob.WritebackLimit) * GRANULES_PER_KIB),
    word("BudgetCredit", Header.BudgetCredit, 0, SECONDS_PER_DAY - 1), any("ClockAt", Header.ClockAt),
    word("UptimeSeconds", Header.UptimeSeconds, 0, ANY_HIGH),
  ];
}

function durableWords(arena: Arena): Word[] {
  const sectors = arena.knob(Knob.SwapSectors);
  const slots = sectors * granules(arena);
  return [
    word("CommittedGeneration", Header.CommittedGeneration, 0, sectors === 0 ? 0 : ANY_HIGH),
    word("LastGeneration", Header.LastGeneration, 0, sectors === 0 ? 0 : ANY_HIGH),
    any("DurableDigest", Header.DurableDigest), word("ChipFound", Header.ChipFound, 0, CHIP_MOST),
    word("VerdictSlot", Header.VerdictSlot, -slots, slots), word("VoidsExist", Header.VoidsExist, 0, 1),
    word("EvidenceSector", Header.EvidenceSector, 0, sectors),
  ];
}

function tenantWords(arena: Arena): Word[] {
  const most = arena.knob(Knob.TenantsMax);
  return [
    word("CurrentTenant", Header.CurrentTenant, 0, most - 1), word("AskingTenant", Header.AskingTenant, most > 1 ? NOBODY : 0, most - 1),
    exactly("TenantsAt", Header.TenantsAt, most > 1 ? arena.tenantsAt : 0),
  ];
}

/** Where headers of records (4 words) and of sectors (12) are built and read: what lies there is left over. */
function bufferWords(): Word[] {
  const row = (name: string, at: number, words: number): Word[] => Array.from({ length: words }, (_, i) => any(`${name}, word ${i}`, at + 4 * i));
  return [...row("RecordAt", Header.RecordAt, 4), ...row("SectorAt", Header.SectorAt, 12)];
}

/** The table of crc32.ts, made when it is first used. */
function crcWords(): Word[] {
  return Array.from({ length: CRC_WORDS }, (_, value) => {
    let crc = value;
    for (let bit = 0; bit < 4; bit++) crc = crc >>> 1 ^ (crc & 1 ? 0xedb88320 : 0);
    return word(`CRC table, word ${value}`, CRC_TABLE_AT + 4 * value, crc >>> 0, crc >>> 0, { also: 0 });
  });
}
