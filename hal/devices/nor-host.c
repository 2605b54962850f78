/*
 * A NOR chip acted by a file of the host, for machines whose emulator has no flash: read and written through semihosting
 * (BKPT 0xAB), so only under an emulator or a debugger. It keeps the contract of hal/flash.ts as a chip would: programs
 * only clear bits, erases clear one aligned sector, and what a call has done is in the file when it returns.
 *
 * The file's path is the first word of the program's arguments, "nor=PATH". Without it the board has no flash.
 */
#include "board-config.h"
#include "board.h"
#include "hal.h"
#include "semihosting.h"

#define PREFIX "nor="
#define OPEN_UPDATE_BINARY 3u
#define PIECE_BYTES 256u

static struct flash_part part = {.name = ""};
static int32_t file;

static bool is_inside(uint32_t at, uint32_t length) { return at <= part.size_bytes && length <= part.size_bytes - at; }

int flash_read(uint32_t from, void *into, uint32_t length)
{
    if (!part.size_bytes) return FLASH_NONE;
    if (!is_inside(from, length)) return FLASH_INVALID;
    if (length == 0) return FLASH_OK;
    return host_seek(file, from) && host_read(file, into, length) == length ? FLASH_OK : FLASH_FAILED;
}

static bool write_at(uint32_t at, const uint8_t *bytes, uint32_t length) { return host_seek(file, at) && host_write(file, bytes, length); }

int flash_program(uint32_t at, const void *from, uint32_t length)
{
    const uint8_t *source = from;
    uint8_t cells[PIECE_BYTES];
    if (!part.size_bytes) return FLASH_NONE;
    if (!is_inside(at, length)) return FLASH_INVALID;
    while (length) {
        uint32_t piece = length < PIECE_BYTES ? length : PIECE_BYTES;
        if (flash_read(at, cells, piece) < 0) return FLASH_FAILED;
        for (uint32_t i = 0; i < piece; i++) cells[i] &= source[i];
        if (!write_at(at, cells, piece)) return FLASH_FAILED;
        at += piece, source += piece, length -= piece;
    }
    return FLASH_OK;
}

int flash_erase(uint32_t at)
{
    uint8_t erased[PIECE_BYTES];
    if (!part.size_bytes) return FLASH_NONE;
    if (at & (part.sector_bytes - 1) || !is_inside(at, part.sector_bytes)) return FLASH_INVALID;
    memset(erased, 0xff, sizeof erased);
    for (uint32_t done = 0; done < part.sector_bytes; done += PIECE_BYTES) {
        if (!write_at(at + done, erased, PIECE_BYTES)) return FLASH_FAILED;
    }
    return FLASH_OK;
}

const struct flash_part *flash_chip(void) { return &part; }

static void take_figures(void)
{
    part.name = BOARD_FLASH_TITLE;
    part.jedec[0] = BOARD_FLASH_JEDEC_MAKER;
    part.jedec[1] = BOARD_FLASH_JEDEC_TYPE;
    part.jedec[2] = BOARD_FLASH_JEDEC_CAPACITY;
    part.size_bytes = BOARD_FLASH_SIZE_BYTES;
    part.sector_bytes = BOARD_FLASH_SECTOR_BYTES;
    part.program_bytes = BOARD_FLASH_PROGRAM_BYTES;
    part.program_max_micros = BOARD_FLASH_PROGRAM_MAXIMUM_MICROS;
    part.erase_max_micros = BOARD_FLASH_ERASE_MAXIMUM_MICROS;
}

void flash_open(void)
{
    char words[512];
    host_arguments(words, sizeof words);
    if (strncmp(words, PREFIX, sizeof PREFIX - 1) != 0) return;
    char *path = words + sizeof PREFIX - 1, *end = strchr(path, ' ');
    if (end) *end = 0;
    file = host_open(path, OPEN_UPDATE_BINARY);
    if (file >= 0) take_figures();
}
