/** The simulated chip is strict: each rule of silicon that is broken is loud, and each accident does what it says. */
import test, { ExecutionContext } from "ava";
import { FlashResult } from "../../hal/flash";
import { BadKind, FlashMisuse, PowerCut, cutId, parseCut } from "../../hal/sim/accidents";
import { SimBoard } from "../../hal/sim/board";
import { NorFlash, openSimFlash } from "../../hal/sim/flash";
import { ChipOptions, NorChip, Opcode, Status } from "../../hal/sim/nor-chip";
import { PARTS, partNamed } from "../../hal/sim/parts";
import { Random } from "../../hal/sim/random";

function chipOf(options: ChipOptions = {}): NorChip { return new NorChip(PARTS.w25q16, options); }

/** Sends one command: opcode, address, data; returns what the chip answered to the data. */
function send(chip: NorChip, opcode: number, address = -1, data: ArrayLike<number> = []): number[] {
  chip.select();
  chip.exchange(opcode);
  if (address >= 0) for (const shift of [16, 8, 0]) chip.exchange(address >>> shift & 0xff);
  const answer = Array.from(data, (byte) => chip.exchange(byte));
  chip.deselect();
  return answer;
}

function status(chip: NorChip): number { return send(chip, Opcode.ReadStatus, -1, [0])[0]; }
function read(chip: NorChip, address: number, length: number): number[] { return send(chip, Opcode.Read, address, new Uint8Array(length)); }

function program(chip: NorChip, address: number, data: ArrayLike<number>): void {
  send(chip, Opcode.WriteEnable);
  send(chip, Opcode.Program, address, data);
}

function finish(chip: NorChip): void { while (chip.isBusy) chip.waitMicros(1000); }

function isMisuse(t: ExecutionContext, action: () => unknown, sentence: RegExp): void {
  t.throws(action, { instanceOf: FlashMisuse, message: sentence });
}

test("9F answers the part's identity", (t) => {
  t.deepEqual(send(chipOf(), Opcode.ReadId, -1, [0, 0, 0, 0]), [0xef, 0x40, 0x15, 0]);
  t.deepEqual(send(new NorChip(PARTS.s25sl12801), Opcode.ReadId, -1, new Uint8Array(6)), [1, 0x20, 0x18, 3, 1, 0]);
});

test("N1 a program without write enable is loud", (t) => {
  isMisuse(t, () => send(chipOf(), Opcode.Program, 0, [1]), /without write enable/);
});

test("N1 an erase without write enable is loud", (t) => {
  isMisuse(t, () => send(chipOf(), 0x20, 0), /without write enable/);
});

test("N1 write enable clears itself when the program ends", (t) => {
  const chip = chipOf();
  program(chip, 0, [0x0f]);
  t.is(status(chip), Status.Busy | Status.WriteEnabled);
  finish(chip);
  t.is(status(chip), 0);
  isMisuse(t, () => send(chip, Opcode.Program, 1, [0]), /without write enable/);
});

test("N1 write disable takes write enable back", (t) => {
  const chip = chipOf();
  send(chip, Opcode.WriteEnable);
  t.is(status(chip), Status.WriteEnabled);
  send(chip, Opcode.WriteDisable);
  t.is(status(chip), 0);
});

test("N2 the chip is busy for the part's time and takes no other command", (t) => {
  const chip = chipOf();
  program(chip, 0, [0]);
  isMisuse(t, () => read(chip, 0, 1), /0x03 while the chip is busy/);
  const slow = chipOf();
  program(slow, 0, [0]);
  slow.waitMicros(PARTS.w25q16.programTypicalMicros - 1);
  t.is(status(slow) & Status.Busy, Status.Busy);
  slow.waitMicros(1);
  t.is(status(slow) & Status.Busy, 0);
});

test("N2 an erase is busy for the part's erase time", (t) => {
  const chip = chipOf();
  send(chip, Opcode.WriteEnable);
  send(chip, 0x20, 4096);
  const before = chip.nowMicros;
  finish(chip);
  t.true(chip.nowMicros - before >= 45_000 - 1 && chip.nowMicros - before < 47_000);
});

test("N3 a program over bits that are not erased is loud", (t) => {
  const chip = chipOf();
  program(chip, 10, [0xf0]);
  finish(chip);
  send(chip, Opcode.WriteEnable);
  isMisuse(t, () => send(chip, Opcode.Program, 10, [0x0f]), /at 0x0a of 0x0f over 0xf0/);
});

test("N3 a program past the end of its page is loud", (t) => {
  const chip = chipOf();
  send(chip, Opcode.WriteEnable);
  isMisuse(t, () => send(chip, Opcode.Program, 250, new Uint8Array(7)), /past the end of its page/);
});

test("N3 silicon wraps such a program to the beginning of the page", (t) => {
  const chip = chipOf({ strict: false });
  program(chip, 254, [1, 2, 3, 4]);
  finish(chip);
  t.deepEqual(read(chip, 254, 2), [1, 2]);
  t.deepEqual(read(chip, 0, 3), [3, 4, 0xff]);
  t.deepEqual(read(chip, 256, 1), [0xff]);
});

test("N3 silicon gives old AND new for a program over programmed bits", (t) => {
  const chip = chipOf({ strict: false });
  program(chip, 0, [0xf0]);
  finish(chip);
  program(chip, 0, [0x3c]);
  finish(chip);
  t.deepEqual(read(chip, 0, 1), [0x30]);
});

test("N4 an erase at an address that is not aligned is loud", (t) => {
  const chip = chipOf();
  send(chip, Opcode.WriteEnable);
  isMisuse(t, () => send(chip, 0x20, 4096 + 256), /not aligned to its 4096/);
});

test("N4 the s25sl12801 has no 4 KB erase", (t) => {
  const chip = new NorChip(PARTS.s25sl12801);
  send(chip, Opcode.WriteEnable);
  isMisuse(t, () => send(chip, 0x20, 0), /has no command 0x20/);
});

test("N4 erases clear their block, count its wear, and leave the rest", (t) => {
  const chip = chipOf();
  chip.cells.fill(0, 0, 3 * 65536);
  send(chip, Opcode.WriteEnable);
  send(chip, 0xd8, 65536);
  finish(chip);
  send(chip, Opcode.WriteEnable);
  send(chip, 0x20, 4096);
  finish(chip);
  t.is(chip.cells.indexOf(0xff), 4096);
  t.is(chip.cells.indexOf(0, 65536), 2 * 65536);
  t.deepEqual([...chip.eraseCounts.subarray(0, 3)], [0, 1, 0]);
  t.true(chip.eraseCounts.subarray(16, 32).every((count) => count === 1));
  t.is(chip.counters.erases, 2);
  t.is(chip.counters.eraseBytes, 65536 + 4096);
});

test("C7 erases the whole chip", (t) => {
  const chip = chipOf({ content: new Uint8Array(PARTS.w25q16.sizeBytes) });
  send(chip, Opcode.WriteEnable);
  send(chip, Opcode.EraseChip);
  t.true(chip.isBusy);
  finish(chip);
  t.is(chip.cells.indexOf(0), -1);
});

test("an unknown command, a cut short address, an address outside, an empty program: each is loud", (t) => {
  isMisuse(t, () => send(chipOf(), 0x42), /has no command 0x42/);
  const chip = chipOf();
  chip.select();
  chip.exchange(Opcode.Read);
  chip.exchange(0);
  isMisuse(t, () => chip.deselect(), /after 1 of 3 address bytes/);
  isMisuse(t, () => read(chipOf(), PARTS.w25q16.sizeBytes, 1), /outside the w25q16/);
  const other = chipOf();
  send(other, Opcode.WriteEnable);
  isMisuse(t, () => send(other, Opcode.Program, 0), /carries no data/);
});

test("bytes without chip select are loud", (t) => {
  isMisuse(t, () => chipOf().exchange(0), /not selected/);
  isMisuse(t, () => chipOf().deselect(), /not selected/);
  const chip = chipOf();
  chip.select();
  isMisuse(t, () => chip.select(), /while it is selected/);
});

test("66 then 99 resets, 99 alone is loud", (t) => {
  const chip = chipOf();
  send(chip, Opcode.WriteEnable);
  send(chip, Opcode.ResetEnable);
  send(chip, Opcode.Reset);
  t.is(status(chip), 0);
  isMisuse(t, () => send(chip, Opcode.Reset), /without 66/);
});

test("reads, programs, bytes and time are counted", (t) => {
  const { chip, flash } = openSimFlash("w25q16");
  flash.program(0, new Uint8Array(300));
  flash.read(0, new Uint8Array(50));
  const { programs, programBytes, reads, readBytes, busyMicros, busMicros } = chip.counters;
  t.deepEqual({ programs, programBytes, reads, readBytes, busyMicros }, { programs: 2, programBytes: 300, reads: 1, readBytes: 50, busyMicros: 1400 });
  t.true(busMicros > 350 * 8 / 42 && busMicros < 600 * 8 / 42);
});

test("reading 4 KB takes the 0.8 ms that 42 MHz allow", (t) => {
  const { chip, flash } = openSimFlash("w25q16");
  const before = chip.nowMicros;
  flash.read(0, new Uint8Array(4096));
  t.is(Math.round((chip.nowMicros - before) / 100), 8);
});

// Power cuts

test("a cut's id gives the cut back", (t) => {
  const plan = { operation: 17, moment: "torn", seed: 4711 } as const;
  t.deepEqual(parseCut(cutId(plan)), plan);
  t.throws(() => parseCut("cut-now"), { message: /"cut-now" is no cut/ });
});

test("N5 a cut before an operation leaves it undone, one after leaves it done", (t) => {
  for (const [moment, left] of [["before", 0xff], ["after", 0x12]] as const) {
    const { chip, flash } = openSimFlash("w25q16", { cut: { operation: 2, moment, seed: 1 } });
    flash.program(100, Uint8Array.of(0x34));
    t.throws(() => flash.program(0, Uint8Array.of(0x12)), { instanceOf: PowerCut, message: new RegExp(`cut-2-${moment}-1`) });
    t.is(chip.cells[0], left);
    t.throws(() => flash.read(0, new Uint8Array(1)), { instanceOf: PowerCut });
    chip.powerOn();
    const into = new Uint8Array(1);
    t.is(new NorFlash(chip).read(0, into), FlashResult.Ok);
    t.is(into[0], left);
  }
});

test("N5 a torn program leaves a prefix, one byte in between, and the rest untouched", (t) => {
  const lengths = new Set<number>();
  for (let seed = 1; seed <= 60; seed++) {
    const { chip, flash } = openSimFlash("w25q16", { cut: { operation: 1, moment: "torn", seed } });
    t.throws(() => flash.program(0, new Uint8Array(200).fill(0x21)), { instanceOf: PowerCut });
    const whole = chip.cells.findIndex((byte) => byte !== 0x21);
    t.is(chip.cells[whole] & 0x21, 0x21);
    t.true(chip.cells.subarray(whole + 1, 300).every((byte) => byte === 0xff));
    lengths.add(whole);
  }
  t.true(lengths.size > 30);
});

test("N5 a torn erase leaves its sector in any state and the neighbours whole", (t) => {
  for (let seed = 1; seed <= 20; seed++) {
    const { chip, flash } = openSimFlash("w25q16", { cut: { operation: 1, moment: "torn", seed }, content: new Uint8Array(3 * 4096).fill(0x77) });
    t.throws(() => flash.erase(4096), { instanceOf: PowerCut });
    t.true(chip.cells.subarray(0, 4096).every((byte) => byte === 0x77));
    t.true(chip.cells.subarray(8192, 12288).every((byte) => byte === 0x77));
    t.is(chip.eraseCounts[1], 1);
  }
});

test("N5 the same cut leaves the same bytes, another seed leaves others", (t) => {
  const left = (seed: number): Uint8Array => {
    const { chip, flash } = openSimFlash("w25q16", { cut: { operation: 1, moment: "torn", seed }, content: new Uint8Array(4096) });
    t.throws(() => flash.erase(0), { instanceOf: PowerCut });
    return chip.cells.slice(0, 4096);
  };
  t.deepEqual(left(3), left(3));
  t.notDeepEqual(left(3), left(4));
});

test("N5 cells that a torn erase left half-way read differently until they are erased", (t) => {
  let sawDifference = false;
  for (let seed = 1; seed <= 20 && !sawDifference; seed++) {
    const { chip, flash } = openSimFlash("w25q16", { cut: { operation: 1, moment: "torn", seed }, content: new Uint8Array(4096) });
    t.throws(() => flash.erase(0), { instanceOf: PowerCut });
    chip.powerOn();
    sawDifference = read(chip, 0, 4096).join() !== read(chip, 0, 4096).join();
    t.is(flash.erase(0), FlashResult.Ok);
    t.true(read(chip, 0, 4096).every((byte) => byte === 0xff));
  }
  t.true(sawDifference);
});

test("N6 a chip that sleeps takes nothing but AB, and its line stays high", (t) => {
  const chip = chipOf();
  send(chip, Opcode.Sleep);
  t.is(status(chip), 0xff);
  t.deepEqual(send(chip, Opcode.ReadId, -1, [0, 0]), [0xff, 0xff]);
  send(chip, Opcode.Wake);
  t.is(status(chip), 0);
});

test("5A reads the table of a part that has one, a byte behind its address; other parts have no such command", (t) => {
  isMisuse(t, () => send(chipOf(), Opcode.ReadTable, 0, [0]), /has no command 0x5a/);
  const chip = new NorChip({ ...PARTS.w25q16, sfdp: [1, 2, 3] });
  t.deepEqual(send(chip, Opcode.ReadTable, 1, [0, 0, 0, 0]), [0, 2, 3, 0xff]);
});

// Bad sectors

function badFlash(kind: BadKind, verify: boolean) {
  return openSimFlash("w25q16", { bad: new Map([[1, kind]]), seed: 5 }, verify);
}

test("a sector that hangs costs bounded time and is Failed; the chip works on", (t) => {
  const { chip, flash } = badFlash("hangs", false);
  t.is(flash.erase(4096), FlashResult.Failed);
  t.true(chip.nowMicros < 3 * 400_000);
  t.is(flash.program(4096, Uint8Array.of(1)), FlashResult.Failed);
  t.is(flash.erase(0), FlashResult.Ok);
  t.is(flash.program(0, Uint8Array.of(1)), FlashResult.Ok);
});

test("a sector that keeps bits fails in silence, and read-back finds it", (t) => {
  t.is(badFlash("keeps", false).flash.erase(4096), FlashResult.Ok);
  t.is(badFlash("keeps", true).flash.erase(4096), FlashResult.Failed);
  t.is(badFlash("keeps", true).flash.erase(0), FlashResult.Ok);
});

test("a sector that drops bits fails in silence, and read-back finds it", (t) => {
  t.is(badFlash("drops", false).flash.program(4096, new Uint8Array(600)), FlashResult.Ok);
  t.is(badFlash("drops", true).flash.program(4096, new Uint8Array(600)), FlashResult.Failed);
});

test("a sector that fades reads well at first and wrong later", (t) => {
  const { chip, flash } = badFlash("fades", false);
  t.is(flash.program(4096, new Uint8Array(4096).fill(0x3c)), FlashResult.Ok);
  t.true(chip.cells.subarray(4096, 8192).every((byte) => byte === 0x3c));
  for (let i = 0; i < 200; i++) flash.read(4096, new Uint8Array(16));
  t.false(chip.cells.subarray(4096, 8192).every((byte) => byte === 0x3c));
});

test("a sector is bad after its last erase", (t) => {
  const { flash } = openSimFlash("w25q16", { enduranceErases: 10, wornKind: "hangs" });
  for (let i = 0; i < 10; i++) t.is(flash.erase(0), FlashResult.Ok);
  t.is(flash.erase(0), FlashResult.Failed);
  t.is(flash.erase(4096), FlashResult.Ok);
});

test("bits flip on the wire about as often as asked, and the cells stay", (t) => {
  const { chip, flash } = openSimFlash("w25q16", { flipOneByteIn: 1000, seed: 3 });
  const into = new Uint8Array(100_000);
  flash.read(0, into);
  const wrong = into.reduce((sum, byte) => sum + (byte === 0xff ? 0 : 1), 0);
  t.true(wrong > 60 && wrong < 140, `${wrong} of 100000 bytes`);
  t.is(chip.cells.findIndex((byte) => byte !== 0xff), -1);
});

// The driver on a wrong bus, and the board around it

test("a bus that nobody answers on is one sentence", (t) => {
  const silent = { select() {}, exchange: () => 0xff, deselect() {}, waitMicros() {} };
  t.throws(() => new NorFlash(silent), { message: /No known flash chip answers on the bus: .* got ff ff ff/ });
  t.throws(() => partNamed("w25q1"), { message: /No flash part is named "w25q1"; known: .*w25q64/ });
});

test("a chip that does not take write enable is Failed, not a hang", (t) => {
  const chip = chipOf();
  const deaf = {
    select: () => chip.select(), deselect: () => chip.deselect(), waitMicros: (micros: number) => chip.waitMicros(micros),
    exchange: (byte: number) => chip.exchange(byte === Opcode.WriteEnable ? Opcode.WriteDisable : byte),
  };
  const flash = new NorFlash(deaf);
  t.is(flash.erase(0), FlashResult.Failed);
  t.is(flash.program(0, Uint8Array.of(1)), FlashResult.Failed);
});

test("a board without flash answers NoFlash, one with flash moves bytes between its block and the chip", (t) => {
  t.is(new SimBoard().flashErase(0), FlashResult.NoFlash);
  const { chip, flash } = openSimFlash("w25q16");
  const board = new SimBoard(flash);
  board.block = { arenaBytes: 64, clientBytes: 0, bytes: Uint8Array.from({ length: 64 }, (_, i) => i) };
  t.is(board.flashProgram(1000, 8, 4), FlashResult.Ok);
  t.deepEqual([...chip.cells.subarray(999, 1005)], [0xff, 8, 9, 10, 11, 0xff]);
  t.is(board.flashRead(1001, 60, 4), FlashResult.Ok);
  t.deepEqual([...board.block.bytes.subarray(60)], [9, 10, 11, 0xff]);
  t.throws(() => board.flashRead(0, 62, 4), { instanceOf: RangeError });
});

test("the same seed draws the same numbers, evenly enough", (t) => {
  const draw = (seed: number): number[] => {
    const random = new Random(seed);
    return Array.from({ length: 1000 }, () => random.below(10));
  };
  t.deepEqual(draw(1), draw(1));
  t.notDeepEqual(draw(1), draw(2));
  for (let digit = 0; digit < 10; digit++) t.true(Math.abs(draw(9).filter((value) => value === digit).length - 100) < 40);
});
