/**
 * Lockstep on the emulated board: a random life of a store is lived by the wasm build on the host and recorded, call by
 * call; an image of the board with the very core object of the firmware repeats it, on the board's own flash driver and
 * chip. Every result, a hash of the whole arena after every call, and the flash's bytes at the end are the same. The
 * life is lived once more by the checked core, which stops at the first access outside the arena.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { Knob } from "../../firmware/core/config";
import { openSimFlash } from "../../hal/sim/flash";
import { loadBoard } from "../../tools/board-file";
import { buildReplay } from "../../tools/build/image";
import { inBuild } from "../../tools/build/paths";
import { scratchNor } from "../../tools/qemu/nor-image";
import { Qemu } from "../../tools/qemu/qemu";
import { Core, openCore } from "../helpers/cores";
import { Random, seedOr } from "../helpers/random";
import { Session, Store } from "../helpers/session";
import { CallName } from "../helpers/twins";

const STEPS = 20_000;
const TIMEOUT_MS = 120_000;
const SWAP_SECTORS = 4;
const WRITE_MEMORY = 0xff;

/** The calls that main.c can repeat, by their numbers there. */
const CALLS: readonly CallName[] = [
  "coreDefaults", "coreSet", "coreGet", "coreOpen", "coreTick", "coreRefresh", "coreResetCounters", "poolOpen", "poolClose", "poolFreeze",
  "areaOpen", "areaClose", "areaTouch", "areaDiscard", "areaPageOut", "areaPlace", "frontswapStore", "frontswapLoad",
  "frontswapInvalidatePage", "frontswapInvalidateArea", "cleancachePut", "cleancacheGet", "cleancacheInvalidatePage",
  "reaperRun", "reclaimFrame", "zbudAlloc", "zbudFree", "linkOffset",
];

/** FNV-1a over the arena's words, as in main.c. */
function hashOf(words: Int32Array): number {
  let hash = 0x811c9dc5 | 0;
  for (let i = 0; i < words.length; i++) hash = Math.imul(hash ^ words[i], 0x01000193);
  return hash;
}

/** A wasm store whose calls are written down. Its client's pages lie in the link region, inside the arena. */
class Recorder implements Store {
  readonly calls: Buffer[] = [];
  readonly expected: { call: string; result: number; hash: number }[] = [];
  readonly client: number;
  private readonly words: Int32Array;

  constructor(private readonly core: Core, knobs: Partial<Record<Knob, number>>) {
    this.words = new Int32Array(core.bytes.buffer, 0, core.arenaBytes / 4);
    this.call("coreDefaults");
    for (const [knob, value] of Object.entries(knobs)) this.call("coreSet", Number(knob), value);
    if (this.call("coreOpen", core.arenaBytes) < 4) this.fail("the store does not open");
    this.client = this.call("linkOffset");
  }

  call(name: CallName, ...args: number[]): number {
    this.note(CALLS.indexOf(name) | args.length << 8, ...args);
    const result = Number((this.core[name] as (...given: number[]) => unknown)(...args) ?? 0) | 0;
    this.expected.push({ call: `${name}(${args.join(", ")})`, result, hash: hashOf(this.words) });
    return result;
  }

  write(at: number, bytes: Uint8Array): void {
    this.note(WRITE_MEMORY, at, bytes.length);
    this.calls.push(Buffer.from(bytes), Buffer.alloc(-bytes.length & 3));
    this.core.bytes.set(bytes, at);
  }

  read(at: number, length: number): Uint8Array { return this.core.bytes.subarray(at, at + length); }
  fail(sentence: string): never { throw new Error(sentence); }
  private note(...words: number[]): void { this.calls.push(Buffer.from(Int32Array.from(words).buffer)); }
}

/** Runs the image over the recorded calls. Its results, and what the flash holds at the end. */
async function repeatOnBoard(image: string, calls: Buffer): Promise<{ results: Int32Array; flash: Buffer }> {
  const board = loadBoard("emcraft-sf2");
  const folder = mkdtempSync(join(tmpdir(), "zcache-lockstep-"));
  const nor = scratchNor(board.flash!.imageBytes);
  try {
    writeFileSync(join(folder, "calls"), calls);
    const qemu = Qemu.start({
      machine: board.machine, image, nor: nor.path, icount: false, log: inBuild(board.name, "qemu-lockstep.log"),
      semihosting: ["lockstep", join(folder, "calls"), join(folder, "results")],
    });
    const end = await qemu.wait(TIMEOUT_MS, "the lockstep image");
    if (end.code !== 0) throw new Error(qemu.obituary(end));
    const noted = readFileSync(join(folder, "results"));
    return { results: new Int32Array(Uint8Array.from(noted).buffer), flash: readFileSync(nor.path) };
  } finally {
    nor.discard();
    rmSync(folder, { recursive: true, force: true });
  }
}

for (const checked of [false, true]) {
  const core = checked ? "checked native core" : "native core";
  test.serial(`40 Lockstep on the emulated board: ${STEPS} random operations on the wasm build and the ${core}: every arena and the flash alike`, async (t) => {
    const board = loadBoard("emcraft-sf2");
    const { flash, chip } = openSimFlash("s25sl12801");
    const host = openCore("wasm", { arenaBytes: board.ram.arenaBytes, flash, open: false });
    const recorder = new Recorder(host, {
      [Knob.PagesMax]: 640, [Knob.LinkBytes]: 2048, [Knob.SectorBytes]: 65536, [Knob.SwapSectors]: SWAP_SECTORS,
    });
    const session = new Session(recorder, new Random(seedOr(4000)), { pageBytes: 1024, areaPages: 150 });
    for (let step = 0; step < STEPS; step++) session.step();
    session.finish();
    const { results, flash: bytes } = await repeatOnBoard(await buildReplay("emcraft-sf2", checked), Buffer.concat(recorder.calls));
    t.is(results.length, 2 * recorder.expected.length);
    recorder.expected.forEach(({ call, result, hash }, i) => {
      if (results[2 * i] !== result) throw new Error(`Call ${i}, ${call}, returned ${results[2 * i]} on the board and ${result} on the host.`);
      if (results[2 * i + 1] !== hash) throw new Error(`After call ${i}, ${call}, the arena of the board differs from the host's.`);
    });
    t.is(Buffer.compare(bytes.subarray(0, SWAP_SECTORS * 65536), chip.cells.subarray(0, SWAP_SECTORS * 65536)), 0);
    t.log(`SEED=${seedOr(4000)}: ${recorder.expected.length} calls, ${chip.counters.programs} programs, ${chip.counters.erases} erases`);
  });
}
