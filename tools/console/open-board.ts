/** A board to talk to in packets, wherever it is: at the end of a port, or in an emulator that is started for it. */
import { loadBoard } from "../board-file";
import { buildImage } from "../build/image";
import { beforeExit } from "../cleanup";
import { Link, type Greeting, type LinkOptions } from "../link/link";
import { Session } from "../qemu/session";
import { openLine, type PortSpec } from "./port";

export interface OpenBoard {
  link: Link;
  greeting: Greeting;
  close(): Promise<void>;
}

/** Opens the line and greets the board. `board` is what qemu boots; a real board says itself what it is. */
export async function openBoard(spec: PortSpec, options: { baud: number; board: string; link?: Partial<LinkOptions> }): Promise<OpenBoard> {
  if (spec.kind === "qemu") return bootBoard(options.board, options.link);
  const line = await openLine(spec, options.baud);
  const forget = beforeExit(() => line.close());
  const close = async (): Promise<void> => { forget(); await line.close(); };
  const link = new Link(line, options.link);
  try {
    return { link, greeting: await link.hello(), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function bootBoard(name: string, link?: Partial<LinkOptions>): Promise<OpenBoard> {
  const board = loadBoard(name);
  const image = await buildImage(board.name);
  const session = await Session.boot({ board, image: image.files.elf, link });
  return { link: session.link, greeting: session.greeting, close: () => session.end() };
}
