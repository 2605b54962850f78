/**
 * A terminal for a test: runs a command in a pseudo-terminal (python3 makes it), strikes keys and waits for what
 * appears. What was on the screen is in the message when it never does.
 */
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { untilHeard } from "../helpers/patience";

const RELAY = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";

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
  async see(expected: RegExp): Promise<string> {
    const from = this.seen;
    const { index, 0: words } = await untilHeard(() => this.screen, from, expected);
    this.seen = from + index + words.length;
    return this.screen.slice(from, this.seen);
  }

  /** Ends the command, if it still runs. */
  close(): void { this.child.kill("SIGTERM"); }
}
