/** `.frames`: one character a pageframe, 32 a row, with what they mean and how full the compressed ones are. */
import { Figure, Native, figure } from "../native";
import { left, right } from "../text";

/** By the list a frame is on (core/frames.ts List); zpage frames with two buddies get the letter below. */
const LETTERS = "ficAaz.";
const CLASSES = ["active_file", "inactive_file", "zpages_file", "active_anon", "inactive_anon", "zpages_anon", "free"];
const MEANINGS = ["file page, used lately", "file page", "one ephemeral zpage (C: two)", "page in use", "page, not used lately",
  "one zpage (Z: two)", "free"];
const ROW = 32;

function letter(frame: number): string {
  const packed = native(Native.Frame, frame);
  const sort = packed >> 16;
  if ((packed >> 8 & 255) == 2) return sort == 2 ? "C" : "Z";
  return LETTERS.charAt(sort);
}

/** Frames by class, and behind them the zpages in all of them. */
function counts(frames: number): number[] {
  const found = [0, 0, 0, 0, 0, 0, 0, 0];
  for (let i = 0; i < frames; i++) {
    const packed = native(Native.Frame, i);
    found[packed >> 16]++;
    found[7] += packed >> 8 & 255;
  }
  return found;
}

function showJson(frames: number, found: number[]): void {
  let map = "";
  for (let i = 0; i < frames; i++) map += letter(i);
  let text = "";
  for (let i = 0; i < 7; i++) text += ",\"" + CLASSES[i] + "\":" + found[i];
  print("{\"frames\":" + frames + ",\"page_bytes\":" + figure(Figure.PageBytes) + text + ",\"zpages\":" + found[7] + ",\"map\":\"" + map + "\"}");
}

function showMap(frames: number): void {
  for (let from = 0; from < frames; from += ROW) {
    let row = right(from, 4) + "  ";
    for (let i = from; i < frames && i < from + ROW; i++) row += letter(i) + ((i - from) % 8 == 7 ? " " : "");
    print(row);
  }
}

export function run(argument: string): void {
  const frames = figure(Figure.Frames);
  const found = counts(frames);
  if (argument == "json") {
    showJson(frames, found);
    return;
  }
  showMap(frames);
  for (let i = 0; i < 7; i++) if (found[i] || i > 2) print("  " + LETTERS.charAt(i) + right(found[i], 4) + "  " + left(CLASSES[i], 14) + MEANINGS[i]);
  print(frames + " frames of " + figure(Figure.PageBytes) + " bytes; " + found[7] + " zpages");
}
