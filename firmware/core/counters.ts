/**
 * Every counter and gauge of the store, by the names the field knows (Linux's frontswap, zswap, zcache, zram). They are
 * 32-bit words in the arena, so host tools and the console read them without asking the core. counter-names.ts holds
 * the printed names in this order; a test compares the two.
 *
 * Events are counted where they happen. Gauges that can be derived (sizes in bytes, frame classes) are brought up to
 * date by refreshGauges() in gauges.ts, which every reader calls first: the hot path does not pay for them.
 */
import { read32, write32 } from "./memory";

export const enum Counter {
  // frontswap: the door
  Loads, SuccStores, FailedStores, Invalidates,
  // zswap: why a store was refused, and what is stored (RejectCompressFail stays 0: our codecs have no way to fail)
  PoolLimitHit, RejectReclaimFail, RejectAllocFail, RejectCompressFail, RejectCompressPoor, WrittenBackPages,
  DuplicateEntry, PoolTotalSize, StoredPages, SameFilledPages, StoredIncompressiblePages,
  // zcache: zpages by kind of pool
  EphZpages, EphZbytes, EphPageframes, PersZpages, PersZbytes, PersPageframes, EvictedPageframes, CompressPoor,
  MeanCompressPoor, PutToFlush, PersAteEph, FailedPersPuts,
  // zbud
  BuddiedCount, UnbuddiedCount,
  // cleancache
  SuccGets, FailedGets, Puts, CleancacheInvalidates,
  // mm_stat
  OrigDataSize, ComprDataSize, MemUsedTotal, MemLimit, MemUsedMax, SamePages, PagesCompacted, HugePages, HugePagesSince,
  // io_stat
  FailedReads, FailedWrites, InvalidIo, NotifyFree,
  // bd_stat: pages on flash now, read from it, written to it
  BdCount, BdReads, BdWrites,
  // events
  Zswpin, Zswpout, Zswpwb, Pswpin, Pswpout,
  // frame classes, what is free, and what is lent
  ActiveFile, InactiveFile, ZpagesFile, ActiveAnon, InactiveAnon, ZpagesAnon, FreeFrames, LentFrames,
  // ours
  ResidentHits, Faults, FlashBytesProgrammed, FlashBytesRead, SectorErases, SectorErasesMax, SectorErasesMin,
  FlashPagesRefaulted, SwapCorrupt, SwapCleanedRecords, ReaperAttempts, ReaperFramesFreed,
  StoresDivertedHot, StoreDisabled, PoorRunSkipped, RecompressedPages, ComprPercent, DensePagesWritten,
  WorkingsetRefaults, WorkingsetActivates, ResidentsGrown, ResidentsShrunk,
  // Calls refused because the core was at work, and stores and page-ins refused by a tenant's quota.
  BusyCalls, RejectQuota,
  WearBudgetLeft, FlashLifeYears, FlashBytesCleaned, SectorsRetired, SectorsLevelled, RejectBudget,
  DenseLoads,
  Syncs, SyncedPages,
  // Flipped bits that were mended from what is redundant, and durable pages that are lost until they are written again.
  SwapRepaired, DurablePagesLost,
  // how many there are
  Count,
}

/** Where the counters lie in the arena. */
export const COUNTERS_AT: i32 = 320;

export function count(which: Counter): void { write32(COUNTERS_AT + (which << 2), read32(COUNTERS_AT + (which << 2)) + 1); }
export function countBy(which: Counter, amount: i32): void { write32(COUNTERS_AT + (which << 2), read32(COUNTERS_AT + (which << 2)) + amount); }
export function setCounter(which: Counter, value: i32): void { write32(COUNTERS_AT + (which << 2), value); }
export function counterValue(which: Counter): i32 { return read32(COUNTERS_AT + (which << 2)); }
