/**
 * What every codec owes, whoever wrote it and whatever it runs on. test/core/codec-contract.test.ts holds each of them to
 * it: lz4 and zbale in both builds, the two ways to keep a page without packing it, and lz-string as a baseline.
 *
 * P1  A page that was packed comes back, to the bit, from the packed bytes and its length alone: no state, no header of
 *     the page elsewhere. Packed bytes are at least one.
 * P2  The result fits `capacity`, or there is none: then nothing is kept, and the page is as good as before. A codec may
 *     give up early; it may not give up on a page that it packed into fewer bytes than `capacity` less 8 before.
 * P3  The same page gives the same packed bytes, whatever was packed or damaged before it.
 * P4  Packing changes neither the page nor a byte outside its output; unpacking writes nothing outside the page's length.
 * P5  Damaged bytes end in `undefined` or in a wrong page of the right length, in bounded time. A checksum is the store's
 *     business, not the codec's.
 *
 * In the core a codec is two functions over arena offsets, compress(src, length, dst, capacity, work) and
 * decompress(src, packedLength, dst, length, work): a length, or TooBig and Corrupt. Here they wear one face.
 */
export interface PageCodec {
  readonly name: string;
  /** The packed bytes, at most `capacity`; undefined if there are none that short, or the page is not of its kind. */
  pack(page: Uint8Array, capacity: number): Uint8Array | undefined;
  /** The page of `length` bytes; undefined if `packed` is damaged and shows it. */
  unpack(packed: Uint8Array, length: number): Uint8Array | undefined;
}
