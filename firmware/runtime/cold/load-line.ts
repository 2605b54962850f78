/** A line of the app that is being loaded. */
import { append } from "../slots";

export function run(argument: string): void { append(z.loading!, argument + "\n"); }
