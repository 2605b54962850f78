/**
 * Espruino: the Flash contract over its module Flash. What that module does is in its documentation: write(data, addr) only
 * clears bits, erasePage(addr) clears the page around an address, getFree() names areas that nobody uses, getPage(addr) tells
 * a page's beginning and length. Addresses are the chip's own, so the region's beginning is added here.
 *
 * Words of four bytes are the granule: firmware before 2v10 took nothing else, and the flash inside a Nordic chip allows two
 * programs of a word between two erases (its data sheet), which the core keeps to.
 *
 * The module Storage is not used as flash: its files are written once, and a rewrite leaves the old one as garbage until a
 * compaction that moves everything. It is the place for the bundle itself: eval(require("Storage").read("zcache")) leaves the
 * text in flash. Its heatshrink is not used as a codec either, for three reasons: its result is a new ArrayBuffer each time,
 * where the core allocates nothing; no other build could read what it packed, in a dump or on flash, where one format holds
 * for all; and it would be a call out of the core in the middle of a store.
 */
import { RangeFlash, type ScriptFlash } from "../script/flash";

/** Espruino's module, as far as it is used. */
export interface EspruinoFlash {
  getFree(): { addr: number; length: number }[];
  getPage(addr: number): { addr: number; length: number } | undefined;
  erasePage(addr: number): void;
  write(data: Uint8Array, addr: number): void;
  read(length: number, addr: number): Uint8Array | undefined;
}

const WORD_BYTES = 4;
/** Nordic's figures for nRF52: program and erase cycles of a page, programs of a word between erases. */
const ENDURANCE_ERASES = 10000;
const PROGRAMS_PER_WORD = 2;

/** The largest free area, or undefined. */
function largestFree(module: EspruinoFlash): { addr: number; length: number } | undefined {
  const areas = module.getFree();
  let best: { addr: number; length: number } | undefined;
  for (let i = 0; i < areas.length; i++) if (best === undefined || areas[i].length > best.length) best = areas[i];
  return best;
}

/**
 * Opens `sectors` pages of the largest free area (all of it when absent). undefined when the board has no free flash, or not
 * so much: a store without flash is still a store.
 */
export function openEspruinoFlash(module: EspruinoFlash, sectors?: number): ScriptFlash | undefined {
  const area = largestFree(module);
  const page = area === undefined ? undefined : module.getPage(area.addr);
  if (area === undefined || page === undefined) return undefined;
  const start = page.addr < area.addr ? page.addr + page.length : page.addr;
  const there = ((area.addr + area.length - start) / page.length) | 0;
  const wanted = sectors === undefined ? there : sectors;
  if (wanted < 1 || wanted > there) return undefined;
  return new RangeFlash("Espruino Flash at " + start, {
    sizeBytes: wanted * page.length, sectorBytes: page.length, programBytes: WORD_BYTES, granuleBytes: WORD_BYTES,
    programsPerGranule: PROGRAMS_PER_WORD, enduranceErases: ENDURANCE_ERASES,
  }, {
    read: function (address: number, into: Uint8Array): void { into.set(module.read(into.length, start + address)!); },
    write: function (address: number, from: Uint8Array): void { module.write(from, start + address); },
    erase: function (address: number): void { module.erasePage(start + address); },
  });
}
