/* Printing without a buffer: to the console line, or the part that was asked for into a reply. See floor.h. */
#include "floor.h"
#include "hal.h"
#include <string.h>

static uint8_t *kept;
static uint32_t keep_from, keep_room, keep_length;

void text_keep(uint32_t from, uint8_t *to, uint32_t room)
{
    kept = to;
    keep_from = from;
    keep_room = room;
    keep_length = 0;
}

uint32_t text_keep_end(void)
{
    kept = NULL;
    return keep_length;
}

static void put(char byte)
{
    if (!kept) {
        if (byte == '\n') serial_put('\r');
        serial_put((uint8_t)byte);
        return;
    }
    uint32_t at = keep_length++ - keep_from;
    if (at < keep_room) kept[at] = (uint8_t)byte;
}

void say_bytes(const char *text, uint32_t length)
{
    while (length--) put(*text++);
}

void say(const char *text) { say_bytes(text, (uint32_t)strlen(text)); }

static uint32_t write_digits(uint32_t value, char *end)
{
    uint32_t count = 0;
    do *--end = (char)('0' + value % 10), count++;
    while (value /= 10);
    return count;
}

void say_number(uint32_t value)
{
    char digits[10];
    uint32_t count = write_digits(value, digits + sizeof digits);
    say_bytes(digits + sizeof digits - count, count);
}

void say_column(uint32_t value, uint32_t columns)
{
    char digits[10];
    uint32_t count = write_digits(value, digits + sizeof digits);
    while (columns-- > count) put(' ');
    say_bytes(digits + sizeof digits - count, count);
}

void say_padded(const char *text, uint32_t length, uint32_t columns)
{
    say_bytes(text, length);
    while (length++ < columns) put(' ');
}

void say_hex(uint32_t value, uint32_t digits)
{
    while (digits--) put("0123456789abcdef"[value >> 4 * digits & 15]);
}
