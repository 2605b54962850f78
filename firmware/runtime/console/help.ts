/** `.help`: the commands and the keys. */
const COMMANDS = ".help    this list\n.stats   every counter, by the field's names\n.mem     RAM by part: bytes, free, used, peak\n"
  + ".frames  a map of the pageframes\n.pools   pools and tenants, and what they hold\n.wear    the flash: erases of its sectors, write budget, how long it lives\n"
  + ".swap    the swap log: what its sectors hold\n.version what runs on which board\n"
  + ".set     the knobs: value, default, range; .set accept_percent 80 turns one\n.load    takes an app, .load name a module of it; .app run, stop, erase\n.reset   start the board anew, .reset safe without the app (Ctrl-D: engine and store only)";

export function run(argument: string): void {
  if (argument == "json") {
    print("{\"commands\":[\"help\",\"stats\",\"mem\",\"frames\",\"pools\",\"wear\",\"swap\",\"version\",\"set\",\"load\",\"app\",\"reset\"],\"json\":[\"help\",\"stats\",\"mem\",\"frames\",\"pools\",\"wear\",\"swap\",\"version\",\"set\"]}");
    return;
  }
  print(COMMANDS);
  print("All but .load, .app and .reset also as one line of JSON: .stats json\n");
  print("Anything else is JavaScript:");
  print("  a = z.area(\"accel\", 96 * 1024)   a byte area larger than RAM");
  print("  a.write(0, \"text\")  a.read(0, new Uint8Array(64))  a.at(3)  a.set(3, 65)  a.fill(0)  a.free()");
  print("  m = z.map(\"seen\"), l = z.log(\"events\"), c = z.cache(\"tiles\"), d = z.device(0, 65536)   docs/API.md");
  print("  z.stats(\"frontswap\").loads  print(\"text\")\n");
  print("Ctrl-C stops a script or drops the line; arrows, Home, End, Ctrl-A E K U W and P N edit and leaf back.");
}
