/*
 * Text at the border. Outside it is UTF-8. Inside the engine a character above U+FFFF is two units of three bytes each
 * (CESU-8), and a script may hold one of the two alone.
 *
 * What goes out: two units that belong together become the four bytes of their character, one alone becomes U+FFFD, as
 * in Node. So a terminal shows what was meant, and both print the same. What comes in: a line that is no UTF-8 is
 * told from one that is, so that it can be refused. The engine would refuse most of them too, but with the wrong line:
 * it reads ahead. The price is one look at each byte; letting the host mend the text was the alternative, and a plain
 * terminal is no host of ours.
 */
#include "utf8.h"
#include <stdint.h>

/* Bytes of a unit of CESU-8, and the first of them for the halves of a pair. */
enum { UNIT_BYTES = 3, HALF = 0xed, FIRST_HIGH = 0xa0, FIRST_LOW = 0xb0 };

/* Lowest characters of two, three and four bytes. */
static const uint32_t lowest[] = {0x80, 0x800, 0x10000};

bool utf8_is_sound(const char *text, size_t length)
{
    const uint8_t *at = (const uint8_t *)text, *end = at + length;
    while (at < end) {
        uint32_t lead = *at++;
        if (lead < 0x80) continue;
        uint32_t more = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3, character = lead & (0x3fu >> more);
        if (lead < 0xc2 || lead > 0xf4 || (size_t)(end - at) < more) return false;
        for (uint32_t i = 0; i < more; i++, at++) {
            if ((*at & 0xc0) != 0x80) return false;
            character = character << 6 | (*at & 0x3f);
        }
        if (character < lowest[more - 1] || character > 0x10ffff || character >> 11 == 0x1b) return false;
    }
    return true;
}

/* Puts the character of the halves at `at`, whose ten bits each and 0x10000 are put together. */
static void put_pair(const uint8_t *at, void (*put)(const char *text, size_t length))
{
    uint32_t high = ((at[1] & 0x0fu) << 6 | (at[2] & 0x3fu)) + 0x40;
    const uint8_t bytes[] = {0xf0 | (uint8_t)(high >> 8), 0x80 | (high >> 2 & 0x3f), (uint8_t)(0x80 | (high & 3) << 4 | (at[4] & 0x0f)), at[5]};
    put((const char *)bytes, sizeof bytes);
}

void utf8_put(const char *text, size_t length, void (*put)(const char *text, size_t length))
{
    const uint8_t *at = (const uint8_t *)text, *from = at, *end = at + length;
    while (end - at >= UNIT_BYTES) {
        if (at[0] != HALF || at[1] < FIRST_HIGH) {
            at++;
            continue;
        }
        put((const char *)from, (size_t)(at - from));
        bool is_pair = end - at >= 2 * UNIT_BYTES && at[1] < FIRST_LOW && at[3] == HALF && at[4] >= FIRST_LOW;
        if (is_pair) put_pair(at, put);
        else put("\xef\xbf\xbd", 3);
        from = at += is_pair ? 2 * UNIT_BYTES : UNIT_BYTES;
    }
    put((const char *)from, (size_t)(end - from));
}
