/** Flash that loses data: a damaged record is found, counted and given up, and the rest of the store lives on. */
import { Knob } from "../../firmware/core/config";
import { Err } from "../../firmware/core/errors";
import { Place } from "../../firmware/core/entries";
import { NorChip } from "../../hal/sim/nor-chip";
import { Arena } from "../../tools/check/arena";
import { Area, PAGE_BYTES, reapEverything, withFlash } from "../helpers/board";
import { checkInvariants } from "../helpers/check";
import { Core, bothBuilds } from "../helpers/cores";
import { makePage, pageOfDensity } from "../helpers/pages";
import { Random } from "../helpers/random";

const GRANULE = 16;
const RECORD_HEADER_BYTES = 16;

/** Flash addresses of the records that entries name. */
function recordsOf(core: Core): { at: number; length: number }[] {
  const arena = new Arena(core.bytes);
  return Array.from({ length: arena.entries }, (_, i) => arena.entry(i)).filter((entry) => entry.hasSlot)
    .map((entry) => ({ at: arena.knob(Knob.SwapStart) + entry.slot * GRANULE, length: RECORD_HEADER_BYTES + entry.length }));
}

bothBuilds("33 A flipped bit in any stored record: the load fails with Corrupt and is counted; never wrong bytes.", (t, open) => {
  for (const kind of ["csv", "random"] as const) {
    const core = withFlash(open);
    const page = makePage(kind, PAGE_BYTES, new Random(33));
    const area = new Area(core, core.areaOpen(1));
    area.write(0, page);
    core.areaPageOut(area.handle, 0);
    reapEverything(core);
    t.is(core.areaPlace(area.handle, 0), Place.Swap);
    const [{ at, length }] = recordsOf(core);
    let detected = 0;
    for (let offset = 0; offset < length; offset++) {
      // Form and epoch (bytes 6 to 11) are protected by the checksum like everything else.
      core.sim.chip.cells[at + offset] ^= 1 << (offset & 7);
      const got = area.read(0);
      if (got === Err.Corrupt) detected++;
      else t.fail(`a flipped bit in byte ${offset} of the record gave ${typeof got === "number" ? got : "data"}`);
      core.sim.chip.cells[at + offset] ^= 1 << (offset & 7);
    }
    t.is(core.counterOf("zcache_mcu.swap_corrupt"), detected);
    t.deepEqual(area.read(0), page);
  }
});

/** What can happen to a record's header: all zeros, another length, another owner, another magic. */
const damages: ((chip: NorChip, at: number) => void)[] = [
  (chip, at) => { chip.cells.fill(0, at, at + RECORD_HEADER_BYTES); },
  (chip, at) => { chip.cells[at + 3] ^= 0x7f; },
  (chip, at) => { chip.cells[at + 4] ^= 1; },
  (chip, at) => { chip.cells[at] ^= 0x10; },
  (chip, at) => { chip.cells[at + RECORD_HEADER_BYTES] ^= 1; },
];

damages.forEach((damage, number) => {
  bothBuilds(`33 A damaged record does not stop the cleaning of its sector: damage ${number + 1} of ${damages.length}.`, (t, open) => {
    // The swap area is the last two sectors of the chip and three more, so that a wrong length leads out of it.
    const core = withFlash(open, { [Knob.SwapSectors]: 5, [Knob.SwapStart]: 2 * 1024 * 1024 - 5 * 4096, [Knob.PagesMax]: 64 });
    const random = new Random(number);
    const area = new Area(core, core.areaOpen(64));
    const write = (page: number): number => {
      const code = area.write(page, pageOfDensity(40, PAGE_BYTES, random));
      return code < 0 ? code : core.areaPageOut(area.handle, page);
    };
    for (let page = 0; page < 24; page++) t.true(write(page) >= 0);
    reapEverything(core);
    for (const { at } of recordsOf(core).slice(0, 3)) damage(core.sim.chip, at);
    // Rewriting pages in no order leaves live records in every sector, so that the log must clean to go on.
    for (let round = 0; round < 200; round++) {
      t.true(write(4 + random.below(20)) >= 0, `a write is refused in round ${round}`);
      t.true(core.reaperRun(1) >= 0, `the reaper writes nothing in round ${round}`);
    }
    t.true(core.counterOf("zcache_mcu.swap_cleaned_records") > 10);
    const lost = Array.from({ length: 24 }, (_, page) => area.read(page)).filter((page) => typeof page === "number");
    t.true(lost.length <= 3);
    t.true(lost.every((code) => code === Err.Corrupt));
    checkInvariants(core.bytes);
  });
});
