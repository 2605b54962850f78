import { Knob } from "../../firmware/core/config";
import { Err } from "../../firmware/core/errors";
import { checkInvariants } from "../helpers/check";
import { Core, CoreOptions, bothBuilds } from "../helpers/cores";
import { makePage } from "../helpers/pages";
import { Random, seedOr } from "../helpers/random";
import { setVersion } from "../helpers/sector-headers";
import { SimFlash, openSimFlash } from "../../hal/sim/flash";
import { Kind, SwapImage } from "../../tools/swap/image";

const PAGE = 1024;
const SECTOR = 4096;
const SECTORS = 10;
/** swap/recovery.ts Chip. */
const FOUND = { blank: 1, volatile: 2, durable: 3, foreign: 16, otherVersion: 17, otherGeometry: 18, incomplete: 19, noRoom: 20 };

function board(sim: SimFlash, extra: Partial<Record<Knob, number>> = {}): CoreOptions {
  return { knobs: { [Knob.PagesMax]: 256, [Knob.RawStorage]: 0, [Knob.SectorBytes]: SECTOR, [Knob.SwapSectors]: SECTORS, [Knob.DurablePagesMax]: 40, ...extra }, flash: sim.flash };
}

function openArea(core: Core, name: string, pages: number): number {
  return core.areaOpenDurable(core.put(Buffer.from(name, "latin1")), name.length, pages);
}

function write(core: Core, area: number, page: number, content: Uint8Array): void {
  const at = core.areaTouch(area, page, 1);
  if (at < 0) throw new Error(`areaTouch answered ${at}`);
  core.bytes.set(content, at);
}

function read(core: Core, area: number, page: number): Uint8Array | number {
  const at = core.areaTouch(area, page, 0);
  return at < 0 ? at : core.copy(at, PAGE);
}

function check(core: Core, sim: SimFlash): void { checkInvariants(core.bytes.subarray(0, core.arenaBytes), sim.chip.cells); }

/** A chip with a durable area "kept" of four pages that do not compress, all synced. */
function withKept(open: (options?: CoreOptions) => Core, own: number): { sim: SimFlash; pages: Uint8Array[] } {
  const sim = openSimFlash("w25q16");
  const core = open(board(sim));
  const random = new Random(seedOr(own));
  const area = openArea(core, "kept", 4);
  const pages = Array.from({ length: 4 }, (_, page) => {
    const content = makePage("random", PAGE, random);
    write(core, area, page, content);
    return content;
  });
  if (core.areaSync(area) !== Err.Ok) throw new Error("the area does not sync");
  return { sim, pages };
}

bothBuilds("a durable area is found by its name after a reset with what was last synced, and without what was not", (t, open) => {
  const sim = openSimFlash("w25q16");
  const random = new Random(seedOr(401));
  const kinds = ["random", "csv", "same", "zeros", "json"] as const;
  const first = open(board(sim));
  t.is(first.swapFound(), FOUND.blank);
  const area = openArea(first, "log", kinds.length);
  const pages = kinds.map((kind) => makePage(kind, PAGE, random));
  pages.forEach((content, page) => write(first, area, page, content));
  t.is(first.areaSync(area), Err.Ok);
  write(first, area, 0, makePage("csv", PAGE, random));
  check(first, sim);
  const second = open(board(sim));
  t.is(second.swapFound(), FOUND.durable);
  const again = openArea(second, "log", kinds.length);
  pages.forEach((content, page) => t.deepEqual(read(second, again, page), content, `page ${page}`));
  t.is(openArea(second, "log", kinds.length), again, "it is open already");
  check(second, sim);
});

bothBuilds("a sync without changes writes nothing; one changed page costs its record and a commit of 16 bytes", (t, open) => {
  const sim = openSimFlash("w25q16");
  const core = open(board(sim));
  const area = openArea(core, "a", 6);
  const random = new Random(seedOr(402));
  write(core, area, 1, makePage("random", PAGE, random));
  t.is(core.areaSync(area), Err.Ok);
  const before = sim.chip.counters.programBytes;
  t.is(core.coreSync(), Err.Ok);
  for (let page = 0; page < 6; page++) read(core, area, page);
  t.is(core.areaSync(area), Err.Ok);
  t.is(sim.chip.counters.programBytes, before, "reading changes nothing");
  write(core, area, 1, makePage("random", PAGE, random));
  t.is(core.areaSync(area), Err.Ok);
  t.is(sim.chip.counters.programBytes - before, 16 + PAGE + 16);
});

bothBuilds("what changed since the last sync may leave RAM and come back, and is not on flash for a reset to find", (t, open) => {
  const { sim, pages } = withKept(open, 403);
  const core = open(board(sim, { [Knob.ResidentPercent]: 5 }));
  const random = new Random(seedOr(404));
  const area = openArea(core, "kept", 4);
  const changed = makePage("random", PAGE, random);
  write(core, area, 2, changed);
  t.is(core.areaPageOut(area, 2), Err.Ok);
  const other = core.areaOpen(120);
  for (let page = 0; page < 120; page++) core.areaTouch(other, page, 1);
  t.deepEqual(read(core, area, 2), changed);
  check(core, sim);
  const after = open(board(sim));
  const again = openArea(after, "kept", 4);
  pages.forEach((content, page) => t.deepEqual(read(after, again, page), content));
});

bothBuilds("a discarded page reads as zeros at once, and after the next sync for ever; before it a reset finds the old bytes", (t, open) => {
  const { sim, pages } = withKept(open, 405);
  const core = open(board(sim));
  const area = openArea(core, "kept", 4);
  t.is(core.areaDiscard(area, 1), Err.Ok);
  t.deepEqual(read(core, area, 1), new Uint8Array(PAGE));
  const between = open(board(sim));
  t.deepEqual(read(between, openArea(between, "kept", 4), 1), pages[1]);
  t.is(core.areaSync(area), Err.Ok);
  const after = open(board(sim));
  t.deepEqual(read(after, openArea(after, "kept", 4), 1), new Uint8Array(PAGE));
  t.deepEqual(read(after, openArea(after, "kept", 4), 0), pages[0]);
  check(after, sim);
});

bothBuilds("a deleted area goes with the next sync, and one made anew under its name never sees its pages", (t, open) => {
  const { sim, pages } = withKept(open, 406);
  const core = open(board(sim));
  t.is(core.areaDelete(openArea(core, "kept", 4)), Err.Ok);
  const between = open(board(sim));
  t.deepEqual(read(between, openArea(between, "kept", 4), 3), pages[3]);
  const anew = openArea(core, "kept", 7);
  t.true(anew >= 0, "another size is another area");
  t.is(core.coreSync(), Err.Ok);
  check(core, sim);
  const after = open(board(sim));
  const area = openArea(after, "kept", 7);
  for (let page = 0; page < 7; page++) t.deepEqual(read(after, area, page), new Uint8Array(PAGE));
});

bothBuilds("cleaning keeps what is committed, moves it, and it is found where it went", (t, open) => {
  const { sim, pages } = withKept(open, 407);
  const core = open(board(sim));
  const random = new Random(seedOr(408));
  const busy = core.areaOpen(8);
  for (let step = 0; step < 400; step++) {
    write(core, busy, step % 8, makePage("random", PAGE, random));
    t.is(core.areaPageOut(busy, step % 8), Err.Ok);
  }
  t.true(core.counterOf("zcache_mcu.sector_erases") > 3 * SECTORS);
  check(core, sim);
  const after = open(board(sim));
  pages.forEach((content, page) => t.deepEqual(read(after, openArea(after, "kept", 4), page), content));
});

bothBuilds("a sync that finds no room says so, leaves what was committed, and the next one may succeed", (t, open) => {
  const sim = openSimFlash("w25q16");
  const options = board(sim, { [Knob.DurablePagesMax]: 40 });
  const core = open(options);
  const random = new Random(seedOr(409));
  const area = openArea(core, "big", 14);
  const pages = Array.from({ length: 14 }, () => makePage("random", PAGE, random));
  pages.forEach((content, page) => write(core, area, page, content));
  t.is(core.areaSync(area), Err.Ok);
  let code: number = Err.Ok;
  for (let round = 0; round < 3 && code === Err.Ok; round++) {
    const other = openArea(core, `more${round}`, 8);
    for (let page = 0; page < 8; page++) write(core, other, page, makePage("random", PAGE, random));
    code = core.coreSync();
  }
  t.is(code, Err.SwapFull);
  check(core, sim);
  const after = open(options);
  pages.forEach((content, page) => t.deepEqual(read(after, openArea(after, "big", 14), page), content));
});

bothBuilds("names, sizes and numbers that cannot be are codes, and nothing changes", (t, open) => {
  const core = open(board(openSimFlash("w25q16")));
  t.is(openArea(core, "", 4), Err.Invalid);
  t.is(openArea(core, "x".repeat(25), 4), Err.Invalid);
  t.is(openArea(core, "x", 0), Err.Invalid);
  t.is(openArea(core, "x", 41), Err.TooBig);
  const area = openArea(core, "x".repeat(24), 4);
  t.true(area >= 0);
  t.is(openArea(core, "x".repeat(24), 5), Err.WrongSize);
  const codes = Array.from({ length: 12 }, (_, i) => openArea(core, `n${i}`, 1));
  t.true(codes.includes(Err.NoEntry));
  t.is(core.areaSync(-2), Err.Invalid);
  t.is(core.areaSync(codes[0] + 100), Err.Invalid);
  t.is(core.areaSync(core.areaOpen(1)), Err.Invalid);
  t.is(core.areaDelete(-1), Err.Invalid);
  const without = open({});
  t.is(openArea(without, "x", 1), Err.NoFlash);
  t.is(without.coreSync(), Err.NoFlash);
  t.is(without.swapFormat(), Err.NoFlash);
});

bothBuilds("a flipped bit in a durable record is Corrupt, before and after cleaning and a reset, until the page is written again", (t, open) => {
  const { sim, pages } = withKept(open, 410);
  const at = sim.chip.cells.findIndex((_, i) => i % 16 === 0 && Buffer.compare(sim.chip.cells.subarray(i, i + PAGE), pages[2]) === 0);
  t.true(at > 0);
  sim.chip.cells[at + 500] ^= 8;
  const core = open(board(sim));
  const area = openArea(core, "kept", 4);
  t.is(read(core, area, 2), Err.Corrupt);
  t.deepEqual(read(core, area, 1), pages[1]);
  const random = new Random(seedOr(411));
  const busy = core.areaOpen(8);
  for (let step = 0; step < 200; step++) {
    write(core, busy, step % 8, makePage("random", PAGE, random));
    core.areaPageOut(busy, step % 8);
  }
  const after = open(board(sim));
  const again = openArea(after, "kept", 4);
  t.is(read(after, again, 2), Err.Corrupt);
  t.deepEqual(read(after, again, 3), pages[3]);
  t.is(after.areaDiscard(again, 2), Err.Ok);
  t.is(after.areaSync(again), Err.Ok);
  const last = open(board(sim));
  t.deepEqual(read(last, openArea(last, "kept", 4), 2), new Uint8Array(PAGE));
});

/** Where these bytes lie on the chip as they are. */
function findOn(sim: SimFlash, content: Uint8Array): number {
  const at = sim.chip.cells.findIndex((_, i) => i % 16 === 0 && Buffer.compare(sim.chip.cells.subarray(i, i + content.length), content) === 0);
  if (at < 0) throw new Error("no record holds these bytes");
  return at;
}

/** Pages go to flash until the log has been cleaned all round. */
function churn(core: Core, random: Random): void {
  const busy = core.areaOpen(8);
  for (let step = 0; step < 200; step++) {
    write(core, busy, step % 8, makePage("random", PAGE, random));
    core.areaPageOut(busy, step % 8);
  }
  core.areaClose(busy);
}

bothBuilds("a change that is lost on flash before it was synced stays Corrupt, after a reset too, and the others sync; the old page never comes back as if it were the last", (t, open) => {
  for (const isCleaned of [false, true]) {
    const { sim, pages } = withKept(open, 431);
    const core = open(board(sim));
    const area = openArea(core, "kept", 4);
    const other = openArea(core, "other", 1);
    const random = new Random(seedOr(432));
    const [changed, healthy, fresh] = [0, 1, 2].map(() => makePage("random", PAGE, random));
    write(core, area, 1, changed);
    t.is(core.areaPageOut(area, 1), Err.Ok);
    sim.chip.cells[findOn(sim, changed) + 300] ^= 1;
    // Cleaning finds the record damaged and gives it up; that must not make the old page pass for the new one.
    if (isCleaned) churn(core, random);
    write(core, other, 0, healthy);
    write(core, area, 3, healthy);
    t.is(core.coreSync(), Err.Ok);
    t.is(core.areaSync(area), Err.Ok);
    churn(core, random);
    t.is(core.coreSync(), Err.Ok);
    check(core, sim);
    const after = open(board(sim));
    const [again, others] = [openArea(after, "kept", 4), openArea(after, "other", 1)];
    t.is(read(after, again, 1), Err.Corrupt);
    t.deepEqual([read(after, again, 0), read(after, again, 3), read(after, others, 0)], [pages[0], healthy, healthy]);
    t.is(after.areaTouch(again, 1, 1), Err.Corrupt, "it cannot be changed in part");
    after.bytes.set(fresh, after.areaTouch(again, 1, 2));
    t.is(after.areaSync(again), Err.Ok);
    check(after, sim);
    const last = open(board(sim));
    t.deepEqual(read(last, openArea(last, "kept", 4), 1), fresh);
  }
});

for (const [what, offset] of [["data", 500], ["header", -10]] as const) {
  bothBuilds(`a committed page whose ${what} rotted since the boot stops no sync, however often it was looked at; written whole or discarded it heals`, (t, open) => {
    // What a boot makes of a header that has rotted is recovery's to say.
    for (const heals of offset > 0 ? ["replaced", "discarded", "left"] as const : ["replaced", "discarded"] as const) {
      const { sim, pages } = withKept(open, 434);
      const core = open(board(sim));
      // Two bits: one alone would be mended in a header.
      sim.chip.cells[findOn(sim, pages[2]) + offset] ^= 0x18;
      const random = new Random(seedOr(435));
      const [area, other] = [openArea(core, "kept", 4), openArea(core, "other", 2)];
      const fresh = makePage("random", PAGE, random);
      for (let round = 0; round < 4; round++) {
        t.is(read(core, area, 2), Err.Corrupt);
        write(core, other, 0, makePage("random", PAGE, random));
        write(core, area, 1, makePage("csv", PAGE, random));
        t.is(core.coreSync(), Err.Ok, `round ${round}`);
        t.is(core.areaSync(area), Err.Ok);
        churn(core, random);
        t.is(core.areaTouch(area, 2, 1), Err.Corrupt, "a change in part needs the rest");
      }
      if (heals === "discarded") t.is(core.areaDiscard(area, 2), Err.Ok);
      if (heals === "replaced") core.bytes.set(fresh, core.areaTouch(area, 2, 2));
      const expected = heals === "left" ? Err.Corrupt : heals === "discarded" ? new Uint8Array(PAGE) : fresh;
      t.deepEqual(read(core, area, 2), expected);
      t.is(core.coreSync(), Err.Ok);
      check(core, sim);
      const after = open(board(sim));
      const again = openArea(after, "kept", 4);
      t.deepEqual([read(after, again, 2), read(after, again, 0)], [expected, pages[0]], heals);
    }
  });
}

bothBuilds("durable records of the dense codec need its work space: without it the area stays closed, and is whole when it is there again", (t, open) => {
  const sim = openSimFlash("w25q16");
  const core = open(board(sim));
  const area = openArea(core, "kept", 4);
  const content = makePage("csv", PAGE, new Random(seedOr(433)));
  write(core, area, 2, content);
  t.is(core.areaSync(area), Err.Ok);
  const without = open(board(sim, { [Knob.Dense]: 0 }));
  t.is(without.swapFound(), FOUND.incomplete);
  t.is(openArea(without, "kept", 4), Err.NoFlash);
  const after = open(board(sim));
  t.deepEqual(read(after, openArea(after, "kept", 4), 2), content);
});

bothBuilds("recovery from anything: it boots, says what it found, and writes nothing where data could be lost", (t, open) => {
  const { sim, pages } = withKept(open, 412);
  const image = sim.chip.cells.slice();
  const found = (content: Uint8Array, extra: Partial<Record<Knob, number>> = {}): number => {
    const chip = openSimFlash("w25q16", { content });
    const core = open(board(chip, extra));
    t.is(core.coreSwapIsOpen() === 1, core.swapFound() < FOUND.foreign);
    if (core.coreSwapIsOpen() === 1) return core.swapFound();
    t.is(openArea(core, "kept", 4), Err.NoFlash);
    const area = core.areaOpen(64);
    for (let page = 0; page < 64; page++) core.areaTouch(area, page, 1);
    t.is(chip.chip.operations, 0);
    return core.swapFound();
  };
  t.is(found(image), FOUND.durable);
  t.is(found(new Uint8Array(SECTOR * SECTORS).fill(0xff)), FOUND.blank);
  t.is(found(new Uint8Array(SECTOR * SECTORS)), FOUND.foreign);
  const edited = (edit: (cells: Uint8Array) => void): Uint8Array => {
    const cells = image.slice();
    edit(cells);
    return cells;
  };
  t.is(found(edited((cells) => { for (let at = 0; at < SECTOR * SECTORS; at += SECTOR) cells[at + 20] = 9; })), FOUND.durable, "a version is believed only where the header checks");
  t.is(found(edited((cells) => { for (let at = 0; at < SECTOR * SECTORS; at += SECTOR) setVersion(cells, at, 9); })), FOUND.otherVersion);
  t.is(found(image, { [Knob.DurablePagesMax]: 0 }), FOUND.noRoom);
  t.is(found(image, { [Knob.DurablePagesMax]: 3 }), FOUND.noRoom);
  t.is(found(image, { [Knob.SectorBytes]: 8192, [Knob.SwapSectors]: 5 }), FOUND.otherGeometry);
  t.is(found(image, { [Knob.PageBytes]: 512 }), FOUND.incomplete, "a directory of another page size cannot be read");
  t.is(found(image, { [Knob.SwapSectors]: 40 }), FOUND.durable, "a larger chip");
  // A smaller chip, and images of which one half is missing: whatever is found, the pages are all there or nothing is opened.
  const half = SECTOR * SECTORS / 2;
  for (const filler of [0, 0xff]) {
    for (const [from, to] of [[0, half], [half, 2 * half], [SECTOR, 2 * SECTOR], [0, SECTOR]]) {
      const chip = openSimFlash("w25q16", { content: edited((cells) => cells.fill(filler, from, to)) });
      const core = open(board(chip));
      if (core.swapFound() !== FOUND.durable) continue;
      pages.forEach((content, page) => t.deepEqual(read(core, openArea(core, "kept", 4), page), content));
    }
  }
  const lost = openSimFlash("w25q16", { content: edited((cells) => cells.fill(0xff, 0, SECTOR)) });
  t.is(open(board(lost)).swapFound(), FOUND.incomplete);
});

bothBuilds("formatting makes any chip ours, and nothing of before comes back", (t, open) => {
  const { sim } = withKept(open, 413);
  const closed = open(board(sim, { [Knob.DurablePagesMax]: 2 }));
  t.is(closed.swapFormat(), Err.Ok);
  t.is(closed.coreSwapIsOpen(), 1);
  check(closed, sim);
  const core = open(board(sim));
  t.is(core.swapFound(), FOUND.volatile);
  const area = openArea(core, "kept", 4);
  t.deepEqual(read(core, area, 0), new Uint8Array(PAGE));
  t.is(core.areaSync(area), Err.Ok);
  t.is(core.swapFormat(), Err.Refused, "there is a durable area on it");
  check(core, sim);
});

bothBuilds("a page that is only on flash is discarded, or NoEntry says that the tables have no room to note it: never Ok and there again", (t, open) => {
  const { sim, pages } = withKept(open, 420);
  const core = open(board(sim, { [Knob.PagesMax]: 64 }));
  const area = openArea(core, "kept", 4);
  const pool = core.poolOpen(1);
  let names = 0;
  while (core.frontswapStore(pool, 1, 16 * names, core.put(new Uint8Array(PAGE).fill(names))) === Err.Ok) names++;
  t.is(core.frontswapStore(pool, 1, 16 * names, core.client), Err.NoEntry);
  t.is(core.areaDiscard(area, 2), Err.NoEntry);
  t.is(core.frontswapInvalidateArea(pool, 1), Err.Ok);
  t.deepEqual(read(core, area, 2), pages[2]);
  t.is(core.areaDiscard(area, 3), Err.Ok);
  t.deepEqual(read(core, area, 3), new Uint8Array(PAGE));
  check(core, sim);
});

bothBuilds("a durable area that the tables have no room for is not made: its name is free for one that fits", (t, open) => {
  const core = open(board(openSimFlash("w25q16"), { [Knob.PagesMax]: 64 }));
  const others = core.areaOpen(16);
  t.is(openArea(core, "name", 40), Err.NoEntry);
  t.is(openArea(core, "name", 40), Err.NoEntry);
  t.true(openArea(core, "name", 8) >= 0);
  t.is(core.areaClose(others), Err.Ok);
  t.true(openArea(core, "other", 30) >= 0);
});

bothBuilds("zeros that went to flash as a volatile record, with same-filled pages switched off, are synced as a record of their own", (t, open) => {
  const sim = openSimFlash("w25q16");
  const first = open(board(sim, { [Knob.SameFilled]: 0 }));
  const area = openArea(first, "kept", 2);
  write(first, area, 0, makePage("csv", PAGE, new Random(seedOr(421))));
  write(first, area, 1, new Uint8Array(PAGE));
  t.is(first.areaPageOut(area, 1), Err.Ok);
  while (first.reaperRun(4) > 0);
  t.is(first.areaPlace(area, 1), 2);
  t.deepEqual(read(first, area, 1), new Uint8Array(PAGE));
  t.is(first.areaSync(area), Err.Ok);
  check(first, sim);
  const second = open(board(sim));
  t.is(second.swapFound(), FOUND.durable);
  t.deepEqual(read(second, openArea(second, "kept", 2), 1), new Uint8Array(PAGE));
  check(second, sim);
});

bothBuilds("a record whose header is destroyed costs its page alone, which stays Corrupt until it is discarded and written again", (t, open) => {
  const { sim, pages } = withKept(open, 422);
  const image = new SwapImage(sim.chip.cells, { start: 0, sectorBytes: SECTOR, sectors: SECTORS, pageBytes: PAGE });
  const { slot } = Array.from({ length: SECTORS }, (_, sector) => image.sector(sector).records).flat().find(({ kind, instance, page }) => kind === Kind.Durable && instance > 0 && page === 1)!;
  sim.chip.cells.fill(0, image.addressOf(slot), image.addressOf(slot) + 16);
  const expect = (core: Core, second: Uint8Array | number): number => {
    t.is(core.swapFound(), FOUND.durable);
    const area = openArea(core, "kept", 4);
    [pages[0], second, pages[2], pages[3]].forEach((content, page) => t.deepEqual(read(core, area, page), content, `page ${page}`));
    return area;
  };
  const core = open(board(sim));
  const area = expect(core, Err.Corrupt);
  t.is(core.counterOf("zcache_mcu.durable_pages_lost"), 1);
  const fresh = makePage("csv", PAGE, new Random(seedOr(423)));
  write(core, area, 3, fresh);
  pages[3] = fresh;
  t.is(core.areaSync(area), Err.Ok);
  const second = open(board(sim));
  const again = expect(second, Err.Corrupt);
  t.is(second.counterOf("zcache_mcu.durable_pages_lost"), 1, "a stone stands for the page, which is lost still");
  t.is(second.areaDiscard(again, 1), Err.Ok);
  write(second, again, 1, fresh);
  t.is(second.areaSync(again), Err.Ok);
  const third = open(board(sim));
  expect(third, fresh);
  t.is(third.counterOf("zcache_mcu.durable_pages_lost"), 0);
});
