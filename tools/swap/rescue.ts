/**
 * `zcache swap rescue`: what can be read of each durable object, as files that need no tool of ours, and a manifest that names what
 * is lost. For an object NAME of instance 3:
 *
 *   3-area-NAME.bin      an area: its bytes, in whole pages, zeros where a page is lost
 *   3-map-NAME.jsonl     a map: {"key", "value"} a line; {"key", "bytes"} in base64 for a Uint8Array
 *   3-log-NAME.jsonl     a log: {"text"} or {"bytes"} a line, oldest first
 *   3-map-NAME.pages     beside a map or a log, and alone for what has lost its name: the pages themselves
 *   manifest.json
 *
 * Caches and what was not durable are on no image that counts. The folder is made, and must be new or empty: nothing is written over.
 */
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ExitCode, Failure, messageOf, usage } from "../failure";
import type { Contents, RescuedObject } from "./contents";
import { logEntries, mapEntries, valueOf, type LogEntry, type MapEntry, type Rescued } from "./entries";
import { textOfUnits } from "../app/text";

export interface ManifestObject {
  kind: RescuedObject["kind"];
  name: string;
  bytes: number;
  files: string[];
  lost_pages: number[];
  mended_pages: number[];
  entries?: number;
  /** Entries that the object counts and that could not be read; null: the count itself is lost. */
  lost_entries?: number | null;
}

export interface Manifest {
  image: string;
  board: string;
  generation: number;
  whole: boolean;
  doubts: string[];
  objects: ManifestObject[];
}

/** The folder's state is looked at before anything is read. */
export function checkFolder(folder: string): void {
  if (!existsSync(folder)) return;
  if (!statSync(folder).isDirectory()) throw usage(`${folder} is a file: name a folder that is new or empty after --to`);
  if (readdirSync(folder).length > 0) throw usage(`${folder} is not empty and nothing is written over: name a folder that is new or empty after --to`);
}

/** Writes everything into `folder`. */
export function writeRescue(folder: string, image: string, board: string, contents: Contents, pageBytes: number): Manifest {
  const files = new Map<string, Uint8Array | string>();
  const objects = contents.objects.map((object) => rescueObject(object, pageBytes, files));
  const manifest: Manifest = { image, board, generation: contents.generation, whole: contents.doubts.length === 0 && objects.every(isWhole), doubts: contents.doubts, objects };
  files.set("manifest.json", `${JSON.stringify(manifest, null, 2)}\n`);
  try {
    mkdirSync(folder, { recursive: true });
    for (const [name, content] of files) writeFileSync(join(folder, name), content, { flag: "wx" });
  } catch (error) {
    throw new Failure(ExitCode.Failed, `what was rescued cannot be written to ${folder} (${messageOf(error)}): name another folder`);
  }
  return manifest;
}

export function isWhole({ lost_pages, lost_entries }: ManifestObject): boolean { return lost_pages.length === 0 && (lost_entries ?? 0) === 0 && lost_entries !== null; }

function rescueObject({ kind, name, instance, pages, lost, mended }: RescuedObject, pageBytes: number, files: Map<string, Uint8Array | string>): ManifestObject {
  const stem = `${instance}-${kind}-${name.replace(/[^\w.-]/g, "_")}`;
  const manifest: ManifestObject = { kind, name, bytes: pages.length * pageBytes, files: [], lost_pages: lost, mended_pages: mended };
  const put = (ending: string, content: Uint8Array | string): void => {
    files.set(stem + ending, content);
    manifest.files.push(stem + ending);
  };
  const isLost = (page: number): boolean => lost.includes(page);
  if (kind === "map") tell(manifest, mapEntries(pages, isLost), mapLine, put);
  if (kind === "log") tell(manifest, logEntries(pages, isLost), logLine, put);
  put(kind === "area" ? ".bin" : ".pages", Buffer.concat(pages));
  return manifest;
}

/** What the manifest says of an object, without its files. */
export function describeObject(object: RescuedObject, pageBytes: number): ManifestObject {
  return { ...rescueObject(object, pageBytes, new Map()), files: [] };
}

function tell<Entry>(manifest: ManifestObject, { entries, expected }: Rescued<Entry>, lineOf: (entry: Entry) => string, put: (ending: string, content: string) => void): void {
  put(".jsonl", entries.map((entry) => `${lineOf(entry)}\n`).join(""));
  manifest.entries = entries.length;
  manifest.lost_entries = expected === undefined ? null : Math.max(0, expected - entries.length);
}

function base64(bytes: Uint8Array): string { return Buffer.from(bytes).toString("base64"); }

export function mapLine({ key, kind, data }: MapEntry): string {
  const name = JSON.stringify(textOfUnits(key));
  const value = valueOf(kind, data);
  if (value.bytes !== undefined) return `{"key":${name},"bytes":"${base64(value.bytes)}"}`;
  return `{"key":${name},"value":${value.text !== undefined ? JSON.stringify(value.text) : oneLine(value.json!)}}`;
}

/** JSON text as it was stored; as a string, if it is none. */
function oneLine(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json));
  } catch {
    return JSON.stringify(json);
  }
}

function logLine({ isBytes, data }: LogEntry): string { return isBytes ? `{"bytes":"${base64(data)}"}` : `{"text":${JSON.stringify(textOfUnits(data))}}`; }
