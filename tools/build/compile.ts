/** The ARM compiler and linker, as functions. Any release from 10.3 on will do; 10.3, 12.2 and 14.2 were tried. */
import { basename, join, relative } from "node:path";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { overflowOf } from "./overflow";
import { inRoot, rootFolder } from "./paths";
import { runProgram, sideBySide } from "./steps";

export const GCC = "arm-none-eabi-gcc";

/**
 * For every C file of ours. Debug information stays in the ELF file and costs the image nothing. A warning is no error: each
 * release of the compiler learns new ones, and a user's must build what ours built. The tests compile with -Werror instead
 * (compileStrictly).
 */
export const OUR_FLAGS = ["-std=c11", "-g", "-Wall", "-Wextra", "-Wno-unused-parameter", "-Wno-missing-field-initializers",
  "-ffunction-sections", "-fdata-sections", "-fno-common", `-ffile-prefix-map=${rootFolder}=.`];

/** For C that others or tools wrote: its warnings are not ours to mend. */
export const FOREIGN_FLAGS = ["-std=c11", "-g", "-w", "-ffunction-sections", "-fdata-sections", "-fno-common", `-ffile-prefix-map=${rootFolder}=.`];

let version: Promise<string> | undefined;

/** The compiler's own words for its version; a step that compiles or links depends on it, so that no image is of two compilers. */
export function compilerVersion(): Promise<string> {
  version ??= runProgram(GCC, ["--version"]).then((text) => text.split("\n")[0]!);
  return version;
}

/** The object file in `folder` that a source becomes. */
export function objectFor(source: string, folder: string): string { return join(folder, `${basename(source, ".c")}.o`); }

/** Compiles each source to its object, as many at a time as there are processors. */
export async function compileAll(sources: string[], folder: string, flags: string[]): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await sideBySide(sources, (source) => runProgram(GCC, [...flags, "-c", source, "-o", objectFor(source, folder)]));
}

export interface LinkOrder {
  objects: string[];
  script: string;
  elf: string;
  map: string;
  flags: string[];
  /** Symbols for the linker script. */
  symbols: Record<string, number>;
  /** For the message when it does not fit. */
  board: string;
}

/** Links an image; if it does not fit the chip, says by how much and what to do. */
export async function link(order: LinkOrder): Promise<void> {
  const symbols = Object.entries(order.symbols).map(([name, value]) => `-Wl,--defsym,${name}=${value}`);
  try {
    await runProgram(GCC, [...order.flags, "-nostartfiles", "--specs=nano.specs", "-L", inRoot("hal", "cortex-m"), "-T", order.script, "-Wl,--gc-sections",
      `-Wl,-Map,${order.map}`, ...symbols, ...order.objects.map((path) => relative(rootFolder, path)), "-lm", "-o", order.elf]);
  } catch (error) {
    const map = existsSync(order.map) ? readFileSync(order.map, "utf8") : "";
    throw new Error(overflowOf((error as Error).message, order.board, map) ?? (error as Error).message);
  }
}
