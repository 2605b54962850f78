/**
 * A script of which each character knows the module it came from. It goes from step to step of the build: what changes the
 * text itself hands over edits, and what compiles it a source map. So a bundle's bytes can be told apart to the last one.
 */
import type { SourceMapInput } from "@jridgewell/trace-mapping";

export interface Traced {
  readonly text: string;
  /** For each character of `text` the module's number. */
  readonly owners: Uint16Array;
}

/** Puts `text` in the place of what lies from `from` to before `to`. Edits do not overlap; of several at one place the later comes out later. */
export interface Edit { from: number; to: number; text: string; }

/** Fetched when it is wanted: only bundles are traced, and their packages are installed with the first of them (needPackages). */
function mapping(): Promise<typeof import("@jridgewell/trace-mapping")> { return import("@jridgewell/trace-mapping"); }

/** In the order in which they are to be carried out: from the end to the beginning. */
function fromTheEnd(edits: Edit[]): Edit[] { return edits.map((edit, i) => ({ edit, i })).sort((a, b) => b.edit.from - a.edit.from || b.i - a.i).map(({ edit }) => edit); }

/** The text with the edits made. */
export function edited(text: string, edits: Edit[]): string {
  let result = text;
  for (const { from, to, text: put } of fromTheEnd(edits)) result = result.slice(0, from) + put + result.slice(to);
  return result;
}

/** The same for a traced script: what is put in belongs to the module of the character that was there. */
export function withEdits(script: Traced, edits: Edit[]): Traced {
  const text: string[] = [];
  const owners: number[] = [];
  let at = 0;
  const keep = (end: number): void => {
    text.push(script.text.slice(at, end));
    for (; at < end; at++) owners.push(script.owners[at]!);
  };
  for (const { from, to, text: put } of fromTheEnd(edits).reverse()) {
    keep(from);
    text.push(put);
    for (let i = 0; i < put.length; i++) owners.push(script.owners[Math.min(from, script.owners.length - 1)]!);
    at = to;
  }
  keep(script.text.length);
  return { text: text.join(""), owners: Uint16Array.from(owners) };
}

/** What a tool made of a script, by its source map: a character belongs to whom the last mapped place at or before it came from. */
export async function made(from: Traced, text: string, map: SourceMapInput): Promise<Traced> {
  const { TraceMap, decodedMappings } = await mapping();
  const starts = lineStarts(from.text);
  const owners = new Uint16Array(text.length);
  const outStarts = lineStarts(text);
  let owner = from.owners[0] ?? 0;
  decodedMappings(new TraceMap(map)).forEach((segments, line) => {
    const end = outStarts[line + 1] ?? text.length;
    let at = outStarts[line] ?? text.length;
    for (const segment of segments) {
      const next = Math.min((outStarts[line] ?? text.length) + segment[0], end);
      owners.fill(owner, at, next);
      at = next;
      if (segment.length > 1) owner = from.owners[Math.min(starts[segment[2]!]! + segment[3]!, from.owners.length - 1)]!;
    }
    owners.fill(owner, at, end);
  });
  return { text, owners };
}

/** For a place in what a tool made, the place in what it was given; that of what stands before it, where the map says nothing of it. */
export async function originIn(from: string, text: string, map: string): Promise<(place: number) => number> {
  const { TraceMap, originalPositionFor } = await mapping();
  const trace = new TraceMap(map);
  const [starts, outStarts] = [lineStarts(from), lineStarts(text)];
  return (place) => {
    const line = outStarts.findLastIndex((start) => start <= place);
    for (let at = place; at >= outStarts[line]!; at--) {
      const { line: row, column } = originalPositionFor(trace, { line: line + 1, column: at - outStarts[line]! });
      if (row !== null) return starts[row - 1]! + column;
    }
    return 0;
  };
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

/** Characters by module; they add up to the script. */
export function weights(script: Traced, names: string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const owner of script.owners) counts.set(names[owner]!, (counts.get(names[owner]!) ?? 0) + 1);
  return Object.fromEntries([...counts].sort((a, b) => b[1] - a[1]));
}

/** The modules' pieces, one after the other: name and characters. */
export function pieces(script: Traced, names: string[]): [string, number][] {
  const found: [string, number][] = [];
  let last = -1;
  for (const owner of script.owners) {
    if (owner === last) found[found.length - 1]![1]++;
    else found.push([names[owner]!, 1]);
    last = owner;
  }
  return found;
}
