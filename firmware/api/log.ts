/** A log: entries in a ring, the newest kept. zcache.d.ts says what each method does for an app. */
import { Host, bytesOf, giveValue, isBytes, takeValue, textOf } from "./core";
import { Handle, answer, begin, callsOf, refuse } from "./handle";
import { ApiErr } from "./messages";
import { Shape } from "./open";

export interface Log extends Handle {}
export class Log {
  constructor(host: Host, shape: Shape, name: string, bytes: number, handle: number) { begin(this, host, shape, name, bytes, handle); }

  get length(): number { return answer(this, callsOf(this).logEntries(this.handle)); }

  get room(): number { return answer(this, callsOf(this).logRoom(this.handle)); }

  append(entry: string | Uint8Array): void {
    const calls = callsOf(this);
    const isText = typeof entry == "string";
    if (!isText && !isBytes(entry)) refuse(this, ApiErr.NoBytes);
    const bytes = isText ? bytesOf(entry as string) : entry as Uint8Array;
    answer(this, calls.logReserve(this.handle, bytes.length));
    answer(this, giveValue(this.host.core, bytes));
    answer(this, calls.logCommit(this.handle, bytes.length, isText ? 0 : 1));
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
    if (typeof each != "function") refuse(this, ApiErr.NoFunction);
    this.walk(!!fromNewest, each, count);
  }

  clear(): void { answer(this, callsOf(this).logClear(this.handle)); }
  sync(): void { this.host.keep(this); }
  free(): void { this.host.free(this); }

  private walk(back: boolean, each: (entry: string | Uint8Array, index: number) => void, count: number): void {
    const stamp = callsOf(this).logStamp(this.handle);
    for (let i = 0, at = -1; i < count; i++) {
      at = answer(this, callsOf(this).logNext(this.handle, at, back ? 1 : 0));
      const isText = this.host.core.calls.shapeKind() == 0;
      const bytes = takeValue(this.host.core);
      if (typeof bytes == "number") return refuse(this, bytes);
      each(isText ? textOf(bytes) : bytes, i);
      if (callsOf(this).logStamp(this.handle) != stamp) refuse(this, ApiErr.Changed);
    }
  }
}
