/**
 * A NOR flash in a byte array, strict about the one rule that matters: a program only clears bits. Asking for a bit to
 * go from 0 to 1, programming or erasing out of range, and erasing where no sector begins are misuse, counted; a suite
 * in which it is not 0 has failed.
 */
const OUT_OF_RANGE = -1;

export class Nor {
  readonly cells: Uint8Array;
  misuse: number = 0;
  erases: number = 0;
  programs: number = 0;

  constructor(readonly sectorBytes: number, readonly sectors: number) {
    this.cells = new Uint8Array(sectorBytes * sectors);
    for (let i = 0; i < this.cells.length; i++) this.cells[i] = 255;
  }

  isRange(at: number, length: number): boolean { return at >= 0 && length >= 0 && at + length <= this.cells.length; }

  read(from: number, into: Uint8Array): number {
    if (!this.isRange(from, into.length)) return this.refuse();
    into.set(this.cells.subarray(from, from + into.length));
    return 0;
  }

  program(to: number, data: Uint8Array): number {
    if (!this.isRange(to, data.length)) return this.refuse();
    this.programs++;
    for (let i = 0; i < data.length; i++) {
      if ((data[i] & ~this.cells[to + i]) != 0) this.misuse++;
      this.cells[to + i] = this.cells[to + i] & data[i];
    }
    return 0;
  }

  erase(at: number): number {
    if (!this.isRange(at, this.sectorBytes) || at % this.sectorBytes != 0) return this.refuse();
    this.erases++;
    for (let i = 0; i < this.sectorBytes; i++) this.cells[at + i] = 255;
    return 0;
  }

  refuse(): number {
    this.misuse++;
    return OUT_OF_RANGE;
  }
}
