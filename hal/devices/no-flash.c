/* A board without a flash chip: every call says so, and every store of the core ends in RAM or with a definite refusal. */
#include "board.h"
#include "hal.h"

static const struct flash_part none = {.name = ""};

void flash_open(void) {}

const struct flash_part *flash_chip(void) { return &none; }

int flash_read(uint32_t from, void *into, uint32_t length)
{
    (void)from, (void)into, (void)length;
    return FLASH_NONE;
}

int flash_program(uint32_t at, const void *from, uint32_t length)
{
    (void)at, (void)from, (void)length;
    return FLASH_NONE;
}

int flash_erase(uint32_t at)
{
    (void)at;
    return FLASH_NONE;
}
