/**
 * The modules of other people's firmware, as their documentation and sources describe them, and strict where the real thing is
 * silent or breaks: setting a bit, a word programmed too often, a page of the firmware's own.
 */
import { FlashMisuse } from "../../hal/sim/accidents";

const ERASED = 0xff;

/** Programs cells the NOR way; misuse throws. FF is what a filled-up page holds where nothing is to change. */
function clearBits(cells: Uint8Array, at: number, data: Uint8Array): void {
  data.forEach((byte, i) => {
    if (byte !== ERASED && (byte & ~cells[at + i]!) !== 0) throw new FlashMisuse(`a bit at ${at + i} is to go from 0 to 1`);
    cells[at + i]! &= byte;
  });
}

/** Espruino's module Flash on an nRF52: 4 KB pages, words programmed at most twice between erases, and firmware around the free areas. */
export class EspruinoFlashMock {
  readonly pageBytes = 4096;
  readonly cells: Uint8Array;
  private readonly programs: Uint8Array;

  constructor(readonly base: number, private readonly free: { addr: number; length: number }[], sizeBytes = 1 << 18) {
    this.cells = new Uint8Array(sizeBytes).fill(ERASED);
    this.programs = new Uint8Array(sizeBytes / 4);
  }

  getFree(): { addr: number; length: number }[] { return this.free; }

  getPage(addr: number): { addr: number; length: number } | undefined {
    const at = addr - this.base;
    return at < 0 || at >= this.cells.length ? undefined : { addr: addr - at % this.pageBytes, length: this.pageBytes };
  }

  erasePage(addr: number): void {
    if (!Number.isInteger(addr)) throw new Error("Address should be an integer");
    const page = this.owned(addr, 1) - (addr - this.base) % this.pageBytes;
    this.cells.fill(ERASED, page, page + this.pageBytes);
    this.programs.fill(0, page / 4, (page + this.pageBytes) / 4);
  }

  write(data: Uint8Array, addr: number): void {
    if (data === undefined) throw new Error("Data is not defined");
    if (addr % 4 !== 0 || data.length % 4 !== 0) throw new FlashMisuse(`a write of ${data.length} bytes at ${addr} is not of whole words`);
    const at = this.owned(addr, data.length);
    for (let word = at / 4; word < (at + data.length) / 4; word++) {
      if (++this.programs[word]! > 2) throw new FlashMisuse(`word ${word} is programmed a third time`);
    }
    clearBits(this.cells, at, data);
  }

  read(length: number, addr: number): Uint8Array | undefined {
    return length <= 0 ? undefined : this.cells.slice(addr - this.base, addr - this.base + length);
  }

  /** The offset of a range in a free area. */
  private owned(addr: number, length: number): number {
    const inside = this.free.some((area) => addr >= area.addr && addr + length <= area.addr + area.length);
    if (!inside) throw new FlashMisuse(`the firmware's own flash at ${addr} is touched`);
    return addr - this.base;
  }
}

/** Kaluma's Flash object on RP2: write() of anything but whole pages does nothing and says nothing. */
export class KalumaFlashMock {
  readonly cells: Uint8Array;
  refusals = 0;

  constructor(readonly count: number, readonly size = 4096, readonly page = 256) { this.cells = new Uint8Array(count * size).fill(ERASED); }

  read(block: number, buffer: Uint8Array, offset = 0): void {
    this.owned(block, offset + buffer.length);
    buffer.set(this.cells.subarray(block * this.size + offset, block * this.size + offset + buffer.length));
  }

  write(block: number, buffer: Uint8Array, offset = 0): void {
    this.owned(block, offset + buffer.length);
    if (offset % this.page !== 0 || buffer.length % this.page !== 0) { this.refusals++; return; }
    clearBits(this.cells, block * this.size + offset, buffer);
  }

  ioctl(op: number, arg = 0): number {
    if (op === 4) return this.count;
    if (op === 5) return this.size;
    if (op === 7) return this.page;
    if (op === 6) { this.owned(arg, this.size); this.cells.fill(ERASED, arg * this.size, (arg + 1) * this.size); return 0; }
    return op >= 1 && op <= 3 ? 0 : -1;
  }

  private owned(block: number, end: number): void {
    if (block < 0 || block >= this.count || end > this.size) throw new FlashMisuse(`block ${block} up to byte ${end} is not this object's`);
  }
}

/** A host's flash object, with a granule that it insists on. */
export function hostFlashMock(sizeBytes: number, granule: number): { size: number; sector: number; granule: number; fail: number; read(at: number, bytes: Uint8Array): number; write(at: number, bytes: Uint8Array): number; erase(at: number): number } {
  const cells = new Uint8Array(sizeBytes).fill(ERASED);
  return {
    size: sizeBytes, sector: 4096, granule, fail: 0,
    read(at, bytes) { bytes.set(cells.subarray(at, at + bytes.length)); return this.fail; },
    write(at, bytes) {
      if (at % granule !== 0 || bytes.length % granule !== 0) throw new FlashMisuse(`a write of ${bytes.length} bytes at ${at}`);
      clearBits(cells, at, bytes);
      return this.fail;
    },
    erase(at) {
      if (at % 4096 !== 0) throw new FlashMisuse(`an erase at ${at}`);
      cells.fill(ERASED, at, at + 4096);
      return this.fail;
    },
  };
}
