/**
 * A real pipe for a child's output. What Node calls a pipe is a socket, and a socket counts every write as a message of
 * some 800 bytes: an emulator that sends a serial line byte by byte fills it after 270 letters and then waits to be
 * drained, which made every packet fifty times slower than the board. A pipe of the system joins the bytes together.
 */
import { spawnSync } from "node:child_process";
import { closeSync, constants, createReadStream, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { ExitCode, Failure } from "../failure";

export interface Pipe {
  readable: Readable;
  /** File descriptor to give to the child; close it here once the child has it. */
  writeEnd: number;
}

export function openPipe(): Pipe {
  const folder = mkdtempSync(join(tmpdir(), "zcache-pipe-"));
  const path = join(folder, "line");
  try {
    const made = spawnSync("mkfifo", [path]);
    if (made.status !== 0) throw new Failure(ExitCode.Failed, `no pipe can be made in ${tmpdir()} (${made.error?.message ?? made.stderr.toString().trim()})`);
    return openEnds(path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Opening one end alone would wait for the other, so it is opened as both for a moment. */
function openEnds(path: string): Pipe {
  const both = openSync(path, constants.O_RDWR);
  try {
    const writeEnd = openSync(path, constants.O_WRONLY);
    return { writeEnd, readable: createReadStream("", { fd: openSync(path, constants.O_RDONLY) }) };
  } finally {
    closeSync(both);
  }
}

/** Gives the write end up, so that the reader sees the end when the child has ended. */
export function closeWriteEnd(pipe: Pipe): void { closeSync(pipe.writeEnd); }
