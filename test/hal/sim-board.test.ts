/** The simulated board keeps the promises of hal/serial.ts, hal/clock.ts and hal/board.ts that can be kept without time. */
import test from "ava";
import { ResetCause } from "../../hal/board";
import { ARENA_ALIGN_BYTES, arenaFault } from "../../hal/memory";
import { SimBoard, SimReset } from "../../hal/sim/board";
import { SimSerial } from "../../hal/sim/serial";

test("S1 bytes are taken in the order they came, and -1 says that there is none", (t) => {
  const serial = new SimSerial();
  t.is(serial.get(), -1);
  serial.arrive([1, 2, 0xff]);
  t.deepEqual([serial.get(), serial.get(), serial.get(), serial.get()], [1, 2, 0xff, -1]);
});

test("S2 a Ctrl-C is seen at once and until it is taken", (t) => {
  const serial = new SimSerial();
  serial.arrive([0x61, 0x03, 0x62]);
  t.true(serial.interrupted());
  t.is(serial.get(), 0x61);
  t.true(serial.interrupted());
  t.is(serial.get(), 0x03);
  t.false(serial.interrupted());
  t.is(serial.get(), 0x62);
});

test("S2 a Ctrl-C is seen even when the ring is full, and skipping it drops what was typed before it", (t) => {
  const serial = new SimSerial(4);
  serial.arrive([1, 2, 3, 4, 5, 0x03]);
  t.true(serial.interrupted());
  t.is(serial.overflows(), 2);
  serial.skipInterrupt();
  t.false(serial.interrupted());
  const other = new SimSerial();
  other.arrive([1, 0x03, 2, 0x03, 4]);
  other.skipInterrupt();
  t.deepEqual([other.get(), other.get()], [4, -1]);
});

test("the place where bytes were lost is told, and how many", (t) => {
  const serial = new SimSerial(2);
  serial.arrive([1, 2, 3, 4]);
  t.deepEqual([serial.get(), serial.gap(), serial.get(), serial.gap()], [1, -1, 2, 2]);
  serial.arrive([5]);
  t.deepEqual([serial.get(), serial.gap(), serial.gap()], [5, 0, -1]);
  serial.arrive([6, 7, 8]);
  serial.get();
  serial.arrive([9]);
  t.deepEqual([serial.gap(), serial.get(), serial.gap(), serial.get(), serial.gap(), serial.get(), serial.gap()], [-1, 7, -1, 9, 1, -1, -1]);
});

test("what the board sends is taken once", (t) => {
  const board = new SimBoard();
  board.serialPut(0x41);
  board.serial.put(0x142);
  t.deepEqual(board.serial.take(), [0x41, 0x42]);
  t.deepEqual(board.serial.take(), []);
});

test("K1 the clock stands still unless time is let pass, and never goes back", (t) => {
  const board = new SimBoard();
  t.is(board.clock.ticks(), 0);
  board.clock.delay(1.5);
  board.clock.pass(2);
  board.clock.pass(-5);
  t.is(board.clock.ticks(), 3);
  t.is(board.clockTicks(), 3);
});

test("B4 reset does not return, and the next start knows why", (t) => {
  const board = new SimBoard();
  t.is(board.resetCause(), ResetCause.Power);
  t.throws(() => board.reset(), { instanceOf: SimReset });
  t.is(board.resetCause(), ResetCause.Requested);
});

test("an arena block that breaks the contract is named in one sentence", (t) => {
  const bytes = new Uint8Array(64);
  t.is(arenaFault({ arenaBytes: 32, clientBytes: 32, bytes }), "");
  t.regex(arenaFault({ arenaBytes: 30, clientBytes: 0, bytes }), /multiple of 4, not 30/);
  t.regex(arenaFault({ arenaBytes: 64, clientBytes: 4, bytes }), /64 bytes, expected 64 for the arena and 4 for clients/);
  t.regex(arenaFault({ arenaBytes: 32, clientBytes: 0, bytes: bytes.subarray(1) }), new RegExp(`aligned to ${ARENA_ALIGN_BYTES}`));
});
