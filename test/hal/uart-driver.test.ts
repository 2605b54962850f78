/**
 * What hal/serial.ts promises of received bytes (S1..S4), of every UART driver: the very C files of the boards' images,
 * beneath devices/serial.c, over a model of the device that lets a byte come and the interrupt be served between any two
 * accesses (test/hal/uart-driver). An emulator meets such a moment under load, and not every time.
 */
import test from "ava";
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import { boardNames } from "../../tools/board-file";
import { boardConfigHeader, boardIncludes, boardSources } from "../../tools/build/board";
import { inBuild, inRoot } from "../../tools/build/paths";
import { PATIENCE_MS } from "../helpers/patience";
import { seedOr } from "../helpers/random";

const run = promisify(execFile);

/** Each driver: a board that has it, and the model of its device. */
const DRIVERS = {
  "boards/mps2-an386/uart.c": { board: "mps2-an386", model: "cmsdk" },
  "boards/stm32f405/uart.c": { board: "stm32f405", model: "stm32f4" },
  "devices/uart-16550.c": { board: "emcraft-sf2", model: "16550" },
  "boards/microbit/uart.c": { board: "microbit", model: "nrf51" },
};

/** A ring of the fewest bytes that still has a middle: it is full soon, and often. */
const RING_BYTES = 4;

interface Figures { runs: number; bytes: number; lost: number; overflows: number; served: number; waits: number; told: number; gaps: number }

/** The driver's program, compiled: its path. */
async function compile(driver: string, board: string, model: string): Promise<string> {
  const folder = inBuild("test-programs", `uart-driver-${model}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "board-config.h"), boardConfigHeader(board).replace(/(BOARD_RAM_RECEIVE_RING_BYTES) .*/, `$1 ${RING_BYTES}`));
  const includes = [folder, ...boardIncludes(board), inRoot("hal", "duktape")].flatMap((path) => ["-I", path]);
  // A Ctrl-C is sought at once: how long a sender is held back before that is a matter of a clock.
  const flags = ["-DSERIAL_HOLD_MICROS=0", "-std=gnu11", "-O1", "-fPIE", "-Wall", "-Wextra", "-Werror", "-Wno-int-to-pointer-cast", ...includes];
  const objects = await Promise.all([driver, "devices/serial.c"].map(async (source, i) => {
    const object = join(folder, `${i}.o`);
    await run("cc", [...flags, "-fsanitize=thread", "--param", "tsan-distinguish-volatile=1", "-c", inRoot("hal", source), "-o", object]);
    return object;
  }));
  const own = ["main.c", "processor.c", `${model}.c`].map((name) => inRoot("test", "hal", "uart-driver", name));
  await run("cc", [...flags, ...own, ...objects, "-pie", "-o", join(folder, "uart-driver")]);
  return join(folder, "uart-driver");
}

/** Runs a driver; a failure is the sentence that the program prints. */
async function figuresOf(program: string, kind: "each" | "random" | "key", sender: "held" | "wire"): Promise<Figures> {
  const words = [kind, sender, String(seedOr(kind === "key" ? 62 : 61))];
  const { stdout } = await run(program, words, { timeout: PATIENCE_MS }).catch((error: { stdout?: string; message: string }) => {
    throw new Error(error.stdout || error.message);
  });
  return JSON.parse(stdout) as Figures;
}

for (const [driver, { board, model }] of Object.entries(DRIVERS)) {
  let compiled: Promise<string> | undefined;
  const program = (): Promise<string> => (compiled ??= compile(driver, board, model));

  test(`${driver}: each byte of a sender that waits for room comes once and in order, whenever the interrupt falls`, async (t) => {
    for (const kind of ["each", "random"] as const) {
      const { bytes, lost, overflows, waits, told, gaps } = await figuresOf(await program(), kind, "held");
      t.is(lost + overflows + gaps, 0);
      t.true(told > 0 && told % 2 === 0, "the sender was told to pause, and as often to go on");
      t.true(bytes > 50_000 && waits > bytes, "the ring was full, and the sender waited");
    }
  });

  test(`${driver}: bytes that a wire brings while there is no room are lost and counted, the others come in order, and each gap is told where it is`, async (t) => {
    for (const kind of ["each", "random"] as const) {
      const { bytes, lost, overflows, gaps } = await figuresOf(await program(), kind, "wire");
      t.true(gaps > 0 && gaps < bytes, `${gaps} bytes behind a gap`);
      t.true(lost > bytes / 20 && lost < bytes * 0.8, `${lost} of ${bytes}`);
      t.true(overflows > 0 && overflows <= lost);
    }
  });

  test(`${driver}: a Ctrl-C gets through while nobody reads, and what follows it is read`, async (t) => {
    for (const sender of ["held", "wire"] as const) {
      const { bytes, overflows } = await figuresOf(await program(), "key", sender);
      t.true(overflows > 1000 && overflows < bytes, `${overflows} of ${bytes} gave way`);
    }
  });
}

test("every UART driver of a board has a model of its device here", (t) => {
  for (const board of boardNames()) {
    const drivers = boardSources(board).filter((path) => /^int uart_take\(/m.test(readFileSync(path, "utf8")));
    t.deepEqual(drivers.map((path) => relative(inRoot("hal"), path)).filter((path) => !(path in DRIVERS)), [], board);
    t.is(drivers.length, 1, board);
  }
});
