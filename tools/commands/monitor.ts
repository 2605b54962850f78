/** `zcache monitor`: a board's counters again and again, as a table of a row a time or as a JSON object a line. */
import { setTimeout as sleep } from "node:timers/promises";
import { openBoard } from "../console/open-board";
import { parseBaud, parsePort } from "../console/port";
import { ExitCode, usage } from "../failure";
import { placesIn, readCounters, type Counters } from "../qemu/board-state";
import { parsePatience, parseSeconds } from "./console";

export interface MonitorCommandOptions {
  port: string;
  baud: string;
  board: string;
  timeout?: string;
  interval: string;
  count?: string;
  json?: boolean;
}

/** The columns: pages by place as they are now, and what happened since the row before. */
const COLUMNS = ["time", "resident", "zpages", "same", "flash", "faults", "zswpin", "zswpout", "zswpwb", "pswpin", "erases"];
const WIDTH = 9;
const ROWS_PER_HEADER = 20;

export async function monitorCommand(options: MonitorCommandOptions): Promise<number> {
  const spec = parsePort(options.port);
  const baud = parseBaud(options.baud);
  const intervalMs = 1000 * parseSeconds("--interval", options.interval);
  const count = options.count === undefined ? Infinity : parseCount(options.count);
  const { link, greeting, close } = await openBoard(spec, { baud, board: options.board, link: parsePatience(options.timeout) });
  try {
    const start = Date.now();
    let before: Counters | undefined;
    for (let n = 0; n < count; n++) {
      if (n > 0) await sleep(Math.max(0, start + n * intervalMs - Date.now()));
      const counters = await readCounters(link);
      const ms = Date.now() - start;
      if (options.json) process.stdout.write(`${JSON.stringify({ board: greeting.board, at_ms: ms, counters })}\n`);
      else writeRow(n, ms, counters, before, greeting.pageBytes);
      before = counters;
    }
    return ExitCode.Ok;
  } finally {
    await close();
  }
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw usage(`--count is "${text}" and a whole number from 1 is expected`);
  return count;
}

function writeRow(n: number, ms: number, now: Counters, before: Counters | undefined, pageBytes: number): void {
  if (n % ROWS_PER_HEADER === 0) process.stdout.write(`${COLUMNS.map((name) => name.padStart(WIDTH)).join("")}\n`);
  const { resident, compressed, same_filled: same, flash } = placesIn(now, pageBytes);
  const since = (group: string, name: string): number => now[group][name] - (before?.[group][name] ?? 0);
  const events = ["zswpin", "zswpout", "zswpwb", "pswpin"].map((name) => since("events", name));
  const row = [`${(ms / 1000).toFixed(1)}s`, resident, compressed, same, flash, since("zcache_mcu", "faults"), ...events, since("zcache_mcu", "sector_erases")];
  process.stdout.write(`${row.map((cell) => String(cell).padStart(WIDTH)).join("")}\n`);
}
