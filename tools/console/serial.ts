/**
 * A real serial port, 8N1, opened for this process alone. The package serialport carries it; it is native code and
 * therefore optional, installed and loaded only when a port is opened.
 *
 * A port that is pulled out while bytes come is a line that has hung up: each read gives 0 bytes from then on. The
 * package takes 0 bytes for "ask again", for ever, and never says that the port has gone. So reading is done here, with
 * the package's own file and poller. The alternative, asking the port now and then whether it is alive, would be a
 * clock where the system has an event.
 */
import { once } from "node:events";
import { read } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { needPackages } from "../build/steps";
import { ExitCode, Failure, messageOf } from "../failure";
import type { Line } from "./port";

/** How long closing waits for what was written to be on the line. */
const DRAIN_MS = 300;

type Package = typeof import("serialport");

/** What the package keeps of an open port on Linux and macOS. Windows has another kind, without these. */
interface OpenFile {
  readonly fd: number | null;
  readonly poller: { once(event: "readable", listener: (error: Error | null) => void): unknown };
  read(buffer: Buffer, offset: number, length: number): Promise<{ buffer: Buffer; bytesRead: number }>;
}

export async function loadSerialport(): Promise<Package> {
  try {
    await needPackages("serial");
    return await import("serialport");
  } catch (error) {
    throw new Failure(ExitCode.NoTool, `the npm package serialport cannot be installed here (${messageOf(error).split("\n")[0]}): run \`npm ci\` in the project's folder to see why`);
  }
}

/** Opens the port and tells in one sentence why it cannot be. */
export async function openSerial(path: string, baud: number): Promise<Line> {
  const { SerialPort } = await loadSerialport();
  const port = new SerialPort({ path, baudRate: baud, autoOpen: false, lock: true });
  await new Promise<void>((resolve, reject) => port.open((error) => error ? reject(cannotOpen(path, error)) : resolve()));
  const file = port.port as unknown as OpenFile | undefined;
  if (file && "poller" in file) file.read = (buffer, offset, length) => readUntilHangUp(file, buffer, offset, length);
  let end: (why: string) => void = () => undefined;
  let wanted = false;
  let open = true;
  port.on("error", () => undefined);
  port.once("close", () => {
    open = false;
    if (!wanted) end(`${path} has gone`);
  });
  return {
    name: path,
    write: (bytes) => { if (open) port.write(Buffer.from(bytes)); },
    onBytes: (listener) => { port.on("data", listener); },
    onEnd: (listener) => { end = listener; },
    close: async () => {
      wanted = true;
      if (!open) return;
      const closed = once(port, "close");
      await Promise.race([new Promise((done) => port.drain(done)), sleep(DRAIN_MS, undefined, { ref: false })]);
      if (port.isOpen) port.close();
      await closed;
    },
  };
}

/**
 * The next bytes. Throws when the line has hung up, and, as the package wants it, with `canceled` when the port was closed
 * here. That may happen during a read, and the poller of a closed port takes the process down: it is asked for no more.
 */
async function readUntilHangUp(file: OpenFile, buffer: Buffer, offset: number, length: number): Promise<{ buffer: Buffer; bytesRead: number }> {
  for (;;) {
    const bytesRead = file.fd === null ? undefined : await readNow(file.fd, buffer, offset, length);
    if (file.fd === null) throw Object.assign(new Error("the port was closed"), { canceled: true });
    if (bytesRead === 0) throw new Error("the line has hung up");
    if (bytesRead !== undefined) return { buffer, bytesRead };
    await new Promise<void>((resolve, reject) => { file.poller.once("readable", (error) => error ? reject(error) : resolve()); });
  }
}

/** How many bytes there were; undefined: none yet. 0 only where the line has hung up, as the port is opened to wait for 1. */
function readNow(fd: number, buffer: Buffer, offset: number, length: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => read(fd, buffer, offset, length, null, (error, bytesRead) => {
    if (error && !["EAGAIN", "EWOULDBLOCK", "EINTR"].includes(error.code ?? "")) reject(error);
    else resolve(error ? undefined : bytesRead);
  }));
}

function cannotOpen(path: string, error: Error): Failure {
  const why = error.message.replace(/^Error:? */, "");
  if (/No such|cannot find|not found/i.test(why)) return new Failure(ExitCode.NoPort, `there is no port ${path}: \`zcache list\` shows what there is`);
  if (/permission|access denied/i.test(why)) return new Failure(ExitCode.Failed, `${path} may not be opened by this user: on Debian, join the group dialout (sudo adduser $USER dialout) and log in again`);
  if (/lock|busy|temporarily unavailable/i.test(why)) return new Failure(ExitCode.Failed, `${path} is in use by another program: close that one first`);
  return new Failure(ExitCode.Failed, `${path} cannot be opened as a serial port (${why}): \`zcache list\` shows what there is`);
}
