/** The bench image's figures, page by page, and what they add up to. Everything is in instructions. */

/** One page, as `struct record` in main.c has it. */
export interface PageRecord {
  theirCompress: number;
  theirDecompress: number;
  ourCompress: number;
  ourDecompress: number;
  store: number;
  load: number;
  theirBytes: number;
  ourBytes: number;
  /** 0: admitted; a refusal otherwise. */
  storeResult: number;
  wasLoaded: boolean;
}

const WORDS = 10;
export const RECORD_BYTES = WORDS * 4;

export function parseRecords(bytes: Uint8Array): PageRecord[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: Math.floor(bytes.byteLength / RECORD_BYTES) }, (_, page) => {
    const word = (n: number): number => view.getInt32(page * RECORD_BYTES + n * 4, true);
    return {
      theirCompress: word(0), theirDecompress: word(1), ourCompress: word(2), ourDecompress: word(3), store: word(4), load: word(5),
      theirBytes: word(6), ourBytes: word(7), storeResult: word(8), wasLoaded: word(9) !== 0,
    };
  });
}

/** Means over some pages. Ratios are of sums, so that a cheap page does not count as much as a dear one. */
export interface Summary {
  pages: number;
  theirCompress: number;
  theirDecompress: number;
  ourCompress: number;
  ourDecompress: number;
  compressTimes: number;
  decompressTimes: number;
  /** Compressed size, percent of the page. */
  theirPercent: number;
  ourPercent: number;
  /** Mean and worst of a whole admitted store, less compressing, and of a whole load, less decompressing. */
  storeBeyond: number;
  storeBeyondWorst: number;
  loadBeyond: number;
  loadBeyondWorst: number;
  refused: number;
}

/** Decompression is compared on pages that did compress: a raw page has nothing to decode. */
export function summarize(records: PageRecord[], pageBytes: number): Summary {
  const packed = records.filter((record) => record.ourBytes < pageBytes);
  const stores = records.filter((record) => record.storeResult === 0).map((record) => record.store - record.ourCompress);
  const loads = packed.filter((record) => record.wasLoaded).map((record) => record.load - record.ourDecompress);
  const theirDecompress = mean(packed.map((record) => record.theirDecompress));
  const theirCompress = mean(records.map((record) => record.theirCompress));
  const ourCompress = mean(records.map((record) => record.ourCompress));
  const ourDecompress = mean(packed.map((record) => record.ourDecompress));
  return {
    pages: records.length,
    theirCompress: Math.round(theirCompress), theirDecompress: Math.round(theirDecompress),
    ourCompress: Math.round(ourCompress), ourDecompress: Math.round(ourDecompress),
    compressTimes: hundredths(ourCompress / theirCompress), decompressTimes: packed.length > 0 ? hundredths(ourDecompress / theirDecompress) : 0,
    theirPercent: percent(records.map((record) => Math.min(record.theirBytes, pageBytes)), pageBytes),
    ourPercent: percent(records.map((record) => record.ourBytes), pageBytes),
    storeBeyond: Math.round(mean(stores)), storeBeyondWorst: Math.max(0, ...stores),
    loadBeyond: Math.round(mean(loads)), loadBeyondWorst: Math.max(0, ...loads),
    refused: records.length - stores.length,
  };
}

function mean(values: number[]): number { return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length; }
function hundredths(value: number): number { return Math.round(value * 100) / 100; }
function percent(values: number[], of: number): number { return Math.round(1000 * mean(values) / of) / 10; }
