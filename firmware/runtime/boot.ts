/**
 * START HERE. The image's C code (hal/duktape/main.c) brings up the board and the engine, then:
 *
 *     cold/boot-open     opens the store as the board's figures say
 *     boot.ts            this file: the app's API, `z` and `require`
 *     cold/boot-banner   prints what the board is; then the prompt
 *
 * What this file keeps in the heap is what an app calls: store.ts and area.ts. Everything else, commands included, is
 * "cold": source in flash that is compiled when it is used and forgotten afterwards. JavaScript code is the dearest
 * thing in this RAM (2.8 bytes of heap for each byte of minified source), and most of it is needed once a day.
 */
import { Store } from "./store";

declare global {
  /** The store, open since boot. */
  var z: Store;
  /** `require("zcache")` is `z`; there are no other modules. */
  var require: (name: string) => any;
}

z = new Store();
require = function (name: string): any {
  if (name == "zcache") return z;
  throw new Error("There is no module " + name + " on this board; \"zcache\" is the only one.");
};
