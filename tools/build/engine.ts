/**
 * The JavaScript engine of our own image: Duktape 2.7.0, configured by the release's own tools with all built-ins in
 * ROM (hal/duktape/engine: options as data, and the file that runs Python 2 tools under Python 3). The result lies in
 * build/engine/<hash of everything it depends on>, so switching between branches does not configure again.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inBuild, inRoot } from "./paths";
import { DUKTAPE, fetchSource, unpack } from "./sources";
import { filesBelow, hashFiles, runProgram, runStep } from "./steps";

const settings = inRoot("hal", "duktape", "engine");

/** Flags of configure.py besides option files. Functions of built-in objects become light functions: 14 KB less code. */
const CONFIGURE_FLAGS = ["--rom-support", "--rom-auto-lightfunc", "--config-metadata", "config/"];

/** The release's own option files that ours build on, in order. */
const RELEASE_OPTIONS = ["config/examples/low_memory.yaml", "config/examples/rom_builtins.yaml"];

const NUMBER_STACK_CHECK = "\tif (engine_stack_is_low_for_numbers()) DUK_ERROR_RANGE(thr, DUK_STR_NATIVE_STACK_LIMIT);\n";

/** A change to the configured engine: `find` occurs exactly `places` times, each is replaced. */
interface Change { find: string; put: string; places: number; }

const CHANGES: Change[] = [
  // Number conversion keeps its big integers on the C stack, 3 KB with what it calls, half of what a small board has.
  // So it asks for that much (other recursions for less), and whole numbers, which are nearly all, are read (up to nine
  // digits) and written (up to 31 bits) without it.
  { places: 1, find: "\tduk_native_stack_check(thr);\n\tduk__numconv_stringify_raw(", put: [
    "\tduk_double_t number = duk_get_number(thr, -1);",
    "\tif (radix == 10 && flags == 0 && number >= -2147483647.0 && number <= 2147483647.0 && (duk_double_t) (int) number == number) {",
    "\t\tchar text[24];",
    "\t\tengine_write_integer(text, (int) number);",
    "\t\tduk_pop(thr);",
    "\t\tduk_push_string(thr, text);",
    "\t\treturn;",
    "\t}",
    `${NUMBER_STACK_CHECK}\tduk__numconv_stringify_raw(`,
  ].join("\n") },
  { places: 1, find: "\tduk_native_stack_check(thr);\n\tduk__numconv_parse_raw(", put: [
    "\tif (radix == 10) {",
    "\t\tint whole = engine_short_integer(duk_get_string(thr, -1));",
    "\t\tif (whole >= 0) {",
    "\t\t\tduk_pop(thr);",
    "\t\t\tduk_push_number(thr, whole);",
    "\t\t\treturn;",
    "\t\t}",
    "\t}",
    `${NUMBER_STACK_CHECK}\tduk__numconv_parse_raw(`,
  ].join("\n") },
  // JSON's integers are printed by a format that the small C library does not know.
  { places: 1, find: 'DUK_SPRINTF((char *) buf, "%lld", (long long) v);', put: "engine_write_integer((char *) buf, (long long) v);" },
  // The compiler counts its recursion, but what a level takes of the C stack only the stack can tell.
  { places: 1, find: "\tif (comp_ctx->recursion_depth >= comp_ctx->recursion_limit) {",
    put: "\tif (engine_stack_is_low_for_compiler()) DUK_ERROR_RANGE(comp_ctx->thr, DUK_STR_NATIVE_STACK_LIMIT);\n\tif (comp_ctx->recursion_depth >= comp_ctx->recursion_limit) {" },
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
];

const OUTPUTS = ["duktape.c", "duktape.h", "duk_config.h"];

/** Configures the engine unless that was done; returns the folder with duktape.c, duktape.h and duk_config.h. */
export async function buildEngine(): Promise<string> {
  const inputs = filesBelow(settings, ".py", ".yaml", ".h");
  const all = { flags: CONFIGURE_FLAGS, changes: CHANGES, options: RELEASE_OPTIONS, release: DUKTAPE.sha256 };
  const folder = inBuild("engine", hashFiles(inputs, all).slice(0, 16));
  await runStep({
    name: "engine",
    label: "engine (Duktape, built-ins in ROM)",
    inputs,
    settings: all,
    outputs: OUTPUTS.map((name) => join(folder, name)),
    make: async () => {
      if (!OUTPUTS.every((name) => existsSync(join(folder, name)))) await configure(folder);
    },
  });
  return folder;
}

async function configure(folder: string): Promise<void> {
  const release = inBuild("engine", "release");
  unpack(await fetchSource(DUKTAPE), release);
  const fresh = `${folder}.${process.pid}`;
  rmSync(fresh, { recursive: true, force: true });
  const options = [...RELEASE_OPTIONS, join(settings, "options.yaml")].flatMap((path) => ["--option-file", path]);
  await runProgram("python3", ["-W", "ignore", join(settings, "python2.py"), "tools/configure.py", "--output-directory", fresh,
    ...CONFIGURE_FLAGS, ...options, "--builtin-file", join(settings, "builtins.yaml"), "--fixup-file", join(settings, "declarations.h")], { folder: release });
  change(join(fresh, "duktape.c"));
  rmSync(release, { recursive: true, force: true });
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(inBuild("engine"), { recursive: true });
  renameSync(fresh, folder);
}

/** Makes every change to the engine's one source file. */
function change(path: string): void {
  let text = readFileSync(path, "latin1");
  for (const { find, put, places } of CHANGES) {
    const parts = text.split(find);
    if (parts.length !== places + 1) {
      throw new Error(`the source of ${DUKTAPE.title} has ${parts.length - 1} places like ${JSON.stringify(find)}: expected ${places}`);
    }
    text = parts.join(put);
  }
  writeFileSync(path, text, "latin1");
}
