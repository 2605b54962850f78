/** The second line behind Ctrl-C and z.watchdog: hal/duktape/watch.c itself, compiled for this machine, with a clock of its own (test/hal/watch). */
import { execFile } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import test from "ava";
import { inBuild, inRoot } from "../../tools/build/paths";
import { PATIENCE_MS } from "../helpers/patience";

const run = promisify(execFile);
const BY_KEY = "what runs could not be stopped by Ctrl-C";
const BY_TIME = "a function took longer than z.watchdog allows, and could not be stopped";

/** "limit,comes,taken,end": z.watchdog, when a Ctrl-C comes and is taken, when the run ends; milliseconds, 0 for never. And what becomes of it. */
const LIVES: [string, string][] = [
  ["0,0,0,3600000", "none"],
  ["0,1000,0,20000", "none"],
  ["0,1000,30000,3600000", "none"],
  ["0,1000,0,3600000", `31250 ${BY_KEY}`],
  ["5000,0,0,34000", "none"],
  ["5000,0,0,3600000", `35250 ${BY_TIME}`],
  ["5000,1000,0,3600000", `31250 ${BY_KEY}`],
  ["4000000000,0,0,3600000", "none"],
];

test("a run that neither Ctrl-C nor z.watchdog ended within half a minute resets the board and says why, and no other does", async (t) => {
  const program = inBuild("test-programs", "watch");
  mkdirSync(join(program, ".."), { recursive: true });
  await run("cc", ["-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror", "-I", inRoot("hal", "duktape"), inRoot("test", "hal", "watch", "main.c"),
    inRoot("hal", "duktape", "watch.c"), "-o", program]);
  const { stdout } = await run(program, LIVES.map(([life]) => life), { timeout: PATIENCE_MS });
  t.deepEqual(stdout.trim().split("\n"), LIVES.map(([, end]) => end));
});
