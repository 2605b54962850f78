/*
 * Where printed text goes. Normally to the console line. While the board answers a Run packet the text is part of the
 * reply: it is kept in small pieces of the engine's heap, and stays until the tool has fetched it (a
 * repeated Run and every More are answered from it). So the console's prompt line is not disturbed by tools, and a tool
 * gets exactly what its line printed.
 */
#include "output.h"
#include "engine.h"
#include "hal.h"
#include "heap.h"
#include "utf8.h"
#include <string.h>

/* One piece of kept text. Pieces are small and never move, so a heap in fragments still holds a long answer. */
struct piece {
    struct piece *next;
    uint32_t length;
    char text[248];
};

static struct piece *first, *last;
static uint32_t kept_length;
static bool is_keeping, has_lost;

static const char no_room[] = "Error: the printed text did not fit into the engine's heap: print less at once.\n";

void output_open(void)
{
    first = last = NULL;
    kept_length = 0;
    is_keeping = has_lost = false;
}

/* A new last piece; tries again after a garbage collection. */
static bool add_piece(void)
{
    struct piece *fresh = heap_allocate(sizeof *fresh);
    if (!fresh) {
        engine_collect();
        fresh = heap_allocate(sizeof *fresh);
    }
    if (!fresh) return false;
    fresh->next = NULL;
    fresh->length = 0;
    if (last) last->next = fresh;
    else first = fresh;
    last = fresh;
    return true;
}

static void keep(const char *text, uint32_t length)
{
    while (length && !has_lost) {
        uint32_t room = last ? sizeof last->text - last->length : 0;
        if (room == 0) {
            has_lost = !add_piece();
            continue;
        }
        uint32_t part = length < room ? length : room;
        memcpy(last->text + last->length, text, part);
        last->length += part;
        kept_length += part;
        text += part, length -= part;
    }
}

static void send(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\n') serial_put('\r');
        serial_put((uint8_t)text[i]);
    }
}

static void put(const char *text, size_t length)
{
    if (is_keeping) keep(text, (uint32_t)length);
    else send(text, length);
}

void output_text(const char *text, size_t length) { utf8_put(text, length, put); }

void output_say(const char *text) { output_text(text, strlen(text)); }

void output_number(uint32_t value)
{
    char digits[10];
    uint32_t at = sizeof digits;
    do digits[--at] = (char)('0' + value % 10);
    while (value /= 10);
    output_text(digits + at, sizeof digits - at);
}

void output_forget(void)
{
    while (first) {
        struct piece *next = first->next;
        heap_release(first);
        first = next;
    }
    last = NULL;
    kept_length = 0;
}

void output_keep_begin(void)
{
    output_forget();
    is_keeping = true;
    has_lost = false;
}

bool output_keep_end(void)
{
    is_keeping = false;
    if (!has_lost) return true;
    output_forget();
    return false;
}

uint32_t output_kept_length(void) { return has_lost ? sizeof no_room - 1 : kept_length; }

void output_kept_copy(uint32_t offset, uint8_t *to, uint32_t length)
{
    if (has_lost) {
        memcpy(to, no_room + offset, length);
        return;
    }
    for (const struct piece *piece = first; piece && length; piece = piece->next) {
        uint32_t skipped = offset < piece->length ? offset : piece->length;
        uint32_t part = piece->length - skipped < length ? piece->length - skipped : length;
        memcpy(to, piece->text + skipped, part);
        offset -= skipped;
        to += part, length -= part;
    }
}
