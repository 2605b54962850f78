/** A board in QEMU with its prompt out and a link to it: from image to first words, and to a clean end. */
import { inBuild } from "../build/paths";
import type { BoardFile } from "../board-file";
import { beforeExit } from "../cleanup";
import { ExitCode, Failure } from "../failure";
import type { ByteStream } from "../link/byte-stream";
import { Link, type Greeting, type LinkOptions } from "../link/link";
import { countedImage } from "./counted-image";
import { machineFor } from "./machine";
import { namedNor, scratchNor, type NorImage } from "./nor-image";
import { Qemu, type QemuOptions } from "./qemu";

export interface SessionOptions {
  board: BoardFile;
  /** ELF file to run. */
  image: string;
  /** The user's flash image; an erased one that vanishes when absent. */
  nor?: string;
  icount?: boolean;
  link?: Partial<LinkOptions>;
  bootTimeoutMs?: number;
  /** Leave the app out that is kept in flash. */
  safe?: boolean;
  /** Puts something between the tool and the line, such as faults. */
  wrap?: (line: ByteStream) => ByteStream;
}

/** A last resort: a board that faults is told at once, and so is an emulator that ends. */
const BOOT_TIMEOUT_MS = 300_000;
/**
 * An emulator's line loses nothing, so asking again there only helps against a board that hangs. On a busy machine it
 * would come too early, and it makes counters differ from run to run.
 */
const EMULATED_LINK: Partial<LinkOptions> = { timeoutMs: 60_000, tries: 2 };
const POLL_MS = 20;
const PROMPT = /(^|\n)> $/;
/** What the board prints when it gives up, to the last line. */
const FAULT_END = /\n(FAULT|PANIC) [^]*The board resets/;

export class Session {
  /** What the board said of itself. */
  greeting!: Greeting;

  private readonly forget: () => void;

  private constructor(readonly qemu: Qemu, readonly link: Link, private readonly nor: NorImage | undefined) {
    this.forget = beforeExit(() => this.end());
  }

  /** Starts the board and returns when its prompt is out and it has answered Hello. Leaves nothing behind on failure. */
  static async boot(options: SessionOptions): Promise<Session> {
    const nor = norFor(options);
    const qemu = startQemu(options, nor);
    const link = new Link(options.wrap ? options.wrap(qemu.stream) : qemu.stream, { ...EMULATED_LINK, ...options.link });
    const session = new Session(qemu, link, nor);
    try {
      if (options.safe) leaveAppOut(link);
      await waitForText(link, (text) => hasBooted(text, link), options.bootTimeoutMs ?? BOOT_TIMEOUT_MS, "show its prompt");
      session.greeting = await link.hello();
    } catch (error) {
      await session.end();
      throw error;
    }
    return session;
  }

  /** Kills the emulator in the middle of whatever it does. */
  async kill(): Promise<void> {
    this.forget();
    await this.qemu.kill();
    this.nor?.discard();
  }

  /** Ends the emulator and removes a scratch flash image. */
  async end(): Promise<void> {
    this.forget();
    await this.qemu.stop();
    this.nor?.discard();
  }
}

/** What a board is booted with; `nor` is the path of its flash image. */
export function qemuOptions({ board, image, icount }: SessionOptions, nor: string | undefined): QemuOptions {
  return { ...machineFor(board, nor), image: icount ? countedImage(image) : image, icount, hostLine: icount, log: inBuild(board.name, "qemu.log") };
}

function startQemu(options: SessionOptions, nor: NorImage | undefined): Qemu {
  try {
    return Qemu.start(qemuOptions(options, nor?.path));
  } catch (error) {
    nor?.discard();
    throw error;
  }
}

/** A board that faults before its prompt would go on resetting for ever: its first words are told at once. */
function hasBooted(text: string, link: Link): boolean {
  if (FAULT_END.test(text)) throw new Failure(ExitCode.Failed, "the board gave up before its prompt: look at what it printed", link.lastLines());
  return PROMPT.test(text);
}

/** Ctrl-C, as soon as the board says that it is about to run the app. */
function leaveAppOut(link: Link): void {
  const isAbout = (): boolean => /\napp {4}\d+ bytes/.test(link.textSoFar);
  link.onText(() => {
    if (!isAbout()) return;
    link.onText(() => undefined);
    link.type("\x03");
  });
}

function norFor({ board, nor }: SessionOptions): NorImage | undefined {
  if (!board.flash) return undefined;
  return nor === undefined ? scratchNor(board.flash.imageBytes) : namedNor(nor, board.flash.imageBytes);
}

/** Waits until `isThere` says so of all text so far; `what` completes "the board did not ...". */
export async function waitForText(link: Link, isThere: (text: string) => boolean, timeoutMs: number, what: string): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!isThere(link.textSoFar)) {
    if (link.endedBecause !== undefined) throw new Failure(ExitCode.Failed, `${link.endedBecause} before the board could ${what}`, link.lastLines());
    if (Date.now() > end) throw new Failure(ExitCode.TimedOut, `the board did not ${what} in ${timeoutMs / 1000} s`, link.lastLines());
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
