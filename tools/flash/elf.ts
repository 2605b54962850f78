/** What flashing needs of an ELF file: the bytes to write and the memory they and the program want. */
import { readBounded, statOf } from "../bounded-file";
import { usage } from "../failure";

/** A segment that a loader would load. Addresses and sizes in bytes. */
export interface Segment {
  /** Where its bytes are written. */
  loadAt: number;
  /** Where the program expects it. */
  runAt: number;
  bytes: Uint8Array;
  /** With what is only cleared or reserved. */
  runBytes: number;
}

const MAGIC = 0x464c457f;
const CLASS_32_LITTLE = 0x0101;
const EXECUTABLE = 2;
const ARM = 40;
const HEADER_BYTES = 52;
/** Bytes of an ELF file, debug information included. */
const ELF_MOST = 1 << 27;
const SEGMENT_HEADER_BYTES = 32;
const LOAD = 1;

/** The loadable segments by address; one sentence if the file is not a program for a 32-bit ARM. */
export function readSegments(path: string): Segment[] {
  if (!statOf(path, "the image")?.isFile()) throw usage(`there is no image ${path}: name an ELF file`);
  const file = Buffer.from(readBounded(path, "the image", ELF_MOST));
  if (file.length < HEADER_BYTES || file.readUInt32LE(0) !== MAGIC) throw usage(`${path} is not an ELF file: name the .elf of the image, the other formats are made from it`);
  if (file.readUInt16LE(4) !== CLASS_32_LITTLE || file.readUInt16LE(16) !== EXECUTABLE || file.readUInt16LE(18) !== ARM) {
    throw usage(`${path} is not a program for a 32-bit little-endian ARM: build the image of this board`);
  }
  const [start, count] = [file.readUInt32LE(28), file.readUInt16LE(44)];
  if (start + count * SEGMENT_HEADER_BYTES > file.length) throw usage(`${path} is cut short: build it again`);
  return Array.from({ length: count }, (_, i) => start + i * SEGMENT_HEADER_BYTES)
    .filter((at) => file.readUInt32LE(at) === LOAD)
    .map((at) => segmentAt(path, file, at))
    .sort((a, b) => a.loadAt - b.loadAt);
}

function segmentAt(path: string, file: Buffer, at: number): Segment {
  const [offset, runAt, loadAt, fileBytes, runBytes] = [4, 8, 12, 16, 20].map((field) => file.readUInt32LE(at + field));
  if (offset + fileBytes > file.length) throw usage(`${path} is cut short: build it again`);
  return { loadAt, runAt, runBytes, bytes: file.subarray(offset, offset + fileBytes) };
}
