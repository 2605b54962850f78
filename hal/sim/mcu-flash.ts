/**
 * The flash inside a microcontroller, simulated: programmed in words, erased in pages, and the processor stands still
 * meanwhile. It is the second implementation of the Flash contract, and unlike a serial chip in everything the contract
 * leaves open: the granule is a word, a word may be programmed once or twice between two erases, sectors are large or
 * few, and they wear out ten times sooner.
 *
 *   M1  A program is whole, aligned words; each may be programmed `programsPerGranule` times between two erases.
 *   M2  Bits go from 1 to 0 only.
 *   M3  An erase clears one sector to FF.
 *
 * A rule that the software breaks is FlashMisuse, thrown, as on the simulated serial chip. Power cuts and bad sectors are
 * simulated there; this one is here for its geometry.
 */
import { Flash, FlashGeometry, FlashResult, isInside, isProgrammable, isSectorStart } from "../flash";
import { FlashMisuse } from "./accidents";

/** What tells one microcontroller's flash from another's. Times in microseconds. */
export interface McuFlashPart {
  readonly name: string;
  readonly geometry: FlashGeometry;
  readonly eraseMicros: number;
  readonly wordMicros: number;
  /** Where the figures come from. */
  readonly figuresFrom: string;
}

/** Sizes are those of a data area, not of the whole flash, which holds the program as well. */
export const MCU_FLASHES = {
  nrf52840: {
    name: "nrf52840",
    geometry: { sizeBytes: 128 * 1024, sectorBytes: 4096, programBytes: 4, granuleBytes: 4, programsPerGranule: 2, enduranceErases: 10_000 },
    eraseMicros: 85_000, wordMicros: 41, figuresFrom: "nRF52840 product specification; endurance from memory",
  },
  stm32f405: {
    name: "stm32f405",
    geometry: { sizeBytes: 512 * 1024, sectorBytes: 128 * 1024, programBytes: 4, granuleBytes: 4, programsPerGranule: 0, enduranceErases: 10_000 },
    eraseMicros: 1_000_000, wordMicros: 16, figuresFrom: "STM32F405 data sheet; word time and endurance from memory",
  },
} as const satisfies Record<string, McuFlashPart>;

export class McuFlash implements Flash {
  readonly geometry: FlashGeometry;
  readonly name: string;
  readonly cells: Uint8Array;
  readonly eraseCounts: Uint32Array;
  nowMicros = 0;
  /** Programs of each granule since its last erase. */
  private readonly programs: Uint8Array;

  constructor(private readonly part: McuFlashPart) {
    const { geometry } = part;
    this.geometry = geometry;
    this.name = `${part.name} internal`;
    this.cells = new Uint8Array(geometry.sizeBytes).fill(0xff);
    this.eraseCounts = new Uint32Array(geometry.sizeBytes / geometry.sectorBytes);
    this.programs = new Uint8Array(geometry.sizeBytes / geometry.granuleBytes);
  }

  read(address: number, into: Uint8Array): FlashResult {
    if (!isInside(this.geometry, address, into.length)) return FlashResult.Invalid;
    into.set(this.cells.subarray(address, address + into.length));
    return FlashResult.Ok;
  }

  program(address: number, from: Uint8Array): FlashResult {
    const { granuleBytes } = this.geometry;
    if (!isProgrammable(this.geometry, address, from.length)) return FlashResult.Invalid;
    for (let done = 0; done < from.length; done += granuleBytes) this.programGranule(address + done, from.subarray(done, done + granuleBytes));
    return FlashResult.Ok;
  }

  erase(address: number): FlashResult {
    if (!isSectorStart(this.geometry, address)) return FlashResult.Invalid;
    const { sectorBytes, granuleBytes } = this.geometry;
    this.cells.fill(0xff, address, address + sectorBytes);
    this.programs.fill(0, address / granuleBytes, (address + sectorBytes) / granuleBytes);
    this.eraseCounts[address / sectorBytes]++;
    this.nowMicros += this.part.eraseMicros;
    return FlashResult.Ok;
  }

  private programGranule(at: number, data: Uint8Array): void {
    const { granuleBytes, programsPerGranule } = this.geometry;
    const times = ++this.programs[at / granuleBytes];
    if (programsPerGranule > 0 && times > programsPerGranule) {
      throw new FlashMisuse(`The word at 0x${at.toString(16)} is programmed ${times} times; the ${this.part.name} allows ${programsPerGranule}.`);
    }
    data.forEach((byte, i) => {
      if ((byte & ~this.cells[at + i]) !== 0) throw new FlashMisuse(`The program at 0x${(at + i).toString(16)} needs bits that are not erased.`);
      this.cells[at + i] &= byte;
    });
    this.nowMicros += this.part.wordMicros;
  }
}
