/*
 * A serial NOR chip behind the board's SPI controller (spi_transfer), by the contract of hal/flash.ts. The same file is in
 * the image of every board that has such a chip; test/hal/nor-driver.test.ts runs it against the simulated chip.
 *
 * Emulated chips forgive what silicon does not; this driver relies on none of it:
 *   R1  WREN goes before every program and every erase, and must show in the status register.
 *   R2  The busy bit is polled, with the part's own maximum twice over as the bound. A chip that outlasts it is reset
 *       (66 99) and the call is Failed, so that the next one finds a chip that listens.
 *   R3  A program never crosses a page of the chip: silicon would wrap inside it.
 *   R4  An erase names the first address of a sector, by the command that belongs to the sector's size.
 *   R5  A chip that a reset of the processor left busy is waited for before it hears anything else; one that was put to
 *       sleep is woken (AB); then it is reset, so that nothing of its former life is left.
 *
 * Who the chip is: the JEDEC id of board.json and its figures; for any other id the table that the chip carries itself
 * (SFDP, JEDEC JESD216), if it has one with an erase of 4, 32 or 64 KB. Nobody or a stranger is "no flash": geometry
 * zero, every call FLASH_NONE, and the board boots all the same.
 */
#include "board-config.h"
#include "board.h"
#include "hal.h"

enum command {
    PAGE_PROGRAM = 0x02,
    READ = 0x03,
    READ_STATUS = 0x05,
    WRITE_ENABLE = 0x06,
    ERASE_4K = 0x20,
    ERASE_32K = 0x52,
    READ_TABLE = 0x5a,
    RESET_ENABLE = 0x66,
    RESET = 0x99,
    READ_IDENTITY = 0x9f,
    WAKE = 0xab,
    ERASE_64K = 0xd8,
};

enum { STATUS_BUSY = 1, STATUS_WRITE_ENABLED = 2 };

/* What an open line reads as: nobody answers, or a sleeper. */
#define STATUS_NOBODY 0xff
/* A reset chip listens after 30 us, a woken one after 3 to 45 us, by the makers of those parts. */
#define REST_MICROS 100u
/* The longest erase and program of any known part, for a chip that does not say, and the program unit of all of them. */
#define LONGEST_MICROS 4000000u
#define LONGEST_PROGRAM_MICROS 10000u
#define USUAL_PROGRAM_BYTES 256u
/* Polls that share the maximum time between them: a chip that is not done at once is asked again after this share. */
#define POLLS 512u
#define ADDRESSED_HEADER_BYTES 4u
/* What 24 address bits reach. */
#define ADDRESSABLE_BYTES 0x1000000u
#define READ_PIECE_BYTES 32768u

static const uint8_t known_jedec[3] = {BOARD_FLASH_JEDEC_MAKER, BOARD_FLASH_JEDEC_TYPE, BOARD_FLASH_JEDEC_CAPACITY};

static struct flash_part part = {.name = ""};

static int transfer(const uint8_t *header, uint32_t header_bytes, const uint8_t *out, uint8_t *in, uint32_t length)
{
    return spi_transfer(header, header_bytes, out, in, length) ? FLASH_OK : FLASH_FAILED;
}

static int send_command(uint8_t command) { return transfer(&command, 1, 0, 0, 0); }

static int addressed(uint8_t command, uint32_t address, const uint8_t *out, uint8_t *in, uint32_t length)
{
    uint8_t header[ADDRESSED_HEADER_BYTES] = {command, (uint8_t)(address >> 16), (uint8_t)(address >> 8), (uint8_t)address};
    return transfer(header, sizeof header, out, in, length);
}

/* The status register, or a negative FLASH code. */
static int read_status(void)
{
    uint8_t command = READ_STATUS, status = 0;
    int result = transfer(&command, 1, 0, &status, 1);
    return result < 0 ? result : status;
}

/* Brings a chip back to its first state, whatever it is doing. */
static int reset_chip(void)
{
    if (send_command(RESET_ENABLE) < 0 || send_command(RESET) < 0) return FLASH_FAILED;
    clock_delay(REST_MICROS);
    return FLASH_OK;
}

/* Polls are counted, not timed: a chip gets its time even when something else takes the processor away meanwhile. */
static int wait_until_ready(uint32_t max_micros)
{
    uint32_t pause = max_micros / POLLS + 1;
    for (uint32_t polls = 0; polls < 2 * POLLS; polls++) {
        int status = read_status();
        if (status < 0) return status;
        if (!(status & STATUS_BUSY)) return FLASH_OK;
        clock_delay(pause);
    }
    reset_chip();
    return FLASH_FAILED;
}

static int enable_write(void)
{
    if (send_command(WRITE_ENABLE) < 0) return FLASH_FAILED;
    int status = read_status();
    return status >= 0 && (status & (STATUS_WRITE_ENABLED | STATUS_BUSY)) == STATUS_WRITE_ENABLED ? FLASH_OK : FLASH_FAILED;
}

/* ---- the contract ---- */

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

static uint8_t erase_command(void)
{
    return part.sector_bytes == 4096 ? ERASE_4K : part.sector_bytes == 32768 ? ERASE_32K : ERASE_64K;
}

int flash_erase(uint32_t at)
{
    if (!part.size_bytes) return FLASH_NONE;
    if (at & (part.sector_bytes - 1) || !is_inside(at, part.sector_bytes)) return FLASH_INVALID;
    if (enable_write() < 0) return FLASH_FAILED;
    int result = addressed(erase_command(), at, 0, 0, 0);
    return result < 0 ? result : wait_until_ready(part.erase_max_micros);
}

const struct flash_part *flash_chip(void) { return &part; }

/* ---- who the chip is ---- */

static bool is_known(void)
{
    return part.jedec[0] == known_jedec[0] && part.jedec[1] == known_jedec[1] && part.jedec[2] == known_jedec[2];
}

static void take_board_figures(void)
{
    part.name = BOARD_FLASH_TITLE;
    part.size_bytes = BOARD_FLASH_SIZE_BYTES;
    part.sector_bytes = BOARD_FLASH_SECTOR_BYTES;
    part.program_bytes = BOARD_FLASH_PROGRAM_BYTES;
    part.program_max_micros = BOARD_FLASH_PROGRAM_MAXIMUM_MICROS;
    part.erase_max_micros = BOARD_FLASH_ERASE_MAXIMUM_MICROS;
}

/* The table's words that are used here, counted from 1 as JESD216 does. */
enum { DENSITY = 2, ERASES = 8, ERASE_TIMES = 10, PROGRAM_TIMES = 11, TABLE_WORDS = 11, FIRST_EDITION_WORDS = 9 };

static bool read_table(uint32_t at, void *into, uint32_t length)
{
    uint8_t header[ADDRESSED_HEADER_BYTES + 1] = {READ_TABLE, (uint8_t)(at >> 16), (uint8_t)(at >> 8), (uint8_t)at, 0};
    return transfer(header, sizeof header, 0, into, length) == FLASH_OK;
}

/* Two headers of two words, then the first table, which is the basic one. Its words behind TABLE_WORDS are of no use here;
 * those that it does not have stay 0. */
static bool find_table(uint32_t *words)
{
    uint32_t headers[4];
    if (!read_table(0, headers, sizeof headers)) return false;
    uint32_t length = headers[2] >> 24, at = headers[3] & 0xffffff;
    if (headers[0] != 0x50444653 || length < FIRST_EDITION_WORDS) return false;
    return read_table(at, words, (length < TABLE_WORDS ? length : TABLE_WORDS) * 4);
}

/* The size and number (0..3) of the smallest erase that has one of our commands; 0 if there is none. */
static uint32_t smallest_erase(const uint8_t *types, uint32_t *number)
{
    uint32_t smallest = 0;
    for (uint32_t i = 0; i < 4; i++) {
        uint32_t exponent = types[2 * i], command = types[2 * i + 1];
        bool is_ours = (exponent == 12 && command == ERASE_4K) || (exponent == 15 && command == ERASE_32K)
            || (exponent == 16 && command == ERASE_64K);
        if (!is_ours || (smallest && 1u << exponent >= smallest)) continue;
        smallest = 1u << exponent;
        *number = i;
    }
    return smallest;
}

/* Longest erase: typical (5 bits of count, 2 bits of unit, from bit 4 on for type 0) times twice (multiplier + 1). */
static uint32_t erase_micros(uint32_t times, uint32_t type)
{
    static const uint32_t unit_micros[4] = {1000, 16000, 128000, 1000000};
    uint32_t field = times >> (4 + 7 * type);
    return ((field & 31) + 1) * unit_micros[field >> 5 & 3] * 2 * ((times & 15) + 1);
}

static uint32_t program_micros(uint32_t times)
{
    return ((times >> 8 & 31) + 1) * (times & 1u << 13 ? 64 : 8) * 2 * ((times & 15) + 1);
}

static void take_own_figures(void)
{
    uint32_t words[TABLE_WORDS] = {0}, type = 0;
    if (!find_table(words)) return;
    uint32_t density = words[DENSITY - 1], sector = smallest_erase((const uint8_t *)&words[ERASES - 1], &type);
    /* Bit 31: the density is a power of two of more bits than there are addresses. */
    uint32_t size = density >> 31 ? ADDRESSABLE_BYTES : density / 8 + 1;
    if (!sector || size < sector) return;
    part.name = "serial NOR, described by itself (SFDP)";
    part.size_bytes = size < ADDRESSABLE_BYTES ? size : ADDRESSABLE_BYTES;
    part.sector_bytes = sector;
    bool has_times = words[PROGRAM_TIMES - 1] != 0;
    part.program_bytes = has_times ? 1u << (words[PROGRAM_TIMES - 1] >> 4 & 15) : USUAL_PROGRAM_BYTES;
    part.program_max_micros = has_times ? program_micros(words[PROGRAM_TIMES - 1]) : LONGEST_PROGRAM_MICROS;
    part.erase_max_micros = has_times ? erase_micros(words[ERASE_TIMES - 1], type) : LONGEST_MICROS;
}

/* A chip that listens: awake, idle and as after power-up. */
static bool is_listening(void)
{
    int status = read_status();
    if (status < 0) return false;
    if (status != STATUS_NOBODY && status & STATUS_BUSY) wait_until_ready(LONGEST_MICROS);
    if (send_command(WAKE) < 0) return false;
    clock_delay(REST_MICROS);
    status = read_status();
    return status >= 0 && status != STATUS_NOBODY && reset_chip() == FLASH_OK;
}

void flash_open(void)
{
    uint8_t command = READ_IDENTITY;
    spi_open();
    if (!is_listening()) return;
    if (transfer(&command, 1, 0, part.jedec, sizeof part.jedec) < 0) return;
    if (is_known()) take_board_figures();
    else take_own_figures();
}
