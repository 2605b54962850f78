/**
 * A serial NOR chip, as the bytes on its bus. Select it, exchange bytes, deselect it: what a driver does on a board.
 *
 *   select()  exchange(0x06)  deselect()                              write enable
 *   select()  exchange(0x02) a2 a1 a0  data...  deselect()            page program: begins at deselect, then BUSY
 *   select()  exchange(0x05) -> status  deselect()                    bit 0 BUSY, bit 1 WEL (write enabled)
 *
 * It enforces what silicon has and emulators leave out:
 *   N1  Programs and erases need WEL, and WEL clears itself when they end.
 *   N2  While BUSY the chip takes only 05 and the reset pair 66 99. BUSY lasts as long as the part's data say.
 *   N3  A program turns bits from 1 to 0 only. It fills one page; past the page's end it wraps to its beginning.
 *   N4  An erase clears one aligned block of a size that the part has a command for, to FF, and wears its sectors.
 *   N5  When the power goes, a running operation is torn: see accidents.ts.
 *   N6  Asleep (B9) it takes nothing but AB, and its line stays high.
 *
 * A strict chip (the default) throws FlashMisuse when the software runs into one of these rules; with `strict: false`
 * it does in silence what silicon does. Time is simulated: every byte takes its eight clocks, waitMicros() passes time,
 * nothing depends on the host. With the same seed and the same bytes it does the same.
 */
import {
  BadKind, CutPlan, FADE_PERCENT, FlashMisuse, PowerCut, UnstableCells, cutId, dropBits, fadeBit, keepBits, tearErase, tearProgram,
} from "./accidents";
import { EraseCommand, NorPart } from "./parts";
import { Random } from "./random";

/** The commands every part has; those that erase are in the parts' data. */
export const enum Opcode {
  Program = 0x02,
  Read = 0x03,
  WriteDisable = 0x04,
  ReadStatus = 0x05,
  WriteEnable = 0x06,
  ReadTable = 0x5a,
  ResetEnable = 0x66,
  Reset = 0x99,
  ReadId = 0x9f,
  Wake = 0xab,
  Sleep = 0xb9,
  EraseChip = 0xc7,
}

export const enum Status { Busy = 1, WriteEnabled = 2 }

export interface ChipOptions {
  /** Seed of every accident; 1 if absent. */
  readonly seed?: number;
  /** Throw on misuse (default), or do what silicon does. */
  readonly strict?: boolean;
  /** Bus clock, MHz; 42 or the part's limit for command 03 if that is lower. */
  readonly clockMegahertz?: number;
  /** Share of programs and erases that take their maximum time, percent. */
  readonly slowPercent?: number;
  /** Bad sectors, by number of the smallest erasable block. */
  readonly bad?: ReadonlyMap<number, BadKind>;
  /** One bit in about so many bytes read is wrong on the wire; 0 for never. */
  readonly flipOneByteIn?: number;
  /** Erases a sector survives; the part's endurance if absent. Then it is bad in the way `wornKind` says. */
  readonly enduranceErases?: number;
  readonly wornKind?: BadKind;
  /** When the power goes; never if absent. */
  readonly cut?: CutPlan;
  /** What the chip holds at first, from address 0 on; FF if absent. */
  readonly content?: Uint8Array;
}

/** What the chip has done since it was made. */
export class ChipCounters {
  reads = 0;
  readBytes = 0;
  programs = 0;
  programBytes = 0;
  /** Erase commands, and the bytes they cleared. */
  erases = 0;
  eraseBytes = 0;
  statusReads = 0;
  /** Time spent busy, and time on the bus. */
  busyMicros = 0;
  busMicros = 0;
}

/** A chip as it was between two commands: cells from address 0 on, wear, accidents to come. Taken by save(). */
export interface ChipState {
  readonly cells: Uint8Array;
  readonly eraseCounts: Uint32Array;
  readonly bad: ReadonlyMap<number, BadKind>;
  readonly unstable: ReadonlyMap<number, number>;
  readonly random: number;
  readonly operations: number;
  readonly bytesToFlip: number;
  readonly nowMicros: number;
}

type Phase = "command" | "address" | "data" | "done";

export class NorChip {
  /** The cells, as they are. Tests may look and may spoil; software under test goes over the bus. */
  readonly cells: Uint8Array;
  readonly counters = new ChipCounters();
  /** Erases of each smallest erasable block. */
  readonly eraseCounts: Uint32Array;
  readonly sectorBytes: number;
  nowMicros = 0;
  /** Programs and erases executed so far; the number a cut refers to. */
  operations = 0;

  private readonly random: Random;
  private readonly strict: boolean;
  private readonly microsPerByte: number;
  private readonly bad: Map<number, BadKind>;
  private readonly unstable: UnstableCells = new Map();
  private cut: CutPlan | undefined;
  private cutOff = "";
  private bytesToFlip: number;

  private selected = false;
  private phase: Phase = "done";
  private opcode = 0;
  private address = 0;
  private addressBytes = 0;
  private outIndex = 0;
  private readonly page: Uint8Array;
  private pageLength = 0;

  private writeEnabled = false;
  private resetEnabled = false;
  private asleep = false;
  private busyUntilMicros = 0;

  constructor(readonly part: NorPart, private readonly options: ChipOptions = {}) {
    this.cells = new Uint8Array(part.sizeBytes).fill(0xff);
    if (options.content !== undefined) this.cells.set(options.content);
    this.sectorBytes = part.erases[0].bytes;
    this.eraseCounts = new Uint32Array(part.sizeBytes / this.sectorBytes);
    this.random = new Random(options.seed ?? 1);
    this.strict = options.strict ?? true;
    this.microsPerByte = 8 / (options.clockMegahertz ?? Math.min(42, part.readMegahertz));
    this.bad = new Map(options.bad ?? []);
    this.cut = options.cut;
    this.bytesToFlip = this.nextFlip();
    this.page = new Uint8Array(part.pageBytes);
  }

  // The bus

  select(): void {
    this.needPower();
    if (this.selected) this.misuse("The chip is selected while it is selected.");
    this.selected = true;
    this.phase = "command";
    this.address = 0;
    this.addressBytes = 0;
    this.outIndex = 0;
    this.pageLength = 0;
  }

  /** Shifts a byte in and returns the byte that was shifted out meanwhile (0 where the chip says nothing). */
  exchange(byte: number): number {
    this.needPower();
    if (!this.selected) this.misuse("A byte is sent while the chip is not selected.");
    this.nowMicros += this.microsPerByte;
    this.counters.busMicros += this.microsPerByte;
    switch (this.phase) {
      case "command": return this.takeCommand(byte);
      case "address": return this.takeAddress(byte);
      case "data": return this.opcode === Opcode.Program ? this.takeData(byte) : this.giveData();
      default: return 0;
    }
  }

  /** Ends the command; programs and erases begin here. */
  deselect(): void {
    this.needPower();
    if (!this.selected) this.misuse("The chip is deselected while it is not selected.");
    this.selected = false;
    if (this.phase === "command") return;
    if (this.phase === "address") return this.misuse(`Command ${hex(this.opcode)} ended after ${this.addressBytes} of 3 address bytes.`);
    this.execute();
  }

  waitMicros(micros: number): void {
    this.needPower();
    this.nowMicros += micros;
  }

  // The power

  get isOff(): boolean { return this.cutOff !== ""; }
  get isBusy(): boolean { return this.nowMicros < this.busyUntilMicros; }

  /** The next power cut. Operations go on counting from the chip's making. */
  planCut(plan: CutPlan): void { this.cut = plan; }

  /** Power comes (back): cells stay, everything else begins anew. */
  powerOn(): void {
    this.cutOff = "";
    this.selected = false;
    this.phase = "done";
    this.reset();
  }

  /** The chip as it is, its first `lengthBytes` of cells; whatever lies behind them is left out. */
  save(lengthBytes: number): ChipState {
    const { eraseCounts, bad, unstable, random, operations, bytesToFlip, nowMicros } = this;
    return {
      cells: this.cells.slice(0, lengthBytes), eraseCounts: eraseCounts.slice(), bad: new Map(bad), unstable: new Map(unstable),
      random: random.state, operations, bytesToFlip, nowMicros,
    };
  }

  /** Back to what save() took, with the power on and no cut planned. Counters go on. */
  restore(state: ChipState): void {
    this.cells.set(state.cells);
    this.eraseCounts.set(state.eraseCounts);
    replaceMap(this.bad, state.bad);
    replaceMap(this.unstable, state.unstable);
    this.random.state = state.random;
    this.operations = state.operations;
    this.bytesToFlip = state.bytesToFlip;
    this.nowMicros = state.nowMicros;
    this.cut = undefined;
    this.powerOn();
  }

  // What the phases of a command do

  private takeCommand(opcode: number): number {
    this.opcode = opcode;
    this.phase = "done";
    if (this.asleep && opcode !== Opcode.Wake) {
      this.phase = "data";
      this.opcode = 0;
    } else if (this.isBusy && opcode !== Opcode.ReadStatus && opcode !== Opcode.ResetEnable && opcode !== Opcode.Reset) {
      this.misuse(`Command ${hex(opcode)} while the chip is busy.`);
      this.opcode = 0;
    } else if (opcode === Opcode.ReadStatus || opcode === Opcode.ReadId) this.phase = "data";
    else if (isPlain(opcode)) this.phase = "done";
    else if (opcode === Opcode.ReadTable && this.part.sfdp !== undefined) this.phase = "address";
    else if (opcode === Opcode.Read || opcode === Opcode.Program || this.eraseOf(opcode) !== undefined) this.phase = "address";
    else this.misuse(`The ${this.part.name} has no command ${hex(opcode)}.`);
    if (opcode === Opcode.ReadStatus) this.counters.statusReads++;
    if (opcode === Opcode.Read) this.counters.reads++;
    return 0;
  }

  private takeAddress(byte: number): number {
    if (++this.addressBytes <= 3) this.address = this.address << 8 | byte;
    if (this.addressBytes < 3) return 0;
    if (this.opcode === Opcode.ReadTable) return this.endTableAddress();
    if (this.address >= this.part.sizeBytes) {
      this.misuse(`Address ${hex(this.address)} is outside the ${this.part.name}.`);
      this.address %= this.part.sizeBytes;
    }
    this.phase = this.eraseOf(this.opcode) === undefined ? "data" : "done";
    if (this.opcode === Opcode.Read) this.fadeOnRead(this.sectorOf(this.address));
    return 0;
  }

  /** Behind the address of a table's read one byte passes that means nothing. */
  private endTableAddress(): number {
    if (this.addressBytes > 3) this.phase = "data";
    return 0;
  }

  private takeData(byte: number): number {
    const pageBytes = this.part.pageBytes;
    const inPage = this.address % pageBytes + this.pageLength;
    if (inPage >= pageBytes) this.misuse(`The program at ${hex(this.address)} runs past the end of its page of ${pageBytes} bytes.`);
    this.page[inPage % pageBytes] = byte;
    this.pageLength++;
    return 0;
  }

  private giveData(): number {
    if (this.opcode === Opcode.ReadStatus) return this.status();
    if (this.asleep) return 0xff;
    if (this.opcode === Opcode.ReadTable) return this.part.sfdp![this.address++] ?? 0xff;
    if (this.opcode === Opcode.ReadId) return this.part.jedec[this.outIndex++] ?? 0;
    const at = this.address;
    this.address = at + 1 < this.part.sizeBytes ? at + 1 : 0;
    this.counters.readBytes++;
    return this.readCell(at);
  }

  private status(): number {
    if (this.isBusy) return Status.Busy | Status.WriteEnabled;
    return this.writeEnabled ? Status.WriteEnabled : 0;
  }

  // What a command does when it ends

  private execute(): void {
    const erase = this.eraseOf(this.opcode);
    const wasResetEnabled = this.resetEnabled;
    this.resetEnabled = this.opcode === Opcode.ResetEnable;
    if (this.opcode === Opcode.WriteEnable) this.writeEnabled = true;
    else if (this.opcode === Opcode.WriteDisable) this.writeEnabled = false;
    else if (this.opcode === Opcode.Sleep) this.asleep = true;
    else if (this.opcode === Opcode.Wake) this.asleep = false;
    else if (this.opcode === Opcode.Reset) this.resetIf(wasResetEnabled);
    else if (this.opcode === Opcode.Program) this.program();
    else if (erase !== undefined) this.erase(erase);
  }

  private program(): void {
    if (this.pageLength === 0) return this.misuse("A program carries no data.");
    if (!this.takeWriteEnable()) return;
    const pageBytes = this.part.pageBytes;
    const pageAt = this.address - this.address % pageBytes;
    const start = this.pageLength >= pageBytes ? 0 : this.address % pageBytes;
    const length = Math.min(this.pageLength, pageBytes);
    const first = Math.min(length, pageBytes - start);
    this.counters.programs++;
    this.counters.programBytes += length;
    this.begin(this.part.programTypicalMicros, this.part.programMaximumMicros, this.sectorOf(pageAt), (torn) => {
      this.programCells(pageAt + start, this.page.subarray(start, start + first), torn);
      if (length > first) this.programCells(pageAt, this.page.subarray(0, length - first), torn);
    });
  }

  private programCells(at: number, data: Uint8Array, torn: Random | undefined): void {
    const bad = this.bad.get(this.sectorOf(at));
    if (this.strict && bad === undefined) this.needErased(at, data);
    if (torn !== undefined || bad === "hangs") return tearProgram(this.cells, at, data, torn ?? this.random, this.unstable);
    for (let i = 0; i < data.length; i++) this.cells[at + i] &= data[i];
    if (bad === "drops") dropBits(this.cells, at, data, this.random);
  }

  /** Bits that a cut left half-way are nobody's mistake: they may have read as erased. */
  private needErased(at: number, data: Uint8Array): void {
    for (let i = 0; i < data.length; i++) {
      if ((data[i] & ~this.cells[at + i] & ~(this.unstable.get(at + i) ?? 0)) === 0) continue;
      this.misuse(`The program at ${hex(at + i)} of ${hex(data[i])} over ${hex(this.cells[at + i])} needs bits that are not erased.`);
    }
  }

  private erase(command: EraseCommand): void {
    const at = this.address - this.address % command.bytes;
    if (at !== this.address) this.misuse(`The erase at ${hex(this.address)} is not aligned to its ${command.bytes} bytes.`);
    if (!this.takeWriteEnable()) return;
    this.counters.erases++;
    this.counters.eraseBytes += command.bytes;
    this.begin(command.typicalMicros, command.maximumMicros, this.sectorOf(at), (torn) => {
      for (let from = at; from < at + command.bytes; from += this.sectorBytes) this.eraseCells(from, torn);
    });
  }

  private eraseCells(at: number, torn: Random | undefined): void {
    const sector = this.sectorOf(at);
    this.wear(sector);
    const bad = this.bad.get(sector);
    if (torn !== undefined || bad === "hangs") return tearErase(this.cells, at, this.sectorBytes, torn ?? this.random, this.unstable);
    this.cells.fill(0xff, at, at + this.sectorBytes);
    for (const address of this.unstable.keys()) if (this.sectorOf(address) === sector) this.unstable.delete(address);
    if (bad === "keeps") keepBits(this.cells, at, this.sectorBytes, this.random);
  }

  private wear(sector: number): void {
    this.eraseCounts[sector]++;
    const endurance = this.options.enduranceErases ?? this.part.enduranceErases;
    if (this.eraseCounts[sector] > endurance && !this.bad.has(sector)) this.bad.set(sector, this.options.wornKind ?? "keeps");
  }

  /** Starts an operation: takes its time, changes the cells, and is where the power may go. */
  private begin(typicalMicros: number, maximumMicros: number, sector: number, apply: (torn: Random | undefined) => void): void {
    this.operations++;
    const cut = this.cut?.operation === this.operations ? this.cut : undefined;
    if (cut?.moment === "before") this.powerOff(cut);
    apply(cut?.moment === "torn" ? new Random(cut.seed) : undefined);
    if (cut !== undefined) this.powerOff(cut);
    const slow = this.options.slowPercent !== undefined && this.random.chance(this.options.slowPercent);
    const micros = this.bad.get(sector) === "hangs" ? Infinity : slow ? maximumMicros : typicalMicros;
    this.busyUntilMicros = this.nowMicros + micros;
    if (micros !== Infinity) this.counters.busyMicros += micros;
  }

  private powerOff(cut: CutPlan): never {
    this.cutOff = cutId(cut);
    this.cut = undefined;
    throw new PowerCut(this.cutOff);
  }

  // Helpers

  private takeWriteEnable(): boolean {
    if (!this.writeEnabled) this.misuse(`Command ${hex(this.opcode)} without write enable.`);
    const enabled = this.writeEnabled;
    this.writeEnabled = false;
    return enabled;
  }

  private readCell(at: number): number {
    let value = this.cells[at];
    if (this.unstable.size > 0) value ^= (this.unstable.get(at) ?? 0) & this.random.next();
    if (--this.bytesToFlip === 0) {
      this.bytesToFlip = this.nextFlip();
      value ^= 1 << this.random.below(8);
    }
    return value;
  }

  private nextFlip(): number {
    const one = this.options.flipOneByteIn ?? 0;
    return one === 0 ? Infinity : 1 + this.random.below(2 * one);
  }

  private fadeOnRead(sector: number): void {
    if (this.bad.get(sector) !== "fades" || !this.random.chance(FADE_PERCENT)) return;
    fadeBit(this.cells, sector * this.sectorBytes, this.sectorBytes, this.random);
  }

  private resetIf(enabled: boolean): void {
    if (!enabled) this.misuse("Command 99 without 66 before it.");
    else this.reset();
  }

  private reset(): void {
    this.writeEnabled = false;
    this.resetEnabled = false;
    this.asleep = false;
    this.busyUntilMicros = 0;
  }

  private eraseOf(opcode: number): EraseCommand | undefined {
    const { erases, sizeBytes, chipEraseMicros } = this.part;
    if (opcode === Opcode.EraseChip) return { opcode, bytes: sizeBytes, typicalMicros: chipEraseMicros, maximumMicros: 4 * chipEraseMicros };
    return erases.find((erase) => erase.opcode === opcode);
  }

  private sectorOf(address: number): number { return Math.floor(address / this.sectorBytes); }

  private needPower(): void {
    if (this.cutOff !== "") throw new PowerCut(this.cutOff);
  }

  private misuse(sentence: string): void {
    if (this.strict) throw new FlashMisuse(sentence);
  }
}

function replaceMap<Value>(map: Map<number, Value>, by: ReadonlyMap<number, Value>): void {
  map.clear();
  for (const [key, value] of by) map.set(key, value);
}

/** Commands that are their opcode and nothing more. */
const PLAIN: readonly number[] = [Opcode.WriteEnable, Opcode.WriteDisable, Opcode.ResetEnable, Opcode.Reset, Opcode.EraseChip, Opcode.Wake, Opcode.Sleep];

function isPlain(opcode: number): boolean { return PLAIN.includes(opcode); }

function hex(value: number): string { return "0x" + value.toString(16).padStart(2, "0"); }
