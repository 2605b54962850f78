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
  denseCompress: number;
  /** 0 for a page that the dense codec gave up. */
  denseDecompress: number;
  denseBytes: number;
  /** 0 for the first pages, while nothing is forgotten yet. */
  invalidate: number;
  /** A tick that had nothing to do. */
  tick: number;
}

/** One load from flash, as `struct flash_record` has it: instructions, bytes read, and what the driver takes for as many. */
export interface FlashRecord { load: number; bytes: number; driver: number; }

const WORDS = 15;
export const RECORD_BYTES = WORDS * 4;

export function parseRecords(bytes: Uint8Array): PageRecord[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: Math.floor(bytes.byteLength / RECORD_BYTES) }, (_, page) => {
    const word = (n: number): number => view.getInt32(page * RECORD_BYTES + n * 4, true);
    return {
      theirCompress: word(0), theirDecompress: word(1), ourCompress: word(2), ourDecompress: word(3), store: word(4), load: word(5),
      theirBytes: word(6), ourBytes: word(7), storeResult: word(8), wasLoaded: word(9) !== 0,
      denseCompress: word(10), denseDecompress: word(11), denseBytes: word(12), invalidate: word(13), tick: word(14),
    };
  });
}

export function parseFlashRecords(bytes: Uint8Array): FlashRecord[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = (n: number): number => view.getInt32(n * 4, true);
  return Array.from({ length: Math.floor(bytes.byteLength / 12) }, (_, i) => ({ load: word(3 * i), bytes: word(3 * i + 1), driver: word(3 * i + 2) }));
}

/** Loads from flash: what they take beyond the driver's loop over the bytes, with decompressing; and that loop by the byte. */
export interface FlashSummary {
  loads: number;
  meanBytes: number;
  mean: number;
  beyond: number;
  beyondWorst: number;
  instructionsPerByte: number;
}

export function summarizeFlash(records: FlashRecord[]): FlashSummary {
  const beyond = records.map(({ load, driver }) => load - driver);
  const bytes = mean(records.map((record) => record.bytes));
  return {
    loads: records.length, meanBytes: Math.round(bytes), mean: Math.round(mean(records.map((record) => record.load))),
    beyond: Math.round(mean(beyond)), beyondWorst: Math.max(0, ...beyond),
    instructionsPerByte: bytes === 0 ? 0 : hundredths(mean(records.map((record) => record.driver)) / bytes),
  };
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
  /** Giving up on a page that the reference cannot make smaller either: mean and worst. */
  giveUp: number;
  giveUpWorst: number;
  giveUps: number;
  denseCompress: number;
  denseDecompress: number;
  /** Total size, percent of the pages. */
  densePercent: number;
  invalidate: number;
  invalidateWorst: number;
  tick: number;
  tickWorst: number;
}

/** Decompression is compared on pages that did compress: a raw page has nothing to decode. */
export function summarize(records: PageRecord[], pageBytes: number): Summary {
  const packed = records.filter((record) => record.ourBytes < pageBytes);
  const stores = records.filter((record) => record.storeResult === 0).map((record) => record.store - record.ourCompress);
  const loads = packed.filter((record) => record.wasLoaded).map((record) => record.load - record.ourDecompress);
  const hopeless = records.filter((record) => record.ourBytes >= pageBytes && record.theirBytes >= pageBytes).map((record) => record.ourCompress);
  const invalidates = records.map((record) => record.invalidate).filter((spent) => spent > 0);
  const ticks = records.map((record) => record.tick);
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
    giveUp: Math.round(mean(hopeless)), giveUpWorst: Math.max(0, ...hopeless), giveUps: hopeless.length,
    denseCompress: Math.round(mean(records.map((record) => record.denseCompress))),
    denseDecompress: Math.round(mean(records.filter((record) => record.denseBytes < pageBytes).map((record) => record.denseDecompress))),
    densePercent: Math.round(10_000 * mean(records.map((record) => record.denseBytes)) / pageBytes) / 100,
    invalidate: Math.round(mean(invalidates)), invalidateWorst: Math.max(0, ...invalidates),
    tick: Math.round(mean(ticks)), tickWorst: Math.max(0, ...ticks),
  };
}

function mean(values: number[]): number { return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length; }
function hundredths(value: number): number { return Math.round(value * 100) / 100; }
function percent(values: number[], of: number): number { return Math.round(1000 * mean(values) / of) / 10; }
