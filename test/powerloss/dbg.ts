import { FirstWritesRunner, parseFirst } from "./first-writes";
import { SwapImage } from "../../tools/swap/image";
import { describe } from "../../tools/swap/report";
import { CODEC_PLACES, coreCodecs, none, sameFilled } from "../../tools/codecs/codecs";
import { loadCore } from "../../tools/core/wasm-core";
import { unpackWith } from "../../tools/swap/committed";
const { seed, beginning, loss } = parseFirst(process.argv[2]);
const r: any = new FirstWritesRunner({ kind: "wasm", seed, beginning, length: 40, pageBytes: 256, sectors: 6 });
const unpack = unpackWith([...coreCodecs(loadCore(CODEC_PLACES.end)), sameFilled, none]);
function show(title: string) {
  const img = new SwapImage(r.world.chip.cells, { start: 0, sectorBytes: 4096, sectors: 6, pageBytes: 256 });
  const secs = Array.from({ length: 6 }, (_, n) => img.sector(n));
  console.log("==", title);
  for (const s of secs) {
    console.log(s.number, JSON.stringify(s.start), "damage", JSON.stringify(s.damage));
    for (const q of s.records) if (q.kind !== 0) console.log("   ", q.slot, ["v", "d", "C"][q.kind], q.struck ? "struck" : "", q.isVerdict ? "verdict" : "", "inst", q.instance, "page", q.page, "copy", q.copy, "ep", q.epoch, "gen", q.generation, "dig", (q.digest >>> 0).toString(16), "ok", q.dataOk, q.mended ? "mended" : "");
  }
  const d = describe(img, unpack);
  console.log(JSON.stringify(d.committed), d.findings, d.torn);
}
const { contents, after } = r.firstCut(loss.first, loss.moment);
show("after first cut");
r.world.restore(after);
r.world.chip.planCut({ operation: 1e9, moment: "before", seed: 1 });
try { r.live("secondCuts", loss.second, loss.secondMoment, 0, contents); } catch {}
r.world.restore(after);
try { r.cutTwice(loss, contents, after); } catch (e) { console.log(String(e)); }
show("in the end");
