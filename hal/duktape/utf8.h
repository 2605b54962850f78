/* Text at the border: what comes in must be UTF-8, what goes out is. See utf8.c. */
#ifndef UTF8_H
#define UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Is it UTF-8: no stray byte, no long form, no half of a pair, nothing above U+10FFFF? */
bool utf8_is_sound(const char *text, size_t length);

/* Gives the engine's text to `put`, piece by piece, as UTF-8. */
void utf8_put(const char *text, size_t length, void (*put)(const char *text, size_t length));

#endif
