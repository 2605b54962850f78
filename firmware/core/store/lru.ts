/**
 * Which resident page goes next. Two lists, as Linux keeps them: a page comes in on the inactive list, and only a
 * second touch, in another visit, makes it active. So a scan that reads each page once passes through the inactive list
 * and leaves the active pages where they are. Touches that follow one another on the same page are one visit: an app
 * that walks a page byte by byte has not used it a thousand times.
 *
 * A page that comes back from flash carries a stamp of when it went (entries.ts): the refault distance, how many pages went
 * since, says whether it was pushed out too early (noteRefault in paging.ts). If so it does not start again among the strangers.
 *
 * L1  A page that was touched since it came onto the inactive list is not the next to go: it is moved up first.
 * L2  The active list is never longer than the inactive one by more than one frame after a page was chosen.
 */
import { read32, write32 } from "../memory";
import { Err } from "../errors";
import { Header, NIL } from "../layout";
import { FrameFlag, List, frameFlags, frameList, listLength, listMove, listTail, setFrameFlags } from "../frames";

/** A visit to the resident page in `frame`, owned by `entry`. Cost: under 40 instructions on the page last visited. */
export function touchFrame(frame: i32, entry: i32): void {
  if (read32(Header.LastTouched) == entry + 1) return;
  write32(Header.LastTouched, entry + 1);
  if (frameList(frame) == List.InactiveAnon && (frameFlags(frame) & FrameFlag.Referenced) != 0) {
    setFrameFlags(frame, 0);
    listMove(List.ActiveAnon, frame);
  } else setFrameFlags(frame, frameFlags(frame) | FrameFlag.Referenced);
}

/** Moves the oldest active frames down until the inactive list is as long. */
function balance(): void {
  while (listLength(List.ActiveAnon) > listLength(List.InactiveAnon)) {
    const frame: i32 = listTail(List.ActiveAnon);
    setFrameFlags(frame, 0);
    listMove(List.InactiveAnon, frame);
  }
}

/** The frame of the resident page that is the least likely to be used again, or NotFound. */
export function oldestResident(): i32 {
  balance();
  for (let left: i32 = listLength(List.InactiveAnon); left > 0; left--) {
    const frame: i32 = listTail(List.InactiveAnon);
    if ((frameFlags(frame) & FrameFlag.Referenced) == 0) return frame;
    setFrameFlags(frame, 0);
    listMove(List.InactiveAnon, frame);
  }
  const frame: i32 = listTail(List.InactiveAnon);
  return frame == NIL ? Err.NotFound : frame;
}
