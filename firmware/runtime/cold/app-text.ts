/**
 * The text of an app's module: "" the app itself, "?" what is being loaded, which is complete now, "+" the next module that has no
 * object in z.modules; it has one then, and that is z.module; "@0" the first text that is kept, "@1" the second, and so on, whose name is
 * in z.module. Undefined: there is none.
 */
import { Native } from "../native";
import { append, textOf, walk } from "../slots";

function loaded(): any {
  const loading = z.loading!;
  if (loading.text === undefined ? loading.next == loading.start : !loading.text) throw new Error("not a line came");
  if (loading.name) append(loading, "})");
  return loading.text !== undefined ? loading.text : native(Native.AppFlash, loading.start, loading.next - loading.start);
}

export function run(argument: string): any {
  if (argument == "?") return loaded();
  if (argument.charAt(0) == "@") {
    let left = +argument.slice(1);
    return walk(function (name) {
      if (left--) return undefined;
      z.module = name as any;
      return textOf(name);
    });
  }
  if (argument != "+") return textOf("");
  const all = z.modules || (z.modules = Object.create(null));
  return walk(function (name) {
    if (!name || all![name]) return undefined;
    z.module = all![name] = { exports: {} };
    return textOf(name);
  });
}
