/** `.version`: what runs here, on what. */
import { Figure, Native, Text, figure } from "../native";
import { hex } from "../text";

export function run(argument: string): void {
  const version = native(Native.Text, Text.Version);
  const flash = native(Native.Text, Text.Flash);
  const id = hex(figure(Figure.FlashJedec), 6);
  if (argument == "json") {
    print("{\"name\":\"zcache-mcu\",\"version\":\"" + version + "\",\"board\":\"" + native(Native.Text, Text.Board) + "\",\"engine\":\"Duktape 2.7.0\",\"flash\":"
      + (flash ? "\"" + flash + "\"" : "null") + ",\"flash_id\":\"" + id + "\",\"flash_bytes\":" + figure(Figure.FlashBytes) + boot() + "}");
    return;
  }
  print("zcache-mcu " + version);
  print("board   " + native(Native.Text, Text.BoardTitle));
  print("engine  Duktape 2.7.0, built-ins in ROM");
  print("flash   " + (flash || "none") + ", id " + id);
}

/** Where the boot's time went, in clock ticks. */
function boot(): string {
  return ",\"ticks_per_micro\":" + figure(Figure.TicksPerMicro) + ",\"boot_ticks\":{\"start_up\":" + figure(Figure.BootStartUp) + ",\"engine\":"
    + figure(Figure.BootEngine) + ",\"store\":" + figure(Figure.BootStore) + ",\"runtime\":" + figure(Figure.BootRuntime) + "}";
}
