/**
 * Real pipes to and from a child. What Node calls a pipe is a socket, and a socket counts every write as a message of
 * some 800 bytes: an emulator that sends a serial line byte by byte fills it after 270 letters and then waits to be
 * drained, which made every packet fifty times slower than the board. A pipe of the system joins the bytes together.
 */
import { spawnSync } from "node:child_process";
import { closeSync, constants, createReadStream, createWriteStream, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { ExitCode, Failure } from "../failure";

/** A pipe whose reader is here, and one whose writer is. `childEnd`: the file descriptor to give to the child. */
export interface PipeFrom { readable: Readable; childEnd: number; }
export interface PipeTo { writable: Writable; childEnd: number; }

/** What the child writes, to be read here. */
export function openPipeFrom(): PipeFrom {
  const { readEnd, writeEnd } = openEnds();
  return { childEnd: writeEnd, readable: createReadStream("", { fd: readEnd }) };
}

/** What is written here, to be read by the child. A write of up to 4096 bytes arrives as a whole. */
export function openPipeTo(): PipeTo {
  const { readEnd, writeEnd } = openEnds();
  return { childEnd: readEnd, writable: createWriteStream("", { fd: writeEnd }) };
}

/** Gives the child's end up once the child has it, so that each side sees it when the other has ended. */
export function closeChildEnd({ childEnd }: PipeFrom | PipeTo): void { closeSync(childEnd); }

interface Ends { readEnd: number; writeEnd: number; }

function openEnds(): Ends {
  const folder = mkdtempSync(join(tmpdir(), "zcache-pipe-"));
  const path = join(folder, "line");
  try {
    const made = spawnSync("mkfifo", [path]);
    if (made.status !== 0) throw new Failure(ExitCode.Failed, `no pipe can be made in ${tmpdir()} (${made.error?.message ?? made.stderr.toString().trim()})`);
    return endsOf(path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Opening one end alone would wait for the other, so it is opened as both for a moment. */
function endsOf(path: string): Ends {
  const both = openSync(path, constants.O_RDWR);
  try {
    return { writeEnd: openSync(path, constants.O_WRONLY), readEnd: openSync(path, constants.O_RDONLY) };
  } finally {
    closeSync(both);
  }
}
