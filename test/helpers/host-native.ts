/**
 * The native core as a program of this machine, compiled by the host's C compiler with checks that run with it: an operation
 * that C leaves undefined, or an access outside an object, ends the program with the compiler's own words. It repeats calls
 * that the wasm build made, as the emulated board does (replay.ts).
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { boardConfigHeader } from "../../tools/build/board";
import { buildNative, nativePaths } from "../../tools/build/native";
import { inBuild, inRoot } from "../../tools/build/paths";
import { replayCalls, replayCallsHeader } from "../../tools/build/replay";
import { ReplayLog, compareOutcomes } from "./replay";

/** Nothing is forgiven: sums that leave 32 bits, shifts, divisions, misaligned reads, bounds. */
export const SANITIZE = ["-fsanitize=undefined,address", "-fno-sanitize-recover=all"];
const FLASH_SECTOR_BOARD = "emcraft-sf2";

const programs = new Map<number, string>();

async function programFor(arenaBytes: number): Promise<string> {
  const known = programs.get(arenaBytes);
  if (known !== undefined) return known;
  await buildNative();
  const folder = inBuild("test-programs", `host-native-${arenaBytes}`);
  mkdirSync(folder, { recursive: true });
  const config = boardConfigHeader(FLASH_SECTOR_BOARD).replace(/(BOARD_RAM_ARENA_BYTES) \d+u/, `$1 ${arenaBytes}u`);
  writeFileSync(join(folder, "board-config.h"), config);
  writeFileSync(join(folder, "replay-calls.h"), replayCallsHeader(replayCalls()));
  const program = join(folder, "lockstep");
  const host = inRoot("test", "lockstep", "host");
  // First the host's own semihosting.h; core_arena() begins at a multiple of 8, whatever the section.
  const include = [host, folder, nativePaths.folder, inRoot("hal", "native"), inRoot("hal", "duktape"), inRoot("tools", "bench")];
  const flags = ["-std=gnu11", "-O1", "-g", ...SANITIZE, "-DCORE_CHECKED", "-DARENA_SECTION=", `-DARENA_BYTES=${arenaBytes}`, ...include.flatMap((path) => ["-I", path])];
  execFileSync("cc", [...flags, nativePaths.source, inRoot("hal", "duktape", "ports.c"), join(host, "main.c"), "-o", program]);
  programs.set(arenaBytes, program);
  return program;
}

/** Repeats the log here and compares every outcome; throws at the first that differs, or with what a check found. What the flash holds then. */
export async function repeatOnHost(log: ReplayLog, arenaBytes: number): Promise<Buffer> {
  const program = await programFor(arenaBytes);
  const folder = mkdtempSync(join(tmpdir(), "zcache-host-native-"));
  try {
    const [calls, results, flash] = ["calls", "results", "flash"].map((name) => join(folder, name));
    writeFileSync(calls, log.bytes(replayCalls()));
    const end = spawnSync(program, [calls, results, flash], { encoding: "utf8" });
    if (end.status !== 0) throw new Error(`The native core ended with ${end.status ?? end.signal}: ${end.stderr.slice(0, 2000)}`);
    compareOutcomes(log, new Int32Array(Uint8Array.from(readFileSync(results)).buffer));
    return readFileSync(flash);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
