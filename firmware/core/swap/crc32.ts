/**
 * CRC-32 (reflected polynomial 0xEDB88320, as in Ethernet, zip and PNG) over a range of the arena.
 *
 * Four bits at a time with a table of 16 words, 64 bytes in the header of every arena: a table of 256 words would be
 * twice as fast and cost a pageframe, no table at all would be four times slower. Bytes are taken in by fours. The table is made when it is first
 * used, so the checksum works in any block of memory whose first 1152 bytes are left alone.
 */
import { read32, read32u, read8, write32 } from "../memory";

/** Where the table lies in the arena; it ends at 1152. */
const TABLE_AT: i32 = 1088;
/** The table's second word: a table that has it was made by makeTable(). */
const SECOND_WORD: i32 = 0x1db71064;
/** The polynomial 0xEDB88320 as the signed number it is in 32 bits. */
const POLYNOMIAL: i32 = -306674912;

/* for speed */ function makeTable(): void {
  for (let value: i32 = 0; value < 16; value++) {
    let crc: i32 = value;
    for (let bit: i32 = 0; bit < 4; bit++) crc = (crc >>> 1) ^ (-(crc & 1) & POLYNOMIAL);
    write32(TABLE_AT + (value << 2), crc);
  }
}

/**
 * The CRC of `length` bytes at arena offset `at`, continuing from `seed` (0 to start; an earlier result to go on).
 * Cost: about 7 instructions a byte natively.
 */
/* for speed */ export function crc32(at: i32, length: i32, seed: i32): i32 {
  if (read32(TABLE_AT + 4) != SECOND_WORD) makeTable();
  let crc: i32 = ~seed;
  const end: i32 = at + length;
  let from: i32 = at;
  while (from <= end - 4) {
    crc ^= read32u(from);
    crc = (crc >>> 4) ^ read32(TABLE_AT + ((crc & 15) << 2));
    crc = (crc >>> 4) ^ read32(TABLE_AT + ((crc & 15) << 2));
    crc = (crc >>> 4) ^ read32(TABLE_AT + ((crc & 15) << 2));
    crc = (crc >>> 4) ^ read32(TABLE_AT + ((crc & 15) << 2));
    crc = (crc >>> 4) ^ read32(TABLE_AT + ((crc & 15) << 2));
    crc = (crc >>> 4) ^ read32(TABLE_AT + ((crc & 15) << 2));
    crc = (crc >>> 4) ^ read32(TABLE_AT + ((crc & 15) << 2));
    crc = (crc >>> 4) ^ read32(TABLE_AT + ((crc & 15) << 2));
    from += 4;
  }
  for (; from < end; from++) {
    crc ^= read8(from);
    crc = (crc >>> 4) ^ read32(TABLE_AT + ((crc & 15) << 2));
    crc = (crc >>> 4) ^ read32(TABLE_AT + ((crc & 15) << 2));
  }
  return ~crc;
}
