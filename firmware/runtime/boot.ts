/**
 * START HERE. The image's C code (hal/duktape/main.c) brings up the board and the engine, then:
 *
 *     cold/boot-open     opens the store as the board's figures say
 *     boot.ts            this file: the app's API, the global `z`
 *     cold/boot-banner   prints what the board is; then the prompt
 *
 * What this file keeps in the heap is what an app calls: store.ts and area.ts. Everything else, commands included, is
 * "cold": source in flash that is compiled when it is used and forgotten afterwards. JavaScript code is the dearest
 * thing in this RAM (2.8 bytes of heap for each byte of minified source), and most of it is needed once a day.
 */
import { Store } from "./store";

declare global {
  /** The store, open since boot. `require("zcache")` is the same (hal/duktape/binding.c). */
  var z: Store;
}

z = new Store();
