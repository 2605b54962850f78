/* How the engine writes whole numbers (engine/declarations.h), without the C library's formatting. */
#include "duktape.h"
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
