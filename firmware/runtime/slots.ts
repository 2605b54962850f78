/**
 * Where apps are kept: two slots at the end of the flash chip, behind everything the store uses. Bundled into each cold source
 * that needs it; the flash is reached by Native.AppFlash and AppCrc, whose addresses count from the first slot's start.
 *
 *     slot    header 32 | module 32 + text | module 32 + text | ... | erased
 *
 * A load is written to the slot that does not hold the app of now, and its header is what comes last. So:
 *
 * A1 Whatever a load is broken by, a cut, a lost link, a syntax error, a chip that fails, the app of before is there afterwards.
 * A2 A slot counts if the header's checksum and the one over everything behind it are right; of two the younger counts.
 *
 * On a board without flash the texts stay in the engine's heap, until it is started anew.
 */
import { Figure, Native, figure } from "./native";

/** The app that is kept: a slot, or texts by name in the heap. */
export interface Kept {
  at: number;
  /** Bytes of all modules with their headers. */
  bytes: number;
  sequence: number;
  texts?: { [name: string]: string };
}

/** A load under way; the module's text begins at `start` and goes on at `next`. */
export interface Loading {
  name: string;
  at: number;
  start: number;
  next: number;
  end: number;
  text?: string;
}

/** As in CommonJS; `run` is its function until it has been run. */
export interface Module { exports: any; run?: any; }

/** Bytes of a slot's header, and of a module's. */
export const HEADER_BYTES = 32;
/** "ZAPP". */
export const MAGIC = 0x5050415a;
export const VERSION = 1;
/** Bytes of the header that its checksum covers. */
export const SUMMED_BYTES = 20;

export function slotBytes(): number { return figure(Figure.AppBytes) / 2; }

export function word(bytes: Uint8Array, at: number): number {
  return (bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16 | bytes[at + 3] << 24) >>> 0;
}

function sum(at: number, length: number): number { return native(Native.AppCrc, at, length); }

/** The app in the slot at `at`, if there is one (A2). */
function keptAt(at: number): Kept | undefined {
  const head = native(Native.AppFlash, at, HEADER_BYTES);
  const bytes = word(head, 12);
  const isSound = word(head, 0) == MAGIC && word(head, 4) == VERSION && word(head, 20) == sum(at, SUMMED_BYTES)
    && bytes <= slotBytes() - HEADER_BYTES && word(head, 16) == sum(at + HEADER_BYTES, bytes);
  return isSound ? { at: at, bytes: bytes, sequence: word(head, 8) } : undefined;
}

/** The app that counts. */
export function findKept(): Kept | undefined {
  if (!slotBytes()) return undefined;
  const first = keptAt(0);
  const second = keptAt(slotBytes());
  return first && !(second && second.sequence > first.sequence) ? first : second;
}

/** Calls `each` for every module of the app that is kept; what it returns, unless that is undefined, ends the walk. `at`: its header. */
export function walk(each: (name: string, bytes: number, at: number) => any): any {
  const kept = z.app;
  if (!kept) return;
  if (kept.texts) {
    const names = Object.keys(kept.texts);
    for (let i = 0; i < names.length; i++) {
      const found = each(names[i], kept.texts[names[i]].length, 0);
      if (found !== undefined) return found;
    }
    return;
  }
  for (let at = kept.at + HEADER_BYTES; at < kept.at + HEADER_BYTES + kept.bytes;) {
    const head = native(Native.AppFlash, at, HEADER_BYTES);
    let name = "";
    for (let i = 4; i < 28 && head[i]; i++) name += String.fromCharCode(head[i]);
    const found = each(name, word(head, 0), at);
    if (found !== undefined) return found;
    at += HEADER_BYTES + word(head, 0);
  }
}

/** A module's text, as bytes or as a string; undefined if there is none of that name. */
export function textOf(name: string): any {
  return walk(function (found, bytes, at) {
    return found != name ? undefined : z.app!.texts ? z.app!.texts[name] : native(Native.AppFlash, at + HEADER_BYTES, bytes);
  });
}

/** Programs at `at`; throws if the flash does not take it. */
export function put(at: number, what: any): void {
  const code = native(Native.AppFlash, at, what);
  if (code < 0) throw new Error("the flash did not take it (" + code + ")");
}

/** Appends to what is being loaded. */
export function append(loading: Loading, text: string): void {
  if (loading.text !== undefined) {
    loading.text += text;
    return;
  }
  // A character has at most three bytes; the slot behind holds the app of before.
  if (loading.next + 3 * text.length > loading.end) throw new Error("the app is too long: a slot has " + slotBytes() + " bytes");
  const bytes = native(Native.AppFlash, loading.next, text);
  if (bytes < 0) throw new Error("the flash did not take it (" + bytes + ")");
  loading.next += bytes;
}
