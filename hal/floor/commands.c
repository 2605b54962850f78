/* The floor's commands. They print what the commands of the same names print on boards with an engine, JSON included. */
#include "board-config.h"
#include "core.h"
#include "counter-names.h"
#include "floor.h"
#include "hal.h"
#include "wire.h"
#include <string.h>

#define PERSISTENT 1u
#define SELF_TEST_PAGES 24u
#define OBJECT 0u

static bool is_json;

/* ---- .stats ---- */

static bool ends_name(char c) { return c == ' ' || c == ';' || c == 0; }

/* A gauge that has nothing to say, as everywhere: a write budget that is off, and a life that cannot be known. */
static const char *words_for_nothing(const char *name) { return is_json ? "null" : *name == 'w' ? "      off" : "  unknown"; }

/* One counter; `group_length` is not 0 where a group begins. */
static void say_counter(uint32_t which, const char *group, uint32_t group_length, const char *name, uint32_t length)
{
    uint32_t value = core_counter(which);
    bool says_nothing = (int32_t)value == ERR_NOT_FOUND;
    if (is_json) {
        if (group_length) say(which ? "},\"" : "{\""), say_bytes(group, group_length), say("\":{\"");
        else say(",\"");
        say_bytes(name, length);
        say("\":");
        if (says_nothing) say(words_for_nothing(name));
        else say_number(value);
        return;
    }
    if (group_length) say(which ? "\n" : ""), say_bytes(group, group_length);
    say("\n  ");
    say_padded(name, length, 28);
    if (says_nothing) say(words_for_nothing(name));
    else say_column(value, 9);
}

static void show_stats(void)
{
    const char *at = COUNTER_NAMES_TEXT;
    core_coreRefresh();
    for (uint32_t which = 0; which < core_countersCount(); which++) {
        const char *start = at, *name = at;
        for (; !ends_name(*at); at++) {
            if (*at == ':') name = at + 1;
        }
        say_counter(which, start, name > start ? (uint32_t)(name - start) - 1 : 0, name, (uint32_t)(at - name));
        if (*at) at++;
    }
    say(is_json ? "}}\n" : "\n");
}

/* ---- .mem ---- */

static void say_member(const char *key, uint32_t value)
{
    say("\"");
    say(key);
    say("\":");
    say_number(value);
}

static void show_part(const char *name, const char *key, uint32_t bytes, uint32_t used)
{
    if (is_json) {
        say(",\"");
        say(key);
        say("\":{");
        say_member("bytes", bytes), say(",");
        say_member("free", bytes - used), say(",");
        say_member("used", used), say(",");
        say_member("peak", used), say("}");
        return;
    }
    say_padded(name, (uint32_t)strlen(name), 20);
    say_column(bytes, 8);
    say_column(bytes - used, 8);
    say_column(used, 8);
    say("\n");
}

static void show_memory(void)
{
    uint32_t tables = core_coreTableBytes(), frames = BOARD_RAM_ARENA_BYTES - tables;
    uint32_t rest = BOARD_MEMORY_RAM_BYTES - board_stack_bytes() - BOARD_RAM_ARENA_BYTES;
    if (is_json) say("{"), say_member("total", BOARD_MEMORY_RAM_BYTES);
    else say("                       bytes    free    used\n");
    show_part("stack", "stack", board_stack_bytes(), board_stack_peak());
    if (is_json) show_part("", "engine_heap", 0, 0);
    show_part("core tables", "core_tables", tables, tables);
    show_part("frames", "frames", frames, frames - core_coreFreeBytes());
    show_part("drivers and C data", "rest", rest, rest - board_ram_unused());
    if (!is_json) {
        say_number(core_coreFrames()), say(" frames of "), say_number(BOARD_KNOBS_PAGE_BYTES), say(" bytes\n");
        return;
    }
    say(",\"heap_largest\":0,"), say_member("page", BOARD_KNOBS_PAGE_BYTES);
    say(","), say_member("frame_count", core_coreFrames()), say("}\n");
}

/* ---- .frames ---- */

/* By the list a frame is on, as firmware/runtime/console/frames.ts has them. */
static const char letters[] = "ficAaz.+-";

static void show_frames(void)
{
    uint32_t frames = core_coreFrames(), zpages = 0;
    for (uint32_t i = 0; i < frames; i++) {
        uint32_t list = core_frameClass(i), held = core_frameZpages(i);
        char letter = held < 2 ? letters[list] : list == 2 ? 'C' : 'Z';
        zpages += held;
        say_bytes(&letter, 1);
    }
    say("\n  A page in use   a page, not used lately   z one zpage (Z: more)   . free\n");
    say_number(frames), say(" frames of "), say_number(BOARD_KNOBS_PAGE_BYTES), say(" bytes; ");
    say_number(zpages), say(" zpages\n");
}

/* ---- .version ---- */

static void show_version(void)
{
    const struct flash_part *chip = flash_chip();
    if (!is_json) {
        say("zcache-mcu " ZCACHE_VERSION "\nboard   " BOARD_TITLE "\nengine  none: commands in C\n");
        say("flash   "), say(chip->size_bytes ? chip->name : "none"), say("\n");
        return;
    }
    say("{\"name\":\"zcache-mcu\",\"version\":\"" ZCACHE_VERSION "\",\"board\":\"" BOARD_NAME "\",\"engine\":\"none\",\"flash\":");
    if (chip->size_bytes) say("\""), say(chip->name), say("\"");
    else say("null");
    say(",\"flash_id\":\""), say_hex((uint32_t)chip->jedec[0] << 16 | (uint32_t)chip->jedec[1] << 8 | chip->jedec[2], 6);
    say("\","), say_member("flash_bytes", chip->size_bytes), say(","), say_member("ticks_per_micro", BOARD_CLOCK_TICKS_PER_MICRO);
    say(",\"boot_ticks\":{"), say_member("start_up", boot_ticks[BOOT_START_UP]), say(",\"engine\":0,");
    say_member("store", boot_ticks[BOOT_STORE]), say(",\"runtime\":0}}\n");
}

/* ---- .selftest ---- */

/* Page `number` of the self-test: every third of one word, every third noise, the rest like a log of numbers. */
static void make_page(uint8_t *page, uint32_t number)
{
    uint32_t noise = number * 2654435761u + 1;
    for (uint32_t i = 0; i < BOARD_KNOBS_PAGE_BYTES; i++) {
        noise ^= noise << 13, noise ^= noise >> 17, noise ^= noise << 5;
        page[i] = number % 3 == 0 ? (uint8_t)(number + 1) : number % 3 == 1 ? (uint8_t)noise : (uint8_t)("0123456789,; "[i % 13] + (i / 40 + number) % 3);
    }
}

/* The page lies behind the part of the reply that text may take, where a client's page would. */
static uint32_t page_offset(void) { return core_wirePayload() + REPLY_TEXT_BYTES + 16; }

static bool is_page(uint32_t number)
{
    uint8_t *page = core_arena() + page_offset();
    uint32_t sum = 0, expected = 0;
    for (uint32_t i = 0; i < BOARD_KNOBS_PAGE_BYTES; i++) sum = (sum ^ page[i]) * 16777619u;
    make_page(page, number);
    for (uint32_t i = 0; i < BOARD_KNOBS_PAGE_BYTES; i++) expected = (expected ^ page[i]) * 16777619u;
    return sum == expected;
}

/* Stores real pages through the door, loads every one that was taken, compares, and lets go of them. */
static bool run_self_test(void)
{
    uint32_t taken = 0, wrong = 0, refused = 0, pool = core_poolOpen(PERSISTENT), is_taken = 0;
    if ((int32_t)pool < 0) {
        say("no pool is free\n");
        return false;
    }
    for (uint32_t i = 0; i < SELF_TEST_PAGES; i++) {
        make_page(core_arena() + page_offset(), i);
        bool was_taken = core_frontswapStore(pool, OBJECT, i, page_offset()) == 0;
        if (was_taken) taken++, is_taken |= 1u << i;
        else refused++;
    }
    for (uint32_t i = 0; i < SELF_TEST_PAGES; i++) {
        if (!(is_taken >> i & 1)) continue;
        memset(core_arena() + page_offset(), 0, BOARD_KNOBS_PAGE_BYTES);
        if (core_frontswapLoad(pool, OBJECT, i, page_offset()) != 0 || !is_page(i)) wrong++;
    }
    core_poolClose(pool);
    say_number(taken), say(" of "), say_number(SELF_TEST_PAGES), say(" pages stored, "), say_number(refused), say(" refused, ");
    say_number(wrong), say(wrong ? " came back wrong: FAILED\n" : " came back wrong: passed\n");
    return wrong == 0 && taken > 0;
}

/* ---- lines ---- */

static void show_help(void)
{
    say(".stats [json]    every counter\n.mem [json]      where the RAM is\n.frames          the pageframes\n"
        ".version [json]  what this is\n.selftest        stores and loads pages of three kinds\n"
        ".reset           starts the board anew\n.help            this\nThere is no JavaScript on this board.\n");
}

static bool is_word(const char *line, uint32_t length, const char *word)
{
    return strlen(word) == length && memcmp(line, word, length) == 0;
}

uint32_t run_line(const char *line, uint32_t length)
{
    while (length && line[length - 1] == ' ') length--;
    is_json = length > 5 && memcmp(line + length - 5, " json", 5) == 0;
    uint32_t word = is_json ? length - 5 : length;
    if (length == 0) return 0;
    if (is_word(line, word, ".stats")) show_stats();
    else if (is_word(line, word, ".mem")) show_memory();
    else if (is_word(line, word, ".frames")) show_frames();
    else if (is_word(line, word, ".version")) show_version();
    else if (is_word(line, word, ".help")) show_help();
    else if (is_word(line, word, ".selftest")) return !run_self_test();
    else if (is_word(line, word, ".reset")) board_reset();
    else {
        say("There is no command "), say_bytes(line, length), say("; .help lists them.\n");
        return 1;
    }
    return 0;
}
