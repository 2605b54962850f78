/**
 * swap-map: what the entries know of flash. An entry names its record by slot; this is the one place where a slot
 * changes without its page changing, because cleaning moved the record.
 */
import { setSlot } from "../entries";

/** The record of `entry` lies at `slot` now. The page, its form and its length stay. */
export function moveSlot(entry: i32, slot: i32): void { setSlot(entry, slot); }
