/** The store as an app sees it: the global `z`, also `require("zcache")`. It finds areas by name and counts them. */
import { Area, refuse } from "./area";
import { Figure, Native, figure } from "./native";

export class Store {
  /** Open areas, in no order. */
  readonly areas: Area[] = [];

  /**
   * Opens a byte area: `name` of 1 to 24 characters, `bytes` at least 1. The same name and size again is the same area;
   * without `bytes` it must exist. Throws when the store has no room for so many pages or areas.
   */
  area(name: string, bytes?: number): Area {
    for (let i = 0; i < this.areas.length; i++) {
      const known = this.areas[i];
      if (known.name != name) continue;
      if (bytes !== undefined && known.length != bytes) refuse(-101, name);
      return known;
    }
    if (!(bytes! >= 1) || typeof name != "string" || !name || name.length > 24) refuse(-102, name);
    const handle = native(Native.AreaOpen, Math.ceil(bytes! / figure(Figure.PageBytes)));
    if (handle < 0) refuse(handle, name);
    const opened = new Area(name, bytes!, handle);
    this.areas.push(opened);
    return opened;
  }

  /** Gives up an area, by its name or handle. */
  free(which: string | number): void {
    for (let i = 0; i < this.areas.length; i++) {
      const known = this.areas[i];
      if (known.name !== which && known.handle !== which) continue;
      native(Native.AreaClose, known.handle);
      known.handle = -1;
      this.areas.splice(i, 1);
      return;
    }
    refuse(-4, "" + which);
  }

  /**
   * Every counter by its name, in groups: `z.stats().frontswap.loads`. With a group's name only that group, which needs
   * far less heap: `z.stats("frontswap").loads`.
   */
  stats(group?: string): any { return native(Native.Cold, "store-stats", group || ""); }
}
