/*
 * The SPI NOR chip of this board, by the contract of hal/flash.ts.
 *
 * The emulated chip forgives what silicon does not; the driver relies on none of it: WREN goes before every program and
 * every erase and must show in the status register, the busy bit is polled with the part's own maximum as the bound, a
 * program never crosses a program unit (silicon would wrap inside it), an erase names the first address of a sector.
 * A chip that does not answer, or whose identity is not the one in board.json, is "no flash": geometry zero, every call
 * FLASH_NONE, and the board boots all the same.
 */
#include "board-config.h"
#include "board.h"
#include "hal.h"
#include "registers.h"

enum command {
    PAGE_PROGRAM = 0x02,
    READ = 0x03,
    READ_STATUS = 0x05,
    WRITE_ENABLE = 0x06,
    RESET = 0x99,
    RESET_ENABLE = 0x66,
    READ_IDENTITY = 0x9f,
    ERASE_64K = 0xd8,
};

enum { STATUS_BUSY = 1, STATUS_WRITE_ENABLED = 2 };

#define ADDRESSED_HEADER_BYTES 4u
#define READ_PIECE_BYTES 32768u

static const uint8_t known_jedec[3] = {BOARD_FLASH_JEDEC_MAKER, BOARD_FLASH_JEDEC_TYPE, BOARD_FLASH_JEDEC_CAPACITY};

static struct flash_part part = {.name = ""};

/* One transaction: a header, then `length` bytes sent from `out` or received to `in` (either may be NULL). */
static int transfer(const uint8_t *header, uint32_t header_bytes, const uint8_t *out, uint8_t *in, uint32_t length)
{
    spi_begin(header_bytes + length);
    for (uint32_t i = 0; i < header_bytes + length; i++) {
        uint8_t byte = i < header_bytes ? header[i] : out ? out[i - header_bytes] : 0;
        int answer = spi_exchange(byte);
        if (answer < 0) {
            spi_abort();
            return FLASH_FAILED;
        }
        if (in && i >= header_bytes) in[i - header_bytes] = (uint8_t)answer;
    }
    return FLASH_OK;
}

static int send_command(uint8_t command) { return transfer(&command, 1, 0, 0, 0); }

/* The status register, or a negative FLASH code. */
static int read_status(void)
{
    uint8_t command = READ_STATUS, status = 0;
    int result = transfer(&command, 1, 0, &status, 1);
    return result < 0 ? result : status;
}

static int wait_until_ready(uint32_t max_micros)
{
    uint64_t end = clock_ticks() + (uint64_t)max_micros * BOARD_CLOCK_TICKS_PER_MICRO;
    for (;;) {
        bool is_last = clock_ticks() > end;
        int status = read_status();
        if (status < 0) return status;
        if (!(status & STATUS_BUSY)) return FLASH_OK;
        if (is_last) return FLASH_FAILED;
    }
}

static int enable_write(void)
{
    if (send_command(WRITE_ENABLE) < 0) return FLASH_FAILED;
    int status = read_status();
    return status >= 0 && status & STATUS_WRITE_ENABLED ? FLASH_OK : FLASH_FAILED;
}

static int addressed(uint8_t command, uint32_t address, const uint8_t *out, uint8_t *in, uint32_t length)
{
    uint8_t header[ADDRESSED_HEADER_BYTES] = {command, (uint8_t)(address >> 16), (uint8_t)(address >> 8), (uint8_t)address};
    return transfer(header, sizeof header, out, in, length);
}

static bool is_inside(uint32_t at, uint32_t length) { return at <= part.size_bytes && length <= part.size_bytes - at; }

int flash_read(uint32_t from, void *into, uint32_t length)
{
    uint8_t *to = into;
    if (!part.size_bytes) return FLASH_NONE;
    if (!is_inside(from, length)) return FLASH_INVALID;
    while (length) {
        uint32_t piece = length < READ_PIECE_BYTES ? length : READ_PIECE_BYTES;
        int result = addressed(READ, from, 0, to, piece);
        if (result < 0) return result;
        from += piece, to += piece, length -= piece;
    }
    return FLASH_OK;
}

static int program_unit(uint32_t at, const uint8_t *from, uint32_t length)
{
    if (enable_write() < 0) return FLASH_FAILED;
    int result = addressed(PAGE_PROGRAM, at, from, 0, length);
    return result < 0 ? result : wait_until_ready(part.program_max_micros);
}

int flash_program(uint32_t at, const void *from, uint32_t length)
{
    const uint8_t *source = from;
    if (!part.size_bytes) return FLASH_NONE;
    if (!is_inside(at, length)) return FLASH_INVALID;
    while (length) {
        uint32_t room = part.program_bytes - (at & (part.program_bytes - 1));
        uint32_t piece = length < room ? length : room;
        int result = program_unit(at, source, piece);
        if (result < 0) return result;
        at += piece, source += piece, length -= piece;
    }
    return FLASH_OK;
}

int flash_erase(uint32_t at)
{
    if (!part.size_bytes) return FLASH_NONE;
    if (at & (part.sector_bytes - 1) || !is_inside(at, part.sector_bytes)) return FLASH_INVALID;
    if (enable_write() < 0) return FLASH_FAILED;
    int result = addressed(ERASE_64K, at, 0, 0, 0);
    return result < 0 ? result : wait_until_ready(part.erase_max_micros);
}

static void take_geometry(void)
{
    part.name = BOARD_FLASH_TITLE;
    part.size_bytes = BOARD_FLASH_SIZE_BYTES;
    part.sector_bytes = BOARD_FLASH_SECTOR_BYTES;
    part.program_bytes = BOARD_FLASH_PROGRAM_BYTES;
    part.program_max_micros = BOARD_FLASH_PROGRAM_MAXIMUM_MICROS;
    part.erase_max_micros = BOARD_FLASH_ERASE_MAXIMUM_MICROS;
}

/* A reset of the processor may have come in the middle of an erase, so the chip is waited for before it is asked. */
void nor_open(void)
{
    uint8_t command = READ_IDENTITY;
    int status = read_status();
    if (status < 0 || status == 0xff) return;
    if (wait_until_ready(BOARD_FLASH_ERASE_MAXIMUM_MICROS) < 0) return;
    if (send_command(RESET_ENABLE) < 0 || send_command(RESET) < 0) return;
    clock_delay(100);
    if (transfer(&command, 1, 0, part.jedec, sizeof part.jedec) < 0) return;
    for (uint32_t i = 0; i < sizeof part.jedec; i++) {
        if (part.jedec[i] != known_jedec[i]) return;
    }
    take_geometry();
}

const struct flash_part *flash_chip(void) { return &part; }
