/**
 * The gate that every exported call which changes the store goes through. It answers two questions before anything is
 * touched: may the call be made now, and do its offsets name memory that is the caller's.
 *
 * Now: the header's word Open says what is under way. A port (flash, serial, clock) that calls back into the core finds
 * it Inside and gets Busy: the core is in the middle of a change, and its tables do not hold together. The price is one
 * comparison and two stores a call. (A flag outside the arena would do as well and cost static RAM; and a reset in the
 * middle of a call would leave it as it is, where coreDefaults() clears the header and with it this word.)
 *
 * Memory: a client's page lies behind the arena's end (a JavaScript engine, a test), in the link region (our own image,
 * whose arena is all the memory there is), or in a frame that is lent, or in one that shows an area's page. Anything
 * else is the store's: a load into a table would be the end of it, and a store from one would tell its inside.
 *
 * B1  A call that the gate refuses changes nothing but a counter.
 */
import { memoryEnd, read32, write32 } from "./memory";
import { Counter, count } from "./counters";
import { Err } from "./errors";
import { Header, State, codecTableAt, frames, framesAt, linkAt, pageBytes, pageShift } from "./layout";
import { List, frameList } from "./frames";

/** Why a call may not be made now: NotOpen, or Busy, counted. */
/* for speed */ function refusal(): i32 {
  if (read32(Header.Open) == State.None) return Err.NotOpen;
  count(Counter.BusyCalls);
  return Err.Busy;
}

/** A call begins. Ok, and leave() must follow; or why it may not be made. Cost: 5 instructions. */
/* for speed */ export function enter(): i32 {
  if (read32(Header.Open) != State.Idle) return refusal();
  write32(Header.Open, State.Inside);
  return Err.Ok;
}

/** May a call of the shapes go on, which are made of several of the store's and enter nothing? Ok, NotOpen, or Busy, counted. */
/* for speed */ export function mayCall(): i32 { return read32(Header.Open) == State.Idle ? Err.Ok : refusal(); }

/** As enter(), for the raw calls of an allocator, which may also come between the two halves of a reclaim. */
/* for speed */ export function enterRaw(): i32 {
  if (read32(Header.Open) == State.Reclaiming) return Err.Ok;
  return read32(Header.Open) == State.Idle ? Err.Ok : refusal();
}

/** Counts an argument that was refused, and passes the code on. */
/* for speed */ export function answer(code: i32): i32 {
  if (code == Err.Invalid) count(Counter.InvalidIo);
  return code;
}

/** The call that entered ends, with this code. */
/* for speed */ export function leave(code: i32): i32 {
  write32(Header.Open, State.Idle);
  return answer(code);
}

/** Is this a range of the memory that there is? */
/* for speed */ export function isRange(at: i32, length: i32): boolean { return at >= 0 && length >= 0 && length <= memoryEnd() && at <= memoryEnd() - length; }

/** Is the use of this frame such that its bytes are a client's? */
/* for speed */ function isClientFrame(frame: i32): boolean {
  const list: i32 = frameList(frame);
  return list == List.Lent || list == List.ActiveAnon || list == List.InactiveAnon || list == List.ActiveFile || list == List.InactiveFile;
}

/** Do these bytes, `length` at least 1, belong to a client? Cost: under 30 instructions. */
/* for speed */ export function isClients(at: i32, length: i32): boolean {
  if (!isRange(at, length)) return false;
  if (at >= read32(Header.ArenaBytes)) return true;
  if (at < framesAt) return at >= linkAt && at + length <= codecTableAt;
  const within: i32 = at - framesAt;
  const frame: i32 = within >> pageShift;
  return frame < frames && (within & pageBytes - 1) + length <= pageBytes && isClientFrame(frame);
}

/** May a client's page lie here? As isClients(), and 4-aligned. */
/* for speed */ export function isPage(at: i32): boolean { return (at & 3) == 0 && isClients(at, pageBytes); }

/** A codec is called by itself: as enter(), but it needs no store. */
/* for speed */ export function enterCodec(): i32 { return read32(Header.Open) == State.None ? Err.Ok : enter(); }

/** And ends. */
/* for speed */ export function leaveCodec(code: i32): i32 { return read32(Header.Open) == State.None ? answer(code) : leave(code); }

/**
 * May a codec that is called by itself work here? In a client's bytes, in what every page on its way overwrites (the
 * codecs' table and the zpage buffer), and in free frames; anywhere while there is no store. Cost: some instructions for each frame that it reaches into.
 */
/* for speed */ export function isScratch(at: i32, length: i32): boolean {
  if (!isRange(at, length)) return false;
  if (read32(Header.Open) == State.None || at >= read32(Header.ArenaBytes)) return true;
  if (at < linkAt) return false;
  if (at + length <= framesAt) return true;
  let frame: i32 = at < framesAt ? 0 : at - framesAt >> pageShift;
  for (; frame < frames && framesAt + (frame << pageShift) < at + length; frame++) {
    if (frameList(frame) != List.Free && !isClientFrame(frame)) return false;
  }
  return true;
}
