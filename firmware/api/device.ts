/** A block device in compressed RAM, as zram is one. zcache.d.ts says what each method does for an app. */
import { Host, isBytes } from "./core";
import { Handle, answer, begin, callsOf, copy, refuse } from "./handle";
import { ApiErr } from "./messages";
import { Shape } from "./open";

export const SECTOR_BYTES = 512;

export interface Device extends Handle {}
export class Device {
  /** Bytes of RAM its pages may take; 0: as many as there are. */
  mem_limit: number;

  constructor(host: Host, shape: Shape, name: string, bytes: number, handle: number) {
    begin(this, host, shape, name, bytes, handle);
    this.mem_limit = 0;
  }

  get disksize(): number { return this.bytes; }

  read(sector: number, into: Uint8Array): number {
    this.check(sector, isBytes(into), isBytes(into) ? into.length / SECTOR_BYTES : 0);
    return copy(this, sector * SECTOR_BYTES, into, into.length, 0);
  }

  write(sector: number, bytes: Uint8Array): number {
    this.check(sector, isBytes(bytes), isBytes(bytes) ? bytes.length / SECTOR_BYTES : 0);
    if (typeof this.mem_limit == "number" && this.mem_limit > 0 && this.inRam() >= this.mem_limit) refuse(this, ApiErr.MemLimit);
    return copy(this, sector * SECTOR_BYTES, bytes, bytes.length, 1);
  }

  discard(sector: number, count: number): void {
    this.check(sector, true, count);
    answer(this, this.host.core.calls.areaZero(this.handle, sector * SECTOR_BYTES, count * SECTOR_BYTES));
  }

  stats(): any {
    this.check(0, true, 0);
    return { disksize: this.disksize, mem_limit: this.mem_limit, pages: this.pageCount(), pages_unwritten: this.count(0), pages_resident: this.count(3),
      pages_compressed: this.count(1), pages_same: this.count(4), pages_on_flash: this.count(2) };
  }

  free(): void { this.host.free(this); }

  private pageCount(): number { return Math.ceil(this.disksize / this.host.pageBytes); }
  private count(place: number): number { return this.host.core.calls.areaCount(this.handle, this.pageCount(), place); }
  private inRam(): number { return (this.count(1) + this.count(3)) * this.host.pageBytes; }

  private check(sector: number, areBytes: boolean, count: number): void {
    callsOf(this);
    if (!areBytes) refuse(this, ApiErr.NoBytes);
    if (!(typeof sector == "number" && typeof count == "number" && sector >= 0 && count >= 0 && sector % 1 == 0 && count % 1 == 0 && (sector + count) * SECTOR_BYTES <= this.disksize)) refuse(this, ApiErr.BadSectors);
  }
}
