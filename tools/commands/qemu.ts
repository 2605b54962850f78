/** `zcache qemu`: boots a board in QEMU, feeds it, judges it, and hands its console over. */
import { loadBoard, type BoardFile } from "../board-file";
import { buildImage } from "../build/image";
import { isInteractive, runConsole } from "../console/terminal";
import { planFeeds, type Feed } from "../feed/plan";
import { checkNor } from "../qemu/nor-image";
import { printRun } from "../qemu/run-report";
import { runFeeds, verdictCode } from "../qemu/run";
import { Session } from "../qemu/session";
import { Report } from "../report";

export interface QemuCommandOptions {
  board: string;
  feed: string[];
  nor?: string;
  ramCheck?: boolean;
  batch?: boolean;
  json?: boolean;
  icount?: boolean;
}

export async function qemuCommand(options: QemuCommandOptions): Promise<number> {
  const board = loadBoard(options.board);
  const feeds = planFeeds(options.feed, board);
  if (options.nor !== undefined && board.flash) checkNor(options.nor, board.flash.imageBytes);
  const image = await buildImage(board.name);
  return runBoard(board, image.files.elf, feeds, options);
}

/** Boots, feeds, reports; then the console, if there is a person and no --batch. Returns the exit code. */
export async function runBoard(board: BoardFile, image: string, feeds: Feed[], options: QemuCommandOptions): Promise<number> {
  const report = new Report(Boolean(options.json));
  const session = await Session.boot({ board, image, nor: options.nor, icount: options.icount });
  try {
    report.line(session.link.textSoFar.replaceAll("\r", "").replace(/\n> $/, ""));
    const document = await runFeeds(session, { board, feeds, icount: Boolean(options.icount), ramCheck: Boolean(options.ramCheck) }, report);
    printRun(document, report);
    report.document(document);
    if (isInteractive() && !options.batch && !options.json) {
      report.line("The board's console: Ctrl-] leaves, Ctrl-C goes to the board, .help lists its commands.");
      await runConsole(session.link);
    }
    return verdictCode(document);
  } finally {
    await session.end();
  }
}
