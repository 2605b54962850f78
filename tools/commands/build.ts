/** `zcache build`: makes the image and says what it takes. */
import { loadBoard } from "../board-file";
import { buildImage } from "../build/image";
import { Report } from "../report";
import { printSizes } from "./size";

export async function buildCommand(options: { board: string; json?: boolean; checked?: boolean }): Promise<number> {
  const board = loadBoard(options.board);
  const report = new Report(Boolean(options.json));
  const image = await buildImage(board.name, { checked: options.checked });
  return printSizes("build", board, image, report);
}
