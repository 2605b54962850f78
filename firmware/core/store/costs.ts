/**
 * What things cost, in thousands of instructions: the one cost model of the policy. Everything that weighs one way to use
 * a frame against another takes its numbers from here.
 *
 *   LZ4 load       6 decompress (BENCHMARKS.md: mean of the corpus), 2 of the store
 *   LZ4 store     15 compress, 4 of the store
 *   dense load    99 decompress, 2 of the store
 *   flash read    a record of 450 bytes at 45 instructions a byte: SPI at 25 MHz under a core of 142 MHz
 *   flash write   the same bytes at 140 a byte to program (250 us for 256) and 280 to erase (130 ms for 65 536)
 *
 * The flash's figures are time that the core could have worked; the wear comes on top, which is why a doubt is decided
 * against writing. They are those of the first board; only their order of size matters much.
 */
export const LZ4_LOAD: i32 = 8;
export const LZ4_STORE: i32 = 19;
export const DENSE_LOAD: i32 = 101;
export const FLASH_READ: i32 = 20;
export const FLASH_WRITE: i32 = 190;
