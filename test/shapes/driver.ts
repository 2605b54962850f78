/** A binding of the shapes for tests, in a few lines: the calls of firmware/shapes in the order a binding makes them. */
import { KEY_BYTES_MAX } from "../../firmware/shapes/stage";
import type { CoreCalls } from "../helpers/core";
import type { Store } from "../helpers/session";
import type { CallName } from "../helpers/twins";

export const LINK_BYTES = 1080;

/** What the driver needs: the calls, and bytes of the memory. A Core has both. */
export interface Bound extends CoreCalls { readonly bytes: Pick<Uint8Array, "set" | "subarray">; }

/** A store as the driver wants it. */
export function boundTo(store: Store): Bound {
  const bytes: Bound["bytes"] = {
    set: (content, at) => { store.write(at ?? 0, content as Uint8Array); },
    subarray: (from, to) => store.read(from ?? 0, (to ?? 0) - (from ?? 0)) as Uint8Array<ArrayBuffer>,
  };
  return new Proxy({ bytes } as Bound, {
    get: (own, name) => name === "bytes" ? own.bytes : (...args: number[]) => store.call(name as CallName, ...args),
  });
}

export type Outcome = number | { kind: number; bytes: Uint8Array };

function stage(core: Bound, bytes: Uint8Array, at = 0): void { core.bytes.set(bytes, core.shapeStage() + at); }

/** The value under the cursor, or the Err of a piece. */
export function readValue(core: Bound): Outcome {
  const kind = core.shapeKind();
  const bytes = new Uint8Array(core.shapeLeft());
  for (let done = 0, at = core.shapePiece(0); at !== 0; at = core.shapePiece(0)) {
    if (at < 0) return at;
    bytes.set(core.bytes.subarray(at, at + core.shapePieceBytes()), done);
    done += core.shapePieceBytes();
  }
  return { kind, bytes };
}

/** Fills what is under the cursor. Ok or the Err of a piece. */
export function writeValue(core: Bound, bytes: Uint8Array): number {
  for (let done = 0, at = core.shapePiece(1); at !== 0; at = core.shapePiece(1)) {
    if (at < 0) return at;
    core.bytes.set(bytes.subarray(done, done + core.shapePieceBytes()), at);
    done += core.shapePieceBytes();
  }
  return 0;
}

export function setMap(core: Bound, area: number, key: Uint8Array, value: Uint8Array, kind: number): number {
  stage(core, key);
  const first = core.mapReserve(area, key.length, value.length);
  if (first < 0) return first;
  if (first === 0) stage(core, value, KEY_BYTES_MAX);
  else {
    const code = writeValue(core, value);
    if (code < 0) {
      core.mapForget(area, first);
      return code;
    }
  }
  return core.mapCommit(area, key.length, value.length, kind, first);
}

export function getMap(core: Bound, area: number, key: Uint8Array): Outcome {
  stage(core, key);
  const code = core.mapGet(area, key.length);
  return code < 0 ? code : readValue(core);
}

export function deleteMap(core: Bound, area: number, key: Uint8Array): number {
  stage(core, key);
  return core.mapDelete(area, key.length);
}

export function appendLog(core: Bound, area: number, value: Uint8Array, kind: number): number {
  let code = core.logReserve(area, value.length);
  if (code === 0) code = writeValue(core, value);
  return code < 0 ? code : core.logCommit(area, value.length, kind);
}

export function putCache(core: Bound, cache: number, key: Uint8Array, value: Uint8Array, kind: number): number {
  const isLong = core.cacheIsLong(key.length, value.length);
  if (isLong < 0) return isLong;
  stage(core, key);
  if (isLong === 0) {
    stage(core, value, KEY_BYTES_MAX);
    return core.cachePutShort(cache, key.length, value.length, kind);
  }
  const slot = core.cacheBegin(cache, key.length);
  const page = core.coreGet(0);
  for (let i = 0; i * page < value.length; i++) {
    stage(core, value.subarray(i * page, (i + 1) * page));
    const code = core.cachePutPage(cache, slot, i);
    if (code < 0) return code;
  }
  stage(core, key);
  return core.cachePutLong(cache, key.length, value.length, kind);
}

export function getCache(core: Bound, cache: number, key: Uint8Array): Outcome {
  stage(core, key);
  const code = core.cacheGet(cache, key.length);
  return code < 0 ? code : readValue(core);
}
