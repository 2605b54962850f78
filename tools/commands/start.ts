/** `npm start`: from sources to a board that holds ten times its RAM, in one go. */
import { loadBoard } from "../board-file";
import { buildImage } from "../build/image";
import { startFiles } from "../corpus";
import { planFeeds } from "../feed/plan";
import { machineOf } from "../qemu/machine";
import { runBoard } from "./qemu";

export async function startCommand(options: { board: string }): Promise<number> {
  const board = loadBoard(options.board);
  machineOf(board);
  const image = await buildImage(board.name);
  const feeds = planFeeds(startFiles(), board);
  process.stdout.write(`Booting ${board.title}, and feeding it ${feeds.length} sensor recordings several times larger than its RAM.\n`);
  return runBoard(board, image.files.elf, feeds, { board: board.name, feed: [], set: [], icount: false });
}
