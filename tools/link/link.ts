/**
 * The host's side of the conversation in wire.ts: asks, waits, asks again. Hello begins a session, and what is asked after it
 * counts in that session alone (a board that knows version 1 of the packets has none). One request is under way at a time; it is
 * repeated with the same sequence number when its time runs out, when the board complains, or when the reply arrives
 * damaged. What is not a packet is text and goes to the listener; the last lines are kept for the obituary of a board
 * that stops answering.
 */
import { WIRE_DATA_MAX, WIRE_PAYLOAD_MAX, WIRE_VERSION, WireType } from "../../firmware/link/wire";
import { ExitCode, Failure } from "../failure";
import type { ByteStream } from "./byte-stream";
import { refusal } from "./refusals";
import { WireEnd, type Packet } from "./wire-end";

export interface LinkOptions {
  /** How long one try waits for its reply. Long, because a repeated request makes counters differ from run to run. */
  timeoutMs: number;
  /** Tries before the board counts as dead. */
  tries: number;
  /** How long a request may take in all while the board says that it is at work on it. */
  workMs: number;
  clock: LinkClock;
}

/** Time as the link sees it; a test brings its own. */
export interface LinkClock {
  /** Milliseconds since some moment. */
  now(): number;
  /** Calls `run` once, in `ms`. Returns how to have it not called. */
  after(ms: number, run: () => void): () => void;
}

const SYSTEM_CLOCK: LinkClock = {
  now: () => Date.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/** Tries of a request whose patience a person has chosen. */
const TRIES = 5;

/** The patience of `--timeout SECONDS`: so long a board may be silent, and so long it may be at work. */
export function patienceOf(seconds: number): Partial<LinkOptions> {
  return { timeoutMs: 1000 * seconds / TRIES, tries: TRIES, workMs: 1000 * seconds };
}

export interface LinkCounters {
  /** Requests sent, repetitions included. */
  packets: number;
  /** Requests that were sent again. */
  retries: number;
  /** Packets that arrived damaged, at either end. */
  damaged: number;
  /** Tries that ended without any answer. */
  timeouts: number;
  /** How often the board said that it is at work. */
  busy: number;
}

/** What Hello tells. */
export interface Greeting {
  board: string;
  version: string;
  pageBytes: number;
  areaBytesMax: number;
}

export interface Answer {
  /** 0, or 1 when the script threw. */
  status: number;
  text: string;
}

const DEFAULTS: LinkOptions = { timeoutMs: 5000, tries: TRIES, workMs: 600_000, clock: SYSTEM_CLOCK };
const LAST_LINES = 12;
const STATUS_BYTES = 4;
/** Sequence numbers go from 1 to this; Busy with none of them tells of work that no packet asked for. */
const SEQUENCE_MAX = 255;
const NO_REQUEST = 0;
/** The version before sessions: such a board is spoken to without one. */
const OLDEST_VERSION = 1;

/** A request that waits: what to do when its reply comes, when something was damaged, and when the line is gone. */
interface Waiting {
  type: number;
  sequence: number;
  reply(packet: Packet): void;
  repeat(): void;
  /** The board is at work on it, or on something else while it waits unread. */
  busy(isOnIt: boolean): void;
  gone(): void;
}

export class Link {
  readonly counters: LinkCounters = { packets: 0, retries: 0, damaged: 0, timeouts: 0, busy: 0 };
  private readonly end = new WireEnd();
  private options: LinkOptions;
  private sequence = 0;
  private waiting: Waiting | undefined;
  private lineEnded: string | undefined;
  private heard = "";
  private textListener: (bytes: Uint8Array) => void = () => undefined;
  private lineListener: (bytes: Uint8Array) => void = () => undefined;
  private goneListener: (why: string) => void = () => undefined;
  private readonly decoder = new TextDecoder();

  constructor(private readonly stream: ByteStream, options: Partial<LinkOptions> = {}) {
    this.options = { ...DEFAULTS, ...options };
    stream.onBytes((bytes) => {
      this.end.push(bytes, {
        packet: (packet) => this.takePacket(packet),
        text: (text) => this.takeText(text),
        damaged: () => this.takeDamage(),
      });
      this.lineListener(bytes);
    });
    stream.onEnd((why) => {
      this.lineEnded = why;
      this.waiting?.gone();
      this.goneListener(why);
    });
  }

  /** Changes how long and how often requests are tried from now on. */
  setPatience(options: Partial<LinkOptions>): void { this.options = { ...this.options, ...options }; }

  /** Text from the board, as it comes. One listener. */
  onText(listener: (bytes: Uint8Array) => void): void { this.textListener = listener; }

  /** All bytes from the board as they come, flow control and packets included. One listener. */
  onLine(listener: (bytes: Uint8Array) => void): void { this.lineListener = listener; }

  /** The end of the line, with its reason, if it comes from now on. One listener. */
  onGone(listener: (why: string) => void): void { this.goneListener = listener; }

  /** Sends keys, as a person would. */
  type(keys: string | Uint8Array): void { this.stream.write(typeof keys === "string" ? Buffer.from(keys) : keys); }

  /** The last lines of text the board printed, oldest first. */
  lastLines(): string[] {
    return this.heard.split(/\r?\n/).map((line) => line.trimEnd()).filter((line) => line !== "").slice(-LAST_LINES);
  }

  /** All the text that came so far (its last 64 KB). */
  get textSoFar(): string { return this.heard; }

  /** Why the line ended, if it did. */
  get endedBecause(): string | undefined { return this.lineEnded; }

  /** Begins a session. What the session before had sent does not count in it, should it come again. */
  async hello(): Promise<Greeting> {
    const reply = await this.ask(WireType.Hello, "Hello", u16(WIRE_VERSION));
    const version = reply.getUint16(0, true);
    if (version < OLDEST_VERSION || version > WIRE_VERSION) {
      throw new Failure(ExitCode.Failed, `the board speaks version ${version} of the packet format and this tool speaks ${WIRE_VERSION}: build and flash the board's image again`);
    }
    this.end.begin(version === OLDEST_VERSION ? 0 : reply.getInt32(12, true));
    const [board = "", firmware = ""] = text(reply, version === OLDEST_VERSION ? 12 : 16).split("\0");
    return { board, version: firmware, pageBytes: reply.getUint32(4, true), areaBytesMax: reply.getUint32(8, true) };
  }

  /** Opens the area `name` (1..24 bytes of UTF-8) with room for `bytes`; returns its handle. */
  async open(name: string, bytes: number): Promise<number> {
    return this.askStatus(WireType.Open, `Open of ${bytes} bytes`, join(u32(bytes), Buffer.from(name)));
  }

  /** Opens the durable area `name`, of `bytes`; it holds what was last synced. Returns its handle. */
  async openDurable(name: string, bytes: number): Promise<number> {
    return this.askStatus(WireType.OpenDurable, `Open of ${bytes} durable bytes`, join(u32(bytes), Buffer.from(name)));
  }

  /** Syncs a durable area; when this returns, what was written to it survives. */
  async sync(handle: number): Promise<void> { await this.askStatus(WireType.Sync, "Sync", u16(handle)); }

  async close(handle: number): Promise<void> { await this.askStatus(WireType.Close, "Close", u16(handle)); }

  /** Writes up to WIRE_DATA_MAX bytes that lie inside one page. */
  async write(handle: number, offset: number, data: Uint8Array): Promise<void> {
    const written = await this.askStatus(WireType.Write, `Write at ${offset}`, join(u16(handle), u16(0), u32(offset), data));
    if (written !== data.length) throw new Failure(ExitCode.Failed, `the board wrote ${written} of ${data.length} bytes at offset ${offset}: its area is smaller than it said`);
  }

  /** Reads `length` (1..WIRE_DATA_MAX) bytes that lie inside one page. */
  async read(handle: number, offset: number, length: number): Promise<Uint8Array> {
    const reply = await this.ask(WireType.Read, `Read at ${offset}`, join(u16(handle), u16(length), u32(offset)));
    return new Uint8Array(reply.buffer, reply.byteOffset, reply.byteLength);
  }

  /** Reads `length` (1..WIRE_DATA_MAX) bytes of the board's arena from `offset`. */
  async dump(offset: number, length: number): Promise<Uint8Array> {
    const reply = await this.ask(WireType.Dump, `Dump at ${offset}`, join(u32(offset), u16(length), u16(0)));
    if (reply.byteLength !== length) throw new Failure(ExitCode.Failed, `the board sent ${reply.byteLength} of ${length} bytes of its arena at offset ${offset}`);
    return tail(reply, 0);
  }

  /** Runs a line as typed at the console and returns all it printed. */
  async run(line: string): Promise<Answer> {
    const command = Buffer.from(line);
    if (command.length > WIRE_PAYLOAD_MAX) throw new Failure(ExitCode.Failed, `a line to run has at most ${WIRE_PAYLOAD_MAX} bytes, this one has ${command.length}`);
    const name = `Run of "${line.slice(0, 40)}"`;
    const { status, rest } = await this.request(WireType.Run, name, command);
    const total = rest.getUint32(0, true);
    const parts = [tail(rest, 4)];
    for (let have = parts[0].length; have < total;) {
      const part = tail(await this.ask(WireType.More, name, u32(have)), 4);
      if (part.length === 0) throw new Failure(ExitCode.Failed, `the board promised ${total} bytes of text and sent ${have}`);
      parts.push(part);
      have += part.length;
    }
    return { status, text: Buffer.concat(parts).toString() };
  }

  /** Asks and returns what follows the status. */
  private async ask(type: number, name: string, payload: Uint8Array): Promise<DataView> {
    return (await this.request(type, name, payload)).rest;
  }

  private async askStatus(type: number, name: string, payload: Uint8Array): Promise<number> {
    return (await this.request(type, name, payload)).status;
  }

  private async request(type: number, name: string, payload: Uint8Array): Promise<{ status: number; rest: DataView }> {
    const packet = await this.converse(type, name, payload);
    const view = new DataView(packet.payload.buffer, packet.payload.byteOffset, packet.payload.byteLength);
    if (view.byteLength < STATUS_BYTES) throw new Failure(ExitCode.Failed, `the board's reply to ${name} has no status: its firmware does not fit this tool`);
    const status = view.getInt32(0, true);
    if (status < 0) throw new Failure(ExitCode.Failed, `the board refused ${name}: ${refusal(status)}`);
    return { status, rest: new DataView(view.buffer, view.byteOffset + STATUS_BYTES, view.byteLength - STATUS_BYTES) };
  }

  /** Sends a request until its reply comes or the tries are used up. */
  private converse(type: number, name: string, payload: Uint8Array): Promise<Packet> {
    if (this.waiting) throw new Error("a request is already under way");
    const sequence = this.sequence = this.sequence % SEQUENCE_MAX + 1;
    const line = this.end.encode(type, sequence, payload);
    let tries = 0;
    const damagedBefore = this.counters.damaged;
    const { clock, workMs } = this.options;
    const start = clock.now();
    let lastBusy: number | undefined;
    let forget = (): void => undefined;
    return new Promise<Packet>((resolve, reject) => {
      const stop = (): void => { forget(); this.waiting = undefined; };
      const wait = (): void => { forget = clock.after(this.options.timeoutMs, () => { this.counters.timeouts++; attempt(); }); };
      const busy = (isOnIt: boolean): void => {
        forget();
        lastBusy = clock.now();
        // It is alive: what was tried before does not count.
        tries = 1;
        if (lastBusy - start < workMs) return wait();
        stop();
        const work = isOnIt ? `on ${name} since ${workMs / 1000} s` : `on something else since ${workMs / 1000} s and has not taken ${name}`;
        reject(new Failure(ExitCode.TimedOut, `the board is at work ${work}: give it longer with --timeout, or stop it with Ctrl-C at its console`, this.lastLines()));
      };
      const attempt = (): void => {
        forget();
        if (this.lineEnded !== undefined || tries === this.options.tries) { stop(); reject(this.dead(name, this.counters.damaged - damagedBefore, lastBusy)); return; }
        if (tries++ > 0) this.counters.retries++;
        this.counters.packets++;
        wait();
        this.stream.write(line);
      };
      this.waiting = { type, sequence, repeat: attempt, busy, gone: attempt, reply: (packet) => { stop(); resolve(packet); } };
      attempt();
    });
  }

  /** `damaged`: so many of the tries arrived, and not as a packet that counts. `lastBusy`: when the board said that it is at work. */
  private dead(name: string, damaged: number, lastBusy: number | undefined): Failure {
    if (this.lineEnded !== undefined) return new Failure(ExitCode.Failed, `${this.lineEnded} while ${name} was under way`, this.lastLines());
    const { tries, timeoutMs } = this.options;
    if (damaged >= tries) {
      return new Failure(ExitCode.Failed, `the board took ${name} for damaged ${damaged} times: either it has started anew or another program has begun a session with it, so run the command again; or the line is bad`, this.lastLines());
    }
    const heard = lastBusy === undefined ? "" : ` since it said, ${Math.round((this.options.clock.now() - lastBusy) / 1000)} s ago, that it was at work`;
    return new Failure(ExitCode.TimedOut, `the board did not answer ${name} in ${tries} tries of ${timeoutMs / 1000} s${heard}: reset it and look at the last lines it printed`, this.lastLines());
  }

  private takePacket(packet: Packet): void {
    if (packet.type === WireType.Damaged) { this.takeDamage(); return; }
    const { waiting } = this;
    if (packet.type === WireType.Busy) {
      this.counters.busy++;
      this.takeBusy(packet.sequence);
      return;
    }
    if (waiting && packet.type === (waiting.type | WireType.Reply) && packet.sequence === waiting.sequence) waiting.reply(packet);
  }

  /** A Hello may also meet the Run of a tool that is gone. */
  private takeBusy(sequence: number): void {
    const { waiting } = this;
    if (!waiting) return;
    const isHello = waiting.type === WireType.Hello;
    if (isHello || sequence === NO_REQUEST || sequence === waiting.sequence) waiting.busy(!isHello && sequence !== NO_REQUEST);
  }

  private takeDamage(): void {
    this.counters.damaged++;
    this.waiting?.repeat();
  }

  private takeText(bytes: Uint8Array): void {
    this.heard = (this.heard + this.decoder.decode(bytes, { stream: true })).slice(-65536);
    this.textListener(bytes);
  }
}

/** Largest piece of a page of `pageBytes` that one packet carries. */
export function pieceBytes(pageBytes: number): number { return Math.min(pageBytes, WIRE_DATA_MAX); }

function u16(value: number): Uint8Array { return Uint8Array.of(value & 255, value >> 8 & 255); }
function u32(value: number): Uint8Array { return Uint8Array.of(value & 255, value >> 8 & 255, value >> 16 & 255, value >>> 24); }
function join(...parts: Uint8Array[]): Uint8Array { return Buffer.concat(parts); }
function tail(view: DataView, from: number): Uint8Array { return new Uint8Array(view.buffer, view.byteOffset + from, view.byteLength - from); }
function text(view: DataView, from: number): string { return Buffer.from(tail(view, from)).toString(); }
