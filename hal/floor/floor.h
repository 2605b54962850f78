/*
 * The floor: what runs on a board that has no room for an engine. The same core, link and drivers as everywhere, and a
 * console of a few commands in C:
 *
 *     main.c       boot and the loop that serves bytes
 *     text.c       printing, to the line or into a reply
 *     commands.c   .stats .mem .frames .version .selftest .help .reset
 *     packets.c    the board's end of the packets: feeding, reading back, running a command
 */
#ifndef FLOOR_H
#define FLOOR_H

#include <stdbool.h>
#include <stdint.h>

/* Moments of the boot, in clock ticks. */
enum boot_phase { BOOT_START_UP, BOOT_STORE, BOOT_PHASES };
extern uint32_t boot_ticks[BOOT_PHASES];

/* Bytes of a reply's payload that text may take: the rest is the self-test's page. */
#define REPLY_TEXT_BYTES 480u

/* ---- text.c ---- */

void say(const char *text);
void say_bytes(const char *text, uint32_t length);
void say_number(uint32_t value);
void say_hex(uint32_t value, uint32_t digits);
/* The text or number padded with spaces to so many columns: behind a text, before a number. */
void say_padded(const char *text, uint32_t length, uint32_t columns);
void say_column(uint32_t value, uint32_t columns);

/*
 * From now on text is not sent but counted, and what falls into the `room` bytes from offset `from` on is kept at `to`.
 * A reply longer than a packet is made again for each part of it: no RAM holds the whole. The result of
 * text_keep_end() is the length of all of it.
 */
void text_keep(uint32_t from, uint8_t *to, uint32_t room);
uint32_t text_keep_end(void);

/* ---- commands.c ---- */

/* Runs a line. 0, or 1 if there is no such command or it failed. Commands only look, so they may be run again. */
uint32_t run_line(const char *line, uint32_t length);

/* ---- packets.c ---- */

void packets_open(void);
/* Answers the packet that has just been completed. */
void packets_answer(void);

#endif
