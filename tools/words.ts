/** How much is said besides results and complaints: -q and -v of the command line. */
let isQuiet = false;
let isVerbose = false;

/** Quiet: nothing about progress. Verbose: also which programs are run, and where a bug threw. */
export function setWords(quiet: boolean, verbose: boolean): void {
  isQuiet = quiet;
  isVerbose = verbose;
}

export function areQuiet(): boolean { return isQuiet; }
export function areVerbose(): boolean { return isVerbose; }

/** A command as it can be pasted into a shell. */
export function shellLine(words: string[]): string {
  return words.map((word) => /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`).join(" ");
}

/** Says on standard error, if all is to be said, which program is run. */
export function sayProgram(words: string[]): void {
  if (isVerbose) process.stderr.write(`zcache: $ ${shellLine(words)}\n`);
}
