/**
 * Packs the JavaScript that lies in flash. It is ASCII, and the sources share functions, since each is bundled with what it uses: so a
 * byte below 80 is itself, and one from 80 on begins a copy of what came before, in this text or in the one that all share:
 *
 *     1LLLOOOO OOOOOOOO    copies L + 3 bytes from O + 1 bytes back; L = 7: 10 more than the byte that follows says
 *
 * The board unpacks a text where it is to be compiled (hal/duktape/engine.c), in some 30 instructions a byte.
 */
const LEAST = 3;
const SHORT = 10;
const MOST = SHORT + 255;
const WINDOW = 4096;

/** The packed form of `text` behind `shared`. Of all ways to say it, the shortest. */
export function packText(text: string, shared: string): Uint8Array {
  const all = shared + text;
  const matches = Array.from(text, (_, at) => longestMatch(all, shared.length + at));
  const { lengths } = cheapest(text.length, matches.map(({ length }) => length));
  const bytes: number[] = [];
  for (let at = 0; at < text.length; at += lengths[at]!) {
    const length = lengths[at]!;
    if (length === 1) bytes.push(text.charCodeAt(at));
    else bytes.push(...copyOf(length, matches[at]!.back));
  }
  return Uint8Array.from(bytes);
}

function copyOf(length: number, back: number): number[] {
  const code = Math.min(length, SHORT) - LEAST;
  return [0x80 | code << 4 | (back - 1) >> 8, (back - 1) & 255, ...(length >= SHORT ? [length - SHORT] : [])];
}

/** Of each position the length to say next: 1 for the byte itself. Counted from the end, so that no choice is regretted. */
function cheapest(count: number, longest: number[]): { lengths: number[] } {
  const cost = new Array<number>(count + 1).fill(0);
  const lengths = new Array<number>(count).fill(1);
  for (let at = count - 1; at >= 0; at--) {
    cost[at] = 1 + cost[at + 1]!;
    for (let length = LEAST; length <= longest[at]!; length++) {
      const price = (length < SHORT ? 2 : 3) + cost[at + length]!;
      if (price < cost[at]!) [cost[at], lengths[at]] = [price, length];
    }
  }
  return { lengths };
}

function longestMatch(all: string, at: number): { length: number; back: number } {
  let best = { length: 0, back: 0 };
  for (let length = LEAST; length <= MOST && at + length <= all.length; length++) {
    const from = all.lastIndexOf(all.slice(at, at + length), at - 1);
    if (from < 0 || at - from > WINDOW) break;
    best = { length, back: at - from };
  }
  return best;
}

/** What the board does: the text from its packed form. */
export function unpackText(packed: Uint8Array, length: number, shared: string): string {
  let all = shared;
  for (let i = 0; i < packed.length;) {
    const byte = packed[i++]!;
    if (byte < 0x80) { all += String.fromCharCode(byte); continue; }
    const back = ((byte & 15) << 8 | packed[i++]!) + 1;
    let left = (byte >> 4 & 7) + LEAST;
    if (left === SHORT) left += packed[i++]!;
    while (left-- > 0) all += all[all.length - back];
  }
  const text = all.slice(shared.length);
  if (text.length !== length) throw new Error(`a packed text of ${length} characters unpacks to ${text.length}`);
  return text;
}
