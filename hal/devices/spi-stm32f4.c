/*
 * SPI1 of an STM32F4 for boards with a NOR chip on it, mode 0, chip select by an ordinary pin; which pins is data of
 * board.json (`spi`). Written to the reference manual (RM0090, 28.3); no emulator has a chip behind it.
 */
#include "board-config.h"
#include "board.h"
#include "registers.h"
#include "spi-bytes.h"

/* Polls for a byte of eight clocks, each at least half a bus clock. */
#define POLLS_MAX 10000u
/* Master, software select held high, on; the clock is that of APB2 over 2 << dividerExponent. */
#define CONTROL (1u << 2 | 1u << 9 | 1u << 8 | 1u << 6 | BOARD_SPI_DIVIDER_EXPONENT << 3)

static void select(bool on) { GPIO(BOARD_SPI_SELECT_PORT, GPIO_SET) = 1u << BOARD_SPI_SELECT_PIN << (on ? 16 : 0); }

void spi_open(void)
{
    uint32_t select_shift = 2 * BOARD_SPI_SELECT_PIN;
    RCC_AHB1_ENABLE |= 1u << BOARD_SPI_SELECT_PORT | 1u << BOARD_SPI_PORT;
    RCC_APB2_ENABLE |= APB2_SPI1;
    select(false);
    GPIO(BOARD_SPI_SELECT_PORT, GPIO_PULL) &= ~(3u << select_shift);
    GPIO(BOARD_SPI_SELECT_PORT, GPIO_MODE) = (GPIO(BOARD_SPI_SELECT_PORT, GPIO_MODE) & ~(3u << select_shift)) | 1u << select_shift;
    pin_alternate(BOARD_SPI_PORT, BOARD_SPI_CLOCK_PIN, BOARD_SPI_ALTERNATE);
    pin_alternate(BOARD_SPI_PORT, BOARD_SPI_IN_PIN, BOARD_SPI_ALTERNATE);
    pin_alternate(BOARD_SPI_PORT, BOARD_SPI_OUT_PIN, BOARD_SPI_ALTERNATE);
    SPI_CONTROL = 0;
    SPI_CONTROL = CONTROL;
}

static int exchange(uint8_t byte)
{
    SPI_DATA = byte;
    for (uint32_t polls = 0; polls < POLLS_MAX; polls++) {
        if (SPI_STATUS & SPI_RECEIVED) return SPI_DATA;
    }
    return -1;
}

/* The byte that came back last has left the shift register a half clock ago, so the select may rise at once. */
bool spi_transfer(const uint8_t *header, uint32_t header_bytes, const uint8_t *out, uint8_t *in, uint32_t length)
{
    select(true);
    bool is_done = send_all(header, header_bytes, out, in, length);
    select(false);
    if (!is_done) spi_open();
    return is_done;
}
