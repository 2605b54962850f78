/*
 * The native core in lockstep: repeats calls that the wasm build made on the host, one after the other, and notes after
 * each what it returned and a hash of the whole arena. The host compares (test/lockstep/native.test.ts). The flash is
 * the board's own driver and chip.
 *
 * Arguments (semihosting): NAME CALLS-FILE RESULTS-FILE. Exit status 0, or the number of the step that failed.
 *
 *   calls    words, little-endian:  call | arguments << 8   argument ...
 *            or                     0xff   offset   length   bytes, padded to a word            written into the arena
 *            or                     0xfe   0 read, 1 program, 2 erase   address   length   bytes to program, padded
 *   results  two words a call:      result   hash of the arena, or of the bytes read from flash
 *
 * It repeats calls of the flash driver as well: the contract's suite, recorded on the simulated chip.
 */
#include "board-config.h"
#include "core.h"
#include "hal.h"
#include "host-program.h"
#include "semihosting.h"
#include <stdint.h>
#include <string.h>

#define WRITE_MEMORY 0xffu
#define FLASH_CALL 0xfeu
#define FLASH_BYTES_MOST 4096u
#define HASH_START 0x811c9dc5u
#define HASH_FACTOR 0x01000193u
#define GARBAGE 0xa5

enum { FAILED_OPEN = FAILED_ARGUMENTS + 1, FAILED_CALL, FAILED_READ, FAILED_WRITE };

enum { FLASH_READ, FLASH_PROGRAM, FLASH_ERASE };

static uint8_t flash_bytes[FLASH_BYTES_MOST];
static int32_t calls, results;

static void note(uint32_t result, uint32_t hash)
{
    uint32_t noted[2] = {result, hash};
    require(host_write(results, noted, sizeof noted), FAILED_WRITE);
}

static void read_all(void *to, uint32_t length) { require(host_read(calls, to, length) == length, FAILED_READ); }

/* FNV-1a over the arena's words. */
static uint32_t hash_arena(void)
{
    const uint32_t *word = (const uint32_t *)(const void *)core_arena();
    uint32_t hash = HASH_START;
    for (uint32_t i = 0; i < BOARD_RAM_ARENA_BYTES / 4; i++) hash = (hash ^ word[i]) * HASH_FACTOR;
    return hash;
}

static uint32_t hash_bytes(const uint8_t *bytes, uint32_t length)
{
    uint32_t hash = HASH_START;
    for (uint32_t i = 0; i < length; i++) hash = (hash ^ bytes[i]) * HASH_FACTOR;
    return hash;
}

/* repeat(): every call of the core, by the number it has in its header. */
#include "replay-calls.h"

static void write_memory(void)
{
    uint32_t range[2], padding;
    read_all(range, sizeof range);
    require(range[0] <= BOARD_RAM_ARENA_BYTES && range[1] <= BOARD_RAM_ARENA_BYTES - range[0], FAILED_CALL);
    read_all(core_arena() + range[0], range[1]);
    read_all(&padding, (0u - range[1]) & 3u);
}

static void repeat_next(uint32_t header)
{
    uint32_t a[ARGUMENTS_MOST] = {0}, count = header >> 8;
    require(count <= ARGUMENTS_MOST, FAILED_CALL);
    read_all(a, count * sizeof a[0]);
    uint32_t result = repeat(header & 0xff, a);
    note(result, hash_arena());
}

static void repeat_flash(void)
{
    uint32_t a[3], padding;
    read_all(a, sizeof a);
    uint32_t address = a[1], length = a[2];
    require(length <= FLASH_BYTES_MOST, FAILED_CALL);
    if (a[0] == FLASH_PROGRAM) {
        read_all(flash_bytes, length);
        read_all(&padding, (0u - length) & 3u);
    }
    int result = a[0] == FLASH_READ ? flash_read(address, flash_bytes, length)
        : a[0] == FLASH_PROGRAM ? flash_program(address, flash_bytes, length) : flash_erase(address);
    note((uint32_t)result, hash_bytes(flash_bytes, a[0] == FLASH_READ && result == 0 ? length : 0));
}

int main(void)
{
    board_open();
    char *calls_path = first_argument(), *results_path = next_word(calls_path);
    calls = host_open(calls_path, OPEN_READ_BINARY);
    results = host_open(results_path, OPEN_WRITE_BINARY);
    require(calls >= 0 && results >= 0, FAILED_OPEN);
    memset(core_arena(), GARBAGE, BOARD_RAM_ARENA_BYTES);
    uint32_t header;
    while (host_read(calls, &header, sizeof header) == sizeof header) {
        if (header == WRITE_MEMORY) write_memory();
        else if (header == FLASH_CALL) repeat_flash();
        else repeat_next(header);
    }
    host_close(results);
    host_rest(2);
    host_exit(0);
}
