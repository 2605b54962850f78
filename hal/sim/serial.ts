/**
 * The serial line of the simulated board (hal/serial.ts): a test is the person at the other end. What arrives waits in a
 * ring of the size that a board has; what the board sends is kept. Time plays no part: a byte sent has left.
 */
import { INTERRUPT_BYTE, Serial } from "../serial";

/** Bytes of the receive ring, as on the boards. */
const RING_BYTES = 256;

export class SimSerial implements Serial {
  /** Bytes the board has sent and nobody has taken. */
  readonly sent: number[] = [];
  private readonly ring: number[] = [];
  private interrupts = 0;
  private lost = 0;
  private told = 0;
  /** Bytes taken and arrived so far, and the places in that count before which bytes were lost. */
  private taken = 0;
  private arrived = 0;
  private readonly gaps = new Set<number>();
  private isGap = false;

  constructor(private readonly ringBytes = RING_BYTES) {}

  // The board's side

  get(): number {
    const byte = this.ring.shift() ?? -1;
    if (byte === INTERRUPT_BYTE) this.interrupts--;
    if (byte >= 0 && this.gaps.delete(this.taken++)) this.isGap = true;
    return byte;
  }

  put(byte: number): void { this.sent.push(byte & 0xff); }
  interrupted(): boolean { return this.interrupts > 0; }
  overflows(): number { return this.lost; }

  gap(): number {
    const isHere = this.isGap || (this.ring.length === 0 && this.lost !== this.told);
    const lost = this.lost - this.told;
    this.isGap = false;
    if (isHere) this.told = this.lost;
    return isHere ? lost : -1;
  }

  /** Also forgets an interrupt that came when the ring was full. */
  skipInterrupt(): void {
    for (let left = this.ring.lastIndexOf(INTERRUPT_BYTE) + 1; left > 0; left--) this.get();
    this.interrupts = 0;
    this.isGap = false;
    this.told = this.lost;
  }

  // The other end's side

  /** Bytes arrive. Those for which the ring has no room are lost and counted; an interrupt is noticed all the same. */
  arrive(bytes: Iterable<number>): void {
    for (const byte of bytes) {
      if (byte === INTERRUPT_BYTE) this.interrupts++;
      if (this.ring.length < this.ringBytes) {
        this.ring.push(byte);
        this.arrived++;
      } else {
        this.lost++;
        this.gaps.add(this.arrived);
      }
    }
  }

  /** Takes what the board has sent so far. */
  take(): number[] { return this.sent.splice(0); }
}
