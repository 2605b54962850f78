/**
 * What we change in the engine's one source file once it is configured. Each change names text that must occur a known
 * number of times, so a release that differs is refused instead of half changed.
 *
 * The executor comes in two sizes. As the release has it, each operation stands there four times (register or constant on
 * each side) with all it can meet: whole numbers, fractions, text, objects. That is 17 KB more than its small variant,
 * which has each once and asks at run time: codecs as JavaScript are 10 % slower with it. Ours has four short cases that
 * know whole numbers only, and one function behind them for the rest: 11 KB smaller than the first, and as fast.
 */

/** `find` occurs exactly `places` times, each is replaced. */
export interface Change { find: string; put: string; places: number; }

/** A handler that the small variant has once for all four kinds of operands; these are no app's inner loop. */
const IN_ONE_CASE = ["EQ", "INSTOF"].map((operation): Change => ({ places: 1, find: `#if defined(DUK_USE_EXEC_PREFER_SIZE)\n\t\tcase DUK_OP_${operation}_RR:`,
  put: `#if 1\n\t\tcase DUK_OP_${operation}_RR:` }));

/** Functions that were inlined into each of their cases. */
const OUT_OF_LINE = ["vm_arith_add", "vm_arith_binary_op", "vm_bitwise_binary_op", "vm_arith_unary_op", "prepost_incdec_var_helper"].map((name): Change => ({ places: 1,
  find: `DUK_LOCAL DUK_EXEC_ALWAYS_INLINE_PERF void duk__${name}(`, put: `DUK_LOCAL DUK_NOINLINE void duk__${name}(` }));

/** What an operation makes of two whole numbers: v1 and v2 have 48 bits (what exceeds them goes the long way), i1 and i2 are those as 32. */
const WHOLE_NUMBERS: [string, string, string][] = [
  ["ADD", "ENGINE_FAST", "v1 + v2"],
  ["SUB", "ENGINE_FAST", "v1 - v2"],
  ["BAND", "ENGINE_FAST_BITS", "i1 & i2"],
  ["BOR", "ENGINE_FAST_BITS", "i1 | i2"],
  ["BXOR", "ENGINE_FAST_BITS", "i1 ^ i2"],
  ["BASL", "ENGINE_FAST_BITS", "(duk_int32_t) ((duk_uint32_t) i1 << (i2 & 31))"],
  ["BASR", "ENGINE_FAST_BITS", "i1 >> (i2 & 31)"],
  ["BLSR", "ENGINE_FAST_BITS", "(duk_uint32_t) i1 >> (i2 & 31)"],
];

const FAST_CASES = WHOLE_NUMBERS.flatMap(([operation, macro, result]) => [["RR", "DUK__REGP_C"], ["RC", "DUK__CONSTP_C"]].map(([operands, right]): Change => {
  const start = `\t\tcase DUK_OP_${operation}_${operands}: {\n`;
  return { places: 1, find: `${start}\t\t\tduk__vm_`, put: `${start}\t\t\t${macro}(DUK__REGP_B(ins), ${right}(ins), ${result});\n\t\t\tduk__vm_` };
}));

const EXECUTOR = "DUK_LOCAL DUK_NOINLINE DUK_HOT void duk__js_execute_bytecode_inner(duk_hthread *entry_thread, duk_activation *entry_act) {\n";

const FAST_MACROS: Change[] = [
  { places: 1, find: EXECUTOR, put: [
    "#define ENGINE_FAST(left, right, result) do { \\",
    "\t\tduk_tval *tv1 = (left), *tv2 = (right); \\",
    "\t\tif (DUK_LIKELY(DUK_TVAL_IS_FASTINT(tv1) && DUK_TVAL_IS_FASTINT(tv2))) { \\",
    "\t\t\tduk_int64_t v1 = DUK_TVAL_GET_FASTINT(tv1), v2 = DUK_TVAL_GET_FASTINT(tv2); \\",
    "\t\t\twhole = (result); \\",
    "\t\t\tif (DUK_LIKELY((duk_int32_t) (whole >> 32) >= -0x8000 && (duk_int32_t) (whole >> 32) <= 0x7fff)) goto set_whole; \\",
    "\t\t} \\",
    "\t} while (0)",
    "#define ENGINE_FAST_BITS(left, right, result) do { \\",
    "\t\tduk_tval *tv1 = (left), *tv2 = (right); \\",
    "\t\tif (DUK_LIKELY(DUK_TVAL_IS_FASTINT(tv1) && DUK_TVAL_IS_FASTINT(tv2))) { \\",
    "\t\t\tduk_int32_t i1 = DUK_TVAL_GET_FASTINT_I32(tv1), i2 = DUK_TVAL_GET_FASTINT_I32(tv2); \\",
    "\t\t\twhole = (result); \\",
    "\t\t\tgoto set_whole; \\",
    "\t\t} \\",
    "\t} while (0)",
    `${EXECUTOR}\tduk_int64_t whole;`,
    "",
  ].join("\n") },
  { places: 1, find: "\t\tcase DUK_OP_BNOT: {\n", put: [
    "\t\tset_whole: {",
    "\t\t\tduk_tval *target = DUK__REGP_A(ins);",
    "\t\t\tDUK_TVAL_SET_FASTINT_UPDREF(thr, target, whole);",
    "\t\t\tbreak;",
    "\t\t}",
    "",
    "\t\tcase DUK_OP_BNOT: {",
    "",
  ].join("\n") },
];

const NUMBER_STACK_CHECK = "\tif (engine_stack_is_low_for_numbers()) DUK_ERROR_RANGE(thr, DUK_STR_NATIVE_STACK_LIMIT);\n";

/** Room for digits that a number may have to any base was 1 KB of each conversion's stack. To the base ten it is 43 at most; to another it lies in the heap. */
const DIGITS: Change[] = [
  { places: 1, find: "\tduk_uint8_t digits[DUK__MAX_OUTPUT_DIGITS];\n", put: "\tduk_uint8_t *digits;\n" },
  { places: 1, find: "*nc_ctx = &nc_ctx_alloc;\n\tduk_double_t res;\n", put: "*nc_ctx = &nc_ctx_alloc;\n\tduk_uint8_t few[72]; /* 54 binary digits */\n\tduk_double_t res;\n\tnc_ctx->digits = few;\n" },
  { places: 1, find: "\tx = (duk_double_t) duk_require_number(thr, -1);\n\tduk_pop(thr);\n\n\t/*\n\t *  Handle special cases (NaN, infinity, zero).\n",
    put: "\tduk_uint8_t few[72];\n\tx = (duk_double_t) duk_require_number(thr, -1);\n\tduk_pop(thr);\n\tnc_ctx->digits = radix == 10 ? few : (duk_uint8_t *) duk_require_buffer(thr, -1, NULL);\n\n\t/*\n\t *  Handle special cases (NaN, infinity, zero).\n" },
];

/** So many operations of a script, or elements that a function of the engine's goes through, lie between two looks whether it is to stop. */
const LOOK_EVERY = 4096;
/** What the call of a function in C counts as: some take milliseconds. */
const NATIVE_CALL = 256;

/**
 * The release looks between operations of a script alone. A function in C that goes through an array of any length, and what is
 * as long as one, passes one of these four for each element; the executor passes none of them. Outside a call (the port's own
 * questions) nothing may be thrown.
 */
const LOOKS: Change[] = [
  { places: 1, find: "#define DUK_HTHREAD_INTCTR_DEFAULT (256L * 1024L)", put: [
    `#define DUK_HTHREAD_INTCTR_DEFAULT ${LOOK_EVERY}L`,
    "#define ENGINE_LOOK(thr) do { if (DUK_UNLIKELY(--(thr)->interrupt_counter < 0)) engine_look(thr); } while (0)",
  ].join("\n") },
  { places: 1, find: "DUK_EXTERNAL duk_bool_t duk_get_prop(duk_hthread *thr, duk_idx_t obj_idx) {\n", put: [
    "DUK_LOCAL DUK_NOINLINE void engine_look(duk_hthread *thr) {",
    "\tif (!thr->callstack_curr) return;",
    "\tthr->interrupt_init = thr->interrupt_counter = DUK_HTHREAD_INTCTR_DEFAULT;",
    "\tif (!engine_timeout_check(NULL)) return;",
    "\tthr->interrupt_init = thr->interrupt_counter = 0;",
    "\tDUK_ERROR_RANGE(thr, \"execution timeout\");",
    "}",
    "DUK_EXTERNAL void engine_look_soon(duk_hthread *thr) {",
    "\tthr->interrupt_counter = 0;",
    "}",
    "DUK_EXTERNAL duk_bool_t duk_get_prop(duk_hthread *thr, duk_idx_t obj_idx) {",
    "",
  ].join("\n") },
  ...["getprop(thr, tv_obj, tv_key);", "putprop(thr, tv_obj, tv_key, tv_val, throw_flag);", "delprop(thr, tv_obj, tv_key, throw_flag);", "hasprop(thr, tv_obj, tv_key);"]
    .map((call): Change => ({ places: 1, find: `\n\n\trc = duk_hobject_${call}\n`, put: `\n\n\tENGINE_LOOK(thr);\n\trc = duk_hobject_${call}\n` })),
  { places: 1, find: "\t\t/* XXX: native funcptr could come out of call setup. */\n",
    put: `\t\tthr->interrupt_counter -= ${NATIVE_CALL};\n` },
];

/** What the compiler says when the C stack has no room for another level; docs/API.md has the numbers. */
const NESTED_TOO_DEEP = "functions or brackets nest too deeply here: give an inner one a name and move it out";

/**
 * Functions nest as people write them, callback in callback, and each level of the compiler takes C stack. What a level passes on its
 * way keeps a frame of its own size only if the statements and literals that it does not pass are not inlined into it; and the outer
 * function, 176 bytes, is kept on the value stack, which lies in the heap. A callback's level took 816 bytes of stack, now 512.
 */
const NESTING: Change[] = [
  ...["init_varmap_and_prologue_for_pass2", "parse_do_stmt", "parse_while_stmt", "parse_throw_stmt", "parse_with_stmt", "parse_break_or_continue_stmt", "parse_for_stmt",
    "parse_switch_stmt", "parse_try_stmt", "parse_if_stmt", "parse_return_stmt", "nud_array_literal", "nud_object_literal"].map((name): Change => ({ places: 1,
    find: `\nDUK_LOCAL void duk__${name}(`, put: `\nDUK_LOCAL DUK_NOINLINE void duk__${name}(` })),
  { places: 1, find: "\tduk_compiler_func old_func;\n\tduk_idx_t entry_top;", put: "\tduk_compiler_func *old_func;\n\tduk_idx_t entry_top;" },
  { places: 1, find: "\tentry_top = duk_get_top(thr);\n\tDUK_DDD(DUK_DDDPRINT(\"before func: ", put: [
    "\tduk_require_stack(thr, 1);",
    "\told_func = (duk_compiler_func *) duk_push_fixed_buffer(thr, sizeof(duk_compiler_func));",
    "\tentry_top = duk_get_top(thr);",
    "\tDUK_DDD(DUK_DDDPRINT(\"before func: ",
  ].join("\n") },
  { places: 1, find: "\tduk_memcpy(&old_func, &comp_ctx->curr_func,", put: "\tduk_memcpy(old_func, &comp_ctx->curr_func," },
  { places: 1, find: "= old_func.is_strict;", put: "= old_func->is_strict;" },
  { places: 1, find: "\tfnum = old_func.fnum_next++;", put: "\tfnum = old_func->fnum_next++;" },
  { places: 3, find: "duk_put_prop_index(thr, old_func.funcs_idx,", put: "duk_put_prop_index(thr, old_func->funcs_idx," },
  { places: 1, find: "\tduk_memcpy((void *) &comp_ctx->curr_func, (void *) &old_func, sizeof(duk_compiler_func));\n",
    put: "\tduk_memcpy((void *) &comp_ctx->curr_func, (void *) old_func, sizeof(duk_compiler_func));\n\tduk_remove(thr, entry_top - 1);\n" },
];

export const CHANGES: Change[] = [
  ...IN_ONE_CASE, ...OUT_OF_LINE, ...FAST_CASES, ...FAST_MACROS, ...LOOKS, ...NESTING,
  ...DIGITS,
  // Number conversion keeps its big integers on the C stack, 1.9 KB with what it calls, a third of what a small board has.
  // So it asks for that much (other recursions for less), and whole numbers, which are nearly all, are read (up to nine
  // digits) and written (up to 31 bits) without it.
  { places: 1, find: "\tduk_native_stack_check(thr);\n\tduk__numconv_stringify_raw(thr, radix, digits, flags);", put: [
    "\tduk_double_t number = duk_get_number(thr, -1);",
    "\tif (radix == 10 && flags == 0 && number >= -2147483647.0 && number <= 2147483647.0 && (duk_double_t) (int) number == number) {",
    "\t\tchar text[24];",
    "\t\tengine_write_integer(text, (int) number);",
    "\t\tduk_pop(thr);",
    "\t\tduk_push_string(thr, text);",
    "\t\treturn;",
    "\t}",
    "\tif (radix != 10) {",
    "\t\tduk_push_fixed_buffer(thr, DUK__MAX_OUTPUT_DIGITS);",
    "\t\tduk_insert(thr, -2);",
    "\t}",
    `${NUMBER_STACK_CHECK}\tduk__numconv_stringify_raw(thr, radix, digits, flags);`,
    "\tif (radix != 10) duk_remove(thr, -2);",
  ].join("\n") },
  { places: 1, find: "\tduk_native_stack_check(thr);\n\tduk__numconv_parse_raw(", put: [
    "\tif (radix == 10) {",
    "\t\tint whole = engine_short_integer(duk_get_string(thr, -1));",
    "\t\tif (whole >= 0) {",
    "\t\t\tduk_pop(thr);",
    "\t\t\tduk_push_number(thr, whole);",
    "\t\t\treturn;",
    "\t\t}",
    "\t\tduk_double_t fraction = (flags & DUK_S2N_FLAG_ALLOW_FRAC) ? engine_short_fraction(duk_get_string(thr, -1)) : -1;",
    "\t\tif (fraction >= 0) {",
    "\t\t\tduk_pop(thr);",
    "\t\t\tduk_push_number(thr, fraction);",
    "\t\t\treturn;",
    "\t\t}",
    "\t}",
    `${NUMBER_STACK_CHECK}\tduk__numconv_parse_raw(`,
  ].join("\n") },
  // JSON's integers are printed by a format that the small C library does not know.
  { places: 1, find: 'DUK_SPRINTF((char *) buf, "%lld", (long long) v);', put: "engine_write_integer((char *) buf, (long long) v);" },
  // The compiler counts its recursion, but what a level takes of the C stack only the stack can tell.
  { places: 1, find: "\tif (comp_ctx->recursion_depth >= comp_ctx->recursion_limit) {",
    put: `\tif (engine_stack_is_low_for_compiler()) DUK_ERROR_RANGE(comp_ctx->thr, ${JSON.stringify(NESTED_TOO_DEEP)});\n\tif (comp_ctx->recursion_depth >= comp_ctx->recursion_limit) {` },
  // The compiler begins each function, nested ones too, with room for so many instructions: 1 KB of heap each.
  { places: 1, find: "#define DUK__BC_INITIAL_INSTS 256", put: "#define DUK__BC_INITIAL_INSTS 24" },
  // Where in the text an app's compilation failed.
  { places: 1, find: "\tif (safe_rc != DUK_EXEC_SUCCESS) {\n\t\tDUK_D(DUK_DPRINT(\"compilation failed: %!T\", duk_get_tval(thr, -1)));\n",
    put: "\tif (safe_rc != DUK_EXEC_SUCCESS) {\n\t\tengine_compile_failed((const char *) src_buffer, (unsigned) comp_stk.comp_ctx_alloc.curr_token.start_line, (unsigned) comp_stk.comp_ctx_alloc.curr_token.start_offset);\n" },
  // On which line an app threw (hal/duktape/lines.c): what throws tells its function's sum and the instruction, and while the app's
  // text is compiled again to find them, every function tells its sum and the line of that instruction.
  { places: 2, find: "\n\tduk_err_longjmp(thr);\n", put: "\n\tengine_throw(thr);\n" },
  { places: 1, find: "\t\t\tduk_err_longjmp(thr);\n", put: "\t\t\tengine_throw(thr);\n" },
  { places: 1, find: "DUK_INTERNAL void duk_err_longjmp(duk_hthread *thr) {\n", put: [
    "DUK_INTERNAL duk_uint32_t engine_sum(duk_hthread *thr, duk_hcompfunc *func) {",
    "\tduk_uint32_t sum = 0;",
    "\tduk_instr_t *at = DUK_HCOMPFUNC_GET_CODE_BASE(thr->heap, func);",
    "\tduk_tval *value = DUK_HCOMPFUNC_GET_CONSTS_BASE(thr->heap, func);",
    "\tfor (; at < DUK_HCOMPFUNC_GET_CODE_END(thr->heap, func); at++) sum = sum * 31 + *at;",
    "\tfor (; value < DUK_HCOMPFUNC_GET_CONSTS_END(thr->heap, func); value++) {",
    "\t\tsum = sum * 31 + (DUK_TVAL_IS_STRING(value) ? DUK_HSTRING_GET_HASH(DUK_TVAL_GET_STRING(value)) : value->ui[0] + value->ui[1]);",
    "\t}",
    "\treturn sum;",
    "}",
    "DUK_INTERNAL void engine_throw(duk_hthread *thr) {",
    "\tduk_activation *act = thr->callstack_curr;",
    "\twhile (act && !(DUK_ACT_GET_FUNC(act) && DUK_HOBJECT_IS_COMPFUNC(DUK_ACT_GET_FUNC(act)))) act = act->parent;",
    "\tif (act) engine_thrown(engine_sum(thr, (duk_hcompfunc *) DUK_ACT_GET_FUNC(act)), (unsigned) duk_hthread_get_act_prev_pc(thr, act));",
    "\tduk_err_longjmp(thr);",
    "}",
    "DUK_INTERNAL void duk_err_longjmp(duk_hthread *thr) {",
    "",
  ].join("\n") },
  { places: 1, find: "DUK_NORETURN(DUK_INTERNAL_DECL void duk_err_longjmp(duk_hthread *thr));\n", put: [
    "DUK_NORETURN(DUK_INTERNAL_DECL void duk_err_longjmp(duk_hthread *thr));",
    "DUK_NORETURN(DUK_INTERNAL_DECL void engine_throw(duk_hthread *thr));",
    "DUK_INTERNAL_DECL duk_uint32_t engine_sum(duk_hthread *thr, duk_hcompfunc *func);",
    "",
  ].join("\n") },
  { places: 1, find: "\tduk_int_t fnum_next; /* inner function numbering */\n", put: "\tduk_int_t fnum_next;\n\tduk_int_t thrown_line;\n" },
  { places: 1, find: "\tinstr->ins = ins;\n#if defined(DUK_USE_PC2LINE)\n", put: [
    "\tif (DUK_BW_GET_SIZE(comp_ctx->thr, &comp_ctx->curr_func.bw_code) / sizeof(duk_compiler_instr) <= engine_sought_pc) {",
    "\t\tcomp_ctx->curr_func.thrown_line = comp_ctx->prev_token.start_line ? comp_ctx->prev_token.start_line : comp_ctx->curr_token.start_line;",
    "\t}",
    "\tinstr->ins = ins;",
    "#if defined(DUK_USE_PC2LINE)",
    "",
  ].join("\n") },
  { places: 1, find: "\t/*\n\t *  Compact the function template.\n\t */\n\n\tduk_compact_m1(thr);\n",
    put: "\tif (engine_sought_pc) engine_compiled(engine_sum(thr, h_res), (unsigned) func->thrown_line);\n\tduk_compact_m1(thr);\n" },
  // As light functions these two take any number of arguments by the release's tables, and fail when the last is left out.
  { places: 3, find: "DUK__TVAL_LIGHTFUNC(duk_bi_global_object_parse_int, 47L)", put: "DUK__TVAL_LIGHTFUNC(duk_bi_global_object_parse_int, 34L)" },
  { places: 3, find: "DUK__TVAL_LIGHTFUNC(duk_bi_global_object_parse_float, 31L)", put: "DUK__TVAL_LIGHTFUNC(duk_bi_global_object_parse_float, 17L)" },
  // JSON escapes half of a pair that stands alone, as ECMAScript does since 2019; a whole pair stays as it is.
  { places: 1, find: "#if defined(DUK_USE_NONSTD_JSON_ESC_U2028_U2029)\n\t\t\t\tif (js_ctx->flag_ascii_only ||", put: [
    "\t\t\t\tif (!js_ctx->flag_ascii_only && cp >> 10 == 0x36 && p_end - p >= 3 && p[0] == 0xed && p[1] >= 0xb0) {",
    "\t\t\t\t\tduk_memcpy(q, p - 3, 6);",
    "\t\t\t\t\tq += 6;",
    "\t\t\t\t\tp += 3;",
    "\t\t\t\t} else if (cp >> 11 == 0x1b) {",
    "\t\t\t\t\tq = duk__emit_esc_auto_fast(js_ctx, cp, q);",
    "\t\t\t\t} else",
    "#if defined(DUK_USE_NONSTD_JSON_ESC_U2028_U2029)",
    "\t\t\t\tif (js_ctx->flag_ascii_only ||",
  ].join("\n") },
];
