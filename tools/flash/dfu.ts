/**
 * A DfuSe file: one image for one address, as ST's boot loaders in ROM take it (ST UM0391), with the suffix of the USB
 * specification "Device Firmware Upgrade 1.1". Numbers are little-endian.
 *
 *      0  "DfuSe" 01                  prefix: signature, version
 *      6  bytes of all but the suffix, 4
 *     10  number of targets = 1
 *     11  "Target", alternate setting 1, is named 4, name 255, bytes of its elements 4, number of elements 4
 *    285  address 4, bytes 4, the image
 *      -  suffix, 16 bytes: device FFFF, product, vendor, 011A, "UFD", 10, CRC-32 of everything before it, not inverted
 */
export interface DfuTarget {
  vendor: string;
  product: string;
  alt: number;
  /** Shown by tools, up to 254 bytes. */
  name: string;
}

const PREFIX_BYTES = 11;
const TARGET_BYTES = 274;
const ELEMENT_BYTES = 8;
const SUFFIX_BYTES = 16;
const NAME_BYTES = 254;

export function dfuseFile(image: Uint8Array, address: number, target: DfuTarget): Uint8Array {
  const elementBytes = ELEMENT_BYTES + image.length;
  const suffixAt = PREFIX_BYTES + TARGET_BYTES + elementBytes;
  const file = Buffer.alloc(suffixAt + SUFFIX_BYTES);
  file.write("DfuSe\x01", 0, "latin1");
  file.writeUInt32LE(suffixAt, 6);
  file[10] = 1;
  writeTarget(file.subarray(PREFIX_BYTES), target, elementBytes);
  file.writeUInt32LE(address, PREFIX_BYTES + TARGET_BYTES);
  file.writeUInt32LE(image.length, PREFIX_BYTES + TARGET_BYTES + 4);
  file.set(image, PREFIX_BYTES + TARGET_BYTES + ELEMENT_BYTES);
  writeSuffix(file, suffixAt, target);
  return file;
}

function writeTarget(file: Buffer, { alt, name }: DfuTarget, elementBytes: number): void {
  file.write("Target", 0, "latin1");
  file[6] = alt;
  file.writeUInt32LE(1, 7);
  file.write(name.slice(0, NAME_BYTES), 11, "latin1");
  file.writeUInt32LE(elementBytes, 266);
  file.writeUInt32LE(1, 270);
}

function writeSuffix(file: Buffer, at: number, { vendor, product }: DfuTarget): void {
  [0xffff, parseInt(product, 16), parseInt(vendor, 16), 0x011a].forEach((half, i) => file.writeUInt16LE(half, at + 2 * i));
  file.write("UFD", at + 8, "latin1");
  file[at + 11] = SUFFIX_BYTES;
  file.writeUInt32LE(crc32(file.subarray(0, at + 12)), at + 12);
}

/** CRC-32 of the usual polynomial without the inversion at the end. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc >>> 1 ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return crc >>> 0;
}
