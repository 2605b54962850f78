/** A flash without a bus: the contract's rules and counts, and nothing that takes time. For runs of many thousand erases. */
import { Flash, FlashGeometry, FlashResult, isInside, isProgrammable, isSectorStart } from "../../hal/flash";

export class RamFlash implements Flash {
  readonly name = "memory";
  readonly geometry: FlashGeometry;
  readonly cells: Uint8Array;
  readonly eraseCounts: Uint32Array;

  constructor(sectors: number, sectorBytes = 4096) {
    this.geometry = { sizeBytes: sectors * sectorBytes, sectorBytes, programBytes: 256, granuleBytes: 1, programsPerGranule: 0, enduranceErases: 100_000 };
    this.cells = new Uint8Array(sectors * sectorBytes).fill(0xff);
    this.eraseCounts = new Uint32Array(sectors);
  }

  read(address: number, into: Uint8Array): FlashResult {
    if (!isInside(this.geometry, address, into.length)) return FlashResult.Invalid;
    into.set(this.cells.subarray(address, address + into.length));
    return FlashResult.Ok;
  }

  program(address: number, from: Uint8Array): FlashResult {
    if (!isProgrammable(this.geometry, address, from.length)) return FlashResult.Invalid;
    for (let i = 0; i < from.length; i++) {
      if ((from[i] & ~this.cells[address + i]) !== 0) throw new Error(`The program at ${address + i} needs bits that are not erased.`);
      this.cells[address + i] = from[i];
    }
    return FlashResult.Ok;
  }

  erase(address: number): FlashResult {
    if (!isSectorStart(this.geometry, address)) return FlashResult.Invalid;
    this.cells.fill(0xff, address, address + this.geometry.sectorBytes);
    this.eraseCounts[address / this.geometry.sectorBytes]++;
    return FlashResult.Ok;
  }
}
