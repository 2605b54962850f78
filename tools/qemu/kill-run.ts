/**
 * `zcache qemu --kill-after N`: the emulator is killed in the middle of its work, booted again on the same flash image, and
 * asked what it has. The host remembers nothing about what was synced; the pages say it themselves.
 *
 *   step s    page 1 + s mod (pages - 1) of a durable area gets: s, the bytes of FILE from a place that s decides, and a CRC
 *   each 4th  page 0 gets: s and a CRC; then the area is synced
 *
 * So if page 0 says S, every other page must be exactly that of the last step up to S that wrote it: not an older one, not
 * a newer one, not half of each. N counts the packets with data that the board has acknowledged; the next packet is on the
 * line, unanswered, when SIGKILL comes, and it is a sync.
 */
import type { BoardFile } from "../board-file";
import { ExitCode, Failure } from "../failure";
import type { Feed } from "../feed/plan";
import type { Link } from "../link/link";
import type { Report } from "../report";
import { readCounters, type Counters } from "./board-state";
import { namedNor, scratchNor } from "./nor-image";
import { Session } from "./session";

/** The document of `zcache qemu --kill-after N --json`. */
export interface KillDocument {
  command: string;
  board: string;
  kill_after: number;
  /** Steps written and syncs answered before the kill. */
  steps: number;
  syncs: number;
  /** Step of the last sync that was answered, and the one that the image says; 0: none. */
  synced_step: number;
  found_step: number;
  durable_pages: number;
  durable_mismatches: number;
  /** Bytes of a volatile area of the first run that the second one still found. */
  volatile_bytes: number;
  erases_max: { before: number; after: number };
  verdict: "ok" | "mismatch";
}

const AREA = "kill-after";
const PAGES = 12;
const SYNC_EVERY = 4;

export interface KillOptions { board: BoardFile; image: string; nor?: string; killAfter: number; feed: Feed; }

export async function runKilled(options: KillOptions, report: Report): Promise<KillDocument> {
  const { board } = options;
  if (!board.flash) throw new Failure(ExitCode.Usage, `${board.name} has no flash that could survive: name another board`);
  const nor = options.nor === undefined ? scratchNor(board.flash.imageBytes) : namedNor(options.nor, board.flash.imageBytes);
  // Each run claims a named image for itself.
  if (options.nor !== undefined) nor.discard();
  try {
    const first = await killedRun(options, nor.path, report);
    return await secondRun(options, nor.path, first);
  } finally {
    if (options.nor === undefined) nor.discard();
  }
}

interface FirstRun { steps: number; syncs: number; syncedStep: number; erases: number; }

/** Writes and syncs until N packets are acknowledged, and kills the emulator with a sync on its way. */
async function killedRun({ board, image, killAfter, feed }: KillOptions, nor: string, report: Report): Promise<FirstRun> {
  const session = await Session.boot({ board, image, nor });
  try {
    const { link, greeting } = session;
    const area = new DurableArea(link, await link.openDurable(AREA, PAGES * greeting.pageBytes), greeting.pageBytes, feed.data);
    const other = await link.open("volatile", greeting.pageBytes);
    await link.write(other, 0, feed.data.subarray(0, greeting.pageBytes));
    const run: FirstRun = { steps: await area.lastStep(), syncs: 0, syncedStep: 0, erases: 0 };
    run.syncedStep = run.steps;
    for (let acknowledged = 0; acknowledged < killAfter; acknowledged++) {
      run.steps++;
      await area.write(run.steps);
      report.progress("feeding", acknowledged + 1, killAfter);
      if (run.steps % SYNC_EVERY !== 0) continue;
      await area.sync(run.steps);
      run.syncedStep = run.steps;
      run.syncs++;
    }
    run.erases = erasesOf(await readCounters(link));
    await area.note(run.steps);
    area.sync(run.steps).catch(() => undefined);
    return run;
  } finally {
    await session.kill();
  }
}

/** Boots on the image that the kill has left and compares. */
async function secondRun({ board, image, killAfter, feed }: KillOptions, nor: string, first: FirstRun): Promise<KillDocument> {
  const session = await Session.boot({ board, image, nor });
  try {
    const { link, greeting } = session;
    const erases = erasesOf(await readCounters(link));
    const area = new DurableArea(link, await link.openDurable(AREA, PAGES * greeting.pageBytes), greeting.pageBytes, feed.data);
    const found = await area.lastStep();
    const mismatches = await area.mismatches(found);
    const other = await link.read(await link.open("volatile", greeting.pageBytes), 0, greeting.pageBytes);
    const isOk = mismatches === 0 && (found === first.syncedStep || found === first.steps) && other.every((byte) => byte === 0) && erases >= first.erases;
    return {
      command: "qemu", board: greeting.board, kill_after: killAfter, steps: first.steps, syncs: first.syncs, synced_step: first.syncedStep, found_step: found,
      durable_pages: PAGES, durable_mismatches: mismatches, volatile_bytes: other.filter((byte) => byte !== 0).length,
      erases_max: { before: first.erases, after: erases }, verdict: isOk ? "ok" : "mismatch",
    };
  } finally {
    await session.end();
  }
}

function erasesOf(counters: Counters): number { return counters.zcache_mcu.sector_erases_max; }

/** The durable area of this test, its pages as the steps make them. */
class DurableArea {
  constructor(private readonly link: Link, private readonly handle: number, private readonly pageBytes: number, private readonly data: Uint8Array) {}

  /** What step `step` writes to its page: the step, bytes of the file, a sum. */
  private content(step: number): Uint8Array {
    const page = new Uint8Array(this.pageBytes);
    const from = step * 4099 % this.data.length;
    for (let i = 4; i < this.pageBytes - 4; i++) page[i] = this.data[(from + i) % this.data.length] ^ (step & 1);
    const view = new DataView(page.buffer);
    view.setUint32(0, step, true);
    view.setUint32(this.pageBytes - 4, page.reduce((sum, byte, i) => sum + byte * (i + 1) >>> 0, 0), true);
    return page;
  }

  async write(step: number): Promise<void> { await this.link.write(this.handle, (1 + step % (PAGES - 1)) * this.pageBytes, this.content(step)); }

  /** Page 0 names the step. */
  async note(step: number): Promise<void> {
    const page = new Uint8Array(8);
    const view = new DataView(page.buffer);
    view.setUint32(0, step, true);
    view.setUint32(4, ~step >>> 0, true);
    await this.link.write(this.handle, 0, page);
  }

  async sync(step: number): Promise<void> {
    await this.note(step);
    await this.link.sync(this.handle);
  }

  /** The step that page 0 names; 0 where nothing was synced yet. */
  async lastStep(): Promise<number> {
    const page = await this.link.read(this.handle, 0, 8);
    const view = new DataView(page.buffer, page.byteOffset, 8);
    const step = view.getUint32(0, true);
    if (step !== 0 && view.getUint32(4, true) !== ~step >>> 0) throw new Failure(ExitCode.Failed, `page 0 of the durable area is neither old nor new: it begins with ${step}`);
    return step;
  }

  /** Bytes of the other pages that are not those of the last step up to `last` that wrote them. */
  async mismatches(last: number): Promise<number> {
    let wrong = 0;
    for (let page = 1; page < PAGES; page++) {
      const step = last - ((last - (page - 1)) % (PAGES - 1) + (PAGES - 1)) % (PAGES - 1);
      const expected = step > 0 ? this.content(step) : new Uint8Array(this.pageBytes);
      const got = await this.link.read(this.handle, page * this.pageBytes, this.pageBytes);
      wrong += expected.filter((byte, i) => byte !== got[i]).length;
    }
    return wrong;
  }
}

/** The same for a person. */
export function printKilled(document: KillDocument, report: Report): void {
  report.line(`killed after ${document.kill_after} packets, at step ${document.steps} with ${document.syncs} syncs answered, the last at step ${document.synced_step}`);
  report.line(`booted again: step ${document.found_step}, ${document.durable_mismatches} wrong bytes in ${document.durable_pages} durable pages, ${document.volatile_bytes} volatile bytes left`);
  report.line(`most erases of a sector: ${document.erases_max.before} before, ${document.erases_max.after} after`);
}
