/**
 * The core as the API sees it on engines that run it as JavaScript or wasm: its calls, its memory, and the handful of things
 * that every shape does with both. On our own image C does the same (hal/duktape/api.c).
 */
import type * as native from "../native";
import { ApiErr } from "./messages";
import type { Opened } from "./open";

/** Longest key of a map or cache (firmware/shapes/stage.ts). */
export const KEY_BYTES_MAX = 100;
/** Bytes of a durable area's name on flash, at most (AREA_NAME_BYTES). */
const NAME_BYTES_MAX = 24;
const TOO_BIG = -2;

export interface Core {
  calls: typeof native;
  /** The arena; asked each time, because a wasm memory may move. */
  bytes(): Uint8Array;
}

/** What a shape needs of the store it belongs to. */
export interface Host {
  core: Core;
  pageBytes: number;
  /** Throws the sentence for `code`. */
  refuse(code: number, what: string, keptBytes?: number): never;
  /** Frees a handle. */
  free(handle: object): void;
  /** Syncs what is durable, or throws. */
  keep(of: Opened): void;
}

/** Is it a byte array (not a wider one, not a bare ArrayBuffer)? Espruino's arrays do not know BYTES_PER_ELEMENT. */
export function isBytes(value: any): boolean {
  if (value === null || typeof value != "object" || value.buffer === undefined) return false;
  return value.byteLength === value.length && (value.BYTES_PER_ELEMENT === undefined || value.BYTES_PER_ELEMENT === 1);
}

/** Text as bytes: each of its 16-bit units in one to three bytes, as in CESU-8, so that any text comes back as it was. */
export function bytesOf(text: string): Uint8Array {
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    length += unit < 0x80 ? 1 : unit < 0x800 ? 2 : 3;
  }
  const bytes = new Uint8Array(length);
  for (let i = 0, at = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) bytes[at++] = unit;
    else if (unit < 0x800) {
      bytes[at++] = 0xc0 | unit >> 6;
      bytes[at++] = 0x80 | unit & 63;
    } else {
      bytes[at++] = 0xe0 | unit >> 12;
      bytes[at++] = 0x80 | unit >> 6 & 63;
      bytes[at++] = 0x80 | unit & 63;
    }
  }
  return bytes;
}

/** The text whose bytesOf() this is. */
export function textOf(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length;) {
    const byte = bytes[i++];
    if (byte < 0x80) text += String.fromCharCode(byte);
    else if (byte < 0xe0) text += String.fromCharCode((byte & 31) << 6 | bytes[i++] & 63);
    else {
      text += String.fromCharCode((byte & 15) << 12 | (bytes[i] & 63) << 6 | bytes[i + 1] & 63);
      i += 2;
    }
  }
  return text;
}

/** Text of one byte a character, or undefined if there is a character above U+00FF. */
export function latinOf(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 255) return undefined;
    bytes[i] = text.charCodeAt(i);
  }
  return bytes;
}

/** Lays bytes on the stage. */
export function stage(core: Core, bytes: Uint8Array, at: number): void { core.bytes().set(bytes, core.calls.shapeStage() + at); }

/** Lays a key on the stage; its length in bytes, or BadKey. */
export function stageKey(core: Core, key: any): number {
  const bytes = typeof key == "string" ? bytesOf(key) : undefined;
  if (!bytes || bytes.length < 1 || bytes.length > KEY_BYTES_MAX) return ApiErr.BadKey;
  stage(core, bytes, 0);
  return bytes.length;
}

/** Opens a durable area of `pages` pages, whose name on flash is the byte `mark` (0: none) and `name`. Its handle or an Err. */
export function areaOpenDurable(core: Core, pages: number, mark: number, name: string): number {
  const bytes = bytesOf(name);
  const begin = mark ? 1 : 0;
  if (bytes.length >= NAME_BYTES_MAX) return ApiErr.BadName;
  if (mark) stage(core, new Uint8Array([mark]), 0);
  stage(core, bytes, begin);
  const code = core.calls.areaOpenDurable(core.calls.shapeStage(), begin + bytes.length, pages);
  return code == TOO_BIG ? ApiErr.DurableTooBig : code;
}

/** The value under the cursor. A negative number: the Err of the page that could not be had. */
export function takeValue(core: Core): Uint8Array | number {
  const bytes = new Uint8Array(core.calls.shapeLeft());
  let done = 0;
  for (;;) {
    const at = core.calls.shapePiece(0);
    if (at < 0) return at;
    if (at == 0) return bytes;
    const length = core.calls.shapePieceBytes();
    bytes.set(core.bytes().subarray(at, at + length), done);
    done += length;
  }
}

/** Fills what is under the cursor. Ok or an Err. */
export function giveValue(core: Core, bytes: Uint8Array): number {
  let done = 0;
  for (;;) {
    const at = core.calls.shapePiece(1);
    if (at <= 0) return at;
    const length = core.calls.shapePieceBytes();
    core.bytes().set(bytes.subarray(done, done + length), at);
    done += length;
  }
}

/** Hides a property, so that a handle prints as what it is. */
export function hide(object: any, key: string, value: any): void {
  Object.defineProperty(object, key, { value: value, writable: true });
}
