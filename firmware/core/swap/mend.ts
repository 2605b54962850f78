/**
 * What one flipped bit costs: nothing, where a checksum can say which bit it was. Each single bit of what a CRC covers
 * changes the CRC in a way of its own (the *syndrome*), so a syndrome that one bit explains names that bit:
 *
 *   sector header    CRC-32 over 44 bytes                               found by stepping the syndrome backwards
 *   directory        CRC-32 over the record's data                      the same
 *   record header    16 bits; 30 of a commit                            each of 128 bits is tried (records.ts); a durable record
 *                                                                       is believed only when the CRC-32 of its data matches too
 *
 * No two bits of a header share a syndrome, so what is mended is what was written. Two flipped bits are never taken for one:
 * CRC-32 tells up to three apart at these lengths. Flash is not written: the record is whole again when it is next copied.
 *
 * The digest of what is committed is a sum of such CRCs, the generation in the last four bytes of each. So it tells which one
 * record is missing: for each page there is one generation that would make the sum right, and it is the record's only if it
 * is one that there was (wordBehind()).
 *
 * Price: nothing where everything checks. The alternative, each header and the directory twice, costs 16 bytes a record and
 * another format. Pages of areas are not mended: a flipped bit in their data is Corrupt, for that page alone.
 */
import { read8, write8 } from "../memory";
import { crc32 } from "./crc32";

/** The polynomial 0xEDB88320 as the signed number it is in 32 bits. */
const POLYNOMIAL: i32 = -306674912;

/**
 * The bit that explains why a CRC-32 over `lengthBytes` is off by `syndrome` (not 0): its number in the data, 8 * lengthBytes
 * for one of the CRC itself, or -1. Cost: about 6 instructions a bit.
 */
export function flippedBit(syndrome: i32, lengthBytes: i32): i32 {
  let bit: i32 = lengthBytes << 3;
  if ((syndrome & syndrome - 1) == 0) return bit;
  let state: i32 = 1;
  while (bit > 0) {
    state = (state >>> 1) ^ (-(state & 1) & POLYNOMIAL);
    bit--;
    if (state == syndrome) return bit;
  }
  return -1;
}

/**
 * The word behind the four bytes at `at` with which the CRC-32 of all eight is `crc`: the register is taken back bit by bit.
 */
export function wordBehind(at: i32, crc: i32): i32 {
  let state: i32 = ~crc;
  for (let bit: i32 = 0; bit < 32; bit++) state = state < 0 ? (state ^ POLYNOMIAL) << 1 | 1 : state << 1;
  return state ^ ~crc32(at, 4, 0);
}

/** Turns bit `bit` of the bytes from `at` on. */
export function turnBit(at: i32, bit: i32): void { write8(at + (bit >> 3), read8(at + (bit >> 3)) ^ 1 << (bit & 7)); }

/** Mends the `lengthBytes` bytes at `at`, whose CRC-32 is off by `syndrome`, if one bit explains it. */
export function mendBytes(at: i32, lengthBytes: i32, syndrome: i32): boolean {
  const bit: i32 = flippedBit(syndrome, lengthBytes);
  if (bit >= 0 && bit < lengthBytes << 3) turnBit(at, bit);
  return bit >= 0;
}
