/**
 * A board in QEMU and somebody at its console, with the bytes of the line as they are: no packets, nothing waited for or repeated.
 * With a debugger the board stands before its first instruction until go().
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadBoard } from "../../tools/board-file";
import { inBuild } from "../../tools/build/paths";
import { machineFor } from "../../tools/qemu/machine";
import { scratchNor } from "../../tools/qemu/nor-image";
import { Qemu } from "../../tools/qemu/qemu";
import { untilHeard } from "../helpers/patience";

export interface BoardConsoleOptions {
  board: string;
  image: string;
  /** Name of QEMU's log in the board's build folder. */
  log: string;
  hasDebugger?: boolean;
}

const FLOW = /[\x11\x13]/g;

export class BoardConsole {
  /** What the board sent, without XON and XOFF. */
  heard = "";
  /** XON and XOFF, in the order they came. */
  flow = "";
  /** The debugger's socket. */
  readonly socket: string;
  private seen = 0;
  private readonly folder = mkdtempSync(join(tmpdir(), "zcache-console-"));
  private readonly nor;
  private readonly qemu: Qemu;

  constructor({ board, image, log, hasDebugger }: BoardConsoleOptions) {
    const facts = loadBoard(board);
    this.socket = join(this.folder, "gdb");
    this.nor = facts.flash ? scratchNor(facts.flash.imageBytes) : undefined;
    this.qemu = Qemu.start({ ...machineFor(facts, this.nor?.path), image, log: inBuild(board, log), debugger: hasDebugger ? this.socket : undefined });
    this.qemu.stream.onBytes((bytes) => {
      const text = Buffer.from(bytes).toString("latin1");
      this.flow += (text.match(FLOW) ?? []).join("");
      this.heard += text.replace(FLOW, "");
    });
  }

  send(what: string | Uint8Array): void { this.qemu.stream.write(typeof what === "string" ? Buffer.from(what, "latin1") : what); }

  /** Waits for `expected` after what was waited for before. */
  async see(expected: RegExp): Promise<string> {
    const { index, 0: words } = await untilHeard(() => this.heard, this.seen, expected);
    this.seen += index + words.length;
    return words;
  }

  /** Waits no more for what was heard so far. */
  forget(): number { return this.seen = this.heard.length; }

  /** Types a line and returns what it printed. */
  async ask(line: string): Promise<string> {
    const from = this.forget();
    this.send(`${line}\r`);
    await this.see(/\n> $/);
    return this.heard.slice(from).replace(/^[^\n]*\n/, "").replace(/\r?\n> $/, "").replace(/\r/g, "");
  }

  get boots(): number { return this.heard.split("zcache-mcu ").length - 1; }

  async end(): Promise<void> {
    await this.qemu.stop();
    this.nor?.discard();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
