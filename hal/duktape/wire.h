/*
 * The board's end of the line (firmware/link), as far as it is the same with an engine (server.c) and without one
 * (hal/floor/packets.c). The numbers are those of firmware/link/wire.ts and line-editor.ts; what each packet carries is
 * told there and in FORMAT.md.
 */
#ifndef WIRE_H
#define WIRE_H

#include "errors.h"
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum wire_type {
    WIRE_HELLO = 0x01,
    WIRE_OPEN = 0x02,
    WIRE_CLOSE = 0x03,
    WIRE_WRITE = 0x04,
    WIRE_READ = 0x05,
    WIRE_RUN = 0x06,
    WIRE_MORE = 0x07,
    WIRE_DUMP = 0x08,
    WIRE_OPEN_DURABLE = 0x09,
    WIRE_SYNC = 0x0a,
    WIRE_BUSY = 0xfe,
};

/* Begins a packet (WireByte.Start). */
enum { WIRE_START = 0xc0 };

enum { WIRE_VERSION = 2, WIRE_PAYLOAD_MAX = 1040, WIRE_DATA_MAX = 1024, AREA_NAME_MAX = 24 };

/* WireEvent and LineEvent. */
enum { EVENT_NONE, EVENT_TEXT, EVENT_PACKET, EVENT_DAMAGED };
enum { LINE_NONE, LINE_DONE, LINE_CLEARED, LINE_RESET, LINE_REFUSED };

/* LineFault. */
enum { FAULT_NONE, FAULT_NOT_TEXT, FAULT_TOO_LONG, FAULT_LOST };

/* The completed packet's payload, and little-endian numbers in it. The reply's payload is written into the same bytes. */
uint8_t *wire_payload(void);
uint32_t wire_half(uint32_t at);
static inline uint32_t wire_word(uint32_t at) { uint32_t word; memcpy(&word, wire_payload() + at, sizeof word); return word; }
static inline void wire_put_word(uint32_t at, uint32_t word) { memcpy(wire_payload() + at, &word, sizeof word); }

/* Opens packets and line editor in the link region of a store that has just been opened. */
void wire_open(void);

/* Sends the status and the first `length` bytes of the payload as the reply; only the status if it is negative. */
void wire_reply(int32_t status, uint32_t length);

/* Answers a Hello, Write, Read or Dump. A packet of any other type is refused. */
void wire_answer(void);

/* In an image that leaves control out (board.json: leaveOut), refuses the packet unless it is a Hello: true. */
bool wire_refuses(void);

/* The next byte from the line: EVENT_... An Enter that breaks a packet off makes the typed line one that lacks something. */
uint32_t wire_take(uint32_t byte);

#endif
