/**
 * The calls of the core that the replay image can repeat: all that its header for C declares, numbered in its order. The
 * image gets them as one C function (gen/replay-calls.h), the host finds a call's number here.
 */
import { readFileSync } from "node:fs";
import { nativePaths } from "./native";

export interface ReplayCall {
  /** As the core exports it. */
  name: string;
  argumentCount: number;
  /** False for a call that returns nothing. */
  returns: boolean;
}

/** Everything the core's header declares: `uint32_t core_name(uint32_t, ...);`. */
export function replayCalls(header = readFileSync(nativePaths.header, "utf8")): ReplayCall[] {
  const prototypes = header.matchAll(/^(uint32_t|void) core_(\w+)\(([^)]*)\);/gm);
  return [...prototypes].map(([, type, name, list]) => ({
    name: name!, returns: type !== "void", argumentCount: list === "void" ? 0 : list!.split(",").length,
  }));
}

/** The calls as C: `repeat(call, arguments)` makes call number `call`; what returns nothing counts as 0. */
export function replayCallsHeader(calls: ReplayCall[]): string {
  const cases = calls.map(({ name, argumentCount, returns }, number) => {
    const call = `core_${name}(${Array.from({ length: argumentCount }, (_, i) => `a[${i}]`).join(", ")})`;
    return `    case ${number}: ${returns ? `return ${call};` : `${call}; return 0;`}`;
  });
  return [
    "/* Made by tools/build/replay.ts from the core's header. */",
    `#define ARGUMENTS_MOST ${Math.max(...calls.map((call) => call.argumentCount))}u`,
    "",
    "static uint32_t repeat(uint32_t call, const uint32_t *a)",
    "{",
    "    switch (call) {",
    ...cases,
    "    default: host_exit(FAILED_CALL); return 0;",
    "    }",
    "}",
    "",
  ].join("\n");
}
