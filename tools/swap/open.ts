/** Opens the image of a board's NOR chip. Whatever the file is, the answer is an image or one sentence. */
import { boardFacts } from "../build/board";
import { boardNames } from "../board-file";
import { IMAGE_MOST, readBounded } from "../bounded-file";
import { usage } from "../failure";
import { Geometry, SwapImage, VERSION } from "./image";

interface Chip { readonly board: string; readonly imageBytes: number; readonly geometry: Geometry; }

/** The board's chip, undefined if it has none. */
function chipOf(board: string): Chip | undefined {
  const { flash, swap, knobs } = boardFacts(board) as { flash?: { imageBytes: number; sectorBytes: number }; swap: { startBytes: number; sectors: number }; knobs: { pageBytes: number } };
  if (flash === undefined || swap.sectors === 0) return undefined;
  return { board, imageBytes: flash.imageBytes, geometry: { start: swap.startBytes, sectorBytes: flash.sectorBytes, sectors: swap.sectors, pageBytes: knobs.pageBytes } };
}

/** The chip that an image of `bytes` bytes is of: the named board's, or the first board's that has one so large. */
function chipFor(path: string, bytes: number, board: string | undefined): Chip {
  if (board !== undefined && !boardNames().includes(board)) throw usage(`There is no board "${board}": the boards are ${boardNames().join(", ")}.`);
  const chips = (board === undefined ? boardNames() : [board]).map(chipOf).filter((chip) => chip !== undefined);
  if (chips.length === 0) throw usage(`${board} has no flash for swap, so there is no image of it: name another board.`);
  const chip = chips.find(({ imageBytes }) => imageBytes === bytes);
  if (chip !== undefined) return chip;
  const sizes = [...new Set(chips.map(({ imageBytes, board: name }) => `${imageBytes}${board === undefined ? "" : ` (${name})`}`))];
  throw usage(`${path} has ${bytes} bytes and an image has as many as its chip, ${sizes.join(" or ")}: give a whole image${board === undefined ? "" : ", or another --board"}.`);
}

/** Opens `path`. A usage failure when it is no image, or one whose log is another version's or geometry's. */
export function openImage(path: string, board?: string): { image: SwapImage; board: string } {
  const bytes = readBounded(path, "The image", IMAGE_MOST);
  const chip = chipFor(path, bytes.length, board);
  const image = new SwapImage(bytes, chip.geometry);
  const starts = Array.from({ length: chip.geometry.sectors }, (_, sector) => image.start(sector));
  for (const start of starts) {
    if (start.kind === "version") throw usage(`${path} holds a swap log of version ${start.value}, this tool reads version ${VERSION}: use the tool of the image's version.`);
    if (start.kind === "geometry") throw usage(`${path} holds a swap log with sectors of ${start.value} bytes, ${chip.board} has ${chip.geometry.sectorBytes}: name the board that wrote it with --board.`);
  }
  const strangers = starts.filter(({ kind }) => kind === "other").length;
  if (strangers > 1 && starts.every(({ kind }) => kind !== "header")) throw usage(`${path} holds no swap log: ${strangers} of its ${chip.geometry.sectors} sectors begin with something else and none with a header of ours; on the board, .swap format makes one.`);
  return { image, board: chip.board };
}
