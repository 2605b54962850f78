/* What the engine calls outward. The build appends this to the generated duk_config.h. */

/* Asked every few thousand operations, and elements that a function in C goes through (tools/build/engine-changes.ts): nonzero stops
 * the script with a RangeError, and must stay nonzero until control is back in C. hal/duktape/engine.c. */
extern int engine_timeout_check(void *unused);

/* Has that be asked at the next operation or element: for a function in C that may take long. The engine's own. */
struct duk_hthread;
extern void engine_look_soon(struct duk_hthread *thread);

/* Nonzero: the C stack is nearly used up, so a recursion of the engine ends in a RangeError. hal/duktape/engine.c. */
extern int engine_stack_is_low(void);

/* As the last, with room for a conversion between text and number (tools/build/engine.ts puts it before each). */
extern int engine_stack_is_low_for_numbers(void);

/* The same for a level of the compiler, which takes less than a call. */
extern int engine_stack_is_low_for_compiler(void);

/* A compilation failed at the token on this line, from 1, that begins at this byte of the text. */
extern void engine_compile_failed(const char *text, unsigned line, unsigned offset);

/* Something is thrown by the compiled function of this sum, or by what it called, at its instruction `pc` from 0. hal/duktape/lines.c. */
extern void engine_thrown(unsigned sum, unsigned pc);

/* While the text of what threw is sought: its instruction, from 1; else 0. */
extern unsigned short engine_sought_pc;

/* The function of this sum was compiled while something is sought; `line`: that of the instruction, or of the last before it. */
extern void engine_compiled(unsigned sum, unsigned line);

/* The value of a text of one to nine decimal digits without a needless zero in front; -1 for any other text. */
extern int engine_short_integer(const char *text);

/* The value of a text like 12.5, of digits, a point and digits, without a needless zero in front and not above 2^53 without its point;
 * -1 for any other text. */
extern double engine_short_fraction(const char *text);

/* Writes a number of up to 48 bits in decimal, with a zero behind it: at most 21 bytes. */
extern void engine_write_integer(char *to, long long value);

/* As vsnprintf and its kin, for what the engine formats: the C library's take 2.9 KB, and its heap with them. hal/duktape/format.c. */
#include <stdarg.h>
extern int engine_format_list(char *to, unsigned room, const char *format, va_list values);
extern int engine_format(char *to, unsigned room, const char *format, ...);
#undef DUK_SPRINTF
#undef DUK_SNPRINTF
#undef DUK_VSPRINTF
#undef DUK_VSNPRINTF
#define DUK_SPRINTF(to, ...) engine_format((char *) (to), ~0u, __VA_ARGS__)
#define DUK_SNPRINTF engine_format
#define DUK_VSNPRINTF engine_format_list

/* As setjmp and longjmp, with a quarter of their state. hal/duktape/jump.c. */
typedef unsigned engine_jump_state[10];
extern int engine_set_jump(engine_jump_state state) __attribute__((returns_twice));
extern void engine_jump(engine_jump_state state) __attribute__((noreturn));
#undef DUK_JMPBUF_TYPE
#undef DUK_SETJMP
#undef DUK_LONGJMP
#define DUK_JMPBUF_TYPE engine_jump_state
#define DUK_SETJMP(state) engine_set_jump(state)
#define DUK_LONGJMP(state) engine_jump(state)

/* Where in the engine's own source an error arises: asked by nobody, since errors carry no trace, and 1 KB of code. */
#undef DUK_FILE_MACRO
#undef DUK_LINE_MACRO
#define DUK_FILE_MACRO NULL
#define DUK_LINE_MACRO 0

/* What a board leaves out (leaveOut in its board.json) throws when it is called; the 9.9 KB of it are not linked. hal/duktape/engine.c. */
#if defined(ENGINE_LEAVES_OUT_TRIGONOMETRY)
extern double engine_left_out(const char *name) __attribute__((noreturn));
#undef DUK_SIN
#undef DUK_COS
#undef DUK_TAN
#undef DUK_ASIN
#undef DUK_ACOS
#undef DUK_ATAN
#undef DUK_ATAN2
#define DUK_SIN(x) engine_left_out("sin")
#define DUK_COS(x) engine_left_out("cos")
#define DUK_TAN(x) engine_left_out("tan")
#define DUK_ASIN(x) engine_left_out("asin")
#define DUK_ACOS(x) engine_left_out("acos")
#define DUK_ATAN(x) engine_left_out("atan")
#define DUK_ATAN2(x, y) engine_left_out("atan2")
#endif

/* The API's methods and accessors, which lie in the engine's tables in ROM (engine/builtins.yaml). hal/duktape/api.c. */
extern int api_method(struct duk_hthread *thread);
extern int api_getter(struct duk_hthread *thread);

/* setTimeout and its kin. hal/duktape/timers.c. */
extern int timer_method(struct duk_hthread *thread);

/* The engine's state is broken beyond repair: an error outside any protected call. The board's fault.c. */
extern void fault_panic(const char *what) __attribute__((noreturn));
