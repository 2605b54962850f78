/** `zcache build`: makes the image and the files it is flashed from, and says what it takes. */
import { loadBoard } from "../board-file";
import { buildImage } from "../build/image";
import { makeArtefacts } from "../flash/artefacts";
import { Report } from "../report";
import { printSizes } from "./size";

export async function buildCommand(options: { board: string; json?: boolean; checked?: boolean }): Promise<number> {
  const board = loadBoard(options.board);
  const report = new Report(Boolean(options.json));
  const image = await buildImage(board.name, { checked: options.checked });
  const artefacts = await makeArtefacts(board, image.files.elf);
  return printSizes("build", board, { ...image, files: { ...image.files, ...artefacts } }, report);
}
