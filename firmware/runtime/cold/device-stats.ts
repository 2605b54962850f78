/** What a device holds, for its stats() on our image. `argument`: the device. */
import { Figure, Native, figure } from "../native";

export function run(argument: any): any {
  const pages = Math.ceil(argument.bytes / figure(Figure.PageBytes));
  function count(place: number): number { return native(Native.AreaCount, argument.handle, pages, place); }
  return { disksize: argument.bytes, mem_limit: argument.mem_limit, pages: pages, pages_unwritten: count(0), pages_resident: count(3),
    pages_compressed: count(1), pages_same: count(4), pages_on_flash: count(2) };
}
