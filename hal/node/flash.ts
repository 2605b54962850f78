/**
 * The chip behind a store in Node: a fresh one of a part, or one that is kept. A kept chip's cells lie in a file or in a
 * byte array of the caller's, as a programmer would read them out of the chip (kept-cells.ts); whatever is programmed or
 * erased is on its way there before the call returns (D7 of hal/flash.ts), so a process that ends anywhere has had a power
 * cut, no more. An error of the operating system is none of the chip's: sync() tells it.
 */
import { Flash, FlashGeometry, FlashResult } from "../flash";
import { openSimFlash } from "../sim/flash";
import { NorPart, PARTS, partNamed } from "../sim/parts";
import { CellArray, CellFile, KeptCells, reasonOf } from "./kept-cells";

const DEFAULT_PART = "w25q16";
const PATH = /[./\\]/;

/** A chip, and where its cells are kept if they are. */
export interface NodeFlash { flash: Flash; kept?: KeptCells; }

/** A flash whose cells are kept. */
class KeptFlash implements Flash {
  readonly geometry: FlashGeometry;
  readonly name: string;

  constructor(private readonly flash: Flash, private readonly cells: Uint8Array, private readonly kept: KeptCells) {
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

  private keepRange(at: number, length: number): void { this.kept.keep(at, this.cells.subarray(at, at + length)); }
}

/** The part that `part` names, or the first of this size. */
function partFor(part: string | undefined, sizeBytes: number | undefined): NorPart {
  if (part !== undefined || sizeBytes === undefined) return partNamed(part ?? DEFAULT_PART);
  const parts = Object.values(PARTS) as NorPart[];
  const fitting = parts.find((one) => one.sizeBytes === sizeBytes);
  if (fitting !== undefined) return fitting;
  throw new RangeError(`open: the flash image has ${sizeBytes} bytes; expected a whole chip's: ${parts.map((one) => `${one.sizeBytes} (${one.name})`).join(", ")}.`);
}

/** The part for an image of `length` bytes; throws when no chip, or not the one that is named, has that many. */
function partOfImage(part: string | undefined, length: number): NorPart {
  const chip = partFor(part, length);
  if (length !== chip.sizeBytes) throw new RangeError(`open: the flash image has ${length} bytes; a ${chip.name} has ${chip.sizeBytes}.`);
  return chip;
}

function openArray(array: Uint8Array, part: string | undefined): NodeFlash {
  const { chip, flash } = openSimFlash(partOfImage(part, array.length).name, { content: array });
  const kept = new CellArray(array, chip.cells);
  return { flash: new KeptFlash(flash, chip.cells, kept), kept };
}

/** A file that is not there is a new chip. */
function openFile(path: string, part: string | undefined): NodeFlash {
  const wanted = partFor(part, undefined);
  let file: CellFile | undefined;
  try {
    file = CellFile.open(path);
    const content = file.read((length) => { partOfImage(part, length); });
    const { chip, flash } = openSimFlash((content === undefined ? wanted : partOfImage(part, content.length)).name, { content });
    file.attach(chip.cells);
    return { flash: new KeptFlash(flash, chip.cells, file), kept: file };
  } catch (error) {
    file?.drop();
    throw error instanceof RangeError ? error : cannotOpen(path, error);
  }
}

/** What mends what the system refused, by its code. */
const ADVICE: { [code: string]: string } = {
  ENOENT: "make its folder first, or name another",
  ENOTDIR: "name one whose folder is a folder",
  ENOSPC: "make room on the disk, or name another",
  EDQUOT: "make room on the disk, or name another",
  EMFILE: "close other files first",
  ENFILE: "close other files first",
  ENAMETOOLONG: "give it a shorter name",
  EACCES: "change its permissions or its folder's, or name another",
  EPERM: "change its permissions or its folder's, or name another",
  EROFS: "name one in a folder that can be written to",
};

/** One sentence, whether the system speaks or we do. */
function cannotOpen(path: string, error: unknown): Error {
  const { code, syscall } = error as NodeJS.ErrnoException;
  const isOurs = syscall === undefined;
  const system = `the flash file ${path} cannot be opened (${reasonOf(error)}): ${ADVICE[code ?? ""] ?? "mend that, or name another"}`;
  const why = isOurs ? reasonOf(error) : system;
  return Object.assign(new Error(`open: ${why}.`), { code: FlashResult.Failed });
}

/** What `flash` names: a part, a file (its name has a dot or a slash), a byte array; nothing: a chip of `part`; false: no flash at all. */
export function openFlash(flash: string | Uint8Array | false | undefined, part: string | undefined): NodeFlash | undefined {
  if (flash === false) return undefined;
  if (flash instanceof Uint8Array) return openArray(flash, part);
  if (flash !== undefined && PATH.test(flash)) return openFile(flash, part);
  return { flash: openSimFlash(flash ?? part ?? DEFAULT_PART).flash };
}
