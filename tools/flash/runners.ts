/**
 * The runners: which program writes what with which words. What only one board needs comes from its board.json and goes
 * in at the place each program wants it.
 */
import type { BoardFile } from "../board-file";
import { ExitCode, Failure } from "../failure";
import { findProgram } from "../programs";
import type { Artefacts } from "./artefacts";
import { hex } from "./check";
import { flashingOf, type RunnerName } from "./flashing";

/** The runners that are a program of the system. */
export type ProgramRunner = Exclude<RunnerName, "uf2" | "qemu">;

interface Runner {
  program: string;
  /** Where it comes from. */
  package: string;
  artefact: keyof Artefacts;
  /** Its arguments for `file`; `own` are the board's. */
  words(file: string, own: string[], board: BoardFile): string[];
}

const TABLE: Record<ProgramRunner, Runner> = {
  "dfu-util": {
    program: "dfu-util", package: "Debian's package dfu-util", artefact: "dfu",
    words: (file, own, board) => {
      const { vendor, product, alt } = flashingOf(board).dfu!;
      return ["--device", `,${vendor}:${product}`, "--alt", String(alt), ...own, "--download", file];
    },
  },
  "st-flash": {
    program: "st-flash", package: "Debian's package stlink-tools", artefact: "bin",
    words: (file, own, board) => ["--reset", ...own, "write", file, hex(board.memory.codeOrigin)],
  },
  openocd: {
    program: "openocd", package: "Debian's package openocd", artefact: "elf",
    words: (file, own) => [...own, "-c", `program {${file}} verify reset exit`],
  },
  pyocd: {
    program: "pyocd", package: "pipx install pyocd (Debian 12's python3-pyocd is older than that command)", artefact: "hex",
    words: (file, own) => ["flash", ...own, file],
  },
  picotool: {
    program: "picotool", package: "Debian 13's package picotool", artefact: "uf2",
    words: (file, own) => ["load", "--verify", "--execute", ...own, file],
  },
};

/** What would be run and which file it writes to the board. */
export interface Plan {
  artefact: keyof Artefacts;
  file: string;
  command: string[];
}

export function planProgram(name: ProgramRunner, board: BoardFile, files: Artefacts): Plan {
  const runner = TABLE[name];
  const file = files[runner.artefact]!;
  return { artefact: runner.artefact, file, command: [runner.program, ...runner.words(file, flashingOf(board).runners[name]!, board)] };
}

/** Throws, exit code 4 with where to get it, when the runner's program is not there. */
export function requireProgram(name: ProgramRunner): void {
  const { program, package: from } = TABLE[name];
  if (findProgram(program) === undefined) throw new Failure(ExitCode.NoTool, `${program} is not installed: get it from ${from}, then try again`);
}
