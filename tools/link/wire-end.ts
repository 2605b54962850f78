/**
 * The host's end of wire.ts. That module is written for a board: its state lies in an arena and it sends byte by byte
 * through a port. Here each end has a small arena of its own, which is put in place around every use, so that one
 * process can hold several lines; between uses nothing of it stays behind but a memory that the next user replaces.
 */
import { attachMemory } from "../../firmware/core/memory";
import { HEADER_BYTES } from "../../firmware/core/layout";
import { attachPorts } from "../../firmware/core/ports";
import {
  WIRE_PAYLOAD_MAX, WIRE_STATE_BYTES, WireByte, WireEvent, wireAttach, wireBegin, wireLength, wireOpen, wirePayload, wirePush, wireSend, wireSequence, wireType,
} from "../../firmware/link/wire";

export interface Packet {
  type: number;
  sequence: number;
  payload: Uint8Array;
}

export interface WireListener {
  packet(packet: Packet): void;
  text(bytes: Uint8Array): void;
  damaged(): void;
}

/**
 * A UART announces received bytes in groups, and what is less than a group only after a time-out, which in an emulator
 * can be long: a packet of whole groups is complete without it.
 */
const GROUP_BYTES = 8;
/** Where an end's state lies in its arena, behind the header that is the core's, and where the payload to send does. */
const STATE = HEADER_BYTES;
const OUTGOING = STATE + WIRE_STATE_BYTES;

export class WireEnd {
  private readonly memory = new ArrayBuffer(OUTGOING + WIRE_PAYLOAD_MAX);
  private readonly bytes = new Uint8Array(this.memory);
  private sent: number[] = [];

  constructor() {
    this.use();
    wireOpen(STATE);
  }

  /** From now on packets are made and taken as those of this session (Hello's answer tells it); 0: of none. */
  begin(session: number): void {
    this.use();
    wireBegin(session);
  }

  /** The bytes of a packet on the line, with its start repeated to fill whole groups. */
  encode(type: number, sequence: number, payload: Uint8Array): Uint8Array {
    this.use();
    this.sent = [];
    this.bytes.set(payload, OUTGOING);
    wireSend(type, sequence, OUTGOING, payload.length);
    const starts = new Array<number>(-this.sent.length & GROUP_BYTES - 1).fill(WireByte.Start);
    return Uint8Array.from([...starts, ...this.sent]);
  }

  /** Takes bytes from the line and tells the listener, in order, what they were. */
  push(chunk: Uint8Array, listener: WireListener): void {
    let text: number[] = [];
    const flush = (): void => {
      if (text.length > 0) listener.text(Uint8Array.from(text));
      text = [];
    };
    for (const byte of chunk) {
      this.use();
      const event = wirePush(byte);
      if (event === WireEvent.None) continue;
      if (event === WireEvent.Text) { text.push(byte); continue; }
      flush();
      if (event === WireEvent.Packet) listener.packet(this.completed()); else listener.damaged();
    }
    flush();
  }

  private completed(): Packet {
    const from = wirePayload();
    return { type: wireType(), sequence: wireSequence(), payload: this.bytes.slice(from, from + wireLength()) };
  }

  private use(): void {
    if (inUse === this) return;
    inUse = this;
    attachMemory(this.memory);
    wireAttach(STATE);
    attachPorts({
      serialPut: (byte) => { this.sent.push(byte); },
      flashRead: () => NO_FLASH, flashProgram: () => NO_FLASH, flashErase: () => NO_FLASH, clockTicks: () => 0,
    });
  }
}

/** Err.NoFlash. */
const NO_FLASH = -9;

let inUse: WireEnd | undefined;
