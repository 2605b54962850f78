/**
 * Any engine whose host has a flash to give: plain JerryScript, MicroQuickJS, QuickJS, Duktape in somebody's firmware. The
 * host hands over an object of three functions, which answer 0 (or nothing) when it went well and anything else when not:
 *
 *   { size, sector, read(address, bytes), write(address, bytes), erase(address) }
 *
 * `bytes` is a Uint8Array to fill or to program; write() only clears bits, erase() sets one sector of `sector` bytes to FF.
 */
import { RangeFlash, type ScriptFlash } from "../script/flash";

export interface HostFlash {
  /** Bytes of the region, a multiple of `sector`. */
  size: number;
  /** Bytes that one erase clears, a power of two. */
  sector: number;
  /** Smallest programmable range and its alignment, bytes; 1 if absent. */
  granule?: number;
  /** Programs of a granule between two erases; any number if absent. */
  programs?: number;
  read(address: number, bytes: Uint8Array): any;
  write(address: number, bytes: Uint8Array): any;
  erase(address: number): any;
}

const PROGRAM_BYTES = 256;
const ENDURANCE_ERASES = 100000;

function check(answer: any): void {
  if (answer !== undefined && answer !== 0) throw new Error("the host's flash answered " + answer);
}

/** The Flash contract over the host's object; undefined when its figures are no flash's. */
export function openHostFlash(host: HostFlash): ScriptFlash | undefined {
  const granule = host.granule === undefined ? 1 : host.granule;
  if (!(host.sector >= 4096) || (host.sector & (host.sector - 1)) != 0 || !(host.size >= host.sector) || host.size % host.sector != 0) return undefined;
  return new RangeFlash("the host's flash", {
    sizeBytes: host.size, sectorBytes: host.sector, programBytes: PROGRAM_BYTES < granule ? granule : PROGRAM_BYTES, granuleBytes: granule,
    programsPerGranule: host.programs === undefined ? 0 : host.programs, enduranceErases: ENDURANCE_ERASES,
  }, {
    read: function (address: number, into: Uint8Array): void { check(host.read(address, into)); },
    write: function (address: number, from: Uint8Array): void { check(host.write(address, from)); },
    erase: function (address: number): void { check(host.erase(address)); },
  });
}
