/** The doors: frontswap and cleancache by name, and areas. Contracts of an open store, and answers to what is wrong. */
import { areaClose, areaDiscard, areaOpen, areaPageOut, areaPlace, areaTouch, cleancacheGet, cleancacheInvalidatePage, cleancachePut, coreTick, frontswapInvalidateArea, frontswapInvalidatePage, frontswapLoad, frontswapStore, governorSetTarget, poolClose, poolFreeze, poolOpen, tenantSetQuota, tenantUse } from "../../../firmware/core/calls";
import { Knob } from "../../../firmware/core/config";
import { Counter } from "../../../firmware/core/counters";
import { Err } from "../../../firmware/core/errors";
import { coreFrames, coreGet, coreSet, counter } from "../../../firmware/core/exports";
import { CLIENT, KINDS, PAGE, Row, fillPage, holdsPage, memory, openStore } from "./bench";
import { equal, part, yes } from "./check";
import { Nor } from "./nor";

const INTO = CLIENT + 1024;

export function frontswap(): void {
  part("frontswap");
  yes("opens", openStore(new Nor(4096, 1), 14336, [Knob.PagesMax, 128]) > 8);
  const pool = poolOpen(1);
  yes("a pool opens", pool > 0);
  for (let kind = 0; kind < KINDS; kind++) {
    fillPage(CLIENT, PAGE, kind, kind + 40);
    const code = frontswapStore(pool, 7, kind, CLIENT);
    if (kind < 4) equal("a page of kind " + kind + " is stored", code, Err.Ok);
    equal("a load answers as the store did, kind " + kind, frontswapLoad(pool, 7, kind, INTO), code == 0 ? Err.Ok : Err.NotFound);
    if (code == 0) yes("kind " + kind + " is the same", holdsPage(INTO, PAGE, kind, kind + 40));
  }
  equal("a page that was never stored", frontswapLoad(pool, 7, 99, INTO), Err.NotFound);
  fillPage(CLIENT, PAGE, 2, 77);
  equal("a second store under a name", frontswapStore(pool, 7, 2, CLIENT), Err.Ok);
  frontswapLoad(pool, 7, 2, INTO);
  yes("replaces the first", holdsPage(INTO, PAGE, 2, 77));
  coreSet(Knob.StoreEnabled, 0);
  equal("a refused store", frontswapStore(pool, 7, 2, CLIENT), Err.RejectDisabled);
  equal("drops the old copy", frontswapLoad(pool, 7, 2, INTO), Err.NotFound);
  coreSet(Knob.StoreEnabled, 1);
  equal("invalidate one", frontswapInvalidatePage(pool, 7, 3), Err.Ok);
  equal("it is gone", frontswapLoad(pool, 7, 3, INTO), Err.NotFound);
  equal("invalidate the area", frontswapInvalidateArea(pool, 7), Err.Ok);
  equal("all are gone", frontswapLoad(pool, 7, 0, INTO), Err.NotFound);
  equal("no page is stored now", counter(Counter.StoredPages), 0);
}

export function wrongCalls(): void {
  part("wrong calls");
  equal("a store from the arena", frontswapStore(0, 7, 1, 64), Err.Invalid);
  equal("a store from outside", frontswapStore(0, 7, 1, memory.length), Err.Invalid);
  equal("a store that is not aligned", frontswapStore(0, 7, 1, CLIENT + 2), Err.Invalid);
  equal("an index out of range", frontswapStore(0, 7, 65536, CLIENT), Err.Invalid);
  equal("a pool that is not open", frontswapStore(3, 7, 1, CLIENT), Err.Invalid);
  equal("a knob that there is not", coreSet(Knob.Count, 1), Err.Invalid);
  equal("a value out of range", coreSet(Knob.ReserveFrames, 65), Err.Invalid);
  equal("a knob that is fixed while open", coreSet(Knob.PageBytes, 512), Err.Invalid);
  equal("it is as it was", coreGet(Knob.PageBytes), PAGE);
  equal("a touch of no area", areaTouch(9, 0, 0), Err.Invalid);
  equal("a pool of no kind", poolOpen(9), Err.Invalid);
}

export function cleancache(): void {
  part("cleancache");
  openStore(new Nor(4096, 1), 14336, [Knob.PagesMax, 128]);
  const own = poolOpen(2);
  const shared = poolOpen(6);
  yes("pools open", own > 0 && shared > own);
  fillPage(CLIENT, PAGE, 2, 9);
  equal("put", cleancachePut(own, 1, 0, CLIENT), Err.Ok);
  equal("put into the shared one", cleancachePut(shared, 1, 0, CLIENT), Err.Ok);
  equal("get", cleancacheGet(own, 1, 0, INTO), Err.Ok);
  yes("is the same", holdsPage(INTO, PAGE, 2, 9));
  equal("a get takes it along", cleancacheGet(own, 1, 0, INTO), Err.NotFound);
  equal("the shared one keeps it", cleancacheGet(shared, 1, 0, INTO), Err.Ok);
  equal("also the second time", cleancacheGet(shared, 1, 0, INTO), Err.Ok);
  equal("forget one", cleancacheInvalidatePage(shared, 1, 0), Err.Ok);
  equal("it is gone", cleancacheGet(shared, 1, 0, INTO), Err.NotFound);
  flood(own);
  equal("freeze", poolFreeze(own, 1), Err.Ok);
  equal("a put into a frozen pool", cleancachePut(own, 2, 0, CLIENT), Err.RejectFrozen);
  equal("close", poolClose(own), Err.Ok);
  equal("a closed pool", cleancachePut(own, 2, 0, CLIENT), Err.Invalid);
}

/** Pages may vanish, the oldest first, and never lie. */
function flood(pool: number): void {
  for (let i = 0; i < 100; i++) {
    fillPage(CLIENT, PAGE, 2, i);
    equal("put " + i + " of a flood", cleancachePut(pool, 5, i, CLIENT), Err.Ok);
  }
  let held = 0;
  let wrong = 0;
  for (let i = 0; i < 100; i++) {
    if (cleancacheGet(pool, 5, i, INTO) != 0) continue;
    held++;
    if (!holdsPage(INTO, PAGE, 2, i)) wrong++;
  }
  equal("none lies", wrong, 0);
  yes("some are left, and some had to go", held > 10 && held < 100);
}

export function areas(): void {
  part("areas");
  yes("opens", openStore(new Nor(4096, 1), 14336, [Knob.PagesMax, 128]) > 8);
  const area = areaOpen(64);
  yes("an area opens", area >= 0);
  equal("nowhere at first", areaPlace(area, 5), 0);
  yes("reads as zeros", holdsPage(areaTouch(area, 5, 0), PAGE, 0, 0));
  equal("beyond its end", areaTouch(area, 64, 0), Err.Invalid);
  equal("an area of nothing", areaOpen(0), Err.Invalid);
  equal("one that never fits", areaOpen(129), Err.TooBig);
  equal("one that does not fit now", areaOpen(65), Err.NoEntry);
  fillPage(areaTouch(area, 5, 1), PAGE, 2, 12);
  equal("out by hand", areaPageOut(area, 5), Err.Ok);
  equal("it is a zpage", areaPlace(area, 5), 1);
  yes("and comes back", holdsPage(areaTouch(area, 5, 0), PAGE, 2, 12));
  equal("discard", areaDiscard(area, 5), Err.Ok);
  yes("reads as zeros again", holdsPage(areaTouch(area, 5, 0), PAGE, 0, 0));
  governed();
  equal("close", areaClose(area), Err.Ok);
  equal("closed twice", areaClose(area), Err.Invalid);
}

/** Frames are lent and come back; a tenant beyond its quota is refused. */
function governed(): void {
  const all = coreFrames();
  equal("fewer frames than four", governorSetTarget(3), Err.Invalid);
  equal("a smaller target", governorSetTarget(all - 4), Err.Ok);
  equal("four are lent", (coreTick(4), counter(Counter.LentFrames)) >= 0, true);
  equal("and come back", governorSetTarget(all), Err.Ok);
  equal("a tenant that there is not", tenantUse(1), Err.Invalid);
  equal("a quota where there are no tenants", tenantSetQuota(0, 4096), Err.Invalid);
}

/** What the pages of an area hold, by number. */
class Oracle {
  readonly seeds: number[] = [];

  constructor(readonly area: number, readonly pages: number, readonly kinds: number) {
    for (let i = 0; i < pages; i++) this.seeds.push(-1);
  }

  kindOf(page: number): number { return this.seeds[page] < 0 ? 0 : 2 + page % this.kinds; }

  /** Reads page by page: how many are wrong, or the code of one that cannot be read. */
  wrong(): number {
    let wrong = 0;
    for (let page = 0; page < this.pages; page++) {
      const at = areaTouch(this.area, page, 0);
      if (at < 0) return at;
      if (!holdsPage(at, PAGE, this.kindOf(page), this.seeds[page] < 0 ? 0 : this.seeds[page])) wrong++;
    }
    return wrong;
  }

  write(page: number, seed: number): number {
    const at = areaTouch(this.area, page, 1);
    if (at < 0) return at;
    this.seeds[page] = seed;
    fillPage(at, PAGE, this.kindOf(page), seed);
    return 0;
  }
}

function pressure(name: string, flash: Nor, knobs: number[], pages: number): void {
  part(name);
  yes("opens", openStore(flash, 14336, [Knob.PagesMax, 176, Knob.RawStorage, 0].concat(knobs)) > 8);
  const oracle = new Oracle(areaOpen(pages), pages, flash.sectors > 1 ? 3 : 2);
  const row = new Row(pages);
  let refused = 0;
  for (let step = 0; step < 240; step++) if (oracle.write(row.below(pages), 1 + row.below(500)) < 0) refused++;
  equal("no write was refused", refused, 0);
  equal("every page reads as last written", oracle.wrong(), 0);
  for (let i = 0; i < 20; i++) coreTick(4);
  equal("also after idle work", oracle.wrong(), 0);
  equal("the flash was used as flash", flash.misuse, 0);
}

/** Areas of several times the frames' bytes, with each allocator, without and with flash. */
export function paging(): void {
  for (let which = 0; which < 4; which++) pressure("paging in RAM, allocator " + which, new Nor(4096, 1), [Knob.Allocator, which], 44);
  for (let which = 0; which < 4; which += 2) {
    const flash = new Nor(4096, 8);
    pressure("paging to flash, allocator " + which, flash, [Knob.Allocator, which, Knob.SectorBytes, 4096, Knob.SwapSectors, 8], 160);
    yes("pages were on flash", counter(Counter.Pswpout) > 0 && flash.programs > 0);
    yes("and came from there", counter(Counter.Pswpin) > 0);
  }
}
