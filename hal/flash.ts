/**
 * Flash: the contract between the store and whatever memory survives a reset. A driver implements it once for a board;
 * hal/sim implements it over a simulated chip that is stricter than any emulator; test/hal/flash-contract.ts is the same
 * contract as a test suite, and a driver is finished when it passes.
 *
 * The memory is NOR: a program turns bits from 1 to 0 and never back, an erase turns a whole sector to FF.
 *
 *   sector    what erase clears (4 KB, 64 KB, 128 KB). Wears out: each has `enduranceErases` in it.
 *   program unit   what the chip programs in one go (256 B on a serial chip, a word on an internal flash).
 *   granule   the smallest range that may be programmed, and its alignment (1 byte on a serial chip, 4 or 8 inside a
 *             microcontroller). A granule may be programmed again only to clear further bits, and only on a part that
 *             says so: `programsPerGranule` is how often between two erases, 0 for as often as one likes.
 *
 * What the driver owes:
 *   D1  read() returns what was programmed, FF where nothing was since the last erase. Any range inside the chip, any
 *       alignment. It costs its bytes over the wire and wears nothing.
 *   D2  program() takes any granule-aligned range inside the chip, of any length, and splits it at the program units
 *       itself. It returns when the chip is done.
 *   D3  erase() takes the first address of a sector and clears that sector, no byte more. It returns when the chip is done.
 *   D4  Out of range or out of alignment is refused with Invalid, before the chip hears of it.
 *   D5  Every wait is bounded by the part's own maximum; when it passes the answer is Failed, not a hang.
 *   D6  Ok after program() or erase() means that the chip said so. It does not mean that the cells hold: who needs to be
 *       sure reads back.
 *   D7  Nothing is kept back: when the call has returned, a power cut does not undo it.
 *
 * What the caller owes:
 *   C1  It programs only what it has erased since (no bit needs to go from 0 to 1). The result is otherwise old AND new;
 *       the simulated chip throws, because it is always a bug.
 *   C2  It does not count on anything during a cut. A cut program leaves any prefix of the new bytes and one byte in
 *       between; a cut erase leaves any mixture of old bytes, zeros, FF and cells that read differently the next time.
 *   C3  It calls from one thread, never from an interrupt: a driver keeps no queue and no lock.
 */

/**
 * Results. The numbers are those of the core's Err, so that a port passes them through; a test compares the two.
 */
export const enum FlashResult {
  Ok = 0,
  /** The range leaves the chip or is not aligned; nothing was done. */
  Invalid = -1,
  /** The chip reported a failure, or was not done when its maximum time had passed. The range's content is unknown. */
  Failed = -6,
  /** No chip answers, or one that the driver does not know. */
  NoFlash = -9,
}

/** What the caller must know of the memory. All figures are constant from opening on. */
export interface FlashGeometry {
  /** Bytes that can be addressed, from 0 on. A multiple of sectorBytes. */
  readonly sizeBytes: number;
  /** Bytes that one erase clears; a power of two. */
  readonly sectorBytes: number;
  /** Bytes that the chip programs in one go; a power of two, at most sectorBytes. */
  readonly programBytes: number;
  /** Smallest programmable range and its alignment, bytes; a power of two, at most programBytes. */
  readonly granuleBytes: number;
  /** How often a granule may be programmed between two erases; 0: any number of times. */
  readonly programsPerGranule: number;
  /** Erases a sector is good for, by the maker's figure. */
  readonly enduranceErases: number;
}

/** A flash memory. Addresses are bytes from the chip's start. */
export interface Flash {
  readonly geometry: FlashGeometry;
  /** What the chip calls itself, for people: maker, part, JEDEC id. */
  readonly name: string;
  /** Fills `into` from `address` on. Ok, Invalid or Failed. */
  read(address: number, into: Uint8Array): FlashResult;
  /** Programs the bytes of `from` at `address`. Ok, Invalid or Failed. */
  program(address: number, from: Uint8Array): FlashResult;
  /** Erases the sector that begins at `address`. Ok, Invalid or Failed. */
  erase(address: number): FlashResult;
}

/** Does the range lie inside the memory? A range of no bytes does, anywhere up to its end. */
export function isInside(geometry: FlashGeometry, address: number, lengthBytes: number): boolean {
  return address >= 0 && lengthBytes >= 0 && address + lengthBytes <= geometry.sizeBytes;
}

/** May the range be programmed: inside, and whole granules? */
export function isProgrammable(geometry: FlashGeometry, address: number, lengthBytes: number): boolean {
  const grain = geometry.granuleBytes - 1;
  return isInside(geometry, address, lengthBytes) && (address & grain) === 0 && (lengthBytes & grain) === 0;
}

/** Is it the first address of a sector of this memory? */
export function isSectorStart(geometry: FlashGeometry, address: number): boolean {
  return isInside(geometry, address, geometry.sectorBytes) && (address & (geometry.sectorBytes - 1)) === 0;
}

/** The relation that a geometry breaks, as a sentence; empty when it is sound. */
export function geometryFault(geometry: FlashGeometry): string {
  const { sizeBytes, sectorBytes, programBytes, granuleBytes } = geometry;
  for (const [name, value] of Object.entries({ sectorBytes, programBytes, granuleBytes })) {
    if (value <= 0 || (value & (value - 1)) !== 0) return `${name} must be a power of two, not ${value}.`;
  }
  if (granuleBytes > programBytes) return `granuleBytes ${granuleBytes} exceeds programBytes ${programBytes}.`;
  if (programBytes > sectorBytes) return `programBytes ${programBytes} exceeds sectorBytes ${sectorBytes}.`;
  if (sizeBytes <= 0 || sizeBytes % sectorBytes !== 0) return `sizeBytes ${sizeBytes} is not a multiple of sectorBytes ${sectorBytes}.`;
  return "";
}
