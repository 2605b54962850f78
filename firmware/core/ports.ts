/**
 * The calls the core makes outward, JavaScript variant: flash, serial line, clock. Addresses in the arena are offsets,
 * addresses in flash are bytes from the chip's start. The native variant (ports.as.ts) imports the same five from
 * module "env"; on our image they are C functions of the board.
 */
export interface Ports {
  /** Reads `length` bytes at flash address `from` to arena offset `to`. 0, or a negative Err. */
  flashRead(from: i32, to: i32, length: i32): i32;
  /** Programs `length` bytes from arena offset `from` at flash address `to`; the driver splits at its program unit. 0 or Err. */
  flashProgram(to: i32, from: i32, length: i32): i32;
  /** Erases the sector that starts at flash address `at`. 0 or Err. */
  flashErase(at: i32): i32;
  /** Sends one byte on the console line; waits (bounded) for room. */
  serialPut(byte: i32): void;
  /** Ticks of the board's clock since boot, wrapping at 32 bits. */
  clockTicks(): i32;
}

const unattached: Ports = {
  flashRead: function (): i32 { return -9; },
  flashProgram: function (): i32 { return -9; },
  flashErase: function (): i32 { return -9; },
  serialPut: function (): void { /* no line is connected */ },
  clockTicks: function (): i32 { return 0; },
};

let ports: Ports = unattached;

/** Connects the core to a board. Until then there is no flash (Err.NoFlash), no line, and time stands still. */
export function attachPorts(board: Ports): void { ports = board; }

export function flashRead(from: i32, to: i32, length: i32): i32 { return ports.flashRead(from, to, length); }
export function flashProgram(to: i32, from: i32, length: i32): i32 { return ports.flashProgram(to, from, length); }
export function flashErase(at: i32): i32 { return ports.flashErase(at); }
export function serialPut(byte: i32): void { ports.serialPut(byte); }
export function clockTicks(): i32 { return ports.clockTicks(); }
