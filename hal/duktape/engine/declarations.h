/* What the engine calls outward; the engine port (hal/duktape) provides both. Appended to the generated duk_config.h. */

/* Called every few hundred thousand bytecodes: nonzero stops the script with a RangeError, and must stay nonzero until
 * control is back in C. `udata` is the heap's. */
extern duk_bool_t board_exec_timeout(void *udata);

/* The engine's state is broken beyond repair (an error without a protected call, or memory ran out inside the
 * collector). Must not return. `message` may be NULL. */
extern void board_fatal(void *udata, const char *message) __attribute__((noreturn));

/* Nonzero when so little of the C stack is left that the engine must not recurse any further. */
extern duk_bool_t board_stack_is_low(void);
