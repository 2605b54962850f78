/**
 * What the API says when it refuses: one sentence for each code, the same on every engine, and as one text, which on our image lies in
 * flash and is searched by C (hal/duktape/sentences.c): an error must not need heap to be told. Codes above -100 are the core's
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
  Closed = -118,
  DurableTooBig = -119,
  NoFunction = -120,
  WrongVersion = -130,
}

/** What a board's tables hold, for the sentences; `left`: bytes that a map which is full has left; `keptBytes`: bytes that it has on flash. */
export interface Limits { bytes: number; pages: number; objects: number; durableBytes: number; left: number; keptBytes: number; }

/**
 * Each line: the code, a bar, the sentence. In it % stands for what is spoken of ("area accel"), # for the bytes that all
 * together may have, ^ for the bytes of all durable areas, $ for the bytes left, @ for the pages, ~ for the objects and & for
 * the bytes that it has on flash. The last line is for codes that have none of their own.
 */
export const MESSAGES = "-1|%: it was freed.\n-2|% is too long: the board's tables hold # bytes in all together, and a log takes a page more.\n"
  + "-8|%: the tables are full (@ pages, ~ objects, ^ durable bytes): free something first, or z.delete() what is durable and z.sync().\n-3|%: the store is full; what was written before is safe.\n"
  + "-4|there is no %.\n-5|%: a page on flash is damaged and cannot be read.\n-6|%: the flash chip failed.\n"
  + "-7|%: RAM and swap are full; what was written before is safe.\n-100|%: offsets are whole numbers, and a range lies between 0 and its length.\n"
  + "-101|% is open with another length, or not durable: free it first, or ask for what it is.\n"
  + "-102|a name has 1 to 24 characters (durable: 23 bytes) and a length is a whole number above 0: z.area(\"accel\", 96 * 1024).\n"
  + "-103|% is full, the $ bytes left are too few or in pieces: delete an entry as long as this one first, or open it with more bytes.\n-104|%: a key is text of 1 to 100 bytes.\n"
  + "-105|%: that cannot be stored: text, finite numbers, Uint8Array and what JSON can say can be.\n-106|% was freed: open it again.\n"
  + "-107|%: expected a Uint8Array; what is written to an area or a log may be text.\n-108|% changed while it was read: collect first, then append.\n"
  + "-109|%: the text has a character above U+00FF: maps and logs take any.\n-110|%: sectors have 512 bytes, and a transfer is whole ones inside the device.\n"
  + "-111|%: nothing of it outlives a reset: free it and open it with { durable: true }.\n"
  + "-112|%: its mem_limit is reached; what was written before is safe: raise it or discard sectors.\n-113|z.on takes \"lowmemory\" or \"budget\", and a function.\n"
  + "-114|%: the value is longer than it can hold.\n-115|8 caches are open: free one first.\n"
  + "-116|a device has a number from 0 to 15 and a size of whole sectors of 512 bytes: z.device(0, 128 * 1024).\n"
  + "-117|z.frames takes a number of frames: 4 or more, and no more than the board has.\n"
  + "-9|%: there is no flash to keep it on.\n-24|% is on flash with another length: ask for & bytes, or open it so and z.delete() it.\n"
  + "-41|the flash's write budget is used up: nothing is paged out to it until more has come in.\n"
  + "-118|%: the swap area is closed: `zcache swap rescue` saves what an image holds, .swap format (in Node: open({ format: true })) empties it.\n"
  + "-119|% is too long: durable areas hold ^ bytes in all together, and a log takes a page more.\n-120|%: forEach takes a function.\n-130|% is from another version of the store: clear() empties it, z.delete() removes it.\n|%: the store refused.\n";

/** Events that a refusal stands for; "" for none. */
export function eventOf(code: number): string {
  return code == Err.NoFrame || code == Err.SwapFull || code == Err.RejectBudget || code == ApiErr.MemLimit ? "lowmemory" : "";
}

/** The number an app sees as `error.code`. */
export function codeOf(code: number): number {
  if (code > ApiErr.Outside) return code;
  if (code == ApiErr.TooLong || code == ApiErr.DurableTooBig) return Err.TooBig;
  if (code == ApiErr.WrongVersion) return Err.Corrupt;
  return code == ApiErr.Full ? Err.NoEntry : code == ApiErr.MemLimit ? Err.NoFrame : code == ApiErr.Closed ? Err.NoFlash : Err.Invalid;
}

/** The sentence for `code` about `what` ("area accel"). */
export function sentence(code: number, what: string, limits: Limits): string {
  const lines = MESSAGES.split("\n");
  let line = lines[lines.length - 2];
  for (let i = 0; i < lines.length; i++) if (lines[i].indexOf(code + "|") == 0) line = lines[i];
  const text = line.slice(line.indexOf("|") + 1);
  return text.split("#").join("" + limits.bytes).split("^").join("" + limits.durableBytes).split("@").join("" + limits.pages).split("~").join("" + limits.objects).split("&").join("" + limits.keptBytes).split("$").join("" + limits.left).split("%").join(what);
}
