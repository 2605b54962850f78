/**
 * A person's keys on their way to a board: at once, unless so many come together that they are a paste. A paste goes line by line. The
 * next line is sent when the board shows its prompt again; if it does not in a while, it is sent all the same, and the board
 * tells what it could not take. Between them XOFF holds everything back, and XON, or a bounded wait, lets it go on.
 *
 * Guarantee: the order is that of the keys, and a Ctrl-C passes by all that waits, which is dropped. Not taken: the flow control of
 * the host's own driver. A Ctrl-C would wait behind the paste, for a board that is at work and for that reason takes nothing.
 */
const INTERRUPT = 0x03;
const XON = 0x11;
const XOFF = 0x13;
const ENTER = 0x0d;
const FEED = 0x0a;
/** The most bytes that go out together: half of what a board's receive ring holds. */
const PIECE_BYTES = 128;
/** How long a line waits for the prompt, and a piece for XON, at most. */
export const PROMPT_WAIT_MS = 10_000;
export const XON_WAIT_MS = 3_000;

/** What waits, with time as its maker has it: a test's is no clock. */
export interface Patience {
  /** Calls `then` after so many milliseconds, unless the function returned is called before. */
  after(ms: number, then: () => void): () => void;
}

const CLOCK: Patience = {
  after(ms, then) {
    const timer = setTimeout(then, ms);
    return () => clearTimeout(timer);
  },
};

export class Paste {
  private waiting: Uint8Array = new Uint8Array(0);
  private isPaused = false;
  private awaitsPrompt = false;
  private tail = "";
  private cancel: () => void = () => undefined;

  /** `send` puts bytes on the line. */
  constructor(private readonly send: (bytes: Uint8Array) => void, private readonly patience: Patience = CLOCK) {}

  /** Keys that were struck, or pasted. */
  push(keys: Uint8Array): void {
    const interrupt = keys.lastIndexOf(INTERRUPT);
    if (interrupt >= 0) {
      this.drop();
      this.send(Uint8Array.of(INTERRUPT));
    }
    this.waiting = Buffer.concat([this.waiting, keys.subarray(interrupt + 1)]);
    this.flow();
  }

  /** What the board sent, as it came. */
  hear(bytes: Uint8Array): void {
    for (const byte of bytes) if (byte === XON || byte === XOFF) this.isPaused = byte === XOFF;
    this.tail = (this.tail + Buffer.from(bytes).toString("latin1").replace(/[\x11\x13]/g, "")).slice(-3);
    if (this.tail.endsWith("\n> ")) this.awaitsPrompt = false;
    this.flow();
  }

  /** Forgets what has not been sent. */
  drop(): void {
    this.cancel();
    this.waiting = new Uint8Array(0);
    this.isPaused = this.awaitsPrompt = false;
  }

  /** Sends what may be sent, and comes back for the rest. */
  private flow(): void {
    while (this.waiting.length > 0 && !this.isPaused && !this.awaitsPrompt) this.sendPiece();
    this.cancel();
    if (this.waiting.length === 0) return;
    this.cancel = this.patience.after(this.isPaused ? XON_WAIT_MS : PROMPT_WAIT_MS, () => {
      this.isPaused = this.awaitsPrompt = false;
      this.flow();
    });
  }

  /** Up to the end of a line, which a LF behind a CR is part of. The prompt is waited for only when more has come already. */
  private sendPiece(): void {
    const end = this.waiting.findIndex((byte) => byte === ENTER || byte === FEED);
    const isPair = end >= 0 && this.waiting[end] === ENTER && this.waiting[end + 1] === FEED;
    const length = end < 0 ? this.waiting.length : end + (isPair ? 2 : 1);
    const piece = this.waiting.subarray(0, Math.min(length, PIECE_BYTES));
    this.waiting = this.waiting.subarray(piece.length);
    this.awaitsPrompt = end >= 0 && piece.length === length && this.waiting.length > 0;
    if (this.awaitsPrompt) this.tail = "";
    this.send(piece);
  }
}
