/** The files an image is flashed from, all made from its ELF: .bin and .hex always, .dfu and .uf2 where the board has them. */
import { existsSync, readFileSync } from "node:fs";
import { join, parse } from "node:path";
import { inBuild } from "../build/paths";
import { runProgram, runStep, writeFile } from "../build/steps";
import type { BoardFile } from "../board-file";
import { dfuseFile } from "./dfu";
import { familyId, flashingOf } from "./flashing";
import { uf2File } from "./uf2";

export interface Artefacts {
  elf: string;
  bin: string;
  hex: string;
  dfu?: string;
  uf2?: string;
}

/** Makes what is missing or out of date. An image of our own build has them beside it, another in build/<board>/flash. */
export async function makeArtefacts(board: BoardFile, elf: string): Promise<Artefacts> {
  const { dir, name } = parse(elf);
  const folder = existsSync(join(dir, "gen", "board-config.h")) ? dir : inBuild(board.name, "flash");
  const at = (ending: string): string => join(folder, `${name}.${ending}`);
  const flashing = flashingOf(board);
  const files: Artefacts = { elf, bin: at("bin"), hex: at("hex"), ...(flashing.dfu && { dfu: at("dfu") }), ...(flashing.uf2 && { uf2: at("uf2") }) };
  const { elf: _source, ...made } = files;
  await runStep({
    name: `${board.name}-${name}-artefacts`,
    label: `files to flash ${board.name} from`,
    inputs: [elf],
    settings: { flashing, origin: board.memory.codeOrigin, title: board.title },
    outputs: Object.values(made),
    make: () => convert(board, files),
  });
  return files;
}

async function convert(board: BoardFile, files: Artefacts): Promise<void> {
  await runProgram("arm-none-eabi-objcopy", ["-O", "binary", files.elf, files.bin]);
  await runProgram("arm-none-eabi-objcopy", ["-O", "ihex", files.elf, files.hex]);
  const image = readFileSync(files.bin);
  const { codeOrigin } = board.memory;
  const { dfu, uf2 } = flashingOf(board);
  if (files.dfu && dfu) writeFile(files.dfu, dfuseFile(image, codeOrigin, { ...dfu, name: board.title }));
  if (files.uf2 && uf2) writeFile(files.uf2, uf2File(image, codeOrigin, familyId(board, uf2.family)));
}
