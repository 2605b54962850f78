/**
 * What the API says when it refuses: one sentence for each code, the same on every engine. Codes above -100 are the core's
 * (Err); those below are the shapes' (firmware/shapes/stage.ts) and the API's own, which reach an app as Err.Invalid or as
 * the nearest Err, so that `error.code` is always one of the core's.
 */
import { Err } from "../core/errors";

export const enum ApiErr {
  Outside = -100,
  OtherLength = -101,
  BadName = -102,
  Full = -103,
  BadKey = -104,
  BadValue = -105,
  Freed = -106,
  NoBytes = -107,
  Changed = -108,
  WideText = -109,
  BadSectors = -110,
  NotDurable = -111,
  MemLimit = -112,
  NoHandler = -113,
  TooLong = -114,
  TooManyCaches = -115,
  BadDevice = -116,
  BadFrames = -117,
}

/** What a board's tables hold, for the sentences. */
export interface Limits { bytes: number; pages: number; objects: number; }

/** Events that a refusal stands for; "" for none. */
export function eventOf(code: number): string {
  return code == Err.NoFrame || code == Err.SwapFull || code == ApiErr.MemLimit ? "lowmemory" : "";
}

/** The number an app sees as `error.code`. */
export function codeOf(code: number): number {
  if (code > ApiErr.Outside) return code;
  return code == ApiErr.Full ? Err.NoEntry : code == ApiErr.TooLong ? Err.TooBig : code == ApiErr.MemLimit ? Err.NoFrame : Err.Invalid;
}

/** The API's own sentences; "" for a code that is none of its own. */
function ownSentence(code: number, what: string): string {
  switch (code) {
    case ApiErr.Outside: return what + ": the offset, or a byte of the range, lies outside.";
    case ApiErr.OtherLength: return what + " is open with another length: free it first, or ask for the length it has.";
    case ApiErr.BadName: return "a name has 1 to 24 characters and a length is 1 byte or more: z.area(\"accel\", 96 * 1024).";
    case ApiErr.Full: return what + " is full: delete an entry first, or open it with more bytes.";
    case ApiErr.BadKey: return what + ": a key is text of 1 to 100 bytes.";
    case ApiErr.BadValue: return what + ": that cannot be stored: text, finite numbers, Uint8Array and what JSON can say can be.";
    case ApiErr.Freed: return what + " was freed: open it again.";
    case ApiErr.NoBytes: return what + ": expected a Uint8Array (or text, to write).";
    case ApiErr.Changed: return what + " changed while it was read: collect first, then append.";
    case ApiErr.WideText: return what + ": the text has a character above U+00FF.";
    case ApiErr.BadSectors: return what + ": sectors have 512 bytes, and a transfer is whole ones inside the device.";
    case ApiErr.NotDurable: return what + ": this build keeps nothing over a reset; leave { durable: true } away.";
    case ApiErr.MemLimit: return what + ": its mem_limit is reached; what was written before is safe.";
    case ApiErr.NoHandler: return "z.on takes \"lowmemory\" or \"budget\", and a function.";
    case ApiErr.TooLong: return what + ": the value is longer than it can hold.";
    case ApiErr.TooManyCaches: return "8 caches are open: free one first.";
    case ApiErr.BadDevice: return "a device has a number from 0 to 15 and a size of whole sectors of 512 bytes: z.device(0, 128 * 1024).";
    case ApiErr.BadFrames: return "z.frames takes a number of frames: 4 or more, and no more than the board has.";
    default: return "";
  }
}

/** The sentence for `code` about `what` ("area accel"). */
export function sentence(code: number, what: string, limits: Limits): string {
  switch (code) {
    case Err.Invalid: return what + ": it was freed.";
    case Err.TooBig: return what + " is too long: the board's tables hold " + limits.bytes + " bytes in all together.";
    case Err.NoEntry: return what + ": the tables are full (" + limits.pages + " pages, " + limits.objects + " objects): free something first.";
    case Err.NoFrame: return what + ": the store is full; what was written before is safe.";
    case Err.NotFound: return "there is no " + what + ".";
    case Err.Corrupt: return what + ": a page on flash is damaged and cannot be read.";
    case Err.Flash: return what + ": the flash chip failed.";
    case Err.SwapFull: return what + ": RAM and swap are full; what was written before is safe.";
    default: return ownSentence(code, what) || what + ": the store answered " + code + ".";
  }
}
