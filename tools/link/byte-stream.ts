/** A two-way line to a board, whatever carries it: a child's pipes, a serial port, a socket. */
import type { Readable, Writable } from "node:stream";

export interface ByteStream {
  /** Sends bytes; they are queued in order. */
  write(bytes: Uint8Array): void;
  /** Bytes as they come, in order. One listener; what comes before it is set is lost. */
  onBytes(listener: (bytes: Uint8Array) => void): void;
  /** The line is gone; `why` is half a sentence ("QEMU ended with code 1"). Called at most once. */
  onEnd(listener: (why: string) => void): void;
}

/** A ByteStream over a pair of Node streams. */
export function streamOver(input: Readable, output: Writable): ByteStream {
  let end: (why: string) => void = () => undefined;
  let ended = false;
  const finish = (why: string): void => {
    if (ended) return;
    ended = true;
    end(why);
  };
  output.on("error", (error) => finish(`the line broke (${error.message})`));
  input.on("error", (error) => finish(`the line broke (${error.message})`));
  input.on("end", () => finish("the line was closed at the other end"));
  return {
    write: (bytes) => { if (!ended) output.write(bytes); },
    onBytes: (listener) => { input.on("data", listener); },
    onEnd: (listener) => { end = listener; },
  };
}
