/** The example apps, what each is fed, and what each prints: the same everywhere. */
import { readFileSync } from "node:fs";
import { loadBoard } from "../../tools/board-file";
import { inRoot } from "../../tools/build/paths";
import { planFeeds, type Feed } from "../../tools/feed/plan";

export interface Example { name: string; path: string; text: string; expected: string; feeds: Feed[]; }

const FED: Record<string, string> = { logger: "weather_climavue.csv", glyphs: "fixed_6x12.bdf", messages: "nmea_mixed_receivers.nmea" };

export const EXAMPLES: Example[] = Object.entries(FED).map(([name, data]) => {
  const path = inRoot("firmware", "apps", `${name}.js`);
  const read = (file: string): string => readFileSync(file, "utf8");
  return { name, path, text: read(path), expected: read(path.replace(/\.js$/, ".expected.txt")), feeds: planFeeds([inRoot("tools", "feed", "sample", data)], loadBoard("emcraft-sf2")) };
});
