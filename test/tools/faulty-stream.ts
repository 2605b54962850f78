/**
 * A line with faults: every n-th packet of a direction is lost or has one bit flipped. Text is left alone. The faults
 * are counted, so that a test can tell that they happened.
 */
import type { ByteStream } from "../../tools/link/byte-stream";

/** Every how many packets; 0 or absent: never. */
export interface Faults {
  dropOut?: number;
  damageOut?: number;
  dropIn?: number;
  damageIn?: number;
}

/** Ctrl-C, Ctrl-D and Enter: where they stand raw a person has struck them, and Ctrl-D resets the board. That is no fault of the line. */
const KEYS = [0x03, 0x04, 0x0d];
const START = 0xc0;
const END = 0xc1;

export class FaultyStream implements ByteStream {
  dropped = 0;
  damaged = 0;
  private readonly outgoing = new PacketCutter();
  private readonly incoming = new PacketCutter();
  private packetsOut = 0;
  private packetsIn = 0;

  constructor(private readonly line: ByteStream, private readonly faults: Faults) {}

  write(bytes: Uint8Array): void {
    for (const piece of this.outgoing.cut(bytes)) {
      const sent = this.afflict(piece, () => ++this.packetsOut, this.faults.dropOut, this.faults.damageOut);
      if (sent) this.line.write(sent);
    }
  }

  onBytes(listener: (bytes: Uint8Array) => void): void {
    this.line.onBytes((bytes) => {
      for (const piece of this.incoming.cut(bytes)) {
        const got = this.afflict(piece, () => ++this.packetsIn, this.faults.dropIn, this.faults.damageIn);
        if (got) listener(got);
      }
    });
  }

  onEnd(listener: (why: string) => void): void { this.line.onEnd(listener); }

  private afflict(piece: Uint8Array, number: () => number, drop = 0, damage = 0): Uint8Array | undefined {
    if (piece[0] !== START) return piece;
    const n = number();
    if (drop > 0 && n % drop === 0) { this.dropped++; return undefined; }
    if (damage === 0 || n % damage !== 0) return piece;
    this.damaged++;
    const hurt = piece.slice();
    const at = hurt.length - 2 - n % 4;
    for (let bit = n & 7; hurt[at] === piece[at] || KEYS.includes(hurt[at]!); bit = bit + 1 & 7) hurt[at] = piece[at]! ^ 1 << bit;
    return hurt;
  }
}

/** Cuts a stream of bytes into whole packets and the text between them. */
class PacketCutter {
  private open: number[] | undefined;

  cut(bytes: Uint8Array): Uint8Array[] {
    const pieces: Uint8Array[] = [];
    let text: number[] = [];
    for (const byte of bytes) {
      if (byte === START) {
        if (text.length > 0) pieces.push(Uint8Array.from(text));
        text = [];
        this.open = [];
      }
      (this.open ?? text).push(byte);
      if (byte === END && this.open) {
        pieces.push(Uint8Array.from(this.open));
        this.open = undefined;
      }
    }
    if (text.length > 0) pieces.push(Uint8Array.from(text));
    return pieces;
  }
}
