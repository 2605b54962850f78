/** Everything that is compiled twice, and its whole outside: what the JavaScript build, the wasm and the board's C may call. */
export * from "./core/exports";
export * from "./link/wire";
export * from "./link/line-editor";
