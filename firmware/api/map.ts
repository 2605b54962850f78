/** A map: values by key, compressed. zcache.d.ts says what each method does for an app. */
import { Host, KEY_BYTES_MAX, giveValue, hide, stage, stageKey, takeValue, textOf } from "./core";
import { ApiErr } from "./messages";
import { Shape } from "./open";
import { Packed, pack, unpack } from "./values";

const NOT_FOUND = -4;

export class ZMap {
  private readonly host!: Host;
  readonly shape: Shape;
  declare durable?: boolean;
  handle: number;

  constructor(host: Host, readonly name: string, readonly bytes: number, handle: number) {
    hide(this, "host", host);
    this.handle = handle;
    this.shape = Shape.Map;
  }

  get size(): number { return this.answer(this.calls().mapSize(this.handle)); }

  get(key: string): any {
    const code = this.calls().mapGet(this.handle, this.key(key));
    return code == NOT_FOUND ? undefined : this.value(code);
  }

  has(key: string): boolean {
    const code = this.calls().mapGet(this.handle, this.key(key));
    return code != NOT_FOUND && this.answer(code) == 0;
  }

  set(key: string, value: any): void {
    this.key(key);
    const packed = pack(value);
    if (!packed) this.refuse(ApiErr.BadValue);
    // A toJSON may have used the stage, and even freed the map.
    const calls = this.calls();
    const keyBytes = this.key(key);
    const { kind, bytes } = packed as Packed;
    const first = this.answer(calls.mapReserve(this.handle, keyBytes, bytes.length));
    if (first == 0) stage(this.host.core, bytes, KEY_BYTES_MAX);
    else {
      const code = giveValue(this.host.core, bytes);
      if (code < 0) {
        calls.mapForget(this.handle, first);
        this.refuse(code);
      }
    }
    this.answer(calls.mapCommit(this.handle, keyBytes, bytes.length, kind, first));
  }

  delete(key: string): boolean {
    const code = this.calls().mapDelete(this.handle, this.key(key));
    return code != NOT_FOUND && this.answer(code) == 0;
  }

  forEach(each: (value: any, key: string) => void): void {
    this.calls();
    if (typeof each != "function") this.refuse(ApiErr.NoFunction);
    this.walk(each, true);
  }

  keys(): string[] {
    const keys: string[] = [];
    this.walk((_value, key) => { keys.push(key); }, false);
    return keys;
  }

  clear(): void { this.answer(this.calls().mapClear(this.handle)); }
  sync(): void { this.host.keep(this.handle, "map " + this.name); }
  free(): void { this.host.forget(this); }

  private walk(each: (value: any, key: string) => void, withValues: boolean): void {
    const { core } = this.host;
    for (let at = -1; ;) {
      at = this.calls().mapNext(this.handle, at);
      if (at == NOT_FOUND) return;
      this.answer(at);
      const begin = core.calls.shapeStage();
      const key = textOf(core.bytes().subarray(begin, begin + core.calls.shapePieceBytes()));
      each(withValues ? this.value(0) : undefined, key);
    }
  }

  private value(code: number): any {
    this.answer(code);
    const kind = this.host.core.calls.shapeKind();
    const bytes = takeValue(this.host.core);
    return typeof bytes == "number" ? this.refuse(bytes) : unpack(kind, bytes);
  }

  private key(key: string): number {
    this.calls();
    return this.answer(stageKey(this.host.core, key));
  }

  private calls(): Host["core"]["calls"] {
    if (this.handle < 0) this.refuse(ApiErr.Freed);
    return this.host.core.calls;
  }

  private refuse(code: number): never { return this.host.refuse(code, "map " + this.name); }

  private answer(code: number): number {
    if (code < 0) this.refuse(code);
    return code;
  }
}
