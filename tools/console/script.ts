/**
 * The console without a terminal: each line of the input is run on the board as if it had been typed, in a packet, so
 * that a line is sent only when the one before is answered and its output and its failure are told apart from whatever
 * else the board prints. The first line that fails is the last.
 */
import type { Readable } from "node:stream";
import { WIRE_PAYLOAD_MAX } from "../../firmware/link/wire";
import { sourceLines } from "../app/text";
import { beforeExit } from "../cleanup";
import { ExitCode, Failure } from "../failure";
import type { Answer, Link } from "../link/link";

const INTERRUPT = "\x03";
const RESET_MS = 1000;

/** Runs the lines; `tell` gets each with its answer. Throws at the first that the board says failed. */
export async function runScript(link: Link, input: Readable, tell: (line: string, answer: Answer) => void): Promise<void> {
  const forget = beforeExit(() => link.type(INTERRUPT));
  let number = 0;
  try {
    for await (const line of sourceLines("standard input", input)) {
      number++;
      if (line.trim() === "") continue;
      checkLength(line, number);
      const answer = await runLine(link, line);
      tell(line, answer);
      if (answer.status !== 0) throw new Failure(ExitCode.Failed, `line ${number} failed on the board: ${line}`);
    }
  } finally {
    forget();
  }
}

function checkLength(line: string, number: number): void {
  const bytes = Buffer.byteLength(line);
  if (bytes > WIRE_PAYLOAD_MAX) throw new Failure(ExitCode.Failed, `line ${number} has ${bytes} bytes and a line from a pipe has at most ${WIRE_PAYLOAD_MAX}: break it`);
}

/** A reset answers nothing: it is typed, and the board greeted again. A line that takes too long is stopped on the board. */
async function runLine(link: Link, line: string): Promise<Answer> {
  try {
    if (line.trim() !== ".reset") return await link.run(line);
    link.type(".reset\r");
    await new Promise((resolve) => setTimeout(resolve, RESET_MS));
    const { board, version } = await link.hello();
    return { status: 0, text: `${board} ${version}\n` };
  } catch (error) {
    if (error instanceof Failure && error.exitCode === ExitCode.TimedOut) link.type(INTERRUPT);
    throw error;
  }
}
