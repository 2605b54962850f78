/*
 * A board's UART driver beneath devices/serial.c, both as they are, as a program of the host, for uart-driver.test.ts:
 * here are the sender, the program that reads, and what must hold. processor.c enters the interrupt between any two
 * accesses of theirs, a model answers for the device (model.h). Every number that is not given comes from choose():
 * all of them in turn, or at random.
 *
 *   uart-driver each|random|key held|wire SEED
 *
 *   each     few bytes: every schedule of their coming and of two pauses of the reader
 *   random   many bytes and pauses, bytes sent as well, interrupts masked at times; a thousand runs
 *   key      the same, but nobody reads until a Ctrl-C has come and been noticed
 *   held     the sender waits for room, as an emulator's does: no byte may be lost
 *   wire     bytes come whether there is room or not: what is lost must be counted
 *
 * Prints figures as JSON, or one sentence and the schedule or seed that shows it again (exit code 1).
 */
#include "board-config.h"
#include "board.h"
#include "hal.h"
#include "model.h"
#include "processor.h"
#include <stdio.h>
#include <stdlib.h>

#define CTRL_C 0x03
#define XON 0x11
#define XOFF 0x13
#define FIRST 0x10 /* byte i is FIRST + i, so each says which it is */
#define NONE UINT32_MAX
#define GAPS 12       /* "each": every distance of two bytes below it, in accesses */
#define KEY_PAUSE 400 /* on a wire a key comes long after what was sent before, and long before what follows */
#define LOOKS 50      /* so often a script looks before it has noticed the key, at most */
#define PATIENCE 1000 /* whoever waits longer waits for ever */

bool is_emulated;
static enum { EACH, RANDOM, KEY } kind;
static struct { unsigned runs, bytes, lost, overflows, served, waits, told, gaps; } figures;

/* ---- choices ---- */

static uint32_t seed;
static unsigned digits[32], radixes[32], digit, known;

static unsigned choose(unsigned count)
{
    if (kind == EACH) {
        if (digit == known) digits[known] = 0, radixes[known++] = count;
        return digits[digit++];
    }
    seed ^= seed << 13, seed ^= seed >> 17, seed ^= seed << 5;
    return seed % count;
}

/* Counts one on, the last choice first. False: every schedule has been run. */
static bool next_schedule(void)
{
    for (digit = 0; known; known--) {
        if (++digits[known - 1] < radixes[known - 1]) return true;
    }
    return false;
}

/* ---- the sender ---- */

static uint32_t run_seed, total, key_at, sent, lost_before_key, lost, gap, gap_limit, at_once;
static uint32_t next_out, stalled;
/* What the sender was told: to pause, or to go on. */
static bool is_told_pause;

void world_fails(const char *what)
{
    printf("%s, after %u of %u bytes (%s; ", what, sent, total, is_emulated ? "held" : "wire");
    if (kind == EACH) for (unsigned i = 0; i < digit; i++) printf("%s%u", i ? " " : "schedule ", digits[i]);
    else printf("%s with seed %u", kind == KEY ? "key" : "random", run_seed);
    printf(")\n");
    exit(1);
}

/* What the program sends has the highest bit set. */
void world_sends(uint8_t byte)
{
    if (byte == XON || byte == XOFF) {
        if (is_told_pause == (byte == XOFF)) world_fails("the sender is told what it was told before");
        is_told_pause = byte == XOFF;
        figures.told++;
        return;
    }
    if (byte != (uint8_t)(0x80 | next_out++)) world_fails("a byte was sent twice or out of order");
}

/* When the next byte comes. */
static void plan_gap(void)
{
    bool is_about_key = kind == KEY && !is_emulated && (sent == key_at || sent == key_at + 1);
    gap = is_about_key ? KEY_PAUSE : sent < at_once || sent == total ? 0 : choose(gap_limit);
    stalled = 0;
}

void world_loses(void) { ++*(key_at != NONE && sent <= key_at + 1 ? &lost_before_key : &lost); }

static void send_next(void)
{
    uint8_t byte = sent == key_at ? CTRL_C : (uint8_t)(FIRST + sent);
    sent++;
    if (!model_receive(byte)) world_loses();
    plan_gap();
}

void world_passes(void)
{
    if (++stalled > PATIENCE) world_fails("bytes wait for ever");
    if (processor_served > 4 * sent + 16) world_fails("the interrupt is served without end");
    if (sent == total) return;
    if (gap) gap--, stalled = 0;
    else if (!is_emulated || model_accepts()) send_next();
    else figures.waits++;
}

uint64_t clock_ticks(void)
{
    static uint64_t ticks;
    processor_idles(1);
    return ticks++;
}

/* ---- the program on the board ---- */

static uint32_t next_index, received, put, pauses;

static void accept(uint8_t byte)
{
    uint32_t index = byte == CTRL_C ? key_at : (uint32_t)(byte - FIRST);
    if (index < next_index || index >= sent) world_fails("a byte came twice, or out of order");
    if (is_emulated && index != next_index) world_fails("a byte was lost");
    int32_t told = serial_gap();
    if (told < 0 && index != next_index) world_fails("bytes are missing before a byte and nothing says so");
    if (told >= 0 && is_emulated) world_fails("a gap is told where nothing was lost");
    figures.gaps += told >= 0;
    next_index = index + 1;
    received++;
    stalled = 0;
}

/* Something else to do, or nothing, before the next byte is read. */
static void do_other_things(void)
{
    if (kind == EACH) {
        if (pauses && pauses--) processor_idles(60 * choose(2));
        return;
    }
    if (choose(4) == 0) serial_put((uint8_t)(0x80 | put++));
    if (choose(8)) return;
    processor_is_masked = choose(4) == 0;
    processor_idles(choose(200));
    processor_is_masked = false;
}

static void read_all(uint32_t before)
{
    while (sent < total || before + received + lost < total) {
        do_other_things();
        int byte = serial_get();
        if (byte >= 0) accept((uint8_t)byte);
        else processor_idles(1);
    }
}

static void wait_for_key(void)
{
    for (unsigned looks = 0; !serial_interrupted(); looks += sent > key_at) {
        if (looks > LOOKS) world_fails("the Ctrl-C is not noticed");
        processor_idles(choose(20));
    }
    if (sent <= key_at) world_fails("a Ctrl-C is reported that never came");
    serial_skip_interrupt();
    next_index = key_at + 1;
}

static void choose_plan(void)
{
    static const unsigned limits[] = { 1, 4, 16, 64, 200 };
    run_seed = seed;
    at_once = kind != EACH ? 0 : model_depth > 2 && choose(2) ? model_depth + 2 : 3;
    total = kind == EACH ? at_once + 4 : 20 + choose(80);
    key_at = kind == KEY ? choose(30) % total : NONE;
    gap_limit = kind == EACH ? GAPS : limits[choose(5)];
    pauses = kind == EACH ? 2 : NONE;
}

static void start(void)
{
    is_told_pause = false;
    sent = total = lost = lost_before_key = next_out = next_index = received = put = 0;
    processor_reset();
    model_reset();
    serial_open();
    choose_plan();
    plan_gap();
    if (kind != EACH) processor_idles(choose(20));
    processor_enable();
}

/* A loss is counted at least once, what is not lost never; what a Ctrl-C took the place of is counted whole. */
static void check_losses(uint32_t overflows)
{
    uint32_t overruns = lost + lost_before_key;
    uint32_t dropped = is_emulated && kind == KEY && key_at >= BOARD_RAM_RECEIVE_RING_BYTES ? key_at : 0;
    uint32_t most = overruns + (kind == KEY && !is_emulated ? key_at : dropped);
    if (overflows > most) world_fails("bytes are counted that were not lost");
    if (overflows < dropped || (overruns && !overflows)) world_fails("bytes were lost and not counted");
    figures.overflows += overflows;
}

static void run(void)
{
    uint32_t overflows = serial_overflows();
    start();
    if (kind == KEY) wait_for_key();
    read_all(kind == KEY ? key_at + 1 : 0);
    processor_idles(2 * SENDING_TICKS);
    if (serial_get() >= 0 || serial_interrupted()) world_fails("there are more bytes than came");
    if (put != next_out) world_fails("a byte was not sent");
    if (is_told_pause) world_fails("the sender waits to be told to go on");
    if ((serial_gap() >= 0) && is_emulated) world_fails("a gap is told behind the last byte where nothing was lost");
    check_losses(serial_overflows() - overflows);
    figures.runs++;
    figures.bytes += sent;
    figures.lost += lost + lost_before_key;
    figures.served += processor_served;
}

int main(int count, char **words)
{
    if (count != 4) return 2;
    kind = words[1][0] == 'e' ? EACH : words[1][0] == 'r' ? RANDOM : KEY;
    is_emulated = words[2][0] == 'h';
    seed = (uint32_t)strtoul(words[3], NULL, 0);
    if (seed == 0) seed = 1;
    if (kind == EACH) do run(); while (next_schedule());
    else for (int i = 0; i < 1000; i++) run();
    printf("{\"runs\":%u,\"bytes\":%u,\"lost\":%u,\"overflows\":%u,\"served\":%u,\"waits\":%u,\"told\":%u,\"gaps\":%u}\n", figures.runs, figures.bytes,
        figures.lost, figures.overflows, figures.served, figures.waits, figures.told, figures.gaps);
}
