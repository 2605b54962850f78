/**
 * Lockstep on the emulated board: a random life of a store is lived by the wasm build on the host and recorded, call by
 * call; an image of the board with the very core object of the firmware repeats it, on the board's own flash driver and
 * chip. Every result, a hash of the whole arena after every call, and the flash's bytes at the end are the same. The
 * life is lived once more by the checked core, which stops at the first access outside the arena.
 */
import test from "ava";
import { Knob } from "../../firmware/core/config";
import { openSimFlash } from "../../hal/sim/flash";
import { loadBoard } from "../../tools/board-file";
import { Core, openCore } from "../helpers/cores";
import { Random, seedOr } from "../helpers/random";
import { BOARD, ReplayLog, hashOf, repeatOnBoard } from "../helpers/replay";
import { Session, Store } from "../helpers/session";
import { CallName } from "../helpers/twins";

const STEPS = 20_000;
const SECTOR_BYTES = 65536;
const SWAP_SECTORS = 4;
const KNOBS: Partial<Record<Knob, number>> = {
  [Knob.PagesMax]: 640, [Knob.LinkBytes]: 2048, [Knob.SectorBytes]: SECTOR_BYTES, [Knob.SwapSectors]: SWAP_SECTORS,
};

/** A wasm store whose calls are written down. Its client's pages lie in the link region, inside the arena. */
class Recorder implements Store {
  readonly log = new ReplayLog();
  readonly client: number;
  private readonly words: Int32Array;

  constructor(private readonly core: Core) {
    this.words = new Int32Array(core.bytes.buffer, 0, core.arenaBytes / 4);
    this.call("coreDefaults");
    for (const [knob, value] of Object.entries(KNOBS)) this.call("coreSet", Number(knob), value);
    if (this.call("coreOpen", core.arenaBytes) < 4) this.fail("The store does not open.");
    this.client = this.call("linkOffset");
  }

  call(name: CallName, ...args: number[]): number {
    const result = Number((this.core[name] as (...given: number[]) => unknown)(...args) ?? 0) | 0;
    this.log.core(name, args, result, hashOf(this.words));
    return result;
  }

  write(at: number, bytes: Uint8Array): void {
    this.log.memory(at, bytes);
    this.core.bytes.set(bytes, at);
  }

  read(at: number, length: number): Uint8Array { return this.core.bytes.subarray(at, at + length); }
  fail(sentence: string): never { throw new Error(sentence); }
}

for (const checked of [false, true]) {
  const name = checked ? "checked native core" : "native core";
  test.serial(`40 Lockstep on the emulated board: ${STEPS} random operations on the wasm build and the ${name}: every arena and the flash alike`, async (t) => {
    const { flash, chip } = openSimFlash("s25sl12801");
    const recorder = new Recorder(openCore("wasm", { arenaBytes: loadBoard(BOARD).ram.arenaBytes, flash, open: false }));
    const session = new Session(recorder, new Random(seedOr(4000)), { pageBytes: 1024, areaPages: 150 });
    for (let step = 0; step < STEPS; step++) session.step();
    session.finish();
    const cells = await repeatOnBoard(recorder.log, checked);
    const swapBytes = SWAP_SECTORS * SECTOR_BYTES;
    t.is(Buffer.compare(cells.subarray(0, swapBytes), chip.cells.subarray(0, swapBytes)), 0);
    t.log(`SEED=${seedOr(4000)}: ${recorder.log.expected.length} calls, ${chip.counters.programs} programs, ${chip.counters.erases} erases`);
  });
}
