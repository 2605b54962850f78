/**
 * One qemu-system-arm as a child process. Its serial line is the child's standard input and output; what it has to say
 * about guest errors goes to a log file; its own complaints are kept for the failure message. Only the child started
 * here is ever ended, by its handle, and it does not outlive this process.
 *
 * With `hostLine` the board's input is a pipe instead, file descriptor 3, until handOver(). The board reads it by itself, and
 * all of QEMU stands still while it waits for bytes: so a Ctrl-C alone still goes by the UART, to a board that is at work.
 */
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { Readable, Writable } from "node:stream";
import { ExitCode, Failure } from "../failure";
import { streamOver, type ByteStream } from "../link/byte-stream";
import { findProgram } from "../programs";
import { sayProgram } from "../words";
import { closeChildEnd, openPipeFrom, openPipeTo } from "./pipe";

export interface QemuOptions {
  /** QEMU's name of the machine. */
  machine: string;
  /** ELF file to run. */
  image: string;
  /** Flash image, where the machine has a chip. */
  nor?: string;
  /** Which of the machine's flash chips that is; the first when absent. */
  norIndex?: number;
  /** Where QEMU writes what the guest did wrong. */
  log: string;
  /** Count instructions: virtual time advances by the instruction and runs repeat exactly. */
  icount?: boolean;
  /** What is sent to the board goes into a pipe that its program reads when it has nothing else to do (counted-image.ts). */
  hostLine?: boolean;
  /** Waits before the first instruction for a debugger, at this socket of the host. */
  debugger?: string;
  /** Arguments the program gets through semihosting, which is otherwise off. */
  semihosting?: string[];
}

/** How the child ended. */
export interface QemuEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
}

const PROGRAM = "qemu-system-arm";
/** util-linux, on every Debian. */
const GUARD = "/usr/bin/setpriv";
/** How long it may take to write its flash image out before it is ended by force. */
const PATIENCE_MS = 30_000;
const STDERR_BYTES = 4000;
const CTRL_C = 3;

type QemuChild = ChildProcessByStdio<Writable, null, Readable>;

export class Qemu {
  /** The serial line. */
  readonly stream: ByteStream;
  readonly ended: Promise<QemuEnd>;
  private complaints = "";
  private endListener: (why: string) => void = () => undefined;
  private running = true;
  private wanted = false;

  /** Starts QEMU. An image it does not like shows as an early end, with its reason. */
  static start(options: QemuOptions): Qemu {
    mkdirSync(dirname(options.log), { recursive: true });
    const [first, ...args] = [...guard(), emulator(), ...commandLine(options)];
    const output = openPipeFrom();
    const input = options.hostLine ? openPipeTo() : undefined;
    sayProgram([first, ...args]);
    const child = spawn(first, args, { stdio: ["pipe", output.childEnd, "pipe", ...input ? [input.childEnd] : []], detached: true });
    closeChildEnd(output);
    if (input) closeChildEnd(input);
    return new Qemu(child as QemuChild, output.readable, input?.writable);
  }

  private constructor(private readonly child: QemuChild, output: Readable, private hostLine?: Writable) {
    const line = streamOver(output, child.stdin);
    this.stream = { write: (bytes) => this.send(bytes, line), onBytes: (listener) => line.onBytes(listener), onEnd: (listener) => { this.endListener = listener; } };
    line.onEnd(() => undefined);
    // A pipe that breaks is a child that ends, which is told below.
    hostLine?.on("error", () => undefined);
    child.stderr.on("data", (part: Buffer) => { this.complaints = (this.complaints + part.toString()).slice(-STDERR_BYTES); });
    const kill = (): void => { child.kill("SIGKILL"); };
    process.once("exit", kill);
    this.ended = new Promise((resolve, reject) => {
      child.on("error", (error) => { process.off("exit", kill); reject(cannotStart(error)); });
      child.on("close", (code, signal) => {
        process.off("exit", kill);
        this.running = false;
        resolve({ code, signal });
        if (!this.wanted) this.endListener(this.obituary({ code, signal }));
      });
    });
    this.ended.catch((error: Error) => this.endListener(error.message));
  }

  get isRunning(): boolean { return this.running; }

  /** Its process number; undefined if it could not be started. */
  get processId(): number | undefined { return this.child.pid; }

  /** What QEMU itself printed on its error stream. */
  get stderr(): string { return this.complaints.trim(); }

  /** Half a sentence on how it ended, with its last complaint. */
  obituary(end: QemuEnd): string {
    const how = end.signal ? `was ended by ${end.signal}` : `ended with code ${end.code}`;
    if (this.stderr.includes("unsupported machine type")) return "this release of QEMU lacks the board's machine, which a newer one may have; it ended";
    const last = this.stderr.split("\n").pop();
    return last ? `QEMU ${how} ("${last}")` : `QEMU ${how}`;
  }

  /** From now on all input goes by the UART, as a person wants it who types while the board is at work. Time passes again. */
  handOver(): void {
    this.hostLine?.end();
    this.hostLine = undefined;
  }

  private send(bytes: Uint8Array, uart: ByteStream): void {
    const isInterrupt = bytes.length === 1 && bytes[0] === CTRL_C;
    if (!this.hostLine || isInterrupt) uart.write(bytes);
    else if (this.running) this.hostLine.write(bytes);
  }

  /** Ends it, writing its flash image out first; forcibly if it does not comply. */
  async stop(): Promise<void> {
    this.wanted = true;
    if (!this.running) return;
    this.handOver();
    this.child.kill("SIGTERM");
    const force = setTimeout(() => this.child.kill("SIGKILL"), PATIENCE_MS);
    await this.ended.catch(() => undefined);
    clearTimeout(force);
  }

  /** Ends it at once, as the power would: what it was doing is not finished. */
  async kill(): Promise<void> {
    this.wanted = true;
    if (!this.running) return;
    this.child.kill("SIGKILL");
    await this.ended.catch(() => undefined);
  }

  /** Its end, or a time-out failure that ends it. For programs that run by themselves. */
  async wait(timeoutMs: number, what: string): Promise<QemuEnd> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Failure(ExitCode.TimedOut, `${what} did not end in ${timeoutMs / 1000} s`)), timeoutMs);
    });
    try {
      return await Promise.race([this.ended, late]);
    } finally {
      clearTimeout(timer);
      await this.stop();
    }
  }
}

/** The words of the command that start() gives, for a person to read. */
export function qemuCommandLine(options: QemuOptions): string[] { return [PROGRAM, ...commandLine(options)]; }

function commandLine(options: QemuOptions): string[] {
  const line = ["-M", options.machine, "-display", "none", "-monitor", "none", "-serial", "stdio", "-kernel", options.image];
  if (options.nor) line.push("-drive", `if=mtd,${options.norIndex === undefined ? "" : `index=${options.norIndex},`}format=raw,file=${options.nor.replaceAll(",", ",,")}`);
  if (options.debugger) line.push("-gdb", `unix:${options.debugger.replaceAll(",", ",,")},server=on,wait=off`, "-S");
  if (options.icount) line.push("-icount", "shift=0,sleep=off");
  if (options.semihosting || options.hostLine) {
    const words = (options.semihosting ?? []).map((word) => `,arg=${word.replaceAll(",", ",,")}`).join("");
    line.push("-semihosting-config", `enable=on,target=native${words}`);
  }
  return [...line, "-d", "guest_errors,unimp", "-D", options.log];
}

/** The emulator's path. Throws a Failure where it is not installed: a command asks before it builds what the emulator is to run. */
export function emulator(): string {
  const found = findProgram(PROGRAM);
  if (found === undefined) throw new Failure(ExitCode.NoTool, `${PROGRAM} is not installed: run \`node build.mjs setup\``);
  return found;
}

/** Words before the command that end it when this process is killed without a chance to do it; none where that is unknown. */
function guard(): string[] { return existsSync(GUARD) ? [GUARD, "--pdeathsig", "KILL", "--"] : []; }

function cannotStart(error: Error): Failure {
  return new Failure(ExitCode.Failed, `${PROGRAM} cannot be started (${error.message})`);
}
