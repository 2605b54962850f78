/*
 * The board's NOR driver (hal/devices/nor.c) as a program of the host, for test/hal/nor-driver.test.ts: commands come in
 * on standard input, and each transaction that the driver makes goes out to the test, where a simulated chip answers.
 * All numbers are words in the host's byte order.
 *
 *   in    1                      flash_open(), then the result is struct flash_part as words
 *         2 address length      flash_read     3 address length bytes   flash_program     4 address    flash_erase
 *   out   1 header-length out-length in-length header out    one transaction   in: 1 or 0, then the bytes if it was 1
 *         2 micros                                           clock_delay       in: nothing
 *         3 result length bytes                              the command's end
 */
#include "board.h"
#include "hal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BYTES_MOST 65536u

enum { OPEN = 1, READ, PROGRAM, ERASE };
enum { TRANSFER = 1, DELAY, DONE };

static uint8_t bytes[BYTES_MOST];

static void receive(void *to, size_t length)
{
    if (length && fread(to, 1, length, stdin) != length) exit(0);
}

static uint32_t receive_word(void)
{
    uint32_t word;
    receive(&word, sizeof word);
    return word;
}

static void send(const void *from, size_t length) { fwrite(from, 1, length, stdout); }

static void send_word(uint32_t word) { send(&word, sizeof word); }

void spi_open(void) {}

bool spi_transfer(const uint8_t *header, uint32_t header_bytes, const uint8_t *out, uint8_t *in, uint32_t length)
{
    send_word(TRANSFER);
    send_word(header_bytes);
    send_word(out ? length : 0);
    send_word(out ? 0 : length);
    send(header, header_bytes);
    if (out) send(out, length);
    fflush(stdout);
    if (!receive_word()) return false;
    if (!out) receive(in, length);
    return true;
}

void clock_delay(uint32_t micros)
{
    send_word(DELAY);
    send_word(micros);
}

static void finish(int result, const void *from, uint32_t length)
{
    send_word(DONE);
    send_word((uint32_t)result);
    send_word(length);
    send(from, length);
    fflush(stdout);
}

static void open_chip(void)
{
    flash_open();
    const struct flash_part *chip = flash_chip();
    uint32_t id = (uint32_t)chip->jedec[0] << 16 | (uint32_t)chip->jedec[1] << 8 | chip->jedec[2];
    uint32_t words[] = {id, chip->size_bytes, chip->sector_bytes, chip->program_bytes, chip->program_max_micros, chip->erase_max_micros};
    finish(FLASH_OK, words, sizeof words);
}

int main(void)
{
    for (;;) {
        uint32_t command = receive_word();
        if (command == OPEN) {
            open_chip();
            continue;
        }
        uint32_t address = receive_word(), length = command == ERASE ? 0 : receive_word();
        if (length > BYTES_MOST) return 1;
        if (command == PROGRAM) receive(bytes, length);
        int result = command == READ ? flash_read(address, bytes, length)
            : command == PROGRAM ? flash_program(address, bytes, length) : flash_erase(address);
        finish(result, bytes, command == READ && result == 0 ? length : 0);
    }
}
