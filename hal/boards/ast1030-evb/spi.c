/*
 * SPI1 in user mode: chip select is held by a register, and each byte loaded from or stored to the window is a byte on
 * the bus. The controller stalls the processor until the byte has gone, so there is nothing to wait for or to time out.
 */
#include "board.h"
#include "registers.h"

void spi_open(void)
{
    SPI_CONFIGURATION |= SPI_WRITE_ENABLE0;
    SPI_CONTROL0 = SPI_USER_MODE | SPI_DESELECT;
}

bool spi_transfer(const uint8_t *header, uint32_t header_bytes, const uint8_t *out, uint8_t *in, uint32_t length)
{
    SPI_CONTROL0 = SPI_USER_MODE;
    for (uint32_t i = 0; i < header_bytes; i++) SPI_WINDOW = header[i];
    for (uint32_t i = 0; i < length; i++) {
        if (out) SPI_WINDOW = out[i];
        else in[i] = SPI_WINDOW;
    }
    SPI_CONTROL0 = SPI_USER_MODE | SPI_DESELECT;
    return true;
}
