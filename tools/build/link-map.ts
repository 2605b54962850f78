/**
 * The pieces of an image, from the linker's map: which bytes of which memory came out of which section of which object. Every
 * function and every variable of ours is a section of its own (-ffunction-sections, -fdata-sections), so a piece is one of them.
 */

export interface Piece {
  /** The input section, such as .text.frameList. */
  section: string;
  at: number;
  bytes: number;
  /** The object file, or archive(member). */
  file: string;
}

const LOADED = /^(\.(?:vectors|text|rodata|data|bss|noinit|engine_heap|arena)\b|COMMON$)/;

/**
 * All pieces that lie in the image, by address. The map gives strings that were merged with others the length they had before: so a
 * piece ends where the next begins, and what no piece covers is padding.
 */
export function readPieces(map: string): Piece[] {
  const placed = map.slice(map.indexOf("Linker script and memory map"));
  const found = [...placed.matchAll(/^ (\S+)\s+0x([0-9a-f]+)\s+0x([0-9a-f]+) (\S.*)$/gm)]
    .map(([, section, at, bytes, file]): Piece => ({ section: section!, at: parseInt(at!, 16), bytes: parseInt(bytes!, 16), file: file! }))
    .filter(({ section, bytes }) => bytes > 0 && LOADED.test(section))
    .sort((a, b) => a.at - b.at);
  return found.map((piece, i) => ({ ...piece, bytes: Math.min(piece.bytes, Math.max(0, (found[i + 1]?.at ?? Infinity) - piece.at)) }));
}

/** Does the section lie in code flash as it is? */
export function isCode({ section }: Piece): boolean { return /^\.(vectors|text)\b/.test(section); }
export function isConstant({ section }: Piece): boolean { return /^\.rodata\b/.test(section); }
