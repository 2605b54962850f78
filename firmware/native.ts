/** Everything that is compiled twice, and its whole outside: what the JavaScript build, the wasm and the board's C may call. */
export * from "./core/exports";
export * from "./link/wire";
export * from "./link/line-editor";
export { areaCount, areaIsPlain, areaZero, shapeKind, shapeLeft, shapePiece, shapePieceBytes, shapeStage, shapeTouch } from "./shapes/stage";
export { mapClear, mapCommit, mapDelete, mapForget, mapGet, mapNext, mapOpen, mapReserve, mapRoom, mapSize } from "./shapes/map";
export { logClear, logCommit, logEntries, logNext, logOpen, logReserve, logRoom, logStamp } from "./shapes/log";
export { cacheBegin, cacheClear, cacheDelete, cacheGet, cacheIsLong, cacheOpen, cachePutLong, cachePutPage, cachePutShort } from "./shapes/cache";
