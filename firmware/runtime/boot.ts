/**
 * START HERE. The image's C code (hal/duktape/main.c) brings up the board and the engine, then:
 *
 *     cold/boot-open     opens the store as the board's figures say
 *     boot.ts            this file: the global `z`
 *     cold/boot-banner   prints what the board is
 *     cold/boot-app      finds the app that is kept in flash; it is run, and then there is the prompt
 *
 * What an app calls is C behind objects in ROM (hal/duktape/api.c), so all that lies in the heap for it is `z` and its two
 * properties. Everything else, commands included, is "cold": source in flash that is compiled when it is used and
 * forgotten afterwards. JavaScript code is the dearest thing in this RAM (2.8 bytes of heap for each byte of minified
 * source), and most of it is needed once a day. On other engines the API is firmware/api.
 */
import type { Opened } from "../api/open";
import type { Kept, Loading, Module } from "./slots";

declare global {
  /** The API's methods, in ROM (hal/duktape/engine/builtins.yaml): the prototype of `z`, and by number those of the shapes. */
  var zcache: { [shape: number]: object };
  /** The store, open since boot. `require("zcache")` is the same (hal/duktape/binding.c). */
  var z: { handles: Opened[]; handlers?: { [event: string]: ((event: any) => void)[] }; timers?: { id: number }[];
    app?: Kept; loading?: Loading; modules?: { [name: string]: Module }; module?: Module };
}

z = Object.create(zcache);
z.handles = [];
