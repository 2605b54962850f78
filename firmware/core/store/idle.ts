/**
 * Ages of zpages: two bits for each page that can be stored, in a column of their own that exists with the knob IdleMarks
 * (256 bytes for 1 024 pages; the entries' six bytes have no bit to spare). Nobody looks at a clock: somebody lets all
 * zpages grow older by writebackMark(), as often as he sees fit, and a page that is stored or loaded is young again. (zram
 * marks pages idle the same way: all at once, by hand.)
 *
 * I1  The age of a page that was stored or loaded since the last mark is 0.
 */
import { read8, write8 } from "../memory";
import { Knob, knob } from "../config";
import { idleAt } from "../layout";

export const AGE_MOST: i32 = 3;

export function hasAges(): boolean { return knob(Knob.IdleMarks) == 1; }

/** How many marks ago the zpage of `entry` was last used, at most 3; 0 without the knob. */
export function ageOf(entry: i32): i32 { return hasAges() ? read8(idleAt + (entry >> 2)) >> ((entry & 3) << 1) & AGE_MOST : 0; }

/** The zpage of `entry` is `age` marks old. */
export function setAge(entry: i32, age: i32): void {
  if (!hasAges()) return;
  const at: i32 = idleAt + (entry >> 2);
  const shift: i32 = (entry & 3) << 1;
  write8(at, read8(at) & ~(AGE_MOST << shift) | age << shift);
}

