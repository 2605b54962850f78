/**
 * Packets on the serial line. One line carries two things: text for a person, and packets for the host tools. Text is
 * whatever is not a packet; a packet stands between two bytes that never occur in UTF-8 text:
 *
 *     C0  type  sequence  length(2)  payload(0..1040)  crc32(4)  C1
 *
 * Between C0 and C1 the eight bytes C0 C1 DB 03 04 0D 11 13 never appear as themselves: each is sent as DB and then the
 * byte xor 20. Therefore:
 *
 * W1 A raw 03 (Ctrl-C), 04 (Ctrl-D) or 0D (Enter) ends a packet that was begun and is text again: a person who strikes
 *    Enter or Ctrl-C always gets the prompt back, and an interrupt handler may take every raw 03 for Ctrl-C.
 * W2 A raw C0 begins a new packet whatever came before: one lost C1 costs one packet, and C0 may be repeated at will.
 * W3 A packet is handed over only if its length field and its CRC-32 (over type .. payload) both agree.
 * W4 11 and 13 (XON, XOFF) are dropped, in packets and between them: they are neither text nor keys, but what the board says
 *    to whoever sends too fast (hal/devices/serial.c).
 * W5 A packet counts only in the session it was made in: Hello's answer tells a number, and every later packet's CRC-32 begins with
 *    it. One that is sent again after a new Hello arrives damaged. Hello itself, Busy and Damaged begin with 0, and so does all
 *    else before the first Hello, or after a Hello of version 1.
 *
 * The exchange is stop-and-wait. The host asks, the board answers with the same sequence number and the type + 80; a
 * host that hears nothing, or hears Damaged, asks again with the same number. Reading and writing twice is harmless;
 * a repeated Run is answered from the text that was kept. That is all the flow control there is: the host never has
 * more than one packet under way. The alternative, a sliding window, would be faster on a slow line and would cost the
 * board a buffer per packet; a board with 64 KB keeps that kilobyte as a pageframe.
 *
 * The module is byte-push and keeps everything in one region of the arena, so both ends and both builds share it.
 */
import { read8, write8, read16, write16, read32, write32, read32u } from "../core/memory";
import { serialPut } from "../core/ports";
import { crc32 } from "../core/swap/crc32";

/** What both ends speak; Hello carries it. */
export const WIRE_VERSION: i32 = 2;

/** Bytes that mean something on the line. */
export const enum WireByte {
  CtrlC = 0x03,
  CtrlD = 0x04,
  Enter = 0x0d,
  Xon = 0x11,
  Xoff = 0x13,
  Start = 0xc0,
  End = 0xc1,
  Escape = 0xdb,
  /** An escaped byte is xored with this. */
  Flip = 0x20,
}

/**
 * Packet types. Numbers are little-endian. A reply's payload begins with a 32-bit status: 0 or a positive result, or a
 * negative Err; the rest follows only when the status is not negative.
 */
export const enum WireType {
  /**
   * Begins a session; the board forgets the text kept for Run. Request: version u16.
   * Reply: status, version u16, largest payload u16, page bytes u32, largest area bytes u32, number of the session u32 (not in
   * version 1), then name of the board, a zero byte, version of the firmware.
   */
  Hello = 0x01,
  /** Opens a byte area, or finds the one of that name. Request: bytes u32, name (1..24 bytes). Reply: status = handle. */
  Open = 0x02,
  /** Closes an area and frees what it holds. Request: handle u16. Reply: status. */
  Close = 0x03,
  /** Request: handle u16, zero u16, offset u32, data (1..1024 bytes, inside one page). Reply: status = bytes written. */
  Write = 0x04,
  /** Request: handle u16, length u16 (1..1024), offset u32; inside one page. Reply: status = bytes read, data. */
  Read = 0x05,
  /** Runs a line as typed at the console. Request: text. Reply: status (0, or 1: it threw), length of all text u32, its first part. */
  Run = 0x06,
  /** A further part of the last Run's text. Request: offset u32. Reply: status, length of all text u32, that part. */
  More = 0x07,
  /** Bytes of the arena, as they lie there. Request: offset u32, length u16 (1..1024), zero u16. Reply: status = bytes read, data. */
  Dump = 0x08,
  /** Opens a durable area, or makes it. Request: bytes u32, name (1..24 bytes). Reply: status = handle. */
  OpenDurable = 0x09,
  /** Syncs a durable area. Request: handle u16, 0xffff for all. Reply: status. */
  Sync = 0x0a,
  /** Reply type = request type + this. */
  Reply = 0x80,
  /**
   * The board is at work on the Run of this sequence number: once a second while a script runs. Sequence 0: it is at work on something
   * that no packet asked for, and a packet waits unread. No payload.
   */
  Busy = 0xfe,
  /** The board's answer to a damaged packet: please repeat. Sequence 0, no payload. */
  Damaged = 0xff,
}

/** What a pushed byte turned out to be. */
export const enum WireEvent {
  /** Part of a packet; nothing to do. */
  None = 0,
  /** The byte is text. */
  Text = 1,
  /** It completed a packet; the accessors describe it until the next C0. */
  Packet = 2,
  /** It completed a packet that is damaged. A board answers with Damaged. */
  Damaged = 3,
}

/** Bytes of a payload at most: a page of 1024 and the fields before it. */
export const WIRE_PAYLOAD_MAX: i32 = 1040;
/** Data bytes that one Read or Write carries at most. */
export const WIRE_DATA_MAX: i32 = 1024;
/** Bytes of the state region given to wireOpen(). */
export const WIRE_STATE_BYTES: i32 = 1080;

/** State region, offsets from its start. Out: a packet's header and status while they are sent. */
const enum At {
  Mode = 0,
  Length = 4,
  Packets = 8,
  Damaged = 12,
  Aborted = 16,
  Out = 20,
  /** What the CRC of the session's packets begins with. */
  Session = 28,
  Body = 32,
}

/** Bytes before the payload, and of the CRC after it. */
const HEADER_BYTES: i32 = 4;
const CRC_BYTES: i32 = 4;
const BODY_MAX: i32 = 1048;

const enum Mode {
  Text,
  Packet,
  /** The last byte was Escape. */
  Escaped,
  /** Longer than any packet: dropped until it ends. */
  TooLong,
}

/** Where the state region lies; the rest of the state is in it. */
let wireBase: i32 = 0;

/** Starts with an empty line. `base` is a multiple of 4 with WIRE_STATE_BYTES behind it. */
export function wireOpen(base: i32): void {
  wireBase = base;
  for (let at: i32 = 0; at < At.Body; at += 4) write32(base + at, 0);
}

/** 1: no packet is half received; 0: the region of its body is in use. */
export function wireIsIdle(): i32 { return read32(wireBase + At.Mode) == Mode.Text ? 1 : 0; }

/** Goes on with the state region at `base`, which wireOpen() prepared earlier. */
export function wireAttach(base: i32): void { wireBase = base; }

/** From now on packets are those of this session (W5); 0: of none. */
export function wireBegin(session: i32): void { write32(wireBase + At.Session, session); }

/** What the CRC of a packet of this type begins with. */
function seedOf(type: i32): i32 {
  const isForAll: boolean = (type & 0x7f) == WireType.Hello || type >= WireType.Busy;
  return isForAll ? 0 : read32(wireBase + At.Session);
}

/** Type of the completed packet. */
export function wireType(): i32 { return read8(wireBase + At.Body); }
/** Its sequence number, 0..255. */
export function wireSequence(): i32 { return read8(wireBase + At.Body + 1); }
/** Bytes of its payload, 0..WIRE_PAYLOAD_MAX. */
export function wireLength(): i32 { return read16(wireBase + At.Body + 2); }
/** Where its payload lies: a multiple of 4. A reply may be built there, in WIRE_PAYLOAD_MAX bytes. */
export function wirePayload(): i32 { return wireBase + At.Body + HEADER_BYTES; }

/** Intact packets so far. */
export function wirePackets(): i32 { return read32(wireBase + At.Packets); }
/** Packets so far that arrived damaged. */
export function wireDamaged(): i32 { return read32(wireBase + At.Damaged); }
/** Packets so far that were begun and broken off by Enter, Ctrl-C, Ctrl-D or the start of another. */
export function wireAborted(): i32 { return read32(wireBase + At.Aborted); }

function count(at: i32): void { write32(wireBase + at, read32(wireBase + at) + 1); }
function setMode(mode: Mode): void { write32(wireBase + At.Mode, mode); }

/** Takes the next byte from the line (0..255) and says what it is. About 40 instructions; 30 a byte more at a packet's end. */
export function wirePush(byte: i32): i32 {
  const mode: i32 = read32(wireBase + At.Mode);
  if (byte == WireByte.Start) return begin(mode);
  if (byte == WireByte.Xon || byte == WireByte.Xoff) return WireEvent.None;
  if (mode == Mode.Text) return WireEvent.Text;
  if (byte == WireByte.End) return complete(mode);
  if (byte == WireByte.CtrlC || byte == WireByte.CtrlD || byte == WireByte.Enter) return breakOff();
  return mode == Mode.TooLong ? WireEvent.None : append(mode, byte);
}

/** C0: whatever was under way is lost (W2); after another C0 that is nothing. */
function begin(mode: i32): i32 {
  if (mode != Mode.Text && (mode != Mode.Packet || read32(wireBase + At.Length) > 0)) count(At.Aborted);
  setMode(Mode.Packet);
  write32(wireBase + At.Length, 0);
  return WireEvent.None;
}

/** A key of a person inside a packet: the packet is lost and the key counts (W1). */
function breakOff(): i32 {
  count(At.Aborted);
  setMode(Mode.Text);
  return WireEvent.Text;
}

function append(mode: i32, byte: i32): i32 {
  if (byte == WireByte.Escape) {
    setMode(mode == Mode.Escaped ? Mode.TooLong : Mode.Escaped);
    return WireEvent.None;
  }
  const length: i32 = read32(wireBase + At.Length);
  if (length == BODY_MAX) {
    setMode(Mode.TooLong);
    return WireEvent.None;
  }
  write8(wireBase + At.Body + length, mode == Mode.Escaped ? byte ^ WireByte.Flip : byte);
  write32(wireBase + At.Length, length + 1);
  setMode(Mode.Packet);
  return WireEvent.None;
}

/** C1: hands the packet over, if it is one (W3). */
function complete(mode: i32): i32 {
  setMode(Mode.Text);
  const intact: boolean = mode == Mode.Packet && agrees(read32(wireBase + At.Length));
  count(intact ? At.Packets : At.Damaged);
  return intact ? WireEvent.Packet : WireEvent.Damaged;
}

/** Do the length field and the CRC agree with the `length` bytes of body received? */
function agrees(length: i32): boolean {
  const body: i32 = wireBase + At.Body;
  if (length < HEADER_BYTES + CRC_BYTES) return false;
  const covered: i32 = length - CRC_BYTES;
  if (read16(body + 2) != covered - HEADER_BYTES) return false;
  return crc32(body, covered, seedOf(read8(body))) == read32u(body + covered);
}

/** Sends a packet whose payload is `length` bytes (0..WIRE_PAYLOAD_MAX) at offset `from`. Waits for the line. */
export function wireSend(type: i32, sequence: i32, from: i32, length: i32): void {
  putHeader(type, sequence, length);
  putRest(HEADER_BYTES, from, length);
}

/** As wireSend(), with `status` before the `length` bytes (0..WIRE_PAYLOAD_MAX - 4) at `from`. Type: the request's. */
export function wireReply(type: i32, sequence: i32, status: i32, from: i32, length: i32): void {
  putHeader(type | WireType.Reply, sequence, length + 4);
  write32(wireBase + At.Out + HEADER_BYTES, status);
  putRest(HEADER_BYTES + 4, from, length);
}

/** Tells that the board is at work on the packet `sequence`; 0: on something else, and what was asked waits. */
export function wireBusy(sequence: i32): void { wireSend(WireType.Busy, sequence, 0, 0); }

/** Asks the other end to repeat what arrived damaged. */
export function wireComplain(): void { wireSend(WireType.Damaged, 0, 0, 0); }

function putHeader(type: i32, sequence: i32, length: i32): void {
  write8(wireBase + At.Out, type);
  write8(wireBase + At.Out + 1, sequence);
  write16(wireBase + At.Out + 2, length);
}

/** Sends the first `outBytes` prepared in Out, then the payload, then the CRC of both. */
function putRest(outBytes: i32, from: i32, length: i32): void {
  const out: i32 = wireBase + At.Out;
  const crc: i32 = crc32(from, length, crc32(out, outBytes, seedOf(read8(out))));
  serialPut(WireByte.Start);
  putRange(out, outBytes);
  putRange(from, length);
  for (let shift: i32 = 0; shift < 32; shift += 8) putByte(crc >> shift & 255);
  serialPut(WireByte.End);
}

function putRange(from: i32, length: i32): void {
  for (let i: i32 = 0; i < length; i++) putByte(read8(from + i));
}

/** One byte of a packet, escaped where it must be. */
function putByte(byte: i32): void {
  if (isSpecial(byte)) {
    serialPut(WireByte.Escape);
    serialPut(byte ^ WireByte.Flip);
  } else {
    serialPut(byte);
  }
}

function isSpecial(byte: i32): boolean {
  if (byte == WireByte.Start || byte == WireByte.End || byte == WireByte.Escape) return true;
  return byte == WireByte.CtrlC || byte == WireByte.CtrlD || byte == WireByte.Enter || byte == WireByte.Xon || byte == WireByte.Xoff;
}
