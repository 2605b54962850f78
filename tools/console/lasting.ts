/**
 * A console on a line that may vanish and come back: a board that is unplugged, reset or flashed. Keys go to the board
 * as they are struck, Ctrl-C included, and a paste line by line (paste.ts); Ctrl-] leaves. While there is no board the port is tried again four times a
 * second, keys are dropped with a beep, and Ctrl-C ends the wait.
 */
import { beforeExit } from "../cleanup";
import { ExitCode, Failure } from "../failure";
import { Paste } from "./paste";
import type { Line } from "./port";

const LEAVE_KEY = 0x1d;
const INTERRUPT_KEY = 0x03;
const XON = 0x11;
const XOFF = 0x13;
const RETRY_MS = 250;
const BEEP = "\x07";

/** Connects the terminal to `first`, and to what `reopen` opens after it; resolves when the person leaves. */
export async function runLastingConsole(first: Line, reopen: () => Promise<Line>): Promise<void> {
  const console = new LastingConsole(reopen);
  const release = console.takeTerminal();
  try {
    console.connect(first);
    first.write(Buffer.from("\r"));
    await console.left;
  } finally {
    release();
    await console.disconnect();
    process.stdout.write("\r\n");
  }
}

class LastingConsole {
  readonly left: Promise<void>;
  private line: Line | undefined;
  private over = false;
  private readonly paste = new Paste((bytes) => this.line?.write(bytes));
  private leave!: () => void;
  private fail!: (why: Failure) => void;

  constructor(private readonly reopen: () => Promise<Line>) {
    this.left = new Promise((resolve, reject) => { this.leave = resolve; this.fail = reject; });
  }

  connect(line: Line): void {
    this.line = line;
    line.onBytes((bytes) => {
      process.stdout.write(bytes.filter((byte) => byte !== XON && byte !== XOFF));
      this.paste.hear(bytes);
    });
    line.onEnd((why) => {
      this.line = undefined;
      this.paste.drop();
      this.say(`${why}: waiting for it to come back; Ctrl-] leaves`);
      void this.retry();
    });
  }

  async disconnect(): Promise<void> {
    this.over = true;
    this.paste.drop();
    await this.line?.close();
  }

  /** Raw keys to here; the function returned gives the terminal back. */
  takeTerminal(): () => void {
    const { stdin } = process;
    const keys = (chunk: Buffer): void => this.takeKeys(chunk);
    const forget = beforeExit(() => { stdin.setRawMode(false); });
    stdin.setRawMode(true);
    stdin.on("data", keys);
    stdin.resume();
    return () => {
      stdin.off("data", keys);
      stdin.setRawMode(false);
      stdin.pause();
      forget();
    };
  }

  private takeKeys(chunk: Buffer): void {
    const leave = chunk.indexOf(LEAVE_KEY);
    const keys = leave < 0 ? chunk : chunk.subarray(0, leave);
    if (this.line) this.paste.push(keys);
    else if (keys.includes(INTERRUPT_KEY)) this.fail(new Failure(ExitCode.Interrupted, "interrupted while no board was there"));
    else if (keys.length > 0) process.stderr.write(BEEP);
    if (leave >= 0) this.leave();
  }

  private async retry(): Promise<void> {
    while (!this.over) {
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      const line = this.over ? undefined : await this.reopen().catch(() => undefined);
      if (line === undefined) continue;
      if (this.over) { await line.close(); return; }
      this.connect(line);
      this.say(`${line.name} is back`);
      return;
    }
  }

  private say(sentence: string): void { process.stderr.write(`\r\n[zcache: ${sentence}]\r\n`); }
}
