/** The sentence for a code of the core, as an Error with the code as `code`. `argument`: "CODE NAME". */
import { Err } from "../../core/errors";
import { Figure, figure } from "../native";

/** -100 and below are the API's own. */
function sentence(code: number, name: string): string {
  switch (code) {
    case -100: return "area " + name + ": the offset, or a byte of the range, lies outside the area.";
    case -101: return "area " + name + " is open with another length: free it first, or ask for the length it has.";
    case -102: return "an area needs a name of 1 to 24 characters and a length of 1 byte or more: z.area(\"accel\", 96 * 1024).";
    case Err.Invalid: return "area " + name + ": it was freed, or the text has a character above U+00FF.";
    case Err.TooBig: return "area " + name + " is too long: the board's tables hold " + figure(Figure.PagesMax) * figure(Figure.PageBytes) + " bytes in all areas together.";
    case Err.NoEntry: return "area " + name + ": the tables are full (" + figure(Figure.PagesMax) + " pages, " + figure(Figure.ObjectsMax) + " areas): free an area first.";
    case Err.NoFrame: return "area " + name + ": the store is full; what was written before is safe.";
    case Err.NotFound: return "there is no area " + name + ".";
    case Err.Corrupt: return "area " + name + ": a page on flash is damaged and cannot be read.";
    case Err.Flash: return "area " + name + ": the flash chip failed.";
    case Err.SwapFull: return "area " + name + ": RAM and swap are full; what was written before is safe.";
    default: return "area " + name + ": the store answered " + code + ".";
  }
}

export function run(argument: string): any {
  const space = argument.indexOf(" ");
  const code = +argument.slice(0, space);
  const error: any = new Error(sentence(code, argument.slice(space + 1)));
  error.code = code < -99 ? Err.Invalid : code;
  return error;
}
