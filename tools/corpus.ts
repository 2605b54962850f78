/**
 * Real data to work on: the corpus folder when it lies beside the checkout, otherwise the sample the project ships.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { filesBelow } from "./build/steps";
import { inRoot } from "./build/paths";

const corpusFolder = inRoot("..", "shared", "corpus");
const sampleFolder = inRoot("tools", "feed", "sample");

/** Folders of the corpus that hold page contents. */
const CONTENT = ["bin", "csv", "fb", "font", "gps", "heap", "img", "js-npm", "json", "rand"];

/** What `start` feeds, by its place in the corpus or its name in the sample. */
const START_FILES = [["csv", "weather_climavue.csv"], ["csv", "waterlevel_aquatroll.csv"], ["gps", "nmea_mixed_receivers.nmea"]];

/** Sensor recordings of more than half a megabyte together, several times the RAM of the smallest board. */
export function startFiles(): string[] {
  return START_FILES.map(([folder, name]) => {
    const inCorpus = join(corpusFolder, folder, name);
    return existsSync(inCorpus) ? inCorpus : join(sampleFolder, name);
  });
}

/** Every file there is to take pages from, with every kind of content the corpus has. */
export function pageFiles(): string[] {
  const corpus = CONTENT.flatMap((folder) => filesBelow(join(corpusFolder, folder), ""));
  return corpus.length > 0 ? corpus : filesBelow(sampleFolder, ".csv", ".nmea");
}
