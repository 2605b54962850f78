/** The Flash contract on every memory that can be had without a board: serial chips and the flash inside microcontrollers. */
import test from "ava";
import { Err } from "../../firmware/core/errors";
import { FlashResult, geometryFault } from "../../hal/flash";
import { ChipOptions } from "../../hal/sim/nor-chip";
import { NorFlash, openSimFlash } from "../../hal/sim/flash";
import { FlashMisuse } from "../../hal/sim/accidents";
import { MCU_FLASHES, McuFlash } from "../../hal/sim/mcu-flash";
import { PartName } from "../../hal/sim/parts";
import { FlashUnderTest, flashContract } from "./flash-contract";

function simulated(part: PartName, options: ChipOptions, verify: boolean): () => FlashUnderTest {
  return () => {
    const { chip, flash } = openSimFlash(part, options, verify);
    const reopen = () => {
      chip.powerOn();
      return new NorFlash(chip, verify);
    };
    return { flash, reopen };
  };
}

flashContract("s25sl12801, 64 KB sectors", simulated("s25sl12801", {}, false));
flashContract("w25q16, 4 KB sectors", simulated("w25q16", {}, false));
flashContract("w25q16 that is often slow, with read-back", simulated("w25q16", { seed: 7, slowPercent: 40 }, true));
flashContract("nrf52840 internal, words", () => ({ flash: new McuFlash(MCU_FLASHES.nrf52840) }));
flashContract("stm32f405 internal, 128 KB sectors", () => ({ flash: new McuFlash(MCU_FLASHES.stm32f405) }));

test("a microcontroller's flash is loud when a word is programmed once too often, or needs bits that are not erased", (t) => {
  const flash = new McuFlash(MCU_FLASHES.nrf52840);
  const word = Uint8Array.of(0xff, 0xff, 0xff, 0x7f);
  flash.program(8, word);
  flash.program(8, word);
  t.throws(() => flash.program(8, word), { instanceOf: FlashMisuse, message: /at 0x8 is programmed 3 times; the nrf52840 allows 2/ });
  flash.erase(0);
  flash.program(8, word);
  t.throws(() => flash.program(8, new Uint8Array(4).fill(0xff)), { instanceOf: FlashMisuse, message: /not erased/ });
});

test("the contract's results are the core's error numbers", (t) => {
  t.is<number, number>(FlashResult.Ok, Err.Ok);
  t.is<number, number>(FlashResult.Invalid, Err.Invalid);
  t.is<number, number>(FlashResult.Failed, Err.Flash);
  t.is<number, number>(FlashResult.NoFlash, Err.NoFlash);
});

test("a geometry that cannot be is named in one sentence", (t) => {
  const sound = openSimFlash("w25q16").flash.geometry;
  t.regex(geometryFault({ ...sound, sectorBytes: 3000 }), /sectorBytes must be a power of two/);
  t.regex(geometryFault({ ...sound, granuleBytes: 512 }), /granuleBytes 512 exceeds programBytes 256/);
  t.regex(geometryFault({ ...sound, programBytes: 8192 }), /programBytes 8192 exceeds sectorBytes 4096/);
  t.regex(geometryFault({ ...sound, sizeBytes: 4097 }), /not a multiple/);
});
