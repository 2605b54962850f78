/**
 * Result codes. 0 and positive values are results; a negative value says why there is none. "Never" (TooBig) differs
 * from "not now" (NoFrame), and a refusal by the bouncer (-32 and below) is an ordinary, counted result, not a fault.
 */
export const enum Err {
  Ok = 0,
  /** An argument is out of its range, or names a pool, object, handle or slot that does not exist. */
  Invalid = -1,
  /** It never fits: larger than the largest thing this configuration can hold. */
  TooBig = -2,
  /** Not now: no pageframe is free and none could be freed. */
  NoFrame = -3,
  /** Nothing is stored under this key. */
  NotFound = -4,
  /** Stored data fails its checksum or does not decode: it is reported and never returned as data. */
  Corrupt = -5,
  /** The flash reported a failure of its own (time-out, program or erase failed). */
  Flash = -6,
  /** The swap area has no room left, even after cleaning. */
  SwapFull = -7,
  /** The tables for pages, objects or pools are full (PagesMax, ObjectsMax, PoolsMax). */
  NoEntry = -8,
  /** There is no flash on this board, or no swap area on it. */
  NoFlash = -9,
  /** The configuration breaks a relation; configFault() says which. */
  Config = -10,
  /** Every candidate was tried and each refused to be evicted. */
  Refused = -11,
  /** The number of tries allowed was used up before a frame came free. */
  RetriesUsed = -12,
  /** The store is not open, or the arena holds no store of this version. */
  NotOpen = -13,
  /** The core is at work: this call came from inside a port, or between the two halves of a raw reclaim (zpoolReclaimBegin). */
  Busy = -14,
  /** This build leaves out what is asked for (features.ts). */
  LeftOut = -15,
  /** A durable area of this name exists with another number of pages. */
  WrongSize = -24,

  /** The bouncer's refusals. Each has its counter; the page has to go elsewhere, and no old copy of it remains. */
  RejectDisabled = -32,
  RejectPoolLimit = -33,
  RejectCompressPoor = -34,
  RejectMeanPoor = -35,
  RejectReclaimFail = -36,
  RejectAllocFail = -37,
  RejectPoorRun = -38,
  RejectFrozen = -39,
  /** The tenant is at its quota, and none of its own pages could make room. */
  RejectQuota = -40,
  /** The write budget for flash is used up (swap/budget.ts): nothing is written until it has filled up again. */
  RejectBudget = -41,
}
