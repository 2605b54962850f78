/**
 * Which resident page goes next. Two lists, as Linux keeps them: a page comes in on the inactive list, and only a
 * second touch, in another visit, makes it active. So a scan that reads each page once passes through the inactive list
 * and leaves the active pages where they are. Touches that follow one another on the same page are one visit: an app
 * that walks a page byte by byte has not used it a thousand times.
 *
 * A page that comes back from flash carries a stamp of when it went (entries.ts): the refault distance, how many pages went
 * since, says whether it was pushed out too early (noteRefault in paging.ts). If so it does not start again among the strangers.
 *
 * Both lists are in the order of the last visit: a visit moves the page to the head of the active one. That costs some 80
 * instructions where a flag and a second round (Linux's way, which has no instruction to spend on a hit) cost 20, and it
 * is exact: with flags a page on its way out could be 20 visits warmer than one that stayed.
 *
 * L1  A page that was visited again since it came in is on the active list, or was among its oldest later.
 * L2  The active list is never longer than the inactive one by more than one frame after a page was chosen.
 */
import { read32, write32 } from "../memory";
import { Err } from "../errors";
import { Header, NIL } from "../layout";
import { List, listLength, listMove, listTail } from "../frames";

/**
 * A visit to the resident page in `frame`, owned by entry `entry`; `cameIn`: it came in for it. Cost: under 40 instructions
 * on the page last visited, some 80 on another.
 */
/* for speed */ export function touchFrame(frame: i32, entry: i32, cameIn: boolean): void {
  if (read32(Header.LastTouched) == entry + 1) return;
  write32(Header.LastTouched, entry + 1);
  if (!cameIn) listMove(List.ActiveAnon, frame);
}

/** Moves the oldest active frames down until the inactive list is as long. */
/* for speed */ function balance(): void {
  while (listLength(List.ActiveAnon) > listLength(List.InactiveAnon)) listMove(List.InactiveAnon, listTail(List.ActiveAnon));
}

/** The frame of the resident page that is the least likely to be used again, or NotFound. */
/* for speed */ export function oldestResident(): i32 {
  balance();
  const frame: i32 = listTail(List.InactiveAnon);
  return frame == NIL ? Err.NotFound : frame;
}
