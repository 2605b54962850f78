/** Acceptance 35: the emulator is killed in mid-write, and the board resets itself; what was synced is there either way. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { zcache } from "../tools/run-cli";
import type { KillDocument } from "../../tools/qemu/kill-run";

test("reset by killing the emulator in mid-write, twice on the same image: it boots, the ledger is intact, durable data are intact, volatile data are gone", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "zcache-kill-"));
  try {
    let before = 0;
    for (const packets of [11, 26]) {
      const args = ["qemu", "--feed", "tools/feed/sample/weather_climavue.csv", "--kill-after", String(packets), "--nor", join(folder, "nor.img"), "--batch", "--json"];
      const { code, stdout } = await zcache(args);
      t.is(code, 0);
      const document = JSON.parse(stdout) as KillDocument;
      t.is(document.verdict, "ok");
      t.is(document.durable_mismatches, 0);
      t.is(document.volatile_bytes, 0);
      t.true(document.found_step >= document.synced_step && document.synced_step > before);
      t.true(document.erases_max.after >= document.erases_max.before);
      before = document.found_step;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
