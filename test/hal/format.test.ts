/** The engine port's formatting and jumps (hal/duktape/format.c, jump.c) beside the C library's, on an emulated Cortex-M3. */
import { execFile } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import test from "ava";
import { buildEngine } from "../../tools/build/engine";

const run = promisify(execFile);

test("the engine's texts are formatted as the C library does it, cut where room ends; a jump restores registers and stack", async (t) => {
  t.timeout(120_000);
  const engine = await buildEngine();
  const program = join(process.cwd(), "build/test-programs/format.elf");
  mkdirSync(join(program, ".."), { recursive: true });
  await run("arm-none-eabi-gcc", ["-mcpu=cortex-m3", "-mthumb", "-O2", "-std=gnu11", "-isystem", engine, "test/hal/format/main.c", "hal/duktape/format.c", "hal/duktape/jump.c",
    "test/hal/heap/vectors.c", "--specs=rdimon.specs", "-Wl,--section-start=.vectors=0", "-o", program]);
  const { stdout } = await run("qemu-system-arm", ["-M", "mps2-an385", "-display", "none", "-monitor", "none", "-serial", "none",
    "-semihosting-config", "enable=on,target=native", "-kernel", program], { timeout: 100_000 });
  t.is(stdout, "passed\n");
});
