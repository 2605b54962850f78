/** `.frames`: one character a pageframe, 32 a row, and what the characters mean. */
import { Figure, Native } from "../native";

/** By the list a frame is on (core/frames.ts List); frames with more than one zpage get C and Z instead of c and z. */
const LETTERS = "ficAaz.+-";
/** The same order: the class's name and what it means. */
const CLASSES = "active_file:file page, used lately;inactive_file:file page;zpages_file:one ephemeral zpage (C: more);"
  + "active_anon:page in use;inactive_anon:page, not used lately;zpages_anon:one zpage (Z: more);free:free;kept:the allocator's own;lent:lent to the app";
const ROW = 32;

/** The map as one text; adds each frame to `found` by class, and its zpages behind the classes. */
function mapOf(frames: number, found: number[], gaps: boolean): string {
  let map = "";
  for (let i = 0; i < frames; i++) {
    const packed = native(Native.Frame, i);
    const zpages = packed >> 8 & 255;
    found[packed >> 16]++;
    found[9] += zpages;
    if (gaps && i % 8 == 0 && i) map += i % ROW ? " " : "\n";
    map += zpages < 2 ? LETTERS.charAt(packed >> 16) : packed >> 16 == 2 ? "C" : "Z";
  }
  return map;
}

/** A function of its own, because nesting costs the C stack as it is compiled. */
function printClass(letter: string, count: number, name: string, meaning: string): void {
  native(Native.Print, "  " + letter);
  native(Native.Column, count, 4);
  native(Native.Column, "  " + name, -16);
  print("  " + meaning);
}

export function run(argument: string): void {
  const frames = native(Native.Figure, Figure.Frames);
  const page = native(Native.Figure, Figure.PageBytes);
  const isJson = argument == "json";
  const found = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
  const map = mapOf(frames, found, !isJson);
  const classes = CLASSES.split(";");
  native(Native.Print, isJson ? "{\"frames\":" + frames + ",\"page_bytes\":" + page + ",\"zpages\":" + found[9] + ",\"map\":\"" + map + "\"" : map + "\n");
  for (let i = 0; i < 9; i++) {
    const colon = classes[i].indexOf(":");
    const name = classes[i].slice(0, colon);
    if (isJson) native(Native.Print, ",\"" + name + "\":" + found[i]);
    else if (found[i] || i > 2 && i < 7) printClass(LETTERS.charAt(i), found[i], name, classes[i].slice(colon + 1));
  }
  print(isJson ? "}" : frames + " frames of " + page + " bytes; " + found[9] + " zpages");
}
