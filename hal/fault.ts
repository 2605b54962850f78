/**
 * Fault: what a board does when the processor gives up (bus error, undefined instruction, stack overflow) or the
 * software finds itself broken (a panic: the engine's heap is damaged, an assertion of the core fails).
 *
 * What the board owes:
 *   F1  It says so on the serial line by polling, without interrupts, heap or the faulting stack: one line that begins
 *       with "FAULT" or "PANIC", then the registers r0-r12, sp, lr, pc, xpsr, CFSR, HFSR and BFAR, 8 hex digits each,
 *       and the address that an `addr2line` wants.
 *   F2  It resets the chip afterwards, so that the board is alive again, and the next start knows why (ResetCause.Fault).
 *   F3  It reads only what it has checked to be memory, so that it does not fault itself.
 *   F4  Nothing is written to flash on the way: what sync() promised is there, what it did not promise may be lost.
 *
 * What the caller owes: nothing; that is the point.
 */
export interface FaultReport {
  /** "FAULT" by the processor, "PANIC" by the software. */
  readonly kind: "FAULT" | "PANIC";
  /** The sentence behind it. */
  readonly what: string;
  /** Registers by their printed names; empty for a panic. */
  readonly registers: Readonly<Record<string, number>>;
}

/** One line of the dump: "name=xxxxxxxx" pairs. Registers are added to `into`; false when the line is something else. */
export function readRegisterLine(line: string, into: Record<string, number>): boolean {
  const pairs = line.trim().split(/\s+/);
  if (!pairs.every((pair) => /^[a-z0-9]+=[0-9a-f]{8}$/.test(pair))) return false;
  for (const pair of pairs) {
    const at = pair.indexOf("=");
    into[pair.slice(0, at)] = parseInt(pair.slice(at + 1), 16);
  }
  return true;
}
