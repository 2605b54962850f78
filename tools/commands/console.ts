/** `zcache console`: the board's console on this terminal, or the lines of a pipe run on the board. */
import { isInteractive, runConsole } from "../console/terminal";
import { runLastingConsole } from "../console/lasting";
import { openBoard } from "../console/open-board";
import { openLine, parseBaud, parsePort, type PortSpec } from "../console/port";
import { runScript } from "../console/script";
import { ExitCode, usage } from "../failure";
import { patienceOf, type LinkOptions } from "../link/link";
import { Report } from "../report";

export interface ConsoleCommandOptions {
  port: string;
  baud: string;
  board: string;
  timeout: string;
  json?: boolean;
}

const HINT = "Ctrl-] leaves, Ctrl-C goes to the board, .help lists its commands.";

export async function consoleCommand(options: ConsoleCommandOptions): Promise<number> {
  const spec = parsePort(options.port);
  const baud = parseBaud(options.baud);
  const seconds = parseSeconds("--timeout", options.timeout);
  if (!process.stdin.isTTY) return runPipe(spec, baud, seconds, options);
  if (options.json) throw usage("--json is for lines from a pipe and this is a terminal: leave it out, or pipe lines in");
  if (!isInteractive()) throw usage("the keyboard is here and the output is not: pipe lines in as well, or leave the output on the terminal");
  await (spec.kind === "qemu" ? talkToQemu(spec, baud, options.board) : talkToLine(spec, baud));
  return ExitCode.Ok;
}

/** A number of seconds from the command line, more than nothing. */
export function parseSeconds(option: string, text: string): number {
  const seconds = Number(text);
  if (!(seconds >= 0.05 && seconds <= 86400)) throw usage(`${option} is "${text}" and seconds from 0.05 to 86400 are expected`);
  return seconds;
}

/** The patience that --timeout asks for; none in particular without it. */
export function parsePatience(text: string | undefined): Partial<LinkOptions> | undefined {
  return text === undefined ? undefined : patienceOf(parseSeconds("--timeout", text));
}

async function talkToLine(spec: PortSpec, baud: number): Promise<void> {
  const line = await openLine(spec, baud);
  new Report(false).line(`The console of the board at ${line.name}: ${HINT}`);
  await runLastingConsole(line, () => openLine(spec, baud));
}

async function talkToQemu(spec: PortSpec, baud: number, board: string): Promise<void> {
  const { link, close } = await openBoard(spec, { baud, board });
  try {
    new Report(false).line(`The console of ${board} in QEMU: ${HINT}`);
    await runConsole(link);
  } finally {
    await close();
  }
}

/** Answers go to standard output; what the board prints by itself, such as its first words after a reset, to standard error. */
async function runPipe(spec: PortSpec, baud: number, seconds: number, { board, json }: ConsoleCommandOptions): Promise<number> {
  const { link, close } = await openBoard(spec, { baud, board, link: patienceOf(seconds) });
  link.onText((text) => { process.stderr.write(text); });
  try {
    await runScript(link, process.stdin, (line, { status, text }) => {
      process.stdout.write(json ? `${JSON.stringify({ line, status, text })}\n` : text);
    });
    return ExitCode.Ok;
  } finally {
    await close();
  }
}
