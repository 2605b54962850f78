/** The codecs of codec.ts: the core's, out of either build, and those that need no core. */
import type { CoreCalls } from "../core/wasm-core";
import type { PageCodec } from "./codec";

/** A core whose codecs are used and nothing else: its arena need not be open. */
export interface CodecHost {
  readonly calls: Pick<CoreCalls, "lz4Compress" | "lz4Decompress" | "zbaleCompress" | "zbaleDecompress">;
  readonly bytes: Uint8Array;
}

/** Where things lie in the host's arena: behind its header, a work area, a page, its packed form, the page again. */
export const CODEC_PLACES = { work: 4096, page: 8192, packed: 12_800, unpacked: 20_480, end: 28_672 };

/** The core's two codecs, on pages of up to 4096 bytes. */
export function coreCodecs({ calls, bytes }: CodecHost): PageCodec[] {
  const { work, page: from, packed: to, unpacked } = CODEC_PLACES;
  const make = (name: string, compress: CoreCalls["zbaleCompress"], decompress: CoreCalls["zbaleDecompress"]): PageCodec => ({
    name,
    pack(page, capacity) {
      bytes.set(page, from);
      const length = compress(from, page.length, to, capacity, work);
      return length < 0 ? undefined : bytes.slice(to, to + length);
    },
    unpack(packed, length) {
      bytes.set(packed, to);
      return decompress(to, packed.length, unpacked, length, work) === length ? bytes.slice(unpacked, unpacked + length) : undefined;
    },
  });
  return [make("lz4", calls.lz4Compress, calls.lz4Decompress), make("zbale", calls.zbaleCompress, calls.zbaleDecompress)];
}

/** A page that is one word repeated is kept as that word. */
export const sameFilled: PageCodec = {
  name: "same-filled",
  pack: (page, capacity) => capacity >= 4 && page.length >= 4 && page.length % 4 === 0 && page.every((byte, at) => byte === page[at & 3]) ? page.slice(0, 4) : undefined,
  unpack: (packed, length) => packed.length === 4 && length % 4 === 0 ? Uint8Array.from({ length }, (_, at) => packed[at & 3]) : undefined,
};

/** No codec: the page as it is. */
export const none: PageCodec = {
  name: "none",
  pack: (page, capacity) => page.length > 0 && page.length <= capacity ? page.slice() : undefined,
  unpack: (packed, length) => packed.length === length ? packed.slice() : undefined,
};

/**
 * lz-string as its package has it: what a user of JavaScript has today. It is a baseline for benches and for stores on
 * the host, in JavaScript only; the native core does not contain it. It works on strings, so a byte becomes a character.
 * The package is of the group "measure" (needPackages); who only swaps and checks does without.
 */
export async function lzString(): Promise<PageCodec> { return lzStringOf((await import("lz-string")).default); }

interface LzString {
  compressToUint8Array(text: string): Uint8Array;
  decompressFromUint8Array(packed: Uint8Array): string | null;
}

/** The same of the package's library, where that is loaded. */
export function lzStringOf(library: LzString): PageCodec {
  return {
    name: "lz-string",
    pack(page, capacity) {
      const packed = library.compressToUint8Array(textOf(page));
      return packed.length <= capacity ? packed : undefined;
    },
    unpack(packed, length) {
      const text = packed.length % 2 === 0 ? unpackedText(library, packed) : undefined;
      return text !== undefined && text.length === length ? Uint8Array.from(text, (character) => character.charCodeAt(0) & 255) : undefined;
    },
  };
}

/** What lz-string makes of bytes; damaged ones give nothing, another text, or an error of its own. */
function unpackedText(library: LzString, packed: Uint8Array): string | undefined {
  try {
    return library.decompressFromUint8Array(packed) ?? undefined;
  } catch {
    return undefined;
  }
}

/** A page as the string that a program in JavaScript would have: a character a byte. */
export function textOf(page: Uint8Array): string { return Buffer.from(page).toString("latin1"); }
