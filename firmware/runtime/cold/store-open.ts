/** z.area(), map(), log(), cache() and device() on our image. `argument`: [shape, name, bytes, options]. */
import { Shape, openShape } from "../../api/open";
import { opener } from "../opener";

export function run(argument: any): any {
  const shape: Shape = argument[0];
  return openShape(opener(), z.handles, shape, argument[1], argument[2], argument[3]);
}
