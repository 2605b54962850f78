/** The Error for a code of the core or the API, with `code`; calls the app's handlers first if it is an event. `argument`: "CODE WHAT". */
import { codeOf, eventOf, sentence } from "../../api/messages";
import { Figure, figure } from "../native";

export function run(argument: string): any {
  const space = argument.indexOf(" ");
  const code = +argument.slice(0, space);
  const pages = figure(Figure.PagesMax);
  const limits = { bytes: pages * figure(Figure.PageBytes), pages: pages, objects: figure(Figure.ObjectsMax) };
  const error: any = new Error(sentence(code, argument.slice(space + 1), limits));
  error.code = codeOf(code);
  const event = eventOf(code);
  const handlers = event && z.handlers && z.handlers[event] || [];
  for (let i = 0; i < handlers.length; i++) handlers[i]({ event: event, reason: error.message });
  return error;
}
