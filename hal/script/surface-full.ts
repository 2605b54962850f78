/** What a full bundle gives an app: the API of firmware/api over the core as JavaScript. */
import type * as native from "../../firmware/native";
import {
  areaClose, areaCount, areaOpen, areaZero, cacheBegin, cacheClear, cacheDelete, cacheGet, cacheIsLong, cacheOpen,
  cachePutLong, cachePutPage, cachePutShort, coreGet, coreRefresh, counter, governorSetTarget, governorTarget,
  logClear, logCommit, logEntries, logNext, logOpen, logReserve, logStamp, mapClear, mapCommit, mapDelete, mapForget,
  mapGet, mapNext, mapOpen, mapReserve, mapSize, shapeKind, shapeLeft, shapePiece, shapePieceBytes, shapeStage,
  shapeTouch,
} from "../../firmware/native";
import { openStore } from "../../firmware/api/store";
import { type OpenOptions, openBlock } from "./open";
import type { ScriptFlash } from "./flash";

/** The region that the API's stage lies in (firmware/shapes/stage.ts). */
const STAGE_BYTES = 1080;

/** The calls that the API makes, by name, so that a bundle leaves out the others. A test runs every class of the API over them. */
const calls: any = {
  areaClose: areaClose, areaCount: areaCount, areaOpen: areaOpen, areaZero: areaZero, cacheBegin: cacheBegin,
  cacheClear: cacheClear, cacheDelete: cacheDelete, cacheGet: cacheGet, cacheIsLong: cacheIsLong,
  cacheOpen: cacheOpen, cachePutLong: cachePutLong, cachePutPage: cachePutPage, cachePutShort: cachePutShort,
  coreGet: coreGet, coreRefresh: coreRefresh, counter: counter, governorSetTarget: governorSetTarget,
  governorTarget: governorTarget, logClear: logClear, logCommit: logCommit, logEntries: logEntries, logNext: logNext,
  logOpen: logOpen, logReserve: logReserve, logStamp: logStamp, mapClear: mapClear, mapCommit: mapCommit,
  mapDelete: mapDelete, mapForget: mapForget, mapGet: mapGet, mapNext: mapNext, mapOpen: mapOpen,
  mapReserve: mapReserve, mapSize: mapSize, shapeKind: shapeKind, shapeLeft: shapeLeft, shapePiece: shapePiece,
  shapePieceBytes: shapePieceBytes, shapeStage: shapeStage, shapeTouch: shapeTouch,
};

export function openSurface(options: OpenOptions, flash: ScriptFlash | undefined, put: (byte: number) => void): any {
  const block = openBlock({ arenaBytes: options.arenaBytes, clientBytes: 0, pageBytes: options.pageBytes, pagesMax: options.pagesMax, stageBytes: STAGE_BYTES }, flash, put);
  return openStore({ calls: calls as typeof native, bytes: function (): Uint8Array { return block.bytes; } });
}
