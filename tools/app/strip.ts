/**
 * An app's text without what only people need: comments, indentation, spaces around signs. On the board the text lies in the engine's
 * heap while it is compiled. Every line stays the line it was, because the board tells where an app threw by its line; so this is not
 * esbuild's work, which joins lines. It is checked by it: both texts must mean the same, or the text is left as it is.
 *
 * The engine has no regular expressions, so a slash that opens no comment is a division.
 */
import { transform } from "esbuild";

/** A text's parts: a string, a comment, spaces, or a single other character. */
const PART = /"(?:\\[^]|[^"\\\n])*"|'(?:\\[^]|[^'\\\n])*'|\/\/[^\n]*|\/\*[^]*?\*\/|[ \t]+|[^]/g;
const IS_SPACE = /^(?:[ \t]|\/\/|\/\*)/;
const WORD = /[\w$\\\u0080-\uffff]/;

export async function withoutSpaces(text: string): Promise<string> {
  const short = strip(text);
  return await meaningOf(short) === await meaningOf(text) ? short : text;
}

/** The text on as many lines. */
export function strip(text: string): string {
  let short = "";
  let apart = false;
  for (const [part] of text.matchAll(PART)) {
    const lines = IS_SPACE.test(part) ? part.replace(/[^\n]/g, "") : part;
    if (lines === "") {
      apart = true;
      continue;
    }
    const last = short.slice(-1);
    if (apart && mustPart(last, lines[0])) short += " ";
    short += lines;
    apart = false;
  }
  return short.trimEnd().replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Would these two be read as one thing without a space between them? */
function mustPart(left: string, right: string): boolean { return WORD.test(left) && WORD.test(right) || (left === right && /[-+/]/.test(left)); }

async function meaningOf(text: string): Promise<string> {
  return (await transform(text, { loader: "js", target: "es5", minifyWhitespace: true, legalComments: "none", charset: "ascii", logLevel: "silent" })).code;
}
