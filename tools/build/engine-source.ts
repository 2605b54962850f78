/** For build.mjs: the engine's source, fetched while the system's packages are installed. */
import { DUKTAPE, fetchSource, sourceAtHand } from "./sources";

/** What a person reads while it is fetched; undefined when it is here already. */
export function missingSource(): string | undefined { return sourceAtHand(DUKTAPE) === undefined ? `source of ${DUKTAPE.title}` : undefined; }

export async function fetchEngine(): Promise<void> { await fetchSource(DUKTAPE); }
