/**
 * Acceptance 40's lives. A life is a board (six of them: pages of 256 to 4096 bytes, with 4 KB sectors, with 64 KB
 * sectors, with a microcontroller's own flash, with a swap area that is always full, without flash, with a flash that
 * fails), a choice of what differs between stores (allocator, dense codec, raw storage, tenants, durable areas), a seed
 * and a number of operations. Both builds live it at once: after every call they returned the same and hold the same
 * bytes, of arena and client (the cells of the flash are compared after every 64th call, what it has done after each).
 * What is read is what the oracles expect; every CHECK_EVERY operations all invariants hold.
 *
 * Of 100 operations 80 are the session's (areas, names, knobs), 6 on durable areas, 8 on shapes, 6 everything else.
 */
import { Knob } from "../../firmware/core/config";
import { BadKind } from "../../hal/sim/accidents";
import { MCU_FLASHES, McuFlash } from "../../hal/sim/mcu-flash";
import { Random } from "../../hal/sim/random";
import { brokenInvariants } from "../../tools/check/invariants";
import type { CoreOptions } from "../helpers/core";
import { DURABLE_PAGES, Durables } from "../helpers/durables";
import { Session, SessionOptions } from "../helpers/session";
import { Shapes } from "../helpers/shapes";
import { LINK_BYTES_WITH_LINE, Surroundings } from "../helpers/surroundings";
import { CallName, FlashTwin, Twins, chipTwin } from "../helpers/twins";

/** Operations between two checks of every invariant. */
const CHECK_EVERY = 97;

export interface LockstepBoard {
  readonly name: string;
  /** Its part of 100 operations. */
  readonly share: number;
  readonly arenaBytes: number;
  readonly knobs: CoreOptions["knobs"];
  readonly session: SessionOptions;
  readonly flash?: () => FlashTwin;
}

/** What differs between two stores on the same board. */
export interface Variant { readonly allocator: number; readonly dense: number; readonly raw: number; readonly tenants: number; readonly durable: boolean; }

export interface LifeReport { readonly tally: ReadonlyMap<CallName, ReadonlyMap<number, number>>; readonly erases: number; readonly calls: number; }

/** The flash inside a microcontroller as a twin; its time tells what it has done. */
function wordTwin(): FlashTwin {
  const flash = new McuFlash(MCU_FLASHES.nrf52840);
  return { flash, cells: flash.cells, eraseCounts: flash.eraseCounts, done: () => `${flash.nowMicros} us` };
}

const someBadSectors = new Map<number, BadKind>([[2, "keeps"], [5, "hangs"], [8, "drops"], [9, "fades"]]);

export const BOARDS: readonly LockstepBoard[] = [
  {
    name: "1 KB pages, 24 sectors of 4 KB", share: 34,
    arenaBytes: 30_000,
    knobs: { [Knob.PagesMax]: 384, [Knob.SectorBytes]: 4096, [Knob.SwapSectors]: 24 },
    session: { pageBytes: 1024, areaPages: 48 },
    flash: () => chipTwin("w25q16"),
  },
  {
    name: "256-byte pages, no flash", share: 25,
    arenaBytes: 16_000,
    knobs: { [Knob.PageBytes]: 256, [Knob.PagesMax]: 320, [Knob.ChunkOrder]: 5 },
    session: { pageBytes: 256, areaPages: 48 },
  },
  {
    name: "512-byte pages, a swap area that is always full", share: 20,
    arenaBytes: 14_000,
    knobs: { [Knob.PageBytes]: 512, [Knob.PagesMax]: 400, [Knob.SectorBytes]: 4096, [Knob.SwapStart]: 8192, [Knob.SwapSectors]: 5 },
    session: { pageBytes: 512, areaPages: 64 },
    flash: () => chipTwin("w25q16"),
  },
  {
    name: "4 KB pages, 4 sectors of 64 KB", share: 6,
    arenaBytes: 62_000,
    knobs: { [Knob.PageBytes]: 4096, [Knob.PagesMax]: 256, [Knob.SectorBytes]: 65536, [Knob.SwapStart]: 0x40000, [Knob.SwapSectors]: 4 },
    session: { pageBytes: 4096, areaPages: 24 },
    flash: () => chipTwin("s25sl12801"),
  },
  {
    name: "1 KB pages, 8 sectors of a flash inside a microcontroller", share: 6,
    arenaBytes: 20_000,
    knobs: { [Knob.PagesMax]: 256, [Knob.SectorBytes]: 4096, [Knob.SwapStart]: 0x10000, [Knob.SwapSectors]: 8 },
    session: { pageBytes: 1024, areaPages: 32 },
    flash: wordTwin,
  },
  {
    name: "1 KB pages on a flash with bad sectors and flipped bits", share: 9,
    arenaBytes: 22_000,
    knobs: { [Knob.PagesMax]: 384, [Knob.SectorBytes]: 4096, [Knob.SwapSectors]: 16 },
    session: { pageBytes: 1024, areaPages: 48, flashIsBad: true },
    flash: () => chipTwin("w25q16", { bad: someBadSectors, flipOneByteIn: 200_000, seed: 11 }),
  },
];

export const ALLOCATOR_NAMES = ["zbud", "zfold", "zsmalloc", "tlsf"] as const;

/** Every combination: 64 for each board. */
export const VARIANTS: readonly Variant[] = Array.from({ length: 64 }, (_, n) => ({
  allocator: n & 3, dense: n >> 2 & 1, raw: n >> 3 & 1, tenants: (n >> 4 & 1) === 0 ? 1 : 3, durable: (n >> 5 & 1) === 1,
}));

export function describe({ allocator, dense, raw, tenants, durable }: Variant): string {
  return `${ALLOCATOR_NAMES[allocator]}, ${dense === 1 ? "dense" : "LZ4 alone"}, ${raw === 1 ? "raw storage" : "no raw storage"}, tenants ${tenants}, ${durable ? "durable areas" : "nothing durable"}`;
}

function knobsOf(board: LockstepBoard, { allocator, dense, raw, tenants, durable }: Variant): CoreOptions["knobs"] {
  return {
    [Knob.ObjectsMax]: 28, [Knob.PoolsMax]: 6, [Knob.LinkBytes]: LINK_BYTES_WITH_LINE, [Knob.IdleMarks]: 1, [Knob.TicksPerMilli]: 1000,
    ...board.knobs, [Knob.Allocator]: allocator, [Knob.Dense]: dense, [Knob.RawStorage]: raw, [Knob.TenantsMax]: tenants,
    ...(durable && board.flash !== undefined ? { [Knob.DurablePagesMax]: DURABLE_PAGES } : {}),
  };
}

/** One life. `progress` is the operation under way. Throws at the first difference, with the calls that led to it. */
export function liveInLockstep(board: LockstepBoard, variant: Variant, random: Random, operations: number, progress: { step: number }): LifeReport {
  const { pageBytes, flashIsBad } = board.session;
  const hasFlash = board.flash !== undefined;
  const twins = new Twins({ arenaBytes: board.arenaBytes, knobs: knobsOf(board, variant) }, board.flash);
  const session = new Session(twins, random, board.session);
  const durables = new Durables(twins, random, { pageBytes, hasFlash: hasFlash && variant.durable, ...(flashIsBad === true ? { flashIsBad } : {}) });
  const shapes = flashIsBad === true ? session : new Shapes(twins, random, pageBytes);
  const surroundings = new Surroundings(twins, random);
  const check = (): void => {
    const broken = brokenInvariants(twins.script.bytes.subarray(0, twins.script.arenaBytes), flashIsBad === true ? undefined : twins.cells);
    if (broken.length > 0) twins.fail(`Invariants do not hold:\n  ${broken.join("\n  ")}\n`);
  };
  for (let step = 0; step < operations; step++, progress.step++) {
    const chance = random.below(100);
    (chance < 80 ? session : chance < 86 ? durables : chance < 94 ? shapes : surroundings).step();
    if (step % CHECK_EVERY === 0) check();
  }
  surroundings.settle();
  session.finish();
  durables.finish();
  check();
  return { tally: twins.tally, erases: twins.erases, calls: [...twins.tally.values()].reduce((sum, codes) => sum + [...codes.values()].reduce((a, b) => a + b, 0), 0) };
}
