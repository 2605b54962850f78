/**
 * Acceptance 36, the simulated chip: the very C file that the boards' images contain (hal/devices/nor.c) passes the flash
 * contract on a chip that enforces what silicon does, emulators not: WEL clears itself, BUSY lasts, programs wrap at 256
 * bytes, erases are aligned. Then what only a bad day shows: a chip that hangs, one that was left busy or asleep, a
 * stranger, and nobody at all.
 */
import test from "ava";
import { FlashResult } from "../../hal/flash";
import { SpiBus } from "../../hal/sim/flash";
import { ChipOptions, NorChip, Opcode } from "../../hal/sim/nor-chip";
import { NorPart, PARTS } from "../../hal/sim/parts";
import { NorDriver } from "../helpers/nor-driver";
import { flashContract } from "./flash-contract";

const drivers: NorDriver[] = [];
test.after.always(() => drivers.forEach((driver) => driver.close()));

function driverOver(board: string, bus: SpiBus): NorDriver {
  const driver = new NorDriver(board, bus);
  drivers.push(driver);
  return driver;
}

function driverOf(board: string, part: NorPart, options: ChipOptions = {}): { driver: NorDriver; chip: NorChip } {
  const chip = new NorChip(part, options);
  return { chip, driver: driverOver(board, chip) };
}

function reopened(driver: NorDriver): NorDriver {
  driver.open();
  return driver;
}

function command(chip: NorChip, ...bytes: number[]): void {
  chip.select();
  for (const byte of bytes) chip.exchange(byte);
  chip.deselect();
}

for (const [board, part] of [["emcraft-sf2", PARTS.s25sl12801], ["ast1030-evb", PARTS.w25q64]] as const) {
  flashContract(`36 The driver passes the flash contract on the sim (which enforces WEL clearing, BUSY, 256-byte wrap, aligned erase) and on QEMU (which does not). (${board}, the simulated ${part.name}, often slow)`, () => {
    const { driver } = driverOf(board, part, { slowPercent: 40, seed: 36 });
    return { flash: driver, reopen: () => reopened(driver) };
  });
}

test("a chip that hangs is Failed in twice its maximum, is reset, and works elsewhere", (t) => {
  const { driver, chip } = driverOf("ast1030-evb", PARTS.w25q64, { bad: new Map([[5, "hangs"]]) });
  const start = chip.nowMicros;
  t.is(driver.erase(5 * 4096), FlashResult.Failed);
  const took = chip.nowMicros - start;
  t.true(took >= 400_000 && took <= 820_000, `${took} us`);
  t.is(driver.erase(6 * 4096), FlashResult.Ok);
  t.is(driver.program(6 * 4096, Uint8Array.of(1, 2, 3)), FlashResult.Ok);
});

test("a chip that a reset of the board left in the middle of an erase is waited for", (t) => {
  const { driver, chip } = driverOf("emcraft-sf2", PARTS.s25sl12801);
  t.is(driver.program(65536 + 7, Uint8Array.of(0)), FlashResult.Ok);
  command(chip, Opcode.WriteEnable);
  command(chip, 0xd8, 1, 0, 0);
  t.true(chip.isBusy);
  driver.open();
  t.is(driver.geometry.sizeBytes, PARTS.s25sl12801.sizeBytes);
  t.is(chip.cells[65536 + 7], 0xff);
});

test("a chip that never ends what it was doing before the reset is reset and used", (t) => {
  const { driver, chip } = driverOf("ast1030-evb", PARTS.w25q64, { bad: new Map([[1, "hangs"]]) });
  command(chip, Opcode.WriteEnable);
  command(chip, 0x20, 0, 0x10, 0);
  driver.open();
  t.is(driver.geometry.sizeBytes, PARTS.w25q64.sizeBytes);
  t.is(driver.erase(0), FlashResult.Ok);
});

test("a chip that was put to sleep is woken", (t) => {
  const { driver, chip } = driverOf("ast1030-evb", PARTS.w25q64);
  command(chip, Opcode.Sleep);
  driver.open();
  t.is(driver.geometry.sizeBytes, PARTS.w25q64.sizeBytes);
  t.is(driver.read(0, new Uint8Array(4)), FlashResult.Ok);
});

/** Two headers and the basic table of JESD216, for 4 KB, 32 KB and 64 KB erases. */
function describedBy(words: Record<number, number>): number[] {
  const table = new Uint32Array(16);
  for (const [word, value] of Object.entries(words)) table[Number(word) - 1] = value;
  const headers = Uint32Array.of(0x50444653, 0xff000106, 0x10010600, 0xff000030);
  return [...new Uint8Array(headers.buffer), ...new Array(0x30 - 16).fill(0xff), ...new Uint8Array(table.buffer)];
}

const STRANGER: NorPart = { ...PARTS.w25q16, name: "stranger", jedec: [0x12, 0x34, 0x56] };
/** As tables of the first edition are: nine words, no times. */
const OLD_TABLE = describedBy({ 2: 0x007fffff, 8: 0x520f200c, 9: 0x0000d810 }).map((byte, i) => (i === 11 ? 9 : byte));
const TABLE = describedBy({ 2: 0x00ffffff, 8: 0x520f200c, 9: 0x0000d810, 10: 0x223, 11: 0x2c81 });

flashContract("the driver on a chip that only its own table describes", () => {
  const { driver } = driverOf("ast1030-evb", { ...STRANGER, sfdp: TABLE });
  return { flash: driver };
});

test("a stranger's table gives sizes and longest times; the driver keeps to them", (t) => {
  const { driver } = driverOf("ast1030-evb", { ...STRANGER, sfdp: TABLE });
  t.is(driver.jedec, 0x123456);
  t.like(driver.geometry, { sizeBytes: 2 << 20, sectorBytes: 4096, programBytes: 256 });
  t.is(driver.eraseMaximumMicros, 384_000);
  t.is(driver.programMaximumMicros, 3328);
});

test("a table of the first edition names no times: the longest of any part are waited for", (t) => {
  const { driver } = driverOf("ast1030-evb", { ...STRANGER, sizeBytes: 1 << 20, sfdp: OLD_TABLE });
  t.like(driver.geometry, { sizeBytes: 1 << 20, sectorBytes: 4096, programBytes: 256 });
  t.is(driver.eraseMaximumMicros, 4_000_000);
  t.is(driver.programMaximumMicros, 10_000);
});

test("a stranger whose table is short, damaged or of no use is no flash, and nothing is written to it", (t) => {
  const tables = { "no signature": TABLE.map((byte, i) => (i === 0 ? 0 : byte)), short: TABLE.map((byte, i) => (i === 11 ? 8 : byte)),
    "no erase of ours": describedBy({ 2: 0x00ffffff, 8: 0x00001114, 10: 0x223, 11: 0x2c81 }), "all ones": new Array(256).fill(0xff) };
  for (const [name, sfdp] of Object.entries(tables)) {
    const { driver, chip } = driverOf("ast1030-evb", { ...STRANGER, sfdp });
    t.is(driver.geometry.sizeBytes, 0, name);
    t.is(driver.jedec, 0x123456);
    t.is(driver.program(0, Uint8Array.of(1)), FlashResult.NoFlash);
    t.is(chip.counters.programs + chip.counters.erases, 0);
  }
});

for (const [name, level] of [["high", 0xff], ["low", 0]] as const) {
  test(`a bus on which nobody answers and the line stays ${name} is no flash, at once`, (t) => {
    let micros = 0;
    const nobody: SpiBus = { select: () => undefined, deselect: () => undefined, exchange: () => level, waitMicros: (wait) => { micros += wait; } };
    const driver = driverOver("ast1030-evb", nobody);
    t.is(driver.geometry.sizeBytes, 0);
    t.is(driver.read(0, new Uint8Array(1)), FlashResult.NoFlash);
    t.is(driver.program(0, new Uint8Array(1)), FlashResult.NoFlash);
    t.is(driver.erase(0), FlashResult.NoFlash);
    t.true(micros < 1000);
  });
}
