/**
 * Text of people's files, and text that a script prints. A file of source is UTF-8 or it is refused with its line: a
 * decoder that mends it would put U+FFFD into somebody's strings, and they would be kept so. A byte order mark is
 * dropped. Guessing another encoding is the alternative not taken, since a wrong guess is silent too.
 */
import { ExitCode, Failure } from "../failure";

/** Decodes `bytes` of `path`; throws one sentence that names the first line that is not UTF-8. */
export function decodeSource(path: string, bytes: Uint8Array): string {
  const text = decoded(bytes);
  if (text !== undefined) return text;
  if (bytes[0] + bytes[1] === 0xff + 0xfe) throw new Failure(ExitCode.Failed, `${path}:1: this is UTF-16 and not UTF-8: save the file as UTF-8`);
  throw new Failure(ExitCode.Failed, `${path}:${firstFault(bytes)}: this is not UTF-8: save the file as UTF-8`);
}

/** The text of bytes that are UTF-8, without a byte order mark; undefined of others. */
export function decoded(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** The number of the first line that is wrong. */
function firstFault(bytes: Uint8Array): number {
  for (let from = 0, line = 1; ; line++) {
    const feed = bytes.indexOf(0x0a, from);
    if (feed < 0 || decoded(bytes.subarray(from, feed)) === undefined) return line;
    from = feed + 1;
  }
}

/** The lines of a stream of bytes, each as UTF-8, without their ends (LF or CR LF); throws for one that is not UTF-8. */
export async function* sourceLines(name: string, input: AsyncIterable<Uint8Array | string>): AsyncGenerator<string> {
  let rest = Buffer.alloc(0);
  let line = 0;
  for await (const part of input) {
    rest = Buffer.concat([rest, typeof part === "string" ? Buffer.from(part) : part]);
    for (let feed = rest.indexOf(0x0a); feed >= 0; feed = rest.indexOf(0x0a)) {
      yield decodeLine(name, ++line, rest.subarray(0, feed));
      rest = rest.subarray(feed + 1);
    }
  }
  if (rest.length > 0) yield decodeLine(name, line + 1, rest);
}

function decodeLine(name: string, line: number, bytes: Uint8Array): string {
  const text = new TextDecoder("utf-8", { ignoreBOM: line > 1 });
  if (decoded(bytes) === undefined) throw new Failure(ExitCode.Failed, `${name}:${line}: this is not UTF-8: save the file as UTF-8`);
  return text.decode(bytes).replace(/\r$/, "");
}

/** The text as it is printed: half of a surrogate pair that stands alone becomes U+FFFD, on a board too (hal/duktape/utf8.c). */
export function asPrinted(text: string): string { return Buffer.from(text, "utf8").toString("utf8"); }

/** A name or text as the store keeps it (CESU-8: each 16-bit unit in one to three bytes); bytes that are none become U+FFFD. */
export function textOfUnits(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length;) {
    const length = unitBytes(bytes, at);
    const lead = bytes[at];
    if (length === 1) text += lead < 0x80 ? String.fromCharCode(lead) : "\ufffd";
    else if (length === 2) text += String.fromCharCode((lead & 31) << 6 | bytes[at + 1] & 63);
    else text += String.fromCharCode((lead & 15) << 12 | (bytes[at + 1] & 63) << 6 | bytes[at + 2] & 63);
    at += length;
  }
  return text;
}

/** Bytes of the unit at `at`; 1 for a byte that begins none. */
function unitBytes(bytes: Uint8Array, at: number): number {
  const lead = bytes[at];
  const length = lead < 0x80 ? 1 : lead >= 0xc2 && lead < 0xe0 ? 2 : lead >= 0xe0 && lead < 0xf0 ? 3 : 1;
  for (let i = 1; i < length; i++) if ((bytes[at + i] ?? 0) >> 6 !== 2) return 1;
  return length;
}
