/** What to feed: the files are read and measured against the board before the board is touched. */
import { basename, parse } from "node:path";
import { capacityBytes, capacityPages, type BoardFile } from "../board-file";
import { readBounded, statOf } from "../bounded-file";
import { usage } from "../failure";

export interface Feed {
  path: string;
  /** Name of its area on the board, at most AREA_NAME_BYTES long, unique among the feeds. */
  area: string;
  data: Uint8Array;
}

const AREA_NAME_BYTES = 24;
/** Pages that an area takes from the board's table at a time (LEAF_PAGES of firmware/core/store/tmem.ts). */
const LEAF_PAGES = 16;

/** Reads the files, or throws one sentence about the first that cannot be fed. */
export function planFeeds(paths: string[], board: BoardFile): Feed[] {
  const feeds: Feed[] = [];
  for (const path of paths) feeds.push({ path, area: areaName(path, feeds.map((feed) => feed.area)), data: readFeed(path, board) });
  checkTogether(feeds, board);
  return feeds;
}

function readFeed(path: string, board: BoardFile): Uint8Array {
  const bytes = sizeOf(path);
  const room = capacityBytes(board);
  if (bytes === 0) throw usage(`${path} is empty and there is nothing to feed: name a file of 1 to ${room} bytes`);
  if (bytes > room) throw usage(`${path} has ${bytes} bytes and an area on ${board.name} holds at most ${room}: name a smaller file`);
  return readBounded(path, "the file", room);
}

function sizeOf(path: string): number {
  const stat = statOf(path, "the file");
  if (!stat) throw usage(`there is no file ${path}: check the name after --feed`);
  if (!stat.isFile()) throw usage(`${path} is not a file: name a file after --feed`);
  return stat.size;
}

/** Each area takes whole leaves of pages, so the files are added up in those. */
function checkTogether(feeds: Feed[], board: BoardFile): void {
  const { pageBytes } = board.knobs;
  const room = capacityPages(board);
  const pages = feeds.reduce((sum, feed) => sum + LEAF_PAGES * Math.ceil(feed.data.length / (pageBytes * LEAF_PAGES)), 0);
  if (pages > room) throw usage(`the files need ${pages} pages of ${pageBytes} bytes together and ${board.name} has ${room}: feed fewer or smaller files`);
}

/** The file's name, without its ending and cut if it is too long, made unique by a number. */
function areaName(path: string, taken: string[]): string {
  const whole = plainName(basename(path));
  const plain = whole.length > AREA_NAME_BYTES ? plainName(parse(path).name) : whole;
  let name = plain.slice(0, AREA_NAME_BYTES);
  for (let n = 2; taken.includes(name); n++) name = `${n}-${plain}`.slice(0, AREA_NAME_BYTES);
  return name;
}

/** Only what can be typed at the console inside quotes. */
function plainName(name: string): string { return name.replace(/[^\x20-\x7e]|["\\]/g, "_"); }
