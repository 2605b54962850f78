/**
 * What every allocator owes, as one suite: zpoolContract() declares it for one allocator, on both builds. Owners are
 * plain numbers here, bytes come from a seed, and an oracle knows what every handle must hold; the allocators'
 * numbered invariants are checked on the way.
 */
import { ExecutionContext } from "ava";
import { Knob } from "../../firmware/core/config";
import { Err } from "../../firmware/core/errors";
import { List } from "../../firmware/core/frames";
import { Allocator, HANDLE_SHIFT } from "../../firmware/core/zpool/handles";
import { Arena } from "../../tools/check/arena";
import { Findings } from "../../tools/check/findings";
import { checkZpools } from "../../tools/check/zpools";
import { Core, CoreOptions, bothBuilds } from "../helpers/cores";
import { Random, withSeed } from "../helpers/random";

export interface Contracted {
  readonly allocator: Allocator;
  readonly name: string;
  /** Knobs that this variant of it wants. */
  readonly knobs?: Partial<Record<Knob, number>>;
  /** Largest zpage with 1 KiB pages. */
  readonly maxBytes: number;
  /** Most evictions that freeing a frame costs. */
  readonly mostZpages: number;
  /** Frames that it keeps for itself. */
  readonly ownFrames?: number;
}

const OWNER = 5;
const ALLOCATORS = [Allocator.Zbud, Allocator.Zfold, Allocator.Zsmalloc, Allocator.Tlsf];
const ZPAGE_LISTS = [List.ZpagesAnon, List.ZpagesFile];

/** What must lie under a handle. */
interface Expected { zpool: number; owner: number; content: Uint8Array; }

/** The oracle: what is held, and the allocator under test. */
export class Held {
  readonly zpages = new Map<number, Expected>();

  constructor(readonly core: Core, readonly random: Random) {}

  /** Allocates and writes; the handle or the refusal. */
  add(size: number, zpool = 0): number {
    const owner = this.random.below(65536);
    const handle = this.core.zpoolAlloc(zpool, size, owner);
    if (handle < 0) return handle;
    if (this.zpages.has(handle)) throw new Error(`handle ${handle} was given twice`);
    const content = new Uint8Array(size);
    this.random.fill(content);
    this.core.zpoolWrite(handle, this.core.put(content), size);
    this.zpages.set(handle, { zpool, owner, content });
    return handle;
  }

  remove(handle: number): number {
    this.zpages.delete(handle);
    return this.core.zpoolFree(handle);
  }

  some(): number { return this.random.pick([...this.zpages.keys()]); }

  /** Throws unless one zpage has its bytes and its owner. */
  check(handle: number): void {
    const { owner, content } = this.zpages.get(handle)!;
    const at = this.core.zpoolRead(handle);
    if (at < 0) throw new Error(`zpage ${handle} cannot be read: ${at}`);
    if (this.core.zpoolOwner(handle) !== owner) throw new Error(`zpage ${handle} has owner ${this.core.zpoolOwner(handle)}, expected ${owner}`);
    const differs = content.findIndex((byte, i) => this.core.bytes[at + i] !== byte);
    if (differs >= 0) throw new Error(`zpage ${handle} of ${content.length} bytes differs at ${differs}`);
  }

  checkAll(): void {
    for (const handle of this.zpages.keys()) this.check(handle);
    const report = new Findings();
    checkZpools(new Arena(this.core.bytes), undefined, report);
    if (report.broken.length > 0) throw new Error(report.broken.join("\n"));
  }

  /** Throws unless every frame holds what the oracle says: as many zpages as it names, at least one, at most its limit. */
  checkFrames(): void {
    const named = new Set<number>();
    for (let frame = 0; frame < this.core.frames; frame++) {
      const handles = handlesIn(this.core, frame);
      const occupied = ZPAGE_LISTS.includes(this.core.frameClass(frame));
      if (occupied !== handles.length > 0) throw new Error(`frame ${frame} of class ${this.core.frameClass(frame)} holds ${handles.length} zpages`);
      if (occupied && this.core.frameZpages(frame) !== handles.length) throw new Error(`frame ${frame} counts ${this.core.frameZpages(frame)} zpages and names ${handles.length}`);
      for (const handle of handles) {
        const zpage = this.zpages.get(handle);
        if (zpage === undefined) throw new Error(`frame ${frame} names ${handle}, which is not alive`);
        if (ZPAGE_LISTS[zpage.zpool] !== this.core.frameClass(frame)) throw new Error(`zpage ${handle} of zpool ${zpage.zpool} lies in a frame of the other`);
        named.add(handle);
      }
    }
    if (named.size !== this.zpages.size) throw new Error(`frames name ${named.size} zpages, ${this.zpages.size} are alive`);
  }
}

/** Every zpage that lies in a frame, wholly or in part. */
export function handlesIn(core: Core, frame: number): number[] {
  if (core.frameAllocatorOf(frame) < 0) return [];
  return Array.from({ length: core.zpoolLimit(frame) }, (_, which) => core.zpoolHandleAt(frame, which)).filter((handle) => handle >= 0);
}

/** Declares the suite for one allocator. */
export function zpoolContract(contracted: Contracted): void {
  const own = contracted.ownFrames ?? 0;
  const each = (title: string, run: (t: ExecutionContext, open: (options?: CoreOptions) => Core) => void): void => {
    bothBuilds(`${contracted.name}: ${title}`, (t, open) => run(t, (options = {}) =>
      open({ ...options, knobs: { [Knob.Allocator]: contracted.allocator, ...contracted.knobs, ...options.knobs } })));
  };

  each("sizes 0, 1, max and max + 1 are invalid, ok, ok and never", (t, open) => {
    const core = open();
    t.is(core.zpoolMaxBytes(), contracted.maxBytes);
    t.is(core.zpoolAlloc(0, 0, OWNER), Err.Invalid);
    t.is(core.zpoolAlloc(0, -1, OWNER), Err.Invalid);
    t.is(core.zpoolAlloc(2, 1, OWNER), Err.Invalid);
    const held = new Held(core, new Random(1));
    t.true(held.add(1) >= 0);
    t.true(held.add(contracted.maxBytes) >= 0);
    t.is(core.zpoolAlloc(0, contracted.maxBytes + 1, OWNER), Err.TooBig);
    held.checkAll();
    held.checkFrames();
    for (const handle of [...held.zpages.keys()]) t.is(held.remove(handle), Err.Ok);
    t.is(core.coreFreeBytes(), (core.frames - own) * 1024);
  });

  each("a double free, and a free of what never was, change nothing", (t, open) => {
    const core = open();
    const held = new Held(core, new Random(2));
    const [gone] = [300, 200, 100].map((size) => held.add(size));
    const alone = held.add(contracted.maxBytes);
    t.is(held.remove(gone), Err.Ok);
    t.is(held.remove(alone), Err.Ok);
    const before = core.state();
    const forged = [gone, alone, -1, 1 << 20, 0x7fffffff, core.frames << HANDLE_SHIFT, ...Array.from({ length: 256 }, (_, slot) => (alone & ~255) | slot)].filter((handle) => !held.zpages.has(handle));
    const unused = Array.from({ length: 256 }, (_, slot) => (gone & ~255) | slot).filter((handle) => !held.zpages.has(handle));
    for (const handle of [...forged, ...unused]) t.is(core.zpoolFree(handle), Err.Invalid);
    for (const handle of forged) t.deepEqual([core.zpoolRead(handle), core.zpoolOwner(handle), core.zpoolWrite(handle, core.client, 1)], [Err.Invalid, Err.Invalid, Err.Invalid]);
    t.deepEqual(core.state(), before);
  });

  each("two frames are never given to zpages", (t, open) => {
    const core = open();
    const held = new Held(core, new Random(3));
    let code = 0;
    while (code >= 0) code = held.add(contracted.maxBytes);
    t.is(code, Err.NoFrame);
    t.is(core.coreFreeBytes(), 2 * 1024);
    t.false(Boolean(core.zpoolHasRoom(0, contracted.maxBytes)));
    held.checkAll();
    held.checkFrames();
  });

  for (const [pageBytes, steps] of [[256, 3000], [1024, 6000], [4096, 1500]]) {
    each(`random lives with pages of ${pageBytes} bytes: every zpage keeps its bytes and owner, every frame has at least one and at most its limit`, (t, open) => {
      withSeed(40 + pageBytes, (random, progress) => {
        const chunkOrder = pageBytes === 256 ? 5 : 6;
        const core = open({ arenaBytes: 40 * pageBytes + 8192, knobs: { [Knob.PageBytes]: pageBytes, [Knob.PagesMax]: 64, [Knob.ChunkOrder]: chunkOrder } });
        const held = new Held(core, random);
        for (; progress.step < steps; progress.step++) {
          liveOneStep(held, progress.step);
          if (progress.step % 25 > 0) continue;
          held.checkAll();
          held.checkFrames();
        }
        for (const handle of [...held.zpages.keys()]) t.is(held.remove(handle), Err.Ok);
        t.is(core.coreFreeBytes(), (core.frames - own) * pageBytes);
      });
      t.pass();
    });
  }

  each("reclaiming a frame costs at most what was known beforehand, and gives it back once", (t, open) => {
    const core = open({ arenaBytes: 65536 });
    const held = new Held(core, new Random(6));
    while (held.add(1 + held.random.below(700)) >= 0);
    while (held.zpages.size > 0) {
      const frame = core.zpoolReclaimBegin(0);
      t.true(frame >= 0);
      const handles = handlesIn(core, frame);
      t.true(handles.length >= 1 && handles.length <= core.zpoolLimit(frame) && core.zpoolLimit(frame) <= contracted.mostZpages);
      const free = core.coreFreeBytes();
      for (let which = 0; which < core.zpoolLimit(frame); which++) {
        const handle = core.zpoolHandleAt(frame, which);
        if (handle >= 0) t.is(held.remove(handle), Err.Ok);
      }
      t.deepEqual(handlesIn(core, frame), []);
      t.true(ZPAGE_LISTS.includes(core.frameClass(frame)));
      t.is(core.zpoolReclaimEnd(frame), 1);
      t.true(core.coreFreeBytes() >= free + 1024);
      t.is(core.frameClass(frame), List.Free);
      held.checkAll();
    }
    t.is(core.zpoolReclaimBegin(0), Err.NotFound);
    t.is(core.coreFreeBytes(), (core.frames - own) * 1024);
  });

  each("a frame under reclaim takes nothing new, and one that keeps a zpage counts as youngest", (t, open) => {
    const core = open({ arenaBytes: 65536 });
    const held = new Held(core, new Random(7));
    for (let i = 0; i < 12; i++) held.add(400);
    const frame = core.zpoolReclaimBegin(0);
    const [kept, ...others] = handlesIn(core, frame);
    for (const handle of others) held.remove(handle);
    for (let i = 0; i < 6; i++) {
      const handle = held.add(50);
      t.false(handlesIn(core, frame).includes(handle));
    }
    t.is(core.zpoolReclaimEnd(frame), 0);
    held.checkAll();
    held.checkFrames();
    t.true(held.zpages.has(kept));
    const next = core.zpoolReclaimBegin(0);
    t.not(next, frame);
    t.is(core.zpoolReclaimEnd(next), 0);
    held.checkAll();
  });

  each("room that is promised is there: beside what is held, and instead of it", (t, open) => {
    withSeed(80, (random, progress) => {
      const core = open({ arenaBytes: 24576, knobs: { [Knob.PagesMax]: 64 } });
      const held = new Held(core, random);
      for (; progress.step < 3000; progress.step++) {
        const size = 1 + random.below(contracted.maxBytes);
        const promised = Boolean(core.zpoolHasRoom(0, size));
        const handle = held.add(size);
        if (handle >= 0 !== promised) throw new Error(`room for ${size} was ${promised ? "" : "not "}promised, the handle is ${handle}`);
        if (handle >= 0) continue;
        const victim = held.some();
        const wanted = 1 + random.below(contracted.maxBytes);
        const fits = Boolean(core.zpoolFitsInstead(victim, wanted));
        held.remove(victim);
        const instead = held.add(wanted);
        if (fits && instead < 0) throw new Error(`${wanted} bytes were to fit instead of zpage ${victim}: ${instead}`);
        if (progress.step % 20 === 0) held.checkAll();
      }
    });
    t.pass();
  });

  for (const other of ALLOCATORS.filter((one) => one !== contracted.allocator)) {
    each(`taking over from allocator ${other} and giving back to it with live data: each zpage stays until it is freed`, (t, open) => {
      withSeed(90 + other, (random, progress) => {
        const core = open({ arenaBytes: 40000, knobs: { [Knob.PagesMax]: 64, [Knob.Allocator]: other } });
        const held = new Held(core, random);
        for (; progress.step < 1600; progress.step++) {
          liveOneStep(held, progress.step);
          if (progress.step % 200 === 199) core.coreSet(Knob.Allocator, progress.step % 400 === 199 ? contracted.allocator : other);
          if (progress.step % 20 > 0) continue;
          held.checkAll();
          held.checkFrames();
        }
        for (const handle of [...held.zpages.keys()]) t.is(held.remove(handle), Err.Ok);
        t.is(core.coreSet(Knob.Allocator, contracted.allocator), Err.Ok);
        t.is(core.coreFreeBytes(), (core.frames - own) * 1024);
      });
      t.pass();
    });
  }
}

/** Sizes that allocators like least: at the ends, and just over and under halves, thirds and quarters. */
function awkward(random: Random, maxBytes: number): number {
  const part = Math.floor(maxBytes / random.pick([1, 1, 2, 2, 3, 4, 8, 16]));
  return Math.max(1, Math.min(maxBytes, part + random.pick([-17, -4, -1, 0, 1, 4, 17])));
}

/** One allocation or one free; the balance swings, so that frames fill up and empty again. */
function liveOneStep(held: Held, step: number): void {
  const { core, random } = held;
  const max = core.zpoolMaxBytes();
  if (held.zpages.size > 0 && random.chance(step % 400 < 200 ? 35 : 60)) {
    const code = held.remove(held.some());
    if (code !== Err.Ok) throw new Error(`a free returned ${code}`);
    return;
  }
  const size = random.chance(50) ? awkward(random, max) : 1 + random.below(max);
  const handle = held.add(size, random.chance(80) ? 0 : 1);
  if (handle < 0 && handle !== Err.NoFrame) throw new Error(`${size} bytes: ${handle}`);
}
