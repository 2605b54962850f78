/*
 * Numbers without the engine's own conversion, whose big integers take 1.4 KB of C stack (engine/declarations.h): whole ones are
 * written, and short fractions read. These are exact as well: up to 2^53 and the powers of ten up to 10^15 are doubles without a
 * rounding, so their quotient is the number that is nearest to the text.
 */
#include "duktape.h"
#include <stdbool.h>
#include <stdint.h>

void engine_write_integer(char *to, long long value)
{
    char digits[20];
    uint32_t count = 0;
    unsigned long long left = value < 0 ? 0ull - (unsigned long long)value : (unsigned long long)value;
    do digits[count++] = (char)('0' + left % 10);
    while (left /= 10);
    if (value < 0) *to++ = '-';
    while (count) *to++ = digits[--count];
    *to = 0;
}

/* Ten times this, and nine, is still less than 2^53. */
#define MANTISSA_MOST 900719925474098ull

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

double engine_short_fraction(const char *text)
{
    unsigned long long mantissa = 0;
    double scale = 0;
    if (!text || !is_digit(*text) || (*text == '0' && text[1] != '.')) return -1;
    for (; is_digit(*text) || (*text == '.' && scale == 0); text++) {
        if (*text == '.') {
            scale = 1;
            continue;
        }
        if (mantissa > MANTISSA_MOST) return -1;
        mantissa = mantissa * 10 + (unsigned)(*text - '0');
        scale *= 10;
    }
    return *text || scale < 10 ? -1 : (double)mantissa / scale;
}
