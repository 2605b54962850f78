/** `.app`: the app that is kept, its modules and timers; `.app run`, `.app stop`, `.app erase`. */
import { Native } from "../native";
import { HEADER_BYTES, slotBytes, textOf, walk } from "../slots";

declare function clearTimeout(id: number): void;

function stop(): void {
  while (z.timers && z.timers[0]) clearTimeout(z.timers[0].id);
  z.handlers = z.modules = undefined;
}

/** The slot that counts goes last, so that a cut leaves the app or nothing, and not the one before it. */
function erase(): void {
  stop();
  const half = slotBytes();
  const at = z.app ? z.app.at : 0;
  z.app = z.loading = undefined;
  if (half && (native(Native.AppFlash, half - at) < 0 || native(Native.AppFlash, at) < 0)) throw new Error("the flash cannot be erased");
}

function show(isJson: boolean): void {
  const all: string[] = [];
  walk(function (name, bytes) { all.push(isJson ? "\"" + name + "\":" + bytes : (name || "the app") + " " + bytes); });
  const timers = z.timers ? z.timers.length : 0;
  if (isJson) print("{\"kept\":{" + all.join(",") + "},\"slot_bytes\":" + slotBytes() + ",\"timers\":" + timers + "}");
  else print((all.length ? all.join(", ") + " bytes" : "no app") + (slotBytes() ? " in flash, a slot has " + (slotBytes() - HEADER_BYTES) : " in RAM, no flash for apps") + "; timers set: " + timers);
}

export function run(argument: string): void {
  if (argument == "stop") return stop();
  if (argument == "erase") return erase();
  if (argument != "run") return show(argument == "json");
  if (textOf("") === undefined) throw new Error("there is no app: .load takes one");
}
