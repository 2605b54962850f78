import test from "ava";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BoardFile } from "../../tools/board-file";
import { ExitCode, Failure } from "../../tools/failure";
import { feedFiles, verifyFiles } from "../../tools/feed/feed";
import { planFeeds, type Feed } from "../../tools/feed/plan";
import { Link } from "../../tools/link/link";
import { FakeBoard } from "./fake-board";
import { FaultyStream } from "./faulty-stream";

const BOARD = { name: "toy", knobs: { pageBytes: 1024, pagesMax: 32 } } as BoardFile;

const folder = mkdtempSync(join(tmpdir(), "zcache-feed-"));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, bytes: number): string {
  const path = join(folder, name);
  writeFileSync(path, Buffer.alloc(bytes, name));
  return path;
}

const silent = (): void => undefined;

test("files that cannot be fed are named in one sentence, with the exit code of usage", (t) => {
  mkdirSync(join(folder, "sub"));
  const cases: [string[], RegExp][] = [
    [[join(folder, "absent.csv")], /there is no file .*absent\.csv: check the name after --feed/],
    [[file("empty.csv", 0)], /empty\.csv is empty/],
    [[join(folder, "sub")], /sub is not a file/],
    [[file("large.csv", 32769)], /large\.csv has 32769 bytes and an area on toy holds at most 32768/],
    [[file("a.csv", 16385), file("b.csv", 1)], /need 48 pages of 1024 bytes together and toy has 32/],
  ];
  for (const [paths, sentence] of cases) {
    const failure = t.throws(() => planFeeds(paths, BOARD), { instanceOf: Failure });
    t.regex(failure.message, sentence);
    t.is(failure.exitCode, ExitCode.Usage);
    t.notRegex(failure.message, /\n/);
  }
});

test("areas are named after their files, shortened and unique", (t) => {
  const long = file("a-name-longer-than-twenty-four-bytes.csv", 1);
  const fits = file("just-without-its-ending.csv", 1);
  const feeds = planFeeds([file("x.csv", 1), join(folder, "x.csv"), long, fits], { ...BOARD, knobs: { pageBytes: 1024, pagesMax: 64 } });
  t.deepEqual(feeds.map((feed) => feed.area), ["x.csv", "2-x.csv", "a-name-longer-than-twent", "just-without-its-ending"]);
});

function feedsOf(...lengths: number[]): Feed[] {
  return lengths.map((length, n) => ({ path: `f${n}`, area: `f${n}`, data: Uint8Array.from({ length }, (_, i) => (i * 31 >> 2 ^ n * 77) & 255) }));
}

for (const pageBytes of [512, 1024, 4096]) {
  test(`files go in and come back equal over a bad line, pages of ${pageBytes} bytes`, async (t) => {
    const line = new FaultyStream(new FakeBoard(pageBytes), { dropIn: 9, damageOut: 4 });
    const link = new Link(line, { timeoutMs: 30, tries: 12 });
    const greeting = await link.hello();
    const fed = await feedFiles(link, greeting, feedsOf(1, 9000, 4096), silent);
    const verified = await verifyFiles(link, greeting, fed, silent);
    t.is(verified.bytes, 1 + 9000 + 4096);
    t.is(verified.mismatches, 0);
    t.is(verified.pages, 1 + Math.ceil(9000 / pageBytes) + 4096 / pageBytes);
    t.true(line.dropped > 0 && line.damaged > 0);
  });
}

test("a byte that changed on the board is found and placed", async (t) => {
  const board = new FakeBoard();
  const link = new Link(board);
  const greeting = await link.hello();
  const fed = await feedFiles(link, greeting, feedsOf(3000), silent);
  board.areas[0][2050] ^= 1;
  const verified = await verifyFiles(link, greeting, fed, silent);
  t.is(verified.mismatches, 1);
  t.is(verified.firstMismatch, "f0 at 2048");
});

test("a file larger than the board says an area may be is refused before it is opened", async (t) => {
  const board = new FakeBoard(1024, 2048);
  const link = new Link(board);
  const greeting = await link.hello();
  const failure = await t.throwsAsync(feedFiles(link, greeting, feedsOf(3000), silent), { instanceOf: Failure });
  t.regex(failure.message, /takes at most 2048 in an area/);
  t.is(board.areas.length, 0);
});
