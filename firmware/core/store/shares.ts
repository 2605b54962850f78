/**
 * How RAM is shared between pages as they are (residents) and zpages. More residents mean fewer decompressions, more
 * zpages mean fewer pages on flash; which is worth more depends on the app, so it is measured. Both sides have a margin
 * where one frame more would have told:
 *
 *   residents   a page that comes back from one of the youngest frames of zpages: it went out a moment ago, and with one
 *               frame more it would be resident still. Gain: one decompression, and a compression later.
 *   zpages      a page that comes back from flash having been among the last few that were evicted: with one frame more
 *               of zpages it would be in RAM still. Gain: a read of flash, and later perhaps a write.
 *
 * Each margin hit pulls its way, a hit on flash so much harder as flash costs more; when one side is ahead by
 * MARGIN_STEP the limit of residents moves by one frame. It starts at ResidentPercent and stays between
 * ResidentLeastPercent and ResidentMostPercent. (ARC does the same for two lists of a cache with ghost entries; here the
 * ghosts are the zpages themselves and the stamps that pages on flash carry anyway: no RAM is spent on them.)
 *
 * A1  The limit of residents has moved by less than there are frames.
 */
import { read32, write32 } from "../memory";
import { Counter, count, counterValue } from "../counters";
import { Knob, knob } from "../config";
import { Header, NIL } from "../layout";
import { LZ4_LOAD, LZ4_STORE, flashReadCost, flashWriteCost } from "./costs";
import { List, framesInUse, listHead, listLength, older } from "../frames";

/** Frames of zpages that are the margin of residents, and evictions that are the margin of either side on flash. */
const YOUNG_FRAMES: i32 = 8;
const LATE_EVICTIONS: i32 = 16;
/** How far one side must be ahead before a frame changes hands, in the thousands of instructions of costs.ts. */
const MARGIN_STEP: i32 = 800;

/** Two frames never hold zpages (F4), and a third has to be free to change hands. */
const LEAST_RESIDENTS: i32 = 3;

export function residentFrames(): i32 { return listLength(List.ActiveAnon) + listLength(List.InactiveAnon); }

/** Pages that RAM holds, as they are or compressed. */
export function pagesInRam(): i32 { return residentFrames() + counterValue(Counter.PersZpages); }

function percentOfUse(percent: i32): i32 { return (framesInUse() * percent / 100) | 0; }

function leastResidents(): i32 {
  const percent: i32 = knob(Knob.ResidentLeastPercent);
  const limit: i32 = percentOfUse(percent < knob(Knob.ResidentPercent) ? percent : knob(Knob.ResidentPercent));
  return limit < LEAST_RESIDENTS ? LEAST_RESIDENTS : limit;
}

function mostResidents(): i32 {
  const percent: i32 = knob(Knob.ResidentMostPercent);
  const limit: i32 = percentOfUse(percent > knob(Knob.ResidentPercent) ? percent : knob(Knob.ResidentPercent));
  return limit < LEAST_RESIDENTS ? LEAST_RESIDENTS : limit;
}

/** Frames that resident pages may hold once there is no free frame left; at least 3. */
export function residentLimit(): i32 {
  const limit: i32 = percentOfUse(knob(Knob.ResidentPercent)) + read32(Header.ResidentShift);
  if (limit < leastResidents()) return leastResidents();
  return limit > mostResidents() ? mostResidents() : limit;
}

/** Moves the limit by one frame, if its bounds allow it. */
function shift(by: i32): void {
  const limit: i32 = residentLimit() + by;
  write32(Header.ShareBalance, 0);
  if (limit < leastResidents() || limit > mostResidents()) return;
  write32(Header.ResidentShift, limit - percentOfUse(knob(Knob.ResidentPercent)));
  count(by > 0 ? Counter.ResidentsGrown : Counter.ResidentsShrunk);
}

function pull(by: i32): void {
  const balance: i32 = read32(Header.ShareBalance) + by;
  write32(Header.ShareBalance, balance);
  if (balance >= MARGIN_STEP) shift(1);
  else if (balance <= -MARGIN_STEP) shift(-1);
}

/** A page comes back from the zpage in `frame`. */
export function noteZpageFault(frame: i32): void {
  let young: i32 = listHead(List.ZpagesAnon);
  for (let left: i32 = YOUNG_FRAMES; left > 0 && young != NIL; left--) {
    if (young == frame) return pull(LZ4_LOAD + LZ4_STORE);
    young = older(young);
  }
}

/**
 * A page comes back from flash, `distance` evictions after its own; decoding it costs `load`. `dropped`: it was resident
 * until it went, and cost a read; otherwise it was a zpage, and costs a write as well if it changes, taken for every second.
 */
export function noteFlashFault(distance: i32, load: i32, dropped: boolean): void {
  if (distance > LATE_EVICTIONS) return;
  pull(dropped ? flashReadCost() + load : -flashReadCost() - (flashWriteCost() >> 1));
}
