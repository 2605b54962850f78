/**
 * What an app pays, on the product image under --icount: lines of JavaScript that look at the clock, do one thing and
 * look again. Each line is a packet of its own, so the store's idle work happens between them, as it does between the
 * events of a real app; what looking costs is measured first and taken off.
 */
import type { BoardFile } from "../board-file";
import { ExitCode, Failure } from "../failure";
import type { Link } from "../link/link";
import { bootInstructions, readCounters, readMemory, readVersion } from "../qemu/board-state";
import { Session } from "../qemu/session";

/** Instructions, means of SAMPLES reads. */
export interface AppFigures {
  bootInstructions: number;
  bootPhases: Record<string, number>;
  heapFreeAtBoot: number;
  /** A read of 32 bytes whose page is resident. */
  residentRead: number;
  /** The same of a page that lies compressed in RAM: mean and worst. */
  faultingRead: number;
  faultingReadWorst: number;
  /** Faults that were counted while they were measured; each sample should be one. */
  faults: number;
  samples: number;
}

/** More pages than may be resident at once, and few enough to stay in RAM compressed. */
const PAGES = 14;
const SAMPLES = 2 * PAGES;
/** Native.Ticks of firmware/runtime/native.ts, and Native.Cold. */
const TICKS = 22;
const COLD = 18;

export async function benchApp(board: BoardFile, image: string, data: Uint8Array): Promise<AppFigures> {
  const session = await Session.boot({ board, image, icount: true });
  try {
    const version = await readVersion(session.link);
    const phases: Record<string, number> = { ...bootInstructions(version, board) };
    const heapFreeAtBoot = (await readMemory(session.link)).engine_heap.free;
    const ruler = new Ruler(session.link, board.clock.instructionsPerTick);
    await ruler.calibrate();
    phases.banner = await ruler.measure(`native(${COLD},"boot-banner","")`);
    await fill(session, data);
    const reads = await measureReads(session.link, ruler, board.knobs.pageBytes);
    return { bootInstructions: sum(Object.values(phases)), bootPhases: phases, heapFreeAtBoot, ...reads };
  } finally {
    await session.end();
  }
}

/** Writes an area of real pages, through packets. */
async function fill({ link, greeting }: Session, data: Uint8Array): Promise<void> {
  const { pageBytes } = greeting;
  const handle = await link.open("bench", PAGES * pageBytes);
  for (let page = 0; page < PAGES; page++) await link.write(handle, page * pageBytes, data.subarray(page * pageBytes, (page + 1) * pageBytes));
}

async function measureReads(link: Link, ruler: Ruler, pageBytes: number): Promise<Omit<AppFigures, "bootInstructions" | "bootPhases" | "heapFreeAtBoot">> {
  await ruler.run("a=z.area(\"bench\");b=new Uint8Array(32);0");
  const before = await readCounters(link);
  const faulting: number[] = [];
  const resident: number[] = [];
  for (let i = 0; i < SAMPLES; i++) {
    const offset = i % PAGES * pageBytes + 100;
    faulting.push(await ruler.measure(`a.read(${offset},b)`));
    resident.push(await ruler.measure(`a.read(${offset},b)`));
  }
  const after = await readCounters(link);
  if (after.events.pswpin !== before.events.pswpin) throw new Failure(ExitCode.Failed, "the bench's pages went to flash and its reads did not come from RAM: give it fewer pages");
  const faults = after.zcache_mcu.faults - before.zcache_mcu.faults;
  return {
    residentRead: mean(resident), faultingRead: mean(faulting), faultingReadWorst: Math.max(...faulting), faults, samples: SAMPLES,
  };
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
    const text = await this.run(`t=native(${TICKS});${statement};native(${TICKS})-t`);
    const ticks = Number(text.trim().split(/\s+/).pop());
    if (!Number.isFinite(ticks)) throw new Failure(ExitCode.Failed, `the board answered "${text.trim().slice(-60)}" instead of a number of ticks`);
    return Math.max(0, ticks * this.instructionsPerTick - this.cost);
  }

  async run(line: string): Promise<string> {
    const { status, text } = await this.link.run(line);
    if (status !== 0) throw new Failure(ExitCode.Failed, `the board could not run "${line}": ${text.trim().split("\n")[0]}`);
    return text;
  }
}

function sum(values: number[]): number { return values.reduce((total, value) => total + value, 0); }
function mean(values: number[]): number { return Math.round(sum(values) / values.length); }
