/**
 * Feeding: files go into areas on the board page by page, each piece sent only after the board has taken the one
 * before, and come back page by page in a shuffled order. Every byte is compared.
 */
import type { Greeting, Link } from "../link/link";
import { pieceBytes } from "../link/link";
import { ExitCode, Failure } from "../failure";
import type { Feed } from "./plan";

/** How far it is; `phase` is "feeding" or "verifying". */
export type Progress = (phase: string, doneBytes: number, totalBytes: number) => void;

/** A feed with its area open on the board. */
export interface FedFile {
  feed: Feed;
  handle: number;
}

export interface Verified {
  bytes: number;
  pages: number;
  /** Bytes that came back other than they went in. */
  mismatches: number;
  /** The first of them: file and offset. */
  firstMismatch?: string;
}

const SHUFFLE_SEED = 0x5eed;

/** Writes every file into an area of its own, in order. */
export async function feedFiles(link: Link, greeting: Greeting, feeds: Feed[], progress: Progress): Promise<FedFile[]> {
  const total = totalBytes(feeds);
  const fed: FedFile[] = [];
  let done = 0;
  for (const feed of feeds) {
    if (feed.data.length > greeting.areaBytesMax) {
      throw new Failure(ExitCode.Failed, `${feed.path} has ${feed.data.length} bytes and the board takes at most ${greeting.areaBytesMax} in an area: name a smaller file`);
    }
    const handle = await link.open(feed.area, feed.data.length);
    fed.push({ feed, handle });
    for (const { from, to } of pieces(feed.data.length, pieceBytes(greeting.pageBytes))) {
      await link.write(handle, from, feed.data.subarray(from, to));
      progress("feeding", done += to - from, total);
    }
  }
  return fed;
}

/** Reads everything back in one shuffled order over all files, the same order every time. */
export async function verifyFiles(link: Link, greeting: Greeting, fed: FedFile[], progress: Progress): Promise<Verified> {
  const result: Verified = { bytes: 0, pages: 0, mismatches: 0 };
  const total = totalBytes(fed.map((file) => file.feed));
  for (const { file, page } of shuffledPages(fed, greeting.pageBytes)) {
    await verifyPage(link, greeting.pageBytes, file, page, result);
    progress("verifying", result.bytes, total);
  }
  return result;
}

async function verifyPage(link: Link, pageBytes: number, { feed, handle }: FedFile, page: number, result: Verified): Promise<void> {
  const start = page * pageBytes;
  const expected = feed.data.subarray(start, start + pageBytes);
  for (const { from, to } of pieces(expected.length, pieceBytes(pageBytes))) {
    const got = await link.read(handle, start + from, to - from);
    compare(expected.subarray(from, to), got, `${feed.path} at ${start + from}`, result);
  }
  result.pages++;
}

/** Counts bytes that differ; a byte that did not come at all differs too. */
function compare(expected: Uint8Array, got: Uint8Array, where: string, result: Verified): void {
  let wrong = Math.max(0, got.length - expected.length);
  for (let i = 0; i < expected.length; i++) if (expected[i] !== got[i]) wrong++;
  if (wrong > 0) result.firstMismatch ??= where;
  result.mismatches += wrong;
  result.bytes += expected.length;
}

function shuffledPages(fed: FedFile[], pageBytes: number): { file: FedFile; page: number }[] {
  const all = fed.flatMap((file) => Array.from({ length: Math.ceil(file.feed.data.length / pageBytes) }, (_, page) => ({ file, page })));
  const random = randomNumbers(SHUFFLE_SEED);
  for (let i = all.length - 1; i > 0; i--) {
    const j = random() % (i + 1);
    [all[i], all[j]] = [all[j], all[i]];
  }
  return all;
}

/** A seeded stream of 32-bit numbers (xorshift). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

function pieces(length: number, largest: number): { from: number; to: number }[] {
  return Array.from({ length: Math.ceil(length / largest) }, (_, i) => ({ from: i * largest, to: Math.min(length, (i + 1) * largest) }));
}

/** Bytes of all feeds together. */
export function totalBytes(feeds: Feed[]): number { return feeds.reduce((sum, feed) => sum + feed.data.length, 0); }
