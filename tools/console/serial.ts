/**
 * A real serial port, 8N1, opened for this process alone. The package serialport carries it; it is native code and
 * therefore optional, installed and loaded only when a port is opened.
 */
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { needPackages } from "../build/steps";
import { ExitCode, Failure, messageOf } from "../failure";
import type { Line } from "./port";

/** How long closing waits for what was written to be on the line. */
const DRAIN_MS = 300;

type Package = typeof import("serialport");

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

function cannotOpen(path: string, error: Error): Failure {
  const why = error.message.replace(/^Error:? */, "");
  if (/No such|cannot find|not found/i.test(why)) return new Failure(ExitCode.NoPort, `there is no port ${path}: \`zcache list\` shows what there is`);
  if (/permission|access denied/i.test(why)) return new Failure(ExitCode.Failed, `${path} may not be opened by this user: on Debian, join the group dialout (sudo adduser $USER dialout) and log in again`);
  if (/lock|busy|temporarily unavailable/i.test(why)) return new Failure(ExitCode.Failed, `${path} is in use by another program: close that one first`);
  return new Failure(ExitCode.Failed, `${path} cannot be opened as a serial port (${why}): \`zcache list\` shows what there is`);
}
