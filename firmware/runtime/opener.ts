/** How handles are opened on our image: the core's calls by `native`, a handle is an object with a prototype in ROM. */
import { Opener, Shape } from "../api/open";
import { Figure, Native, figure } from "./native";

function make(shape: Shape, name: string, bytes: number, handle: number): any {
  const made: any = Object.create(zcache[shape]);
  made.name = name;
  made.bytes = bytes;
  made.handle = handle;
  made.shape = shape;
  if (shape == Shape.Device) made.mem_limit = 0;
  return made;
}

export function opener(): Opener {
  return {
    pageBytes: figure(Figure.PageBytes),
    openPages: (pages, name, durable) => native(Native.AreaOpen, pages, name, durable),
    closePages: (handle) => { native(Native.AreaClose, handle); },
    prepare: (shape, handle, pages) => native(Native.ShapeOpen, shape, handle, pages),
    clearCache: (handle) => { native(Native.ShapeOpen, Shape.Cache, handle); },
    make: make,
    refuse: (code, what) => { throw native(Native.Cold, "store-error", code + " " + what); },
  };
}
