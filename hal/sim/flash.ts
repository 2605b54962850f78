/**
 * The Flash contract over a serial NOR chip: the driver, written against the bus and nothing else. The same steps are
 * in C in each board's folder; this one runs against the simulated chip, which throws when a step is wrong.
 *
 *   program   for each page of the range:  06, check WEL, 02 + address + data, poll 05 until not BUSY
 *   erase     06, check WEL, the part's smallest erase command + address, poll 05 until not BUSY
 *
 * A poll that outlasts the part's maximum twice over ends in a reset (66 99) and FlashResult.Failed: a chip that hangs
 * costs time, never the board. With `verify` on, what was programmed or erased is read back once, and a difference is
 * Failed too; it costs the bytes over the bus again and finds the sectors that fail in silence.
 */
import { Flash, FlashGeometry, FlashResult, isInside, isProgrammable, isSectorStart } from "../flash";
import { ChipOptions, NorChip, Opcode, Status } from "./nor-chip";
import { NorPart, PARTS, PartName, partNamed } from "./parts";

/** What the driver needs of a board: chip select, a byte each way, and time. */
export interface SpiBus {
  select(): void;
  exchange(byte: number): number;
  deselect(): void;
  waitMicros(micros: number): void;
}

/** The driver waits this share of the typical time between two polls, so that a slow erase is not a million polls. */
const POLLS_PER_TYPICAL = 16;

export class NorFlash implements Flash {
  readonly geometry: FlashGeometry;
  readonly name: string;
  private readonly part: NorPart;

  /** Asks the chip who it is; throws one sentence when nobody or a stranger answers. */
  constructor(private readonly bus: SpiBus, private readonly verify = false) {
    const id = this.readId(3);
    const part = (Object.values(PARTS) as NorPart[]).find((known) => known.jedec.slice(0, 3).every((byte, i) => byte === id[i]));
    if (part === undefined) throw new Error(`No known flash chip answers on the bus: expected a JEDEC id of the parts table, got ${hexes(id)}.`);
    this.part = part;
    this.name = `${part.name} (JEDEC ${hexes(id)})`;
    this.geometry = {
      sizeBytes: part.sizeBytes, sectorBytes: part.erases[0].bytes, programBytes: part.pageBytes,
      granuleBytes: 1, programsPerGranule: 0, enduranceErases: part.enduranceErases,
    };
  }

  read(address: number, into: Uint8Array): FlashResult {
    if (!isInside(this.geometry, address, into.length)) return FlashResult.Invalid;
    if (into.length === 0) return FlashResult.Ok;
    this.begin(Opcode.Read, address);
    for (let i = 0; i < into.length; i++) into[i] = this.bus.exchange(0);
    this.bus.deselect();
    return FlashResult.Ok;
  }

  program(address: number, from: Uint8Array): FlashResult {
    if (!isProgrammable(this.geometry, address, from.length)) return FlashResult.Invalid;
    for (let done = 0; done < from.length;) {
      const room = this.part.pageBytes - (address + done) % this.part.pageBytes;
      const piece = from.subarray(done, done + room);
      const result = this.programPage(address + done, piece);
      if (result !== FlashResult.Ok) return result;
      done += piece.length;
    }
    return FlashResult.Ok;
  }

  erase(address: number): FlashResult {
    if (!isSectorStart(this.geometry, address)) return FlashResult.Invalid;
    const command = this.part.erases[0];
    if (!this.enableWrite()) return FlashResult.Failed;
    this.begin(command.opcode, address);
    this.bus.deselect();
    const result = this.waitDone(command.typicalMicros, command.maximumMicros);
    if (result !== FlashResult.Ok || !this.verify) return result;
    return this.holds(address, command.bytes, undefined) ? FlashResult.Ok : FlashResult.Failed;
  }

  private programPage(address: number, data: Uint8Array): FlashResult {
    if (!this.enableWrite()) return FlashResult.Failed;
    this.begin(Opcode.Program, address);
    for (let i = 0; i < data.length; i++) this.bus.exchange(data[i]);
    this.bus.deselect();
    const result = this.waitDone(this.part.programTypicalMicros, this.part.programMaximumMicros);
    if (result !== FlashResult.Ok || !this.verify) return result;
    return this.holds(address, data.length, data) ? FlashResult.Ok : FlashResult.Failed;
  }

  /** Are the cells as expected: equal to `data`, or FF when there is none? */
  private holds(address: number, lengthBytes: number, data: Uint8Array | undefined): boolean {
    let same = true;
    this.begin(Opcode.Read, address);
    for (let i = 0; i < lengthBytes; i++) same = this.bus.exchange(0) === (data === undefined ? 0xff : data[i]) && same;
    this.bus.deselect();
    return same;
  }

  /** Sets WEL and looks whether it is set: a chip that does not take it is absent, protected or broken. */
  private enableWrite(): boolean {
    this.plain(Opcode.WriteEnable);
    return (this.status() & Status.WriteEnabled) !== 0;
  }

  private waitDone(typicalMicros: number, maximumMicros: number): FlashResult {
    const step = typicalMicros / POLLS_PER_TYPICAL;
    for (let waited = 0; waited <= 2 * maximumMicros; waited += step) {
      if ((this.status() & Status.Busy) === 0) return FlashResult.Ok;
      this.bus.waitMicros(step);
    }
    this.plain(Opcode.ResetEnable);
    this.plain(Opcode.Reset);
    return FlashResult.Failed;
  }

  private status(): number {
    this.bus.select();
    this.bus.exchange(Opcode.ReadStatus);
    const status = this.bus.exchange(0);
    this.bus.deselect();
    return status;
  }

  private readId(lengthBytes: number): number[] {
    this.bus.select();
    this.bus.exchange(Opcode.ReadId);
    const id = Array.from({ length: lengthBytes }, () => this.bus.exchange(0));
    this.bus.deselect();
    return id;
  }

  private plain(opcode: number): void {
    this.bus.select();
    this.bus.exchange(opcode);
    this.bus.deselect();
  }

  /** Opcode and address; data may follow until deselect. */
  private begin(opcode: number, address: number): void {
    this.bus.select();
    this.bus.exchange(opcode);
    this.bus.exchange(address >>> 16 & 0xff);
    this.bus.exchange(address >>> 8 & 0xff);
    this.bus.exchange(address & 0xff);
  }
}

/** A simulated chip of the named part and the driver on top of it. */
export interface SimFlash {
  readonly chip: NorChip;
  readonly flash: NorFlash;
}

export function openSimFlash(part: PartName | string, options: ChipOptions = {}, verify = false): SimFlash {
  const chip = new NorChip(partNamed(part), options);
  return { chip, flash: new NorFlash(chip, verify) };
}

function hexes(bytes: number[]): string {
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
