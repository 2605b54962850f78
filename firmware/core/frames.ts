/**
 * The frame table: which pageframe is on which list. A frame is on exactly one of nine lists, and the list says what
 * it is used for: free, or one of the six classes that the governor's budget counts (resident pages active and
 * inactive, frames of zpages; each for persistent pages, "anon", and for re-creatable ones, "file"), an allocator's
 * own, or lent: the governor keeps its hands off it and the app may use its bytes.
 *
 *   frame table, 8 bytes a frame:  next u16 | previous u16 | list u8 | flags u8 | owner u16 (entry of a resident or raw page)
 *   flags:                         Referenced 1, UnderReclaim 2, Recompressed 4, bits 4 to 6: the allocator of a frame of zpages
 *   list heads, 8 bytes a list:    head u16 | tail u16 | length u16 | spare
 *
 * Every list is doubly linked with the youngest frame at the head, so putting, taking and moving cost the same small
 * number of instructions however many frames there are.
 *
 * Two frames never hold zpages (zpagesMayGrow), so that pages can always be brought in and out through them, however
 * full the allocators are.
 *
 * F1  A frame is on exactly one list, and its list byte says which.
 * F2  The lengths of the nine lists add up to the number of frames.
 * F3  next and previous agree: the frame after a frame's previous is the frame itself.
 * F4  At least two frames are free or hold resident pages.
 */
import { read8, read16, write8, write16 } from "./memory";
import { Err } from "./errors";
import { Header, NIL, frameTableAt, frames, framesAt, pageShift } from "./layout";

/**
 * The lists, in the order of the class counters. Spare: the frame that zsmalloc keeps to copy zpages together in. Lent:
 * frames that the store does without (governor.ts).
 */
export const enum List { ActiveFile = 0, InactiveFile = 1, ZpagesFile = 2, ActiveAnon = 3, InactiveAnon = 4, ZpagesAnon = 5, Free = 6, Spare = 7, Lent = 8, Count = 9 }

/**
 * Frame flags. Referenced: touched since it came onto its list; a frame of zpages: loaded from. UnderReclaim: its allocator must not put a new zpage into
 * it. Recompressed: the dense codec has been at its zpages, and there is nothing more to gain.
 */
export const enum FrameFlag { Referenced = 1, UnderReclaim = 2, Recompressed = 4 }

/* for speed */ function linkOf(frame: i32): i32 { return frameTableAt + (frame << 3); }
/* for speed */ function headOf(list: i32): i32 { return Header.ListsAt + (list << 3); }

/* for speed */ export function frameOffset(frame: i32): i32 { return framesAt + (frame << pageShift); }
/* for speed */ export function frameList(frame: i32): i32 { return read8(linkOf(frame) + 4); }
/* for speed */ export function frameFlags(frame: i32): i32 { return read8(linkOf(frame) + 5); }
/* for speed */ export function setFrameFlags(frame: i32, flags: i32): void { write8(linkOf(frame) + 5, flags); }
/* for speed */ export function frameOwner(frame: i32): i32 { return read16(linkOf(frame) + 6); }
/* for speed */ export function setFrameOwner(frame: i32, entry: i32): void { write16(linkOf(frame) + 6, entry); }

/* for speed */ export function listHead(list: i32): i32 { return read16(headOf(list)); }
/* for speed */ export function listTail(list: i32): i32 { return read16(headOf(list) + 2); }
/* for speed */ export function listLength(list: i32): i32 { return read16(headOf(list) + 4); }
/** The frame one step nearer to the tail, NIL at the tail. */
/* for speed */ export function older(frame: i32): i32 { return read16(linkOf(frame)); }
/** The frame one step nearer to the head, NIL at the head. */
/* for speed */ export function younger(frame: i32): i32 { return read16(linkOf(frame) + 2); }

/** Puts a frame that is on no list at the head of `list`. */
/* for speed */ export function listPut(list: i32, frame: i32): void {
  const link: i32 = linkOf(frame);
  const head: i32 = headOf(list);
  const first: i32 = read16(head);
  write16(link, first);
  write16(link + 2, NIL);
  write8(link + 4, list);
  if (first == NIL) write16(head + 2, frame);
  else write16(linkOf(first) + 2, frame);
  write16(head, frame);
  write16(head + 4, read16(head + 4) + 1);
}

/** Takes a frame off its list. */
/* for speed */ export function listTake(frame: i32): void {
  const link: i32 = linkOf(frame);
  const head: i32 = headOf(read8(link + 4));
  const next: i32 = read16(link);
  const previous: i32 = read16(link + 2);
  if (previous == NIL) write16(head, next);
  else write16(linkOf(previous), next);
  if (next == NIL) write16(head + 2, previous);
  else write16(linkOf(next) + 2, previous);
  write16(head + 4, read16(head + 4) - 1);
}

/** Moves a frame to the head of `list`, its own or another. */
/* for speed */ export function listMove(list: i32, frame: i32): void {
  listTake(frame);
  listPut(list, frame);
}

/** Moves a frame to the place behind `other` on the list of that one: it is as old, and goes first. */
/* for speed */ export function listMoveBehind(frame: i32, other: i32): void {
  listTake(frame);
  const list: i32 = frameList(other);
  const next: i32 = older(other);
  write16(linkOf(frame), next);
  write16(linkOf(frame) + 2, other);
  write8(linkOf(frame) + 4, list);
  write16(linkOf(other), frame);
  if (next == NIL) write16(headOf(list) + 2, frame);
  else write16(linkOf(next) + 2, frame);
  write16(headOf(list) + 4, read16(headOf(list) + 4) + 1);
}

/** Makes every frame free, the lowest first to be taken. */
export function openFrames(): void {
  for (let list: i32 = 0; list < List.Count; list++) {
    write16(headOf(list), NIL);
    write16(headOf(list) + 2, NIL);
    write16(headOf(list) + 4, 0);
  }
  for (let frame: i32 = frames - 1; frame >= 0; frame--) listPut(List.Free, frame);
}

/** Takes a free frame and puts it at the head of `list`. Returns the frame, or NoFrame. */
/* for speed */ export function takeFreeFrame(list: i32): i32 {
  const frame: i32 = listHead(List.Free);
  if (frame == NIL) return Err.NoFrame;
  setFrameFlags(frame, 0);
  listMove(list, frame);
  return frame;
}

/** Gives a frame back. Its bytes are garbage from now on. */
/* for speed */ export function releaseFrame(frame: i32): void {
  setFrameFlags(frame, 0);
  listMove(List.Free, frame);
}

/** Frames that zpages never take: one for a page on its way in, one for a page on its way out. */
const EMERGENCY_FRAMES: i32 = 2;

/** May an allocator take one more frame for zpages, or the governor lend one? */
/* for speed */ export function zpagesMayGrow(): boolean {
  const others: i32 = listLength(List.Free) + listLength(List.ActiveAnon) + listLength(List.InactiveAnon);
  return others > EMERGENCY_FRAMES;
}

/** Frames that the store may use: all but those lent. */
/* for speed */ export function framesInUse(): i32 { return frames - listLength(List.Lent); }

/* for speed */ export function freeFrames(): i32 { return listLength(List.Free); }
/* for speed */ export function isFrame(frame: i32): boolean { return frame >= 0 && frame < frames; }
