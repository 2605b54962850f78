/**
 * Where words go. A command writes human text through a Report: to standard output, or to standard error when the one
 * JSON document has standard output for itself. Progress is drawn only on a terminal.
 */
import { relative } from "node:path";
import { ExitCode, Failure } from "./failure";
import { areQuiet } from "./words";

/** Bytes that wait for a reader, at most. */
const UNREAD_MOST = 1 << 22;

export class Report {
  private readonly out: NodeJS.WriteStream;
  private barShown = false;
  private lastDrawn = 0;

  constructor(readonly json: boolean) {
    this.out = json ? process.stderr : process.stdout;
  }

  /** A line of human text. */
  line(text = ""): void {
    this.clear();
    if (!(this.json && areQuiet())) this.out.write(`${text}\n`);
  }

  /**
   * Text that a board or an app prints, as it comes. Throws a Failure once nobody reads it any more: a loop without a pause hears of
   * that only by what piles up.
   */
  text(part: string): void {
    this.clear();
    if (this.out.errored || this.out.destroyed || this.out.writableLength > UNREAD_MOST) throw new Failure(ExitCode.Failed, "nobody reads the output any more");
    if (!(this.json && areQuiet())) this.out.write(part);
  }

  /** Redraws the bar, at most ten times a second and only on a terminal. */
  progress(label: string, done: number, total: number): void {
    if (!process.stderr.isTTY || areQuiet()) return;
    const now = Date.now();
    if (done < total && now - this.lastDrawn < 100) return;
    this.lastDrawn = now;
    const width = 30;
    const filled = Math.round(width * done / total);
    process.stderr.write(`\r${label} [${"#".repeat(filled)}${".".repeat(width - filled)}] ${Math.round(100 * done / total)} %\x1b[K`);
    this.barShown = true;
  }

  /** The command's one JSON document. */
  document(value: unknown): void {
    if (this.json) process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
  }

  private clear(): void {
    if (this.barShown) process.stderr.write("\r\x1b[K");
    this.barShown = false;
  }
}

/** 594432 -> "594 432". */
export function grouped(value: number): string { return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, " "); }

/** The path from here, if that is the shorter one. */
export function shortest(path: string): string {
  const fromHere = relative(process.cwd(), path);
  return fromHere.length < path.length ? fromHere : path;
}
