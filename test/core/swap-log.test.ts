import { Knob } from "../../firmware/core/config";
import { Err } from "../../firmware/core/errors";
import { Header } from "../../firmware/core/layout";
import { Core, CoreOptions, bothBuilds } from "../helpers/cores";
import { makePage } from "../helpers/pages";
import { Random, seedOr } from "../helpers/random";
import { SimFlash, openSimFlash } from "../../hal/sim/flash";

const PAGE = 1024;
const SECTORS = 8;

function board(sim: SimFlash, extra: Partial<Record<Knob, number>> = {}): CoreOptions {
  return { knobs: { [Knob.PagesMax]: 256, [Knob.SectorBytes]: 4096, [Knob.SwapSectors]: SECTORS, [Knob.RawStorage]: 0, ...extra }, flash: sim.flash };
}

/** Writes a page that no codec can shorten and sends it to flash. */
function toFlash(core: Core, area: number, page: number, random: Random): { code: number; content: Uint8Array } {
  const content = makePage("random", PAGE, random);
  const at = core.areaTouch(area, page, 1);
  if (at < 0) return { code: at, content };
  core.bytes.set(content, at);
  return { code: core.areaPageOut(area, page), content };
}

bothBuilds("the log goes round many times over and every page reads as last written", (t, open) => {
  const core = open(board(openSimFlash("w25q16")));
  const random = new Random(seedOr(51));
  const area = core.areaOpen(12);
  const held: Uint8Array[] = [];
  for (let step = 0; step < 600; step++) {
    const page = step < 12 ? step : random.below(4);
    const { code, content } = toFlash(core, area, page, random);
    t.is(code, Err.Ok, `step ${step}`);
    held[page] = content;
  }
  held.forEach((content, page) => t.deepEqual(core.copy(core.areaTouch(area, page, 0), PAGE), content));
  t.true(core.counterOf("zcache_mcu.swap_cleaned_records") > 0, "cold records had to be moved");
  t.true(core.counterOf("zcache_mcu.sector_erases") > 3 * SECTORS);
});

bothBuilds("a full log refuses, and nothing that it holds is lost", (t, open) => {
  const core = open(board(openSimFlash("w25q16"), { [Knob.ResidentPercent]: 5 }));
  const random = new Random(seedOr(52));
  const area = core.areaOpen(250);
  const held = new Map<number, Uint8Array>();
  let refusal = 0;
  for (let page = 0; page < 250 && refusal >= 0; page++) {
    const at = core.areaTouch(area, page, 1);
    refusal = at;
    if (at < 0) break;
    const content = makePage("random", PAGE, random);
    core.bytes.set(content, at);
    held.set(page, content);
  }
  t.is(refusal, Err.NoFrame);
  t.true(held.size > (SECTORS - 2) * 3);
  for (const [page, content] of held) t.deepEqual(core.copy(core.areaTouch(area, page, 0), PAGE), content);
});

bothBuilds("a flipped bit in a record is Corrupt and counted, never wrong bytes", (t, open) => {
  const sim = openSimFlash("w25q16");
  const core = open(board(sim));
  const random = new Random(seedOr(53));
  const area = core.areaOpen(4);
  t.is(toFlash(core, area, 0, random).code, Err.Ok);
  const slotBits = new DataView(core.bytes.buffer).getInt32(Header.SlotBits, true);
  t.true(slotBits > 0);
  // The first record begins behind the 64 bytes of the sector's mark and header: 16 bytes of header, then the page.
  for (const at of [64, 66, 76, 80, 500, 64 + 16 + PAGE - 1]) {
    const cell = sim.chip.cells[at];
    sim.chip.cells[at] = cell ^ 4;
    t.is(core.areaTouch(area, 0, 0), Err.Corrupt, `byte ${at}`);
    sim.chip.cells[at] = cell;
  }
  t.is(core.counterOf("zcache_mcu.swap_corrupt"), 6);
  t.true(core.areaTouch(area, 0, 0) >= 0, "the record is whole again");
});

bothBuilds("erase counts survive a restart, and nothing else does", (t, open) => {
  const sim = openSimFlash("w25q16");
  const random = new Random(seedOr(54));
  const first = open(board(sim));
  const area = first.areaOpen(16);
  for (let step = 0; step < 200; step++) toFlash(first, area, step % 8, random);
  const most = first.counterOf("zcache_mcu.sector_erases_max");
  t.true(most > 1);
  const second = open(board(sim));
  t.is(second.counterOf("zcache_mcu.sector_erases_max"), most);
  t.is(second.counterOf("bd_stat.bd_count"), 0);
  t.deepEqual(second.copy(second.areaTouch(second.areaOpen(16), 0, 0), PAGE), new Uint8Array(PAGE));
});

bothBuilds("erases spread: no sector is two ahead of another under uniform rewriting", (t, open) => {
  const core = open(board(openSimFlash("w25q16")));
  const random = new Random(seedOr(55));
  const area = core.areaOpen(8);
  for (let step = 0; step < 1500; step++) t.is(toFlash(core, area, step % 8, random).code, Err.Ok);
  const spread = core.counterOf("zcache_mcu.sector_erases_max") - core.counterOf("zcache_mcu.sector_erases_min");
  t.true(spread <= 2, `spread ${spread}`);
});
