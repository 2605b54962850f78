/** A map: values by key, compressed. zcache.d.ts says what each method does for an app. */
import { Host, KEY_BYTES_MAX, giveValue, stage, stageKey, takeValue, textOf } from "./core";
import { Handle, answer, begin, callsOf, refuse } from "./handle";
import { ApiErr } from "./messages";
import { Shape } from "./open";
import { Packed, pack, unpack } from "./values";

const NOT_FOUND = -4;
const CORRUPT = -5;

export interface ZMap extends Handle {}
export class ZMap {
  constructor(host: Host, shape: Shape, name: string, bytes: number, handle: number) { begin(this, host, shape, name, bytes, handle); }

  get size(): number { return answer(this, callsOf(this).mapSize(this.handle)); }

  get room(): number { return answer(this, callsOf(this).mapRoom(this.handle)); }

  get(key: string): any {
    const code = callsOf(this).mapGet(this.handle, this.key(key));
    return code == NOT_FOUND ? undefined : this.taken(code);
  }

  has(key: string): boolean {
    const code = callsOf(this).mapGet(this.handle, this.key(key));
    return code != NOT_FOUND && answer(this, code) == 0;
  }

  set(key: string, value: any): void {
    this.key(key);
    const packed = pack(value);
    if (!packed) refuse(this, ApiErr.BadValue);
    // A toJSON may have used the stage, and even freed the map.
    const calls = callsOf(this);
    const keyBytes = this.key(key);
    const { kind, bytes } = packed as Packed;
    const first = answer(this, calls.mapReserve(this.handle, keyBytes, bytes.length));
    if (first == 0) stage(this.host.core, bytes, KEY_BYTES_MAX);
    else {
      const code = giveValue(this.host.core, bytes);
      if (code < 0) {
        calls.mapForget(this.handle, first);
        refuse(this, code);
      }
    }
    answer(this, calls.mapCommit(this.handle, keyBytes, bytes.length, kind, first));
  }

  delete(key: string): boolean {
    const code = callsOf(this).mapDelete(this.handle, this.key(key));
    return code != NOT_FOUND && answer(this, code) == 0;
  }

  forEach(each: (value: any, key: string) => void): void {
    callsOf(this);
    if (typeof each != "function") refuse(this, ApiErr.NoFunction);
    this.walk(each, true);
  }

  keys(): string[] {
    const keys: string[] = [];
    this.walk((_value, key) => { keys.push(key); }, false);
    return keys;
  }

  clear(): void { answer(this, callsOf(this).mapClear(this.handle)); }
  sync(): void { this.host.keep(this); }
  free(): void { this.host.free(this); }

  private walk(each: (value: any, key: string) => void, withValues: boolean): void {
    const { core } = this.host;
    for (let at = -1; ;) {
      at = callsOf(this).mapNext(this.handle, at);
      if (at == NOT_FOUND) return;
      answer(this, at);
      const begin = core.calls.shapeStage();
      const key = textOf(core.bytes().subarray(begin, begin + core.calls.shapePieceBytes()));
      each(withValues ? this.taken(0) : undefined, key);
    }
  }

  private taken(code: number): any {
    answer(this, code);
    const kind = this.host.core.calls.shapeKind();
    const bytes = takeValue(this.host.core);
    const value = typeof bytes == "number" ? undefined : unpack(kind, bytes);
    return value === undefined ? refuse(this, typeof bytes == "number" ? bytes : CORRUPT) : value;
  }

  private key(key: string): number {
    callsOf(this);
    return answer(this, stageKey(this.host.core, key));
  }
}
