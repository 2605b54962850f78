/**
 * The board's console on this terminal. Keys go to the board as they are struck, Ctrl-C included, and a paste line by line (paste.ts);
 * Ctrl-] leaves. The board echoes, edits and keeps the history itself.
 */
import { beforeExit } from "../cleanup";
import { ExitCode, Failure } from "../failure";
import type { Link } from "../link/link";
import { Paste } from "./paste";

const LEAVE_KEY = 0x1d;

/** Is there a person at both ends? */
export function isInteractive(): boolean { return Boolean(process.stdin.isTTY && process.stdout.isTTY); }

/** Connects terminal and board until the person leaves (resolves) or the line ends (throws). */
export function runConsole(link: Link): Promise<void> {
  const { stdin, stdout } = process;
  const paste = new Paste((bytes) => link.type(bytes));
  return new Promise((resolve, reject) => {
    const release = (): void => {
      stdin.off("data", keys);
      stdin.setRawMode(false);
      stdin.pause();
      forget();
      paste.drop();
      link.onLine(() => undefined);
      link.onText(() => undefined);
      link.onGone(() => undefined);
    };
    const keys = (chunk: Buffer): void => {
      const leave = chunk.indexOf(LEAVE_KEY);
      paste.push(leave < 0 ? chunk : chunk.subarray(0, leave));
      if (leave >= 0) { release(); stdout.write("\r\n"); resolve(); }
    };
    const forget = beforeExit(() => { stdin.setRawMode(false); });
    link.onLine((bytes) => paste.hear(bytes));
    link.onText((text) => { stdout.write(text); });
    link.onGone((why) => { release(); stdout.write("\r\n"); reject(new Failure(ExitCode.Failed, `${why}: the console is closed`)); });
    stdin.setRawMode(true);
    stdin.on("data", keys);
    stdin.resume();
    link.type("\r");
  });
}
