/**
 * The arena's accessors, AssemblyScript variant: linear memory from address 0 is the arena, and every accessor is one
 * wasm load or store. wasm allows unaligned addresses, so the unaligned forms cost the same. See memory.ts.
 */
// @ts-nocheck: read by asc, which knows load, store, memory and ctz.
@inline export function read8(at: i32): i32 { return <i32>load<u8>(at); }
@inline export function write8(at: i32, value: i32): void { store<u8>(at, <u8>value); }
@inline export function read16(at: i32): i32 { return <i32>load<u16>(at); }
@inline export function write16(at: i32, value: i32): void { store<u16>(at, <u16>value); }
@inline export function read32(at: i32): i32 { return load<i32>(at); }
@inline export function write32(at: i32, value: i32): void { store<i32>(at, value); }
@inline export function read16u(at: i32): i32 { return <i32>load<u16>(at, 0, 1); }
@inline export function read32u(at: i32): i32 { return load<i32>(at, 0, 1); }
@inline export function same4(a: i32, b: i32): boolean { return load<i32>(a, 0, 1) == load<i32>(b, 0, 1); }
@inline export function copy4(to: i32, from: i32): void { store<i32>(to, load<i32>(from, 0, 1), 0, 1); }
@inline export function copyBytes(to: i32, from: i32, length: i32): void { memory.copy(to, from, length); }
@inline export function fillBytes(at: i32, value: i32, length: i32): void { memory.fill(at, <u8>value, length); }
@inline export function equalBytes(difference: i32): i32 { return ctz<i32>(difference) >>> 3; }
@inline export function trailingZeros(value: i32): i32 { return ctz<i32>(value); }
@inline export function memoryEnd(): i32 { return memory.size() << 16; }
