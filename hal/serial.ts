/**
 * Serial: one line of bytes between the board and a person or a tool, 115200 8N1 where it is a wire. It carries text and
 * packets (firmware/link/wire.ts) and knows neither.
 *
 * What the driver owes:
 *   S1  Bytes are received by interrupt into a ring, in order, also while a script runs.
 *   S2  A raw 03 (Ctrl-C) is seen at once: interrupted() is true from its arrival until it is taken or skipped, even if
 *       the ring is full and other bytes are lost.
 *   S3  A ring that fills up asks the sender to pause (XOFF, and XON when there is room again). A full one stops taking from the
 *       receiver (flow control for an emulator, and the receiver's own FIFO for a wire). Bytes that are lost are counted,
 *       and where they were lost is told: gap() says so between the byte before them and the byte behind them.
 *   S4  put() waits for room, but not for ever: a byte that cannot leave in one second is dropped, and until the line
 *       has room again the next ones are dropped at once. A wire never makes it wait longer than its FIFO takes; the
 *       second is for an emulator whose reader is busy.
 *
 * What the caller owes:
 *   s1  It takes bytes until get() says -1 before it sleeps.
 *   s2  It calls skipInterrupt() after it has stopped a script, so that what was typed for that script is not run.
 */
export interface Serial {
  /** The oldest byte not yet taken, or -1. */
  get(): number;
  /** Sends one byte, 0..255. */
  put(byte: number): void;
  /** Is a Ctrl-C among the bytes not yet taken? */
  interrupted(): boolean;
  /** Drops everything up to and including the last Ctrl-C. */
  skipInterrupt(): void;
  /** Bytes lost since start-up. */
  overflows(): number;
  /** -1: nothing was lost right before the byte that get() gave last. Else the bytes lost since this was last told, 0 if they were told. */
  gap(): number;
}

/** The byte that stops a script. Inside packets it is always escaped. */
export const INTERRUPT_BYTE = 0x03;
