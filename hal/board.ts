/**
 * Board: the contract between the runtime and the piece of silicon it stands on. A board is data (board.json) and
 * drivers; nothing above this line knows a register or an address.
 *
 * What the board owes:
 *   B1  It starts with interrupts working, RAM cleared, the stack painted and bounded, before any other code runs.
 *   B2  open() always returns: a missing or unknown flash chip, a silent line or a dead crystal bounds its waits and is
 *       reported (flash.name empty), because a board without flash is still a board.
 *   B3  A stack that overflows is a fault with a register dump, never silent damage: it lies where running over it
 *       leaves RAM.
 *   B4  reset() resets the whole chip, peripherals included, and does not return.
 *
 * What the caller owes:
 *   b1  It calls from one thread.
 *   b2  It reads stack figures as lower bounds: interrupts have a stack of their own.
 *
 * The C mirror is hal/duktape/hal.h. On someone else's firmware (hal/espruino and others) the firmware is the board.
 */
import type { Clock } from "./clock";
import type { Flash } from "./flash";
import type { Serial } from "./serial";

/** Why the processor started. */
export const enum ResetCause {
  Power = 0,
  /** Somebody called reset(). */
  Requested = 1,
  /** The fault handler ran. */
  Fault = 2,
}

export interface Board {
  /** As in board.json. */
  readonly name: string;
  readonly serial: Serial;
  readonly clock: Clock;
  /** undefined when no chip answers, or one that the driver does not know. */
  readonly flash: Flash | undefined;
  /** Bytes of the main thread's stack. */
  readonly stackBytes: number;
  /** The most bytes of it that were ever in use, found by paint. */
  stackPeak(): number;
  resetCause(): ResetCause;
  /** Does not return. */
  reset(): never;
}
