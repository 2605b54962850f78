/*
 * Start-up of every Cortex-M board, from the reset vector to main(), and the board's own questions: why did it start, how
 * deep did the stack get, reset; and waiting. Runs on ARMv6-M too.
 *
 *     reset -> clock runs -> thread mode moves to its own stack at the bottom of RAM -> RAM is cleared -> stack is
 *     painted -> faults are enabled -> main()
 *
 * Interrupts and faults keep the main stack pointer, the program uses the process stack pointer: whatever a runaway
 * recursion does to its stack, the fault handler has one of its own. RAM survives a reset request, so all of it is cleared
 * except one word that says why the reset was asked for.
 *
 * An FPU stays off: the images are built for software floating point, because the engine's numbers are doubles, which a
 * single-precision unit cannot add, and an interrupt then never has its registers to save.
 *
 * The high-water mark is exact to a word as long as nobody stores the paint value, which no address or small number is.
 */
#include "board-config.h"
#include "board.h"
#include "cortex-m.h"
#include "hal.h"
#include "registers.h"
#include "semihosting.h"

#define PAINT 0xa5c3e15au
#define NOTE_REQUESTED 0x52455141u
#define NOTE_FAULT 0x464c5441u
/* Bytes below the stack pointer that start-up leaves alone when it paints: its own frames. */
#define PAINT_MARGIN_BYTES 64

extern uint32_t _stack_low[], _stack_high[], _handler_stack_high[];
extern uint32_t _ram_unused[];
extern uint32_t _data_low[], _data_high[], _data_source[], _zero_low[], _zero_high[];

int main(void);

static __attribute__((section(".noinit"))) uint32_t reset_note;
static enum reset_cause reset_cause;

static void clear_ram(void)
{
    const uint32_t *from = _data_source;
    for (uint32_t *to = _data_low; to < _data_high; to++) *to = *from++;
    for (uint32_t *to = _zero_low; to < _zero_high; to++) *to = 0;
}

static uint32_t stack_pointer(void)
{
    uint32_t pointer;
    __asm__ volatile("mov %0, sp" : "=r"(pointer));
    return pointer;
}

static void paint_stack(void)
{
    uint32_t *end = (uint32_t *)(stack_pointer() - PAINT_MARGIN_BYTES);
    for (uint32_t *at = _stack_low; at < end; at++) *at = PAINT;
}

static void read_note(void)
{
    reset_cause = reset_note == NOTE_REQUESTED ? RESET_REQUESTED : reset_note == NOTE_FAULT ? RESET_FAULT : RESET_POWER;
    reset_note = 0;
}

static __attribute__((used, noreturn)) void start(void)
{
    clear_ram();
    paint_stack();
    read_note();
#if HAS_FAULT_STATUS
    SCB_SHCSR |= SHCSR_FAULTS;
    SCB_CCR |= CCR_DIVIDE_BY_ZERO;
#endif
    main();
    board_reset();
}

/* The reset vector. Interrupts are off until board_open(). */
__attribute__((naked, noreturn)) void board_start(void)
{
    __asm__ volatile(
        "cpsid i\n"
        "bl clock_open\n"
        "ldr r0, =_stack_high\n"
        "msr psp, r0\n"
        "movs r0, #2\n"
        "msr control, r0\n"
        "isb\n"
        "b start\n"
        ".ltorg\n");
}

/* Of a program that has none of its own. */
__attribute__((weak)) void program_tick(void) {}

static void unexpected_interrupt(void) { fault_panic("an interrupt without a handler"); }

/* Every entry is the unexpected one unless it is named below it. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
__attribute__((section(".vectors"), used)) static void *const vectors[16 + EXTERNAL_INTERRUPTS] = {
    [0] = _handler_stack_high,
    [1] = board_start,
    [2 ... 15 + EXTERNAL_INTERRUPTS] = unexpected_interrupt,
    [3 ... 6] = fault_entry,
    BOARD_VECTORS
};
#pragma GCC diagnostic pop

void board_open(void)
{
    serial_open();
    clock_enable_wrap();
    NVIC_ENABLE(UART_IRQ);
#ifdef CLOCK_IRQ
    NVIC_ENABLE(CLOCK_IRQ);
#endif
    __asm__ volatile("cpsie i" ::: "memory");
    flash_open();
}

void board_note_fault(void) { reset_note = NOTE_FAULT; }

void board_reset(void)
{
    if (reset_note != NOTE_FAULT) reset_note = NOTE_REQUESTED;
    __asm__ volatile("dsb" ::: "memory");
    SCB_AIRCR = AIRCR_RESET;
    for (;;) {}
}

enum reset_cause board_reset_cause(void) { return reset_cause; }

uint32_t board_stack_bytes(void) { return (uint32_t)_stack_high - (uint32_t)_stack_low; }

/* The symbol's address is the number. */
uint32_t board_ram_unused(void) { return (uint32_t)_ram_unused; }

uint32_t board_stack_peak(void)
{
    const uint32_t *at = _stack_low;
    while (at < _stack_high && *at == PAINT) at++;
    return (uint32_t)_stack_high - (uint32_t)at;
}

uint32_t board_stack_free(void) { return stack_pointer() - (uint32_t)_stack_low; }

/*
 * 1 only in the copy of the image that an emulator runs which counts instructions (tools/qemu/counted-image.ts). Such a
 * board does not sleep: it asks the host for bytes, and no virtual time passes until they come. Sleep would take as much of
 * it as the host happens to think. On hardware this is 0, and the instruction that asks would be a fault.
 */
const uint32_t board_asks_host = 0;
/* Read through a pointer that the compiler cannot see through: it would take the 0 for granted, and a volatile lies in RAM. */
static bool asks_host(void)
{
    const uint32_t *at = &board_asks_host;
    __asm__("" : "+r"(at));
    return *at;
}

/* The pipe that the emulator inherits. */
#define HOST_LINE "/dev/fd/3"
#define PIECE_BYTES 64u
_Static_assert(PIECE_BYTES <= BOARD_RAM_RECEIVE_RING_BYTES, "what the host sends must have room in an empty ring");

/* Into the ring, which is empty, with interrupts off: what the host sends next. False: the host has closed its pipe (or there
 * is none), so the board sleeps and hears its UART alone. */
static bool ask_host(void)
{
    static int32_t pipe;
    uint8_t piece[PIECE_BYTES];
    if (!pipe) pipe = host_open(HOST_LINE, OPEN_READ_BINARY);
    uint32_t length = host_read(pipe, piece, sizeof piece);
    if (length > sizeof piece) return false;
    for (uint32_t i = 0; i < length; i++) serial_keep(piece[i]);
    return length;
}

/* WFI wakes for a pending interrupt even while they are masked, so a byte that arrives in between is not slept over. */
void board_wait(void)
{
    uint32_t were = interrupts_off();
    if (!serial_has_bytes() && !(asks_host() && ask_host())) __asm__ volatile("dsb\n wfi" ::: "memory");
    interrupts_restore(were);
}

void clock_delay(uint32_t micros)
{
    uint64_t start = clock_ticks();
    while (clock_ticks() - start < (uint64_t)micros * BOARD_CLOCK_TICKS_PER_MICRO) {}
}
