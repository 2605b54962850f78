/** An area: a row of bytes far longer than RAM. zcache.d.ts says what each method does for an app. */
import { Host, isBytes, latinOf } from "./core";
import { Handle, begin, callsOf, copy, refuse } from "./handle";
import { ApiErr } from "./messages";
import { Shape } from "./open";

export interface Area extends Handle {}
export class Area {
  constructor(host: Host, shape: Shape, name: string, bytes: number, handle: number) { begin(this, host, shape, name, bytes, handle); }

  get length(): number { return this.bytes; }

  get room(): number {
    const { core, pageBytes } = this.host;
    return Math.min(this.bytes, core.calls.areaCount(this.handle, Math.ceil(this.bytes / pageBytes), 0) * pageBytes);
  }

  read(offset: number, into: Uint8Array): number {
    this.check(offset, isBytes(into), 0);
    return copy(this, offset, into, Math.min(into.length, this.length - offset), 0);
  }

  write(offset: number, bytes: Uint8Array | string): number {
    this.check(0, true, 0);
    const data: any = typeof bytes == "string" ? latinOf(bytes) : bytes;
    if (typeof bytes == "string" && !data) refuse(this, ApiErr.WideText);
    this.check(offset, isBytes(data), isBytes(data) ? data.length : 0);
    return copy(this, offset, data, data.length, 1);
  }

  at(index: number): number {
    const byte = new Uint8Array(1);
    this.check(index, true, 1);
    copy(this, index, byte, 1, 0);
    return byte[0];
  }

  set(index: number, value: number): void {
    const byte = new Uint8Array([value]);
    this.check(index, true, 1);
    copy(this, index, byte, 1, 1);
  }

  fill(value: number): void {
    const page = new Uint8Array(this.host.pageBytes);
    page[0] = value;
    for (let i = 1; i < page.length; i++) page[i] = page[0];
    this.check(0, true, 0);
    for (let at = 0; at < this.length; at += page.length) {
      copy(this, at, page, Math.min(page.length, this.length - at), 1);
    }
  }

  slice(start: number, end: number, into?: Uint8Array): Uint8Array {
    this.check(start, into === undefined || isBytes(into), end - start);
    if (typeof end != "number" || end % 1 != 0 || end < start || into !== undefined && into.length < end - start) refuse(this, ApiErr.Outside);
    const bytes = into === undefined ? new Uint8Array(end - start) : into;
    copy(this, start, bytes, end - start, 0);
    return bytes;
  }

  sync(): void { this.host.keep(this); }
  free(): void { this.host.free(this); }

  private check(offset: number, areBytes: boolean, length: number): void {
    callsOf(this);
    if (!areBytes) refuse(this, ApiErr.NoBytes);
    if (!(typeof offset == "number" && offset >= 0 && offset % 1 == 0 && length <= this.length - offset)) refuse(this, ApiErr.Outside);
  }
}
