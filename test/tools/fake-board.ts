/**
 * A board of sixty lines at the other end of a line: it answers every packet of wire.ts as FORMAT.md says, keeps areas
 * as plain arrays, and prints text between its replies. What the link and the feeder are tested against without QEMU.
 */
import { WireType } from "../../firmware/link/wire";
import type { ByteStream } from "../../tools/link/byte-stream";
import { WireEnd, type Packet } from "../../tools/link/wire-end";

const TEXT_PART = 100;

export class FakeBoard implements ByteStream {
  /** While true it hears and says nothing. */
  dead = false;
  /** How often a Run was carried out. */
  runs = 0;
  /** What a Run prints. */
  answer = (line: string): string => `you said ${line}\n`;
  readonly areas: Uint8Array[] = [];
  /** What a Dump reads. */
  arena = new Uint8Array(0);
  /** The version of the packets that it speaks. */
  version = 2;
  /** The sessions that were begun. */
  sessions = 0;
  /** Text a person typed. */
  typed = "";
  private readonly end = new WireEnd();
  private kept = { sequence: -1, text: Buffer.alloc(0) };
  private listener: (bytes: Uint8Array) => void = () => undefined;
  private ending: (why: string) => void = () => undefined;

  constructor(private readonly pageBytes = 1024, private readonly areaBytesMax = 1 << 20) {}

  onBytes(listener: (bytes: Uint8Array) => void): void { this.listener = listener; }
  onEnd(listener: (why: string) => void): void { this.ending = listener; }

  write(bytes: Uint8Array): void {
    setImmediate(() => this.end.push(bytes, {
      packet: (packet) => { if (!this.dead) this.handle(packet); },
      text: (text) => { this.typed += Buffer.from(text).toString(); },
      damaged: () => { if (!this.dead) this.send(WireType.Damaged, 0, new Uint8Array(0)); },
    }));
  }

  print(text: string): void { setImmediate(() => this.listener(Buffer.from(text))); }
  unplug(why: string): void { this.ending(why); }

  private send(type: number, sequence: number, payload: Uint8Array): void {
    const bytes = this.end.encode(type, sequence, payload);
    setImmediate(() => this.listener(bytes));
  }

  private handle({ type, sequence, payload }: Packet): void {
    const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
    const reply = (status: number, rest: Uint8Array = new Uint8Array(0)): void => {
      this.send(type | WireType.Reply, sequence, Buffer.concat([int32(status), rest]));
    };
    if (type === WireType.Hello) {
      this.kept.sequence = -1;
      const session = this.version === 1 ? [] : int32(0x1000_0001 * ++this.sessions | 0);
      const numbers = [this.version, 0, 0x10, 0x04, ...int32(this.pageBytes), ...int32(this.areaBytesMax), ...session];
      this.end.begin(session.length > 0 ? Buffer.from(session).readInt32LE() : 0);
      reply(0, Buffer.concat([Uint8Array.from(numbers), Buffer.from("fake\0" + "0.1")]));
    } else if (type === WireType.Open) {
      reply(this.areas.push(new Uint8Array(view.getUint32(0, true))) - 1);
    } else if (type === WireType.Close) {
      reply(0);
    } else if (type === WireType.Write) {
      this.writeArea(view, payload.subarray(8), reply);
    } else if (type === WireType.Read) {
      const from = view.getUint32(4, true);
      reply(view.getUint16(2, true), this.areas[view.getUint16(0, true)].slice(from, from + view.getUint16(2, true)));
    } else if (type === WireType.Dump) {
      const [from, length] = [view.getUint32(0, true), view.getUint16(4, true)];
      const sound = from + length <= this.arena.length;
      reply(sound ? length : -1, sound ? this.arena.slice(from, from + length) : undefined);
    } else if (type === WireType.Run) {
      this.run(sequence, Buffer.from(payload).toString());
      reply(0, this.part(0));
    } else if (type === WireType.More) {
      reply(0, this.part(view.getUint32(0, true)));
    }
  }

  private writeArea(view: DataView, data: Uint8Array, reply: (status: number) => void): void {
    const area = this.areas[view.getUint16(0, true)];
    const at = view.getUint32(4, true);
    if (area === undefined || at + data.length > area.length) { reply(-1); return; }
    area.set(data, at);
    reply(data.length);
  }

  private run(sequence: number, line: string): void {
    if (sequence === this.kept.sequence) return;
    this.runs++;
    this.kept = { sequence, text: Buffer.from(this.answer(line)) };
  }

  private part(from: number): Uint8Array {
    return Buffer.concat([int32(this.kept.text.length), this.kept.text.subarray(from, from + TEXT_PART)]);
  }
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}
