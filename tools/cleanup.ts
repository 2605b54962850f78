/** What has to be put away before the program ends, however it ends: emulators, scratch files, a terminal in raw mode. */
const pending = new Set<() => Promise<void> | void>();

/** Registers `task`; the function returned takes it off the list again. */
export function beforeExit(task: () => Promise<void> | void): () => void {
  pending.add(task);
  return () => { pending.delete(task); };
}

/** Runs everything registered, newest first. A task that fails does not stop the others. */
export async function cleanUp(): Promise<void> {
  for (const task of [...pending].reverse()) {
    pending.delete(task);
    try {
      await task();
    } catch {
      // It ends anyway, and the reason why it ends is worth more than this one.
    }
  }
}
