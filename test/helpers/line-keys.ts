/** Random keys for the line editor: mostly text, all the keys it knows, and now and then what no keyboard sends. */
import { Random } from "./random";

const KEYS = ["\r", "\n", "\x01", "\x02", "\x03", "\x05", "\x06", "\x08", "\x0b", "\x0e", "\x10", "\x15", "\x17", "\x7f", "\x1b[A", "\x1b[B", "\x1b[C",
  "\x1b[D", "\x1b[3~", "\x1b[H", "\x1b[F", "\x1b[1;5C", "\x09"];
const CHARACTERS = ["a", "b", " ", "z", "0", ".", "ä", "€", "😀"];

/** `count` keys, each as the text a terminal would send. */
export function* randomFrom(seed: number, count: number): Generator<string> {
  const random = new Random(seed);
  for (let i = 0; i < count; i++) {
    const from = random.below(100) < 75 ? CHARACTERS : KEYS;
    yield from[random.below(from.length)]!;
  }
}
