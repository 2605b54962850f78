/** Everything that is compiled twice, and its whole outside: what the JavaScript build, the wasm and the board's C may call. */
export * from "./core/codec/lz4";
export * from "./core/swap/crc32";
