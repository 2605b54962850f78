/**
 * What an app pays, on the product image under --icount: lines of JavaScript that look at the clock, do one thing and
 * look again. Each line is a packet of its own, so the store's idle work happens between them, as it does between the
 * events of a real app; what looking costs is measured first and taken off.
 */
import { Counter } from "../../firmware/core/counters";
import { Native } from "../../firmware/runtime/native";
import type { BoardFile } from "../board-file";
import { ExitCode, Failure } from "../failure";
import type { Link } from "../link/link";
import { bootInstructions, readMemory, readVersion } from "../qemu/board-state";
import { Session } from "../qemu/session";

/** Instructions; means over the reads that were of the kind. */
export interface AppFigures {
  bootInstructions: number;
  bootPhases: Record<string, number>;
  heapFreeAtBoot: number;
  /** A read of 32 bytes whose page is resident. */
  residentRead: number;
  residentReads: number;
  /** One of many calls of area.at() in a row, its loop included; the page is resident. */
  areaAt: number;
  /** The same of a page that lies compressed in RAM: mean and worst. */
  faultingRead: number;
  faultingReadWorst: number;
  faultingReads: number;
  /** One of many such reads in a row, with no idle time in which a frame could be freed beforehand. */
  faultingReadInRow: number;
  /** A read whose page lies densely packed in RAM, because it was idle; 0 where there were none: the board may lack the codec. */
  idleRead: number;
  idleReads: number;
  /** A read whose page lies on flash. */
  flashRead: number;
  flashReadWorst: number;
  flashReads: number;
}

/** Unpacking a page densely packed takes more than this, a fault of an LZ4 page never as much. */
const DENSE_LEAST = 40_000;

/** Pages for each frame, as a fraction: more than may be resident at once, and few enough to stay in RAM compressed. */
const PAGES_FOR_FRAMES = [13, 11];
const ROUNDS = 3;
/** More pages than the RAM of the smallest board holds, compressed or not. */
const FLASH_PAGES = 120;
/** Calls of area.at() that make a mean, all in one page. */
const AT_CALLS = 200;
/** Reads of a kind that make a mean. */
const SAMPLES_LEAST = 16;
export async function benchApp(board: BoardFile, image: string, data: Uint8Array): Promise<AppFigures> {
  const session = await Session.boot({ board, image, icount: true });
  try {
    const version = await readVersion(session.link);
    const phases: Record<string, number> = { ...bootInstructions(version, board) };
    const memory = await readMemory(session.link);
    const heapFreeAtBoot = memory.engine_heap.free;
    const pages = Math.ceil(memory.frame_count * PAGES_FOR_FRAMES[0] / PAGES_FOR_FRAMES[1]);
    const ruler = new Ruler(session.link, board.clock.instructionsPerTick);
    await ruler.calibrate();
    phases.banner = await ruler.measure(`native(${Native.Cold},"boot-banner","")`);
    await fill(session, "bench", data, pages);
    const reads = { ...await measureReads(ruler, pages, board.knobs.pageBytes), ...await measureFlash(session, ruler, data) };
    return { bootInstructions: sum(Object.values(phases)), bootPhases: phases, heapFreeAtBoot, ...reads };
  } finally {
    await session.end();
  }
}

/** Writes an area of real pages, through packets. */
async function fill({ link, greeting }: Session, name: string, data: Uint8Array, pages: number): Promise<void> {
  const { pageBytes } = greeting;
  const handle = await link.open(name, pages * pageBytes);
  for (let page = 0; page < pages; page++) {
    const from = page % Math.floor(data.length / pageBytes) * pageBytes;
    await link.write(handle, page * pageBytes, data.subarray(from, from + pageBytes));
  }
}

type FlashFigures = Pick<AppFigures, "flashRead" | "flashReadWorst" | "flashReads">;
type ReadFigures = Omit<AppFigures, "bootInstructions" | "bootPhases" | "heapFreeAtBoot" | keyof FlashFigures>;

/** A second area, of more pages than RAM holds in any form: reads in turn of its pages come from flash. */
async function measureFlash(session: Session, ruler: Ruler, data: Uint8Array): Promise<FlashFigures> {
  const { pageBytes } = session.greeting;
  await fill(session, "flash", data, FLASH_PAGES);
  await ruler.run("c=z.area(\"flash\");0");
  const reads: number[] = [];
  for (let page = 0; page < FLASH_PAGES; page++) {
    const read = await measureRead(ruler, `c.read(${page * pageBytes + 100},b)`);
    if (read.faults === 1 && read.fromFlash === 1) reads.push(read.instructions);
  }
  return { flashRead: reads.length > 0 ? mean(reads) : 0, flashReadWorst: Math.max(0, ...reads), flashReads: reads.length };
}

/** Reads page after page in turn, so that each page has left its frame again when its turn comes; sorts the reads by what they were. */
async function measureReads(ruler: Ruler, pages: number, pageBytes: number): Promise<ReadFigures> {
  await ruler.run("a=z.area(\"bench\");b=new Uint8Array(32);0");
  const faulting: number[] = [];
  const idle: number[] = [];
  const resident: number[] = [];
  for (let i = 0; i < ROUNDS * pages; i++) {
    const statement = `a.read(${i % pages * pageBytes + 100},b)`;
    const first = await measureRead(ruler, statement);
    if (first.faults === 1 && first.fromFlash === 0) (first.instructions < DENSE_LEAST ? faulting : idle).push(first.instructions);
    const second = await measureRead(ruler, statement);
    if (second.faults === 0) resident.push(second.instructions);
  }
  if (faulting.length + idle.length < SAMPLES_LEAST) throw new Failure(ExitCode.Failed, `only ${faulting.length + idle.length} of ${ROUNDS * pages} reads were faults from RAM: the bench's ${pages} pages do not suit this board`);
  return {
    residentRead: mean(resident), residentReads: resident.length,
    faultingRead: faulting.length > 0 ? mean(faulting) : 0, faultingReadWorst: Math.max(0, ...faulting), faultingReads: faulting.length,
    idleRead: idle.length > 0 ? mean(idle) : 0, idleReads: idle.length,
    faultingReadInRow: await measureRow(ruler, pages, pageBytes),
    areaAt: await measureAt(ruler),
  };
}

/** Two rounds over all pages in one line; instructions for each fault, the reads between them taken off only as they come. */
async function measureRow(ruler: Ruler, pages: number, pageBytes: number): Promise<number> {
  const loop = `for(i=0;i<${2 * pages};i++)a.read(i%${pages}*${pageBytes}+100,b)`;
  const { instructions, faults } = await measureRead(ruler, loop);
  return Math.round(instructions / Math.max(1, faults));
}

/** A statement compiled once, so that what is measured is the call and not the line. */
async function measureAt(ruler: Ruler): Promise<number> {
  await ruler.run(`a.at(0);f=function(n){for(var i=0;i<n;i++)a.at(i)};0`);
  return Math.round(await ruler.measure(`f(${AT_CALLS})`) / AT_CALLS);
}

async function measureRead(ruler: Ruler, statement: string): Promise<{ instructions: number; faults: number; fromFlash: number }> {
  const before = await ruler.counters(Counter.Faults, Counter.Pswpin);
  const instructions = await ruler.measure(statement);
  const after = await ruler.counters(Counter.Faults, Counter.Pswpin);
  return { instructions, faults: after[0] - before[0], fromFlash: after[1] - before[1] };
}

/** Measures statements on the board, in instructions. */
class Ruler {
  private cost = 0;

  constructor(private readonly link: Link, private readonly instructionsPerTick: number) {}

  async calibrate(): Promise<void> {
    const empty: number[] = [];
    for (let i = 0; i < 8; i++) empty.push(await this.measure(""));
    this.cost = mean(empty);
  }

  /** Instructions that `statement` takes, less what measuring takes. The last line of what is printed is the figure. */
  async measure(statement: string): Promise<number> {
    const text = await this.run(`t=native(${Native.Ticks});${statement};native(${Native.Ticks})-t`);
    const ticks = Number(text.trim().split(/\s+/).pop());
    if (!Number.isFinite(ticks)) throw new Failure(ExitCode.Failed, `the board answered "${text.trim().slice(-60)}" instead of a number of ticks`);
    return Math.max(0, ticks * this.instructionsPerTick - this.cost);
  }

  /** Values of event counters. */
  async counters(...which: Counter[]): Promise<number[]> {
    const text = await this.run(which.map((counter) => `native(${Native.Counter},${counter})`).join("+\" \"+"));
    return text.trim().replaceAll("\"", "").split(" ").map(Number);
  }

  async run(line: string): Promise<string> {
    const { status, text } = await this.link.run(line);
    if (status !== 0) throw new Failure(ExitCode.Failed, `the board could not run "${line}": ${text.trim().split("\n")[0]}`);
    return text;
  }
}

function sum(values: number[]): number { return values.reduce((total, value) => total + value, 0); }
function mean(values: number[]): number { return Math.round(sum(values) / values.length); }
