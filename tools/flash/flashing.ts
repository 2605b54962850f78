/**
 * The section "flashing" of a board.json: how an image gets onto the board. The order of the runners is the order of
 * preference; each has the arguments that only this board needs, and runners.ts has the rest.
 *
 *     "flashing": {
 *       "runners": { "dfu-util": [], "openocd": ["-f", "interface/stlink.cfg", "-f", "target/stm32f4x.cfg"], "qemu": [] },
 *       "dfu": { "vendor": "0483", "product": "df11", "alt": 0 },
 *       "uf2": { "family": "STM32F4", "origin": 134283264 }
 *     }
 *
 * A section adds artefacts: "dfu" a .dfu, "uf2" a .uf2.
 */
import { uf2Families } from "uf2";
import type { BoardFile } from "../board-file";
import { usage } from "../failure";
import { nearest } from "../nearest";

export const RUNNERS = ["dfu-util", "st-flash", "openocd", "pyocd", "picotool", "uf2", "qemu"] as const;
export type RunnerName = typeof RUNNERS[number];

export interface Flashing {
  runners: Partial<Record<RunnerName, string[]>>;
  /** The chip's USB boot loader, in hexadecimal as tools print it. */
  dfu?: { vendor: string; product: string; alt: number };
  /** The boot loader that shows as a drive. `origin`: the first address it lets an image have; the code flash's when absent. */
  uf2?: { family: string; origin?: number };
  /** Bytes before the vector table, such as the 256 of a second-stage boot loader; 0 when absent. */
  vectorsOffset?: number;
}

/** What a board without the section has. */
const ONLY_QEMU: Flashing = { runners: { qemu: [] } };

/** A board's section, checked: one sentence about the first thing in it that cannot be. */
export function flashingOf(board: BoardFile): Flashing {
  const flashing = board.flashing ?? ONLY_QEMU;
  const names = Object.keys(flashing.runners ?? {});
  if (flashing.runners?.qemu !== undefined && !board.machine) throw wrong(board, "the runner qemu needs a machine, and the board names none");
  const unknown = names.find((name) => !RUNNERS.includes(name as RunnerName));
  if (unknown !== undefined) throw wrong(board, `runners has "${unknown}": did you mean ${nearest(unknown, [...RUNNERS])}?`);
  if (names.length === 0) throw wrong(board, `runners is empty: name at least one of ${RUNNERS.join(", ")}`);
  checkIds(board, flashing);
  checkFamily(board, flashing);
  return flashing;
}

function checkIds(board: BoardFile, { runners, dfu }: Flashing): void {
  if (dfu === undefined && runners["dfu-util"] !== undefined) throw wrong(board, `the runner dfu-util needs "dfu" with vendor, product and alt`);
  if (dfu === undefined) return;
  for (const id of [dfu.vendor, dfu.product]) if (!/^[0-9a-f]{4}$/i.test(id)) throw wrong(board, `dfu has the id "${id}" and four hexadecimal digits are expected`);
  if (!Number.isInteger(dfu.alt) || dfu.alt < 0 || dfu.alt > 255) throw wrong(board, `dfu.alt is ${dfu.alt} and a number from 0 to 255 is expected`);
}

function checkFamily(board: BoardFile, { runners, uf2 }: Flashing): void {
  if (uf2 === undefined && (runners.uf2 !== undefined || runners.picotool !== undefined)) throw wrong(board, `the runners uf2 and picotool need "uf2" with a family`);
  if (uf2 !== undefined) familyId(board, uf2.family);
}

/** The number of a UF2 family by its short name, such as RP2040 or STM32F4. */
export function familyId(board: BoardFile, family: string): number {
  const found = uf2Families.find((one) => one.shortName === family);
  if (found === undefined) throw wrong(board, `there is no UF2 family "${family}": did you mean ${nearest(family, uf2Families.map((one) => one.shortName))}?`);
  return found.id;
}

/** The runner asked for, or the board's first. */
export function chooseRunner(board: BoardFile, asked: string | undefined): RunnerName {
  const names = Object.keys(flashingOf(board).runners) as RunnerName[];
  if (asked === undefined) return names[0];
  if (!RUNNERS.includes(asked as RunnerName)) throw usage(`there is no runner "${asked}": did you mean ${nearest(asked, [...RUNNERS])}? ${board.name} supports ${names.join(", ")}`);
  if (!names.includes(asked as RunnerName)) throw usage(`${board.name} cannot be flashed with ${asked}: it supports ${names.join(", ")}`);
  return asked as RunnerName;
}

function wrong(board: BoardFile, sentence: string): Error { return usage(`the section flashing in the board.json of ${board.name} cannot be used: ${sentence}`); }
