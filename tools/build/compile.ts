/** The ARM compiler and linker, as functions. */
import { basename, join, relative } from "node:path";
import { mkdirSync } from "node:fs";
import { inRoot, rootFolder } from "./paths";
import { runProgram, sideBySide } from "./steps";

export const GCC = "arm-none-eabi-gcc";

/** For every C file of ours. Debug information stays in the ELF file and costs the image nothing. */
export const OUR_FLAGS = ["-std=c11", "-g", "-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter", "-Wno-missing-field-initializers",
  "-ffunction-sections", "-fdata-sections", "-fno-common", `-ffile-prefix-map=${rootFolder}=.`];

/** For C that others or tools wrote: its warnings are not ours to mend. */
export const FOREIGN_FLAGS = ["-std=c11", "-g", "-w", "-ffunction-sections", "-fdata-sections", "-fno-common", `-ffile-prefix-map=${rootFolder}=.`];

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

/** Links an image; if it does not fit the chip, says by how much. */
export async function link(order: LinkOrder): Promise<void> {
  const symbols = Object.entries(order.symbols).map(([name, value]) => `-Wl,--defsym,${name}=${value}`);
  try {
    await runProgram(GCC, [...order.flags, "-nostartfiles", "--specs=nano.specs", "-L", inRoot("hal", "cortex-m"), "-T", order.script, "-Wl,--gc-sections",
      `-Wl,-Map,${order.map}`, ...symbols, ...order.objects.map((path) => relative(rootFolder, path)), "-lm", "-o", order.elf]);
  } catch (error) {
    throw new Error(overflowOf((error as Error).message, order.board) ?? (error as Error).message);
  }
}

/** The linker's words for "too large", in a sentence. */
export function overflowOf(message: string, board: string): string | undefined {
  const [, region, bytes] = /region `(\w+)' overflowed by (\d+) bytes/.exec(message) ?? [];
  if (region === undefined) return undefined;
  const what = region === "RAM" ? "RAM: make arenaBytes or engineHeapBytes smaller in its board.json" : "code flash: drop features from its profile";
  return `the image does not fit ${board}: ${bytes} bytes too many in ${what}`;
}
