/*
 * How the engine formats text (engine/declarations.h): what it uses of C's vsnprintf, in 250 bytes. The C library's takes 2.9 KB and
 * brings its own heap along.
 *
 * Known are %s, %d, %u, %x, %p and %%, an `l` before the letter (a long has 32 bits here), and a width with zeros in front. Any other
 * letter is written as it stands, so that a format nobody thought of is seen. The test compares all of them with the C library's.
 */
#include "duktape.h"
#include <stdint.h>

#define DIGITS_MAX 10

struct output {
    char *to;
    uint32_t room, length;
};

static void put(struct output *out, char character)
{
    if (out->length < out->room) out->to[out->length] = character;
    out->length++;
}

static void put_text(struct output *out, const char *text)
{
    for (; *text; text++) put(out, *text);
}

static void put_number(struct output *out, uint32_t value, uint32_t base, uint32_t width)
{
    char digits[DIGITS_MAX];
    uint32_t count = 0;
    do digits[count++] = "0123456789abcdef"[value % base];
    while (value /= base);
    for (; width > count; width--) put(out, '0');
    while (count) put(out, digits[--count]);
}

static void put_signed(struct output *out, int32_t value, uint32_t width)
{
    if (value < 0) {
        put(out, '-');
        if (width) width--;
    }
    put_number(out, value < 0 ? 0u - (uint32_t)value : (uint32_t)value, 10, width);
}

/* Writes at most `room` bytes with the zero behind them; returns how many there are without it, also when that is more. */
int engine_format_list(char *to, unsigned room, const char *format, va_list values)
{
    struct output out = {to, room ? room - 1 : 0, 0};
    for (; *format; format++) {
        if (*format != '%') {
            put(&out, *format);
            continue;
        }
        uint32_t width = 0;
        for (format++; *format >= '0' && *format <= '9'; format++) width = width * 10 + (uint32_t)(*format - '0');
        if (*format == 'l') format++;
        if (*format == 's') put_text(&out, va_arg(values, const char *));
        else if (*format == 'd') put_signed(&out, va_arg(values, int32_t), width);
        else if (*format == 'u') put_number(&out, va_arg(values, uint32_t), 10, width);
        else if (*format == 'x') put_number(&out, va_arg(values, uint32_t), 16, width);
        else if (*format == 'p') {
            put_text(&out, "0x");
            put_number(&out, (uint32_t)(uintptr_t)va_arg(values, void *), 16, 0);
        } else if (*format) put(&out, *format);
        else break;
    }
    if (room) to[out.length < room ? out.length : room - 1] = 0;
    return (int)out.length;
}

int engine_format(char *to, unsigned room, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    int length = engine_format_list(to, room, format, values);
    va_end(values);
    return length;
}
