/**
 * The stores that the soak lives in: boards of several sizes, each with flash that never fills, with flash that is full,
 * without flash, and with a write budget that was empty from the start or is used up soon; with every allocator, on both
 * builds of the core. The API is firmware/api, as every engine but our own gets it; some lives open the npm package itself.
 *
 * A store is opened again on the same chip by a new core, which is what a power cut between two calls is: RAM is garbage,
 * and what was synced is there. The flash is an array without a bus (helpers/ram-flash.ts), so a life has many of those.
 */
import type { Core } from "../../firmware/api/core";
import { openStore } from "../../firmware/api/store";
import type { Store } from "../../firmware/api/zcache";
import { Knob } from "../../firmware/core/config";
import { brokenInvariants } from "../../tools/check/invariants";
import { type CoreKind, openCore } from "../helpers/core";
import { RamFlash } from "../helpers/ram-flash";

/** A board's figures, as OpenOptions has them. */
interface Figures { readonly arenaBytes: number; readonly pageBytes: number; readonly pagesMax: number; readonly objectsMax: number; readonly durablePagesMax: number; }
interface BoardSize extends Figures { readonly name: string; }

/** What is behind the RAM. `isRoomy`: it has room for every page that the tables can hold, so nothing may be refused for want of room. */
interface Backing { readonly name: string; readonly sectors: number; readonly sectorBytes: number; readonly budgetKiB?: number; readonly isRoomy?: boolean; }

const SIZES: readonly BoardSize[] = [
  { name: "36 KB of pages of 1024", arenaBytes: 36864, pageBytes: 1024, pagesMax: 1024, objectsMax: 16, durablePagesMax: 64 },
  { name: "24 KB of pages of 512", arenaBytes: 24576, pageBytes: 512, pagesMax: 512, objectsMax: 12, durablePagesMax: 48 },
  { name: "16 KB of pages of 256", arenaBytes: 16384, pageBytes: 256, pagesMax: 304, objectsMax: 12, durablePagesMax: 40 },
  { name: "20 KB, 96 pages in all", arenaBytes: 20480, pageBytes: 1024, pagesMax: 96, objectsMax: 7, durablePagesMax: 24 },
  { name: "64 KB of pages of 1024", arenaBytes: 65536, pageBytes: 1024, pagesMax: 1024, objectsMax: 20, durablePagesMax: 64 },
];

const BACKINGS: readonly Backing[] = [
  { name: "roomy flash", sectors: 512, sectorBytes: 4096, isRoomy: true },
  { name: "flash that is full", sectors: 11, sectorBytes: 4096 },
  { name: "no flash", sectors: 0, sectorBytes: 4096 },
  { name: "no write budget", sectors: 96, sectorBytes: 4096, budgetKiB: 0 },
  { name: "a write budget of 64 KiB", sectors: 96, sectorBytes: 4096, budgetKiB: 64 },
  { name: "sectors of 64 KB", sectors: 24, sectorBytes: 65536, isRoomy: true },
];

const ALLOCATORS = ["zbud", "zfold", "zsmalloc", "tlsf"] as const;
/** The package chooses no allocator, so it comes fifth in their row. */
const VARIANTS = ALLOCATORS.length + 1;

/** What npm ships opens a store with these (zcache.d.ts). */
export type PackageOpen = (options: object) => Store;

export interface Board extends Figures {
  readonly title: string;
  readonly hasFlash: boolean;
  readonly isRoomy: boolean;
  readonly budgetKiB: number | undefined;
  /** Opens the store on the chip; what it holds is what an earlier one has synced. */
  open(): Store;
  /** The invariants that do not hold in the store that was opened last (tools/check); of the package's nobody can tell. */
  broken(): string[];
}

export const BOARD_COUNT = SIZES.length * BACKINGS.length * VARIANTS;

/** Board `number`, with an erased chip. `open` is the package's. */
export function boardOf(number: number, open: PackageOpen): Board {
  const size = SIZES[number % SIZES.length]!;
  const backing = BACKINGS[Math.floor(number / SIZES.length) % BACKINGS.length]!;
  const variant = Math.floor(number / SIZES.length / BACKINGS.length);
  const kind: CoreKind = (number + Math.floor(number / SIZES.length)) % VARIANTS === 1 ? "script" : "wasm";
  const who = variant < ALLOCATORS.length ? `${kind}, ${ALLOCATORS[variant]}` : `npm package, ${kind}`;
  return {
    ...size,
    title: `${size.name}, ${backing.name}, ${who}`,
    hasFlash: backing.sectors > 0,
    isRoomy: backing.isRoomy === true,
    budgetKiB: backing.budgetKiB,
    ...(variant < ALLOCATORS.length ? bareStore(kind, size, backing, variant) : { open: packageOpener(kind, size, backing, open), broken: () => [] }),
  };
}

/** Opens the API over the core itself, whose every knob is ours. */
function bareStore(kind: CoreKind, size: BoardSize, { sectors, sectorBytes, budgetKiB }: Backing, allocator: number): Pick<Board, "open" | "broken"> {
  const knobs: Partial<Record<Knob, number>> = {
    [Knob.PageBytes]: size.pageBytes, [Knob.PagesMax]: size.pagesMax, [Knob.ObjectsMax]: size.objectsMax, [Knob.LinkBytes]: 1080, [Knob.Allocator]: allocator,
    ...(sectors > 0 ? { [Knob.SectorBytes]: sectorBytes, [Knob.SwapSectors]: sectors, [Knob.DurablePagesMax]: size.durablePagesMax } : {}),
    ...(budgetKiB !== undefined ? { [Knob.WritebackLimitEnable]: 1, [Knob.WritebackLimit]: budgetKiB } : {}),
  };
  const flash = sectors > 0 ? new RamFlash(sectors, sectorBytes) : undefined;
  let arena: Uint8Array = new Uint8Array(0);
  const open = (): Store => {
    const core = openCore(kind, { knobs, arenaBytes: size.arenaBytes, ...(flash === undefined ? {} : { flash }) });
    arena = core.bytes.subarray(0, core.arenaBytes);
    const calls: Core["calls"] = core as never;
    return openStore({ calls, bytes: () => core.bytes }) as unknown as Store;
  };
  return { open, broken: () => brokenInvariants(arena, flash?.cells) };
}

/** Opens the npm package on a chip of 2 MB in an array. */
function packageOpener(core: CoreKind, { arenaBytes, pageBytes, pagesMax, objectsMax, durablePagesMax }: BoardSize, backing: Backing, open: PackageOpen): () => Store {
  const flash = backing.sectors > 0 ? new Uint8Array(2 << 20).fill(0xff) : false;
  const budget = backing.budgetKiB === undefined ? {} : { writeBudgetKiB: backing.budgetKiB };
  return () => open({ arenaBytes, pageBytes, pagesMax, objectsMax, durablePagesMax, flash, core, ...budget });
}
