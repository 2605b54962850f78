/**
 * The Flash contract (hal/flash.ts) as a suite: one test a promise, named by it. Run it over every driver there is,
 * with a factory that opens the same memory again each time it is called with the same `reopen` object.
 */
import test from "ava";
import { Flash, FlashResult, geometryFault } from "../../hal/flash";
import { Random } from "../../hal/sim/random";

export interface FlashUnderTest {
  readonly flash: Flash;
  /** The same memory after a reset of the board; absent where the test cannot reset it. */
  reopen?(): Flash;
}

const OUTSIDE = -1;

function contentOf(flash: Flash, address: number, length: number): Uint8Array {
  const into = new Uint8Array(length).fill(0x5a);
  if (flash.read(address, into) !== FlashResult.Ok) throw new Error(`A read of ${length} bytes at ${address} failed.`);
  return into;
}

function randomBytes(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length);
  new Random(seed).fill(bytes);
  return bytes;
}

/** Rounds up to whole granules of the memory. */
function granules(flash: Flash, length: number): number {
  const grain = flash.geometry.granuleBytes;
  return Math.ceil(length / grain) * grain;
}

/** Declares the suite for one driver. `name` tells it from the others. */
export function flashContract(name: string, open: () => FlashUnderTest): void {
  const title = (sentence: string): string => `${name}: ${sentence}`;

  test(title("the geometry is sound"), (t) => {
    const { flash } = open();
    t.is(geometryFault(flash.geometry), "");
    t.true(flash.geometry.enduranceErases > 0);
    t.not(flash.name, "");
  });

  test(title("D1 an erased sector reads FF"), (t) => {
    const { flash } = open();
    t.is(flash.erase(0), FlashResult.Ok);
    t.true(contentOf(flash, 0, flash.geometry.sectorBytes).every((byte) => byte === 0xff));
  });

  test(title("D1 D2 what was programmed is read back, at any length and alignment"), (t) => {
    const { flash } = open();
    const { sectorBytes, granuleBytes } = flash.geometry;
    flash.erase(sectorBytes);
    let at = sectorBytes + 3 * granuleBytes;
    for (const wanted of [1, 7, 255, 256, 257, 1023, 1024, 1500]) {
      const data = randomBytes(granules(flash, wanted), wanted);
      t.is(flash.program(at, data), FlashResult.Ok);
      t.deepEqual(contentOf(flash, at, data.length), data);
      t.deepEqual(contentOf(flash, at + 1, data.length - 1), data.subarray(1));
      at += data.length;
    }
  });

  test(title("D2 a program leaves the bytes before and behind it alone"), (t) => {
    const { flash } = open();
    const { sectorBytes, programBytes, granuleBytes } = flash.geometry;
    flash.erase(0);
    const at = 2 * programBytes - granuleBytes;
    const data = new Uint8Array(2 * granuleBytes + programBytes);
    t.is(flash.program(at, data), FlashResult.Ok);
    const all = contentOf(flash, 0, sectorBytes);
    t.is(all.findIndex((byte) => byte !== 0xff), at);
    t.is(all.lastIndexOf(0), at + data.length - 1);
  });

  test(title("D2 a program that clears further bits of a programmed range gives old AND new"), (t) => {
    const { flash } = open();
    const { programsPerGranule, granuleBytes } = flash.geometry;
    if (programsPerGranule === 1) return void t.pass("the part does not allow it");
    flash.erase(0);
    flash.program(0, new Uint8Array(granuleBytes).fill(0xf5));
    t.is(flash.program(0, new Uint8Array(granuleBytes).fill(0x51)), FlashResult.Ok);
    t.deepEqual(contentOf(flash, 0, granuleBytes), new Uint8Array(granuleBytes).fill(0x51));
  });

  test(title("D3 an erase clears its sector and no byte more"), (t) => {
    const { flash } = open();
    const { sectorBytes } = flash.geometry;
    const data = randomBytes(sectorBytes, 5);
    for (const sector of [1, 2, 3]) {
      flash.erase(sector * sectorBytes);
      flash.program(sector * sectorBytes, data);
    }
    t.is(flash.erase(2 * sectorBytes), FlashResult.Ok);
    t.deepEqual(contentOf(flash, sectorBytes, sectorBytes), data);
    t.true(contentOf(flash, 2 * sectorBytes, sectorBytes).every((byte) => byte === 0xff));
    t.deepEqual(contentOf(flash, 3 * sectorBytes, sectorBytes), data);
  });

  test(title("D1 D3 the last sector and the last byte are there"), (t) => {
    const { flash } = open();
    const { sizeBytes, sectorBytes, granuleBytes } = flash.geometry;
    t.is(flash.erase(sizeBytes - sectorBytes), FlashResult.Ok);
    const data = randomBytes(granuleBytes, 9);
    t.is(flash.program(sizeBytes - granuleBytes, data), FlashResult.Ok);
    t.deepEqual(contentOf(flash, sizeBytes - granuleBytes, granuleBytes), data);
    t.is(contentOf(flash, sizeBytes - 1, 1)[0], data[granuleBytes - 1]);
  });

  test(title("D4 what is out of range is refused and changes nothing"), (t) => {
    const { flash } = open();
    const { sizeBytes, sectorBytes, granuleBytes } = flash.geometry;
    flash.erase(0);
    flash.erase(sizeBytes - sectorBytes);
    const two = new Uint8Array(2 * granuleBytes);
    t.is(flash.read(sizeBytes - 1, two), FlashResult.Invalid);
    t.is(flash.read(OUTSIDE, two), FlashResult.Invalid);
    t.is(flash.program(sizeBytes - granuleBytes, two), FlashResult.Invalid);
    t.is(flash.program(-granuleBytes, two), FlashResult.Invalid);
    t.is(flash.program(sizeBytes, two), FlashResult.Invalid);
    t.is(flash.erase(sizeBytes), FlashResult.Invalid);
    t.is(flash.erase(-sectorBytes), FlashResult.Invalid);
    t.true(contentOf(flash, sizeBytes - 64, 64).every((byte) => byte === 0xff));
    t.true(contentOf(flash, 0, 64).every((byte) => byte === 0xff));
  });

  test(title("D4 what is out of alignment is refused and changes nothing"), (t) => {
    const { flash } = open();
    const { sectorBytes, granuleBytes } = flash.geometry;
    flash.erase(0);
    flash.program(0, new Uint8Array(granuleBytes));
    t.is(flash.erase(1), FlashResult.Invalid);
    t.is(flash.erase(sectorBytes >> 1), FlashResult.Invalid);
    t.is(contentOf(flash, 0, 1)[0], 0);
    if (granuleBytes === 1) return;
    t.is(flash.program(1, new Uint8Array(granuleBytes)), FlashResult.Invalid);
    t.is(flash.program(granuleBytes, new Uint8Array(1)), FlashResult.Invalid);
    t.is(contentOf(flash, granuleBytes, 1)[0], 0xff);
  });

  test(title("a range of no bytes is Ok and changes nothing"), (t) => {
    const { flash } = open();
    flash.erase(0);
    t.is(flash.program(0, new Uint8Array(0)), FlashResult.Ok);
    t.is(flash.read(0, new Uint8Array(0)), FlashResult.Ok);
    t.is(contentOf(flash, 0, 1)[0], 0xff);
  });

  test(title("D3 a sector can be erased and programmed again and again"), (t) => {
    const { flash } = open();
    for (let round = 0; round < 20; round++) {
      const data = randomBytes(512, round);
      t.is(flash.erase(0), FlashResult.Ok);
      t.is(flash.program(0, data), FlashResult.Ok);
      t.deepEqual(contentOf(flash, 0, 512), data);
    }
  });

  test(title("D7 what was programmed survives a reset"), (t) => {
    const under = open();
    if (under.reopen === undefined) return void t.pass("this memory cannot be reset by the test");
    const data = randomBytes(300 & -under.flash.geometry.granuleBytes, 3);
    under.flash.erase(0);
    under.flash.program(0, data);
    t.deepEqual(contentOf(under.reopen(), 0, data.length), data);
  });
}
