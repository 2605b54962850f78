/**
 * What the handles of all shapes have in common: their members, and how what the core answers becomes a result or an error
 * that names the handle. They are functions, so that a bundle has each of them once.
 */
import { Core, Host, hide } from "./core";
import { ApiErr } from "./messages";
import { Opened, Shape, titleOf } from "./open";

/** What begin() gives every handle; the class of a shape says so by an interface of its own name. */
export interface Handle extends Opened { readonly host: Host; }

/** Gives a new handle its members. */
export function begin(of: Handle, host: Host, shape: Shape, name: string, bytes: number, handle: number): void {
  of.name = name;
  of.bytes = bytes;
  hide(of, "host", host);
  of.handle = handle;
  of.shape = shape;
}

export function refuse(of: Handle, code: number): never { return of.host.refuse(code, titleOf(of.shape) + of.name); }

/** What the core answered, when it is no Err. */
export function answer(of: Handle, code: number): number {
  if (code < 0) refuse(of, code);
  return code;
}

/** The core, for a handle that was not freed. */
export function callsOf(of: Handle): Core["calls"] {
  if (of.handle < 0) refuse(of, ApiErr.Freed);
  return of.host.core.calls;
}

/**
 * Copies between `bytes` and the handle's pages from `offset` on, page by page. The bytes copied. A write of several pages has
 * them, or the first and the last, before it begins (areaHold); what it writes whole may have been damaged.
 */
export function copy(of: Handle, offset: number, bytes: Uint8Array, length: number, forWrite: number): number {
  const { core, pageBytes } = of.host;
  // Behind the handle's last byte nobody has anything: a page that is written up to there is written whole.
  const end = offset + length == of.bytes ? Math.ceil(of.bytes / pageBytes) * pageBytes : offset + length;
  if (forWrite && length > 0) answer(of, core.calls.areaHold(of.handle, offset, end - offset));
  for (let done = 0; done < length;) {
    const inPage = (offset + done) % pageBytes;
    const piece = Math.min(pageBytes - inPage, length - done);
    const use = !forWrite ? 0 : inPage == 0 && offset + done + pageBytes <= end ? 2 : 1;
    const at = answer(of, core.calls.shapeTouch(of.handle, Math.floor((offset + done) / pageBytes), use));
    const arena = core.bytes();
    if (forWrite) arena.set(bytes.subarray(done, done + piece), at + inPage);
    else bytes.set(arena.subarray(at + inPage, at + inPage + piece), done);
    done += piece;
  }
  return length;
}
