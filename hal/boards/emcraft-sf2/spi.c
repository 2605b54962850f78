/*
 * SPI0 with a chip select that holds for a whole transaction: the frame count is loaded with the number of bytes, and the
 * select rises when it has run down. The transmitter's "empty" flag is never waited for: a byte has left when one has
 * come back.
 */
#include "board.h"
#include "registers.h"
#include "spi-bytes.h"

/* Polls for the byte that comes back. At the slowest SPI clock it takes some hundred. */
#define POLLS_MAX 100000u

void spi_open(void)
{
    SPI_CONTROL = SPI_RESET;
    SPI_CONTROL = 0;
    SPI_FRAME_BITS = 8;
}

static int exchange(uint8_t byte)
{
    SPI_TRANSMIT = byte;
    for (uint32_t polls = POLLS_MAX; SPI_STATUS & SPI_RECEIVE_EMPTY; polls--) {
        if (polls == 0) return -1;
    }
    return (uint8_t)SPI_RECEIVE;
}

bool spi_transfer(const uint8_t *header, uint32_t header_bytes, const uint8_t *out, uint8_t *in, uint32_t length)
{
    uint32_t control = SPI_MASTER | SPI_HOLD_SELECT | SPI_BIG_FIFO | (header_bytes + length) << 8;
    SPI_CONTROL = control;
    SPI_CONTROL = control | SPI_ENABLE;
    if (send_all(header, header_bytes, out, in, length)) return true;
    spi_open();
    return false;
}
