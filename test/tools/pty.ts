/**
 * A serial port for a test: a pseudo-terminal (python3 makes it) whose one end has a path that a tool opens, and whose
 * other end is a ByteStream here. The path is a link that stays the same when the port is unplugged and plugged again.
 */
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { existsSync, readlinkSync, rmSync } from "node:fs";
import type { Readable, Writable } from "node:stream";
import type { ByteStream } from "../../tools/link/byte-stream";
import { until } from "../helpers/patience";

/** Relays between its own standard streams and the master; holds the slave open, so that nobody's leaving ends the line. */
const RELAY = `
import os, pty, select, sys, tty
master, slave = pty.openpty()
tty.setraw(slave)
os.symlink(os.ttyname(slave), sys.argv[1])
while True:
    for end in select.select([0, master], [], [])[0]:
        data = os.read(end, 4096)
        if not data: sys.exit()
        os.write(master if end == 0 else 1, data)
`;

export class Pty implements ByteStream {
  private child: ChildProcessByStdio<Writable, Readable, null> | undefined;
  private listener: (bytes: Uint8Array) => void = () => undefined;

  constructor(readonly path: string) {}

  onBytes(listener: (bytes: Uint8Array) => void): void { this.listener = listener; }
  onEnd(): void { /* A port that a test unplugs itself. */ }
  write(bytes: Uint8Array): void { this.child?.stdin.write(bytes); }

  /** Writes `bytes` again and again, as fast as the line takes them, until it is unplugged. */
  chatter(bytes: Uint8Array): void {
    const { child } = this;
    const again = (error?: Error | null): void => { if (!error && this.child === child) child?.stdin.write(bytes, again); };
    again();
  }

  async plugIn(): Promise<void> {
    this.child = spawn("python3", ["-c", RELAY, this.path], { stdio: ["pipe", "pipe", "inherit"] });
    this.child.stdin.on("error", () => undefined);
    this.child.stdout.on("data", (bytes: Buffer) => this.listener(bytes));
    await until(() => existsSync(this.path), `a pseudo-terminal at ${this.path}`);
  }

  /** The device goes away at both ends, as when a cable is pulled. */
  async unplug(): Promise<void> {
    const { child } = this;
    this.child = undefined;
    rmSync(this.path, { force: true });
    if (child === undefined) return;
    const ended = new Promise((resolve) => child.once("close", resolve));
    child.kill("SIGKILL");
    await ended;
  }

  /** The device behind the link, as the system names it. */
  get device(): string { return readlinkSync(this.path); }
}

/** Two streams as one line: what one writes the other hears. */
export function join(a: ByteStream, b: ByteStream): void {
  a.onBytes((bytes) => b.write(bytes));
  b.onBytes((bytes) => a.write(bytes));
}
