/**
 * `.pools`: the tmem pools that are open and what they hold, and the tenants: quota, what they hold in RAM, and what
 * happened to their pages. Pool 0 is that of the areas. `.pools json`: {"pools":[{...}],"tenants":[{...}]}.
 */
import { Knob } from "../../core/config";
import { Native } from "../native";

const POOL = "kind frozen tenant objects pages";
const TENANT = "quota_bytes held_bytes stores loads rejects written_back dropped";

/** Kind of a pool by its number: bit 2 says shared. */
function kindName(kind: number): string { return (kind & 3) == 1 ? "persistent" : kind > 3 ? "shared" : "ephemeral"; }

/** One row: its number, then each of the named figures that `operation` gives. */
function show(operation: Native, names: string, row: number, isJson: boolean, isFirst: boolean): void {
  const fields = names.split(" ");
  native(Native.Print, isJson ? (isFirst ? "{" : ",{") + "\"number\":" + row : "");
  if (!isJson) native(Native.Column, row, 4);
  for (let i = 0; i < fields.length; i++) {
    const value = native(operation, row, i);
    const text = fields[i] == "kind" ? kindName(value) : value;
    if (isJson) native(Native.Print, ",\"" + fields[i] + "\":" + (fields[i] == "kind" ? "\"" + text + "\"" : text));
    else native(Native.Column, text, 13);
  }
  native(Native.Print, isJson ? "}" : "\n");
}

function heading(first: string, names: string): void {
  native(Native.Column, first, -4);
  const fields = names.split(" ");
  for (let i = 0; i < fields.length; i++) native(Native.Column, fields[i], 13);
  print("");
}

export function run(argument: string): void {
  const isJson = argument == "json";
  if (isJson) native(Native.Print, "{\"pools\":[");
  else heading("pool", POOL);
  let shown = 0;
  for (let pool = 0; pool < native(Native.CoreGet, Knob.PoolsMax); pool++) {
    if (native(Native.PoolFigure, pool, 0) > 0) show(Native.PoolFigure, POOL, pool, isJson, !shown++);
  }
  if (isJson) native(Native.Print, "],\"tenants\":[");
  else heading("\nten.", TENANT);
  for (let tenant = 0; tenant < native(Native.CoreGet, Knob.TenantsMax); tenant++) show(Native.TenantFigure, TENANT, tenant, isJson, !tenant);
  print(isJson ? "]}" : "");
}
