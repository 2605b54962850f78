/*
 * Where printed text goes. Normally to the console line. While the board answers a Run packet the text is part of the
 * reply: it is kept in a block of the engine's heap that grows in steps, and stays until the tool has fetched it (a
 * repeated Run and every More are answered from it). So the console's prompt line is not disturbed by tools, and a tool
 * gets exactly what its line printed.
 */
#include "output.h"
#include "engine.h"
#include "hal.h"
#include "heap.h"
#include <string.h>

#define GROW_BYTES 256u

static char *kept;
static uint32_t kept_length, kept_room;
static bool is_keeping, has_lost;

static const char no_room[] = "Error: the printed text did not fit into the engine's heap: print less at once.\n";

void output_open(void)
{
    kept = NULL;
    kept_length = kept_room = 0;
    is_keeping = has_lost = false;
}

/* Makes room for `more` bytes; tries again after a garbage collection. */
static bool make_room(uint32_t more)
{
    if (kept_length + more <= kept_room) return true;
    uint32_t room = kept_length + more + GROW_BYTES;
    char *fresh = heap_resize(kept, room);
    if (!fresh) {
        engine_collect();
        fresh = heap_resize(kept, room);
    }
    if (!fresh) return false;
    kept = fresh;
    kept_room = room;
    return true;
}

static void keep(const char *text, uint32_t length)
{
    if (has_lost) return;
    if (!make_room(length)) {
        has_lost = true;
        return;
    }
    memcpy(kept + kept_length, text, length);
    kept_length += length;
}

static void send(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\n') serial_put('\r');
        serial_put((uint8_t)text[i]);
    }
}

void output_text(const char *text, size_t length)
{
    if (is_keeping) keep(text, (uint32_t)length);
    else send(text, length);
}

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
    heap_release(kept);
    kept = NULL;
    kept_length = kept_room = 0;
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

const char *output_kept(void) { return has_lost ? no_room : kept; }
uint32_t output_kept_length(void) { return has_lost ? sizeof no_room - 1 : kept_length; }
