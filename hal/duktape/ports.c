/*
 * The five calls the core makes outward (firmware/core/ports.ts), for the image: flash, serial line, clock. Addresses in
 * RAM are arena offsets.
 */
#include "core.h"
#include "hal.h"

void core_trap(const char *what, uint32_t at) __attribute__((noreturn));
void *_sbrk(int bytes);

uint32_t port_flashRead(uint32_t from, uint32_t to, uint32_t length) { return (uint32_t)flash_read(from, core_arena() + to, length); }

uint32_t port_flashProgram(uint32_t to, uint32_t from, uint32_t length)
{
    return (uint32_t)flash_program(to, core_arena() + from, length);
}

uint32_t port_flashErase(uint32_t at) { return (uint32_t)flash_erase(at); }

void port_serialPut(uint32_t byte) { serial_put((uint8_t)byte); }

uint32_t port_clockTicks(void) { return (uint32_t)clock_ticks(); }

/* The C library's own heap, which its number formatting mentions and never uses here: there is none. */
void *_sbrk(int bytes)
{
    (void)bytes;
    return (void *)-1;
}

/* The core's C found itself broken (a checked build: an access outside the arena). */
void core_trap(const char *what, uint32_t at)
{
    (void)at;
    fault_panic(what);
}
