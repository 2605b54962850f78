/** A block device in compressed RAM, as zram is one. zcache.d.ts says what each method does for an app. */
import { Host, areaCopy, hide, isBytes } from "./core";
import { ApiErr } from "./messages";
import { Shape } from "./open";

export const SECTOR_BYTES = 512;

export class Device {
  private readonly host!: Host;
  readonly shape: Shape;
  handle: number;
  /** Bytes of RAM its pages may take; 0: as many as there are. */
  mem_limit: number;

  constructor(host: Host, readonly name: string, readonly bytes: number, handle: number) {
    hide(this, "host", host);
    this.handle = handle;
    this.shape = Shape.Device;
    this.mem_limit = 0;
  }

  get disksize(): number { return this.bytes; }

  read(sector: number, into: Uint8Array): number {
    this.check(sector, isBytes(into), isBytes(into) ? into.length / SECTOR_BYTES : 0);
    return this.answer(areaCopy(this.host, this.handle, sector * SECTOR_BYTES, into, into.length, 0));
  }

  write(sector: number, bytes: Uint8Array): number {
    this.check(sector, isBytes(bytes), isBytes(bytes) ? bytes.length / SECTOR_BYTES : 0);
    if (typeof this.mem_limit == "number" && this.mem_limit > 0 && this.inRam() >= this.mem_limit) this.refuse(ApiErr.MemLimit);
    return this.answer(areaCopy(this.host, this.handle, sector * SECTOR_BYTES, bytes, bytes.length, 1));
  }

  discard(sector: number, count: number): void {
    this.check(sector, true, count);
    this.answer(this.host.core.calls.areaZero(this.handle, sector * SECTOR_BYTES, count * SECTOR_BYTES));
  }

  stats(): any {
    this.check(0, true, 0);
    return { disksize: this.disksize, mem_limit: this.mem_limit, pages: this.pages(), pages_unwritten: this.count(0), pages_resident: this.count(3),
      pages_compressed: this.count(1), pages_same: this.count(4), pages_on_flash: this.count(2) };
  }

  free(): void { this.host.forget(this); }

  private pages(): number { return Math.ceil(this.disksize / this.host.pageBytes); }
  private count(place: number): number { return this.host.core.calls.areaCount(this.handle, this.pages(), place); }
  private inRam(): number { return (this.count(1) + this.count(3)) * this.host.pageBytes; }

  private check(sector: number, areBytes: boolean, count: number): void {
    if (this.handle < 0) this.refuse(ApiErr.Freed);
    if (!areBytes) this.refuse(ApiErr.NoBytes);
    if (!(typeof sector == "number" && typeof count == "number" && sector >= 0 && count >= 0 && sector % 1 == 0 && count % 1 == 0 && (sector + count) * SECTOR_BYTES <= this.disksize)) this.refuse(ApiErr.BadSectors);
  }

  private refuse(code: number): never { return this.host.refuse(code, "device " + this.name); }

  private answer(code: number): number {
    if (code < 0) this.refuse(code);
    return code;
  }
}
