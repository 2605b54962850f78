/**
 * Recompression: pages that have lain idle are packed anew by the dense codec, so that two of them share a frame where
 * LZ4 left each just over half, and so that fewer bytes are written when the reaper comes for them. Warm pages stay in
 * LZ4, whose load costs a fifteenth.
 *
 * Idle means old: frames are taken from the tail of the zpages' list, the one the reaper eats from. A frame whose pages
 * were recompressed keeps its place: being packed is not being used. One that gained nothing is marked and not tried again
 * until a new zpage comes into it. (zram calls this recompression of idle pages, and marks them by hand.)
 *
 * A page is decompressed into a free frame; nothing is freed before what replaces it has room. Where no frame is free and
 * no page may go to flash, a page is unpacked into the zpage buffer and packed over its own zpage (packForRoom): a store that
 * would be refused makes pairs instead, a page or two at a time.
 *
 * C1  Recompression changes no page, and loses none for want of room.
 */
import { copyBytes, read32, write32 } from "../memory";
import { Counter, count } from "../counters";
import { Knob, knob } from "../config";
import { Err } from "../errors";
import { Header, NIL, codecTableAt, pageBytes, zpageBufferAt } from "../layout";
import { Form, formOf, lengthOf, payloadOf } from "../entries";
import { FrameFlag, List, frameFlags, frameList, frameOffset, freeFrames, isFrame, listHead, listLength, listTail, setFrameFlags, younger } from "../frames";
import { lz4Compress, lz4Decompress } from "../codec/lz4";
import { zbaleCompress } from "../codec/zbale";
import { Zpool, zpoolFits, zpoolGainBytes, zpoolHandleAt, zpoolLimit, zpoolRead, zpoolZpages } from "../zpool/zpool";
import { swapTakes } from "../swap/swap-log";
import { compressDensely, compressForFlash } from "./bouncer";
import { decode } from "./frontswap";
import { replaceZpage, zpageEntry } from "./places";

/**
 * Packs the raw zpage of `entry` into at most `most` bytes; it is its own work space. 1: it is shorter now; 0: not, and after one that does
 * not shrink PoorSkip others are not tried.
 */
function repackRaw(entry: i32, most: i32): i32 {
  const lengthBytes: i32 = compressForFlash(zpoolRead(payloadOf(entry)));
  if (lengthBytes < 0 || lengthBytes > most || replaceZpage(entry, Form.Dense, lengthBytes) < 0) return 0;
  count(Counter.RecompressedPages);
  return 1;
}

/**
 * The longest result that is worth the work: any shorter one for a page that goes to flash next, for a byte there is wear;
 * otherwise one that lets two pages share a frame. (zpoolGainBytes; the half-page line.)
 */
function usefulBytes(entry: i32): i32 {
  if (swapTakes() && knob(Knob.WritebackEnabled) == 1) return lengthOf(entry) - 1;
  return zpoolGainBytes(payloadOf(entry), lengthOf(entry));
}

/** Packs the LZ4 page of `entry` into at most `most` bytes. 1: done; 0: it cannot be; NoFrame: there is no free frame to work in. */
function repack(entry: i32, most: i32): i32 {
  const work: i32 = listHead(List.Free);
  if (most < 1) return 0;
  if (work == NIL) return Err.NoFrame;
  const page: i32 = frameOffset(work);
  if (decode(Form.Lz4, zpoolRead(payloadOf(entry)), lengthOf(entry), page) != Err.Ok) return 0;
  const lengthBytes: i32 = compressDensely(page, most + 1);
  if (lengthBytes < 0 || replaceZpage(entry, Form.Dense, lengthBytes) < 0) return 0;
  count(Counter.RecompressedPages);
  return 1;
}

/**
 * The same where no frame is free: the page is unpacked into the zpage buffer and packed over its own zpage, which is
 * packed by LZ4 again, to the same bytes, if the result has no place. 1 or 0.
 */
function repackOver(entry: i32, most: i32): i32 {
  const from: i32 = zpoolRead(payloadOf(entry));
  const room: i32 = lengthOf(entry);
  // A zpage of an allocator that was current before may gain by being longer elsewhere, but here it has its own bytes only.
  const limit: i32 = most < room ? most : room - 1;
  if (limit < 1 || lz4Decompress(from, room, zpageBufferAt, pageBytes) != pageBytes) return 0;
  const lengthBytes: i32 = zbaleCompress(zpageBufferAt, pageBytes, from, limit, codecTableAt);
  if (lengthBytes < 0 || !zpoolFits(Zpool.Persistent, lengthBytes)) {
    lz4Compress(zpageBufferAt, pageBytes, from, room, codecTableAt);
    return 0;
  }
  copyBytes(zpageBufferAt, from, lengthBytes);
  replaceZpage(entry, Form.Dense, lengthBytes);
  count(Counter.RecompressedPages);
  return 1;
}

/**
 * Recompresses one page of a frame, by hand (`all` 1) whatever is gained, else where it is useful. 1, 0 when none became
 * shorter and the frame is marked, or NoFrame. Its page may lie elsewhere then and the frame be gone: begin again at the tail.
 */
function recompressFrame(frame: i32, all: i32): i32 {
  for (let which: i32 = 0, slots: i32 = zpoolLimit(frame); which < slots; which++) {
    const handle: i32 = zpoolHandleAt(frame, which);
    const entry: i32 = handle < 0 ? handle : zpageEntry(handle);
    if (entry < 0 || formOf(entry) == Form.Dense) continue;
    const most: i32 = all == 1 ? lengthOf(entry) - 1 : usefulBytes(entry);
    const isOver: boolean = all == 0 && freeFrames() == 0;
    const code: i32 = formOf(entry) == Form.Raw ? repackRaw(entry, most) : isOver ? repackOver(entry, most) : repack(entry, most);
    if (code != 0) return code;
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
 * was looked at; 0: none is left, or none is free to work in.
 */
export function recompressStep(deep: i32): i32 {
  const older: i32 = listLength(List.ZpagesAnon) + 1 >> 1;
  const frame: i32 = candidate(deep < older ? deep : older);
  return frame != NIL && recompressFrame(frame, 0) >= 0 ? 1 : 0;
}

/**
 * Recompresses at most `maxPages` pages in the `deep` oldest frames. Returns how many became shorter; NoFrame when there
 * was no free frame to work in and none did. Cost: a decompression and a dense compression for each page tried.
 */
export function recompressIdle(maxPages: i32, deep: i32): i32 {
  let done: i32 = 0;
  let frame: i32 = candidate(deep);
  while (done < maxPages && frame != NIL) {
    const code: i32 = recompressFrame(frame, 1);
    if (code < 0) return done > 0 ? done : code;
    done += code;
    frame = candidate(deep);
  }
  return done;
}

/** Frames that one call of packForRoom() looks at. */
const PACK_FRAMES: i32 = 64;

/** Where the last call ended, if zpages are still there; else the oldest frame of zpages, or NIL. */
function packFrom(): i32 {
  const frame: i32 = read32(Header.PackHand) - 1;
  return isFrame(frame) && frameList(frame) == List.ZpagesAnon ? frame : listTail(List.ZpagesAnon);
}

/** May the zpages of this frame gain? Not those that were tried, nor two of zbud's that share it. */
function mayGain(frame: i32): boolean {
  return (frameFlags(frame) & FrameFlag.Recompressed) == 0 && !(zpoolLimit(frame) == 2 && zpoolZpages(frame) == 2);
}

/**
 * Makes room without a page leaving RAM: packs pages densely where that is useful, from the oldest frames on, each call
 * going on where the last one ended, until a frame comes free. How many were tried. The zpage buffer is used. Cost: at
 * most PACK_FRAMES frames looked at, `most` pages unpacked and packed.
 */
export function packForRoom(most: i32): i32 {
  if (knob(Knob.Dense) == 0) return 0;
  const before: i32 = freeFrames();
  let tries: i32 = 0;
  let frame: i32 = packFrom();
  write32(Header.JudgedLength, 0);
  for (let left: i32 = PACK_FRAMES; left > 0 && tries < most && frame != NIL && freeFrames() == before; left--) {
    const next: i32 = younger(frame) != NIL ? younger(frame) : listTail(List.ZpagesAnon);
    if (mayGain(frame)) {
      tries++;
      recompressFrame(frame, 0);
    }
    frame = next;
  }
  write32(Header.PackHand, frame + 1);
  return tries;
}
