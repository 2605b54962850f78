/** z.free() and every handle's free() on our image. `argument`: a handle, or an area's name or number. */
import { freeShape } from "../../api/open";
import { opener } from "../opener";

export function run(argument: any): void { freeShape(opener(), z.handles, argument); }
