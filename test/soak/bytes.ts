/**
 * Areas and devices with their oracle: a row of bytes beside each. A device counts in sectors, and discards.
 *
 * Where the contract lets a refused write have written its first pages, the bytes are read back: up to some page's end they are
 * what was to be written, from there on what was there before. Then they are the oracle's.
 */
import type { Area, Device } from "../../firmware/api/zcache";
import type { Random } from "../../hal/sim/random";
import { Rule } from "./contract";
import { brief, someBytes } from "./data";
import { type Judge, REFUSED, Wrong } from "./judge";
import { Tracked } from "./tracked";

const SECTOR = 512;
/** A write of so many pages has room for all of them or is refused. */
const ALL_OR_NOTHING_PAGES = 3;
const BAD_OFFSETS: readonly unknown[] = [-1, 0.5, NaN, 1e20, "0", undefined];

/** What both have: bytes, and how a refused write is taken over. */
abstract class Row extends Tracked<Uint8Array> {
  protected content = new Uint8Array(this.bytes);

  take(content: Uint8Array | undefined): void { this.content = content?.slice() ?? new Uint8Array(this.bytes); }
  copyOut(): Uint8Array { return this.content.slice(); }

  protected abstract readAll(): Uint8Array;

  check(): void { this.compare(0, this.content, this.readAll()); }

  protected compare(from: number, expected: Uint8Array, got: Uint8Array): void {
    if (Buffer.compare(expected, got) === 0) return;
    const at = expected.findIndex((byte, i) => byte !== got[i]);
    throw new Wrong("wrong", `${this.title} has ${got[at]} at ${from + at} where ${expected[at]} was written (${got.length} of ${expected.length} bytes)`);
  }

  /** A range that is taken or refused; `write` makes the call. */
  protected put(call: string, words: string, from: number, bytes: Uint8Array, write: () => unknown): void {
    const end = this.judge.call(call, words, this, write, (rule) => {
      if (rule === Rule.FirstPages && this.pagesIn(from, bytes.length) > ALL_OR_NOTHING_PAGES || rule === Rule.FilledPages && bytes[0] !== 0) this.adopt(from, bytes);
    });
    if (end !== REFUSED) this.content.set(bytes, from);
  }

  private pagesIn(from: number, length: number): number { return Math.ceil((from + length) / this.pageBytes) - Math.floor(from / this.pageBytes); }

  /** Takes over the first pages of a write that was refused, if they are what they may be. */
  private adopt(from: number, bytes: Uint8Array): void {
    const got = this.readAll();
    for (let end = from; end <= from + bytes.length; end = Math.floor(end / this.pageBytes + 1) * this.pageBytes) {
      const mixed = this.content.slice();
      mixed.set(bytes.subarray(0, end - from), from);
      if (Buffer.compare(mixed, got) !== 0) continue;
      this.content = mixed;
      return;
    }
  }
}

export class AreaRow extends Row {
  readonly shape = "area";

  constructor(judge: Judge, random: Random, name: string, bytes: number, pageBytes: number, readonly handle: Area) { super(judge, random, name, bytes, pageBytes); }

  protected readAll(): Uint8Array { return this.handle.slice(0, this.bytes); }

  act(): void {
    const chance = this.random.below(100);
    if (chance < 45) this.write();
    else if (chance < 65) this.read();
    else if (chance < 75) this.set();
    else if (chance < 85) this.at();
    else if (chance < 88) this.fill();
    else if (chance < 93) this.writeText();
    else if (chance < 96) this.judge.look("at a look", this);
    else this.misuse();
  }

  /** An offset, and a length that fits behind it: mostly a few pages at most. */
  private range(): [number, number] {
    const { random } = this;
    const from = random.chance(30) ? random.below(Math.ceil(this.bytes / this.pageBytes)) * this.pageBytes : random.below(this.bytes);
    const most = random.pick([1, 16, this.pageBytes, this.pageBytes, 3 * this.pageBytes, 9 * this.pageBytes]);
    return [from, random.below(Math.min(most, this.bytes - from) + 1)];
  }

  private write(): void {
    const [from, length] = this.range();
    const bytes = someBytes(this.random, length);
    this.put("area.write", `${this.title}: ${from}, ${brief(bytes)}`, from, bytes, () => this.handle.write(from, bytes));
  }

  private writeText(): void {
    const [from, length] = this.range();
    const bytes = someBytes(this.random, Math.min(length, 2000));
    this.put("area.write", `${this.title}: ${from}, text of ${bytes.length}`, from, bytes, () => this.handle.write(from, Buffer.from(bytes).toString("latin1")));
  }

  private read(): void {
    const [from, length] = this.range();
    const into = new Uint8Array(length);
    const isSlice = this.random.chance(50);
    const read = (): unknown => isSlice ? this.handle.slice(from, from + length, into) : this.handle.read(from, into);
    const end = this.judge.call(isSlice ? "area.slice" : "area.read", `${this.title}: ${from}, ${length}`, this, read);
    if (end !== REFUSED) this.compare(from, this.content.subarray(from, from + length), into);
  }

  private at(): void {
    const index = this.random.below(this.bytes);
    const got = this.judge.call("area.at", `${this.title}: ${index}`, this, () => this.handle.at(index));
    if (got !== REFUSED) this.compare(index, this.content.subarray(index, index + 1), new Uint8Array([got]));
  }

  private set(): void {
    const index = this.random.below(this.bytes);
    const value = this.random.below(256);
    this.put("area.set", `${this.title}: ${index}, ${value}`, index, new Uint8Array([value]), () => this.handle.set(index, value));
  }

  private fill(): void {
    const value = this.random.pick([0, 0, 255, 7]);
    this.put("area.fill", `${this.title}: ${value}`, 0, new Uint8Array(this.bytes).fill(value), () => this.handle.fill(value));
  }

  private misuse(): void {
    const { handle, random } = this;
    const offset = random.chance(30) ? this.bytes : random.pick(BAD_OFFSETS) as number;
    const beyond = new Uint8Array(this.bytes + 1);
    const [name, action] = random.pick<[string, () => unknown]>([
      ["area.at", () => handle.at(offset)], ["area.set", () => handle.set(offset, 1)], ["area.write", () => handle.write(offset, "one")],
      ["area.write", () => handle.write(0, beyond)], ["area.write", () => handle.write(0, "\u0100")], ["area.write", () => handle.write(0, [1] as never)],
      ["area.slice", () => handle.slice(0, this.bytes + 1)], ["area.slice", () => handle.slice(2, 1)], ["area.read", () => handle.read(0, "x" as never)],
      ["area.slice", () => handle.slice(0, 2, new Uint8Array(1))],
    ]);
    if (this.bytes >= 2) this.judge.refuses(name, `${this.title}: misuse, ${String(offset)}`, this, -1, action);
  }
}

export class DeviceRow extends Row {
  readonly shape = "device";

  constructor(judge: Judge, random: Random, name: string, bytes: number, pageBytes: number, readonly handle: Device) { super(judge, random, name, bytes, pageBytes); }

  protected readAll(): Uint8Array {
    const into = new Uint8Array(this.bytes);
    this.handle.read(0, into);
    return into;
  }

  act(): void {
    const chance = this.random.below(100);
    if (chance < 50) this.write();
    else if (chance < 72) this.read();
    else if (chance < 84) this.discard();
    else if (chance < 89) this.stats();
    else if (chance < 93) this.limit();
    else if (chance < 96) this.judge.look("at a look", this);
    else this.misuse();
  }

  /** A sector, and a number of sectors that fits behind it. */
  private range(): [number, number] {
    const sectors = this.bytes / SECTOR;
    const from = this.random.below(sectors);
    return [from, this.random.below(Math.min(this.random.pick([2, 3, 9, 24]), sectors - from) + 1)];
  }

  private write(): void {
    const [from, count] = this.range();
    const bytes = someBytes(this.random, count * SECTOR);
    this.put("device.write", `${this.title}: ${from}, ${count} sectors`, from * SECTOR, bytes, () => this.handle.write(from, bytes));
  }

  private read(): void {
    const [from, count] = this.range();
    const into = new Uint8Array(count * SECTOR);
    const end = this.judge.call("device.read", `${this.title}: ${from}, ${count}`, this, () => this.handle.read(from, into));
    if (end !== REFUSED) this.compare(from * SECTOR, this.content.subarray(from * SECTOR, (from + count) * SECTOR), into);
  }

  private discard(): void {
    const [from, count] = this.range();
    const end = this.judge.call("device.discard", `${this.title}: ${from}, ${count}`, this, () => { this.handle.discard(from, count); });
    if (end !== REFUSED) this.content.fill(0, from * SECTOR, (from + count) * SECTOR);
  }

  private stats(): void {
    const stats = this.judge.call("device.stats", this.title, this, () => this.handle.stats());
    if (stats === REFUSED) return;
    const { pages, disksize, pages_unwritten, pages_resident, pages_compressed, pages_same, pages_on_flash } = stats;
    const sum = pages_unwritten + pages_resident + pages_compressed + pages_same + pages_on_flash;
    if (sum !== pages || disksize !== this.bytes) this.judge.fail("statistics", `${this.title} has ${pages} pages, but in their places ${sum}`);
  }

  private limit(): void { this.handle.mem_limit = this.random.chance(70) ? 0 : 2048; }

  private misuse(): void {
    const { handle, random } = this;
    const sector = random.chance(30) ? this.bytes / SECTOR : random.pick(BAD_OFFSETS) as number;
    const one = new Uint8Array(SECTOR);
    const [name, action] = random.pick<[string, () => unknown]>([
      ["device.read", () => handle.read(sector, one)], ["device.write", () => handle.write(sector, one)], ["device.discard", () => { handle.discard(sector, 1); }],
      ["device.read", () => handle.read(0, new Uint8Array(100))], ["device.write", () => handle.write(0, "text" as never)], ["device.discard", () => { handle.discard(0, 1e9); }],
    ]);
    this.judge.refuses(name, `${this.title}: misuse, ${String(sector)}`, this, -1, action);
  }
}
