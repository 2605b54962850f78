/** What the soak writes: bytes that compress, bytes that do not, values of every kind that a map can hold, and keys. */
import { isDeepStrictEqual } from "node:util";
import type { Value } from "../../firmware/api/zcache";
import type { Random } from "../../hal/sim/random";

const LINE = "temp=21.5;hum=40;id=0c:2a\n";
const TEXTS = ["", "boot", "12:00 grüß €", "\ud83d\ude00 two units, and one alone \ud83d", "line\nline", "x".repeat(97)];

export function someBytes(random: Random, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  const kind = random.below(100);
  if (kind < 40) random.fill(bytes);
  else if (kind < 55) bytes.fill(random.below(3) * 85);
  else {
    for (let i = 0; i < length; i++) bytes[i] = LINE.charCodeAt((i + kind) % LINE.length);
    for (let i = 0; i < length / 32; i++) bytes[random.below(length)] = random.below(256);
  }
  return bytes;
}

/** A length from 0 to `most`, more often a short one. */
export function someLength(random: Random, most: number): number {
  return random.below(Math.min(most, random.pick([8, 64, 64, 300, 1100, 4000, most])) + 1);
}

export function someText(random: Random): string {
  return random.chance(40) ? random.pick(TEXTS) : LINE.repeat(1 + random.below(12)).slice(random.below(20));
}

/** Bytes of a text in the store: each of its units in one to three (CESU-8). */
export function textBytes(text: string): number {
  let length = 0;
  for (let i = 0; i < text.length; i++) length += text.charCodeAt(i) < 0x80 ? 1 : text.charCodeAt(i) < 0x800 ? 2 : 3;
  return length;
}

export function someValue(random: Random, most: number): Value {
  switch (random.below(8)) {
    case 0: return random.pick<number | boolean>([0, -1.5, 1e21, 4711, true, false]);
    case 1: case 2: return someText(random);
    case 3: return { rssi: -random.below(100), at: random.next(), tags: ["a", null, [random.below(9)]], name: someText(random) };
    case 4: return [random.below(1000), { deep: { er: true } }];
    default: return someBytes(random, someLength(random, most));
  }
}

/** Is what came back what was stored? Objects are stored as JSON has them. */
export function isSame(stored: Value, got: unknown): boolean {
  if (stored instanceof Uint8Array) return got instanceof Uint8Array && Buffer.compare(stored, got) === 0;
  if (typeof stored !== "object") return Object.is(stored, got);
  return isDeepStrictEqual(JSON.parse(JSON.stringify(stored)), got);
}

/** One of `count` keys; some have all 100 bytes, some are not ASCII. */
export function someKey(random: Random, count: number): string {
  const n = random.below(count);
  return n % 11 === 3 ? `${n}`.padEnd(100, "k") : n % 7 === 2 ? `schl\u00fcssel ${n} \u20ac` : `key${n}`;
}

/** Keys that no map and no cache takes. */
export const BAD_KEYS: readonly unknown[] = ["", "k".repeat(101), 5, undefined, null, "\u20ac".repeat(34)];
/** Values that none takes. */
export const BAD_VALUES: readonly unknown[] = [undefined, NaN, Infinity, () => 1, new Uint16Array(2), new ArrayBuffer(4)];

/** A word for a failure's list of calls. */
export function brief(value: unknown): string {
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  const text = typeof value === "string" ? JSON.stringify(value) : typeof value === "object" ? JSON.stringify(value) ?? "" : String(value);
  return text.length > 30 ? `${text.slice(0, 30)}... (${text.length})` : text;
}
