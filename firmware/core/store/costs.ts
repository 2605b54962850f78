/**
 * What things cost, in thousands of instructions: the one cost model of the policy. Everything that weighs one way to use
 * a frame against another takes its numbers from here.
 *
 *   LZ4 load       6 decompress, 2 of the store (means of the corpus when the policy was chosen; today's are in BENCHMARKS.md)
 *   LZ4 store     15 compress, 4 of the store
 *   dense load    99 decompress, 2 of the store
 *   flash read    the knob FlashReadCost: a record's bytes over the board's bus
 *   flash write   the knob FlashWriteCost: the same bytes programmed, and their share of a sector's erase
 *
 * The codecs' figures are the core's and the same everywhere; the chip's come from board.json (tools/build/board.ts). They
 * are time that the core could have worked; the wear comes on top, which is why a doubt is decided against writing.
 */
import { Knob, knob } from "../config";

export const LZ4_LOAD: i32 = 8;
export const LZ4_STORE: i32 = 19;
export const DENSE_LOAD: i32 = 101;

export function flashReadCost(): i32 { return knob(Knob.FlashReadCost); }
export function flashWriteCost(): i32 { return knob(Knob.FlashWriteCost); }
