/**
 * Lockstep of the native core: a random life of a store is lived by the wasm build on the host and recorded, call by call.
 * The native core repeats it: on an emulated board, in an image with the very core object of the firmware, on the board's
 * own flash driver and chip; and on this machine, compiled with the host's checks for what C leaves undefined. Every
 * result, a hash of the whole arena after every call, and the flash's bytes at the end are the same. On the board the life
 * is lived once more by the checked core, which stops at the first access outside the arena.
 */
import test from "ava";
import { ZbaleWork } from "../../firmware/core/codec/zbale";
import { Knob } from "../../firmware/core/config";
import { Err } from "../../firmware/core/errors";
import { openSimFlash } from "../../hal/sim/flash";
import { loadBoard } from "../../tools/board-file";
import { leftOut } from "../../tools/build/board";
import { ALLOCATORS } from "../../tools/core/knobs";
import { openCore } from "../helpers/cores";
import { repeatOnHost } from "../helpers/host-native";
import { PAGE_KINDS, anyPage, corpusPages, makePage } from "../helpers/pages";
import { Random, seedOr } from "../helpers/random";
import { Recorder } from "../helpers/recorder";
import { repeatOnBoard } from "../helpers/replay";
import { Session } from "../helpers/session";

const STEPS = 20_000;
const ARENA_BYTES = 38_848;

interface Life { readonly recorder: Recorder; readonly flash: Uint8Array; readonly words: string; }

/** A life on a chip whose swap area begins at its start. */
function live(part: "s25sl12801" | "w25q16", arenaBytes: number, swapSectors: number, allocators?: number[]): Life {
  const { flash, chip } = openSimFlash(part);
  const sectorBytes = flash.geometry.sectorBytes;
  const knobs = { [Knob.PagesMax]: 640, [Knob.LinkBytes]: 2048, [Knob.SectorBytes]: sectorBytes, [Knob.SwapSectors]: swapSectors };
  const recorder = new Recorder(openCore("wasm", { arenaBytes, flash, open: false }), knobs);
  const session = new Session(recorder, new Random(seedOr(4000)), { pageBytes: 1024, areaPages: 150, ...(allocators ? { allocators } : {}) });
  for (let step = 0; step < STEPS; step++) session.step();
  session.finish();
  const { programs, erases } = chip.counters;
  return { recorder, flash: chip.cells.slice(0, swapSectors * sectorBytes), words: `SEED=${seedOr(4000)}: ${recorder.log.expected.length} calls, ${programs} programs, ${erases} erases` };
}

/** The first has one allocator in its image and answers LeftOut for the others, the second has all four. */
for (const [board, part, sectors, checked] of [["emcraft-sf2", "s25sl12801", 4, false], ["stm32f405-nor", "w25q16", 64, false], ["stm32f405-nor", "w25q16", 64, true]] as const) {
  test.serial(`40 Lockstep on the emulated board: ${STEPS} random operations on the wasm build and ${board}'s ${checked ? "checked native core" : "native core"}: every arena and the flash alike`, async (t) => {
    const allocators = ALLOCATORS.flatMap((name, number) => leftOut(board, "core").includes(name) ? [] : [number]);
    t.true(allocators.length === (board === "emcraft-sf2" ? 1 : 4));
    const life = live(part, loadBoard(board).ram.arenaBytes, sectors, allocators);
    for (let number = 0; number < ALLOCATORS.length; number++) {
      if (!allocators.includes(number)) life.recorder.expect("coreSet", [Knob.Allocator, number], Err.LeftOut);
    }
    const cells = await repeatOnBoard(life.recorder.log, checked, board);
    t.is(Buffer.compare(cells.subarray(0, life.flash.length), life.flash), 0);
    t.log(life.words);
  });
}

test.serial(`40 Lockstep on this machine: ${STEPS} random operations on the wasm build and the native core under the host compiler's checks`, async (t) => {
  const life = live("s25sl12801", ARENA_BYTES, 4);
  const cells = await repeatOnHost(life.recorder.log, ARENA_BYTES);
  t.is(Buffer.compare(cells.subarray(0, life.flash.length), life.flash), 0);
  t.log(life.words);
});

/** Pages of every kind, noise, pages of one byte and of two in turn, short ones, and real ones. */
function pagesToPack(random: Random): Uint8Array[] {
  const made = PAGE_KINDS.flatMap((kind) => [256, 1000, 1024, 4096].map((length) => makePage(kind, length, random)));
  const extreme = [0x00, 0x7f, 0x80, 0xff].flatMap((byte) => [new Uint8Array(4096).fill(byte), new Uint8Array(1024).map((_, i) => i & 1 ? byte : 255 - byte)]);
  const short = Array.from({ length: 24 }, (_, length) => anyPage(1024, random).slice(0, length));
  return [...made, ...extreme, ...short, ...corpusPages(1024, 3).map((sample) => sample.page)];
}

test.serial("both codecs under the host compiler's checks: the same bytes as from the wasm build, whole input and damaged", async (t) => {
  const recorder = new Recorder(openCore("wasm", { arenaBytes: ARENA_BYTES, open: false }), { [Knob.LinkBytes]: 8192 });
  const random = new Random(seedOr(4100));
  // No page is stored, so all behind the tables is theirs.
  const [page, packed, work] = [0, 4096, 12_288].map((offset) => recorder.client + offset);
  t.true(work + ZbaleWork.Compress <= ARENA_BYTES);
  let calls = 0;
  for (const bytes of pagesToPack(random)) {
    for (const codec of ["lz4", "zbale"] as const) {
      recorder.write(page, bytes);
      const length = recorder.call(`${codec}Compress`, page, bytes.length, packed, 4500, work);
      t.true(length > 0, `${codec}: ${bytes.length} bytes`);
      const unpack = (packedBytes: number): number => codec === "lz4"
        ? recorder.call("lz4Decompress", packed, packedBytes, page, 4096) : recorder.call("zbaleDecompress", packed, packedBytes, page, bytes.length, work);
      t.is(unpack(length), bytes.length);
      t.deepEqual(recorder.read(page, bytes.length).slice(), bytes);
      for (let damage = 0; damage < 3; damage++) {
        recorder.write(packed + random.below(length), Uint8Array.of(random.below(256)));
        unpack(1 + random.below(length));
      }
      const noise = new Uint8Array(600);
      random.fill(noise);
      recorder.write(packed, noise);
      unpack(600);
      calls += 6;
    }
  }
  await repeatOnHost(recorder.log, ARENA_BYTES);
  t.log(`${calls} calls of the codecs`);
});
