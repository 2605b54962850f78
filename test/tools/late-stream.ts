/** A line whose host thinks before it sends: each write waits as long as it is told to, in order. */
import type { ByteStream } from "../../tools/link/byte-stream";

export class LateStream implements ByteStream {
  private sent: Promise<void> = Promise.resolve();

  constructor(private readonly line: ByteStream, private readonly thinkMs: () => number) {}

  write(bytes: Uint8Array): void {
    this.sent = this.sent.then(async () => {
      const ms = this.thinkMs();
      if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
      this.line.write(bytes);
    });
  }

  onBytes(listener: (bytes: Uint8Array) => void): void { this.line.onBytes(listener); }
  onEnd(listener: (why: string) => void): void { this.line.onEnd(listener); }
}
