/**
 * Replays a trace against the store: the wasm build of the core, on a simulated board whose flash keeps the rules of a
 * real chip. Every read compares every byte with what the content says. Nothing depends on time or chance: the same
 * arguments give the same counters.
 */
import { Knob } from "../../firmware/core/config";
import { Counter } from "../../firmware/core/counters";
import { Relation } from "../../firmware/core/layout";
import { openSimFlash } from "../../hal/sim/flash";
import { ExitCode, Failure } from "../failure";
import { ALLOCATORS, Setting } from "../core/knobs";
import { WasmCore, countersOf, loadCore, setKnobs } from "../core/wasm-core";
import { Content } from "./content";
import { Access, Trace } from "./trace";

export interface ReplayOptions {
  readonly pageBytes: number;
  /** Bytes of pageframes; the tables come on top. */
  readonly ramBytes: number;
  /** Part name of the simulated chip (hal/sim/parts.ts). */
  readonly part: string;
  /** Knobs that differ from their defaults; not those that follow from the page size, the trace and the part. */
  readonly settings?: readonly Setting[];
  /** Bytes of the whole arena, tables and work space included, instead of ramBytes: as many frames as there is room for. */
  readonly arenaBytes?: number;
}

export interface ReplayResult {
  trace: string;
  allocator: string;
  events: number;
  pages: number;
  ram_bytes: number;
  table_bytes: number;
  arena_bytes: number;
  frames: number;
  /** Events that found no room at all; the page was left as it was. */
  refused: number;
  verified: { reads: number; mismatches: number };
  peak: { used_bytes: number; ideal_bytes: number; ratio: number; pages_per_frame: number };
  counters: Record<string, Record<string, number>>;
  flash: { sectors: number; sector_bytes: number; bytes_programmed: number; erases: number; bytes_read: number };
}

/** What the replay knows of a page. */
interface PageState { version: number; zeros: boolean; }

/** Replays `trace`. Fails with one sentence when the store cannot be opened in so little memory. */
export function replay(trace: Trace, content: Content, options: ReplayOptions): ReplayResult {
  const { chip, flash } = openSimFlash(options.part);
  const { core, arenaBytes } = open(trace, options, flash);
  const area = core.calls.areaOpen(trace.span);
  const player = new Player(core, area, content, options.pageBytes, trace.numbers);
  for (let i = 0; i < trace.accesses.length; i++) player.play(trace.accesses[i], trace.pages[i]);
  return {
    trace: trace.path, allocator: ALLOCATORS[core.calls.coreGet(Knob.Allocator)], events: trace.accesses.length, pages: trace.footprint,
    ram_bytes: core.calls.coreFrames() * options.pageBytes, table_bytes: core.calls.coreTableBytes(), arena_bytes: arenaBytes, frames: core.calls.coreFrames(),
    refused: player.refused,
    verified: { reads: player.reads, mismatches: player.mismatches },
    peak: player.peak(),
    counters: countersOf(core),
    flash: {
      sectors: core.calls.coreGet(Knob.SwapSectors), sector_bytes: flash.geometry.sectorBytes,
      bytes_programmed: chip.counters.programBytes, erases: chip.counters.erases, bytes_read: chip.counters.readBytes,
    },
  };
}

/** Frames that the frame table can number, and an entry beside a slot of so large a swap area (layout.ts, FramesAddressable). */
function framesMost(swapBytes: number): number { return Math.min(65534, 2 ** (32 - Math.ceil(Math.log2(swapBytes / 16 + 1))) - 2); }

/** Opens a store whose frames are as near below `ramBytes` as whole frames allow, or one in exactly `arenaBytes`. */
function open(trace: Trace, options: ReplayOptions, flash: ReturnType<typeof openSimFlash>["flash"]): { core: WasmCore; arenaBytes: number } {
  const pagesMax = Math.max(16, Math.ceil(trace.span / 16) * 16);
  const sectorBytes = flash.geometry.sectorBytes;
  const sectors = Math.min(1024, flash.geometry.sizeBytes / sectorBytes, Math.max(16, Math.ceil(4 * trace.span * options.pageBytes / sectorBytes)));
  const wanted = Math.min(framesMost(sectors * sectorBytes), Math.floor(options.ramBytes / options.pageBytes));
  const arenaBytes = options.arenaBytes ?? wanted * (options.pageBytes + 8) + 8 * pagesMax + 16 * sectors + 4 * options.pageBytes + 8192;
  const core = loadCore(arenaBytes, flash);
  const openIn = (bytes: number): number => {
    core.calls.coreDefaults();
    setKnobs(core, { [Knob.PageBytes]: options.pageBytes, [Knob.PagesMax]: pagesMax, [Knob.SectorBytes]: sectorBytes, [Knob.SwapSectors]: sectors });
    for (const { knob, value } of options.settings ?? []) setKnobs(core, { [knob.knob]: value });
    return core.calls.coreOpen(bytes & -4);
  };
  let taken = arenaBytes;
  let frames = openIn(taken);
  // The first guess holds some frames more than are wanted; where those are too many to be numbered the store does not open.
  const isTooMuch = (): boolean => frames > wanted || core.calls.configFault() === Relation.FramesAddressable;
  while (options.arenaBytes === undefined && isTooMuch()) {
    taken -= (frames > wanted ? frames - wanted : 16) * (options.pageBytes + 8);
    frames = openIn(taken);
  }
  if (frames < 4) throw new Failure(ExitCode.Usage, `${options.ramBytes} bytes hold ${Math.max(0, wanted)} pageframes of ${options.pageBytes}, expected at least 4: give --ram ${4 * options.pageBytes} or more.`);
  return { core, arenaBytes: taken & -4 };
}

class Player {
  refused = 0;
  reads = 0;
  mismatches = 0;
  private peakUsed = 0;
  private peakIdeal = 0;
  private peakZpages = 0;
  private readonly states = new Map<number, PageState>();
  private readonly zeros: Uint8Array;

  constructor(private readonly core: WasmCore, private readonly area: number, private readonly content: Content, private readonly pageBytes: number, private readonly numbers?: Float64Array) {
    this.zeros = new Uint8Array(pageBytes);
  }

  play(access: Access, page: number): void {
    if (access === Access.Free) this.free(page);
    else if (access === Access.Write) this.write(page);
    else this.read(page);
    while (this.core.calls.coreTick(4) > 0) continue;
    this.observe();
  }

  /** What a page of the area holds after `version` writes: that follows from the number it has in the trace. */
  private contentAt(page: number, version: number): Uint8Array { return this.content.at(this.numbers === undefined ? page : this.numbers[page], version); }

  /** Before its first event a page holds older content: it is put there when it is first met. */
  private stateOf(page: number): PageState | undefined {
    const known = this.states.get(page);
    if (known !== undefined) return known;
    if (!this.put(page, this.contentAt(page, 0))) return undefined;
    const state = { version: 0, zeros: false };
    this.states.set(page, state);
    return state;
  }

  private put(page: number, bytes: Uint8Array): boolean {
    const at = this.core.calls.areaTouch(this.area, page, 1);
    if (at < 0) {
      this.refused++;
      return false;
    }
    this.core.bytes.set(bytes, at);
    return true;
  }

  private write(page: number): void {
    const state = this.states.get(page);
    const version = state === undefined ? 1 : state.version + 1;
    if (this.put(page, this.contentAt(page, version))) this.states.set(page, { version, zeros: false });
  }

  private read(page: number): void {
    const state = this.stateOf(page);
    if (state === undefined) return;
    const at = this.core.calls.areaTouch(this.area, page, 0);
    if (at < 0) {
      this.refused++;
      return;
    }
    const expected = state.zeros ? this.zeros : this.contentAt(page, state.version);
    this.reads++;
    if (Buffer.compare(this.core.bytes.subarray(at, at + this.pageBytes), expected) !== 0) this.mismatches++;
  }

  private free(page: number): void {
    const state = this.states.get(page);
    if (state === undefined) return;
    this.core.calls.areaDiscard(this.area, page);
    state.zeros = true;
  }

  /** Keeps the peaks: frames that zpages take, and what the zpages would take without any loss. */
  private observe(): void {
    const calls = this.core.calls;
    const zbytes = calls.counter(Counter.PersZbytes);
    if (zbytes <= this.peakIdeal) return;
    this.peakIdeal = zbytes;
    calls.coreRefresh();
    this.peakUsed = calls.counter(Counter.PersPageframes) * this.pageBytes;
    this.peakZpages = calls.counter(Counter.PersZpages);
  }

  /** Memory and density at the moment when the most compressed bytes were held. */
  peak(): ReplayResult["peak"] {
    const ratio = this.peakIdeal === 0 ? 0 : this.peakUsed / this.peakIdeal;
    const density = this.peakUsed === 0 ? 0 : this.peakZpages / (this.peakUsed / this.pageBytes);
    return { used_bytes: this.peakUsed, ideal_bytes: this.peakIdeal, ratio: round(ratio), pages_per_frame: round(density) };
  }
}

function round(value: number): number { return Math.round(value * 1000) / 1000; }
