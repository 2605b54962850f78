/** A log: entries in a ring, the newest kept. zcache.d.ts says what each method does for an app. */
import { Host, bytesOf, giveValue, hide, isBytes, takeValue, textOf } from "./core";
import { ApiErr } from "./messages";
import { Shape } from "./open";

export class Log {
  private readonly host!: Host;
  readonly shape: Shape;
  declare durable?: boolean;
  handle: number;

  constructor(host: Host, readonly name: string, readonly bytes: number, handle: number) {
    hide(this, "host", host);
    this.handle = handle;
    this.shape = Shape.Log;
  }

  get length(): number { return this.answer(this.calls().logEntries(this.handle)); }

  append(entry: string | Uint8Array): void {
    const calls = this.calls();
    const isText = typeof entry == "string";
    if (!isText && !isBytes(entry)) this.refuse(ApiErr.NoBytes);
    const bytes = isText ? bytesOf(entry as string) : entry as Uint8Array;
    this.answer(calls.logReserve(this.handle, bytes.length));
    this.answer(giveValue(this.host.core, bytes));
    this.answer(calls.logCommit(this.handle, bytes.length, isText ? 0 : 1));
  }

  tail(count?: number): (string | Uint8Array)[] {
    const all = this.length;
    const wanted = typeof count == "number" ? count : 10;
    const entries: (string | Uint8Array)[] = [];
    this.walk(true, (entry) => { entries.unshift(entry); }, wanted < all ? Math.floor(wanted) : all);
    return entries;
  }

  forEach(each: (entry: string | Uint8Array, index: number) => void, fromNewest?: boolean): void {
    const count = this.length;
    if (typeof each != "function") this.refuse(ApiErr.NoFunction);
    this.walk(!!fromNewest, each, count);
  }

  clear(): void { this.answer(this.calls().logClear(this.handle)); }
  sync(): void { this.host.keep(this.handle, "log " + this.name); }
  free(): void { this.host.forget(this); }

  private walk(back: boolean, each: (entry: string | Uint8Array, index: number) => void, count: number): void {
    const stamp = this.calls().logStamp(this.handle);
    for (let i = 0, at = -1; i < count; i++) {
      at = this.answer(this.calls().logNext(this.handle, at, back ? 1 : 0));
      const isText = this.host.core.calls.shapeKind() == 0;
      const bytes = takeValue(this.host.core);
      if (typeof bytes == "number") return this.refuse(bytes);
      each(isText ? textOf(bytes) : bytes, i);
      if (this.calls().logStamp(this.handle) != stamp) this.refuse(ApiErr.Changed);
    }
  }

  private calls(): Host["core"]["calls"] {
    if (this.handle < 0) this.refuse(ApiErr.Freed);
    return this.host.core.calls;
  }

  private refuse(code: number): never { return this.host.refuse(code, "log " + this.name); }

  private answer(code: number): number {
    if (code < 0) this.refuse(code);
    return code;
  }
}
