/** `zcache feed`: files into areas on a board at a port, and back, as `zcache qemu --feed` does with an emulated one. */
import { boardNames, loadBoard } from "../board-file";
import { openBoard } from "../console/open-board";
import { parseBaud, parsePort } from "../console/port";
import { ExitCode, Failure } from "../failure";
import { parsePatience } from "./console";
import { planFeeds } from "../feed/plan";
import { printRun } from "../qemu/run-report";
import { runFeeds, verdictCode } from "../qemu/run";
import { Report } from "../report";

export interface FeedCommandOptions {
  port: string;
  baud: string;
  board: string;
  timeout?: string;
  json?: boolean;
}

export async function feedCommand(paths: string[], options: FeedCommandOptions): Promise<number> {
  const spec = parsePort(options.port);
  const baud = parseBaud(options.baud);
  const report = new Report(Boolean(options.json));
  const { link, greeting, close } = await openBoard(spec, { baud, board: options.board, link: parsePatience(options.timeout) });
  try {
    if (!boardNames().includes(greeting.board)) throw new Failure(ExitCode.Failed, `the board says it is "${greeting.board}" and hal/boards has no such folder: use the checkout its image was built from`);
    const board = loadBoard(greeting.board);
    const document = await runFeeds({ link, greeting }, { command: "feed", board, feeds: planFeeds(paths, board), icount: false, ramCheck: false }, report);
    printRun(document, report);
    report.document(document);
    return verdictCode(document);
  } finally {
    await close();
  }
}
