/**
 * Write-back by class: pages are sent to flash because somebody who knows the app says so, not because a frame is needed.
 * The classes are zram's:
 *
 *   0 idle             not stored or loaded for `age` marks (idle.ts)
 *   1 huge             a zpage of three quarters of a page or more: RAM that compression hardly helps
 *   2 huge_idle        both
 *   3 incompressible   huge, and every codec there is has been tried
 *
 * Only zpages of persistent pools are written: resident pages are in use, same-filled ones cost nothing, ephemeral ones
 * are dropped rather than written. Nothing of this happens by itself; the budget, the knob WritebackEnabled and a full log
 * stop it as they stop the reaper.
 */
import { Knob, knob } from "../config";
import { Err } from "../errors";
import { pageBytes } from "../layout";
import { Form, Place, formOf, lengthOf, payloadOf, placeOf } from "../entries";
import { FrameFlag, frameFlags } from "../frames";
import { zpoolFrame } from "../zpool/zpool";
import { swapIsOpen } from "../swap/swap-log";
import { AGE_MOST, ageOf, hasAges, setAge } from "./idle";
import { isEphemeral } from "./places";
import { evict } from "./reaper";
import { Asker, askFor } from "./tenants";

export const enum Class { Idle = 0, Huge = 1, HugeIdle = 2, Incompressible = 3 }

/** Is it the zpage of a persistent pool? */
function isCandidate(entry: i32): boolean { return placeOf(entry) == Place.Zpage && !isEphemeral(entry); }

function isHuge(entry: i32): boolean { return lengthOf(entry) >= pageBytes - (pageBytes >> 2); }

/** Has every codec had its turn at this zpage? */
function isTried(entry: i32): boolean {
  return knob(Knob.Dense) == 0 || formOf(entry) != Form.Lz4 || (frameFlags(zpoolFrame(payloadOf(entry))) & FrameFlag.Recompressed) != 0;
}

function isOfClass(entry: i32, kind: i32, age: i32): boolean {
  if (kind == Class.Idle) return ageOf(entry) >= age;
  if (!isHuge(entry)) return false;
  return kind == Class.Huge || kind == Class.HugeIdle && ageOf(entry) >= age || kind == Class.Incompressible && isTried(entry);
}

/**
 * Lets every zpage of a persistent pool grow older by `marks` (1..3; the age ends at 3). How many there are, or Invalid for
 * another number or without the knob IdleMarks. Cost: one look at every entry.
 */
export function writebackMark(marks: i32): i32 {
  if (marks < 1 || marks > AGE_MOST || !hasAges()) return Err.Invalid;
  let marked: i32 = 0;
  for (let entry: i32 = 0; entry < knob(Knob.PagesMax); entry++) {
    if (!isCandidate(entry)) continue;
    const age: i32 = ageOf(entry) + marks;
    setAge(entry, age < AGE_MOST ? age : AGE_MOST);
    marked++;
  }
  return marked;
}

/**
 * Writes up to `maxPages` zpages of class `kind` (Class) to flash; idle is what is `age` (1..3) marks old. How many were
 * written; Invalid for a class, age or number that is none, or an idle class without the knob IdleMarks; NoFlash; or why
 * the first one stays: Refused, RejectBudget, SwapFull, Flash. Cost: one look at every entry, and the writes.
 */
export function writebackClass(kind: i32, age: i32, maxPages: i32): i32 {
  const isOfAge: boolean = kind == Class.Idle || kind == Class.HugeIdle;
  if (kind < Class.Idle || kind > Class.Incompressible || maxPages < 0) return Err.Invalid;
  if (isOfAge && (age < 1 || age > AGE_MOST || !hasAges())) return Err.Invalid;
  if (!swapIsOpen()) return Err.NoFlash;
  askFor(Asker.Anyone);
  let written: i32 = 0;
  for (let entry: i32 = 0; entry < knob(Knob.PagesMax) && written < maxPages; entry++) {
    if (!isCandidate(entry) || !isOfClass(entry, kind, age)) continue;
    const code: i32 = evict(entry);
    if (code < 0) return written > 0 ? written : code;
    written++;
  }
  return written;
}
