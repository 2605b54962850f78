/* For SPI drivers whose controller takes a byte at a time and says when one has come back; a driver says how, in exchange(). */
#ifndef SPI_BYTES_H
#define SPI_BYTES_H

#include <stdbool.h>
#include <stdint.h>

/* The driver's: sends a byte and returns the one received, or -1 when the controller does not answer. */
static int exchange(uint8_t byte);

/* The bytes of a spi_transfer() (board.h), chip select held already. False: the controller did not answer. */
static bool send_all(const uint8_t *header, uint32_t header_bytes, const uint8_t *out, uint8_t *in, uint32_t length)
{
    for (uint32_t i = 0; i < header_bytes; i++) {
        if (exchange(header[i]) < 0) return false;
    }
    for (uint32_t i = 0; i < length; i++) {
        int answer = exchange(out ? out[i] : 0);
        if (answer < 0) return false;
        if (in) in[i] = (uint8_t)answer;
    }
    return true;
}

#endif
