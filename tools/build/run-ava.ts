/**
 * Runs test bundles with ava and counts, whatever happens to ava. A run always comes to an end with a tally: each file
 * that was not run to its end counts as failed and is named, with the tests that were under way.
 *
 * ava's report (TAP) is passed through and counted, but it is not trusted to be whole. ava 6.4.1 throws in its reporter
 * when its own time-out strikes, or when a test calls process.exit(), while tests are pending. So its time-out is out of
 * reach here. The time-out is ours: no test has ended for a quarter of an hour. What was under way comes from notes that
 * each bundle takes (test/helpers/notes.ts).
 *
 * The price is ava's private knowledge of a file's tests: one that never began is told by its file, not by its title.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import esbuild from "esbuild";
import { inRoot, rootFolder } from "./paths";

export interface Tally { passed: number; failed: number; }

/** What a bundle notes: it was loaded, a test of it began or ended, its thread is left. `file` is its URL. */
export interface Note { file: string; event: "loaded" | "began" | "ended" | "left"; title?: string; ms: number; }

export interface AvaOptions {
  /** Where the report goes, line by line. */
  say?: (line: string) => void;
  /** How long no test may end before the run is given up. Longer than any test waits for anything. */
  silenceMs?: number;
}

const SILENCE_MS = 900_000;
/** Longer than any run, so that it never strikes. ava takes 0 for "at once". */
const AVA_TIMEOUT = "--timeout=24h";
const SLOW_MS = 60_000;
const TITLES_SHOWN = 5;
/** What ava says of the hooks that take the notes. */
const NOTED = /^# (.* › )?(before|after)Each(\.always)? hook for /;

/** Each test file becomes one self-contained module that takes notes; packages stay outside. Returns the modules' paths. */
export async function bundleTests(tests: string[], base: string, folder: string): Promise<string[]> {
  await esbuild.build({
    absWorkingDir: rootFolder,
    entryPoints: tests,
    outdir: folder,
    outbase: base,
    outExtension: { ".js": ".mjs" },
    inject: [inRoot("test", "helpers", "notes.ts")],
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    packages: "external",
    sourcemap: "inline",
    logLevel: "error",
  });
  return tests.map((path) => join(folder, relative(base, path).replace(/\.ts$/, ".mjs")));
}

/** Runs the bundles to their end, or to where they hang. What tests leave in the scratch folder goes with it. */
export async function runAva(bundles: string[], { say = console.log, silenceMs = SILENCE_MS }: AvaOptions = {}): Promise<Tally> {
  const scratch = mkdtempSync(join(tmpdir(), "zcache-test-"));
  const remove = (): void => rmSync(scratch, { recursive: true, force: true });
  process.once("exit", remove);
  try {
    const notes = join(scratch, "notes");
    const ava = inRoot("node_modules", "ava", "entrypoints", "cli.mjs");
    const child = spawn(process.execPath, [ava, "--tap", AVA_TIMEOUT, ...bundles.map((path) => relative(rootFolder, path))], {
      cwd: rootFolder, stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, TMPDIR: scratch, ZCACHE_TEST_NOTES: notes },
    });
    const { tally, code } = await count(child, silenceMs, say);
    const progress = readNotes(notes, bundles);
    return judge(tally, code, progress, say);
  } finally {
    process.off("exit", remove);
    remove();
  }
}

/** Passes the report on and counts it. A run in which no test ends any more is ended; its code is null then. */
function count(child: ChildProcess, silenceMs: number, say: (line: string) => void): Promise<{ tally: Tally; code: number | null }> {
  const tally: Tally = { passed: 0, failed: 0 };
  const silence = setTimeout(() => {
    say(`# no test has ended for ${silenceMs / 1000} s: the run is given up`);
    child.kill("SIGKILL");
  }, silenceMs);
  let rest = "";
  child.stdout!.on("data", (part: Buffer) => {
    const lines = (rest + part.toString()).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      if (/^ok \d+/.test(line)) tally.passed++;
      else if (/^not ok \d+/.test(line)) tally.failed++;
      if (/^(not )?ok \d+/.test(line)) silence.refresh();
      if (!NOTED.test(line)) say(line);
    }
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(silence);
      resolve({ tally, code });
    });
  });
}

/** How far a file came. */
class FileProgress {
  private readonly under = new Map<string, number>();
  private before = 0;
  private loadedMs = 0;
  isLeft = false;
  ms = 0;
  last: string | undefined;
  readonly slow: { title: string; ms: number }[] = [];

  constructor(readonly path: string) {}

  take({ event, title = "", ms }: Note): void {
    if (event === "loaded") this.loadedMs = ms;
    else if (event === "began") this.under.set(title, ms);
    else if (event === "left") this.isLeft = true;
    else this.end(title, ms);
    this.ms = ms - this.loadedMs;
  }

  get isLoaded(): boolean { return this.loadedMs > 0; }
  get underWay(): string[] { return [...this.under.keys()]; }
  get isWhole(): boolean { return this.isLeft && this.under.size === 0; }

  /** Tests of a file that are not serial begin together and run one after another: a test's time is counted from the end of the one before. */
  private end(title: string, ms: number): void {
    const took = ms - Math.max(this.under.get(title) ?? ms, this.before);
    this.under.delete(title);
    this.before = ms;
    this.last = title;
    if (took >= SLOW_MS) this.slow.push({ title, ms: took });
  }
}

function readNotes(path: string, bundles: string[]): FileProgress[] {
  const files = new Map(bundles.map((bundle) => [bundle, new FileProgress(relative(rootFolder, bundle))]));
  const lines = existsSync(path) ? readFileSync(path, "utf8").split("\n") : [];
  for (const line of lines) {
    if (line === "") continue;
    const note = JSON.parse(line) as Note;
    files.get(fileURLToPath(note.file))?.take(note);
  }
  return [...files.values()];
}

/** The tally, with what ava's report does not count. */
function judge({ passed, failed }: Tally, code: number | null, files: FileProgress[], say: (line: string) => void): Tally {
  for (const { path, slow } of files) {
    for (const { title, ms } of slow) say(`# slow: ${path}: ${title}: ${Math.round(ms / 1000)} s`);
  }
  if (code === 0) return { passed, failed };
  const broken = files.filter((file) => !file.isWhole);
  for (const file of broken) say(`not ok - ${file.path} was not run to its end${whereabouts(file)}`);
  return { passed, failed: Math.max(1, failed + broken.length) };
}

/** Where it was when the run broke: words to end a sentence with. */
function whereabouts({ isLoaded, underWay, last }: FileProgress): string {
  if (!isLoaded) return ": it was not begun";
  const shown = underWay.slice(0, TITLES_SHOWN).map((title) => `"${title}"`);
  const more = underWay.length > TITLES_SHOWN ? ` and ${underWay.length - TITLES_SHOWN} more` : "";
  const after = last === undefined ? "" : `, after "${last}"`;
  return underWay.length === 0 ? `: no test was under way${after}` : `: under way were ${shown.join(", ")}${more}${after}`;
}
