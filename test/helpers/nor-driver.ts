/**
 * The NOR driver that the boards' images contain, compiled for this machine and speaking to a simulated chip: one process
 * a driver, two pipes, and every transaction a message (test/hal/nor-driver/main.c). Calls are synchronous, as the Flash
 * contract wants them.
 */
import { execFileSync, spawn } from "node:child_process";
import { closeSync, constants, mkdirSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Flash, FlashGeometry, FlashResult } from "../../hal/flash";
import { SpiBus } from "../../hal/sim/flash";
import { loadBoard } from "../../tools/board-file";
import { boardConfigHeader, boardIncludes } from "../../tools/build/board";
import { inBuild, inRoot } from "../../tools/build/paths";

const enum Command { Open = 1, Read, Program, Erase }
const enum Message { Transfer = 1, Delay, Done }

/** Most bytes of one call: the program's buffer is a little larger. */
const BYTES_MOST = 65536;

const programs = new Map<string, string>();

/** The driver's program for a board's figures, compiled once. */
function programFor(board: string): string {
  const known = programs.get(board) ?? compile(board);
  programs.set(board, known);
  return known;
}

function compile(board: string): string {
  const folder = inBuild("test-programs", `nor-driver-${board}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "board-config.h"), boardConfigHeader(board));
  const program = join(folder, "nor-driver");
  execFileSync("cc", ["-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror", "-I", folder, ...[...boardIncludes(board), inRoot("hal", "duktape")].flatMap((path) => ["-I", path]),
    inRoot("hal", "devices", "nor.c"), inRoot("test", "hal", "nor-driver", "main.c"), "-o", program]);
  return program;
}

/** A pipe of the system: [end to read, end to write]. */
function makePipe(folder: string, name: string): [number, number] {
  const path = join(folder, name);
  execFileSync("mkfifo", [path]);
  const both = openSync(path, constants.O_RDWR);
  const ends: [number, number] = [openSync(path, constants.O_RDONLY), openSync(path, constants.O_WRONLY)];
  closeSync(both);
  return ends;
}

export class NorDriver implements Flash {
  geometry!: FlashGeometry;
  readonly name: string;
  /** What flash_chip() said: JEDEC id and the longest program and erase. Size 0: no flash. */
  jedec = 0;
  programMaximumMicros = 0;
  eraseMaximumMicros = 0;
  private readonly room = Buffer.alloc(65536);
  private readonly from: number;
  private readonly to: number;
  private isClosed = false;
  /** What has come from the process and was not taken yet. */
  private arrived = Buffer.alloc(0);

  constructor(readonly board: string, private readonly bus: SpiBus) {
    this.name = `the driver of ${board}`;
    const folder = mkdtempSync(join(tmpdir(), "zcache-nor-driver-"));
    const [childIn, to] = makePipe(folder, "in");
    const [from, childOut] = makePipe(folder, "out");
    rmSync(folder, { recursive: true });
    spawn(programFor(board), [], { stdio: [childIn, childOut, "inherit"] }).unref();
    closeSync(childIn);
    closeSync(childOut);
    this.from = from;
    this.to = to;
    this.open();
  }

  /** Looks for the chip, as after a reset of the processor. */
  open(): void {
    this.send(Command.Open);
    const words = new Uint32Array(Uint8Array.from(this.finish().bytes).buffer);
    const [jedec, sizeBytes, sectorBytes, programBytes] = words;
    [, , , , this.programMaximumMicros, this.eraseMaximumMicros] = words;
    this.jedec = jedec;
    this.geometry = { sizeBytes, sectorBytes, programBytes, granuleBytes: 1, programsPerGranule: 0,
      enduranceErases: (loadBoard(this.board).flash as unknown as FlashGeometry).enduranceErases };
  }

  read(address: number, into: Uint8Array): FlashResult { return this.inPieces(Command.Read, address, into); }
  program(address: number, from: Uint8Array): FlashResult { return this.inPieces(Command.Program, address, from); }

  erase(address: number): FlashResult {
    this.send(Command.Erase, address);
    return this.finish().result;
  }

  /** Ends the process. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    closeSync(this.to);
    closeSync(this.from);
  }

  private inPieces(command: Command, address: number, bytes: Uint8Array): FlashResult {
    for (let done = 0; done < bytes.length || done === 0; done += BYTES_MOST) {
      const piece = bytes.subarray(done, done + BYTES_MOST);
      this.send(command, address + done, piece.length);
      if (command === Command.Program) this.sendBytes(piece);
      const { result, bytes: read } = this.finish();
      if (result !== FlashResult.Ok) return result;
      if (command === Command.Read) piece.set(read);
    }
    return FlashResult.Ok;
  }

  /** Serves the driver's transactions until the call has ended. */
  private finish(): { result: number; bytes: Buffer } {
    for (;;) {
      const message = this.receiveWord();
      if (message === Message.Transfer) this.transfer();
      else if (message === Message.Delay) this.bus.waitMicros(this.receiveWord());
      else return { result: this.receiveWord() | 0, bytes: this.receiveBytes(this.receiveWord()) };
    }
  }

  private transfer(): void {
    const [headerLength, outLength, inLength] = [this.receiveWord(), this.receiveWord(), this.receiveWord()];
    const sent = this.receiveBytes(headerLength + outLength);
    this.bus.select();
    for (const byte of sent) this.bus.exchange(byte);
    const answer = Uint8Array.from({ length: inLength }, () => this.bus.exchange(0));
    this.bus.deselect();
    this.sendBytes(Buffer.concat([Buffer.from(Uint32Array.of(1).buffer), answer]));
  }

  private send(...words: number[]): void { this.sendBytes(new Uint8Array(Uint32Array.from(words).buffer)); }

  private sendBytes(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length;) done += writeSync(this.to, bytes, done);
  }

  private receiveWord(): number { return this.receiveBytes(4).readUInt32LE(); }

  private receiveBytes(length: number): Buffer {
    while (this.arrived.length < length) {
      const got = readSync(this.from, this.room, 0, this.room.length, null);
      if (got === 0) throw new Error(`The driver's process for ${this.board} has ended.`);
      this.arrived = Buffer.concat([this.arrived, this.room.subarray(0, got)]);
    }
    const bytes = this.arrived.subarray(0, length);
    this.arrived = this.arrived.subarray(length);
    return bytes;
  }
}
