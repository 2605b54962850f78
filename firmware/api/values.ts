/** What a map or cache can hold, as bytes and a kind. The kinds are part of the format (FORMAT.md); C has them too (hal/duktape/api.c). */
import { bytesOf, isBytes, textOf } from "./core";

export const enum Kind { Text = 1, Json = 2, Bytes = 3 }

export interface Packed { kind: Kind; bytes: Uint8Array; }

/** A value as bytes; undefined if it cannot be stored: functions, undefined, NaN and infinity, cycles, other typed arrays. */
export function pack(value: any): Packed | undefined {
  if (typeof value == "string") return { kind: Kind.Text, bytes: bytesOf(value) };
  if (isBytes(value)) return { kind: Kind.Bytes, bytes: value };
  if (typeof value == "number" && !(value - value == 0)) return undefined;
  if (value && (value.buffer && value.byteLength >= 0 || value instanceof ArrayBuffer)) return undefined;
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    return undefined;
  }
  return typeof text == "string" ? { kind: Kind.Json, bytes: bytesOf(text) } : undefined;
}

/** The value again; undefined, which none is, for bytes that say none. */
export function unpack(kind: number, bytes: Uint8Array): any {
  if (kind == Kind.Bytes) return bytes;
  if (kind != Kind.Json) return textOf(bytes);
  try {
    return JSON.parse(textOf(bytes));
  } catch (error) {
    return undefined;
  }
}
