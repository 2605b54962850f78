/**
 * Acceptance 40. Six boards, 100 000 random operations in all: pages of 256 to 4096 bytes, with 4 KB sectors, with
 * 64 KB sectors, with a microcontroller's own flash, with a swap area that is always full, without flash, and with a
 * flash that fails. After every call both builds returned the same and hold the same bytes; what is read is what the
 * oracle expects; the invariants hold. `SEED=n` runs other lives; a failure names its seed, its step and its last calls.
 */
import test from "ava";
import { Knob } from "../../firmware/core/config";
import { BadKind } from "../../hal/sim/accidents";
import { MCU_FLASHES, McuFlash } from "../../hal/sim/mcu-flash";
import { checkInvariants } from "../helpers/check";
import { CoreOptions } from "../helpers/cores";
import { seedOr, withSeed } from "../helpers/random";
import { Session, SessionOptions } from "../helpers/session";
import { FlashTwin, Twins, chipTwin } from "../helpers/twins";

/** Operations between two checks of every invariant. */
const CHECK_EVERY = 97;

interface Board {
  readonly name: string;
  readonly operations: number;
  readonly arenaBytes: number;
  readonly knobs: CoreOptions["knobs"];
  readonly session: SessionOptions;
  readonly flash?: () => FlashTwin;
}

/** The flash inside a microcontroller as a twin; its time tells what it has done. */
function wordTwin(): FlashTwin {
  const flash = new McuFlash(MCU_FLASHES.nrf52840);
  return { flash, cells: flash.cells, eraseCounts: flash.eraseCounts, done: () => `${flash.nowMicros} us` };
}

const someBadSectors = new Map<number, BadKind>([[2, "keeps"], [5, "hangs"], [8, "drops"], [9, "fades"]]);

const boards: Board[] = [
  {
    name: "1 KB pages, 24 sectors of 4 KB", operations: 34_000,
    arenaBytes: 28_000,
    knobs: { [Knob.PagesMax]: 384, [Knob.SectorBytes]: 4096, [Knob.SwapSectors]: 24, [Knob.Dense]: 1 },
    session: { pageBytes: 1024, areaPages: 48 },
    flash: () => chipTwin("w25q16"),
  },
  {
    name: "256-byte pages, no flash", operations: 25_000,
    arenaBytes: 14_000,
    knobs: { [Knob.PageBytes]: 256, [Knob.PagesMax]: 320, [Knob.ChunkOrder]: 5, [Knob.Dense]: 1 },
    session: { pageBytes: 256, areaPages: 48 },
  },
  {
    name: "512-byte pages, a swap area that is always full", operations: 20_000,
    arenaBytes: 12_000,
    knobs: { [Knob.PageBytes]: 512, [Knob.PagesMax]: 400, [Knob.SectorBytes]: 4096, [Knob.SwapStart]: 8192, [Knob.SwapSectors]: 5 },
    session: { pageBytes: 512, areaPages: 64 },
    flash: () => chipTwin("w25q16"),
  },
  {
    name: "4 KB pages, 4 sectors of 64 KB", operations: 6_000,
    arenaBytes: 60_000,
    knobs: { [Knob.PageBytes]: 4096, [Knob.PagesMax]: 256, [Knob.SectorBytes]: 65536, [Knob.SwapStart]: 0x40000, [Knob.SwapSectors]: 4 },
    session: { pageBytes: 4096, areaPages: 24 },
    flash: () => chipTwin("s25sl12801"),
  },
  {
    name: "1 KB pages, 8 sectors of a flash inside a microcontroller", operations: 6_000,
    arenaBytes: 18_000,
    knobs: { [Knob.PagesMax]: 256, [Knob.SectorBytes]: 4096, [Knob.SwapStart]: 0x10000, [Knob.SwapSectors]: 8 },
    session: { pageBytes: 1024, areaPages: 32 },
    flash: wordTwin,
  },
  {
    name: "1 KB pages on a flash with bad sectors and flipped bits", operations: 9_000,
    arenaBytes: 20_000,
    knobs: { [Knob.PagesMax]: 384, [Knob.SectorBytes]: 4096, [Knob.SwapSectors]: 16 },
    session: { pageBytes: 1024, areaPages: 48, flashIsBad: true },
    flash: () => chipTwin("w25q16", { bad: someBadSectors, flipOneByteIn: 200_000, seed: 11 }),
  },
];

const SENTENCE = "random operations on the JS and the wasm build: identical results and byte-identical arenas at every step";

boards.forEach((board, number) => {
  test(`40 Lockstep: ${board.operations} ${SENTENCE} (${board.name})`, (t) => {
    withSeed(1000 + number, (random, progress) => {
      const twins = new Twins({ arenaBytes: board.arenaBytes, knobs: board.knobs }, board.flash);
      const session = new Session(twins, random, board.session);
      for (; progress.step < board.operations; progress.step++) {
        session.step();
        if (progress.step % CHECK_EVERY === 0) check(twins, board);
      }
      session.finish();
      check(twins, board);
      t.log(`SEED=${seedOr(1000 + number)}: ${summary(twins)}`);
    });
    t.pass();
  });
});

function check(twins: Twins, board: Board): void {
  checkInvariants(twins.script.bytes.subarray(0, twins.script.arenaBytes), board.session.flashIsBad === true ? undefined : twins.cells);
}

/** What happened in a life, so that one in which nothing happened is seen. */
function summary(twins: Twins): string {
  const told = (codes: Map<number, number>): string => [...codes].map(([code, times]) => code === 0 ? times : `${code}:${times}`).join(" ");
  const calls = [...twins.tally].map(([name, codes]) => `${name} ${told(codes)}`);
  return `${twins.cells === undefined ? "no flash" : `${twins.erases} erases`}; ${calls.join(", ")}`;
}
