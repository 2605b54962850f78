/*
 * The packets that need nothing but the core, see wire.h. Read and Write go straight between the packet's bytes in the
 * arena and the area's page: no engine, no copy in between.
 */
#include "wire.h"
#include "areas.h"
#include "board-config.h"
#include "core.h"
#include "hal.h"
#include <stdbool.h>
#include <string.h>

/* Bytes of the link region that the packets take (WIRE_STATE_BYTES); the rest is the line editor's. */
#define WIRE_STATE_BYTES 1080u

/* The session of now, and how many packets had come when it was begun: a Hello that is repeated at once goes on with it. */
static uint32_t session, packets_before;
static uint8_t greeting_sequence;

uint8_t *wire_payload(void) { return core_arena() + core_wirePayload(); }
uint32_t wire_half(uint32_t at) { return wire_payload()[at] | (uint32_t)wire_payload()[at + 1] << 8; }

void wire_open(void)
{
    uint32_t link = core_linkOffset();
    core_wireOpen(link);
    core_wireBegin(session);
    core_lineOpen(link + WIRE_STATE_BYTES, BOARD_KNOBS_LINK_BYTES - WIRE_STATE_BYTES);
}

void wire_reply(int32_t status, uint32_t length)
{
    core_wireReply(core_wireType(), core_wireSequence(), (uint32_t)status, core_wirePayload(), status < 0 ? 0 : length);
}

/* A number that the session before did not have; none for a tool that knows version 1 only. An odd number of ticks is never 0. */
static void begin_session(bool knows_sessions)
{
    uint32_t packets = core_wirePackets();
    bool is_repeated = session && packets == packets_before + 1 && core_wireSequence() == greeting_sequence;
    if (!knows_sessions) session = 0;
    else if (!is_repeated) session += (uint32_t)clock_ticks() | 1;
    packets_before = packets;
    greeting_sequence = (uint8_t)core_wireSequence();
    core_wireBegin(session);
}

static void answer_hello(void)
{
    bool knows_sessions = core_wireLength() == 2 && wire_half(0) != 1;
    uint32_t names = knows_sessions ? 16 : 12;
    begin_session(knows_sessions);
    wire_put_word(0, (knows_sessions ? (uint32_t)WIRE_VERSION : 1) | (uint32_t)WIRE_PAYLOAD_MAX << 16);
    wire_put_word(4, BOARD_KNOBS_PAGE_BYTES);
    wire_put_word(8, BOARD_KNOBS_PAGES_MAX * BOARD_KNOBS_PAGE_BYTES);
    wire_put_word(12, session);
    memcpy(wire_payload() + names, BOARD_NAME, sizeof BOARD_NAME);
    memcpy(wire_payload() + names + sizeof BOARD_NAME, ZCACHE_VERSION, sizeof ZCACHE_VERSION - 1);
    wire_reply(OK, names + sizeof BOARD_NAME + sizeof ZCACHE_VERSION - 1);
}

/* Not into a map or a log: their bytes are their own. */
static void answer_write(void)
{
    uint32_t length = core_wireLength();
    bool sound = length > 8 && length <= 8 + WIRE_DATA_MAX && core_areaIsPlain(wire_half(0));
    wire_reply(sound ? area_copy(wire_half(0), wire_word(4), wire_payload() + 8, length - 8, 1) : ERR_INVALID, 0);
}

static void answer_read(void)
{
    uint32_t handle = wire_half(0), length = wire_half(2), offset = wire_word(4);
    bool sound = core_wireLength() == 8 && length > 0 && length <= WIRE_DATA_MAX;
    wire_reply(sound ? area_copy(handle, offset, wire_payload(), length, 0) : ERR_INVALID, length);
}

/* The payload lies in the arena too, so the bytes asked for may overlap it. */
static void answer_dump(void)
{
    uint32_t offset = wire_word(0), length = wire_half(4);
    bool sound = core_wireLength() == 8 && length > 0 && length <= WIRE_DATA_MAX && offset < BOARD_RAM_ARENA_BYTES
        && length <= BOARD_RAM_ARENA_BYTES - offset;
    if (sound) memmove(wire_payload(), core_arena() + offset, length);
    wire_reply(sound ? (int32_t)length : ERR_INVALID, length);
}

bool wire_refuses(void)
{
#ifdef LEAVES_OUT_CONTROL
    if (core_wireType() == WIRE_HELLO) return false;
    wire_reply(ERR_LEFT_OUT, 0);
    return true;
#else
    return false;
#endif
}

/* Also what a stray C0 in somebody's text swallowed. */
uint32_t wire_take(uint32_t byte)
{
    bool was_idle = core_wireIsIdle();
    uint32_t event = core_wirePush(byte);
    if (event == EVENT_TEXT && !was_idle) core_lineCut(FAULT_LOST);
    return event;
}

void wire_answer(void)
{
    switch (core_wireType()) {
    case WIRE_HELLO: answer_hello(); break;
    case WIRE_WRITE: answer_write(); break;
    case WIRE_READ: answer_read(); break;
    case WIRE_DUMP: answer_dump(); break;
    default: wire_reply(ERR_INVALID, 0);
    }
}
