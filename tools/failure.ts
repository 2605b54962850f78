/**
 * How a command ends. A tool throws a Failure with one sentence - what was expected, what came, what to do - and the
 * exit code of its kind; only cli.ts turns that into an exit. Anything else that is thrown is a bug or a program that
 * failed, and ends with Failed.
 */
export const enum ExitCode {
  Ok = 0,
  /** It was tried and did not work. */
  Failed = 1,
  /** The command line, or a file named on it, is not usable. */
  Usage = 2,
  /** There is no serial port, or more than one. */
  NoPort = 3,
  /** A program that is needed is not installed. */
  NoTool = 4,
  /** A threshold was missed, or data did not come back as it went in. */
  Threshold = 5,
  /** Something did not answer in time. */
  TimedOut = 124,
  /** A person interrupted it. */
  Interrupted = 130,
}

export class Failure extends Error {
  /**
   * @param details further lines worth showing below the sentence, such as a board's last words
   */
  constructor(readonly exitCode: ExitCode, sentence: string, readonly details: string[] = []) {
    super(sentence);
  }
}

/** A usage failure: the command line asks for what cannot be. */
export function usage(sentence: string): Failure { return new Failure(ExitCode.Usage, sentence); }

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string { return error instanceof Error ? error.message : String(error); }
