/** The calls the core makes outward, AssemblyScript variant: imports of module "env". The contract stands in ports.ts. */
// @ts-nocheck: read by asc, which knows the external decorator.
@external("env", "flashRead") export declare function flashRead(from: i32, to: i32, length: i32): i32;
@external("env", "flashProgram") export declare function flashProgram(to: i32, from: i32, length: i32): i32;
@external("env", "flashErase") export declare function flashErase(at: i32): i32;
@external("env", "serialPut") export declare function serialPut(byte: i32): void;
@external("env", "clockTicks") export declare function clockTicks(): i32;
