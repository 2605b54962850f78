/** A cache: values that may vanish and never lie. zcache.d.ts says what each method does for an app. */
import { Host, KEY_BYTES_MAX, hide, stage, stageKey, takeValue } from "./core";
import { ApiErr } from "./messages";
import { Shape } from "./open";
import { Packed, pack, unpack } from "./values";

export class Cache {
  private readonly host!: Host;
  readonly shape: Shape;
  handle: number;

  constructor(host: Host, readonly name: string, readonly bytes: number, handle: number) {
    hide(this, "host", host);
    this.handle = handle;
    this.shape = Shape.Cache;
  }

  put(key: string, value: any): boolean {
    this.calls();
    this.key(key);
    const packed = pack(value);
    if (!packed) this.refuse(ApiErr.BadValue);
    const calls = this.calls();
    const keyBytes = this.key(key);
    const { kind, bytes } = packed as Packed;
    const isLong = calls.cacheIsLong(keyBytes, bytes.length);
    if (isLong < 0) this.refuse(isLong);
    if (isLong) return this.putLong(key, keyBytes, kind, bytes);
    stage(this.host.core, bytes, KEY_BYTES_MAX);
    return calls.cachePutShort(this.handle, keyBytes, bytes.length, kind) == 0;
  }

  get(key: string): any {
    if (this.calls().cacheGet(this.handle, this.key(key)) < 0) return undefined;
    const kind = this.host.core.calls.shapeKind();
    const bytes = takeValue(this.host.core);
    return typeof bytes == "number" ? undefined : unpack(kind, bytes);
  }

  delete(key: string): boolean { return this.calls().cacheDelete(this.handle, this.key(key)) == 0; }
  clear(): void { this.calls().cacheClear(this.handle); }
  free(): void { this.host.forget(this); }

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
    const keyBytes = stageKey(this.host.core, key);
    return keyBytes < 0 ? this.refuse(keyBytes) : keyBytes;
  }

  private calls(): Host["core"]["calls"] {
    if (this.handle < 0) this.refuse(ApiErr.Freed);
    return this.host.core.calls;
  }

  private refuse(code: number): never { return this.host.refuse(code, "cache " + this.name); }
}
