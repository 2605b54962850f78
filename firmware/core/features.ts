/**
 * What a board may leave out of its core. Each is a constant here and a macro of the same name in the native core
 * (tools/build/translate), which the board's `leaveOut` sets to 0; so what only a feature uses is not in such an image.
 * The JavaScript and the wasm build have everything.
 *
 * What is left out is refused by LeftOut (config.ts) and nothing has changed. At least one allocator stays.
 */
export const HAS_ZBUD: boolean = true;
export const HAS_ZFOLD: boolean = true;
export const HAS_ZSMALLOC: boolean = true;
export const HAS_TLSF: boolean = true;
