/**
 * Raw zpages: a frame that is one zpage, as the app wrote it. A page that does not compress is worth a frame as long as
 * it is warmer than what is reclaimed for it, so it ages among the frames of zpages like any other and goes to flash
 * when it is the oldest, not when it came out of use. (zswap sends such a page past everything colder to the disk.)
 *
 *   | the page                                                          |   no header: the frame table names the owner
 *
 * A resident page becomes a raw zpage, and comes back, by its frame changing lists; no byte is copied. It is the fifth
 * kind of frame behind zpool.ts, beside those of the four allocators, and is chosen page by page: the entry's form says
 * so, whatever the knob RawStorage says by then.
 *
 *   handle = frame << 8                      frame table, owner: the entry; NIL while the frame is reclaimed and empty
 *
 * W1  A raw frame's owner is an entry whose zpage is this frame, of raw form and a page long.
 */
import { Err } from "../errors";
import { NIL } from "../layout";
import { List, frameList, frameOffset, frameOwner, listMove, releaseFrame, setFrameFlags, setFrameOwner, zpagesMayGrow } from "../frames";
import { Allocator, FRAME_ALLOCATOR_SHIFT, HANDLE_SHIFT, handleFrame, handleSlot, isUnderReclaim, setUnderReclaim, takeZpageFrame } from "./handles";

/**
 * The resident page in `frame`, owned by entry `owner`, is a raw zpage from now on, the youngest. Its handle, or NoFrame
 * when zpages may have no further frame. Cost: some 60 instructions.
 */
export function rawFromResident(frame: i32, owner: i32): i32 {
  if (!zpagesMayGrow()) return Err.NoFrame;
  listMove(List.ZpagesAnon, frame);
  setFrameFlags(frame, Allocator.Raw << FRAME_ALLOCATOR_SHIFT);
  setFrameOwner(frame, owner);
  return frame << HANDLE_SHIFT;
}

/** The reverse: the frame of a raw zpage is a resident frame again, inactive. The frame. */
export function rawToResident(handle: i32): i32 {
  const frame: i32 = handleFrame(handle);
  setFrameFlags(frame, 0);
  listMove(List.InactiveAnon, frame);
  return frame;
}

/** A frame for one raw zpage of `zpool`, owned by entry `owner`. Its handle, or NoFrame. */
export function rawAlloc(zpool: i32, owner: i32): i32 {
  const frame: i32 = takeZpageFrame(zpool, Allocator.Raw);
  if (frame < 0) return frame;
  setFrameOwner(frame, owner);
  return frame << HANDLE_SHIFT;
}

/** Zpages in a raw frame: 1, or 0 when it is under reclaim and its zpage is gone. */
export function rawZpages(frame: i32): i32 { return frameOwner(frame) == NIL ? 0 : 1; }
export function rawIsHandle(handle: i32): boolean { return handleSlot(handle) == 0 && rawZpages(handleFrame(handle)) == 1; }
export function rawOffset(handle: i32): i32 { return frameOffset(handleFrame(handle)); }
export function rawOwner(handle: i32): i32 { return frameOwner(handleFrame(handle)); }
export function rawHandleAt(frame: i32): i32 { return rawZpages(frame) == 1 ? frame << HANDLE_SHIFT : Err.NotFound; }

/** Frees a raw zpage and its frame; one under reclaim is released by the reclaim, once. Ok or Invalid. */
export function rawFree(handle: i32): i32 {
  if (!rawIsHandle(handle)) return Err.Invalid;
  if (isUnderReclaim(handleFrame(handle))) setFrameOwner(handleFrame(handle), NIL);
  else releaseFrame(handleFrame(handle));
  return Err.Ok;
}

/** Ends a reclaim. 1: the frame is free. 0: its zpage stayed, the frame counts as youngest again. */
export function rawReclaimEnd(frame: i32): i32 {
  setUnderReclaim(frame, false);
  if (rawZpages(frame) == 0) {
    releaseFrame(frame);
    return 1;
  }
  listMove(frameList(frame), frame);
  return 0;
}
