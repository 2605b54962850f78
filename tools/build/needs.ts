/** npm packages that only some work needs: installed when that work is begun, and waited for (packages.mjs has the groups). */
import { withLock } from "./lock.mjs";
import { type Group, installGroups, missingGroups, titleOf } from "./packages.mjs";
import { buildFolder, rootFolder } from "./paths";
import { announced, progress } from "./steps";

/** Installs the groups unless they are there. Throws with npm's own words when it cannot. */
export async function needPackages(...groups: Group[]): Promise<void> {
  if (missingGroups(rootFolder, groups).length === 0) return;
  await withLock(buildFolder, progress, async () => {
    const missing = missingGroups(rootFolder, groups);
    if (missing.length === 0) return;
    await announced(titleOf(missing), titleOf(missing), () => installGroups(rootFolder, missing, progress));
  });
}
