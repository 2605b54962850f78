/** `zcache qemu`: boots a board in QEMU, feeds it, judges it, and hands its console over. */
import { loadSource, runToEnd } from "../app/load";
import { readApp, readText, type AppSource } from "../app/source";
import { loadBoard, type BoardFile } from "../board-file";
import { sized } from "../bounded-file";
import { buildImage } from "../build/image";
import { isInteractive, runConsole } from "../console/terminal";
import { feedFiles } from "../feed/feed";
import { planFeeds, type Feed } from "../feed/plan";
import { judge } from "./app";
import { parsePatience, parseSeconds } from "./console";
import { machineOf } from "../qemu/machine";
import { emulator } from "../qemu/qemu";
import { printKilled, runKilled, type KillOptions } from "../qemu/kill-run";
import { checkNor } from "../qemu/nor-image";
import { printRun } from "../qemu/run-report";
import { runFeeds, verdictCode } from "../qemu/run";
import { Session } from "../qemu/session";
import { checkWritable, readArena, writeDump } from "../check/dump";
import { parseSetting, type Setting } from "../core/knobs";
import { ExitCode, Failure, usage } from "../failure";
import { Report } from "../report";

export interface QemuCommandOptions {
  board: string;
  feed: string[];
  nor?: string;
  timeout?: string;
  ramCheck?: boolean;
  batch?: boolean;
  json?: boolean;
  icount?: boolean;
  dump?: string;
  killAfter?: string;
  app?: string;
  module?: string[];
  expect?: string;
  safe?: boolean;
  set: string[];
}

export async function qemuCommand(options: QemuCommandOptions): Promise<number> {
  const board = loadBoard(options.board);
  refuseMissing(board, options);
  const feeds = planFeeds(options.feed, board);
  if (options.nor !== undefined && board.flash) checkNor(options.nor, board.flash.imageBytes);
  for (const setting of options.set.map(parseSetting)) {
    refuseFixed(setting);
    refuseLeftOut(board, setting);
  }
  if (options.dump !== undefined) checkWritable(options.dump);
  const killAfter = options.killAfter === undefined ? 0 : packetsBeforeKill(options.killAfter, feeds.length);
  const sources = options.app === undefined ? [] : await readApp(options.app, options.module ?? []);
  const expected = options.expect === undefined ? undefined : readText(sized(options.expect));
  emulator();
  const image = await buildImage(board.name);
  if (killAfter > 0) return runAndKill({ board, image: image.files.elf, nor: options.nor, killAfter, feed: feeds[0] }, options);
  if (sources.length > 0) return runApp(board, image.files.elf, sources, feeds, expected, options);
  return runBoard(board, image.files.elf, feeds, options);
}

/** How long an app may run to its end, seconds. */
const APP_PATIENCE = "300";

/** Boots, feeds, loads the app, runs it to its end and compares what it printed. Returns the exit code. */
async function runApp(board: BoardFile, image: string, sources: AppSource[], feeds: Feed[], expected: string | undefined, options: QemuCommandOptions): Promise<number> {
  const report = new Report(Boolean(options.json));
  const session = await Session.boot({ board, image, nor: options.nor, icount: options.icount, safe: options.safe, link: parsePatience(options.timeout) });
  try {
    await turnKnobs(session, options.set.map(parseSetting));
    for (const source of [...sources.slice(1), sources[0]]) await loadSource(session.link, source);
    await feedFiles(session.link, session.greeting, feeds, report.progress.bind(report));
    return judge("qemu", board.name, sources, await runToEnd(session.link, 1000 * parseSeconds("--timeout", options.timeout ?? APP_PATIENCE), report.text.bind(report)), expected, report);
  } finally {
    await session.end();
  }
}

/** Boots, feeds, reports; then the console, if there is a person and no --batch. Returns the exit code. */
export async function runBoard(board: BoardFile, image: string, feeds: Feed[], options: QemuCommandOptions): Promise<number> {
  const report = new Report(Boolean(options.json));
  const session = await Session.boot({ board, image, nor: options.nor, icount: options.icount, safe: options.safe, link: parsePatience(options.timeout) });
  try {
    report.line(session.link.textSoFar.replaceAll("\r", "").replace(/\n> $/, ""));
    await turnKnobs(session, options.set.map(parseSetting));
    const document = await runFeeds(session, { command: "qemu", board, feeds, icount: Boolean(options.icount), ramCheck: Boolean(options.ramCheck) }, report);
    if (options.dump !== undefined) writeDump(options.dump, await readArena(session.link, (done, all) => report.progress("dump", done, all)));
    printRun(document, report);
    report.document(document);
    if (isInteractive() && !options.batch && !options.json) {
      report.line("The board's console: Ctrl-] leaves, Ctrl-C goes to the board, .help lists its commands.");
      session.qemu.handOver();
      await runConsole(session.link);
    }
    return verdictCode(document);
  } finally {
    await session.end();
  }
}

/** One sentence about the first thing that was asked for and that the board has not. */
function refuseMissing(board: BoardFile, options: QemuCommandOptions): void {
  machineOf(board);
  if (options.nor !== undefined && !board.flash) throw usage(`${board.name} has no flash chip: leave --nor out`);
  if (options.app !== undefined && board.program === "floor") throw usage(`${board.name} runs no engine: leave --app out`);
  if (options.app === undefined && (options.expect !== undefined || options.module?.length)) throw usage("--expect and --module belong to an app: name it with --app");
  if (options.set.length > 0 && board.program === "floor") throw usage(`${board.name} runs no engine and its console has no .set: leave --set out`);
}

function packetsBeforeKill(text: string, feeds: number): number {
  const packets = Number(text);
  if (!Number.isInteger(packets) || packets < 1 || packets > 100_000) throw usage(`--kill-after is "${text}", expected a number of packets from 1 to 100000`);
  if (feeds !== 1) throw usage(`--kill-after writes parts of one file to a durable area and ${feeds} files were named: give --feed once`);
  return packets;
}

/** Kills the emulator in mid-write and judges what a second boot finds. Returns the exit code. */
async function runAndKill(run: KillOptions, options: QemuCommandOptions): Promise<number> {
  const report = new Report(Boolean(options.json));
  const document = await runKilled(run, report);
  printKilled(document, report);
  report.document(document);
  return document.verdict === "ok" ? ExitCode.Ok : ExitCode.Threshold;
}

/** On a board that is open already only the live knobs can be turned; the others are the image's. */
function refuseFixed({ knob }: Setting): void {
  if (!knob.isLive) throw usage(`${knob.name} is fixed once the store is open: set it in the board's board.json and build the image again.`);
}

function refuseLeftOut(board: BoardFile, { knob, value }: Setting): void {
  const left = board.leaveOut ?? [];
  const word = knob.words[value];
  if (word === undefined || !left.includes(word)) return;
  throw usage(`${board.name}'s image leaves out ${word} (leaveOut in its board.json): ${knob.name} may be ${knob.words.filter((one) => !left.includes(one)).join(" or ")} there`);
}

async function turnKnobs(session: Session, settings: Setting[]): Promise<void> {
  for (const { knob, value } of settings) {
    const { status, text } = await session.link.run(`.set ${knob.name} ${value} json`);
    if (status !== 0 || !text.includes(`"value":${value}`)) throw new Failure(ExitCode.Failed, `the board did not set ${knob.name} to ${value}`, text.split(/\r?\n/));
  }
}
