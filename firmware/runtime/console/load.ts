/** `.load`: takes the lines that follow as the app; `.load name` as the module that require("name") gives. */
import { Figure, Native, figure } from "../native";
import { HEADER_BYTES, append, slotBytes } from "../slots";

export function run(argument: string): void {
  const half = slotBytes();
  const at = z.app && !z.app.at ? half : 0;
  if (argument.length > 23 || argument == "zcache") throw new Error("a module's name has up to 23 letters, and zcache is taken");
  if (half) {
    for (let sector = at; sector < at + half; sector += figure(Figure.FlashSectorBytes)) {
      if (native(Native.AppFlash, sector) < 0) throw new Error("the flash cannot be erased");
    }
  }
  const start = at + 2 * HEADER_BYTES;
  z.loading = { name: argument, at: at, start: start, next: start, end: at + half, text: half ? undefined : "" };
  if (argument) append(z.loading, "(function(module,exports,require){");
  print("The lines that follow are " + (argument ? "module " + argument : "the app") + ": .end or Ctrl-D ends them, Ctrl-C drops them.");
}
