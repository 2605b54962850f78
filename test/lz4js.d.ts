/** The two calls of lz4js, an LZ4 by other hands, that our tests compare with. */
declare module "lz4js" {
  interface Lz4 {
    /** Writes the block for src[start..start + length) to dst; its length, 0 if it did not shrink. */
    compressBlock(src: Uint8Array, dst: Uint8Array, start: number, length: number, hashTable: Uint32Array): number;
    /** Decodes src[start..start + length) into dst from `at` on; where the output ends. */
    decompressBlock(src: Uint8Array, dst: Uint8Array, start: number, length: number, at: number): number;
  }
  const lz4: Lz4;
  export default lz4;
}
