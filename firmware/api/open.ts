/**
 * Opening and freeing by name, the same for every engine: what is checked, what is found again, what a shape gets. What a
 * handle is made of is the Opener's.
 */
import { Knob } from "../core/config";
import { Err } from "../core/errors";
import { Core, Host, areaOpenDurable } from "./core";
import { ApiErr } from "./messages";

export const enum Shape { Area, Map, Log, Cache, Device }

/** What the open handles of a store have in common. `handle` is below 0 once it is freed; `durable` is there only if it is so. */
export interface Opened { name: string; bytes: number; handle: number; shape: Shape; durable?: boolean; }

export interface Opener extends Host {
  /** Those that are open. */
  handles: Opened[];
  make(shape: Shape, name: string, bytes: number, handle: number): any;
}

/** Bytes of a map or log for which none are given. */
const DEFAULT_BYTES = 65536;
const CACHES = 8;
const SECTOR = 512;
/** As in firmware/core/store/tmem.ts. */
const LEAF_PAGES = 16;
/** Names on flash: a map's and a log's begin with a byte that no text begins with, so that shapes never share an area. */
const DURABLE_MARK = 0xb0;

export function titleOf(shape: Shape): string { return ["area ", "map ", "log ", "cache ", "device "][shape]; }

function isWhole(value: any, least: number, most: number): boolean {
  return typeof value == "number" && value >= least && value <= most && value % 1 == 0;
}

/** What is wrong with the arguments; 0: nothing. */
function fault(shape: Shape, name: any, bytes: any): number {
  if (typeof bytes == "number" && bytes > 0x7fffffff) return Err.TooBig;
  if (shape == Shape.Device) return isWhole(bytes, SECTOR, 0x7fffffff) && bytes % SECTOR == 0 ? 0 : ApiErr.BadDevice;
  const isName = typeof name == "string" && name.length >= 1 && name.length <= 24;
  return isName && isWhole(bytes, 1, 0x7fffffff) ? 0 : ApiErr.BadName;
}

/** The open handle of this shape and name. */
function known(handles: Opened[], shape: Shape, name: string): Opened | undefined {
  for (let i = 0; i < handles.length; i++) if (handles[i].shape == shape && handles[i].name === name) return handles[i];
  return undefined;
}

/** Opens what `name` names, or finds it open. `options`: { durable: true } or nothing; in the place of `bytes`, with them as a member. */
export function openShape(by: Opener, shape: Shape, name: any, bytes: any, options: any): any {
  if (bytes && typeof bytes == "object") {
    options = bytes;
    bytes = options.bytes;
  }
  const durable = shape <= Shape.Log && !!(options && options.durable);
  const title = shape == Shape.Device ? "" + name : name;
  const what = titleOf(shape) + title;
  if (shape == Shape.Device && !isWhole(name, 0, 15)) by.refuse(ApiErr.BadDevice, what);
  const open = known(by.handles, shape, title);
  if (open) {
    const isSame = (bytes === undefined || open.bytes === bytes) && (!durable || open.durable);
    return isSame || shape == Shape.Cache ? open : by.refuse(ApiErr.OtherLength, what);
  }
  const hasDefault = shape == Shape.Map || shape == Shape.Log || shape == Shape.Cache;
  const length = bytes === undefined && hasDefault || shape == Shape.Cache ? DEFAULT_BYTES : bytes;
  const wrong = fault(shape, name, length);
  if (wrong) by.refuse(wrong, what);
  const handle = shape == Shape.Cache ? openCache(by, what) : openPages(by, shape, title, length, durable);
  const made = by.make(shape, title, length, handle);
  if (durable) made.durable = true;
  by.handles.push(made);
  return made;
}

function openPages(by: Opener, shape: Shape, name: string, bytes: number, durable: boolean): number {
  const { calls } = by.core;
  const pages = Math.ceil(bytes / by.pageBytes) + (shape == Shape.Log ? 1 : 0);
  const handle = durable ? areaOpenDurable(by.core, pages, shape == Shape.Area ? 0 : DURABLE_MARK + shape, name) : pages > pagesMost(by.core) ? Err.TooBig : calls.areaOpen(pages);
  if (handle < 0) by.refuse(handle, titleOf(shape) + name, handle == Err.WrongSize ? keptBytes(by, shape, name) : 0);
  const code = shape == Shape.Map ? calls.mapOpen(handle, pages) : shape == Shape.Log ? calls.logOpen(handle, pages) : 0;
  if (code < 0) {
    calls.areaClose(handle);
    by.refuse(code, titleOf(shape) + name);
  }
  return handle;
}

/** Pages of the longest area: where things can be durable their directory has a leaf of 16. */
export function pagesMost(core: Core): number {
  return core.calls.coreGet(Knob.PagesMax) - (core.calls.coreGet(Knob.DurablePagesMax) ? LEAF_PAGES : 0);
}

/** Bytes of the durable shape that is on flash with another length: the core knows the right one when it is asked for it. */
function keptBytes(by: Opener, shape: Shape, name: string): number {
  let pages = 0;
  let handle: number = Err.WrongSize;
  while (handle == Err.WrongSize) handle = areaOpenDurable(by.core, ++pages, shape == Shape.Area ? 0 : DURABLE_MARK + shape, name);
  if (handle >= 0) by.core.calls.areaClose(handle);
  return (pages - (shape == Shape.Log ? 1 : 0)) * by.pageBytes;
}

/** The lowest number that no open cache has. */
function openCache(by: Opener, what: string): number {
  const { handles } = by;
  let free = 0;
  for (let i = 0; i < handles.length; i++) {
    if (handles[i].shape != Shape.Cache || handles[i].handle != free) continue;
    free++;
    i = -1;
  }
  const code = free < CACHES ? by.core.calls.cacheOpen(free) : ApiErr.TooManyCaches;
  if (code < 0) by.refuse(code, what);
  return free;
}

/** Frees a handle, or the area of a name or number: everything in it is forgotten, with `deletes` what is durable too. */
export function freeShape(by: Opener, which: any, deletes: boolean): void {
  const { handles } = by;
  const { calls } = by.core;
  for (let i = 0; i < handles.length; i++) {
    const open = handles[i];
    const isNamed = open.shape == Shape.Area && open.name === which || open.shape != Shape.Cache && open.handle === which;
    if (open !== which && !isNamed) continue;
    if (deletes && open.durable) {
      const code = calls.areaDelete(open.handle);
      if (code < 0) by.refuse(code, titleOf(open.shape) + open.name);
    } else if (open.shape == Shape.Cache) calls.cacheClear(open.handle);
    else calls.areaClose(open.handle);
    open.handle = -1;
    handles.splice(i, 1);
    return;
  }
  if (which && typeof which == "object" && isWhole(which.shape, Shape.Area, Shape.Device) && which.handle < 0) by.refuse(ApiErr.Freed, titleOf(which.shape) + which.name);
  by.refuse(Err.NotFound, "area " + which);
}
