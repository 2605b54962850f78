/**
 * What every key must hold: a map that does what the store should do, with none of its cleverness. It knows three
 * sorts of keys: pages of areas (zeros until written, never lost), persistent pages (exactly the last accepted store)
 * and ephemeral pages (the last put, or nothing; once nothing, nothing until the next put).
 */
export type Verdict = string;

/** No complaint. */
export const FINE: Verdict = "";

export class Oracle {
  private readonly areas = new Map<number, Map<number, Uint8Array>>();
  private readonly persistent = new Map<string, Uint8Array>();
  private readonly ephemeral = new Map<string, Uint8Array>();

  constructor(private readonly pageBytes: number) {}

  // Areas

  openArea(area: number): void { this.areas.set(area, new Map()); }
  closeArea(area: number): void { this.areas.delete(area); }
  writePage(area: number, page: number, content: Uint8Array): void { this.areas.get(area)!.set(page, content.slice()); }
  discardPage(area: number, page: number): void { this.areas.get(area)!.delete(page); }

  /** What a page of an area must read as. */
  areaPage(area: number, page: number): Uint8Array {
    return this.areas.get(area)?.get(page) ?? new Uint8Array(this.pageBytes);
  }

  /** Every page of every area that was written and not discarded since. */
  *writtenPages(): Iterable<{ area: number; page: number; content: Uint8Array }> {
    for (const [area, pages] of this.areas) for (const [page, content] of pages) yield { area, page, content };
  }

  checkArea(area: number, page: number, got: Uint8Array): Verdict {
    return compare(`page ${page} of area ${area}`, this.areaPage(area, page), got);
  }

  // Persistent names

  /** A store that was accepted. */
  stored(key: string, content: Uint8Array): void { this.persistent.set(key, content.slice()); }
  /** A store that was refused, or an invalidation: nothing may be found any more. */
  gone(key: string): void { this.persistent.delete(key); }
  goneWithPrefix(prefix: string): void { dropPrefix(this.persistent, prefix); }
  hasPersistent(key: string): boolean { return this.persistent.has(key); }
  persistentKeys(): Iterable<string> { return this.persistent.keys(); }
  get persistentCount(): number { return this.persistent.size; }

  /** A load's result: `got` is undefined when nothing was found. */
  checkLoad(key: string, got: Uint8Array | undefined): Verdict {
    const expected = this.persistent.get(key);
    if (expected === undefined) return got === undefined ? FINE : `${key} was loaded, but nothing is stored there`;
    return got === undefined ? `${key} is lost` : compare(key, expected, got);
  }

  // Ephemeral names

  put(key: string, content: Uint8Array): void { this.ephemeral.set(key, content.slice()); }
  flushed(key: string): void { this.ephemeral.delete(key); }
  flushedWithPrefix(prefix: string): void { dropPrefix(this.ephemeral, prefix); }

  /** A get's result. Either way the page is gone with it: a get is exclusive, and a failed one stays failed. */
  checkGet(key: string, got: Uint8Array | undefined): Verdict {
    const expected = this.ephemeral.get(key);
    this.ephemeral.delete(key);
    if (got === undefined) return FINE;
    return expected === undefined ? `${key} was got, but nothing can be there` : compare(key, expected, got);
  }
}

function dropPrefix(map: Map<string, Uint8Array>, prefix: string): void {
  for (const key of map.keys()) if (key.startsWith(prefix)) map.delete(key);
}

/** Where two pages differ, as a sentence. */
export function compare(what: string, expected: Uint8Array, got: Uint8Array): Verdict {
  if (Buffer.compare(expected, got) === 0) return FINE;
  const at = expected.findIndex((byte, i) => byte !== got[i]);
  return `${what} differs at byte ${at}: expected ${expected[at]}, got ${got[at]}`;
}
