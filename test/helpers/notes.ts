/**
 * What is under way, for the runner: each test file's bundle begins with this (tools/build/run-ava.ts puts it there). It
 * notes when the file is loaded, when a test of it begins and ends, and when the file's thread ends. ava's own report
 * names tests only when they have ended, so of a run that hangs or breaks it could not tell which test did it.
 *
 * A line is added to the notes in one write, so the threads of a run can share the file.
 */
import { appendFileSync } from "node:fs";
import test from "ava";
import type { Note } from "../../tools/build/run-ava";

const path = process.env["ZCACHE_TEST_NOTES"];
if (path !== undefined) takeNotes(path);

function takeNotes(to: string): void {
  const note = (event: Note["event"], title?: string): void => {
    appendFileSync(to, `${JSON.stringify({ file: test.meta.file, event, title, ms: Math.round(performance.timeOrigin + performance.now()) })}\n`);
  };
  // The title of a hook is its own, with the test's behind it.
  const of = (title: string): string => title.replace(/^(before|after)Each(\.always)? hook for /, "");
  note("loaded");
  test.beforeEach((t) => note("began", of(t.title)));
  test.afterEach.always((t) => note("ended", of(t.title)));
  process.once("exit", () => note("left"));
}
