/**
 * The governor: one budget of frames. Six classes share it (frames.ts), and the app or the engine's heap may ask for a
 * part of it back: the target says how many frames the store may use, the others are *lent* and the store does not touch
 * them until the target rises again.
 *
 *   all frames = lent + free + residents (active, inactive) + zpages (persistent, ephemeral) + an allocator's own
 *
 * A target is obeyed at once, as far as frames can be had: free ones first, then what makeRoom() frees, which is the
 * coldest (a resident page into a zpage, the oldest frame of zpages to flash). What could not be had at once has a
 * reason, and idle work goes on with it whenever something has come free. The limits of the classes (ResidentPercent,
 * PoolLimitPercent, EphemeralPercent) are shares of what is in use, so a smaller budget shrinks every class.
 *
 * The alternative, a heap that grows into the arena by itself, needs one contiguous hole and moves live data to make it;
 * here a lent frame is any frame, and nothing else moves.
 *
 * V1  The target is between 4 and all frames, and never more than what is in use.
 * V2  Lending leaves two frames that are free or resident (F4), so pages still come in and go out.
 */
import { read32, write32 } from "../memory";
import { Knob, knob } from "../config";
import { Err } from "../errors";
import { Header, frames } from "../layout";
import { List, frameList, frameOffset, framesInUse, freeFrames, isFrame, listHead, listMove, takeFreeFrame, zpagesMayGrow } from "../frames";
import { swapIsOpen } from "../swap/swap-log";
import { fillReserve, freeUp } from "./paging";
import { Asker, askFor } from "./tenants";

/** The fewest frames that a store can live with. */
const LEAST_FRAMES: i32 = 4;

/** Every frame is the store's. */
export function openGovernor(): void { write32(Header.FramesTarget, frames); }

/** How many frames the store may use. */
export function governorTarget(): i32 { return read32(Header.FramesTarget); }

/** Why no frame can be had: no flash, it must not be written to, or neither a page nor a zpage can leave now. */
function whyNot(): i32 {
  if (!swapIsOpen()) return Err.NoFlash;
  return knob(Knob.WritebackEnabled) == 0 ? Err.Refused : Err.NoFrame;
}

function mayLend(): boolean { return freeFrames() > 0 && zpagesMayGrow(); }

/** Lends one frame. Ok, or why none can be had. Each round frees one more frame, so there are at most three. */
function lendFrame(): i32 {
  askFor(Asker.Anyone);
  while (!mayLend()) if (!freeUp(freeFrames() + 1)) return whyNot();
  takeFreeFrame(List.Lent);
  return Err.Ok;
}

/**
 * The store may use `target` frames from now on. Ok when that is so on return; Invalid below 4 or above all frames;
 * NoFlash, Refused or NoFrame when frames are still to be lent that cannot be had now: the target stands and idle work
 * goes on with it. Cost: for each frame lent at most that of a few faults.
 */
export function governorSetTarget(target: i32): i32 {
  if (target < LEAST_FRAMES || target > frames) return Err.Invalid;
  write32(Header.FramesTarget, target);
  while (framesInUse() < target) listMove(List.Free, listHead(List.Lent));
  while (framesInUse() > target) {
    const code: i32 = lendFrame();
    if (code < 0) return code;
  }
  return Err.Ok;
}

/** Where the bytes of a lent frame lie, for who asked for it; Invalid for a frame that is not lent. */
export function governorLent(frame: i32): i32 { return isFrame(frame) && frameList(frame) == List.Lent ? frameOffset(frame) : Err.Invalid; }

/** Is there no idle work: does the reserve leave a frame over, and is the target met? Cost: under 60 instructions. */
export function governorIdle(): boolean {
  return freeFrames() > knob(Knob.ReserveFrames) && framesInUse() == read32(Header.FramesTarget);
}

/** Idle work, at most `budget` steps: lends what the target asks for, then fills the reserve. The steps done. */
export function governorTick(budget: i32): i32 {
  let done: i32 = 0;
  while (done < budget && framesInUse() > read32(Header.FramesTarget) && lendFrame() == Err.Ok) done++;
  askFor(Asker.Nobody);
  return freeFrames() >= knob(Knob.ReserveFrames) ? done : done + fillReserve(knob(Knob.ReserveFrames), budget - done);
}
