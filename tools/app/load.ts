/** Loading an app over the link, running it to its end, and what it printed meanwhile. */
import { WIRE_PAYLOAD_MAX } from "../../firmware/link/wire";
import { ExitCode, Failure } from "../failure";
import type { Answer, Link } from "../link/link";
import type { AppSource } from "./source";
import { withoutSpaces } from "./strip";

const POLL_MS = 100;

/** Loads one file: `.load`, its lines in packets as full as they get, `.end`. */
export async function loadSource(link: Link, { path, name, text }: AppSource): Promise<string> {
  const small = await withoutSpaces(text);
  await surely(link, path, `.load${name ? ` ${name}` : ""}`);
  for (const lines of packets(small)) await surely(link, path, lines);
  return (await surely(link, path, ".end")).text.trim();
}

async function surely(link: Link, path: string, line: string): Promise<Answer> {
  const answer = await link.run(line);
  if (answer.status !== 0) throw new Failure(ExitCode.Failed, `the board did not take ${path}`, answer.text.trim().split(/\r?\n/));
  return answer;
}

/** Whole lines together, without the last line feed, which the board adds. */
export function packets(text: string): string[] {
  const parts: string[] = [];
  for (const line of text.replace(/\n$/, "").split("\n")) {
    const last = parts[parts.length - 1];
    const joined = `${last}\n${line}`;
    if (last !== undefined && Buffer.byteLength(joined) <= WIRE_PAYLOAD_MAX) parts[parts.length - 1] = joined;
    else parts.push(line);
  }
  return parts;
}

/**
 * Runs the app that is kept until it has no timer left; everything it printed. `say` gets it as it comes: what the first run
 * prints when that ends, because it comes in the answer to a packet, then what its timers print. Status 1: it threw or was stopped.
 */
export async function runToEnd(link: Link, timeoutMs: number, say: (text: string) => void = () => undefined): Promise<Answer> {
  let later = "";
  let said = 0;
  let failure: unknown;
  const decoder = new TextDecoder();
  // Up to the last line's end: half of a line's end says nothing yet.
  const pass = (): void => {
    const end = later.lastIndexOf("\n") + 1;
    try {
      if (end > said) say(later.slice(said, end).replace(/\r\n/g, "\n"));
    } catch (error) {
      failure = error;
    }
    said = Math.max(said, end);
  };
  let isFirstOver = false;
  link.onText((bytes) => {
    later += decoder.decode(bytes, { stream: true });
    if (isFirstOver) pass();
  });
  const end = Date.now() + timeoutMs;
  const { status, text } = await link.run(".app run");
  say(text);
  isFirstOver = true;
  pass();
  while ((await link.run("z.timers&&z.timers.length||0")).text.trim() !== "0") {
    if (failure !== undefined) throw failure;
    if (Date.now() > end) throw new Failure(ExitCode.TimedOut, `the app did not come to its end in ${timeoutMs / 1000} s`, link.lastLines());
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  link.onText(() => undefined);
  say(later.slice(said).replace(/\r\n/g, "\n"));
  const stopped = /^timers stopped$/m.test(later.replace(/\r/g, ""));
  return { status: status || (stopped ? 1 : 0), text: text + later.replace(/\r\n/g, "\n") };
}
