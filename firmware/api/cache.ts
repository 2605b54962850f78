/** A cache: values that may vanish and never lie. zcache.d.ts says what each method does for an app. */
import { Host, KEY_BYTES_MAX, stage, stageKey, takeValue } from "./core";
import { Handle, answer, begin, callsOf, refuse } from "./handle";
import { ApiErr } from "./messages";
import { Shape } from "./open";
import { Packed, pack, unpack } from "./values";

export interface Cache extends Handle {}
export class Cache {
  constructor(host: Host, shape: Shape, name: string, bytes: number, handle: number) { begin(this, host, shape, name, bytes, handle); }

  put(key: string, value: any): boolean {
    this.key(key);
    const packed = pack(value);
    if (!packed) refuse(this, ApiErr.BadValue);
    const calls = callsOf(this);
    const keyBytes = this.key(key);
    const { kind, bytes } = packed as Packed;
    if (answer(this, calls.cacheIsLong(keyBytes, bytes.length))) return this.putLong(key, keyBytes, kind, bytes);
    stage(this.host.core, bytes, KEY_BYTES_MAX);
    return calls.cachePutShort(this.handle, keyBytes, bytes.length, kind) == 0;
  }

  get(key: string): any {
    if (callsOf(this).cacheGet(this.handle, this.key(key)) < 0) return undefined;
    const kind = this.host.core.calls.shapeKind();
    const bytes = takeValue(this.host.core);
    return typeof bytes == "number" ? undefined : unpack(kind, bytes);
  }

  delete(key: string): boolean { return callsOf(this).cacheDelete(this.handle, this.key(key)) == 0; }
  clear(): void { callsOf(this).cacheClear(this.handle); }
  free(): void { this.host.free(this); }

  private putLong(key: string, keyBytes: number, kind: number, bytes: Uint8Array): boolean {
    const { core, pageBytes } = this.host;
    const slot = core.calls.cacheBegin(this.handle, keyBytes);
    for (let page = 0; page * pageBytes < bytes.length; page++) {
      stage(core, bytes.subarray(page * pageBytes, Math.min(bytes.length, (page + 1) * pageBytes)), 0);
      if (core.calls.cachePutPage(this.handle, slot, page) < 0) return false;
    }
    stageKey(core, key);
    return core.calls.cachePutLong(this.handle, keyBytes, bytes.length, kind) == 0;
  }

  private key(key: string): number {
    callsOf(this);
    return answer(this, stageKey(this.host.core, key));
  }
}
