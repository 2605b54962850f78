/**
 * What every allocator shares: how a zpage is named, and how a frame says whose it is.
 *
 *   handle = frame << 8 | slot          slot 0..255: the allocator's own way to name a zpage in a frame
 *   frame table, flags byte:  allocator (bits 4 to 6) | ... | Recompressed | UnderReclaim | Referenced
 *
 * A handle leads to its frame and the frame to its allocator, so zpages of several allocators live side by side, each
 * served by its own until it is freed. Only the allocator that takes new zpages (Knob.Allocator, the current one) needs
 * to find room, so there is one fit table for all of them, and it is the current one's. Frames of the others stand in
 * no such table; zpoolSwitch() fills it anew from the frames themselves.
 *
 * H1  A frame on a list of zpages belongs to the allocator in its flags byte and holds at least one zpage of it, or a
 *     part of one.
 */
import { read32, write32 } from "../memory";
import { Err } from "../errors";
import { Header } from "../layout";
import { Knob, knob } from "../config";
import { FrameFlag, List, frameFlags, frameList, framesInUse, isFrame, listLength, listMove, setFrameFlags, takeFreeFrame, zpagesMayGrow } from "../frames";

/** The allocators, by the value of Knob.Allocator; Raw: none, the frame is the zpage (raw.ts). */
export const enum Allocator { Zbud = 0, Zfold = 1, Zsmalloc = 2, Tlsf = 3, Raw = 4, Count = 5 }

export const HANDLE_SHIFT: i32 = 8;
export const SLOT_MASK: i32 = 255;
/** Where a frame's flags name its allocator. */
export const FRAME_ALLOCATOR_SHIFT: i32 = 4;

/* for speed */ export function handleFrame(handle: i32): i32 { return handle >> HANDLE_SHIFT; }
/* for speed */ export function handleSlot(handle: i32): i32 { return handle & SLOT_MASK; }

/** Does new room come from this allocator? */
/* for speed */ export function isCurrent(allocator: i32): boolean { return knob(Knob.Allocator) == allocator; }

/** The class list of a zpool's frames: 0 persistent, 1 ephemeral. */
/* for speed */ export function listOf(zpool: i32): i32 { return zpool == 0 ? List.ZpagesAnon : List.ZpagesFile; }
/** The zpool whose zpages a frame holds. */
/* for speed */ export function zpoolOfFrame(frame: i32): i32 { return frameList(frame) == List.ZpagesAnon ? 0 : 1; }

/** The allocator of a frame of zpages, or Invalid for any other frame and for numbers that are none. */
/* for speed */ export function frameAllocator(frame: i32): i32 {
  if (!isFrame(frame)) return Err.Invalid;
  const list: i32 = frameList(frame);
  if (list != List.ZpagesAnon && list != List.ZpagesFile) return Err.Invalid;
  return frameFlags(frame) >> FRAME_ALLOCATOR_SHIFT;
}

/** Do ephemeral zpages hold all the frames that they may? */
/* for speed */ function ephemeralIsFull(): boolean {
  const percent: i32 = knob(Knob.EphemeralPercent);
  return percent < 100 && listLength(List.ZpagesFile) * 100 >= framesInUse() * percent;
}

/** Takes a free frame for zpages of `zpool`. The frame, at the head of its class's list, or NoFrame. */
/* for speed */ export function takeZpageFrame(zpool: i32, allocator: i32): i32 {
  if (!zpagesMayGrow() || zpool == 1 && ephemeralIsFull()) return Err.NoFrame;
  const frame: i32 = takeFreeFrame(listOf(zpool));
  if (frame >= 0) setFrameFlags(frame, allocator << FRAME_ALLOCATOR_SHIFT);
  return frame;
}

/** A zpage came into this frame: it counts as youngest, unless zpages are only being moved (keepOrder). */
/* for speed */ export function renew(frame: i32): void { if (read32(Header.KeepOrder) == 0) listMove(frameList(frame), frame); }

/** 1: allocations leave frames in their order, for a zpage that is moved or packed anew and not used; 0: as usual. */
/* for speed */ export function keepOrder(keep: i32): void { write32(Header.KeepOrder, keep); }

/* for speed */ export function isUnderReclaim(frame: i32): boolean { return (frameFlags(frame) & FrameFlag.UnderReclaim) != 0; }

/** Marks a frame as being reclaimed, or no longer. */
/* for speed */ export function setUnderReclaim(frame: i32, reclaimed: boolean): void {
  const flags: i32 = frameFlags(frame) & ~FrameFlag.UnderReclaim;
  setFrameFlags(frame, reclaimed ? flags | FrameFlag.UnderReclaim : flags);
}
