/**
 * zcache-mcu: the API an app sees, the same on our own image (`var z = require("zcache")`, open since boot), on other
 * engines, and in Node:
 *
 *     import { open } from "zcache-mcu";
 *     const z = open();
 *
 * Whatever cannot be done throws an Error of one sentence, whose `code` is the core's (-1 invalid, -2 never fits, -3 not now, -4
 * not there, -5 damaged, -6 flash failed, -7 swap full, -8 tables full, -9 no flash or its swap area is closed, -24 kept with another
 * length), and leaves what was stored as it was. What is not durable is empty after a reset; what is durable is as it was last synced.
 */

/** What a map or cache can hold. Members of objects are stored as JSON.stringify() writes them. */
export type Value = string | number | boolean | null | Uint8Array | object;

/** Options of what can outlive a reset. A board without flash refuses `durable: true` in one sentence. */
export interface KeepOptions {
  /**
   * Kept on flash under its name, as of the last sync(); open it with the same length after a reset, and it is there again.
   * Durable names have up to 23 bytes; an area, a map and a log may have the same one.
   * @example var state = z.area("state", 4096, { durable: true });
   */
  durable?: boolean;
  /** Its length, where the options stand in the place of the bytes. @example var seen = z.map("seen", { durable: true, bytes: 8192 }); */
  bytes?: number;
}

/** What every handle has. A handle that was freed refuses every call. */
export interface Handle {
  readonly name: string;
  /**
   * Gives up the name and everything stored under it. What is durable stays on flash as it was last synced, to be opened again.
   * @example trace.free();
   */
  free(): void;
}

/** What a handle has that was opened durable, or could have been. */
export interface Keepable extends Handle {
  /** True if it is; absent if not. @example if (!seen.durable) print("volatile"); */
  readonly durable?: boolean;
  /**
   * Returns when everything in it is on flash, whatever happens to the power from then on: all of it at once, or if this throws or
   * the power goes meanwhile, what was there before. Costs what has changed. Refused for what is not durable.
   * @example state.write(0, "page 12"); state.sync();
   */
  sync(): void;
}

/** A row of bytes far longer than RAM. Offsets count from 0; everything is 0 until it is written. */
export interface Area extends Keepable {
  /** @example trace.length; // 98304 */
  readonly length: number;
  /** Bytes in pages that were never written. @example trace.room; // 94208 */
  readonly room: number;
  /**
   * Reads from `offset` on into a byte array; the bytes read: fewer than it holds at the area's end.
   * @example var into = new Uint8Array(64); trace.read(4096, into); // 64
   */
  read(offset: number, into: Uint8Array): number;
  /**
   * Writes a byte array, or text of one byte a character (up to U+00FF). All of it must fit. The bytes written.
   * @example trace.write(4096, new Uint8Array([1, 2, 3])); trace.write(0, "text");
   */
  write(offset: number, bytes: Uint8Array | string): number;
  /** @example trace.at(4097); // 2 */
  at(index: number): number;
  /** Sets one byte. @example trace.set(4097, 9); */
  set(index: number, value: number): void;
  /** Sets every byte; pages of one byte cost no RAM. @example trace.fill(0); */
  fill(value: number): void;
  /**
   * The bytes from `start` to before `end`: in a new array, or at the start of `into`, which is returned.
   * @example trace.slice(4096, 4099); // Uint8Array [1, 9, 3]
   */
  slice(start: number, end: number, into?: Uint8Array): Uint8Array;
}

/** Values by key, compressed. A key is text of 1 to 100 bytes (UTF-8). */
export interface ZMap extends Keepable {
  /** @example seen.size; // 1 */
  readonly size: number;
  /** Bytes left for entries; one takes its key, its value and 6 bytes. @example seen.room; // 64920 */
  readonly room: number;
  /** The value, or undefined. @example seen.get("0c:2a").rssi; // -71 */
  get(key: string): any;
  /**
   * Stores a value of up to what the map's pages hold. Functions, undefined, cycles, numbers that are not finite and typed arrays
   * other than Uint8Array are refused; a map that is full refuses and keeps what it has.
   * @example seen.set("0c:2a", { rssi: -71, at: 1712 });
   */
  set(key: string, value: Value): void;
  /** @example if (!seen.has(id)) seen.set(id, 1); */
  has(key: string): boolean;
  /** Was there one? @example seen.delete("0c:2a"); // true */
  delete(key: string): boolean;
  /**
   * Calls `each` for every entry, in no order. The entry at hand may be deleted; others added or deleted meanwhile may or may
   * not be visited.
   * @example seen.forEach(function (value, key) { print(key, value.rssi); });
   */
  forEach(each: (value: any, key: string) => void): void;
  /** @example seen.keys().sort(); */
  keys(): string[];
  /** @example seen.clear(); seen.size; // 0 */
  clear(): void;
}

/** Entries in a ring: when it is full, the oldest make room. */
export interface Log extends Keepable {
  /** Entries held. @example log.length; */
  readonly length: number;
  /** Bytes that are left before the oldest entry has to go; one takes its bytes and 4 more. @example log.room; // 65536 */
  readonly room: number;
  /** Appends text or bytes, up to 32 767 of them. @example log.append("12:00 boot"); log.append(new Uint8Array([1, 2])); */
  append(entry: string | Uint8Array): void;
  /** The newest `count` entries (10), the oldest of them first. @example log.tail(3).join("\n"); */
  tail(count?: number): (string | Uint8Array)[];
  /**
   * Calls `each` for every entry, from the oldest, or with `fromNewest` from the newest. Appending meanwhile is refused.
   * @example log.forEach(function (entry, i) { print(i, entry); }, true);
   */
  forEach(each: (entry: string | Uint8Array, index: number) => void, fromNewest?: boolean): void;
  /** @example log.clear(); log.length; // 0 */
  clear(): void;
}

/** Values that can be made again: they may vanish at any moment, and are never wrong. Keys as for a map. */
export interface Cache extends Handle {
  /** Stores a value of up to 15 pages. False: it was not taken, and nothing is under the key. @example tiles.put("3/4", bytes); */
  put(key: string, value: Value): boolean;
  /** What was put last, or undefined. @example var tile = tiles.get("3/4") || draw(3, 4); */
  get(key: string): any;
  /** Was there one? @example tiles.delete("3/4"); */
  delete(key: string): boolean;
  /** @example tiles.clear(); */
  clear(): void;
}

/** Where a device's pages are. */
export interface DeviceStats {
  disksize: number;
  mem_limit: number;
  pages: number;
  pages_unwritten: number;
  pages_resident: number;
  pages_compressed: number;
  pages_same: number;
  pages_on_flash: number;
}

/** A block device in compressed RAM, as zram is one: sectors of 512 bytes, 0 until they are written. */
export interface Device extends Handle {
  /** Its size in bytes. @example disk.disksize; // 131072 */
  readonly disksize: number;
  /** Bytes of RAM its pages may take; writes beyond are refused. 0: no limit of its own. @example disk.mem_limit = 16384; */
  mem_limit: number;
  /** Reads whole sectors; the bytes read. @example disk.read(7, new Uint8Array(512)); // 512 */
  read(sector: number, into: Uint8Array): number;
  /** Writes whole sectors; the bytes written. @example disk.write(7, sectorBytes); */
  write(sector: number, bytes: Uint8Array): number;
  /** These sectors are not needed any more and read as 0. @example disk.discard(0, 256); */
  discard(sector: number, count: number): void;
  /** @example disk.stats().pages_compressed; */
  stats(): DeviceStats;
}

/** What is thrown: an Error whose `code` is the core's. */
export interface StoreError extends Error { readonly code: number; }

/** What a handler is told: which event, and the sentence of the refusal it stands for. */
export interface StoreEvent { event: "lowmemory" | "budget"; reason: string; }

export interface Store {
  /** Opens an area of `bytes`, or finds it: without `bytes` it must be open. @example var trace = z.area("accel", 96 * 1024); */
  area(name: string, bytes?: number | KeepOptions, options?: KeepOptions): Area;
  /** Opens a map, of 64 KB if not said otherwise: what it holds at most, with its tables. @example var seen = z.map("seen"); */
  map(name: string, bytes?: number | KeepOptions, options?: KeepOptions): ZMap;
  /** Opens a log, of 64 KB if not said otherwise. @example var log = z.log("events", 64 * 1024); */
  log(name: string, bytes?: number | KeepOptions, options?: KeepOptions): Log;
  /** Opens one of 8 caches. @example var tiles = z.cache("tiles"); */
  cache(name: string): Cache;
  /** Opens block device `number` (0 to 15) of `bytes`. @example var disk = z.device(0, 128 * 1024); */
  device(number: number, bytes?: number): Device;
  /** Frees an area by name, or anything by its handle. @example z.free("accel"); */
  free(which: string | number | Handle): void;
  /** The same, and what is durable goes from flash too, with the next sync. @example z.delete(state); z.sync(); */
  delete(which: string | number | Handle): void;
  /** As sync() of everything that is durable, in one step: all of it or nothing. @example z.sync(); */
  sync(): void;
  /**
   * Every counter by the field's own name, or one group of them. Two of group zcache_mcu may be null: `wear_budget_left` while the
   * budget is off, `flash_life_years` before 8 erases and an hour.
   * @example z.stats().frontswap.loads; z.stats("frontswap").loads;
   */
  stats(): { [group: string]: { [counter: string]: number } };
  /** @example z.stats("zcache_mcu").flash_life_years; */
  stats(group: "zcache_mcu"): { [counter: string]: number | null };
  stats(group: string): { [counter: string]: number };
  /** How many pageframes the store may use; with a number, changes that: fewer lends the rest. @example z.frames(z.frames() - 4); */
  frames(count?: number): number;
  /**
   * Calls `handler` when a store is refused for want of room, just before the error is thrown ("lowmemory"); or between two events
   * when the flash's write budget has come to its end ("budget"): from then on nothing is paged out to flash, what does not fit in
   * RAM is refused, and sync() goes on. Once each time, not again while it lasts.
   * @example z.on("lowmemory", function (e) { tiles.clear(); });
   */
  on(event: "lowmemory" | "budget", handler: (event: StoreEvent) => void): void;
  /**
   * On our own image: milliseconds that a timer's function may take before it is stopped, and all timers with it; 0 or none: as
   * long as it likes. In Node nothing stops it.
   * @example z.watchdog = 5000;
   */
  watchdog?: number;
  /**
   * Does what is left for idle moments: keeps frames free, packs cold pages more densely, moves cold data off worn sectors. For bundles on
   * other engines, which have no loop of their own to do it in; here and on our image it is done between two events.
   * @example setInterval(function () { z.idle(); }, 100);
   */
  idle?(): void;
  /** Takes a handler back. @example z.off("lowmemory", handler); */
  off(event: "lowmemory" | "budget", handler: (event: StoreEvent) => void): void;
}

/** How large the simulated board is. The defaults are those of the 64 KB board. */
export interface OpenOptions {
  /** Bytes of RAM for tables and pageframes; 16384 to 64 MB. Default 36864. */
  arenaBytes?: number;
  /** Bytes of a page; a power of two from 256 to 1024. Default 1024. */
  pageBytes?: number;
  /** Pages that can be stored at once. Default 1024. */
  pagesMax?: number;
  /** Areas, maps, logs and devices that can be open at once; a cache is none. Default 16. */
  objectsMax?: number;
  /** Pages of all durable areas, maps and logs together; 0: none. Default 64. */
  durablePagesMax?: number;
  /**
   * The simulated chip behind it: "w25q16" (default), "w25q64", "s25sl12801", "mx25r6435f"; false: none. A file (its name has a dot or a
   * slash; made if it is not there) or a byte array is the chip's content and keeps what is durable: open it again, and it is there.
   * An erased chip is all 255.
   */
  flash?: string | Uint8Array | false;
  /** The part that a file or an array is, if its size does not say so. */
  part?: string;
  /** True: a chip with something else on it is made the store's, which loses that; as `.swap format` on a board. */
  format?: boolean;
  /** KiB that may be written to the flash at all; no limit if absent. To see what an app does then. */
  writeBudgetKiB?: number;
  /** Which build of the core runs: "wasm" (default), or "script", the ES5 that other engines get. */
  core?: "wasm" | "script";
}

/** Node only: opens a store on a simulated board of its own. @example const z = open({ flash: "w25q64" }); const kept = open({ flash: "board.nor" }); */
export function open(options?: OpenOptions): Store;
