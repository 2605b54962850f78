/*
 * The lockstep image's program (test/lockstep/native/main.c) as a program of this machine, with a flash that is an array:
 * erased bytes are 0xff, programming clears bits. So the native core can be compiled with everything that a compiler of the
 * host checks while it runs. Arguments: CALLS-FILE RESULTS-FILE FLASH-FILE; the last is written with what the flash holds.
 */
#include "semihosting.h"

#define main lockstep_main
#include "../native/main.c"
#undef main

#define FLASH_BYTES (1u << 20)

static uint8_t cells[FLASH_BYTES];
static const char *flash_path;

static int lies_within(uint32_t at, uint32_t length) { return at <= FLASH_BYTES && length <= FLASH_BYTES - at; }

int flash_read(uint32_t from, void *into, uint32_t length)
{
    if (!lies_within(from, length)) return -1;
    memcpy(into, cells + from, length);
    return 0;
}

int flash_program(uint32_t at, const void *from, uint32_t length)
{
    if (!lies_within(at, length)) return -1;
    for (uint32_t i = 0; i < length; i++) cells[at + i] &= ((const uint8_t *)from)[i];
    return 0;
}

int flash_erase(uint32_t at)
{
    if (!lies_within(at, BOARD_FLASH_SECTOR_BYTES)) return -1;
    memset(cells + at, 0xff, BOARD_FLASH_SECTOR_BYTES);
    return 0;
}

void board_open(void) { memset(cells, 0xff, sizeof cells); }
void serial_put(uint8_t byte) { (void)byte; }
uint64_t clock_ticks(void) { return 0; }

void fault_panic(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(9);
}

static void keep_flash(void)
{
    FILE *file = fopen(flash_path, "wb");
    if (!file || fwrite(cells, 1, sizeof cells, file) != sizeof cells || fclose(file) != 0) _Exit(8);
}

int main(int count, char **words)
{
    static char line[1024];
    if (count != 4) return FAILED_ARGUMENTS;
    snprintf(line, sizeof line, "lockstep %s %s", words[1], words[2]);
    host_words = line;
    flash_path = words[3];
    atexit(keep_flash);
    return lockstep_main();
}
