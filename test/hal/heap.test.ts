/** The engine's heap (hal/duktape/heap.c), fuzzed on an emulated Cortex-M3: test/hal/heap/heap-fuzz.c says how. */
import { execFile } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import test from "ava";
import { PATIENCE_MS } from "../helpers/patience";

const run = promisify(execFile);

test("300 000 random operations leave the engine's heap sound, in order and with every block's content", async (t) => {
  const folder = join(process.cwd(), "test/hal/heap");
  const program = join(process.cwd(), "build/test-programs/heap-fuzz.elf");
  mkdirSync(join(program, ".."), { recursive: true });
  await run("arm-none-eabi-gcc", ["-mcpu=cortex-m3", "-mthumb", "-O2", "-std=gnu11", "-I", folder, "-I", "hal/duktape", join(folder, "heap-fuzz.c"),
    join(folder, "vectors.c"), "--specs=rdimon.specs", "-Wl,--section-start=.vectors=0", "-o", program]);
  const { stdout } = await run("qemu-system-arm", ["-M", "mps2-an385", "-display", "none", "-monitor", "none", "-serial", "none",
    "-semihosting-config", "enable=on,target=native", "-kernel", program], { timeout: PATIENCE_MS });
  t.regex(stdout, /^passed: [1-9]\d* refused\n$/);
});
