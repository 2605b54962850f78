/**
 * The arena: the one block of RAM that a board gives to the store. Everything the store knows lies in it (header,
 * tables, pageframes), so whoever has the block has the store: a dump can be opened on a host, a snapshot is a copy.
 *
 * What the board owes:
 *   A1  One block, contiguous, aligned to 4 bytes, at the same address until reset. Nobody else writes to it.
 *   A2  Its length is a multiple of 4 and at least the tables plus four pageframes (coreOpen() says so otherwise, and
 *       which relation is broken). It is all the RAM that is left over: the linker script computes it, nobody guesses.
 *   A3  Its content at start is unknown. After a soft reset it may hold the last state; the store never trusts it and
 *       lays it out anew.
 *   A4  Pages of a client may lie outside the block on the board. For the core they must be addressable like the arena,
 *       so a JavaScript engine gets room behind the arena's end in the same memory (`clientBytes`).
 *
 * In the JavaScript build the block is an ArrayBuffer from 0; in the wasm build it is the module's memory from 0; on
 * our own image the wasm memory is an inline array in a static struct, exactly as long as the board says.
 */
export interface ArenaBlock {
  /** Bytes from offset 0 that belong to the store. */
  readonly arenaBytes: number;
  /** Bytes behind the arena, in the same memory, for pages on their way in and out. The store never touches them. */
  readonly clientBytes: number;
  /** All of it. Length arenaBytes + clientBytes; the view is valid until reset. */
  readonly bytes: Uint8Array;
}

/** Bytes the block is aligned to, and its length a multiple of. */
export const ARENA_ALIGN_BYTES = 4;

/** What is wrong with a block, as a sentence; empty when nothing is. */
export function arenaFault(block: ArenaBlock): string {
  const { arenaBytes, clientBytes, bytes } = block;
  if (arenaBytes % ARENA_ALIGN_BYTES !== 0) return `arenaBytes must be a multiple of ${ARENA_ALIGN_BYTES}, not ${arenaBytes}.`;
  if (bytes.byteOffset % ARENA_ALIGN_BYTES !== 0) return `the block must be aligned to ${ARENA_ALIGN_BYTES} bytes.`;
  if (bytes.length < arenaBytes + clientBytes) {
    return `the block has ${bytes.length} bytes, expected ${arenaBytes} for the arena and ${clientBytes} for clients.`;
  }
  return "";
}
