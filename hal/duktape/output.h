/* Text that the program prints: to the console, or kept while a tool's Run packet is answered. See output.c. */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Forgets kept text without releasing it: for a new engine heap. */
void output_open(void);

/* Prints text of the engine's as UTF-8 (utf8.h). On the console a line feed becomes CR LF. */
void output_text(const char *text, size_t length);
void output_say(const char *text);
void output_number(uint32_t value);

/* From now on text is kept in the engine's heap; what was kept before is released. */
void output_keep_begin(void);
/* Text goes to the console again. False if some of it found no room; then the kept text is a sentence that says so. */
bool output_keep_end(void);

/* Length of the kept text, and a copy of `length` of its bytes from `offset` on, which must be there. The text lasts until
 * the next output_keep_begin(), output_forget() or output_open(). */
uint32_t output_kept_length(void);
void output_kept_copy(uint32_t offset, uint8_t *to, uint32_t length);
void output_forget(void);

#endif
