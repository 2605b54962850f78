/**
 * CRC-32 (reflected polynomial 0xEDB88320, as in Ethernet, zip and PNG) over a range of the arena.
 *
 * Four bits at a time with a table of 16 words that are computed, not stored: constants in code cost flash, a table in
 * the arena would cost RAM. `nibble` below folds one table entry into shifts and masks: the entry for bit k is the
 * polynomial shifted right by 3 - k, and xor is linear, so an entry is the xor of at most four of them. (The last one
 * is 0xEDB88320, written as the signed number it is in 32 bits.)
 */
import { read8 } from "../memory";

/** The table entry for the low four bits of `value`. */
function nibble(value: i32): i32 {
  return (-(value & 1) & 0x1db71064) ^ (-(value >> 1 & 1) & 0x3b6e20c8) ^ (-(value >> 2 & 1) & 0x76dc4190) ^ (-(value >> 3 & 1) & -306674912);
}

/**
 * The CRC of `length` bytes at arena offset `at`, continuing from `seed` (0 to start; an earlier result to go on).
 * Cost: about 30 instructions a byte natively.
 */
export function crc32(at: i32, length: i32, seed: i32): i32 {
  let crc: i32 = ~seed;
  for (let i: i32 = 0; i < length; i++) {
    crc ^= read8(at + i);
    crc = (crc >>> 4) ^ nibble(crc);
    crc = (crc >>> 4) ^ nibble(crc);
  }
  return ~crc;
}
