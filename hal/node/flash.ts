/**
 * The chip behind a store in Node: a fresh one of a part, or one that is kept. A kept chip's cells lie in a file or in a
 * byte array of the caller's, as a programmer would read them out of the chip; whatever is programmed or erased is there
 * before the call returns (D7 of hal/flash.ts), so a process that ends anywhere has had a power cut, no more.
 */
import { existsSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { Flash, FlashGeometry, FlashResult } from "../flash";
import { openSimFlash } from "../sim/flash";
import { NorPart, PARTS, partNamed } from "../sim/parts";

const DEFAULT_PART = "w25q16";
const PATH = /[./\\]/;

/** Puts a range of the cells where they are kept. */
type Keep = (at: number, bytes: Uint8Array) => void;

/** A flash whose cells are kept. */
class KeptFlash implements Flash {
  readonly geometry: FlashGeometry;
  readonly name: string;

  constructor(private readonly flash: Flash, private readonly cells: Uint8Array, private readonly keep: Keep) {
    this.geometry = flash.geometry;
    this.name = flash.name;
  }

  read(address: number, into: Uint8Array): FlashResult { return this.flash.read(address, into); }

  program(address: number, from: Uint8Array): FlashResult {
    const result = this.flash.program(address, from);
    if (result !== FlashResult.Invalid) this.keepRange(address, from.length);
    return result;
  }

  erase(address: number): FlashResult {
    const result = this.flash.erase(address);
    if (result !== FlashResult.Invalid) this.keepRange(address, this.geometry.sectorBytes);
    return result;
  }

  private keepRange(at: number, length: number): void { this.keep(at, this.cells.subarray(at, at + length)); }
}

/** The part that `part` names, or the first of this size. */
function partFor(part: string | undefined, sizeBytes: number | undefined): NorPart {
  if (part !== undefined || sizeBytes === undefined) return partNamed(part ?? DEFAULT_PART);
  const parts = Object.values(PARTS) as NorPart[];
  const fitting = parts.find((one) => one.sizeBytes === sizeBytes);
  if (fitting !== undefined) return fitting;
  throw new RangeError(`open: the flash image has ${sizeBytes} bytes; expected a whole chip's: ${parts.map((one) => `${one.sizeBytes} (${one.name})`).join(", ")}.`);
}

/** A chip of `part` that holds `content` (FF if there is none), kept by `keep`. */
function openKept(part: NorPart, content: Uint8Array | undefined, keep: Keep): Flash {
  if (content !== undefined && content.length !== part.sizeBytes) throw new RangeError(`open: the flash image has ${content.length} bytes; a ${part.name} has ${part.sizeBytes}.`);
  const { chip, flash } = openSimFlash(part.name, { content });
  return new KeptFlash(flash, chip.cells, keep);
}

/** A file that is not there is a new chip. */
function openFile(path: string, part: string | undefined): Flash {
  const content = existsSync(path) ? readFileSync(path) : undefined;
  const chip = partFor(part, content?.length);
  if (content === undefined) writeFileSync(path, new Uint8Array(chip.sizeBytes).fill(0xff));
  let file: number | undefined;
  return openKept(chip, content, (at, bytes) => {
    file ??= openSync(path, "r+");
    writeSync(file, bytes, 0, bytes.length, at);
  });
}

/** What `flash` names: a part, a file (its name has a dot or a slash), a byte array; nothing: a chip of `part`; false: no flash at all. */
export function openFlash(flash: string | Uint8Array | false | undefined, part: string | undefined): Flash | undefined {
  if (flash === false) return undefined;
  if (flash instanceof Uint8Array) return openKept(partFor(part, flash.length), flash, (at, bytes) => flash.set(bytes, at));
  if (flash !== undefined && PATH.test(flash)) return openFile(flash, part);
  return openSimFlash(flash ?? part ?? DEFAULT_PART).flash;
}
