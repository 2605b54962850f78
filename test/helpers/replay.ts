/**
 * Calls recorded on the host and repeated on the emulated board, by the image of test/lockstep/native/main.c: calls of
 * the core with a hash of the arena after each, bytes written into the arena, and calls of the board's flash driver.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadBoard } from "../../tools/board-file";
import { buildReplay } from "../../tools/build/image";
import { ReplayCall, replayCalls } from "../../tools/build/replay";
import { inBuild } from "../../tools/build/paths";
import { machineFor } from "../../tools/qemu/machine";
import { scratchNor } from "../../tools/qemu/nor-image";
import { Qemu } from "../../tools/qemu/qemu";
import { CallName } from "./twins";

const TIMEOUT_MS = 120_000;

const WRITE_MEMORY = 0xff;
const FLASH_CALL = 0xfe;

export const enum FlashCall { Read = 0, Program = 1, Erase = 2 }

/** Most bytes that a flash call carries: the image's buffer. */
export const FLASH_BYTES_MOST = 4096;

/** What a call gave: its result, and a hash of the arena, or of the bytes that were read from flash. */
interface Outcome { what: string; result: number; hash: number; }

/** FNV-1a over words or bytes, as in main.c. */
export function hashOf(items: Int32Array | Uint8Array): number {
  let hash = 0x811c9dc5 | 0;
  for (let i = 0; i < items.length; i++) hash = Math.imul(hash ^ items[i], 0x01000193);
  return hash;
}

export class ReplayLog {
  private readonly parts: Buffer[] = [];
  /** Where the calls' first words lie, whose numbers are known when the image is built. */
  private readonly calls: { name: CallName; at: number }[] = [];
  readonly expected: Outcome[] = [];

  /** A call of the core, after it was made on the host. */
  core(name: CallName, args: number[], result: number, hash: number): void {
    this.calls.push({ name, at: this.parts.length });
    this.words(args.length << 8, ...args);
    this.expected.push({ what: `${name}(${args.join(", ")})`, result, hash });
  }

  /** Bytes that were written into the arena. */
  memory(at: number, bytes: Uint8Array): void {
    this.words(WRITE_MEMORY, at, bytes.length);
    this.data(bytes);
  }

  /** A call of the flash driver, after it was made on the host. `bytes` are those to program, or those that were read. */
  flash(call: FlashCall, address: number, bytes: Uint8Array, result: number): void {
    this.words(FLASH_CALL, call, address, bytes.length);
    if (call === FlashCall.Program) this.data(bytes);
    const hash = hashOf(call === FlashCall.Read && result === 0 ? bytes : new Uint8Array(0));
    this.expected.push({ what: `${["read", "program", "erase"][call]} of ${bytes.length} bytes at ${address}`, result, hash });
  }

  /** The log as the image reads it, its calls numbered as in the image. */
  bytes(calls: readonly ReplayCall[]): Buffer {
    const numbers = new Map(calls.map(({ name }, number) => [name, number]));
    for (const { name, at } of this.calls) {
      const number = numbers.get(name);
      if (number === undefined) throw new Error(`The core's header for C does not declare ${name}.`);
      this.parts[at][0] = number;
    }
    return Buffer.concat(this.parts);
  }

  private words(...words: number[]): void { this.parts.push(Buffer.from(Int32Array.from(words).buffer)); }
  private data(bytes: Uint8Array): void { this.parts.push(Buffer.from(bytes), Buffer.alloc(-bytes.length & 3)); }
}

/** Repeats the log on the board and compares every outcome; throws at the first that differs. What the flash holds then. */
export async function repeatOnBoard(log: ReplayLog, checked: boolean, board: string): Promise<Buffer> {
  const image = await buildReplay(board, checked);
  const { results, flash } = await run(board, image, log.bytes(replayCalls()));
  compareOutcomes(log, results);
  return flash;
}

/** Throws at the first call whose result or hash differs from the log's. */
export function compareOutcomes(log: ReplayLog, results: Int32Array): void {
  if (results.length !== 2 * log.expected.length) throw new Error(`The board repeated ${results.length / 2} of ${log.expected.length} calls.`);
  log.expected.forEach(({ what, result, hash }, i) => {
    if (results[2 * i] !== result) throw new Error(`Call ${i}, ${what}, gave ${results[2 * i]} on the board and ${result} on the host.`);
    if (results[2 * i + 1] !== hash) throw new Error(`After call ${i}, ${what}, the bytes on the board differ from the host's.`);
  });
}

async function run(name: string, image: string, calls: Buffer): Promise<{ results: Int32Array; flash: Buffer }> {
  const board = loadBoard(name);
  const folder = mkdtempSync(join(tmpdir(), "zcache-lockstep-"));
  const nor = scratchNor(board.flash!.imageBytes);
  try {
    writeFileSync(join(folder, "calls"), calls);
    const qemu = Qemu.start({
      ...machineFor(board, nor.path, [join(folder, "calls"), join(folder, "results")]), image, log: inBuild(board.name, "qemu-lockstep.log"),
    });
    const end = await qemu.wait(TIMEOUT_MS, "the lockstep image");
    if (end.code !== 0) throw new Error(qemu.obituary(end));
    return { results: new Int32Array(Uint8Array.from(readFileSync(join(folder, "results"))).buffer), flash: readFileSync(nor.path) };
  } finally {
    nor.discard();
    rmSync(folder, { recursive: true, force: true });
  }
}
