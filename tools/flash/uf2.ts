/** A UF2 file: blocks of 512 bytes, each with 256 of the image and its address, that a boot loader takes as a copied file. */
import { UF2Flags, blockSize, encodeBlock } from "uf2";

/** What boot loaders expect: whole pages of the flash. */
const PAYLOAD_BYTES = 256;

export function uf2File(image: Uint8Array, address: number, family: number): Uint8Array {
  const totalBlocks = Math.ceil(image.length / PAYLOAD_BYTES);
  const file = new Uint8Array(totalBlocks * blockSize);
  for (let blockNumber = 0; blockNumber < totalBlocks; blockNumber++) {
    const payload = new Uint8Array(PAYLOAD_BYTES);
    payload.set(image.subarray(blockNumber * PAYLOAD_BYTES, (blockNumber + 1) * PAYLOAD_BYTES));
    const flashAddress = address + blockNumber * PAYLOAD_BYTES;
    encodeBlock({ flags: UF2Flags.familyIDPresent, flashAddress, payload, blockNumber, totalBlocks, boardFamily: family }, file, blockNumber * blockSize);
  }
  return file;
}
