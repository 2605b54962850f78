/*
 * A stack that overflows must fault, not write into code. On this chip the code's part of SRAM lies right below the
 * stack, so the memory protection unit forbids the last 256 bytes of it (link.ld leaves them empty). The clock's opening
 * calls this: it is the first thing that runs after reset.
 */
#include "board-config.h"
#include "board.h"
#include "registers.h"

#define GUARD_BYTES 256u
#define REGION_VALID (1u << 4)
#define NEVER_EXECUTE (1u << 28)
/* Region size as a power of two less one, and the enable bit; access permission 0: nobody. */
#define SIZE_256 (7u << 1)
#define ENABLE 1u
#define KEEP_DEFAULT_MAP (1u << 2)

void chip_open(void)
{
    MPU_BASE = (BOARD_MEMORY_RAM_ORIGIN - GUARD_BYTES) | REGION_VALID;
    MPU_ATTRIBUTES = NEVER_EXECUTE | SIZE_256 | ENABLE;
    MPU_CONTROL = ENABLE | KEEP_DEFAULT_MAP;
    __asm__ volatile("dsb\n isb" ::: "memory");
}
