/** Ends a load whose text compiles: the other modules are copied behind it, and the header makes the slot count (slots.ts, A1). */
import { Native } from "../native";
import { HEADER_BYTES, MAGIC, SUMMED_BYTES, VERSION, Loading, put, walk } from "../slots";

const PIECE_BYTES = 256;

function wordsOf(values: number[]): Uint8Array {
  const bytes = new Uint8Array(4 * values.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = values[i >> 2] >>> 8 * (i & 3);
  return bytes;
}

/** Copies bytes of flash from `at` up to `end`; where they end there. A function of its own, because nesting costs the C stack as it is compiled. */
function copyBytes(at: number, end: number, to: number): number {
  while (at < end) {
    const piece = native(Native.AppFlash, at, end - at < PIECE_BYTES ? end - at : PIECE_BYTES);
    put(to, piece);
    at += piece.length;
    to += piece.length;
  }
  return to;
}

/** Copies the modules of other names behind the new one; where they end. */
function copyOthers(loading: Loading): number {
  let to = loading.next;
  walk(function (name, bytes, at) {
    if (name == loading.name) return;
    if (to + HEADER_BYTES + bytes > loading.end) throw new Error("there is no room for module " + name + " beside it");
    to = copyBytes(at, at + HEADER_BYTES + bytes, to);
  });
  return to;
}

function keep(loading: Loading): void {
  const slot = loading.at;
  const head = slot + HEADER_BYTES;
  put(head, wordsOf([loading.next - loading.start]));
  put(head + 4, loading.name + "\0");
  const bytes = copyOthers(loading) - head;
  const sequence = z.app ? z.app.sequence + 1 : 1;
  const sum = native(Native.AppCrc, head, bytes);
  put(slot, wordsOf([MAGIC, VERSION, sequence, bytes, sum]));
  const headerSum = native(Native.AppCrc, slot, SUMMED_BYTES);
  put(slot + SUMMED_BYTES, wordsOf([headerSum]));
  z.app = { at: slot, bytes: bytes, sequence: sequence };
}

export function run(_argument: string): void {
  const loading = z.loading!;
  const title = loading.name ? "module " + loading.name : "the app";
  z.loading = undefined;
  if (loading.text === undefined) keep(loading);
  else {
    z.app = z.app || { at: 0, bytes: 0, sequence: 0, texts: {} };
    z.app.texts![loading.name] = loading.text;
  }
  if (z.modules) delete z.modules[loading.name];
  print(loading.text === undefined ? title + " is kept in flash: .app run runs it now, and so does each boot"
    : title + " is in RAM only, this board has no flash for it: .app run runs it, a reset forgets it");
}
