/* What the engine calls outward. The build appends this to the generated duk_config.h. */

/* Asked every few hundred thousand operations: nonzero stops the script with a RangeError, and must stay nonzero until
 * control is back in C. hal/duktape/engine.c. */
extern int engine_timeout_check(void *unused);

/* Nonzero: the C stack is nearly used up, so a recursion of the engine ends in a RangeError. hal/duktape/engine.c. */
extern int engine_stack_is_low(void);

/* The engine's state is broken beyond repair: an error outside any protected call. The board's fault.c. */
extern void fault_panic(const char *what) __attribute__((noreturn));
