/** What an app should have printed against what it printed. Spaces at the ends of lines do not count. */
export function firstDifference(expected: string, printed: string): string[] | undefined {
  const [want, got] = [linesOf(expected), linesOf(printed)];
  const at = want.findIndex((line, i) => line !== got[i]);
  if (at < 0 && got.length <= want.length) return undefined;
  const line = at < 0 ? want.length : at;
  return [`line ${line + 1}`, `expected: ${want[line] ?? "(the end)"}`, `printed:  ${got[line] ?? "(the end)"}`];
}

function linesOf(text: string): string[] { return text.trimEnd().split(/\r?\n/).map((line) => line.trimEnd()); }
