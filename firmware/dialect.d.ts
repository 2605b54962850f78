/**
 * Names that the core's two readers share. AssemblyScript knows these types; for TypeScript they are numbers (or
 * booleans), so that one source passes both compilers. There are only three: a fourth would need a reason.
 */
/** A signed 32-bit integer: every value, offset and length in the core. */
declare type i32 = number;
/** An unsigned 32-bit integer; only where a value's top bit matters. */
declare type u32 = number;
/** A truth value that crosses the border to C as 0 or 1. */
declare type bool = boolean;
