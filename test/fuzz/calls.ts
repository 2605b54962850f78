/**
 * Calls of the core with random arguments: mostly names of what exists, now and then nothing of the kind. What a call may
 * answer is left open; that the store stays sound, whatever it is asked, is checked by the life that makes the calls.
 * Zpages allocated by hand are freed again before the step is over, and a reclaim by hand ended: an arena that is checked
 * holds neither.
 */
import { Knob, knobHigh, knobIsLive, knobLow } from "../../firmware/core/config";
import { LINE_STATE_BYTES } from "../../firmware/link/line-editor";
import { WIRE_PAYLOAD_MAX, WIRE_STATE_BYTES } from "../../firmware/link/wire";
import { Random } from "../../hal/sim/random";
import { anyPage } from "../helpers/pages";
import type { Store } from "../helpers/session";
import { LINK_BYTES_WITH_LINE } from "../helpers/surroundings";
import type { CallName } from "../helpers/twins";

const PERSISTENT = 1;
const EPHEMERAL = 2;
/** Numbers that are seldom meant. */
const ODD = [-1, 0, 1, 2, 15, 16, 255, 256, 2047, 65519, 65520, 65535, 65536, 0x7fffffff, -0x80000000];
/** Every knob that may change while the store is open. */
const LIVE = Array.from({ length: Knob.Count }, (_, knob) => knob).filter((knob) => knobIsLive(knob));
/** Knobs that stop nearly everything are turned back by every second turn. */
const GENEROUS: readonly (readonly [Knob, number])[] = [
  [Knob.StoreEnabled, 1], [Knob.WritebackEnabled, 1], [Knob.PoolLimitPercent, 100], [Knob.PageLimitBytes, 0], [Knob.MeanGateEighths, 0],
];

export class RandomCalls {
  private readonly areas: number[] = [];
  private readonly pools: [number, number][] = [];
  private readonly weighted: (() => void)[] = [];

  constructor(private readonly store: Store, private readonly random: Random, private readonly pageBytes: number) {
    this.openPool(PERSISTENT);
    this.openPool(EPHEMERAL);
    this.weigh(20, () => this.touch(1)).weigh(14, () => this.touch(0)).weigh(3, () => this.call("areaDiscard", this.area(), this.page()))
      .weigh(4, () => this.call("areaPageOut", this.area(), this.page())).weigh(2, () => this.call("areaPlace", this.area(), this.page()))
      .weigh(2, () => this.openArea()).weigh(1, () => this.closeArea())
      .weigh(12, () => this.offer("frontswapStore", PERSISTENT)).weigh(8, () => this.call("frontswapLoad", ...this.name(PERSISTENT), this.to()))
      .weigh(3, () => this.call("frontswapInvalidatePage", ...this.name(PERSISTENT)))
      .weigh(8, () => this.offer("cleancachePut", EPHEMERAL)).weigh(5, () => this.call("cleancacheGet", ...this.name(EPHEMERAL), this.to()))
      .weigh(2, () => this.call("cleancacheInvalidatePage", ...this.name(EPHEMERAL)))
      .weigh(1, () => this.call("frontswapInvalidateArea", this.pool(random.pick([PERSISTENT, EPHEMERAL])), this.object()))
      .weigh(5, () => this.call("coreTick", this.small())).weigh(3, () => this.call("reaperRun", this.small()))
      .weigh(2, () => this.call("coreRecompress", this.small(), this.small()))
      .weigh(2, () => this.call("reclaimFrame", this.odd(random.below(2)), this.small())).weigh(2, () => this.call("compactFrame"))
      .weigh(3, () => this.tenants()).weigh(4, () => this.byHand()).weigh(2, () => this.handles()).weigh(1, () => this.call("coreOpen", this.odd(this.store.client)))
      .weigh(1, () => this.call("governorSetTarget", this.odd(4 + this.random.below(12))))
      .weigh(4, () => this.turnKnob()).weigh(2, () => this.ask()).weigh(1, () => this.poolsComeAndGo()).weigh(2, () => this.codec())
      .weigh(6, () => this.durable()).weigh(3, () => this.writeBack()).weigh(2, () => this.line());
  }

  step(): void { this.random.pick(this.weighted)(); }

  private weigh(weight: number, action: () => void): this {
    for (let i = 0; i < weight; i++) this.weighted.push(action);
    return this;
  }

  private call(name: CallName, ...args: number[]): number { return this.store.call(name, ...args); }

  /** The number given, or sometimes one that is seldom meant. */
  private odd(usual: number): number {
    if (!this.random.chance(3)) return usual;
    return this.random.chance(50) ? this.random.pick(ODD) : this.random.next() | 0;
  }

  private small(): number { return this.odd(this.random.below(6)); }
  private area(): number { return this.odd(this.areas.length > 0 ? this.random.pick(this.areas) : 0); }
  private page(): number { return this.odd(this.random.below(this.random.chance(60) ? 8 : 48)); }
  private object(): number { return this.odd(this.random.below(4) * 0x10001); }
  /** Where a page of the client's lies, or sometimes where none does. */
  private from(): number { return this.offset(this.store.client); }
  private to(): number { return this.offset(this.store.client + this.pageBytes); }

  private offset(usual: number): number {
    if (!this.random.chance(4)) return usual;
    return this.random.pick([...ODD.filter((one) => one < 0 || one > 0x7ffffff), 0, 4, 1152, 4096, usual + 1, usual + 2, this.random.below(this.store.client), this.random.below(this.store.client) & -4]);
  }

  private pool(kind: number): number {
    const own = this.pools.filter((pool) => this.random.chance(4) || pool[1] === kind);
    return this.odd(own.length > 0 ? this.random.pick(own)[0] : 1);
  }

  private name(kind: number): [number, number, number] { return [this.pool(kind), this.object(), this.odd(this.random.below(40))]; }

  private touch(forWrite: number): void {
    const at = this.call("areaTouch", this.area(), this.page(), forWrite);
    if (at >= 0 && forWrite === 1) this.store.write(at, anyPage(this.pageBytes, this.random));
  }

  private offer(call: "frontswapStore" | "cleancachePut", kind: number): void {
    this.store.write(this.store.client, anyPage(this.pageBytes, this.random));
    this.call(call, ...this.name(kind), this.from());
  }

  private openArea(): void {
    const area = this.call("areaOpen", this.odd(1 + this.random.below(48)));
    if (area >= 0) this.areas.push(area);
  }

  private closeArea(): void {
    const area = this.area();
    if (this.call("areaClose", area) === 0 && this.areas.includes(area)) this.areas.splice(this.areas.indexOf(area), 1);
  }

  private openPool(kind: number): void {
    const pool = this.call("poolOpen", kind);
    if (pool >= 0) this.pools.push([pool, kind]);
  }

  private poolsComeAndGo(): void {
    const at = this.random.below(this.pools.length + 1);
    if (this.random.chance(30)) this.call("poolFreeze", this.pool(PERSISTENT), this.random.below(2));
    else if (at === this.pools.length || this.pools.length < 2) this.openPool(1 + this.random.below(2));
    else if (this.call("poolClose", this.pools[at][0]) === 0) this.pools.splice(at, 1);
  }

  private turnKnob(): void {
    if (this.random.chance(50)) {
      for (const [knob, value] of GENEROUS) this.call("coreSet", knob, value);
      return;
    }
    const knob = this.random.pick(LIVE);
    this.call("coreSet", this.odd(knob), this.odd(knobLow(knob) + this.random.below(knobHigh(knob) - knobLow(knob) + 1)));
  }

  /** A name of one to 24 letters, or no name; pages as they were, or others. */
  private openDurable(): void {
    const name = this.random.below(5);
    this.store.write(this.store.client, Buffer.from("abcde"[name].repeat(24)));
    const length = this.odd(1 + name * 5);
    const area = this.call("areaOpenDurable", this.random.chance(5) ? this.offset(this.store.client) : this.store.client, length, this.odd(1 + name * 3));
    if (area >= 0 && !this.areas.includes(area)) this.areas.push(area);
  }

  private durable(): void {
    const chance = this.random.below(100);
    if (chance < 40) this.openDurable();
    else if (chance < 75) this.call("areaSync", this.random.chance(30) ? -1 : this.area());
    else if (chance < 80) this.call("coreSync");
    else if (chance < 95) {
      const area = this.area();
      if (this.call("areaDelete", area) === 0) this.areas.splice(this.areas.indexOf(area), 1);
    } else this.call("swapFormat");
  }

  private writeBack(): void {
    if (this.random.chance(40)) this.call("writebackMark", this.odd(1 + this.random.below(3)));
    else this.call("writebackClass", this.odd(this.random.below(4)), this.odd(1 + this.random.below(3)), this.small());
    if (this.random.chance(20)) this.store.pass?.(this.random.pick([1_000, 1_000_000, 600_000_000]));
  }

  /**
   * The serial line's state in its region, if that has room. Its calls are the image's own, so their offsets are never
   * odd; but a page may have been loaded into the region since (gate.ts: it is a client's), so every talk begins anew.
   */
  private openLine(): boolean {
    if (this.call("coreGet", Knob.LinkBytes) < LINK_BYTES_WITH_LINE) return false;
    const base = this.call("linkOffset");
    this.call("wireOpen", base);
    this.call("lineOpen", base + WIRE_STATE_BYTES, 2 * LINE_STATE_BYTES);
    return true;
  }

  private line(): void {
    if (this.openLine()) for (let i = this.random.below(8); i >= 0; i--) this.talk();
  }

  private talk(): void {
    const length = this.random.below(this.random.chance(80) ? 60 : WIRE_PAYLOAD_MAX - 4);
    if (this.random.chance(50)) this.call("wireSend", this.random.below(256), this.random.below(256), this.store.client, length);
    else this.call("wireReply", this.random.below(128), this.random.below(256), this.random.next() | 0, this.store.client, length);
    for (let i = this.random.below(this.random.chance(5) ? 1200 : 20); i > 0; i--) this.call("wirePush", this.random.chance(30) ? 0xc0 : this.random.below(256));
    for (let i = this.random.below(12); i > 0; i--) this.call("lineKey", this.random.below(256));
    if (this.random.chance(20)) this.call("lineCut", this.random.below(4));
    if (this.random.chance(20)) this.call("wireBegin", this.random.next() | 0);
    this.call(this.random.pick<CallName>(["wireComplain", "wireIsIdle", "wireType", "wireSequence", "wireLength", "wirePayload", "wirePackets", "wireDamaged", "wireAborted", "lineText", "lineLength", "lineNumber", "lineFault", "lineRoom"]));
  }

  /** Calls that only answer, and one that zeroes. */
  private ask(): void {
    const which = this.odd(this.random.below(70));
    this.call(this.random.pick<CallName>(["counter", "coreGet", "coreLow", "coreHigh", "coreDefault", "coreKnobIsLive", "frameClass", "frameZpages",
      "frameAllocatorOf", "frameFreeChunks", "governorLent", "zpoolLimit", "coreSectorWear", "coreSectorLive"]), which);
    this.call(this.random.pick<CallName>(["poolFigure", "tenantFigure"]), this.odd(this.random.below(4)), this.odd(this.random.below(7)));
    this.call(this.random.pick<CallName>(["coreRefresh", "coreFreeBytes", "coreAttach", "coreTableBytes", "coreFrames", "coreSwapIsOpen", "coreResetCounters",
      "coreBudget", "coreLifeDays", "swapFound", "governorTarget", "configFault"]));
    this.call("areaCount", this.area(), this.random.below(60), this.odd(this.random.below(5)));
    this.call("areaZero", this.area(), this.random.below(8 * this.pageBytes), this.random.below(3 * this.pageBytes));
  }

  private tenants(): void {
    if (this.random.chance(60)) this.call("tenantUse", this.odd(this.random.below(4)));
    else this.call("tenantSetQuota", this.odd(this.random.below(4)), this.odd(this.random.below(9) * this.pageBytes));
  }

  /** A handle of a zpage that is there, or of one that is not. */
  private handle(): number {
    if (this.random.chance(30)) return this.odd(this.random.below(64) << 8 | this.random.below(20));
    return this.call("zpoolHandleAt", this.random.below(64), this.random.below(4));
  }

  /** Handles that somebody made up, or of pages that are stored: neither frees, moves nor writes anything. */
  private handles(): void {
    const handle = this.handle();
    this.call("zpoolOwner", handle);
    this.call("zpoolRead", handle);
    this.call("zpoolFitsInstead", handle, this.odd(this.random.below(this.pageBytes)));
    if (this.call("zpoolWrite", handle, this.store.client, 1 + this.random.below(64)) === 0) this.store.fail("a zpage that is not the client's was written");
    if (this.call("zpoolMove", handle) >= 0) this.store.fail("a zpage that is not the client's was moved");
    if (this.call("zpoolFree", handle) === 0) this.store.fail("a zpage that is not the client's was freed");
  }

  /** The allocator by hand: zpages beside the store's, a reclaim in two halves where it may begin. */
  private byHand(): void {
    const zpool = this.random.below(2);
    const mine: number[] = [];
    for (let i = this.random.below(5); i >= 0; i--) {
      const handle = this.call("zpoolAlloc", this.odd(zpool), this.odd(1 + this.random.below(this.pageBytes)), this.odd(this.random.below(65536)));
      if (handle >= 0) mine.push(handle);
    }
    if (mine.length > 0) this.call("zpoolWrite", this.random.pick(mine), this.from(), this.odd(1 + this.random.below(80)));
    if (this.random.chance(40)) this.call(this.random.pick<CallName>(["coreTick", "reaperRun", "governorSetTarget"]), 8);
    if (this.random.chance(30)) this.call("coreRecompress", 4, 20);
    const frame = this.call(this.random.pick<CallName>(["zpoolReclaimBegin", "zpoolCompactBegin"]), this.odd(zpool));
    if (frame >= 0) this.reclaimByHand(frame);
    for (const handle of mine) if (this.call("zpoolFree", handle) !== 0) this.store.fail("a zpage that was allocated by hand was not freed");
    for (const handle of mine) if (this.call("zpoolFree", handle) === 0) this.store.fail("a zpage was freed twice");
  }

  /** Nothing moves here, so that what was allocated keeps its handle. */
  private reclaimByHand(frame: number): void {
    this.touch(1);
    this.call("zpoolReclaimBegin", 0);
    this.call("zpoolReclaimEnd", this.odd(frame + 1 + this.random.below(3)));
    this.call("zpoolReclaimEnd", frame);
  }

  /** The codecs by themselves: what it compressed comes back; what it did not compress is no page or an error, never a fault. */
  private codec(): void {
    const page = anyPage(this.pageBytes, this.random);
    const [from, to] = [this.store.client, this.store.client + this.pageBytes];
    this.store.write(from, page);
    if (this.random.chance(40)) return this.dense(from, to, page);
    const length = this.call("lz4Compress", from, this.pageBytes, to, this.pageBytes, this.call("codecTableOffset"));
    if (length > 0 && this.random.chance(30)) this.store.write(to + this.random.below(length), Uint8Array.of(this.random.below(256)));
    else if (length > 0) this.mustDecode(length, page);
    if (length > 0) this.call("lz4Decompress", this.to(), this.odd(length), this.from(), this.odd(this.pageBytes));
  }

  private mustDecode(length: number, page: Uint8Array): void {
    const [from, to] = [this.store.client, this.store.client + this.pageBytes];
    const decoded = this.call("lz4Decompress", to, length, from, this.pageBytes);
    if (decoded !== this.pageBytes || Buffer.compare(this.store.read(from, this.pageBytes), page) !== 0) this.store.fail("a page did not come back from the codec");
  }

  /** The dense codec, whose work space lies behind the client's two pages. */
  private dense(from: number, to: number, page: Uint8Array): void {
    const work = to + this.pageBytes;
    const length = this.call("zbaleCompress", from, this.pageBytes, to, this.pageBytes, this.random.chance(5) ? this.offset(work) : work);
    if (length <= 0) return;
    const isDamaged = this.random.chance(30);
    if (isDamaged) this.store.write(to + this.random.below(length), Uint8Array.of(this.random.below(256)));
    const decoded = this.call("zbaleDecompress", to, length, from, this.pageBytes, work);
    if (!isDamaged && (decoded !== this.pageBytes || Buffer.compare(this.store.read(from, this.pageBytes), page) !== 0)) this.store.fail("a page did not come back from the dense codec");
    this.call("zbaleDecompress", this.to(), this.odd(length), this.from(), this.odd(this.pageBytes), this.offset(work));
  }
}
