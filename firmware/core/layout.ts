/**
 * Where everything lies in the arena. The block is laid out once, by openLayout(), from the knobs alone; nothing grows
 * afterwards. Metadata first, pageframes last and aligned to a page:
 *
 *   0      header        1152 B     magic, version, derived figures, knobs (at 128), counters (at 320), state and list heads (at 768), CRC table (at 1088)
 *          pools         4 B a pool          kind, tenant, objects
 *          tenants       36 B a tenant       quota, what is held, counters; none where there is only one
 *          objects       12 B an object      tmem objects and the hash heads that find them (2 B each)
 *          leaves        10 B + 2 B of hash heads for 16 pages   which 16 pages of which object
 *          entries       6 B a page          where the page is: a word (payload) and a half word (meta), in two columns
 *          ages          1/4 B a page with IdleMarks, otherwise none
 *          frame table   8 B a frame         list links, class, flags, owner
 *          fit table     272..1024 B         where the current allocator finds room: lists by free space, for two zpools
 *          sector table  6 B a swap sector   erase count, live granules
 *          durable table 4 B a durable page, 8 B an area   committed records (swap/durable.ts); none without DurablePagesMax
 *          link          LinkBytes           the serial line's state
 *          codec table   1024 B              hash table of the compressor; 1264 B and a page with the dense codec
 *          zpage buffer  a page and 1/256 and 32 B   a compressed page on its way
 *          frames        PageBytes each
 *
 * So a stored page costs 6 + (10 + 2) / 16 = 6.75 bytes of tables and a frame 8, whichever the allocator. What an
 * allocator adds lies in the frames: zbud 12 bytes a frame (a whole chunk), zfold 8 a frame and 4 a zpage, zsmalloc 12 a
 * frame and 2 a zpage and one frame in all, tlsf 4 a zpage. `tableBytes()` is what all tables cost; `.mem` prints it.
 *
 * The module variables below cache the derived figures; attachLayout() reads them back from the header of any arena.
 */
import { read32, write32, fillBytes } from "./memory";
import { Err } from "./errors";
import { Counter, COUNTERS_AT } from "./counters";
import { Knob, knob } from "./config";

export const MAGIC: i32 = 0x314d435a;
export const FORMAT_VERSION: i32 = 1;
export const HEADER_BYTES: i32 = 1152;
export const LEAF_PAGES: i32 = 16;
export const LEAF_SHIFT: i32 = 4;
/** Bytes of the compressor's hash table: 512 half words. */
export const CODEC_TABLE_BYTES: i32 = 1024;
/** Bytes of the dense codec's models. Behind them lies its match finder's table, or a record that is being read. */
export const DENSE_MODEL_BYTES: i32 = 1264;
/** Records on flash start at multiples of this many bytes. */
export const GRANULE_BYTES: i32 = 16;
export const GRANULE_SHIFT: i32 = 4;
/** Bytes of a tenant's row (store/tenants.ts). */
export const TENANT_BYTES: i32 = 36;
/** Bytes of zfold's fit table. */
const FIT_TABLE_LEAST: i32 = 272;
/** No frame, no leaf, no object: the end of a list. */
export const NIL: i32 = 0xffff;

/** Words of the header, as arena offsets. */
export const enum Header {
  Magic = 0,
  Version = 4,
  ArenaBytes = 8,
  /** State: whether the store is open, and between two calls. */
  Open = 12,
  Frames = 16,
  ConfigFault = 20,
  PoolsAt = 24,
  ObjectsAt = 28,
  ObjectHeadsAt = 32,
  ObjectHashMask = 36,
  LeavesAt = 40,
  LeafHeadsAt = 44,
  LeafHashMask = 48,
  PayloadsAt = 52,
  MetasAt = 56,
  FrameTableAt = 60,
  ChunkListsAt = 64,
  ErasesAt = 68,
  LivesAt = 72,
  LinkAt = 76,
  CodecTableAt = 80,
  ZpageBufferAt = 84,
  FramesAt = 88,
  SlotBits = 92,
  PageShift = 96,
  Leaves = 100,
  // State that changes while the store runs, from 768 on.
  FreeLeaf = 768,
  FreeObject = 772,
  LastTouched = 776,
  LimitReached = 780,
  /** The head that pages come to; SwapHeadGranule must follow it, as ColdHeadGranule follows ColdHead. */
  SwapHead = 784,
  SwapHeadGranule = 788,
  SwapSequence = 792,
  SwapEpoch = 796,
  SwapLiveGranules = 800,
  /** What compressing the page last judged gave: its length, TooBig, or 0 if it was not tried. */
  JudgedLength = 804,
  /** Pages promised to areas. */
  ReservedPages = 808,
  /** Poor pages in a row (low half word), pages left to skip (high half word). */
  PoorRunAt = 812,
  /** Pages that the dense codec leaves alone on their way to flash, because the last ones did not shrink. */
  DenseRest = 816,
  /** One more than the frame at which packing for room goes on (recompress.ts); a number that is no frame of zpages: at the oldest. */
  PackHand = 820,
  /** Zpools (bits) in which zsmalloc has looked for a frame to empty and found none, while no object came free since. */
  NothingToCompact = 824,
  /** 1 while zpages are moved or packed anew: their frames keep their places in the order of use. */
  KeepOrder = 828,
  // Nine lists of frames, 8 bytes each: head, tail, length, spare.
  ListsAt = 832,
  /** One more than the frame that zsmalloc keeps for itself, 0 if it keeps none; and how many frames hold its zpages. */
  SpareFrame = 904,
  ZsmallocFrames = 908,
  /** Frames that the store may use: the governor's target. */
  FramesTarget = 912,
  /** Frames by which the limit of residents has moved from where it began, and the balance of the margins (shares.ts). */
  ResidentShift = 916,
  ShareBalance = 920,
  /** Pages that went to flash, wrapping: the clock of refault distances (lru.ts). */
  EvictionClock = 924,
  // Room for one record header (16 bytes; a sector's mark too) and, behind it, one sector header (48 bytes) of the swap log.
  RecordAt = 928,
  SectorAt = 944,
  /** The tenant of the pools and areas that are opened next, and the one for whom room is made (an Asker's number if none). */
  CurrentTenant = 992,
  AskingTenant = 996,
  /** Where the rows of the tenants lie; 0 where there is only one. */
  TenantsAt = 1000,
  /** The frame that is being reclaimed by raw calls of the allocator, while Open is Reclaiming. */
  RawFrame = 1004,
  /** Pages that may still be packed densely to make the room that was asked for (tenants.ts, recompress.ts). */
  PackLeft = 1008,
  /** The swap log's second head, for records that cleaning moves, and its next granule. */
  ColdHead = 1024,
  ColdHeadGranule = 1028,
  /** What opening found: the highest erase count that any sector header names, -1 without one; sectors that bear nothing (1), something else (2). */
  SwapMost = 1032,
  SwapFound = 1036,
  /** The write budget: granules left, the part of one that has come in (in 86400ths), the clock when it was last looked at. */
  BudgetLeft = 1040,
  BudgetCredit = 1044,
  ClockAt = 1048,
  /** Seconds that the board was up since the wear ledger began. */
  UptimeSeconds = 1052,
  // Durable areas (swap/durable.ts): the generation that is committed, the last one begun, the digest of what is
  // committed, what boot found (recovery.ts), where the verdict of this boot goes, whether void records have to be
  // struck out before the next commit.
  CommittedGeneration = 1056,
  LastGeneration = 1060,
  DurableDigest = 1064,
  ChipFound = 1068,
  VerdictSlot = 1072,
  VoidsExist = 1076,
  /** One more than the sector with the newest evidence, which is not erased; 0: none. */
  EvidenceSector = 1080,
}

/** The word Header.Open. Only None and Idle are seen between two calls, unless a raw reclaim was begun and not ended. */
export const enum State { None = 0, Idle = 1, Opening = 2, Inside = 3, Reclaiming = 5 }

/** The relations checkConfig() knows; configFault() returns one of these numbers. */
export const enum Relation {
  None = 0,
  PageBytesPowerOfTwo = 1,
  PagesMaxMultipleOf16 = 2,
  ChunkHoldsHeader = 3,
  SectorBytesPowerOfTwo = 4,
  SwapStartAligned = 5,
  SwapSectorsEnough = 6,
  SwapAddressable = 7,
  ArenaTooSmall = 8,
  LinkBytesAligned = 9,
  FramesAddressable = 10,
  /** A swap sector has room for its header (64 bytes) and the record (16 bytes more) of a page that does not compress. */
  SectorHoldsPage = 11,
  /** With durable pages a sector has room for 80 bytes of evidence besides. */
  SectorHoldsEvidence = 12,
}

export let pageBytes: i32 = 0;
export let pageShift: i32 = 0;
export let frames: i32 = 0;
export let framesAt: i32 = 0;
export let frameTableAt: i32 = 0;
export let poolsAt: i32 = 0;
export let objectsAt: i32 = 0;
export let objectHeadsAt: i32 = 0;
export let objectHashMask: i32 = 0;
export let leavesAt: i32 = 0;
export let leafHeadsAt: i32 = 0;
export let leafHashMask: i32 = 0;
export let payloadsAt: i32 = 0;
export let metasAt: i32 = 0;
export let idleAt: i32 = 0;
export let chunkListsAt: i32 = 0;
export let erasesAt: i32 = 0;
export let livesAt: i32 = 0;
export let linkAt: i32 = 0;
export let codecTableAt: i32 = 0;
export let zpageBufferAt: i32 = 0;
export let slotBits: i32 = 0;
export let chunkShift: i32 = 0;

function isPowerOfTwo(value: i32): boolean { return value > 0 && (value & (value - 1)) == 0; }

function log2(value: i32): i32 {
  let bits: i32 = 0;
  while ((1 << bits) < value) bits++;
  return bits;
}

function align(at: i32, grain: i32): i32 { return (at + grain - 1) & -grain; }

/** The relation that the knobs break, Relation.None if they fit together. Room in the arena is openLayout's to judge. */
function checkConfig(): i32 {
  const page: i32 = knob(Knob.PageBytes);
  if (!isPowerOfTwo(page)) return Relation.PageBytesPowerOfTwo;
  if ((knob(Knob.PagesMax) & (LEAF_PAGES - 1)) != 0) return Relation.PagesMaxMultipleOf16;
  if (page >> knob(Knob.ChunkOrder) < 4) return Relation.ChunkHoldsHeader;
  if ((knob(Knob.LinkBytes) & 3) != 0) return Relation.LinkBytesAligned;
  if (knob(Knob.SwapSectors) == 0) return Relation.None;
  const sector: i32 = knob(Knob.SectorBytes);
  if (!isPowerOfTwo(sector) || sector < 4096) return Relation.SectorBytesPowerOfTwo;
  if (sector < page + 80) return Relation.SectorHoldsPage;
  if (knob(Knob.DurablePagesMax) > 0 && sector < page + 160) return Relation.SectorHoldsEvidence;
  if ((knob(Knob.SwapStart) & (sector - 1)) != 0) return Relation.SwapStartAligned;
  if (knob(Knob.SwapSectors) < 3) return Relation.SwapSectorsEnough;
  if (slotBitsNeeded() > 22) return Relation.SwapAddressable;
  return Relation.None;
}

/** Bits that number every granule of the swap area and leave one number over for "none". */
function slotBitsNeeded(): i32 {
  if (knob(Knob.SwapSectors) == 0) return 0;
  const granules: i32 = knob(Knob.SwapSectors) * (knob(Knob.SectorBytes) >> GRANULE_SHIFT);
  return log2(granules + 1);
}

/**
 * Bytes of the zpage buffer: a page, and the margin that lets LZ4 decompress in place, from the buffer's end to its
 * beginning, without the output running into input that is still to be read.
 */
export function zpageBufferBytes(page: i32): i32 { return page + (page >> 8) + 32; }

function place(word: i32, at: i32, length: i32): i32 {
  write32(word, at);
  return align(at + length, 4);
}

/** log2 of the size classes of zsmalloc's: each costs about half a frame, so few frames can have few. */
export function sizeClassShift(ofFrames: i32): i32 { return ofFrames < 128 ? 4 : ofFrames < 512 ? 5 : 6; }

/**
 * The allocators share one fit table, for only the current one looks for room. zbud needs two lists a chunk size, zfold
 * 272 bytes, tlsf 264, zsmalloc 16 bytes a size class.
 */
function fitTableBytes(ofFrames: i32): i32 {
  let most: i32 = FIT_TABLE_LEAST;
  const zbud: i32 = 4 * ((1 << knob(Knob.ChunkOrder)) + 1);
  if (zbud > most) most = zbud;
  const zsmalloc: i32 = 16 << sizeClassShift(ofFrames);
  return zsmalloc > most ? zsmalloc : most;
}

/** Bytes of a durable area's name. */
export const AREA_NAME_BYTES: i32 = 24;
/** Bytes of an area's record in the directory, and of its row in the durable table. */
export const DIRECTORY_RECORD_BYTES: i32 = 32;
export const DURABLE_ROW_BYTES: i32 = 8;

/** Rows of the durable table: the directory's own, and one for each area there can be. */
export function durableRows(): i32 {
  const pages: i32 = knob(Knob.DurablePagesMax);
  const held: i32 = (knob(Knob.PageBytes) / DIRECTORY_RECORD_BYTES) | 0;
  const wanted: i32 = pages < 24 ? 4 : (pages >> 3) + 1;
  return pages == 0 ? 0 : wanted < held ? wanted : held;
}

/** Bytes of the durable table: a word for each durable page and the directory's, then the rows. It ends where the link begins. */
export function durableTableBytes(): i32 {
  const pages: i32 = knob(Knob.DurablePagesMax);
  return pages == 0 ? 0 : (pages + 1) * 4 + durableRows() * DURABLE_ROW_BYTES;
}

/** Bytes of work space for the codecs: a page's worth behind the models is enough for either use. */
function codecBytes(page: i32): i32 {
  if (knob(Knob.Dense) == 0) return CODEC_TABLE_BYTES;
  return DENSE_MODEL_BYTES + (page < CODEC_TABLE_BYTES ? CODEC_TABLE_BYTES : page);
}

/** Bytes of the rows of the tenants: nothing where there is only one. */
function tenantBytes(): i32 { return knob(Knob.TenantsMax) > 1 ? TENANT_BYTES * knob(Knob.TenantsMax) : 0; }
function poolBytes(): i32 { return 4 * (knob(Knob.PoolsMax) + 1); }

/** Places the tables one behind another and returns where they end. */
function placeTables(framesWanted: i32): i32 {
  const pages: i32 = knob(Knob.PagesMax);
  const leaves: i32 = pages >> LEAF_SHIFT;
  const sectors: i32 = knob(Knob.SwapSectors);
  const objectHeads: i32 = 1 << log2(knob(Knob.ObjectsMax));
  const leafHeads: i32 = 1 << log2(leaves);
  let at: i32 = HEADER_BYTES;
  at = place(Header.PoolsAt, at, poolBytes() + tenantBytes());
  at = place(Header.ObjectsAt, at, 12 * knob(Knob.ObjectsMax));
  at = place(Header.ObjectHeadsAt, at, 2 * objectHeads);
  at = place(Header.LeavesAt, at, 10 * leaves);
  at = place(Header.LeafHeadsAt, at, 2 * leafHeads);
  at = place(Header.PayloadsAt, at, 4 * pages);
  at = place(Header.MetasAt, at, 2 * pages);
  // The ages of zpages, two bits each, have no word of their own: they lie behind the metas.
  if (knob(Knob.IdleMarks) == 1) at += pages >> 2;
  at = place(Header.FrameTableAt, at, 8 * framesWanted);
  at = place(Header.ChunkListsAt, at, fitTableBytes(framesWanted));
  at = place(Header.ErasesAt, at, 4 * sectors);
  at = place(Header.LivesAt, at, 2 * sectors);
  at += durableTableBytes();
  at = place(Header.LinkAt, at, knob(Knob.LinkBytes));
  at = place(Header.CodecTableAt, at, codecBytes(knob(Knob.PageBytes)));
  at = place(Header.ZpageBufferAt, at, zpageBufferBytes(knob(Knob.PageBytes)));
  write32(Header.ObjectHashMask, objectHeads - 1);
  write32(Header.LeafHashMask, leafHeads - 1);
  write32(Header.Leaves, leaves);
  return at;
}

/**
 * The most frames that fit. Frames lie at the arena's end, so the table in front of them is 8 bytes a frame longer for
 * each frame that is taken.
 */
function fitFrames(arenaBytes: i32): i32 {
  const page: i32 = knob(Knob.PageBytes);
  let wanted: i32 = (arenaBytes / page) | 0;
  if (wanted > NIL - 1) wanted = NIL - 1;
  while (wanted > 0 && placeTables(wanted) + wanted * page > arenaBytes) {
    const excess: i32 = placeTables(wanted) + wanted * page - arenaBytes;
    wanted -= ((excess + page + 7) / (page + 8)) | 0;
  }
  return wanted > 0 ? wanted : 0;
}

/**
 * Lays the arena out from the knobs and clears everything behind them. Returns the number of frames (at least 4), or
 * Err.Config with the broken relation in the header.
 */
export function openLayout(arenaBytes: i32): i32 {
  let fault: i32 = checkConfig();
  const count: i32 = fault == Relation.None ? fitFrames(arenaBytes) : 0;
  if (fault == Relation.None && count < 4) fault = Relation.ArenaTooSmall;
  if (fault == Relation.None && log2(count + 2) + slotBitsNeeded() > 32) fault = Relation.FramesAddressable;
  write32(Header.ConfigFault, fault);
  if (fault != Relation.None) return Err.Config;
  const tablesEnd: i32 = placeTables(count);
  const framesStart: i32 = (arenaBytes & -4) - (count << log2(knob(Knob.PageBytes)));
  write32(Header.Magic, MAGIC);
  write32(Header.Version, FORMAT_VERSION);
  write32(Header.ArenaBytes, arenaBytes);
  write32(Header.Frames, count);
  write32(Header.FramesAt, framesStart);
  write32(Header.PageShift, log2(knob(Knob.PageBytes)));
  write32(Header.SlotBits, slotBitsNeeded());
  fillBytes(COUNTERS_AT, 0, Counter.Count << 2);
  fillBytes(Header.FreeLeaf, 0, HEADER_BYTES - Header.FreeLeaf);
  fillBytes(HEADER_BYTES, 0, tablesEnd - HEADER_BYTES);
  if (tenantBytes() > 0) write32(Header.TenantsAt, read32(Header.PoolsAt) + poolBytes());
  attachLayout();
  return count;
}

/** Reads the derived figures back from the arena's header. Ok, or NotOpen when this is no arena of this version. */
export function attachLayout(): i32 {
  if (read32(Header.Magic) != MAGIC || read32(Header.Version) != FORMAT_VERSION) return Err.NotOpen;
  pageBytes = knob(Knob.PageBytes);
  pageShift = read32(Header.PageShift);
  chunkShift = pageShift - knob(Knob.ChunkOrder);
  frames = read32(Header.Frames);
  framesAt = read32(Header.FramesAt);
  frameTableAt = read32(Header.FrameTableAt);
  poolsAt = read32(Header.PoolsAt);
  objectsAt = read32(Header.ObjectsAt);
  objectHeadsAt = read32(Header.ObjectHeadsAt);
  objectHashMask = read32(Header.ObjectHashMask);
  leavesAt = read32(Header.LeavesAt);
  leafHeadsAt = read32(Header.LeafHeadsAt);
  leafHashMask = read32(Header.LeafHashMask);
  payloadsAt = read32(Header.PayloadsAt);
  metasAt = read32(Header.MetasAt);
  idleAt = metasAt + 2 * knob(Knob.PagesMax);
  chunkListsAt = read32(Header.ChunkListsAt);
  erasesAt = read32(Header.ErasesAt);
  livesAt = read32(Header.LivesAt);
  linkAt = read32(Header.LinkAt);
  codecTableAt = read32(Header.CodecTableAt);
  zpageBufferAt = read32(Header.ZpageBufferAt);
  slotBits = read32(Header.SlotBits);
  return Err.Ok;
}

/** Bytes of header and tables: all of the arena that is not pageframes. */
export function tableBytes(): i32 { return read32(Header.ArenaBytes) - (frames << pageShift); }
