/**
 * A terminal for a test: runs a command in a pseudo-terminal (python3 makes it), strikes keys and waits for what
 * appears. Every wait has an end, and what was on the screen is in the message when it comes.
 */
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";

const RELAY = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";
const POLL_MS = 25;

export class Terminal {
  /** Everything that appeared, without carriage returns: a terminal may double them. */
  screen = "";
  readonly ended: Promise<number | null>;
  private readonly child: ChildProcessWithoutNullStreams;
  /** Where the next wait begins to look. */
  private seen = 0;

  constructor(command: string[], folder: string) {
    this.child = spawn("python3", ["-c", RELAY, ...command], { cwd: folder });
    this.child.stdout.on("data", (part: Buffer) => { this.screen += part.toString().replaceAll("\r", ""); });
    this.child.stderr.on("data", (part: Buffer) => { this.screen += part.toString().replaceAll("\r", ""); });
    this.child.stdin.on("error", () => undefined);
    this.ended = new Promise((resolve) => { this.child.on("close", resolve); });
  }

  strike(keys: string): void { this.child.stdin.write(keys); }

  /** Waits until `expected` appears after what was waited for before; returns the text up to its end. */
  async see(expected: RegExp, timeoutMs = 60_000): Promise<string> {
    const end = Date.now() + timeoutMs;
    for (;;) {
      const fresh = this.screen.slice(this.seen);
      const match = expected.exec(fresh);
      if (match) {
        const upTo = match.index + match[0].length;
        this.seen += upTo;
        return fresh.slice(0, upTo);
      }
      if (Date.now() > end) throw new Error(`${String(expected)} did not appear in ${timeoutMs / 1000} s after:\n${fresh.slice(-2000)}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** Ends the command, if it still runs. */
  close(): void { this.child.kill("SIGTERM"); }
}
