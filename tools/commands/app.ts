/** `zcache app`: runs an app in Node on a simulated board, or loads it onto a board at a port (`zcache load`). */
import { firstDifference } from "../app/expect";
import { loadSource } from "../app/load";
import { runInNode } from "../app/node";
import { readApp, readText, type AppSource } from "../app/source";
import { loadBoard } from "../board-file";
import { sized } from "../bounded-file";
import { openBoard } from "../console/open-board";
import { parseBaud, parsePort } from "../console/port";
import { ExitCode, Failure } from "../failure";
import { parsePatience } from "./console";
import { planFeeds } from "../feed/plan";
import { Report } from "../report";

export interface AppCommandOptions {
  feed: string[];
  module: string[];
  expect?: string;
  json?: boolean;
}

export interface LoadCommandOptions {
  port: string;
  baud: string;
  board: string;
  timeout?: string;
  module: string[];
}

export async function appCommand(path: string, options: AppCommandOptions): Promise<number> {
  const sources = await readApp(path, options.module);
  const expected = options.expect === undefined ? undefined : readText(sized(options.expect));
  const report = new Report(Boolean(options.json));
  const ended = await runInNode(sources, planFeeds(options.feed, loadBoard("emcraft-sf2")), {}, report.text.bind(report));
  return judge("app", "node", sources, ended, expected, report);
}

/** What the app printed was printed as it came; says whether it is what was expected: 0, 1 if it threw, 5 if it printed something else. */
export function judge(command: string, board: string, [{ path }]: AppSource[], { status, text }: { status: number; text: string }, expected: string | undefined, report: Report): ExitCode {
  const difference = expected === undefined ? undefined : firstDifference(expected, text);
  const verdict = difference ? "different" : status !== 0 && expected === undefined ? "threw" : "ok";
  report.document({ command, board, app: path, output: text, verdict });
  if (difference) throw new Failure(ExitCode.Threshold, `${path} printed something else than expected on ${board}`, difference);
  return verdict === "ok" ? ExitCode.Ok : ExitCode.Failed;
}

export async function loadCommand(path: string, options: LoadCommandOptions): Promise<number> {
  const sources = await readApp(path, options.module);
  const { link, close } = await openBoard(parsePort(options.port), { baud: parseBaud(options.baud), board: options.board, link: parsePatience(options.timeout) });
  try {
    for (const source of [...sources.slice(1), sources[0]]) process.stdout.write(`${source.path}: ${await loadSource(link, source)}\n`);
  } finally {
    await close();
  }
  return ExitCode.Ok;
}
