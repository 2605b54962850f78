/** z.on() and z.off() on our image. `argument`: [7 or 8, event, function]. A refusal is returned as its code. */
import { ApiErr } from "../../api/messages";

const ON = 7;

export function run(argument: any): any {
  const event = argument[1];
  const isEvent = event === "lowmemory" || event === "budget";
  if (argument[0] == ON && !(isEvent && typeof argument[2] == "function")) return ApiErr.NoHandler;
  if (!isEvent) return undefined;
  const all = z.handlers || (z.handlers = {});
  const handlers = all[event] || (all[event] = []);
  if (argument[0] == ON) handlers.push(argument[2]);
  else for (let i = handlers.length - 1; i >= 0; i--) if (handlers[i] === argument[2]) handlers.splice(i, 1);
  return undefined;
}
