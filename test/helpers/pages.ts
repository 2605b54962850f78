/**
 * Pages of every kind the store meets, from a seed: one repeated word, text as sensors log it, JSON, tables of structs,
 * noise, and mixtures; and real pages when the development corpus lies beside the project.
 */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Random } from "../../hal/sim/random";

export type PageKind = "zeros" | "same" | "csv" | "json" | "struct" | "random" | "mixed" | "sparse";
export const PAGE_KINDS: readonly PageKind[] = ["zeros", "same", "csv", "json", "struct", "random", "mixed", "sparse"];

/** A page of `lengthBytes` (a multiple of 4) of the given kind. */
export function makePage(kind: PageKind, lengthBytes: number, random: Random): Uint8Array {
  const page = new Uint8Array(lengthBytes);
  makers[kind](page, random);
  return page;
}

/** A page of a kind drawn at random. */
export function anyPage(lengthBytes: number, random: Random): Uint8Array {
  return makePage(random.pick(PAGE_KINDS), lengthBytes, random);
}

/** A page that LZ4 brings to about `percent` of its length: so much noise, the rest one repeated word. */
export function pageOfDensity(percent: number, lengthBytes: number, random: Random): Uint8Array {
  const page = new Uint8Array(lengthBytes);
  random.fill(page.subarray(0, Math.floor(lengthBytes * percent / 100)));
  return page;
}

const makers: Record<PageKind, (page: Uint8Array, random: Random) => void> = {
  zeros: () => undefined,
  same: (page, random) => new Uint32Array(page.buffer).fill(random.next()),
  csv: (page, random) => text(page, () => `${1_700_000_000 + random.below(1_000_000)},${(random.below(400) / 10).toFixed(1)},${random.below(1024)},OK\r\n`),
  json: (page, random) => text(page, () => `{"class":"TPV","mode":3,"lat":${(48 + random.below(1000) / 1e4).toFixed(4)},"alt":${random.below(900)}}\n`),
  struct: structs,
  random: (page, random) => random.fill(page),
  mixed: (page, random) => {
    makers.csv(page, random);
    random.fill(page.subarray(random.below(page.length)));
  },
  sparse: (page, random) => {
    for (let i = 0; i < page.length / 32; i++) page[random.below(page.length)] = random.below(256);
  },
};

function text(page: Uint8Array, line: () => string): void {
  for (let at = 0; at < page.length;) {
    const bytes = Buffer.from(line(), "latin1").subarray(0, page.length - at);
    page.set(bytes, at);
    at += bytes.length;
  }
}

/** 16-byte records: a counter, a slow reading, flags, and a little noise. */
function structs(page: Uint8Array, random: Random): void {
  const view = new DataView(page.buffer);
  let reading = random.below(4096);
  for (let at = 0; at + 16 <= page.length; at += 16) {
    reading = reading + random.below(9) - 4 & 4095;
    view.setUint32(at, at >> 4, true);
    view.setUint16(at + 4, reading, true);
    view.setUint16(at + 6, random.chance(10) ? 1 : 0, true);
    view.setUint32(at + 8, 0xffffff00 | random.below(256), true);
  }
}

/** Real pages, `perFile` from each file of the development corpus; none when it is not there. */
export function corpusPages(lengthBytes: number, perFile: number): { name: string; page: Uint8Array }[] {
  const folder = join(process.cwd(), "..", "shared", "corpus");
  if (!existsSync(folder)) return [];
  const kinds = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory() && entry.name !== "traces" && entry.name !== "LICENSES");
  return kinds.flatMap((kind) => readdirSync(join(folder, kind.name)).flatMap((file) => pagesOf(join(folder, kind.name, file), file, lengthBytes, perFile)));
}

function pagesOf(path: string, name: string, lengthBytes: number, perFile: number): { name: string; page: Uint8Array }[] {
  const bytes = readFileSync(path);
  const pages = Math.floor(bytes.length / lengthBytes);
  const step = Math.max(1, Math.floor(pages / perFile));
  return Array.from({ length: Math.min(perFile, pages) }, (_, i) => {
    const at = i * step * lengthBytes;
    return { name: `${name}@${at}`, page: Uint8Array.from(bytes.subarray(at, at + lengthBytes)) };
  });
}
