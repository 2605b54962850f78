/**
 * Recompression: pages that have lain idle are packed anew by the dense codec, so that two of them share a frame where
 * LZ4 left each just over half, and so that fewer bytes are written when the reaper comes for them. Warm pages stay in
 * LZ4, whose load costs a fifteenth.
 *
 * Idle means old: frames are taken from the tail of the zpages' list, the one the reaper eats from. A frame whose pages
 * were recompressed keeps its place: being packed is not being used. One that gained nothing is marked and not tried again
 * until a new zpage comes into it. (zram calls this recompression of idle pages, and marks them by hand.)
 *
 * No frame need be free: a page is unpacked into the zpage buffer and packed over its own zpage, which LZ4 packs again if the
 * result has no place; nothing is freed before what replaces it has room, its own counted. So a store that would be
 * refused makes pairs instead, a page or two at a time (packForRoom). With zbud a zpage that is alone is packed even if it
 * stays so, for the hole beside it grows, and zpages of pairs move into such holes: at the end each large page has a small
 * one beside it, whatever order they came in.
 *
 * C1  Recompression changes no page, and loses none for want of room.
 */
import { copyBytes, read32, write32 } from "../memory";
import { Counter, count, counterValue } from "../counters";
import { Knob, knob } from "../config";
import { Header, NIL, codecTableAt, pageBytes, zpageBufferAt } from "../layout";
import { Form, formOf, lengthOf, payloadOf } from "../entries";
import { FrameFlag, List, frameFlags, frameList, freeFrames, isFrame, listLength, listTail, setFrameFlags, younger, zpagesMayGrow } from "../frames";
import { lz4Compress, lz4Decompress } from "../codec/lz4";
import { zbaleCompress } from "../codec/zbale";
import { Zpool, zpoolFits, zpoolFitsInstead, zpoolGainBytes, zpoolHandleAt, zpoolLimit, zpoolMaxBytes, zpoolRead } from "../zpool/zpool";
import { swapTakes } from "../swap/swap-log";
import { compressDensely, compressForFlash } from "./bouncer";
import { goesToFlash, moveZpage, replaceZpage, zpageEntry } from "./places";

/**
 * Packs the raw zpage of `entry` into at most `most` bytes; it is its own work space. 1: it is shorter now; 0: not, and after one that does
 * not shrink PoorSkip others are not tried.
 */
function repackRaw(entry: i32, most: i32): i32 {
  const from: i32 = zpoolRead(payloadOf(entry));
  const lengthBytes: i32 = swapTakes() ? compressForFlash(from) : compressDensely(from, most + 1);
  if (lengthBytes < 0 || lengthBytes > most || replaceZpage(entry, Form.Dense, lengthBytes) < 0) return 0;
  count(Counter.RecompressedPages);
  return 1;
}

/**
 * The longest result that is worth the work: any shorter one for a page that goes to flash next, for a byte there is wear;
 * otherwise one that lets two pages share a frame. (zpoolGainBytes; the half-page line.)
 */
function usefulBytes(entry: i32): i32 {
  if (goesToFlash()) return lengthOf(entry) - 1;
  return zpoolGainBytes(payloadOf(entry), lengthOf(entry));
}

/** Is there a place for a zpage of this length that replaces that of `entry`? */
function hasPlace(entry: i32, lengthBytes: i32): boolean {
  if (freeFrames() > 0 && zpagesMayGrow()) return lengthBytes <= zpoolMaxBytes();
  return zpoolFits(Zpool.Persistent, lengthBytes) || !goesToFlash() && zpoolFitsInstead(payloadOf(entry), lengthBytes);
}

/**
 * Packs the LZ4 page of `entry` into at most `most` bytes. It is unpacked into the zpage buffer and packed over its own
 * zpage, which is packed by LZ4 again, to the same bytes, if the result has no place. 1 or 0.
 */
function repack(entry: i32, most: i32): i32 {
  const from: i32 = zpoolRead(payloadOf(entry));
  const room: i32 = lengthOf(entry);
  // A zpage of an allocator that was current before may gain by being longer elsewhere, but here it has its own bytes only.
  const limit: i32 = most < room ? most : room - 1;
  if (limit < 1 || lz4Decompress(from, room, zpageBufferAt, pageBytes) != pageBytes) return 0;
  const lengthBytes: i32 = zbaleCompress(zpageBufferAt, pageBytes, from, limit, codecTableAt);
  if (lengthBytes < 0 || !hasPlace(entry, lengthBytes)) {
    lz4Compress(zpageBufferAt, pageBytes, from, room, codecTableAt);
    return 0;
  }
  copyBytes(zpageBufferAt, from, lengthBytes);
  replaceZpage(entry, Form.Dense, lengthBytes);
  count(Counter.RecompressedPages);
  return 1;
}

/** The entry of the zpage in slot `which` of a frame, if it is not packed densely yet; else -1. */
function unpackedIn(frame: i32, which: i32): i32 {
  const handle: i32 = zpoolHandleAt(frame, which);
  const entry: i32 = handle < 0 ? handle : zpageEntry(handle);
  return entry < 0 || formOf(entry) == Form.Dense ? -1 : entry;
}

/** Packs the page of `entry` densely into at most `most` bytes. 1, or 0 when it stays as it is. */
function repackAny(entry: i32, most: i32): i32 { return formOf(entry) == Form.Raw ? repackRaw(entry, most) : repack(entry, most); }

/**
 * Recompresses one page of a frame, by hand (`all` 1) whatever is gained, else where it is useful. 1, or 0 when none became
 * shorter and the frame is marked. Its page may lie elsewhere then and the frame be gone: begin again at the tail.
 */
function recompressFrame(frame: i32, all: i32): i32 {
  for (let which: i32 = 0, slots: i32 = zpoolLimit(frame); which < slots; which++) {
    const entry: i32 = unpackedIn(frame, which);
    const most: i32 = entry < 0 ? 0 : all == 1 ? lengthOf(entry) - 1 : usefulBytes(entry);
    if (most > 0 && repackAny(entry, most) == 1) return 1;
  }
  setFrameFlags(frame, frameFlags(frame) | FrameFlag.Recompressed);
  return 0;
}

/** The oldest frame of persistent zpages that was not looked at yet, among the `deep` oldest; NIL if there is none. */
function candidate(deep: i32): i32 {
  let frame: i32 = listTail(List.ZpagesAnon);
  for (let left: i32 = deep; left > 0 && frame != NIL; left--) {
    if ((frameFlags(frame) & FrameFlag.Recompressed) == 0) return frame;
    frame = younger(frame);
  }
  return NIL;
}

/**
 * Idle work: one frame among the `deep` oldest, and not of the younger half, whose pages are warm and stay in LZ4. 1: one
 * was looked at; 0: none is left.
 */
export function recompressStep(deep: i32): i32 {
  const older: i32 = listLength(List.ZpagesAnon) + 1 >> 1;
  const frame: i32 = candidate(deep < older ? deep : older);
  if (frame == NIL) return 0;
  recompressFrame(frame, 0);
  return 1;
}

/**
 * Recompresses at most `maxPages` pages in the `deep` oldest frames. Returns how many became shorter. Cost: a
 * decompression and a dense compression for each page tried.
 */
export function recompressIdle(maxPages: i32, deep: i32): i32 {
  let done: i32 = 0;
  for (let frame: i32 = candidate(deep); done < maxPages && frame != NIL; frame = candidate(deep)) done += recompressFrame(frame, 1);
  return done;
}

/** Frames that one call of packForRoom() looks at. */
const PACK_FRAMES: i32 = 64;

/** Bits of the hand that say in which frame the last call ended, plus 1; above them is the slot. NIL plus 1 ends in 0: no frame. */
const HAND_FRAME_BITS: i32 = 16;

/** Where the last call ended, if zpages are still there; else the oldest frame of zpages, from its first slot on, or NIL. */
function packFrom(): i32 {
  const frame: i32 = (read32(Header.PackHand) & (1 << HAND_FRAME_BITS) - 1) - 1;
  if (isFrame(frame) && frameList(frame) == List.ZpagesAnon) return frame;
  write32(Header.PackHand, 0);
  return listTail(List.ZpagesAnon);
}

/**
 * Packs one page of a frame for room, where that is useful, from slot `from` on. Each page that is tried counts, in vain or not,
 * until PackLeft has come down to `least`. The slot to go on at; -1: the frame is done, or its page may lie elsewhere now. A
 * frame in which all were tried in vain is marked.
 */
function packFrame(frame: i32, from: i32, least: i32): i32 {
  for (let which: i32 = from, slots: i32 = zpoolLimit(frame); which < slots; which++) {
    const entry: i32 = unpackedIn(frame, which);
    const most: i32 = entry < 0 ? 0 : usefulBytes(entry);
    if (most < 1) continue;
    if (read32(Header.PackLeft) <= least) return which;
    write32(Header.PackLeft, read32(Header.PackLeft) - 1);
    if (repackAny(entry, most) == 1) return -1;
  }
  setFrameFlags(frame, frameFlags(frame) | FrameFlag.Recompressed);
  return -1;
}

/** Moves zbud's zpages of a frame to others where that leaves more room in one piece. */
function moveFrame(frame: i32): void {
  if (counterValue(Counter.UnbuddiedCount) == 0 || zpoolLimit(frame) != 2) return;
  for (let which: i32 = 0; which < 2; which++) {
    const handle: i32 = zpoolHandleAt(frame, which);
    const entry: i32 = handle < 0 ? handle : zpageEntry(handle);
    if (entry >= 0) moveZpage(entry);
  }
}

/**
 * Makes room without a page leaving RAM: packs pages densely where that is useful, from the oldest frames on, each call
 * going on where the last one ended, until a frame comes free, and moves zbud's zpages together. How many were tried; a
 * frame may have come free where none was. The zpage buffer is used. Cost: at most PACK_FRAMES frames looked at and `most` pages unpacked and packed, and
 * no more in all for who asked for room (askFor).
 */
export function packForRoom(most: i32): i32 {
  if (knob(Knob.Dense) == 0) return 0;
  const before: i32 = freeFrames();
  const allowed: i32 = read32(Header.PackLeft);
  const least: i32 = allowed > most ? allowed - most : 0;
  let frame: i32 = packFrom();
  let slot: i32 = read32(Header.PackHand) >> HAND_FRAME_BITS;
  let hand: i32 = 0;
  write32(Header.JudgedLength, 0);
  for (let left: i32 = PACK_FRAMES; left > 0 && frame != NIL && freeFrames() == before; left--) {
    const next: i32 = younger(frame) != NIL ? younger(frame) : listTail(List.ZpagesAnon);
    const stopped: i32 = hand == 0 && (frameFlags(frame) & FrameFlag.Recompressed) == 0 ? packFrame(frame, slot, least) : -1;
    // What is left is packed when somebody asks again. Moving costs next to nothing and goes on.
    if (stopped >= 0) hand = frame + 1 | stopped << HAND_FRAME_BITS;
    slot = 0;
    moveFrame(frame);
    frame = next;
  }
  write32(Header.PackHand, hand != 0 ? hand : frame + 1);
  return allowed - read32(Header.PackLeft);
}
